"""A person with a Slack client: writes, presses, fills in modals, opens the Home tab, and sees the result.

All names are invented. Nothing here sleeps: the waits wake when something is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from tests.servers.slack import workspace as ws
from tests.servers.slack.delivery import Delivery
from tests.servers.slack.words import Json
from tests.servers.slack.workspace import Message, OpenView, Person
from tests.servers.watch import WITHIN

if TYPE_CHECKING:
    from tests.servers.slack.server import FakeSlack

Wanted = str | Callable[[Message], Any]


class Member:
    """One person; made by `FakeSlack.member`. `troubles` lists what Slack showed as having failed."""

    def __init__(self, slack: FakeSlack, person: Person) -> None:
        self.slack = slack
        self.person = person
        self.troubles: list[str] = []
        self.view_errors: Json = {}
        self._cursor = 0

    @property
    def id(self) -> str:
        """The person's user id."""
        return self.person.id

    @property
    def channel(self) -> str:
        """The direct message channel with the app."""
        return self.person.channel

    # -- writing ---------------------------------------------------------------------------------------

    async def send(self, text: str, *, thread_ts: str = "") -> Delivery:
        """Write `text`; like Slack's clients it escapes `&`, `<` and `>`."""
        message = self.slack.new_message(self.channel, self.id, escape(text, quote=False), [])
        message.thread_ts = thread_ts
        event = message.payload() | {
            "channel": self.channel,
            "channel_type": "im",
            "event_ts": message.ts,
            "client_msg_id": self._client_message(),
            "blocks": _rich_text(text),
        }
        return self.slack.event(event)

    async def edit(self, text: str) -> Delivery:
        """Change the newest own message."""
        own = [message for message in self.slack.in_channel(self.channel) if message.user == self.id]
        message, before = own[-1], own[-1].payload()
        message.text = escape(text, quote=False)
        message.edits += 1
        changed = {"type": "message", "subtype": "message_changed", "hidden": True, "channel_type": "im"}
        inner = {"message": message.payload(), "previous_message": before}
        now = self.slack.next_ts()
        return self.slack.event(changed | inner | {"channel": self.channel, "ts": now, "event_ts": now})

    async def react(self, name: str, message: Message | None = None) -> Delivery:
        """Put an emoji on the newest message of the app's (or the given one), by Slack's name for it."""
        target = message or self.seen[-1]
        item = {"type": "message", "channel": self.channel, "ts": target.ts}
        event = {"type": "reaction_added", "user": self.id, "reaction": name, "item": item}
        return self.slack.event(event | {"item_user": ws.BOT_USER, "event_ts": self.slack.next_ts()})

    async def send_file(self, name: str = "kuva.jpg") -> Delivery:
        """Upload a file into the direct message."""
        message = self.slack.new_message(self.channel, self.id, "", [])
        shared = {"id": f"F{self.slack.next_number():08}", "name": name, "mimetype": "image/jpeg"}
        about = {"subtype": "file_share", "files": [shared], "upload": True, "channel_type": "im"}
        ids = {"channel": self.channel, "event_ts": message.ts, "client_msg_id": self._client_message()}
        return self.slack.event(message.payload() | about | ids)

    def _client_message(self) -> str:
        return f"00000000-0000-4000-8000-{self.slack.next_number():012}"

    async def slash(self, command: str, text: str = "") -> Delivery:
        """Type a slash command."""
        form = {
            "token": ws.VERIFICATION_TOKEN,
            "team_id": ws.TEAM_ID,
            "team_domain": ws.DOMAIN,
            "channel_id": self.channel,
            "channel_name": "directmessage",
            "user_id": self.id,
            "user_name": self.person.name,
            "command": command,
            "text": text,
            "api_app_id": ws.APP_ID,
            "is_enterprise_install": "false",
            "response_url": self.slack.new_response_url(self.channel, self.id),
            "trigger_id": self.slack.new_trigger(self.id),
        }
        return self.slack.courier.bring("slash_commands", form, self._after_command)

    async def open_home(self, tab: str = "home") -> Delivery:
        """Open the app's Home tab (or its Messages tab)."""
        home = self.slack.homes.get(self.id)
        event = {"type": "app_home_opened", "user": self.id, "channel": self.channel, "tab": tab}
        shown = {"view": home.payload()} if home is not None and tab == "home" else {}
        return self.slack.event(event | shown | {"event_ts": self.slack.next_ts()})

    # -- pressing --------------------------------------------------------------------------------------

    async def tap(self, button: str | int, message: Message | None = None) -> Delivery:
        """Press a button of the newest message that has any, by label, action id or index."""
        target = message or self.newest_with_buttons()
        return self._press(target, *_find_button(target.blocks, button))

    async def tap_old(self, button: str | int, back: int = 1) -> Delivery:
        """Press a button of blocks shown `back` changes ago, even if they have been replaced since."""
        shown = [
            (message, blocks)
            for message in self.seen
            for blocks in message.history
            if any(element["type"] == "button" for _, element in ws.elements(blocks))
        ]
        if len(shown) <= back:
            raise AssertionError(
                f"{self.id} saw buttons {len(shown)} times, not {back} times before the last"
            )
        message, blocks = shown[-1 - back]
        return self._press(message, *_find_button(blocks, button))

    async def tap_home(self, button: str | int) -> Delivery:
        """Press a button on the Home tab."""
        view = self.slack.homes[self.id]
        block, element = _find_button(view.body["blocks"], button)
        return self._act(_action(block, element, {}), _view_place(view))

    async def pick(self, label: str, message: Message | None = None) -> Delivery:
        """Choose an option of a select, radio buttons or checkboxes in the newest message, by its text."""
        target = message or self.seen[-1]
        for block, element in ws.elements(target.blocks):
            for option in element.get("options", ()):
                if label in (option["text"]["text"], option["value"]):
                    many = element["type"] in ("checkboxes", "multi_static_select")
                    chosen = {"selected_options": [option]} if many else {"selected_option": option}
                    return self._act(_action(block, element, chosen), _message_place(target))
        raise AssertionError(f"no option {label!r} in {target.shown!r}")

    async def act(self, action: Json, message: Message) -> Delivery:
        """Send any action on a message, as a tampered client can."""
        return self._act(action, _message_place(message))

    def _press(self, message: Message, block: Json, element: Json) -> Delivery:
        return self._act(_action(block, element, {}), _message_place(message))

    def _act(self, action: Json, place: Json) -> Delivery:
        action = {"action_ts": self.slack.next_ts(), **action}
        payload = self._interactive("block_actions") | place | {"actions": [action]}
        if "message" in place:
            payload["response_url"] = self.slack.new_response_url(
                self.channel, self.id, place["container"]["message_ts"]
            )
        return self.slack.courier.bring("interactive", payload, self._after_press)

    def newest_with_buttons(self) -> Message:
        """Return the newest visible message that has buttons."""
        for message in reversed(self.seen):
            if message.buttons:
                return message
        raise AssertionError(f"{self.id} sees no buttons; the chat: {self.transcript()}")

    # -- modals ----------------------------------------------------------------------------------------

    @property
    def view(self) -> OpenView | None:
        """The modal on top of the screen, if any."""
        stack = self.slack.stacks.get(self.id)
        return stack[-1] if stack else None

    @property
    def home(self) -> OpenView | None:
        """The Home tab, if the app has published one."""
        return self.slack.homes.get(self.id)

    async def wait_for_view(self, text: str = "", within: float | None = WITHIN) -> OpenView:
        """Wait for a modal whose title or blocks contain `text`."""
        return await self.slack.watch.until(
            lambda: self.view if self.view and text in _view_text(self.view) else None,
            within,
            lambda: f"no modal with {text!r}; the one open: {self.view and _view_text(self.view)!r}",
        )

    async def wait_for_home(self, text: str = "", within: float | None = WITHIN) -> OpenView:
        """Wait for a Home tab whose blocks contain `text`."""
        return await self.slack.watch.until(
            lambda: self.home if self.home and text in _view_text(self.home) else None, within
        )

    async def submit_view(self, answers: dict[str, Any]) -> Delivery:
        """Fill in the modal and submit it; keys are labels, block ids or action ids."""
        view = self.view
        if view is None:
            raise AssertionError(f"{self.id} has no modal open")
        payload = self._interactive("view_submission")
        payload |= {"view": view.payload(_state(view, answers)), "response_urls": []}
        return self.slack.courier.bring("interactive", payload, self._after_submission)

    async def close_view(self) -> Delivery | None:
        """Close the modal; the app hears of it only if it asked to."""
        stack = self.slack.stacks.get(self.id)
        if not stack:
            raise AssertionError(f"{self.id} has no modal open")
        view = stack.pop()
        self.slack.changed()
        if not view.body.get("notify_on_close"):
            return None
        payload = self._interactive("view_closed") | {"view": view.payload(), "is_cleared": False}
        return self.slack.courier.bring("interactive", payload)

    def _interactive(self, kind: str) -> Json:
        return {
            "type": kind,
            "user": {
                "id": self.id,
                "username": self.person.name,
                "name": self.person.name,
                "team_id": ws.TEAM_ID,
            },
            "api_app_id": ws.APP_ID,
            "token": ws.VERIFICATION_TOKEN,
            "team": {"id": ws.TEAM_ID, "domain": ws.DOMAIN},
            "enterprise": None,
            "is_enterprise_install": False,
            "trigger_id": self.slack.new_trigger(self.id),
        }

    # -- what the app's answer does --------------------------------------------------------------------

    async def _after_press(self, delivery: Delivery) -> None:
        self._failed(delivery)

    async def _after_command(self, delivery: Delivery) -> None:
        if self._failed(delivery):
            return
        response = delivery.response
        body = response if isinstance(response, dict) else {"text": response or ""}
        if body.get("text") or body.get("blocks"):
            self.slack.tell(self.channel, self.id, body)

    async def _after_submission(self, delivery: Delivery) -> None:
        if self._failed(delivery):
            return
        response = delivery.response if isinstance(delivery.response, dict) else {}
        self.slack.after_submission(self, response)

    def _failed(self, delivery: Delivery) -> bool:
        if not delivery.taken:
            self.troubles.append(delivery.attempts[-1].outcome)
            self.slack.changed()
        return not delivery.taken

    # -- seeing ----------------------------------------------------------------------------------------

    @property
    def seen(self) -> list[Message]:
        """The app's messages as they look now, ephemeral ones to this person included, oldest first."""
        return [
            message
            for message in self.slack.in_channel(self.channel)
            if message.by_bot and message.only_for in ("", self.id)
        ]

    def transcript(self) -> list[str]:
        """Return each visible message as one line: what it shows, then labels in brackets."""
        return [
            " ".join([message.shown, *(f"[{label}]" for label in message.labels)]) for message in self.seen
        ]

    async def wait_for(self, wanted: Wanted = "", within: float | None = WITHIN) -> Message:
        """Wait for a message (new or changed) that contains the text or satisfies the predicate.

        Looks at what was shown since the last `wait_for` that succeeded, and goes on after what it found.
        """

        def fits(message: Message) -> bool:
            if isinstance(wanted, str):
                return wanted in message.shown or wanted in message.text
            return bool(wanted(message))

        def probe() -> Message | None:
            shown = self.slack.shown_in.get(self.channel, [])
            for index in range(self._cursor, len(shown)):
                if fits(shown[index]):
                    self._cursor = index + 1
                    return shown[index]
            return None

        return await self.slack.watch.until(
            probe, within, lambda: f"no message fits {wanted!r}; the chat: {self.transcript()}"
        )

    async def wait_for_buttons(self, within: float | None = WITHIN) -> Message:
        """Wait for a message that has buttons."""
        return await self.wait_for(lambda message: message.buttons, within)


def _rich_text(text: str) -> list[Json]:
    """Return what Slack's clients add to a typed message."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return [{"type": "rich_text", "block_id": "typed", "elements": [section]}]


def _find_button(blocks: list[Json], button: str | int) -> tuple[Json, Json]:
    found = [(block, element) for block, element in ws.elements(blocks) if element["type"] == "button"]
    if isinstance(button, int):
        return found[button]
    for exactly in (True, False):
        for block, element in found:
            label = element["text"]["text"]
            if button in (label, element["action_id"]) if exactly else button in label:
                return block, element
    raise AssertionError(f"no button {button!r} among {[element['text']['text'] for _, element in found]}")


def _action(block: Json, element: Json, chosen: Json) -> Json:
    kept = {key: element[key] for key in ("type", "action_id", "text", "value", "style") if key in element}
    return kept | {"block_id": block["block_id"]} | chosen


def _message_place(message: Message) -> Json:
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": bool(message.only_for),
    }
    return {
        "container": container,
        "channel": {"id": message.channel, "name": "directmessage"},
        "message": message.payload(metadata=True),
        "state": {"values": {}},
    }


def _view_place(view: OpenView) -> Json:
    return {"container": {"type": "view", "view_id": view.id}, "view": view.payload()}


def _view_text(view: OpenView) -> str:
    title = (view.body.get("title") or {}).get("text", "")
    return "\n".join([title, *ws.block_texts(view.body["blocks"])])


def _state(view: OpenView, answers: dict[str, Any]) -> Json:
    left, values = dict(answers), {}
    for block in view.body["blocks"]:
        element = block.get("element")
        if block["type"] != "input" or not element:
            continue
        names = (block["label"]["text"], block["block_id"], element["action_id"])
        given = next((left.pop(name) for name in names if name in left), None)
        values[block["block_id"]] = {element["action_id"]: _value(element, given)}
    if left:
        raise AssertionError(f"the modal has no input {sorted(left)}; it has {sorted(values)}")
    return values


def _value(element: Json, given: Any) -> Json:
    kind = element["type"]
    if "options" not in element:
        field = {"datepicker": "selected_date", "timepicker": "selected_time"}.get(kind, "value")
        return {"type": kind, field: given}
    wanted = given if isinstance(given, list) else [given]
    chosen = [o for o in element["options"] if o["value"] in wanted or o["text"]["text"] in wanted]
    if kind in ("checkboxes", "multi_static_select"):
        return {"type": kind, "selected_options": chosen}
    return {"type": kind, "selected_option": chosen[0] if chosen else None}

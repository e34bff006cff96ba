"""FakeSlack: one workspace, one app, on loopback: Web API, Socket Mode and signed HTTP requests.

It accepts what Slack accepts, checked by the oracles in `tests.schemas`, and refuses with Slack's own error
names. It keeps its state in memory and reaches only the address it is told to send signed requests to.
"""

from __future__ import annotations

from typing import Any, Self

from aiohttp import web

from tests.schemas import slack as rules
from tests.servers.clock import Clock
from tests.servers.limits import SendLimits
from tests.servers.slack import workspace as ws
from tests.servers.slack.control import control
from tests.servers.slack.delivery import ACK_SECONDS, RETRY_PAUSES, Courier, Delivery
from tests.servers.slack.member import Member
from tests.servers.slack.methods import APP_LEVEL, METHODS, STACK_LIMIT
from tests.servers.slack.sockets import MOST_CONNECTIONS, PATH, Sockets
from tests.servers.slack.words import Json, SlackError, error_answer, ok_answer
from tests.servers.slack.workspace import Message, OpenView, Person, ResponseUrl
from tests.servers.watch import Watch
from tests.servers.wire import Answer, Call, LoopbackServer

TRIGGER_SECONDS = 3.0
RESPONSE_URL_SECONDS = 1800.0
RESPONSE_URL_USES = 5
API = "/api/"
RESPONSES = "/actions/"
UPLOADS = "/upload/"
PRIVATE = "/files-pri/"


class FakeSlack(LoopbackServer):
    """The server. Use as ``async with FakeSlack() as slack`` and give `slack.base_url` to the clients.

    `ack_seconds` and `retry_pauses`: how long Slack waits for an ack and between repeats of an event, in
    real seconds. `limits`: posts a second and channel. `check`: refuse what the oracles find. `scopes`:
    what the app was granted. `delay`: real seconds before each answer.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        delay: float = 0.0,
        recording: bool = True,
        limits: SendLimits | None = None,
        ack_seconds: float = ACK_SECONDS,
        retry_pauses: tuple[float, ...] = RETRY_PAUSES,
        most_connections: int = MOST_CONNECTIONS,
        scopes: frozenset[str] = ws.ALL_SCOPES,
        check: bool = True,
    ) -> None:
        super().__init__(clock=clock, delay=delay, recording=recording)
        self.limits = limits or SendLimits()
        self.scopes = scopes
        self.check = check
        self.revoked = ""
        self.people: dict[str, Person] = {}
        self.members: dict[str, Member] = {}
        self.channels: dict[str, dict[str, Message]] = {}
        self.stacks: dict[str, list[OpenView]] = {}
        self.homes: dict[str, OpenView] = {}
        self.files: dict[str, ws.SharedFile] = {}
        self.shown_in: dict[str, list[Message]] = {}
        self.watch = Watch()
        self.sockets = Sockets(self, most_connections)
        self.courier = Courier(self, ack_seconds, retry_pauses)
        self._triggers: dict[str, tuple[str, float]] = {}
        self._used_triggers: set[str] = set()
        self._responses: dict[str, ResponseUrl] = {}
        self._number = 0
        self._last_ts = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Close websockets, connections and tasks."""
        await self.sockets.cut()
        await super().stop()
        await self.courier.close()

    @property
    def base_url(self) -> str:
        """What slack_sdk calls `base_url`."""
        return f"{self.url}{API}"

    # -- people and what happens to the app ------------------------------------------------------------

    def member(
        self,
        id: str = "U0AINO",  # noqa: A002 - Slack's word
        *,
        name: str = "aino",
        real_name: str = "Aino Kuusela",
        locale: str = "fi-FI",
        tz: str = "Europe/Helsinki",
    ) -> Member:
        """Return the person with this id; made on first use."""
        if id not in self.members:
            person = Person(id, name, real_name, locale, tz, "D" + id[1:])
            self.people[id] = person
            self.members[id] = Member(self, person)
        return self.members[id]

    def event(self, event: Json) -> Delivery:
        """Bring any event to the app in the Events API's envelope."""
        number = self.next_number()
        authorization = {
            "enterprise_id": None,
            "team_id": ws.TEAM_ID,
            "user_id": ws.BOT_USER,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        payload = {
            "token": ws.VERIFICATION_TOKEN,
            "team_id": ws.TEAM_ID,
            "context_team_id": ws.TEAM_ID,
            "api_app_id": ws.APP_ID,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{number:09}",
            "event_time": int(self.clock.now()),
            "authorizations": [authorization],
            "is_ext_shared_channel": False,
            "event_context": f"4-loopback-{number}",
        }
        return self.courier.bring("events_api", payload)

    def use_http(self, address: str, secret: str = ws.SIGNING_SECRET) -> None:
        """Bring everything as signed requests to this address from now on; empty goes back to sockets."""
        self.courier.address, self.courier.secret = address, secret

    async def verify_url(self) -> Any:
        """Send the `url_verification` challenge and return what came back."""
        payload = {"token": ws.VERIFICATION_TOKEN, "challenge": "kuulolla", "type": "url_verification"}
        delivery = self.courier.bring("events_api", payload)
        await delivery.done
        return delivery.response

    def revoke(self, error: str = "token_revoked") -> None:
        """Answer every call with this error: account_inactive, token_revoked, invalid_auth …"""
        self.revoked = error

    # -- what methods and members use ------------------------------------------------------------------

    def next_number(self) -> int:
        """Return the next of the numbers that ids are made of."""
        self._number += 1
        return self._number

    def next_ts(self) -> str:
        """Return a timestamp of Slack's kind, later than all before."""
        self._last_ts = max(self._last_ts + 1, int(self.clock.now() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06}"

    def person_of(self, channel: str) -> Person | None:
        """Return whose direct message channel this is."""
        return self.people.get("U" + channel[1:]) if channel.startswith("D") else None

    def new_message(self, channel: str, user: str, text: str, blocks: list[Json]) -> Message:
        """Put a message into a channel."""
        message = Message(self.next_ts(), channel, user)
        message.show(text, blocks)
        self.channels.setdefault(channel, {})[message.ts] = message
        return message

    def in_channel(self, channel: str) -> list[Message]:
        """Return the messages of a channel that were not deleted, oldest first."""
        return [message for message in self.channels.get(channel, {}).values() if not message.deleted]

    def find(self, channel: str, ts: str) -> Message | None:
        """Return a message, unless it was deleted."""
        message = self.channels.get(channel, {}).get(ts)
        return None if message is None or message.deleted else message

    def complete(self, blocks: list[Json] | None) -> list[Json]:
        """Return the blocks with the ids Slack gives where the app gave none."""
        return ws.with_ids(blocks, self.next_number()) if blocks else []

    def tell(self, channel: str, user: str, body: Json) -> None:
        """Show the app's direct answer (to a command or over a response_url) to the person who acted."""
        message = self.new_message(
            channel,
            ws.BOT_USER,
            str(body.get("text") or ""),
            self.complete(body.get("blocks")),
        )
        message.only_for = "" if body.get("response_type") == "in_channel" else user
        self.shown(message)

    def shown(self, message: Message) -> None:
        """Let people see a new or changed message."""
        self.shown_in.setdefault(message.channel, []).append(message)
        self.changed()

    def changed(self) -> None:
        """Wake whoever waits for the workspace."""
        self.watch.changed()

    def new_trigger(self, user: str) -> str:
        """Return a trigger_id, good for one use within three seconds of the server's clock."""
        trigger = f"{self.next_number()}.{ws.TEAM_ID}.{user}"
        self._triggers[trigger] = user, self.clock.now() + TRIGGER_SECONDS
        return trigger

    def use_trigger(self, trigger: str) -> str:
        """Return whose trigger it is and use it up; raises SlackError."""
        if trigger in self._used_triggers:
            raise SlackError("exchanged_trigger_id")
        if trigger not in self._triggers:
            raise SlackError("invalid_trigger_id")
        user, until = self._triggers[trigger]
        if self.clock.now() > until:
            raise SlackError("expired_trigger_id")
        self._used_triggers.add(trigger)
        return user

    def new_view(self, user: str, body: Json) -> OpenView:
        """Return a view with a new id; it is on no screen yet."""
        return OpenView(f"V{self.next_number():09}", user, body)

    def push_view(self, user: str, body: Json) -> OpenView:
        """Lay a view on top of the person's modals."""
        stack = self.stacks.setdefault(user, [])
        if len(stack) >= STACK_LIMIT:
            raise SlackError("push_limit_reached")
        view = self.new_view(user, body)
        if stack:
            view.root, view.previous = stack[0].id, stack[-1].id
        stack.append(view)
        self.changed()
        return view

    def after_submission(self, member: Member, response: Json) -> None:
        """Do what the app's answer to a submission asks: errors, another view, or close."""
        stack, action = self.stacks.get(member.id, []), response.get("response_action")
        member.view_errors = response.get("errors", {}) if action == "errors" else {}
        if action in ("update", "push"):
            found = rules.check_view(response.get("view")) if self.check else []
            if found:
                member.troubles.append(f"invalid view: {found[0]}")
            elif action == "push":
                self.push_view(member.id, response["view"])
            elif stack:
                stack[-1].body = response["view"] | {"blocks": self.complete(response["view"]["blocks"])}
                stack[-1].revision += 1
        elif action == "clear":
            stack.clear()
        elif action is None and stack:
            stack.pop()
        self.changed()

    # -- response urls ---------------------------------------------------------------------------------

    def new_response_url(self, channel: str, user: str, message_ts: str = "") -> str:
        """Return an address that takes five answers within thirty minutes."""
        path = f"{RESPONSES}{ws.TEAM_ID}/{self.next_number()}/loopback"
        until = self.clock.now() + RESPONSE_URL_SECONDS
        self._responses[path] = ResponseUrl(channel, user, message_ts, until)
        return self.url + path

    def _respond(self, call: Call) -> Answer:
        known = self._responses.get(call.method)
        if known is None:
            return Answer(b"invalid_url", 404, "text/plain")
        if self.clock.now() > known.expires_at:
            return Answer(b'{"ok":false,"error":"expired_url"}', 404)
        if known.uses >= RESPONSE_URL_USES:
            return Answer(b'{"ok":false,"error":"used_url"}', 404)
        known.uses += 1
        body = call.params
        original = self.find(known.channel, known.message_ts)
        if body.get("delete_original") and original is not None:
            original.deleted = True
            self.changed()
            return Answer(b"ok", content_type="text/plain")
        found = rules.check_message(body) if self.check else []
        if found:
            return Answer(b"invalid_blocks" if body.get("blocks") else b"no_text", 400, "text/plain")
        if body.get("replace_original") and original is not None:
            original.edits += 1
            original.show(str(body.get("text") or ""), self.complete(body.get("blocks")))
            self.shown(original)
        else:
            self.tell(known.channel, known.user, body)
        return Answer(b"ok", content_type="text/plain")

    # -- the wire --------------------------------------------------------------------------------------

    def read_call(self, path: str, request: web.BaseRequest) -> Call | Answer:
        """Read the method from the path; a response_url is a method of its own."""
        if path.startswith(API):
            return Call(path.removeprefix(API), {}, b"", request.headers)
        if path.startswith((RESPONSES, UPLOADS, PRIVATE)):
            return Call(path, {}, b"", request.headers)
        return Answer(b"not found", 404, "text/plain")

    def key_of(self, call: Call) -> object:
        """Select faults by the direct message channel, or by the person of a view."""
        place = str(call.params.get("channel") or call.params.get("user_id") or "")
        person = self.people.get(place)
        return person.channel if person is not None else place

    async def serve(self, call: Call) -> Answer:
        """Answer one call of the Web API."""
        if call.method.startswith(RESPONSES):
            return self._respond(call)
        if call.method.startswith(UPLOADS):
            self.files[call.method.removeprefix(UPLOADS)].content = call.raw
            return Answer(b"OK", content_type="text/plain")
        if call.method.startswith(PRIVATE):
            return self._private(call)
        try:
            self._authorize(call)
            method = METHODS.get(call.method)
            if method is None:
                raise SlackError("unknown_method", req_method=call.method)
            answer = ok_answer(**method(self, call.params))
        except SlackError as problem:
            answer = error_answer(problem.error, **problem.more)
        answer.headers["x-oauth-scopes"] = ",".join(sorted(self.scopes))
        return answer

    def _private(self, call: Call) -> Answer:
        """A file for whoever shows the bot's token; for all others the page to sign in, as Slack does."""
        file = self.files.get(call.method.removeprefix(PRIVATE))
        if call.headers.get("Authorization") != f"Bearer {ws.BOT_TOKEN}" or file is None:
            return Answer(b"<html>Sign in</html>", content_type="text/html")
        return Answer(file.content, content_type="application/octet-stream")

    def _authorize(self, call: Call) -> None:
        given = str(call.headers.get("Authorization", "")).removeprefix("Bearer ") or call.params.get("token")
        if not given:
            raise SlackError("not_authed")
        if given not in (ws.BOT_TOKEN, ws.APP_TOKEN):
            raise SlackError("invalid_auth")
        if self.revoked:
            raise SlackError(self.revoked)
        if (given == ws.APP_TOKEN) != (call.method in APP_LEVEL) and call.method != "auth.test":
            raise SlackError("not_allowed_token_type")

    async def upgrade(self, request: web.BaseRequest) -> web.StreamResponse | None:
        """Serve Socket Mode."""
        return await self.sockets.serve(request) if request.path == PATH else None

    async def control(self, action: str, params: Json) -> Any:
        """Serve the control interface (see `tests.servers.slack.control`)."""
        return await control(self, action, params)

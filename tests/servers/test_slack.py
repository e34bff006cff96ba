"""FakeSlack against the real clients: slack_sdk and bolt must not notice that they talk to loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from tests.servers import faults
from tests.servers.clock import ManualClock
from tests.servers.faults import Fault
from tests.servers.limits import SendLimits
from tests.servers.recording import DROPPED
from tests.servers.slack import (
    APP_TOKEN,
    BOT_TOKEN,
    SIGNING_SECRET,
    FakeSlack,
    ratelimited,
    slack_error,
)

Json = dict[str, Any]

RECORDED = json.loads((Path(__file__).parents[1] / "recorded/slack/payloads.json").read_text("utf-8"))


def _fields(payload: Json) -> set[str]:
    """Return the names of fields, and of those one level down."""
    inner = {
        f"{name}.{key}"
        for name in ("event", "view", "message", "container", "user", "channel", "team")
        if isinstance(payload.get(name), dict)
        for key in payload[name]
    }
    return set(payload) | inner


def plain(text: str) -> Json:
    """Return a plain text object."""
    return {"type": "plain_text", "text": text}


def question(*labels: str) -> list[Json]:
    """Return blocks with a text and one button per label."""
    buttons = [
        {"type": "button", "text": plain(label), "action_id": f"a{number}", "value": label}
        for number, label in enumerate(labels)
    ]
    return [{"type": "section", "text": plain("Mitä kuuluu?")}, {"type": "actions", "elements": buttons}]


def modal(*inputs: Json, **more: Any) -> Json:
    """Return a modal with the given input elements, labelled Kysymys 1, 2 …"""
    blocks = [
        {"type": "input", "label": plain(f"Kysymys {number}"), "element": element}
        for number, element in enumerate(inputs, 1)
    ]
    return {"type": "modal", "title": plain("Kuulolla"), "submit": plain("Ok"), "blocks": blocks, **more}


TEXT = {"type": "plain_text_input", "action_id": "t"}
CHECKS = {
    "type": "checkboxes",
    "action_id": "c",
    "options": [{"text": plain("yksi"), "value": "1"}, {"text": plain("kaksi"), "value": "2"}],
}


@pytest_asyncio.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """A workspace whose clock stands still and whose patience is short."""
    async with FakeSlack(clock=ManualClock(), ack_seconds=0.3, retry_pauses=(0.0, 0.01, 0.02)) as server:
        yield server


@pytest.fixture
def api(slack: FakeSlack) -> AsyncWebClient:
    """A real client with the bot's token, which repeats nothing by itself."""
    return AsyncWebClient(token=BOT_TOKEN, base_url=slack.base_url, retry_handlers=[], timeout=2)


@asynccontextmanager
async def running(slack: FakeSlack, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    """Run bolt's own Socket Mode handler."""
    client = AsyncWebClient(token=APP_TOKEN, base_url=slack.base_url)
    handler = AsyncSocketModeHandler(app, APP_TOKEN, web_client=client, ping_interval=1)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await slack.sockets.connected()
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
        await handler.client.aiohttp_client_session.close()


def advance(slack: FakeSlack, seconds: float) -> None:
    """Move the server's clock."""
    assert isinstance(slack.clock, ManualClock)
    slack.clock.advance(seconds)


async def error_of(sending: Any) -> str:
    """Return the error with which a call is refused."""
    with pytest.raises(SlackApiError) as caught:
        await sending
    return str(caught.value.response["error"])


# -- the Web API ---------------------------------------------------------------------------------------


async def test_a_message_is_posted_updated_and_deleted(slack: FakeSlack, api: AsyncWebClient) -> None:
    """The member sees what the API was told, and the buttons go when they are left out."""
    member = slack.member()
    posted = await api.chat_postMessage(channel=member.id, text="?", blocks=question("hyvää", "huonoa"))
    assert member.transcript() == ["Mitä kuuluu? [hyvää] [huonoa]"]
    where = {"channel": posted["channel"], "ts": posted["ts"]}
    await api.chat_update(**where, text="Kiitos")
    assert (member.transcript(), member.seen[0].edits) == (["Kiitos"], 1)
    await api.chat_delete(**where)
    assert member.transcript() == []
    assert await error_of(api.chat_update(**where, text="x")) == "message_not_found"
    assert await error_of(api.chat_delete(**where)) == "message_not_found"


async def test_an_ephemeral_message_is_seen_by_one_person(slack: FakeSlack, api: AsyncWebClient) -> None:
    """It cannot be updated and is not in the history."""
    member = slack.member()
    sent = await api.chat_postEphemeral(channel=member.channel, user=member.id, text="Vain sinulle")
    assert [message.only_for for message in member.seen] == [member.id]
    assert (await api.conversations_history(channel=member.channel))["messages"] == []
    assert (
        await error_of(api.chat_update(channel=member.channel, ts=sent["message_ts"], text="x"))
        == "message_not_found"
    )


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"text": "x" * 4001}, "msg_too_long"),
        ({"text": ""}, "no_text"),
        ({"text": "?", "blocks": [{"type": "actions", "elements": []}]}, "invalid_blocks"),
        ({"text": "?", "blocks": [{"type": "poll"}]}, "invalid_blocks"),
        ({"blocks": question("a")}, "invalid_blocks"),
        (
            {"text": "?", "blocks": [{"type": "section", "text": plain("x" * 2900)}] * 5},
            "msg_blocks_too_long",
        ),
        ({"text": "?", "metadata": {"event_type": "q"}}, "invalid_metadata_format"),
        ({"text": "?", "channel": "C404"}, "channel_not_found"),
    ],
)
async def test_a_message_is_refused_with_slacks_own_error(
    slack: FakeSlack, api: AsyncWebClient, arguments: Json, error: str
) -> None:
    """Nothing of it is shown."""
    member = slack.member()
    sending = api.api_call("chat.postMessage", json={"channel": member.channel, **arguments})
    assert await error_of(sending) == error
    assert member.seen == []


@pytest.mark.parametrize(
    "trouble",
    [
        "is_archived",
        "not_in_channel",
        "user_disabled",
        "cannot_dm_bot",
        "messages_tab_disabled",
        "restricted_action",
    ],
)
async def test_who_cannot_be_written_to_brings_the_right_error(
    slack: FakeSlack, api: AsyncWebClient, trouble: str
) -> None:
    """The trouble is a property of the person."""
    member = slack.member()
    member.person.trouble = trouble
    assert await error_of(api.chat_postMessage(channel=member.channel, text="?")) == trouble


async def test_metadata_is_kept_and_shown_on_request(slack: FakeSlack, api: AsyncWebClient) -> None:
    """History leads with the newest, in pages, within bounds."""
    member = slack.member()
    stamps = []
    for number in range(3):
        metadata = {"event_type": "kuulolla", "event_payload": {"k": str(number)}}
        posted = await api.chat_postMessage(channel=member.channel, text=str(number), metadata=metadata)
        stamps.append(posted["ts"])
        advance(slack, 1)
    page = await api.conversations_history(channel=member.channel, limit=2, include_all_metadata=True)
    assert [one["metadata"]["event_payload"]["k"] for one in page["messages"]] == ["2", "1"]
    cursor = page["response_metadata"]["next_cursor"]
    rest = await api.conversations_history(channel=member.channel, limit=2, cursor=cursor)
    assert [("metadata" in one, one["text"]) for one in rest["messages"]] == [(False, "0")]
    since = await api.conversations_history(channel=member.channel, oldest=stamps[1])
    assert [one["text"] for one in since["messages"]] == ["2"]
    both = await api.conversations_history(channel=member.channel, oldest=stamps[1], inclusive=True)
    assert [one["text"] for one in both["messages"]] == ["2", "1"]


async def test_people_have_a_locale_and_a_zone(slack: FakeSlack, api: AsyncWebClient) -> None:
    """The locale is told only if asked for; lists come in pages."""
    member = slack.member("U1", name="bo", real_name="Bo Fagerström", locale="sv-SE", tz="Europe/Mariehamn")
    slack.member("U2")
    with_locale = (await api.users_info(user=member.id, include_locale=True))["user"]
    assert (with_locale["locale"], with_locale["tz"]) == ("sv-SE", "Europe/Mariehamn")
    assert "locale" not in (await api.users_info(user=member.id))["user"]
    pages = [page["members"] async for page in await api.users_list(limit=1)]
    assert [[one["id"] for one in page] for page in pages] == [["U1"], ["U2"]]
    assert await error_of(api.users_info(user="U404")) == "user_not_found"


async def test_the_app_is_told_who_it_is(slack: FakeSlack, api: AsyncWebClient) -> None:
    """auth.test, bots.info and team.info agree; a direct message can be opened."""
    member = slack.member()
    me = await api.auth_test()
    about = await api.bots_info(bot=me["bot_id"])
    assert (about["bot"]["user_id"], (await api.team_info())["team"]["id"]) == (me["user_id"], me["team_id"])
    assert (await api.conversations_open(users=[member.id]))["channel"]["id"] == member.channel
    assert await error_of(api.conversations_open(users=["U404"])) == "user_not_found"


async def test_tokens_and_scopes_are_checked(slack: FakeSlack, api: AsyncWebClient) -> None:
    """None, wrong, of the wrong kind, revoked, and a scope that was not granted."""
    member = slack.member()
    clients = {
        token: AsyncWebClient(token=token, base_url=slack.base_url) for token in ("", "xoxb-wrong", APP_TOKEN)
    }
    found = [
        await error_of(client.chat_postMessage(channel=member.id, text="?")) for client in clients.values()
    ]
    assert found == ["not_authed", "invalid_auth", "not_allowed_token_type"]
    assert await error_of(api.apps_connections_open(app_token=BOT_TOKEN)) == "not_allowed_token_type"
    slack.scopes = frozenset({"chat:write"})
    assert await error_of(api.conversations_history(channel=member.channel)) == "missing_scope"
    slack.revoke("account_inactive")
    assert await error_of(api.auth_test()) == "account_inactive"


async def test_a_channel_takes_one_message_a_second(slack: FakeSlack, api: AsyncWebClient) -> None:
    """The refusal tells how long to wait."""
    slack.limits = SendLimits(per_chat=1)
    member = slack.member()
    await api.chat_postMessage(channel=member.id, text="1")
    with pytest.raises(SlackApiError) as caught:
        await api.chat_postMessage(channel=member.id, text="2")
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "1")
    advance(slack, 1.01)
    await api.chat_postMessage(channel=member.id, text="3")
    assert (slack.limits.accepted, slack.limits.refused) == (2, 1)


@pytest.mark.parametrize(
    ("fault", "raised", "delivered", "status"),
    [
        (faults.drop(), aiohttp.ServerDisconnectedError, 1, DROPPED),
        (faults.drop(after_effect=False), aiohttp.ServerDisconnectedError, 0, DROPPED),
        (faults.cut(5), aiohttp.ClientPayloadError, 1, DROPPED),
        (faults.html(503), SlackApiError, 0, 503),
        (slack_error("internal_error", after_effect=True), SlackApiError, 1, 200),
        (slack_error("fatal_error"), SlackApiError, 0, 200),
        (ratelimited(3600), SlackApiError, 0, 429),
    ],
)
async def test_each_fault_reaches_the_client_as_the_wire_would_bring_it(
    slack: FakeSlack, api: AsyncWebClient, fault: Fault, raised: type[Exception], delivered: int, status: int
) -> None:
    """For the channel it was meant for, once, and recorded before it goes wrong."""
    member, other = slack.member(), slack.member("U0VEIKKO")
    slack.faults.add("chat.postMessage", fault, chat=member.channel)
    await api.chat_postMessage(channel=other.id, text="untouched")
    with pytest.raises(raised):
        await api.chat_postMessage(channel=member.id, text="?")
    assert len(member.seen) == delivered
    assert (await slack.recorder.wait_for("chat.postMessage", 2))[1].status == status
    await api.chat_postMessage(channel=member.id, text="fine again")


# -- views ---------------------------------------------------------------------------------------------


async def test_a_trigger_opens_one_view_within_three_seconds(slack: FakeSlack, api: AsyncWebClient) -> None:
    """Used, old and invented triggers are told apart."""
    slack.member()
    fresh, late = slack.new_trigger("U0AINO"), slack.new_trigger("U0AINO")
    await api.views_open(trigger_id=fresh, view=modal(TEXT))
    assert await error_of(api.views_open(trigger_id=fresh, view=modal(TEXT))) == "exchanged_trigger_id"
    advance(slack, 3.1)
    assert await error_of(api.views_open(trigger_id=late, view=modal(TEXT))) == "expired_trigger_id"
    assert await error_of(api.views_open(trigger_id="1.2.3", view=modal(TEXT))) == "invalid_trigger_id"
    faulty = modal(TEXT, title=plain("x" * 25))
    assert (
        await error_of(api.views_open(trigger_id=slack.new_trigger("U0AINO"), view=faulty))
        == "invalid_arguments"
    )


async def test_views_are_updated_pushed_and_published(slack: FakeSlack, api: AsyncWebClient) -> None:
    """A hash that is not the newest is refused; the fourth modal is too."""
    member = slack.member()
    opened = (await api.views_open(trigger_id=slack.new_trigger(member.id), view=modal(TEXT)))["view"]
    await api.views_update(view_id=opened["id"], hash=opened["hash"], view=modal(CHECKS))
    stale = api.views_update(view_id=opened["id"], hash=opened["hash"], view=modal(TEXT))
    assert await error_of(stale) == "hash_conflict"
    assert await error_of(api.views_update(view_id="V404", view=modal(TEXT))) == "not_found"
    for _ in range(2):
        await api.views_push(trigger_id=slack.new_trigger(member.id), view=modal(TEXT))
    fourth = api.views_push(trigger_id=slack.new_trigger(member.id), view=modal(TEXT))
    assert await error_of(fourth) == "push_limit_reached"
    home = {"type": "home", "blocks": [{"type": "section", "text": plain("Koti")}]}
    await api.views_publish(user_id=member.id, view=home)
    assert (await member.wait_for_home("Koti")).body["type"] == "home"


# -- Socket Mode with bolt -----------------------------------------------------------------------------


async def test_a_conversation_with_bolt(slack: FakeSlack, api: AsyncWebClient) -> None:
    """Message, button, modal with an error, command with two answers, Home tab."""
    app = AsyncApp(client=api, process_before_response=True)
    heard: list[str] = []

    @app.event("message")
    async def _message(event: Json) -> None:
        heard.append(event["text"])
        await api.chat_postMessage(channel=event["channel"], text="?", blocks=question("hyvää", "kerro"))

    @app.action("a0")
    async def _good(ack: Any, body: Json) -> None:
        await ack()
        await api.chat_update(
            channel=body["channel"]["id"], ts=body["message"]["ts"], text=body["actions"][0]["value"]
        )

    @app.action("a1")
    async def _tell(ack: Any, body: Json) -> None:
        await ack()
        await api.views_open(trigger_id=body["trigger_id"], view=modal(TEXT, CHECKS, callback_id="v"))

    @app.view("v")
    async def _submitted(ack: Any, view: Json) -> None:
        values = [inner for block in view["state"]["values"].values() for inner in block.values()]
        if values[0]["value"] == "x":
            await ack(response_action="errors", errors={view["blocks"][0]["block_id"]: "Liian lyhyt"})
        else:
            heard.append(values[0]["value"] + values[1]["selected_options"][0]["value"])
            await ack()

    @app.command("/kuulolla")
    async def _command(ack: Any, command: Json, respond: Any) -> None:
        await ack(f"Kysyit: {command['text']}")
        await respond("Siksi.")

    @app.event("app_home_opened")
    async def _home(event: Json) -> None:
        home = {"type": "home", "blocks": [{"type": "section", "text": plain("Koti")}]}
        await api.views_publish(user_id=event["user"], view=home)

    member = slack.member()
    async with running(slack, app):
        await member.send("hei & <moi>")
        await member.wait_for_buttons()
        await member.tap("kerro")
        await member.wait_for_view("Kysymys 2")
        await (await member.submit_view({"Kysymys 1": "x"})).done
        assert list(member.view_errors.values()) == ["Liian lyhyt"]
        await (await member.submit_view({"t": "pidempi", "c": ["kaksi"]})).done
        assert member.view is None
        await member.tap("hyvää")
        assert (await member.wait_for("hyvää")).labels == []
        await (await member.slash("/kuulolla", "why")).done
        assert sorted(member.transcript()[1:]) == ["Kysyit: why", "Siksi."]
        await member.open_home()
        await member.wait_for_home("Koti")
        await slack.courier.settle()
    assert heard == ["hei &amp; &lt;moi&gt;", "pidempi2"]
    assert (member.troubles, all(one.taken for one in slack.courier.deliveries)) == ([], True)


async def test_events_without_an_ack_come_again_and_presses_do_not(
    slack: FakeSlack, api: AsyncWebClient
) -> None:
    """Three repeats with their number and reason; the person who pressed sees that it failed."""
    member = slack.member()
    await api.chat_postMessage(channel=member.id, text="?", blocks=question("a"))
    opened = await AsyncWebClient(token=APP_TOKEN, base_url=slack.base_url).apps_connections_open(
        app_token=APP_TOKEN
    )
    async with aiohttp.ClientSession() as session, session.ws_connect(opened["url"]) as socket:
        hello = await socket.receive_json()
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        slack.courier.ack_seconds = 0.05
        event = await member.send("hei")
        frames = [await socket.receive_json() for _ in range(4)]
        assert [(frame["retry_attempt"], frame["retry_reason"]) for frame in frames] == [
            (0, ""),
            (1, "timeout"),
            (2, "timeout"),
            (3, "timeout"),
        ]
        assert len({frame["payload"]["event_id"] for frame in frames}) == 1
        assert len({frame["envelope_id"] for frame in frames}) == 4
        assert await event.done is False
        press = await member.tap("a")
        assert (await socket.receive_json())["accepts_response_payload"] is True
        assert (await press.done, len(press.attempts), member.troubles) == (False, 1, ["timeout"])
        slack.courier.ack_seconds = 2.0
        again = await member.tap("a")
        envelope = (await socket.receive_json())["envelope_id"]
        await socket.send_json({"envelope_id": envelope})
        assert await again.done is True


async def test_a_ticket_opens_one_socket_and_ten_are_the_most(slack: FakeSlack) -> None:
    """A used ticket is refused; the eleventh connection is told why it must go."""
    client = AsyncWebClient(token=APP_TOKEN, base_url=slack.base_url)
    async with aiohttp.ClientSession() as session:
        used = (await client.apps_connections_open(app_token=APP_TOKEN))["url"]
        sockets = [await session.ws_connect(used)]
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(used)
        for _ in range(10):
            opened = await client.apps_connections_open(app_token=APP_TOKEN)
            sockets.append(await session.ws_connect(opened["url"]))
        last = await sockets[-1].receive_json()
        assert (last["type"], last["reason"]) == ("disconnect", "too_many_websockets")
        for socket in sockets:
            await socket.close()


async def test_after_a_refresh_the_sdk_comes_back_and_after_silence_it_does_not(
    slack: FakeSlack, api: AsyncWebClient
) -> None:
    """A connection that died in secret answers pings and brings no events."""
    app = AsyncApp(client=api, process_before_response=True)

    @app.event("message")
    async def _message(event: Json) -> None:
        await api.chat_postMessage(channel=event["channel"], text=f"kuulin: {event['text']}")

    member = slack.member()
    async with running(slack, app):
        await slack.sockets.disconnect("refresh_requested")
        await slack.sockets.reconnected(2)
        await member.send("yksi")
        await member.wait_for("kuulin: yksi")
        slack.sockets.silence()
        slack.courier.ack_seconds = 0.02
        lost = await member.send("kaksi")
        assert (await lost.done, len(lost.attempts)) == (False, 4)


# -- signed HTTP requests ------------------------------------------------------------------------------


@asynccontextmanager
async def listening(answers: list[int]) -> AsyncIterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """Run an HTTP endpoint that answers with these statuses in turn (0: too late), then 200."""
    heard: list[tuple[dict[str, str], bytes]] = []

    async def handle(request: web.BaseRequest) -> web.Response:
        body = await request.read()
        heard.append((dict(request.headers), body))
        status = answers.pop(0) if answers else 200
        if not status:
            await asyncio.sleep(1)
        text = json.loads(body).get("challenge", "") if request.content_type == "application/json" else ""
        return web.Response(status=status or 200, text=text)

    server = await asyncio.get_running_loop().create_server(web.Server(handle), "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/slack/events", heard
    finally:
        server.close()


async def test_requests_are_signed_as_the_sdk_expects(slack: FakeSlack) -> None:
    """JSON for events, a payload field for presses, plain fields for commands."""
    verifier = SignatureVerifier(SIGNING_SECRET)
    verifier.clock.now = slack.clock.now  # type: ignore[method-assign]
    member = slack.member()
    slack.tell(member.channel, member.id, {"text": "?", "blocks": question("a")})
    async with listening([]) as (address, heard):
        slack.use_http(address)
        assert await slack.verify_url() == "kuulolla"
        for delivery in (
            await member.send("hei"),
            await member.tap("a"),
            await member.slash("/kuulolla", "ä"),
        ):
            assert await delivery.done is True
    assert all(verifier.is_valid_request(body, headers) for headers, body in heard)
    assert json.loads(heard[1][1])["event"]["text"] == "hei"
    assert json.loads(dict(parse_qsl(heard[2][1].decode()))["payload"])["actions"][0]["value"] == "a"
    assert dict(parse_qsl(heard[3][1].decode()))["text"] == "ä"


async def test_an_event_that_is_refused_or_late_comes_again_with_its_number(slack: FakeSlack) -> None:
    """503, silence, success: three requests, the same event id, the reason of the failure before."""
    slack.courier.ack_seconds = 0.1
    async with listening([503, 0]) as (address, heard):
        slack.use_http(address)
        event = await slack.member().send("hei")
        assert await event.done is True
    retries = [(h.get("X-Slack-Retry-Num"), h.get("X-Slack-Retry-Reason")) for h, _ in heard]
    assert retries == [(None, None), ("1", "http_error"), ("2", "http_timeout")]
    assert len({json.loads(body)["event_id"] for _, body in heard}) == 1
    slack.use_http("http://127.0.0.1:9/")
    assert await (await slack.member().send("hei")).done is False


async def test_a_response_url_takes_five_answers_in_half_an_hour(slack: FakeSlack) -> None:
    """It can replace or delete the message that was pressed."""
    member = slack.member()
    message = slack.new_message(member.channel, "U0KUULOLLA", "ennen", [])
    url = slack.new_response_url(member.channel, member.id, message.ts)
    late = slack.new_response_url(member.channel, member.id)
    async with aiohttp.ClientSession() as session:

        async def answer(where: str, **body: Any) -> int:
            async with session.post(where, json=body) as response:
                return response.status

        assert await answer(url, text="jälkeen", replace_original=True) == 200
        assert message.text == "jälkeen"
        assert await answer(url, text="") == 400
        assert await answer(url, text="vain sinulle") == 200
        assert await answer(url, delete_original=True) == 200
        assert member.transcript() == ["vain sinulle"]
        assert [await answer(url, text="x"), await answer(url, text="x")] == [200, 404]
        advance(slack, 1801)
        assert [await answer(late, text="x"), await answer(slack.url + "/actions/x", text="x")] == [404, 404]


# -- members -------------------------------------------------------------------------------------------


async def test_everything_a_member_does_is_delivered(slack: FakeSlack, api: AsyncWebClient) -> None:
    """Edits, files, choices, old buttons, Home buttons and closed modals, each with its type."""
    member = slack.member()
    select = {"type": "static_select", "action_id": "s", "options": CHECKS["options"]}
    async with listening([]) as (address, heard):
        slack.use_http(address)
        posted = await api.chat_postMessage(channel=member.id, text="?", blocks=question("vanha"))
        blocks = [*question("uusi"), {"type": "actions", "elements": [select]}]
        await api.chat_update(channel=posted["channel"], ts=posted["ts"], text="?", blocks=blocks)
        await api.views_publish(user_id=member.id, view={"type": "home", "blocks": question("asetukset")})
        await api.views_open(trigger_id=slack.new_trigger(member.id), view=modal(TEXT, notify_on_close=True))
        deeds = [
            await member.send("hei"),
            await member.edit("hei taas"),
            await member.send_file(),
            await member.tap_old("vanha"),
            await member.pick("kaksi"),
            await member.tap_home("asetukset"),
            await member.close_view(),
            await member.act({"type": "button", "action_id": "väärennös", "block_id": "?"}, member.seen[0]),
        ]
        for deed in deeds:
            assert deed is not None
            await deed.done
    assert len(heard) == len(deeds)
    events = [one.payload["event"] for one in slack.courier.deliveries[:3]]
    assert [event.get("subtype") for event in events] == [None, "message_changed", "file_share"]
    payloads = [one.payload for one in slack.courier.deliveries[3:]]
    assert [payload["type"] for payload in payloads] == [
        *["block_actions"] * 3,
        "view_closed",
        "block_actions",
    ]
    actions = [payload["actions"][0] for payload in payloads[:3]]
    assert [action.get("value") for action in actions] == ["vanha", None, "asetukset"]
    assert actions[1]["selected_option"]["value"] == "2"
    assert payloads[2]["container"]["type"] == "view"
    assert payloads[4]["actions"][0]["action_id"] == "väärennös"


async def test_what_members_bring_has_the_fields_of_recorded_payloads(slack: FakeSlack) -> None:
    """No field of a recorded payload is missing, save the metadata that a message need not have."""
    member = slack.member()
    slack.tell(member.channel, member.id, {"text": "?", "blocks": question("a")})
    slack.stacks[member.id] = [
        slack.new_view(member.id, modal(TEXT) | {"blocks": slack.complete(modal(TEXT)["blocks"])})
    ]
    brought = {
        "text": await member.send("hei"),
        "edited text": await member.edit("hei taas"),
        "photo": await member.send_file(),
        "home opened": await member.open_home(),
        "button": await member.tap("a"),
        "slash command": await member.slash("/kuulolla", "why"),
        "window with words": await member.submit_view({"t": "x"}),
    }
    missing = {
        f"{label}: {name}"
        for label, delivery in brought.items()
        for name in _fields(RECORDED[label]) - _fields(delivery.payload)
    }
    assert missing == {"button: message.metadata"}


async def test_impossible_deeds_say_what_is_there(slack: FakeSlack) -> None:
    """A test that presses a button which is not there learns which are."""
    member = slack.member()
    with pytest.raises(AssertionError, match="sees no buttons"):
        await member.tap("a")
    slack.tell(member.channel, member.id, {"text": "?", "blocks": question("a")})
    with pytest.raises(AssertionError, match=r"no button 'b' among \['a'\]"):
        await member.tap("b")
    with pytest.raises(AssertionError, match="has no modal open"):
        await member.submit_view({})
    with pytest.raises(AssertionError, match="no message fits 'x'"):
        await member.wait_for("x", within=0.02)

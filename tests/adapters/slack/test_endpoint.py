"""Slack by signed HTTP: what is refused, what is acknowledged, and when."""

import asyncio
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.endpoint import BODY, payload
from bot.config.model import SecretSource, SlackConfig
from bot.engine.messages import RawUpdate
from bot.errors import UserError
from tests.adapters.contract import Inbox
from tests.adapters.slack.rig import PACE, adapter
from tests.adapters.slack.test_translate import RECORDED
from tests.servers import faults
from tests.servers.clock import ManualClock
from tests.servers.slack import APP_ID, TEAM_ID, FakeSlack, signed_headers
from tests.servers.watch import WITHIN

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class Door:
    """An adapter that listens, and whoever knocks."""

    def __init__(self, slack: FakeSlack, clock: ManualClock, inbox: Inbox, address: str) -> None:
        self.slack = slack
        self.clock = clock
        self.inbox = inbox
        self.address = address
        self.session = aiohttp.ClientSession()

    async def knock(
        self,
        body: bytes | io.BytesIO,
        kind: str = JSON,
        *,
        method: str = "POST",
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[int, bytes]:
        """Send a request that is signed now unless ``headers`` say otherwise; return status and body."""
        content = body if isinstance(body, bytes) else body.getvalue()
        signed = {**signed_headers(content, self.slack.clock.now()), "Content-Type": kind, **headers}
        async with self.session.request(method, self.address, data=body, headers=signed) as response:
            return response.status, await response.read()


@pytest_asyncio.fixture
async def door() -> AsyncIterator[Door]:
    """A listening adapter and an inbox behind it."""
    clock = ManualClock()
    async with FakeSlack(clock=clock) as server:
        server.member()
        slack = adapter(server, mode="http", pace=replace(PACE, receive=1.0))
        await slack.connect()
        inbox = Inbox()
        task = asyncio.create_task(slack.run(inbox.receive))
        await asyncio.wait_for(slack.listening.wait(), WITHIN)
        door = Door(server, clock, inbox, f"http://127.0.0.1:{slack.port}/slack/events")
        yield door
        await door.session.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await slack.close()


def event(**changed: Any) -> bytes:
    """Return a message of Aino's as the body of a request."""
    return msgspec.json.encode({**RECORDED["text"], "team_id": TEAM_ID, "api_app_id": APP_ID, **changed})


async def test_an_event_is_committed_and_acknowledged(door: Door) -> None:
    """200 with an empty body, and one row with the event as Slack sent it."""
    assert await door.knock(event()) == (200, b"")
    (update,) = door.inbox.updates
    assert (update.external_id, update.chat) == ("Ev0TEXT", "D0AINO")
    assert msgspec.json.decode(update.body)["event"] == RECORDED["text"]["event"]


@pytest.mark.parametrize("label", ["button", "window with words"])
async def test_an_interaction_comes_in_a_form(door: Door, label: str) -> None:
    """The payload is unpacked before it is stored; an empty 200 closes a window."""
    body = urlencode({"payload": msgspec.json.encode({**RECORDED[label], "api_app_id": APP_ID}).decode()})
    assert await door.knock(body.encode(), FORM) == (200, b"")
    (update,) = door.inbox.updates
    stored = msgspec.json.decode(update.body)
    assert stored["type"] == RECORDED[label]["type"]
    assert stored["user"] == RECORDED[label]["user"]


async def test_a_command_is_answered_in_the_acknowledgement(door: Door) -> None:
    """One line for the person's eyes; the real answer comes in the direct message."""
    body = urlencode({**RECORDED["slash command"], "team_id": TEAM_ID, "text": "later ä&ö"}).encode()
    status, answer = await door.knock(body, FORM)
    assert (status, msgspec.json.decode(answer)["response_type"]) == (200, "ephemeral")
    (update,) = door.inbox.updates
    assert msgspec.json.decode(update.body)["text"] == "later ä&ö"


async def test_the_address_can_be_verified(door: Door) -> None:
    """Slack's challenge comes back, but only if it was Slack who asked."""
    body = b'{"type":"url_verification","challenge":"kuulolla","token":"x"}'
    assert await door.knock(body) == (200, b'{"challenge":"kuulolla"}')
    assert (await door.knock(body, headers={"X-Slack-Signature": "v0=" + "0" * 64}))[0] == 401


async def test_the_certificate_check_needs_a_signature_too(door: Door) -> None:
    """Bolt answers it to anybody; we do not."""
    assert await door.knock(b"ssl_check=1&token=x", FORM) == (200, b"")
    assert (await door.knock(b"ssl_check=1&token=x", FORM, headers={"X-Slack-Signature": ""}))[0] == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": "v0=ä"},
        {"X-Slack-Request-Timestamp": "now"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "9" * 400},
    ],
)
async def test_a_request_that_is_not_slacks_is_refused(door: Door, headers: dict[str, str]) -> None:
    """401 and nothing else, whatever the headers hold."""
    assert await door.knock(event(), headers=headers) == (401, b"")
    assert door.inbox.updates == []


async def test_a_request_played_again_has_one_effect(door: Door) -> None:
    """Within five minutes it is known by its id; after that its signature is too old."""
    body = event()
    headers = signed_headers(body, door.slack.clock.now())
    assert (await door.knock(body, headers=headers))[0] == 200
    assert (await door.knock(body, headers=headers))[0] == 200
    door.clock.advance(301)
    assert (await door.knock(body, headers=headers))[0] == 401
    assert len(door.inbox.updates) == 1


async def test_all_deliveries_of_one_event_have_one_effect(door: Door) -> None:
    """Slack's repetitions say what they are; nobody looks at that."""
    for number in range(4):
        headers = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": "http_timeout"} if number else {}
        assert (await door.knock(event(), headers=headers))[0] == 200
    assert len(door.inbox.updates) == 1


async def test_another_app_is_refused(door: Door) -> None:
    """A signature alone does not make a request ours."""
    assert (await door.knock(event(api_app_id="A0OTHER")))[0] == 401
    assert door.inbox.updates == []


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{}x",
        b"[]",
        b"7",
        b"payload=",
        b"payload=%7B",
        b"payload=7",
        b"x",
        b"\xff\xfe",
        b"a" * 200,
    ],
)
async def test_a_signed_body_that_is_nothing_is_refused(door: Door, body: bytes) -> None:
    """400, and the endpoint lives on."""
    assert (await door.knock(body, FORM))[0] == 400
    assert (await door.knock(event()))[0] == 200


async def test_only_one_path_and_one_method_exist(door: Door) -> None:
    """404, 405 and 413 for everything beside the point."""
    assert (await door.knock(event(), method="PUT"))[0] == 405
    assert (await door.knock(io.BytesIO(b" " * (BODY + 1))))[0] == 413
    door.address = door.address.replace("/slack/events", "/")
    assert (await door.knock(event()))[0] == 404


async def test_a_body_without_a_length_has_a_limit_too(door: Door) -> None:
    """A stream is cut off where a length would have been refused."""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 65536

    async with door.session.post(door.address, data=endless()) as response:
        assert response.status == 413


async def test_what_cannot_be_committed_is_given_back(door: Door) -> None:
    """503 lets Slack come again; the second time it is taken."""
    door.inbox.refuse = 1
    assert (await door.knock(event()))[0] == 503
    assert (await door.knock(event()))[0] == 200
    assert len(door.inbox.updates) == 1


async def test_a_commit_too_slow_for_slack_is_given_back(door: Door) -> None:
    """Slack waits three seconds; the answer comes before."""
    waiting = asyncio.Event()

    async def receive(_updates: Sequence[RawUpdate]) -> None:
        waiting.set()
        await asyncio.get_running_loop().create_future()

    slack = adapter(door.slack, mode="http", pace=replace(PACE, receive=0.05))
    await slack.connect()
    task = asyncio.create_task(slack.run(receive))
    await asyncio.wait_for(slack.listening.wait(), WITHIN)
    door.address = f"http://127.0.0.1:{slack.port}/slack/events"
    assert (await door.knock(event()))[0] == 503
    assert waiting.is_set()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await slack.close()


async def test_an_occupied_address_is_the_admins_to_mend(door: Door) -> None:
    """The error names the setting."""
    port = door.address.split(":")[2].split("/")[0]
    taken = adapter(door.slack, mode="http")
    taken._config = SlackConfig(bot_token=SecretSource(env="X"), mode="http", listen=f"127.0.0.1:{port}")
    with pytest.raises(UserError, match=r"slack\.listen"):
        await taken.run(door.inbox.receive)
    await taken.close()


async def test_an_app_whose_id_is_not_told_still_works() -> None:
    """The signature is what counts; the app's id is a second look where it is known."""
    async with FakeSlack() as server:
        server.faults.add("bots.info", faults.html(502))
        slack = adapter(server, mode="http")
        await slack.connect()
        assert slack.account == TEAM_ID
        await slack.close()


def test_a_form_is_read_to_its_first_field() -> None:
    """What stands behind the payload is not part of it; a plus is a space, as in every form."""
    assert payload(b"payload=%7B%22a%22%3A+%22%C3%A4%2B%22%7D&x=1") == '{"a": "ä+"}'.encode()


@given(st.text() | st.binary().map(lambda value: value.decode("latin-1")))
def test_every_form_is_read_as_every_form_is(value: str) -> None:
    """The fast way and the library's way agree on whatever can be written in a form."""
    body = urlencode({"payload": value}).encode()
    assert payload(body) == value.encode()


@pytest.mark.parametrize(
    "value", [b"a=b", b"a\r\nb", b"a\rb", b"%0D%0A", b"=41", b"x%3D41", b"end+", b"end=", b"=\n"]
)
def test_odd_values_are_read_as_the_library_reads_them(value: bytes) -> None:
    """What quoted-printable would take for something else is left to the slow way."""
    assert payload(b"payload=" + value) == unquote_to_bytes(value.replace(b"+", b" "))

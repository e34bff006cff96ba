"""The error table, each row over the real Slack library against a server on loopback."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from slack_sdk.errors import SlackClientError, SlackRequestError

from adapters.slack.api import Api
from adapters.slack.errors import ANSWERS, PAUSE, WIRE, answered, error
from bot.engine.messages import Failure, SendError
from tests.servers import faults
from tests.servers.faults import Fault
from tests.servers.slack import BOT_TOKEN, FakeSlack, ratelimited, slack_error

POST = ("chat.postMessage", {"channel": "D0AINO", "text": "hei"})


@pytest_asyncio.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """A workspace with Aino in it."""
    async with FakeSlack() as server:
        server.member()
        yield server


@pytest_asyncio.fixture
async def api(slack: FakeSlack) -> AsyncIterator[Api]:
    """Our client of it, with little patience for silence."""
    client = Api(slack.base_url, BOT_TOKEN, read_seconds=0.1)
    yield client
    await client.close()


async def failure(api: Api) -> SendError:
    """Post and return what the failure means."""
    try:
        answer = await api.call(*POST)
    except Exception as problem:  # noqa: BLE001 - the table is what is tested
        return error(problem)
    raise AssertionError(f"no failure but {answer}")


async def posts(slack: FakeSlack) -> int:
    """How often the message arrived."""
    return len(slack.in_channel("D0AINO"))


MEANINGS = {
    Failure.AMBIGUOUS: "fatal_error internal_error service_unavailable",
    Failure.RETRY: "ratelimited rate_limited message_limit_exceeded request_timeout team_added_to_org"
    " org_login_required",
    Failure.PERMANENT: "channel_not_found is_archived not_in_channel user_not_found users_not_found"
    " user_not_visible user_disabled cannot_dm_bot restricted_action msg_too_long msg_blocks_too_long"
    " invalid_blocks invalid_blocks_format no_text invalid_arguments metadata_too_large"
    " invalid_metadata_format invalid_metadata_schema view_too_large message_not_found",
    Failure.DROP: "cant_update_message edit_window_closed expired_trigger_id exchanged_trigger_id"
    " invalid_trigger_id not_enabled hash_conflict",
    Failure.STOP: "invalid_auth not_authed account_inactive token_revoked token_expired missing_scope"
    " no_permission not_allowed_token_type ekm_access_denied access_denied accesslimited"
    " team_access_not_granted enterprise_is_restricted two_factor_setup_required method_deprecated"
    " deprecated_endpoint messages_tab_disabled",
}
ROWS = [(name, meaning) for meaning, names in MEANINGS.items() for name in names.split()]
GONE = (
    "channel_not_found is_archived not_in_channel user_not_found users_not_found user_not_visible"
    " user_disabled cannot_dm_bot restricted_action"
).split()


def test_every_row_of_the_table_is_tested() -> None:
    """No error of the table without its line here."""
    assert {name for name, _ in ROWS} == ANSWERS.keys()


@pytest.mark.parametrize(("name", "meaning"), ROWS)
async def test_an_error_answer(slack: FakeSlack, api: Api, name: str, meaning: Failure) -> None:
    """Each of Slack's words has its meaning, and marks the address only where the person is gone."""
    slack.faults.add("chat.postMessage", slack_error(name))
    found = await failure(api)
    assert (found.failure, found.code, found.unreachable) == (meaning, name, name in GONE)
    assert found.send_as_new == (name == "message_not_found")
    assert (found.retry_after is not None) == (meaning is Failure.RETRY) == found.hold_account
    assert await posts(slack) == 0


async def test_an_error_nobody_knows(slack: FakeSlack, api: Api) -> None:
    """A new word is permanent for this message, with its name for the admin, and marks nobody."""
    slack.faults.add("chat.postMessage", slack_error("brand_new_error"))
    assert await failure(api) == SendError(failure=Failure.PERMANENT, code="brand_new_error")


async def test_a_missing_scope_is_named(slack: FakeSlack, api: Api) -> None:
    """The admin reads which one."""
    slack.faults.add("chat.postMessage", slack_error("missing_scope", needed="chat:write"))
    assert (await failure(api)).detail == "needs chat:write"


async def test_the_place_of_a_broken_block_is_named_without_its_words(slack: FakeSlack, api: Api) -> None:
    """Slack's own sentence may quote the message; only where it points is kept."""
    messages = ["[ERROR] no more than 75 characters: salaisuus [json-pointer:/blocks/0/elements/1/text]"]
    fault = slack_error("invalid_blocks", response_metadata={"messages": messages})
    slack.faults.add("chat.postMessage", fault)
    assert (await failure(api)).detail == "/blocks/0/elements/1/text"


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (ratelimited(7), 7.0),
        (ratelimited(3600), 3600.0),
        (Fault("reply", status=429, body=b"<html>", content_type="text/html"), PAUSE),
        (Fault("reply", status=429, body=b"{}", headers={"Retry-After": "soon"}), PAUSE),
        (Fault("reply", status=429, body=b'{"error":"slow_down"}', headers={"Retry-After": "5"}), 5.0),
    ],
)
async def test_too_many_requests(slack: FakeSlack, api: Api, fault: Fault, wait: float) -> None:
    """The wait that Slack names is kept, even an hour; half a minute where none is named."""
    slack.faults.add("chat.postMessage", fault)
    found = await failure(api)
    assert found == SendError(failure=Failure.RETRY, code="ratelimited", retry_after=wait, hold_account=True)


@pytest.mark.parametrize(
    ("fault", "code", "arrived"),
    [
        (faults.drop(), "disconnected", 1),
        (faults.drop(after_effect=False), "disconnected", 0),
        (faults.cut(), "broken_answer", 1),
        (faults.stall(), "read_timeout", 1),
        (faults.html(502), "http_502", 0),
        (faults.html(403), "http_403", 0),
        (faults.garbage(), "http_200", 1),
        (faults.garbage(b"[]"), "http_200", 1),
        (faults.garbage(b"[7]"), "broken_answer", 1),
        (faults.garbage(b"\xff"), "broken_answer", 1),
        (Fault("reply", after_effect=True, body=b"ok", content_type="text/plain"), "broken_answer", 1),
        (slack_error("internal_error", after_effect=True), "internal_error", 1),
        (Fault("reply", status=500, body=b'{"ok":false,"error":"odd"}'), "odd", 0),
    ],
)
async def test_a_doubtful_end(slack: FakeSlack, api: Api, fault: Fault, code: str, arrived: int) -> None:
    """Whatever leaves us in doubt is ambiguous, and nothing is ever sent a second time by itself."""
    slack.faults.add("chat.postMessage", fault)
    found = await failure(api)
    assert (found.failure, found.code, found.unreachable) == (Failure.AMBIGUOUS, code, False)
    assert await posts(slack) == arrived
    assert slack.recorder.asked["chat.postMessage"] == 1


async def test_a_message_too_great_for_a_proxy(slack: FakeSlack, api: Api) -> None:
    """413 says surely not, and never."""
    slack.faults.add("chat.postMessage", Fault("reply", status=413, body=b"", content_type="text/html"))
    assert await failure(api) == SendError(failure=Failure.PERMANENT, code="too_large")


async def test_nobody_answers(slack: FakeSlack) -> None:
    """A refused connection was surely not used."""
    await slack.pause()
    api = Api(slack.base_url, BOT_TOKEN)
    found = await failure(api)
    await api.close()
    assert (found.failure, found.code) == (Failure.RETRY, "no_connection")


@pytest.mark.parametrize(
    "kind",
    [
        aiohttp.ClientConnectorDNSError,
        aiohttp.ClientConnectorSSLError,
        aiohttp.ClientConnectorCertificateError,
        aiohttp.ClientProxyConnectionError,
    ],
)
def test_no_connection_means_surely_not_sent(kind: type[Exception]) -> None:
    """Name, TLS, certificate and proxy fail before the request: one row holds them all."""
    first = next(row for row in WIRE if issubclass(kind, row))
    assert WIRE[first][1].failure is Failure.RETRY


@pytest.mark.parametrize(
    ("problem", "failure", "code"),
    [
        (aiohttp.ConnectionTimeoutError(), Failure.RETRY, "connect_timeout"),
        (TimeoutError(), Failure.AMBIGUOUS, "timeout"),
        (aiohttp.ClientOSError(), Failure.AMBIGUOUS, "disconnected"),
        (asyncio.IncompleteReadError(b"", 1), Failure.AMBIGUOUS, "broken_answer"),
        (RuntimeError("Session is closed"), Failure.AMBIGUOUS, "broken_answer"),
        (SlackRequestError("x"), Failure.PERMANENT, "refused_by_library"),
        (SlackClientError("x"), Failure.PERMANENT, "refused_by_library"),
    ],
)
def test_other_failures(problem: Exception, failure: Failure, code: str) -> None:
    """What cannot be made to happen on loopback is in the table all the same."""
    assert (error(problem).failure, error(problem).code) == (failure, code)


def test_narrow_kinds_stand_before_wide_ones() -> None:
    """The first row that fits counts, so none may hide another."""
    kinds = list(WIRE)
    hidden = [
        (wide.__name__, narrow.__name__)
        for place, wide in enumerate(kinds)
        for narrow in kinds[place + 1 :]
        if issubclass(narrow, wide)
    ]
    assert hidden == []


def test_an_unknown_word_beside_a_server_error_is_doubtful() -> None:
    """The server failed, whatever it called it."""
    assert answered("odd", status=503).failure is Failure.AMBIGUOUS

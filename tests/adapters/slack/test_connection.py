"""Socket Mode when it goes wrong: renewals, silent deaths, refusals; against a server that does all of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from adapters.slack.api import Api
from adapters.slack.client import Slack
from adapters.slack.connection import Connection
from adapters.slack.pace import Pace
from bot.engine.messages import Receipt
from tests.adapters.contract import QUESTION, Inbox, outgoing, taking_in
from tests.adapters.slack.rig import PACE, SlackRig, adapter, quick
from tests.servers import faults
from tests.servers.clock import ManualClock
from tests.servers.slack import APP_TOKEN, BOT_ID, BOT_TOKEN, BOT_USER, FakeSlack, ratelimited, slack_error
from tests.servers.watch import WITHIN, Watch

TWO = replace(PACE, stagger=0.0)
"""Both connections at once, so that a test need not wait for the second."""


class Naps:
    """Stands in for sleeping and remembers for how long it was asked."""

    def __init__(self, longest: float = 59.0) -> None:
        self.asked: list[float] = []
        self.longest = longest
        self.watch = Watch()

    async def __call__(self, seconds: float) -> None:
        """Give way; what is longer than ``longest`` never ends."""
        if seconds:
            self.asked.append(round(seconds, 1))
            self.watch.changed()
        if seconds > self.longest:
            await asyncio.get_running_loop().create_future()
        await asyncio.sleep(0.001)


@asynccontextmanager
async def running(
    pace: Pace = TWO,
    *,
    sleep: Callable[[float], object] = quick,
    clock: ManualClock | None = None,
    server: FakeSlack | None = None,
) -> AsyncIterator[tuple[SlackRig, Inbox]]:
    """A connected adapter that takes in."""
    async with server or FakeSlack(
        ack_seconds=0.5, retry_pauses=(0.0, 0.05, 0.1, 0.2, 0.4), clock=clock
    ) as slack:
        member = slack.member()
        ours = adapter(slack, pace=pace, sleep=sleep)
        await ours.connect()
        async with taking_in(ours) as inbox:
            yield SlackRig(slack, ours, member), inbox
        await ours.close()


async def test_there_are_two_connections() -> None:
    """Slack shares its envelopes out between them, and each is acknowledged on its own."""
    async with running() as (rig, inbox):
        await rig.server.sockets.connected(2)
        for number in range(6):
            assert await (await rig.member.send(f"sana {number}")).done
        assert [len(connection.acks) for connection in rig.server.sockets.connections] == [3, 3]
        assert len(inbox.updates) == 6


async def test_the_second_connection_comes_later() -> None:
    """Slack renews a connection by its age: two of one age would be renewed together."""
    naps = Naps(longest=19.0)
    async with running(Pace(), sleep=naps) as (rig, _):
        await rig.server.sockets.connected()
        await naps.watch.until(lambda: 20.0 in naps.asked or None)
        assert rig.server.sockets.opened == 1


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_a_renewal_loses_nothing(reason: str) -> None:
    """The new connection stands before the old one goes, one after the other, and every word arrives once."""
    fewest = []
    async with running() as (rig, inbox):
        sockets = rig.server.sockets
        await sockets.connected(2)
        await sockets.disconnect(reason, close=False)

        def renewed() -> bool | None:
            fewest.append(len(sockets.connections))
            return (sockets.opened == 4 and len(sockets.connections) == 2) or None

        waiting = asyncio.create_task(rig.server.watch.until(renewed))
        deliveries = [await rig.member.send(f"sana {number}") for number in range(20)]
        assert all(await asyncio.gather(*(delivery.done for delivery in deliveries)))
        await waiting
        assert min(fewest) == 2
        assert len(inbox.updates) == 20


@pytest.mark.parametrize("reason", ["warning", ""])
async def test_the_other_connection_carries_on(reason: str) -> None:
    """A socket that Slack closes, with or without a word, is replaced, and nothing is lost meanwhile."""
    async with running() as (rig, inbox):
        sockets = rig.server.sockets
        await sockets.connected(2)
        if reason:
            await sockets.connections[0].disconnect(reason)
        else:
            await sockets.connections[0].socket.close(drain=False)
        assert await (await rig.member.send("moi")).done
        await inbox.wait(1)
        await rig.server.watch.until(lambda: (sockets.opened == 3 and len(sockets.connections) == 2) or None)


async def test_a_dead_network_is_noticed() -> None:
    """No pong: both connections are given up and built anew (here after parts of a second)."""
    async with running(replace(TWO, ping=0.3)) as (rig, inbox):
        sockets = rig.server.sockets
        await sockets.connected(2)
        sockets.silence(frozen=True)
        await sockets.reconnected(4)
        await rig.server.watch.until(lambda: len(sockets.connections) == 2 or None)
        assert await (await rig.member.send("moi")).done
        await inbox.wait(1)


def echo(rig: SlackRig) -> dict[str, object]:
    """Our own message, as Slack tells us of it."""
    return {
        "type": "message",
        "channel": rig.chat,
        "channel_type": "im",
        "user": BOT_USER,
        "bot_id": BOT_ID,
        "text": "Miten menee?",
        "ts": "1.000001",
    }


async def test_a_silent_death_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    """Pings are answered, but not even our own messages come back: the connections are built anew."""
    clock = ManualClock()
    async with running(clock=clock) as (rig, inbox):
        sockets = rig.server.sockets
        await sockets.connected(2)
        assert await rig.server.event(echo(rig)).done
        sockets.silence()
        assert isinstance(await rig.adapter.send(outgoing(rig, QUESTION)), Receipt)
        clock.advance(91)
        await sockets.reconnected(4)
        await rig.server.watch.until(lambda: len(sockets.connections) == 2 or None)
        assert await (await rig.member.send("moi")).done
        await inbox.wait(1)
    assert "Slack's events have stopped" in caplog.text


async def test_silence_alone_is_no_sign() -> None:
    """Where Slack has never told us of our own messages, their absence means nothing."""
    clock, naps = ManualClock(), Naps()
    async with running(sleep=naps, clock=clock) as (rig, _):
        await rig.server.sockets.connected(2)
        assert isinstance(await rig.adapter.send(outgoing(rig, QUESTION)), Receipt)
        clock.advance(1000)
        looks = naps.asked.count(TWO.watch)
        await naps.watch.until(lambda: naps.asked.count(TWO.watch) > looks + 3 or None)
        assert rig.server.sockets.opened == 2


@pytest.mark.parametrize("reason", ["link_disabled", "too_many_websockets"])
async def test_a_refusal_is_not_argued_with(reason: str, caplog: pytest.LogCaptureFixture) -> None:
    """One try in thirty seconds, and the admin can read why."""
    naps = Naps(longest=29.0)
    async with running(Pace(stagger=0.0), sleep=naps) as (rig, _):
        sockets = rig.server.sockets
        await sockets.connected(2)
        await sockets.disconnect(reason)
        await naps.watch.until(lambda: 30.0 in naps.asked or None)
        assert sockets.opened == 2
    assert f"Slack refuses connections: {reason}" in caplog.text


async def test_after_a_refusal_every_try_waits() -> None:
    """Even the second connection waits another thirty seconds after the first one."""
    naps = Naps()
    async with running(Pace(stagger=0.0), sleep=naps) as (rig, _):
        sockets = rig.server.sockets
        await sockets.connected(2)
        await sockets.disconnect("too_many_websockets")
        await sockets.reconnected(4)
        assert len([nap for nap in naps.asked if nap > 29]) >= 2


async def test_more_connections_than_slack_allows() -> None:
    """Another program of the same app holds them all: the refusal comes before the greeting."""
    naps = Naps(longest=29.0)
    server = FakeSlack(most_connections=1)
    async with running(Pace(stagger=0.0), sleep=naps, server=server) as (rig, _):
        await naps.watch.until(lambda: max(naps.asked, default=0) > 29 or None)
        assert len(rig.server.sockets.connections) == 1


async def test_slacks_own_pause_is_kept() -> None:
    """``Retry-After`` before an opening counts: one call in that time."""
    naps = Naps(longest=16.0)
    server = FakeSlack()
    async with running(Pace(stagger=0.0), sleep=naps, server=server) as (rig, _):
        await rig.server.sockets.connected(2)
        calls = server.recorder.asked["apps.connections.open"]
        server.faults.add("apps.connections.open", ratelimited(17), times=None)
        await rig.server.sockets.disconnect("warning")
        await naps.watch.until(lambda: 17.0 in naps.asked or None)
        assert server.recorder.asked["apps.connections.open"] == calls + 1


async def test_other_failures_are_waited_out_longer_and_longer() -> None:
    """Between one and thirty seconds, doubling, shortened by chance."""
    naps = Naps()
    server = FakeSlack()
    async with running(Pace(stagger=0.0), sleep=naps, server=server) as (rig, _):
        await rig.server.sockets.connected(2)
        server.faults.add("apps.connections.open", faults.html(500), times=8)
        await rig.server.sockets.disconnect("warning")
        await rig.server.sockets.reconnected(4)
    waits = [nap for nap in naps.asked if nap != TWO.watch]
    longest = [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    assert [bound / 2 <= wait <= bound for wait, bound in zip(waits, longest, strict=False)] == [True] * 8


async def test_a_withdrawn_app_token_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Slack is asked seldom then, and the log says what is wrong without the token in it."""
    naps = Naps(longest=29.0)
    server = FakeSlack()
    async with running(Pace(stagger=0.0), sleep=naps, server=server) as (rig, _):
        await rig.server.sockets.connected(2)
        server.faults.add("apps.connections.open", slack_error("token_revoked"), times=None)
        await rig.server.sockets.disconnect("warning")
        await naps.watch.until(lambda: 30.0 in naps.asked or None)
    assert "token_revoked" in caplog.text
    assert APP_TOKEN not in caplog.text


async def test_a_socket_without_a_greeting_is_not_used() -> None:
    """What does not say hello in time is closed, and another one opened."""
    server = FakeSlack()
    async with running(replace(TWO, open=0.1), server=server) as (rig, _):
        await rig.server.sockets.connected(2)
        hello = server.sockets._hello
        greetings = iter([{"type": "nothing"}, {"type": "nothing"}])
        server.sockets._hello = lambda: next(greetings, None) or hello()  # type: ignore[method-assign]
        await rig.server.sockets.disconnect("warning")
        await rig.server.sockets.reconnected(6)
        await rig.server.watch.until(lambda: len(rig.server.sockets.connections) == 2 or None)


async def test_nonsense_on_the_socket_is_let_go() -> None:
    """Frames that are no JSON, or no envelope, do not end the connection."""
    async with running() as (rig, inbox):
        await rig.server.sockets.connected(2)
        for connection in rig.server.sockets.connections:
            for frame in ("", "x", "[]", "7", '{"type":7}', '{"type":"events_api","envelope_id":"e"}', "{"):
                await connection.socket.send_str(frame)
        assert await (await rig.member.send("moi")).done
        await inbox.wait(1)
        assert rig.server.sockets.opened == 2


async def test_a_fault_of_our_own_ends_no_connection(caplog: pytest.LogCaptureFixture) -> None:
    """One envelope is not acknowledged; the next one is."""
    problems = iter([ZeroDivisionError("salaisuus")])

    async def take(_raw: object, _body: bytes) -> dict[str, object]:
        for problem in problems:
            raise problem
        return {}

    async with FakeSlack(ack_seconds=0.2, retry_pauses=(0.0,)) as server:
        client = Api(server.base_url, BOT_TOKEN, APP_TOKEN)
        connection = Connection(client.app, APP_TOKEN, take, PACE)
        await connection.open(await client.socket_url())
        delivery = await server.member().send("moi")
        assert await delivery.done
        assert [attempt.outcome for attempt in delivery.attempts] == ["timeout", "ok"]
        await connection.close()
        await client.close()
    assert "ZeroDivisionError" in caplog.text
    assert "salaisuus" not in caplog.text


async def test_no_ticket_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """The socket's address holds a ticket; a refused handshake must not print it."""
    server = FakeSlack()
    async with running(server=server) as (rig, _):
        await rig.server.sockets.connected(2)
        tickets: list[str] = []
        fresh = server.sockets.new_url

        def stale() -> str:
            url = fresh()
            server.sockets._tickets.clear()
            tickets.append(url.split("ticket=")[1].split("&")[0])
            if len(tickets) == 3:
                server.sockets.new_url = fresh  # type: ignore[method-assign]
            return url

        server.sockets.new_url = stale  # type: ignore[method-assign]
        await rig.server.sockets.disconnect("warning")
        await rig.server.sockets.reconnected(4)
    assert len(tickets) == 3
    assert [ticket for ticket in tickets if ticket in caplog.text] == []


async def test_what_is_being_taken_in_is_finished_before_the_end() -> None:
    """Stopping in the middle of a commit still acknowledges it: Slack need not come again."""
    async with FakeSlack(ack_seconds=WITHIN, retry_pauses=()) as server:
        slack: Slack = adapter(server, pace=PACE)
        member = server.member()
        await slack.connect()
        entered, committed = asyncio.Event(), asyncio.Event()

        async def receive(_updates: object) -> None:
            entered.set()
            await committed.wait()

        task = asyncio.create_task(slack.run(receive))
        await server.sockets.connected()
        delivery = await member.send("moi")
        await entered.wait()
        task.cancel()
        asyncio.get_running_loop().call_later(0.05, committed.set)
        assert await delivery.done
        await asyncio.gather(task, return_exceptions=True)
        await slack.close()

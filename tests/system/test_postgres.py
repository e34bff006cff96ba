"""The program on PostgreSQL: the same day as on SQLite, several processes on one database, a server that goes
away and comes back.
"""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.durability.checker import judge
from tests.durability.storm import SURVEYS, Plan, evidence, gather, wait_until_quiet
from tests.postgres import running_postgres
from tests.servers.process import ServerProcess, telegram_process
from tests.system.rig import BotProcess, Member, until
from tests.system.shared import SharedInstallation

BRISK = "tests.system.brisk"


@pytest.fixture
def tg() -> Iterator[ServerProcess]:
    """Telegram."""
    with telegram_process() as server:
        yield server


@contextmanager
def running(place: SharedInstallation) -> Iterator[BotProcess]:
    """One more process of the program; at the end it is ended, however it stands."""
    bot = place.start(BRISK)
    try:
        yield bot
    finally:
        if bot.process.poll() is None:
            bot.process.kill()
            bot.process.wait()


def wait_until_running(bot: BotProcess) -> None:
    """Wait until a process has begun, as leader or as a stand-by."""
    until(bot, lambda: "running" in bot.log.read_text())


def conflicts(tg: ServerProcess) -> int:
    """How often Telegram has turned away a poll because of another one."""
    return sum(count for method, status, count in tg.control("stats")["answered"] if status == 409)


def test_a_day_on_postgresql(postgres_db: str, tg: ServerProcess, tmp_path: Path) -> None:
    """A survey by taps and words, a stop, a wave and the report, as on SQLite."""
    place = SharedInstallation(tmp_path, tg, postgres_db)
    with running(place) as bot:
        bot.wait_for_poll(tg)
        aino, bo, cia = (Member(tg, number, "fi") for number in (101, 102, 103))
        aino.does("start", "kuulumiset")
        aino.sees("Mitä kuuluu?")
        aino.does("tap", 3)
        aino.sees("Missä olit?")
        aino.does("send", "PIHALLA")
        aino.sees("Kerro lisää")
        aino.does("tap", "Ohita")
        aino.sees("Kiitos, Aino.")
        bo.does("start")
        bo.sees("Hauskala ry")
        cia.does("start")
        cia.does("send", "stop")
        cia.sees("Et saa täältä enää kysymyksiä")
        opened = place.command("wave", "round")
        assert (opened.returncode, opened.stderr) == (0, "")
        bo.sees("Jotta kierros onnistuu")
        bo.does("tap", "Aloitetaan")
        bo.sees("Mitä kuuluu?")

        assert place.answers(aino.address) == [("mood", "4"), ("place", '"yard"'), ("tell", "null")]
        report = place.command("report", "pulse")
        assert (report.returncode, report.stderr) == (0, "")
        assert bot.stop() == 0
    assert "Traceback" not in place.output()


def test_of_two_processes_one_polls_and_the_other_waits(
    postgres_db: str, tg: ServerProcess, tmp_path: Path
) -> None:
    """No poll is turned away. A process that is stopped in order hands over at once."""
    place = SharedInstallation(tmp_path, tg, postgres_db)
    aino = Member(tg, 101, "fi")
    with running(place) as first, running(place) as second:
        wait_until_running(first)
        wait_until_running(second)
        leader, other = (first, second) if place.player() == first.process.pid else (second, first)
        place.wait_until_plays(leader)
        aino.does("start", "kuulumiset")
        aino.sees("Mitä kuuluu?")
        aino.does("tap", 0)
        aino.sees("Missä olit?")
        assert (conflicts(tg), place.player("send telegram")) == (0, leader.process.pid)

        assert leader.stop() == 0
        place.wait_until_plays(other)
        aino.does("tap", 1)
        aino.sees("Kerro lisää")
        assert place.answers(aino.address) == [("mood", "1"), ("place", '"yard"')]
        assert (conflicts(tg), other.stop()) == (0, 0)
    assert "Traceback" not in place.output()


def test_a_killed_leader_is_followed_by_another(postgres_db: str, tmp_path: Path) -> None:
    """Twice, under answers and a wave of invites: nothing lost or doubled, nobody asked twice."""
    plan = Plan(kills=2, answers=60, invited=12, crowd=10)
    with telegram_process("--members", f"1-{plan.invited}") as tg, ExitStack() as stack:
        place = SharedInstallation(tmp_path, tg, postgres_db, surveys=SURVEYS)
        leader = stack.enter_context(running(place))
        gather(place, tg, leader, plan)
        for _ in range(plan.kills):
            follower = stack.enter_context(running(place))
            wait_until_running(follower)
            leader.kill_after(0.3)
            place.wait_until_plays(follower)
            leader = follower
        wait_until_quiet(place, tg, leader, plan)
        verdict = judge(evidence(place, tg))
        assert leader.stop() == 0

    assert verdict.examples == []
    assert (verdict.clean, verdict.answers, verdict.invites + verdict.in_doubt >= plan.invited) == (
        True,
        plan.answers,
        True,
    )


def test_a_leader_that_slept_wakes_up_as_a_stand_by(
    postgres_db: str, tg: ServerProcess, tmp_path: Path
) -> None:
    """What it was given in its sleep it does not store; when its successor dies it takes over again."""
    place = SharedInstallation(tmp_path, tg, postgres_db)
    aino = Member(tg, 101, "fi")
    with running(place) as sleeper, ExitStack() as stack:
        sleeper.wait_for_poll(tg)
        successor = stack.enter_context(running(place))
        wait_until_running(successor)
        aino.does("start", "kuulumiset")
        aino.sees("Mitä kuuluu?")
        sleeper.process.send_signal(signal.SIGSTOP)
        aino.does("tap", 2)
        place.wait_until_plays(successor)
        aino.sees("Missä olit?")
        sleeper.process.send_signal(signal.SIGCONT)
        until(sleeper, lambda: "stands by" in sleeper.log.read_text())
        aino.does("tap", 0)
        aino.sees("Kerro lisää")
        assert (place.player(), place.player("send telegram")) == (successor.process.pid,) * 2

        successor.process.kill()
        successor.process.wait()
        place.wait_until_plays(sleeper)
        aino.does("send", "Nyt hyvin.")
        aino.sees("Kiitos, Aino.")
        assert place.answers(aino.address) == [("mood", "3"), ("place", '"hall"'), ("tell", '"Nyt hyvin."')]
        assert sleeper.stop() == 0


def test_the_program_outlives_a_restart_of_the_database(tg: ServerProcess, tmp_path: Path) -> None:
    """An answer given while the server is away is kept by Telegram, and counts once it is back."""
    with running_postgres() as server:
        server.execute("CREATE DATABASE association TEMPLATE template0")
        place = SharedInstallation(tmp_path, tg, server.url("association"))
        aino = Member(tg, 101, "fi")
        with running(place) as bot:
            bot.wait_for_poll(tg)
            aino.does("start", "kuulumiset")
            aino.sees("Mitä kuuluu?")
            server.stop()
            aino.does("tap", 4)
            until(bot, lambda: "could not be stored" in bot.log.read_text())
            server.start()
            aino.sees("Missä olit?")
            aino.does("tap", 2)
            aino.sees("Kerro lisää")
            assert place.answers(aino.address) == [("mood", "5"), ("place", '"home"')]
            assert bot.stop() == 0
    assert "Traceback" not in place.output()

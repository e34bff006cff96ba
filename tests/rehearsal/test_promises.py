"""The judge of a rehearsal finds what it is there to find: each promise is broken once, by hand."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from bot.config import load_or_raise
from bot.config.model import Config
from bot.engine.messages import Delivery, Inbound, Outbound, Outgoing
from bot.rehearsal.behaviour import Persona
from bot.rehearsal.clock import VirtualClock
from bot.rehearsal.crowd import Act, Arrival, Crowd
from bot.rehearsal.membership import Member
from bot.rehearsal.promises import Promises
from scheduler.surveys import SendWindow
from storage.evidence import Made, Run

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 9, 1, 9, tzinfo=UTC)
"""A Tuesday, noon in Helsinki."""
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
PERSON = 7


@cache
def _example() -> Config:
    return load_or_raise(ROOT / "config.example.toml")


class Scene:
    """One member, what they saw and did, and what the judge says."""

    def __init__(self) -> None:
        self.config = _example()
        self.persona = Persona("r00001", "Rehearsal 1", "fi", 0.7, 0.5, random.Random(1))
        self.member = Member(self.persona, "crowd", (), {}, NOON, [(NOON, "Europe/Helsinki")], PERSON)
        self.crowd = Crowd([self.persona], VirtualClock(NOON))
        self.made: dict[str, Made] = {}
        self.runs: list[Run] = []
        self.faulty = False

    def arrives(
        self, at: datetime, *, kind: str = "invite", wave: int | None = None, contact: int | None = None
    ) -> None:
        """A contact's message arrives; without numbers of its own it is a new contact in a new wave."""
        number = len(self.made) + 1
        made = Made(contact or number, kind, "weekly-pulse", wave or number, PERSON)
        self.made[f"k{number}"] = made
        outgoing = Outgoing(
            key=f"k{number}", delivery=Delivery.INVITE, chat="r00001", op="send", message=Outbound(text="?")
        )
        self.crowd.arrivals.append(Arrival(at, "r00001", outgoing))

    def does(self, at: datetime, kind: str, text: str = "") -> None:
        """The member does something."""
        inbound = Inbound(
            platform="crowd", account="a", external_id="1", address="crowd:r00001", chat="r00001",
            kind=kind, sent_at=at, text=text,  # type: ignore[arg-type]
        )  # fmt: skip
        self.crowd.done.append(Act(at, 1, inbound))

    def ran(self, begun: datetime, ended: datetime, status: str, survey: str = "other") -> None:
        """A session of another wave."""
        self.runs.append(Run(PERSON, survey, 99, status, False, begun, ended, 30.0))

    def broken(self) -> list[str]:
        """Which promises the judge finds broken."""
        promises = Promises(self.config, self.faulty)
        promises.note(self.crowd, self.made)
        promises.judge([self.member], self.runs, NOON + 400 * DAY)
        return list(promises.broken)


def _nothing_wrong(scene: Scene) -> None:
    scene.arrives(NOON)
    scene.arrives(NOON + DAY, kind="reminder", wave=1, contact=1)
    scene.ran(NOON, NOON + HOUR, "completed", "weekly-pulse")
    scene.arrives(NOON + 20 * DAY)


def _arrived_twice(scene: Scene) -> None:
    scene.arrives(NOON, contact=1, kind="reminder")
    scene.arrives(NOON + 2 * DAY, contact=1, kind="reminder")


def _twice_in_a_wave(scene: Scene) -> None:
    scene.arrives(NOON, wave=5)
    scene.arrives(NOON + 60 * DAY, wave=5)


def _too_soon(scene: Scene) -> None:
    scene.arrives(NOON)
    scene.arrives(NOON + 6 * DAY)


def _too_soon_for_more(scene: Scene) -> None:
    scene.member.asked_for_more = True
    scene.arrives(NOON)
    scene.arrives(NOON + 2 * DAY)


def _too_many(scene: Scene) -> None:
    for days in (0, 8, 16):
        scene.arrives(NOON + days * DAY)


def _too_many_messages(scene: Scene) -> None:
    for days in range(4):
        scene.arrives(NOON + days * DAY, kind="reminder")


def _at_night(scene: Scene) -> None:
    scene.arrives(NOON + 12 * HOUR)


def _at_night_where_they_live(scene: Scene) -> None:
    scene.member.zones.append((NOON - HOUR, "Asia/Tokyo"))
    scene.arrives(NOON + 3 * HOUR)


def _on_a_holiday(scene: Scene) -> None:
    window = replace(SendWindow(), holiday_dates=frozenset({date(2026, 9, 1)}), event_pulse_holidays="closed")
    scene.config = replace(scene.config, policy=replace(scene.config.policy, window=window))
    scene.arrives(NOON)


def _after_stop(scene: Scene) -> None:
    scene.crowd.stopped.append(("r00001", NOON))
    scene.arrives(NOON + 30 * DAY)


def _after_a_block(scene: Scene) -> None:
    scene.does(NOON, "blocked")
    scene.arrives(NOON + 30 * DAY)


def _not_rested(scene: Scene) -> None:
    scene.ran(NOON - HOUR, NOON, "declined")
    scene.arrives(NOON + 29 * DAY)


def _in_between(scene: Scene) -> None:
    scene.ran(NOON - HOUR, NOON + HOUR, "ignored")
    scene.arrives(NOON)


def _swallowed(scene: Scene) -> None:
    scene.does(NOON, "text", "hyvää")


CASES: Mapping[str, tuple[Callable[[Scene], None], list[str]]] = {
    "nothing is wrong": (_nothing_wrong, []),
    "a contact arrives twice": (_arrived_twice, ["a contact arrives once"]),
    "twice in a wave": (_twice_in_a_wave, ["once in a wave"]),
    "too soon": (_too_soon, ["the least gap"]),
    "too soon though more was wanted": (_too_soon_for_more, ["the least gap"]),
    "too many invites": (_too_many, ["the caps"]),
    "too many messages": (_too_many_messages, ["the caps"]),
    "at night": (_at_night, ["within the person's hours"]),
    "at night where they live": (_at_night_where_they_live, ["within the person's hours"]),
    "on a holiday": (_on_a_holiday, ["within the person's hours"]),
    "after stop": (_after_stop, ["never after stop"]),
    "after a block": (_after_a_block, ["never after stop"]),
    "too soon after a refusal": (_not_rested, ["the rest after an outcome"]),
    "in the middle of a conversation": (_in_between, ["never in the middle of a conversation"]),
    "an answer without any reaction": (_swallowed, ["whoever speaks is answered"]),
}


@pytest.mark.parametrize("name", CASES)
def test_each_breach_is_found(name: str) -> None:
    """And only that one."""
    arrange, expected = CASES[name]
    scene = Scene()
    arrange(scene)
    assert scene.broken() == expected


def test_whoever_starts_again_may_be_asked_again() -> None:
    """Stop holds until the person says start."""
    scene = Scene()
    scene.crowd.stopped.append(("r00001", NOON))
    scene.does(NOON + DAY, "command", "start")
    scene.arrives(NOON + DAY)
    scene.arrives(NOON + 30 * DAY)
    assert scene.broken() == []


def test_where_answers_get_lost_silence_is_no_breach() -> None:
    """A question whose two copies were lost is healed by the next message, which may not come."""
    scene = Scene()
    scene.faulty = True
    scene.does(NOON, "text", "hyvää")
    assert scene.broken() == []

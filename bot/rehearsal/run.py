"""A whole rehearsal: the configuration's year, or a part of it, lived through by simulated members.

Everything is the real program but the clock and the platforms. With ``faults`` sends are lost, repeated and
refused, platforms are away, and the process is killed in the middle of its work.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from bot.app import App
from bot.config.model import Config
from bot.encounters.values import Encounter
from bot.rehearsal import meetings
from bot.rehearsal.clock import VirtualClock
from bot.rehearsal.crowd import Crowd
from bot.rehearsal.faults import Weather
from bot.rehearsal.membership import PLATFORMS, Member, Membership
from bot.rehearsal.promises import Promises
from bot.rehearsal.stage import Stage
from bot.service import encounters, planning
from bot.service.context import Context
from bot.service.dispatch import Pace
from bot.texts import Texts
from storage import Connection, evidence
from storage.evidence import Run
from storage.store import Store

UNLIMITED: Final = Pace(per_second=0, per_chat_per_second=0)
GRAIN: Final = timedelta(seconds=20)
DOUBT: Final = timedelta(seconds=30)
SETTLED: Final = timedelta(days=1)
"""What should have been done so long before the end and was not is left over."""
KILLED_EVERY: Final = timedelta(days=20)
"""With faults; without, the program is restarted once in the middle."""
PLANNED_TWICE: Final = 10
"""Every so many days it is planned twice, and must be the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be rehearsed. ``begins`` is aware UTC."""

    begins: datetime
    days: int
    members: int
    seed: int
    faults: bool = False


@dataclass(frozen=True, slots=True)
class Lived:
    """What one member lived through."""

    member: Member
    contacts: Counter[str]
    """Kind -> how many arrived."""
    statuses: Counter[str]
    """How their sessions ended."""
    minutes: float


@dataclass(slots=True)
class Outcome:
    """What came of a rehearsal."""

    order: Order
    lived: list[Lived] = field(default_factory=list)
    broken: dict[str, list[str]] = field(default_factory=dict)
    """Promise -> examples of how it was broken."""
    kills: int = 0
    waves: int = 0
    planned_twice: int = 0


@dataclass(slots=True)
class _Play:
    """One rehearsal under way."""

    config: Config
    order: Order
    open_store: Callable[[], Store]
    told: Callable[[float], None]
    clock: VirtualClock = field(init=False)
    membership: Membership = field(init=False)
    crowds: dict[str, Crowd] = field(init=False)
    promises: Promises = field(init=False)
    outcome: Outcome = field(init=False)
    _store: Store = field(init=False)
    _zone: ZoneInfo = field(init=False)
    _chance: random.Random = field(init=False)
    _days: int = 0

    def __post_init__(self) -> None:
        order = self.order
        self._zone = ZoneInfo(self.config.organisation.timezone)
        self._chance = random.Random(f"{order.seed} meetings")
        self.clock = VirtualClock(order.begins)
        self.membership = Membership(self.config, random.Random(order.seed))
        self.membership.found(order.members, order.begins)
        ends = order.begins + timedelta(days=order.days)
        self.crowds = {}
        for number, platform in enumerate(PLATFORMS):
            people = [one.persona for one in self.membership.members if one.platform == platform]
            chance = random.Random(f"{order.seed} {number}")
            weather = Weather(chance, order.begins, ends) if order.faults else None
            self.crowds[platform] = Crowd(people, self.clock, platform=platform, weather=weather)
        self.promises = Promises(self.config, order.faults)
        self.outcome = Outcome(order)

    def play(self) -> Outcome:
        """From the first day to the last, with a new process after each kill."""
        ends = self.order.begins + timedelta(days=self.order.days)
        self._store = self.open_store()
        self._store.write(self.membership.enrol(self.membership.members))
        for crowd in self.crowds.values():
            crowd.join()
        for moment in self._kills(ends):
            asyncio.run(self._act(moment, killed=self.order.faults))
            self._store.close()
            self._store = self.open_store()
            self.outcome.kills += 1
        asyncio.run(self._act(ends, killed=False))
        self._judge(ends)
        self._store.close()
        return self.outcome

    def _kills(self, ends: datetime) -> list[datetime]:
        length = ends - self.order.begins
        if not self.order.faults:
            return [self.order.begins + length / 2]
        chance, count = random.Random(f"{self.order.seed} kills"), max(1, length // KILLED_EVERY)
        return sorted(self.order.begins + length * chance.random() for _ in range(count))

    async def _act(self, ends: datetime, *, killed: bool) -> None:
        context = Context(
            self.config,
            Texts.load(),
            {name: crowd.to_inbound for name, crowd in self.crowds.items()},
            doubt=DOUBT,
        )
        lines = [(crowd, UNLIMITED) for crowd in self.crowds.values()]
        stage = Stage(
            app=App(context, self._store, lines, clock=self.clock),
            clock=self.clock,
            crowds=list(self.crowds.values()),
            ends=ends,
            zone=self._zone,
            grain=GRAIN,
            on_day=partial(self._day, context),
        )
        await stage.play()
        if killed:
            self._dying(yes=True)
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await stage.die()
            self._dying(yes=False)

    def _dying(self, *, yes: bool) -> None:
        for crowd in self.crowds.values():
            if crowd.weather is not None:
                crowd.weather.dying = yes

    def _day(self, context: Context, now: datetime) -> None:
        self._note()
        job = self.membership.day(self.crowds, now)
        if job is not None:
            self._store.write(job)
        here = [one.persona.key for one in self.membership.members if not one.gone]
        for met in meetings.of_day(self.config, self._chance, here, now.astimezone(self._zone).date()):
            self._store.write(partial(_record, context, met, now))
        self._days += 1
        if self._days % PLANNED_TWICE == 0:
            self._plan_twice(context, now)
        self.told((now - self.order.begins) / timedelta(days=self.order.days))

    def _plan_twice(self, context: Context, now: datetime) -> None:
        with self._store.read() as connection:
            once, again = (planning.look(context, connection, now) for _ in range(2))
        self.outcome.planned_twice += 1
        if (once and once.lines()) != (again and again.lines()):
            self.promises.breach("planning twice plans the same", f"{now:%Y-%m-%d %H:%M}")

    def _note(self) -> None:
        for crowd in self.crowds.values():
            keys = [one.outgoing.key for one in crowd.arrivals]
            with self._store.read() as connection:
                made = evidence.made(connection, keys)
            self.promises.note(crowd, made)

    def _judge(self, ends: datetime) -> None:
        self._note()
        with self._store.read() as connection:
            runs = evidence.runs(connection)
            left = evidence.left_over(connection, ends, SETTLED)
            self.outcome.waves = evidence.waves_opened(connection)
        self.promises.judge(self.membership.members, runs, ends)
        for what, number in left.items():
            self.promises.breach("nothing is left lying about", f"{number} {what}")
        self.outcome.broken = self.promises.broken
        self.outcome.lived = [_lived(one, self.promises, runs) for one in self.membership.members]


def _record(context: Context, met: Encounter, now: datetime, connection: Connection) -> None:
    encounters.record_one(context, connection, met, "rehearsal", now)


def _lived(member: Member, promises: Promises, runs: Sequence[Run]) -> Lived:
    own = [run for run in runs if run.person == member.person]
    return Lived(
        member,
        Counter(one.made.kind for one in promises.contacts[member.person]),
        Counter(run.status for run in own),
        sum(run.seconds for run in own) / 60,
    )


def rehearse(
    config: Config,
    order: Order,
    open_store: Callable[[], Store],
    told: Callable[[float], None] = lambda _: None,
) -> Outcome:
    """Rehearse into an empty database, without a log, as what goes wrong was meant to.

    ``told`` hears what share of the time has passed, 0 to 1.
    """
    quiet = logging.NullHandler()
    logging.getLogger().addHandler(quiet)
    try:
        return _Play(config, order, open_store, told).play()
    finally:
        logging.getLogger().removeHandler(quiet)

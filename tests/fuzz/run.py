"""One run: so many random updates of some dozens of members, with waves, time and deliveries in between.

As a program it tells how it went: ``python -m tests.fuzz.run telegram 25000 --seed 3``. It fails where a
translation or the service raises, where a message is given up, and where anything still waits at the end.
"""

import argparse
import logging
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select

from bot.config.model import Config
from bot.engine.messages import Receipt
from bot.engine.snoozing import FURTHEST
from bot.service import dispatch, moments, planning, receive, rounds
from bot.service.context import Context
from bot.texts import Texts
from scheduler.surveys import Keyword, Survey
from storage import tables as t
from storage.engine import create_key
from storage.store import Store, open_sqlite
from tests.conversations.chat import flows
from tests.fuzz.acts import Person, broken, drawn
from tests.fuzz.platforms import PLATFORMS, Platform, bytes_of_nothing
from tests.service.association import WHOLE, configured
from tests.service.rig import AT_ONCE, NOON

PEOPLE: Final = 40
BATCH: Final = 30
"""Updates that come between two looks at what is to be sent."""
BROKEN: Final = 0.12
NOTHING: Final = 0.02
"""Shares of updates with a broken part, and of bytes that are none."""
ROUNDS: Final = 0.1
"""How often a wave opens between two batches."""
ENOUGH: Final = 12
"""Days after which everything that waits for somebody has ended by itself."""
STEPS: Final = (
    timedelta(seconds=1), timedelta(seconds=20), timedelta(minutes=5), timedelta(hours=2), timedelta(hours=9),
    timedelta(days=1),
)  # fmt: skip


@cache
def everything() -> Config:
    """The association with every flow of the golden chats, each begun by its name."""
    config = configured(WHOLE)
    asked = {
        name: Survey(id=name, flow=name, purpose=flow.title, owner="Office", triggers=(Keyword((name,)),))
        for name, flow in flows().items()
    }
    return replace(config, flows={**flows(), **config.flows}, surveys={**asked, **config.surveys})


@dataclass(slots=True)
class Fuzz:
    """One platform, one seed. ``faults`` holds what was raised or logged as an error."""

    platform: Platform
    store: Store
    seed: int
    now: datetime = NOON
    done: int = 0
    faults: list[str] = field(default_factory=list)
    people: list[Person] = field(default_factory=lambda: [Person(n) for n in range(1, PEOPLE + 1)])
    chance: random.Random = field(init=False)
    context: Context = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.context = Context(everything(), Texts.load(), {self.platform.name: self.platform.read})

    def run(self, updates: int) -> None:
        """Let so many updates come, then let everything end by itself."""
        while self.done < updates:
            self._some(min(BATCH, updates - self.done))
            self._apply()
            self._deliver()
            self._time()
        for days in (*[1] * ENOUGH, FURTHEST + 2, 2):  # what was put off until a far day ends after it
            self.now += timedelta(days=days)
            self._ticks()
            self._deliver()

    def _some(self, count: int) -> None:
        rows = []
        for _ in range(count):
            self.done += 1
            person = self.chance.choice(self.people)
            raw = self.platform.update(person, drawn(self.chance, person), 1000 + self.done)
            if self.chance.random() < BROKEN:
                raw = broken(self.chance, raw)
            row = self.platform.stored(raw)
            if row is not None:
                rows.append(row)
            if self.chance.random() < NOTHING:
                self.platform.read(bytes_of_nothing(self.chance))
            person.written.append(self._own_id())
        name, account = self.platform.name, self.platform.account
        self.store.write(lambda c: receive.intake(c, name, account, rows, self.now))

    def _own_id(self) -> str:
        number = 1000 + self.done
        return str(number) if self.platform.name == "telegram" else f"1795000000.{number:06}"

    def _apply(self) -> None:
        while self.store.write(lambda c: receive.apply(self.context, c, self.now)).rows:
            pass

    def _deliver(self) -> None:
        name, account = self.platform.name, self.platform.account
        claim, settle = partial(dispatch.claim, self.context), partial(dispatch.settle, self.context)
        while True:
            sends = self.store.write(lambda c: claim(c, name, account, "fuzz", AT_ONCE, self.now)).sends
            if not sends:
                return
            results = [(one, Receipt(self._arrives(one.outgoing))) for one in sends]
            self.store.write(partial(self._settle, settle, results))

    def _settle(self, settle: Any, results: Any, connection: Any) -> None:
        settle(connection, self.platform.name, self.platform.account, results, self.now)

    def _arrives(self, outgoing: Any) -> str:
        if outgoing.op != "send":
            return str(outgoing.ref)
        ref = f"{10**6 + self.chance.randrange(10**9)}"
        tokens = [button.token for button in (*outgoing.message.buttons, *outgoing.message.controls)]
        for person in self.people:
            if outgoing.chat in (self.platform.chat(person), f"U{person.number:06}"):
                person.shown.append((ref, tokens))
                del person.shown[:-12]
        return ref

    def _time(self) -> None:
        self.now += self.chance.choice(STEPS)
        if self.chance.random() < ROUNDS:
            self.now += timedelta(minutes=1)  # a wave is named after its minute
            self.store.write(self._join)
            self.store.write(lambda c: rounds.by_hand(self.context, c, "pulse", self.now))
        self._ticks()
        self._deliver()

    def _join(self, connection: Any) -> None:
        """Whoever has written by now is a member, and may be invited."""
        found = set(connection.execute(select(t.persons.c.id)).scalars())
        new = found - set(connection.execute(select(t.person_groups.c.person_id)).scalars())
        if new:
            rows = [{"person_id": person, "name": "members"} for person in new]
            connection.execute(t.person_groups.insert(), rows)

    def _ticks(self) -> None:
        planning.tick(self.context, self.store, self.now)
        while self.store.write(lambda c: moments.fire(self.context, c, self.now)) >= moments.MOST:
            pass

    def seen(self) -> Mapping[str, int]:
        """What the run has gone through: sessions by their end, answers, messages."""
        with self.store.read() as connection:
            ends = Counter(connection.execute(select(t.sessions.c.status)).scalars())
            answers = connection.execute(select(func.count()).select_from(t.answers)).scalar_one()
            sent = connection.execute(select(func.count()).select_from(t.outbox)).scalar_one()
        return {**ends, "answers": answers, "messages": sent}

    def left(self) -> list[str]:
        """Whatever still waits, was given up, or was tried again: nothing may."""
        found: list[str] = []
        with self.store.read() as connection:
            for table, states in WAITING.items():
                column = table.c.status if "status" in table.c else table.c.state
                rows = connection.execute(select(column).where(column.in_(states))).scalars()
                found += [f"{table.name}: {count} {state}" for state, count in Counter(rows).items()]
            tried = connection.execute(select(t.inbox.c.error).where(t.inbox.c.attempts > 0)).scalars()
            found += [f"inbox: {error}" for error in set(tried)]
        return found


WAITING: Final[Mapping[Any, tuple[str, ...]]] = {
    t.inbox: ("new", "dead"),
    t.outbox: ("ready", "sending", "unknown"),
    t.sessions: ("invited", "active"),
}


class _Ear(logging.Handler):
    """Hears every error that is logged: the service swallows nothing without a word."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(logging.ERROR)
        self.faults = faults

    def emit(self, record: logging.LogRecord) -> None:
        trace = record.exc_info[1] if record.exc_info else None
        self.faults.append(f"{record.getMessage()}: {type(trace).__name__}: {trace}")


def fuzz(platform: str, updates: int, seed: int, folder: Path) -> tuple[list[str], Mapping[str, int]]:
    """Run it in an empty folder; returns what is wrong afterwards, and what it has gone through."""
    create_key(folder / "key")
    with open_sqlite(folder / "kuulolla.db", folder / "key") as store:
        run = Fuzz(PLATFORMS[platform], store, seed)
        ear = _Ear(run.faults)
        logging.getLogger().addHandler(ear)
        try:
            run.run(updates)
        finally:
            logging.getLogger().removeHandler(ear)
        return [*run.faults, *run.left()], run.seen()


def main() -> None:
    """Told on the command line how much of what."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.run")
    parser.add_argument("platform", choices=sorted(PLATFORMS))
    parser.add_argument("updates", type=int)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    began = time.monotonic()
    try:
        wrong, seen = fuzz(asked.platform, asked.updates, asked.seed, folder)
    finally:
        shutil.rmtree(folder)
    seconds = time.monotonic() - began
    print(f"{asked.platform}: {asked.updates} updates, seed {asked.seed}, {seconds:.0f} s, {dict(seen)}")  # noqa: T201
    if wrong:
        raise SystemExit("\n".join(wrong[:20]))


if __name__ == "__main__":
    main()

"""Figure 8: a planning pass over everybody, against bare NumPy in memory and a bare cursor on the database.

The reference knows what is compared: the same rules over the same columns, written out once, one sort of the
queue and one pass for each survey, the first so many taken. It has no reasons, no strata, no repair and no
zones. Reasons are put together when they are written, which the second part measures.
"""

import math
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, insert, text

from benchmarks import people
from benchmarks.measure import Figure, ratio, rounds
from scheduler.crowd import NONE, OUTCOMES, Crowd, micros
from scheduler.openings import Openings
from scheduler.planner import plan
from scheduler.plans import Enrolled, OpenWave
from scheduler.surveys import Policy, Survey
from tests.servers.telegram import TOKEN
from tests.system.rig import Installation

NOW: Final = datetime(2026, 5, 6, 9, tzinfo=UTC)
"""A Wednesday, noon in Helsinki: the window is open."""
SURVEYS: Final = 20
QUOTA: Final = 2_500
DAY: Final = 86_400_000_000
POLICY: Final = Policy()


# --- in memory --------------------------------------------------------------------------------------------


def crowd(size: int, seed: int = 1) -> Crowd:
    """Invented people: half of them asked lately, some resting, paused, silent or gone."""
    chance = np.random.default_rng(seed)
    now = micros(NOW)
    invites = np.sort(now - chance.integers(1, 400, (size, 4)) * DAY, axis=1)[:, ::-1]
    invites = np.where(chance.random((size, 4)) < 0.5, NONE, invites)
    invites = np.ascontiguousarray(-np.sort(-invites, axis=1))
    outcomes = np.full((size, len(OUTCOMES)), NONE, np.int64)
    done = chance.random(size) < 0.4
    outcomes[done, 0] = now - chance.integers(1, 100, int(done.sum())) * DAY
    none = np.zeros(size, np.int32)
    return Crowd(
        person=np.arange(size, dtype=np.int64),
        turn=chance.integers(0, 400, size),
        prn=chance.integers(0, 1 << 63, size, dtype=np.uint64),
        stopped=chance.random(size) < 0.03,
        reachable=chance.random(size) > 0.05,
        dormant=chance.random(size) < 0.05,
        ignored=chance.integers(0, 3, size).astype(np.int32),
        preference=chance.choice(np.array([0, 1, 1, 1, 2], np.int32), size),
        clock=none,
        clocks=((None, None, frozenset()),),
        paused_until=np.where(chance.random(size) < 0.05, now + 5 * DAY, NONE),
        in_session=chance.random(size) < 0.02,
        session_until=np.full(size, now + DAY, np.int64),
        outcomes=outcomes,
        invites=invites,
        messages=invites[:, :2].copy(),
        housemates=np.zeros((size, 0), np.int64),
        reserved_invites=none,
        reserved_messages=none,
        reserved_burden=np.zeros(size),
        burden=chance.random(size) * 4,
        burden_at=now - chance.integers(1, 60, size) * DAY,
    )


def waves(size: int) -> list[Enrolled]:
    """Surveys that all draw from everybody, in two strata, with priorities of their own."""
    rows = np.arange(size, dtype=np.int64)
    stratum = (rows % 2).astype(np.int32)
    eligible, never = np.ones(size, np.bool_), np.zeros(size, np.bool_)
    at = np.full(size, micros(NOW) - DAY, np.int64)
    return [
        Enrolled(
            wave=OpenWave(
                id=number,
                survey=Survey(
                    id=f"s{number:02}", flow="f", purpose={}, owner="o", kind="sample",
                    priority=1 + number % 5,
                ),
                opens=NOW - timedelta(days=1),
                closes=NOW + timedelta(hours=5),
                cost=0.7 + 0.1 * number,
                sizes={"a": size // 2, "b": size - size // 2},
                invitations=max(1, size * QUOTA // 1_000_000),
            ),
            rows=rows,
            at=at,
            stratum=stratum,
            strata=("a", "b"),
            eligible=eligible,
            taken_part=never,
        )
        for number in range(SURVEYS)
    ]  # fmt: skip


def bare(people_: Crowd, enrolled: list[Enrolled]) -> int:
    """What somebody would write who only wants the people; returns how many were taken."""
    now, at = micros(NOW), people_.invites
    factor = np.array([0.5, 1.0, 2.0])[people_.preference]
    ok = ~people_.stopped & people_.reachable & ~people_.dormant & (people_.paused_until <= now)
    ok &= ~people_.in_session & (people_.ignored < POLICY.dormant_after_ignored)
    gap = (np.array([14, 7, 3])[people_.preference] << people_.ignored) * DAY
    ok &= at[:, 0] + gap <= now
    rest = np.array([28, 14, 7])[people_.preference] * DAY
    ok &= people_.outcomes[:, 0] + rest <= now
    for days, cap in ((1, 1), (30, 2), (365, 12)):
        ok &= (at > now - days * DAY).sum(axis=1) < np.ceil(cap * factor)
    ok &= (people_.messages > now - 7 * DAY).sum(axis=1) < POLICY.messages_per_7d
    faded = people_.burden * np.exp2((people_.burden_at - now) / DAY / POLICY.half_life_days)
    room = POLICY.capacity * factor - faded
    queue = np.lexsort((people_.prn, people_.turn))
    taken = 0
    for one in sorted(enrolled, key=lambda one: -one.wave.survey.priority):
        free = ok & (one.wave.cost <= room) & one.eligible & ~one.taken_part
        chosen = queue[free[queue]][: one.wave.invitations]
        ok[chosen] = False
        taken += len(chosen)
    return taken


def _seconds(work: Any) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def in_memory(*, quick: bool) -> list[Figure]:
    """Ours against the reference, and how ours grows."""
    large, small = (200_000, 10_000) if quick else (1_000_000, 10_000)
    everybody, enrolled = crowd(large), waves(large)
    few, fewer = crowd(small), waves(small)
    openings = Openings(POLICY)
    expected = sum(one.wave.invitations for one in enrolled)
    assert len(plan(enrolled, everybody, POLICY, NOW, openings).chosen) == expected
    assert bare(everybody, enrolled) == expected
    plan(fewer, few, POLICY, NOW, openings)
    ours, theirs, little = rounds(
        3 if quick else 5,
        lambda: _seconds(lambda: plan(enrolled, everybody, POLICY, NOW, openings)),
        lambda: _seconds(lambda: bare(everybody, enrolled)),
        lambda: _seconds(lambda: plan(fewer, few, POLICY, NOW, openings)),
    )
    grown = large * math.log(large) / (small * math.log(small))
    return [
        Figure(
            name=f"plan {large:,} people × {SURVEYS} surveys against bare NumPy",
            value=ratio(ours, theirs),
            unit="×",
            must=2.0,
            aim=1.3,
            better="lower",
            parts={"ours_s": statistics.median(ours), "bare_s": statistics.median(theirs)},
        ),
        Figure(
            name=f"growth from {small:,} to {large:,} against n log n",
            value=statistics.median(ours) / statistics.median(little) / grown,
            unit="×",
            must=1.0,
            aim=0.8,
            better="lower",
            parts={"small_s": statistics.median(little)},
        ),
    ]


# --- from the database ------------------------------------------------------------------------------------

WORDS: Final = "".join(
    f"""
[[survey]]
id = "s{number:02}"
flow = "feedback"
kind = "sample"
sample = 60
owner = "Office"
purpose = "To know how it goes"
trigger = {{ by_hand = true }}
"""
    for number in range(SURVEYS)
)


def from_the_database(*, quick: bool) -> list[Figure]:
    """Reading and planning against a cursor that only reads the same rows; and ``why`` with a long ledger."""
    from bot.config import load_or_raise
    from bot.service import planning, why
    from bot.service.context import Context
    from bot.texts import Texts
    from storage.store import open_sqlite

    size, long, short = (20_000, 100_000, 10_000) if quick else (200_000, 2_000_000, 10_000)
    with tempfile.TemporaryDirectory() as folder:
        place = Installation(
            Path(folder), base_url="http://127.0.0.1:9", token=TOKEN, surveys=_flow() + WORDS
        )
        people.settle(place, size, "1")
        config = load_or_raise(place.file)
        context = Context(config, Texts.load(), {})
        with open_sqlite(config.storage.path, config.storage.key_file) as store:
            store.write(partial(_open_waves, context, size=size))
            with store.read() as connection:
                ours, theirs = rounds(
                    3,
                    lambda: _seconds(lambda: planning.look(context, connection, datetime.now(UTC))),
                    lambda: _seconds(lambda: _only_read(connection)),
                )
            slow = []
            for rows in (short, long):
                store.write(partial(_ledger_rows, rows=rows))
                with store.read() as connection:
                    now = datetime.now(UTC)
                    why.for_admin(context, connection, 7, now)
                    slow.append(
                        statistics.median(
                            _seconds(lambda c=connection, n=now: why.for_admin(context, c, 7, n))
                            for _ in range(9)
                        )
                    )
    return [
        Figure(
            name=f"read and plan {size:,} people × {SURVEYS} surveys (SQLite) against a cursor",
            value=ratio(ours, theirs),
            unit="×",
            must=4.0,
            aim=2.0,
            better="lower",
            parts={"ours_s": statistics.median(ours), "cursor_s": statistics.median(theirs)},
        ),
        Figure(
            name=f"why, one person, {long:,} ledger rows against {short:,}",
            value=slow[1] / slow[0],
            unit="×",
            must=5.0,
            aim=1.5,
            better="lower",
            parts={"few_ms": slow[0] * 1000, "many_ms": slow[1] * 1000},
        ),
    ]


def _flow() -> str:
    return """
[[flow]]
id = "feedback"
title = "Feedback"
[[flow.question]]
id = "good"
type = "yes_no"
text = "Was it good?"
"""


def _open_waves(context: Any, connection: Connection, *, size: int) -> None:
    """One wave of each survey, each for a tenth of the people."""
    from bot.service import rounds as service
    from scheduler.triggers import WaveTimes
    from storage import waves as rows

    now = datetime.now(UTC)
    for number, survey in enumerate(context.config.surveys.values()):
        times = WaveTimes(now - timedelta(hours=1), now + timedelta(days=6))
        wave = service.new_wave(context, connection, survey, "first", times, now)
        connection.execute(
            text(
                "INSERT INTO wave_people (wave_id, person_id, stratum, wanted_at) "
                f"SELECT {wave}, id, '', {micros(now) - 3_600_000_000} FROM persons "
                f"WHERE id % 10 = {number % 10}"
            )
        )
        rows.count_frame(connection, wave or 0)
        rows.set_quota(connection, wave or 0, max(60, size // 400))


def _only_read(connection: Connection) -> int:
    """The same rows through the same driver, taken and thrown away."""
    count = 0
    for table in ("persons", "addresses", "contacts", "wave_people"):
        cursor = connection.exec_driver_sql(f"SELECT * FROM {table}").cursor
        assert cursor is not None
        while rows := cursor.fetchmany(50_000):
            count += len(rows)
    return count


def _ledger_rows(connection: Connection, *, rows: int) -> None:
    """Contacts of others until there are so many, in bulk."""
    from storage.tables import contacts

    have = connection.execute(text("SELECT count(*) FROM contacts")).scalar_one()
    people_ = connection.execute(text("SELECT count(*) FROM persons")).scalar_one()
    if have == 0:
        first = {"person_id": 7, "survey": "old", "kind": "invite", "number": 1, "state": "sent", "cost": 1.0}
        connection.execute(insert(contacts).values(at=datetime.now(UTC) - timedelta(days=40), **first))
        have = 1
    connection.execute(
        text(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :more) "
            "INSERT INTO contacts (person_id, survey, kind, number, state, at, cost) "
            "SELECT 8 + i % (:people - 8), 'old', 'invite', 1, 'sent', :at - i * 60000000, 1.0 FROM n"
        ),
        {"more": rows - have, "people": people_, "at": micros(datetime.now(UTC))},
    )


def measure(*, quick: bool) -> list[Figure]:
    """Both parts."""
    return [*in_memory(quick=quick), *from_the_database(quick=quick)]

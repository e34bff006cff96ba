"""Planning: from open waves to reserved contacts. The planner decides; this module feeds it and writes it
down.

Looking needs only a reading connection, so that a plan for many people does not hold up the chat; carrying
out is done in small writing steps. Doing either twice changes nothing: a person is reserved once per wave,
by key.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial
from itertools import chain, islice
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from bot.service import costs, openings
from bot.service.context import Context
from bot.service.upcoming import Upcoming, as_sample, waves_ahead
from scheduler import planner, sampling
from scheduler.plans import Candidate, OpenWave, Plan, PlannedContact, Suppressed, Wanted
from scheduler.quotas import quota_today
from scheduler.windows import resolve
from storage import Connection, contacts, fires, ledger, waves
from storage.store import Store
from storage.waves import Decision, FrameRow, Waiting, Wave

CHUNK: Final = 200
"""People written down in one transaction."""
PAGE: Final = 500
"""People whose ledgers are read at once."""


def tick(context: Context, store: Store, now: datetime) -> int:
    """Open and close waves, plan the contacts of this moment, reserve them. Returns how many were planned."""
    store.write(lambda connection: openings.turn(context, connection, now))
    with store.read() as connection:
        found = look(context, connection, now)
    for step in steps(found, now):
        store.write(step)
    return len(found.fires)


def look(context: Context, connection: Connection, now: datetime) -> Plan:
    """What the planner wants done now, without doing it."""
    policy = context.config.policy
    present = [
        wave for wave in open_waves(context, connection, now)
        if wave.survey.kind != "sample" or quota_today(wave, policy, now)
    ]  # fmt: skip
    # a sample compares all who wait; of the others only those are looked at whose verdict may have changed
    waiting = [Waiting(wave.id, None if wave.survey.kind == "sample" else now) for wave in present]
    people = waves.unasked(connection, waiting)
    first = next(people, None)
    if first is None:
        return Plan()
    shadows = _shadows(context, connection, present, now)
    found = candidates(connection, chain((first,), people), shadows, now, policy.group_cap_key)
    return planner.plan([*present, *(shadow.wave for shadow in shadows)], found, policy, now)


def _shadows(
    context: Context, connection: Connection, present: Sequence[OpenWave], now: datetime
) -> list[Upcoming]:
    """Waves of more important surveys that open soon: they keep their people from the present ones."""
    least = min(wave.survey.priority for wave in present)
    stronger = [survey for survey in context.config.surveys.values() if survey.priority > least]
    until = now + timedelta(days=context.config.policy.reserve_days)
    return [
        coming for coming in waves_ahead(context, connection, stronger, now, until) if coming.wave.opens > now
    ]


def steps(found: Plan, now: datetime) -> Iterator[Callable[[Connection], None]]:
    """The plan as small writing jobs, to be run in order."""
    for start in range(0, len(found.fires), CHUNK):
        yield partial(_reserve_all, found.fires[start : start + CHUNK], now=now)
    for start in range(0, len(found.suppressed), CHUNK):
        yield partial(_keep_all, found.suppressed[start : start + CHUNK], now=now)


def _reserve_all(planned: Sequence[PlannedContact], connection: Connection, *, now: datetime) -> None:
    for fire in planned:
        _reserve(connection, fire, now)


def _keep_all(suppressed: Sequence[Suppressed], connection: Connection, *, now: datetime) -> None:
    waves.decide(connection, [_kept(one) for one in suppressed], now)


def open_waves(context: Context, connection: Connection, now: datetime) -> list[OpenWave]:
    """The open waves of surveys that the configuration still has."""
    surveys = context.config.surveys
    return [
        _as_planned(context, connection, wave, now)
        for wave in waves.open_waves(connection)
        if wave.survey in surveys
    ]


def _as_planned(context: Context, connection: Connection, wave: Wave, now: datetime) -> OpenWave:
    survey = context.config.surveys[wave.survey]
    flow = context.flow(connection, wave.flow_digest)
    plain = OpenWave(
        id=wave.id,
        survey=survey,
        opens=wave.opens_at,
        closes=wave.closes_at,
        cost=costs.invite(context.config.policy, flow, heavy=survey.heavy),
        since=wave.opens_at if wave.encounter_id is not None else None,
    )
    if survey.kind != "sample" or wave.quota is None:
        return plain
    zone = ZoneInfo(context.config.organisation.timezone)
    midnight = resolve(datetime.combine(now.astimezone(zone).date(), time()), zone)
    before, today = waves.invited(connection, wave.id, midnight)
    response = sampling.expected_response(*waves.past_response(connection, survey.id))
    missing = max(0, wave.quota - waves.answered(connection, wave.id))
    return replace(
        as_sample(plain, waves.strata(connection, wave.id), wave.quota, response),
        invited=before,
        invited_today=today,
        shortfall=missing / wave.quota if wave.quota else 0.0,
    )


def candidates(
    connection: Connection,
    people: Iterator[list[FrameRow]],
    shadows: Sequence[Upcoming],
    now: datetime,
    group_key: str,
) -> Iterator[Candidate]:
    """Everybody of whom a wave still wants something, with the newest ledger, as a stream."""
    while page := {rows[0].person_id: rows for rows in islice(people, PAGE)}:
        for one in ledger.ledgers(connection, list(page), now, group_key=group_key):
            rows = page[one.person]
            parts = [Wanted(row.wave_id, row.wanted_at, row.stratum) for row in rows]
            parts += [shadow.wanted[one.person] for shadow in shadows if one.person in shadow.wanted]
            yield Candidate(ledger=one, wanted=tuple(parts), turn=rows[0].turn, prn=rows[0].prn)


def _reserve(connection: Connection, fire: PlannedContact, now: datetime) -> None:
    contact_id = contacts.reserve(
        connection,
        person_id=fire.person,
        wave_id=fire.wave,
        survey=fire.survey,
        kind="invite",
        number=1,
        at=fire.at,
        cost=fire.cost,
    )
    if contact_id is None:
        return
    fires.add(
        connection,
        [
            {
                "kind": "contact",
                "scope": f"{fire.wave}:{fire.person}",
                "person_id": fire.person,
                "wave_id": fire.wave,
                "survey": fire.survey,
                "due_at": fire.at,
            }
        ],
    )
    waves.decide(
        connection,
        [Decision(wave_id=fire.wave, person_id=fire.person, state="planned", reason=int(fire.reason))],
        now,
    )


def _kept(one: Suppressed) -> Decision:
    """A drop is final; who is deferred or substituted stays in the frame for a later tick."""
    return Decision(
        wave_id=one.wave,
        person_id=one.person,
        state="dropped" if one.action == "drop" else "frame",
        reason=int(one.reason),
        mask=one.mask,
        earliest=one.earliest,
        detail=msgspec.json.encode(one.findings).decode(),
    )

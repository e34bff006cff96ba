"""Planning: from open waves to reserved contacts. The planner decides; this module feeds it and writes it
down.

Looking needs only a reading connection, so that a plan for many people does not hold up the chat; carrying
out is done in small writing steps. Doing either twice changes nothing: a person is reserved once per wave,
by key. Verdicts are written where they are news.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from bot.service import costs, openings, rounds
from bot.service.context import Context
from bot.service.upcoming import Upcoming, as_sample, waves_ahead
from scheduler import drawing, planner, sampling, triggers
from scheduler.crowd import NONE, Crowd, Numbers, moment_of
from scheduler.drawing import Lot
from scheduler.ledger import Ask
from scheduler.plans import Enrolled, Left, OpenWave, Plan
from scheduler.policy import decide
from scheduler.quotas import quota_today
from scheduler.verdicts import Finding, Later, Never, Reason
from scheduler.windows import resolve
from storage import Connection, contacts, crowds, fires, ledger, waves
from storage.crowds import Frame
from storage.store import Store
from storage.waves import Decision, Wave

CHUNK: Final = 200
"""People written down in one transaction."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What the planner wants done now: the plan, and the people and verdicts that its lines are about."""

    plan: Plan
    crowd: Crowd
    frames: Mapping[int, Frame]
    waves: Mapping[int, OpenWave]

    @property
    def invites(self) -> int:
        """How many would be reserved."""
        return len(self.plan.chosen)

    def lines(self) -> tuple[object, ...]:
        """Everything that it says, as plain values that can be compared."""
        chosen = self.plan.chosen
        asked = zip(
            self.crowd.person[chosen.rows].tolist(), chosen.wave.tolist(), chosen.at.tolist(), strict=True
        )
        left = (
            (one.enrolled.wave.id, self.crowd.person[one.enrolled.rows].tolist(), one.reason.tolist())
            for one in self.plan.left
        )
        return (*asked, *left)


def tick(context: Context, store: Store, now: datetime) -> int:
    """Open and close waves, plan the contacts of this moment, reserve them. Returns how many were planned."""
    store.write(lambda connection: openings.turn(context, connection, now))
    for _, step in rounds.enrolments(context, store):
        store.write(step)
    with store.read() as connection:
        found = look(context, connection, now)
    if found is None:
        return 0
    for step in steps(context, store, found, now):
        store.write(step)
    return found.invites


def look(context: Context, connection: Connection, now: datetime) -> Look | None:
    """What the planner wants done now, without doing it; None where nobody waits."""
    policy = context.config.policy
    present = {
        wave.id: wave for wave in open_waves(context, connection, now)
        if wave.survey.kind != "sample" or wave.enough_answers or quota_today(wave, policy, now)
    }  # fmt: skip
    # a sample compares all who wait; of the others only those are looked at whose verdict may have changed
    frames = {
        wave.id: crowds.frame(connection, wave.id, None if wave.survey.kind == "sample" else now)
        for wave in present.values()
    }
    frames = {key: frame for key, frame in frames.items() if len(frame.person)}
    if not frames:
        return None
    shadows = _shadows(context, connection, [present[key] for key in frames], now)
    wanted = np.unique(np.concatenate([frame.person for frame in frames.values()]))
    crowd = crowds.crowd(connection, now, wanted=wanted, group_key=policy.group_cap_key)
    enrolled = [enrolment(present[key], frame, crowd) for key, frame in frames.items()]
    enrolled += [coming.enrolled(crowd) for coming in shadows]
    return Look(planner.plan(enrolled, crowd, policy, now), crowd, frames, present)


def enrolment(wave: OpenWave, frame: Frame, crowd: Crowd) -> Enrolled:
    """The part of a stored audience that waits, as lines of a crowd."""
    return Enrolled(
        wave=wave,
        rows=np.searchsorted(crowd.person, frame.person),
        at=frame.at,
        stratum=frame.stratum,
        strata=frame.strata,
        eligible=np.ones(len(frame.person), np.bool_),
        taken_part=frame.taken_part,
    )


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


def steps(
    context: Context, store: Store, found: Look, now: datetime
) -> Iterator[Callable[[Connection], None]]:
    """The plan as small writing jobs, to be run in order. Reads on the way, but not in them."""
    with store.read() as connection:
        forms = _forms(connection, found)
    for start in range(0, found.invites, CHUNK):
        lines = range(start, min(start + CHUNK, found.invites))
        yield partial(_reserve_all, [_reservation(found, forms, line) for line in lines], now=now)
    for left in found.plan.left:
        news, queue = _news(found, left), _Queue(found, left)
        for start in range(0, len(news), CHUNK):
            with store.read() as connection:
                kept = _kept(context, connection, queue, news[start : start + CHUNK], now)
            yield partial(_keep_all, kept, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reservation:
    """One invite to reserve."""

    person: int
    wave: OpenWave
    at: datetime
    probability: float
    form: int | None


def _reservation(found: Look, forms: Mapping[int, int], line: int) -> _Reservation:
    chosen = found.plan.chosen
    return _Reservation(
        person=int(found.crowd.person[chosen.rows[line]]),
        wave=found.waves[int(chosen.wave[line])],
        at=moment_of(chosen.at[line]),
        probability=float(chosen.probability[line]),
        form=forms.get(line),
    )


def _forms(connection: Connection, found: Look) -> dict[int, int]:
    """Line of the plan -> its split form: in turn within the stratum, so that forms stay balanced.

    Whoever is counted already keeps what they were given; the next goes on from there.
    """
    chosen, forms = found.plan.chosen, {}
    for wave in found.waves.values():
        if not wave.survey.forms:
            continue
        given = waves.forms_given(connection, wave.id)
        lines = np.flatnonzero(chosen.wave == wave.id)
        order = lines[np.argsort(drawing.places(found.crowd, chosen.rows[lines]))]
        for line in order.tolist():
            stratum = chosen.stratum[line]
            given[stratum] = given.get(stratum, 0) + 1
            forms[line] = (given[stratum] - 1) % len(wave.survey.forms)
    return forms


def _reserve_all(planned: Sequence[_Reservation], connection: Connection, *, now: datetime) -> None:
    for one in planned:
        _reserve(connection, one, now)


def _keep_all(kept: Sequence[Decision], connection: Connection, *, now: datetime) -> None:
    waves.decide(connection, kept, now)


def _news(found: Look, left: Left) -> Numbers:
    """The lines to be written. A sample compares everybody each time, and most verdicts are as they were."""
    if left.enrolled.wave.survey.kind != "sample":
        return np.arange(len(left.reason))
    frame = found.frames[left.enrolled.wave.id]
    known = np.searchsorted(frame.person, found.crowd.person[left.enrolled.rows])
    same = (frame.reason[known] == left.reason) & (frame.earliest[known] == left.earliest)
    return np.flatnonzero(left.dropped | ~same)


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
        cost=costs.invite(context.config.policy, flow, survey, learned=context.learned(connection, flow.id)),
        since=wave.opens_at if wave.encounter_id is not None else None,
    )
    if survey.kind != "sample" or wave.quota is None:
        return plain
    zone = ZoneInfo(context.config.organisation.timezone)
    midnight = resolve(datetime.combine(now.astimezone(zone).date(), time()), zone)
    before, today = waves.invited(connection, wave.id, midnight)
    response = sampling.expected_response(
        *waves.past_response(connection, survey.id), without=survey.expected_response
    )
    missing = max(0, wave.quota - waves.answered(connection, wave.id))
    return replace(
        as_sample(plain, waves.strata(connection, wave.id), wave.quota, response),
        invited=before,
        invited_today=today,
        shortfall=missing / wave.quota if wave.quota else 0.0,
        enough_answers=wave.enough_at is not None,
        lot=Lot(survey.method, wave.seed, wave.ring_start),
    )


def _reserve(connection: Connection, one: _Reservation, now: datetime) -> None:
    contact_id = contacts.reserve(
        connection,
        person_id=one.person,
        wave_id=one.wave.id,
        survey=one.wave.survey.id,
        kind="invite",
        number=1,
        at=one.at,
        cost=one.wave.cost,
    )
    if contact_id is None:
        return
    fires.add(
        connection,
        [
            {
                "kind": "contact",
                "scope": f"{one.wave.id}:{one.person}",
                "person_id": one.person,
                "wave_id": one.wave.id,
                "survey": one.wave.survey.id,
                "due_at": one.at,
            }
        ],
    )
    selected = Decision(
        wave_id=one.wave.id, person_id=one.person, state="planned", reason=int(Reason.SELECTED)
    )
    waves.decide(connection, [selected], now)
    waves.drawn(connection, one.wave.id, one.person, one.probability, one.form)


def _kept(
    context: Context, connection: Connection, queue: "_Queue", lines: Numbers, now: datetime
) -> list[Decision]:
    """Verdicts as they are stored. A drop is final; everybody else stays in the frame for a later tick."""
    left = queue.left
    findings = _findings(context, connection, queue, lines, now)
    return [
        Decision(
            wave_id=left.enrolled.wave.id,
            person_id=person,
            state="dropped" if left.dropped[line] else "frame",
            reason=int(left.reason[line]),
            mask=int(left.mask[line]) & ~(1 << int(left.reason[line])),
            earliest=None if left.earliest[line] == NONE else moment_of(left.earliest[line]),
            detail=msgspec.json.encode(findings[person]).decode(),
        )
        for line, person in zip(lines.tolist(), queue.people(lines), strict=True)
    ]


def _findings(
    context: Context, connection: Connection, queue: "_Queue", lines: Numbers, now: datetime
) -> dict[int, tuple[Finding, ...]]:
    """What each rule found, with its numbers; of those who were free, their place in the queue."""
    left, policy = queue.left, context.config.policy
    line_of = dict(zip(queue.people(lines), lines.tolist(), strict=True))
    told = {person: queue.finding(line) for person, line in line_of.items() if not left.mask[line]}
    ruled = [person for person in line_of if person not in told]
    for one in ledger.ledgers(connection, ruled, now, group_key=policy.group_cap_key):
        line = line_of[one.person]
        verdict = decide(policy, one, _ask(left.enrolled, line), moment_of(left.at[line]))
        told[one.person] = verdict.findings if isinstance(verdict, Later | Never) else ()
    return told


def _ask(enrolled: Enrolled, line: int) -> Ask:
    wave, survey = enrolled.wave, enrolled.wave.survey
    return Ask(
        survey=survey.id,
        wave=wave.id,
        kind=survey.kind,
        exempt=survey.exempt,
        cost=wave.cost,
        good_until=triggers.good_until(survey, wave.since or moment_of(enrolled.at[line]), wave.closes),
        topic=survey.topic_id,
        recontact_days=survey.recontact_days,
        tighten=survey.tighten,
        eligible=bool(enrolled.eligible[line]),
        enough_answers=wave.enough_answers,
    )


class _Queue:
    """Those of one wave who are not asked, and the place of the free among all who were free."""

    def __init__(self, found: Look, left: Left) -> None:
        self.left: Final = left
        self._found: Final = found
        self._places: dict[int, int] | None = None

    def people(self, lines: Numbers) -> list[int]:
        """The persons of these lines."""
        people: list[int] = self._found.crowd.person[self.left.enrolled.rows[lines]].tolist()
        return people

    def finding(self, line: int) -> tuple[Finding, ...]:
        """Why somebody who was free is not asked."""
        reason, enrolled = Reason(self.left.reason[line]), self.left.enrolled
        if reason is not Reason.NOT_DRAWN:
            return (Finding(reason),)
        stratum = enrolled.strata[enrolled.stratum[line]]
        if self._places is None:
            self._places = self._counted()
        place = self._places.get(int(enrolled.rows[line]))
        return (Finding(reason, None, place, self.left.drawn.get(stratum, 0), stratum),)

    def _counted(self) -> dict[int, int]:
        """Row of the crowd -> place in the turn queue of its stratum; none where lots are drawn."""
        left, chosen = self.left, self._found.plan.chosen
        wave = left.enrolled.wave
        if wave.lot.method != "turn_queue":
            return {}
        drawn = np.array(chosen.stratum, dtype=object)
        places: dict[int, int] = {}
        for code, stratum in enumerate(left.enrolled.strata):
            free = left.enrolled.rows[(left.mask == 0) & (left.enrolled.stratum == code)]
            taken = chosen.rows[(chosen.wave == wave.id) & (drawn == stratum)]
            rows = np.concatenate([free, taken])
            places |= zip(rows.tolist(), drawing.places(self._found.crowd, rows).tolist(), strict=True)
        return places

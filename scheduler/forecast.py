"""The planner run ahead over days: who would be asked what, when, and why the others not.

A rehearsal on copies: nothing is reserved. What people will do is unknown, so every planned invite counts as
delivered and as having cost all it was estimated to cost, and as neither finished, ignored nor declined: the
rests and the longer gaps that follow from outcomes still to come are not in it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Final

from scheduler.burden import added
from scheduler.ledger import Ledger
from scheduler.planner import plan
from scheduler.plans import Candidate, OpenWave, Plan, PlannedContact, Suppressed
from scheduler.quotas import send_days
from scheduler.surveys import Policy
from scheduler.windows import DAY, zone_of

HOUR: Final = timedelta(hours=1)
"""Moments of single persons are looked at by the hour, which may place an invite so much late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The invites of the days ahead, and for everybody wanted but never asked the last reason."""

    fires: tuple[PlannedContact, ...] = ()
    not_asked: tuple[Suppressed, ...] = ()


def forecast(
    waves: Iterable[OpenWave], people: Iterable[Candidate], policy: Policy, now: datetime, days: int
) -> Forecast:
    """Plan every tick from ``now`` to so many days later (aware UTC).

    ``waves`` are the open ones and those to come, with their opening in the future. Everybody in ``people``
    is kept in memory.
    """
    rehearsal = _Rehearsal(waves, people, policy)
    until = now + days * DAY
    ahead = sorted(_moments(rehearsal, policy, now, until))
    while ahead:
        moment = heappop(ahead)
        if now <= moment <= until and moment != rehearsal.last:
            for again in rehearsal.tick(moment):
                heappush(ahead, again)
    return rehearsal.result()


def _moments(rehearsal: "_Rehearsal", policy: Policy, now: datetime, until: datetime) -> set[datetime]:
    """Now, the start of each send day, each opening of a wave, each hour in which somebody becomes due."""
    moments = {now, *send_days(policy, now, until)}
    moments.update(wave.opens for wave in rehearsal.waves.values())
    moments.update(_hour_after(at) for at in rehearsal.wanted_moments())
    return moments


def _hour_after(at: datetime) -> datetime:
    hour = at.replace(minute=0, second=0, microsecond=0)
    return at if hour == at else hour + HOUR


class _Rehearsal:
    """What changes from tick to tick."""

    def __init__(self, waves: Iterable[OpenWave], people: Iterable[Candidate], policy: Policy) -> None:
        self.policy: Final = policy
        self.waves: Final = {wave.id: wave for wave in waves}
        self.people: Final = {candidate.ledger.person: candidate for candidate in people}
        self.back = 1 + max((candidate.turn for candidate in self.people.values()), default=0)
        """The turn at the back of the queue."""
        self.fires: Final[list[PlannedContact]] = []
        self.left: Final[dict[tuple[int, int], Suppressed]] = {}
        self.last: datetime | None = None

    def wanted_moments(self) -> Iterator[datetime]:
        return (wanted.at for candidate in self.people.values() for wanted in candidate.wanted)

    def tick(self, now: datetime) -> set[datetime]:
        """Plan and deliver; returns when those who are deferred are to be looked at again."""
        self._new_day(now)
        found = plan(self.waves.values(), self.people.values(), self.policy, now)
        for fire in found.fires:
            self._deliver(fire)
        self.back += 1
        self._leave(found)
        return {
            _hour_after(one.earliest)
            for one in found.suppressed
            if one.action == "defer" and one.earliest is not None
        }

    def result(self) -> Forecast:
        return Forecast(
            fires=tuple(sorted(self.fires, key=lambda fire: (fire.at, fire.wave, fire.person))),
            not_asked=tuple(self.left[key] for key in sorted(self.left)),
        )

    def _new_day(self, now: datetime) -> None:
        zone = zone_of(None, self.policy.timezone_default)
        if self.last is not None and self.last.astimezone(zone).date() != now.astimezone(zone).date():
            for wave in self.waves.values():
                total = wave.invited + wave.invited_today
                self.waves[wave.id] = replace(wave, invited=total, invited_today=0)
        self.last = now

    def _deliver(self, fire: PlannedContact) -> None:
        wave, candidate = self.waves[fire.wave], self.people[fire.person]
        self.waves[fire.wave] = replace(wave, invited_today=wave.invited_today + 1)
        self.people[fire.person] = replace(
            candidate,
            ledger=delivered(candidate.ledger, fire, self.policy),
            wanted=tuple(wanted for wanted in candidate.wanted if wanted.wave != fire.wave),
            turn=self.back if wave.survey.kind == "sample" else candidate.turn,
        )
        self.fires.append(fire)
        self.left.pop((fire.wave, fire.person), None)

    def _leave(self, found: Plan) -> None:
        for one in found.suppressed:
            self.left[one.wave, one.person] = one
            if one.action == "drop":
                candidate = self.people[one.person]
                kept = tuple(wanted for wanted in candidate.wanted if wanted.wave != one.wave)
                self.people[one.person] = replace(candidate, wanted=kept)


def delivered(ledger: Ledger, fire: PlannedContact, policy: Policy) -> Ledger:
    """The ledger after this invite has arrived, with all it is expected to cost, and no reaction to it."""
    points, at = added(ledger.burden, ledger.burden_at, fire.cost, fire.at, policy.half_life_days)
    return replace(
        ledger,
        invites=tuple(sorted((*ledger.invites, fire.at))),
        messages=tuple(sorted((*ledger.messages, fire.at))),
        contacts=tuple(sorted((*ledger.contacts, fire.at))),
        asked_survey={**ledger.asked_survey, fire.survey: fire.at},
        asked_waves=ledger.asked_waves | {fire.wave},
        burden=points,
        burden_at=at,
    )

"""The planner run ahead over days: who would be asked what, when, and why the others not.

A rehearsal on copies: nothing is reserved. What people will do is unknown, so every planned invite counts as
delivered and as having cost all it was estimated to cost, and as neither finished, ignored nor declined: the
rests and the longer gaps that follow from outcomes still to come are not in it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Final

import numpy as np

from scheduler.crowd import NEVER, NONE, Crowd, Flags, Moments, Numbers, lasting, micros, moment_of, pushed
from scheduler.limits import limits_of
from scheduler.openings import Openings
from scheduler.planner import plan
from scheduler.plans import Chosen, Enrolled, Left, OpenWave
from scheduler.quotas import quota_today, send_days
from scheduler.sieve import A_DAY, Mask, Verdicts
from scheduler.surveys import Policy
from scheduler.verdicts import Reason
from scheduler.windows import DAY, zone_of

HOUR: Final = timedelta(hours=1)
MONTH_DAYS: Final = 31
COARSE: Final = timedelta(hours=6)

Progress = Callable[[float], None]
"""Told now and then what share of the days is done, from 0 to 1."""


def grain(days: int) -> timedelta:
    """How finely moments of single persons are looked at: an invite may be placed so much late."""
    return HOUR if days <= MONTH_DAYS else COARSE


@dataclass(slots=True, eq=False)
class Foreseen:
    """One wave and what becomes of each line of its audience."""

    wave: OpenWave
    enrolled: Enrolled
    at: Moments
    """When they are asked; NONE: they are not."""
    reason: Verdicts
    mask: Mask
    earliest: Moments
    seen: Flags
    """Looked at at all: their moment lies within these days."""
    dropped: Flags
    wait: Moments
    """Not to be looked at again before; NEVER: no more."""

    @classmethod
    def of(cls, enrolled: Enrolled) -> "Foreseen":
        """Before the first look."""
        size = len(enrolled.rows)
        return cls(
            wave=enrolled.wave,
            enrolled=enrolled,
            at=np.full(size, NONE, np.int64),
            reason=np.zeros(size, np.uint8),
            mask=np.zeros(size, np.uint32),
            earliest=np.full(size, NONE, np.int64),
            seen=np.zeros(size, np.bool_),
            dropped=np.zeros(size, np.bool_),
            wait=enrolled.at.copy(),
        )

    @property
    def asked(self) -> Flags:
        """Who is."""
        found: Flags = self.at != NONE
        return found

    @property
    def refused(self) -> Flags:
        """Who was looked at and is not asked in these days."""
        return self.seen & ~self.asked


def forecast(
    enrolled: Iterable[Enrolled],
    crowd: Crowd,
    policy: Policy,
    now: datetime,
    days: int,
    progress: Progress = lambda _share: None,
) -> tuple[Foreseen, ...]:
    """Plan every tick from ``now`` to so many days later (aware UTC), on copies; the waves in their order.

    ``enrolled`` are the open waves and those to come, with their opening in the future. Households that
    share a cap are foreseen with the invites that they have had, not with those still to come.
    """
    rehearsal = Rehearsal(enrolled, crowd, policy, grain(days))
    rehearsal.run(now, now + days * DAY, progress)
    return tuple(rehearsal.waves.values())


class Rehearsal:
    """What changes from tick to tick. May be run on, from where it was left."""

    def __init__(self, enrolled: Iterable[Enrolled], crowd: Crowd, policy: Policy, step: timedelta) -> None:
        self.policy: Final = policy
        self.step: Final = lasting(step)
        self.waves: Final = {one.wave.id: Foreseen.of(one) for one in enrolled}
        self.openings: Final = Openings(policy)
        self.crowd = crowd.take(np.arange(len(crowd)))
        self.back = 1 + int(crowd.turn.max(initial=0))
        """The turn at the back of the queue."""
        self.most: Final = 1 + max(
            max(one.invites_per_365d, one.invites_per_30d, one.invites_per_1d, one.messages_per_7d)
            for one in (limits_of(policy, "more"), limits_of(policy, "normal"))
        )
        """Events of a person that can still matter to a cap."""
        self.last: datetime | None = None
        self._again: Final[set[datetime]] = set()
        """Moments after the last run at which somebody is to be looked at again."""

    def run(self, now: datetime, until: datetime, progress: Progress = lambda _share: None) -> None:
        """Every tick from ``now`` to ``until``."""
        ahead = sorted(self._moments(now, until) | {moment for moment in self._again if moment > now})
        while ahead:
            moment = heappop(ahead)
            if now <= moment <= until and moment != self.last:
                for again in self._tick(moment):
                    heappush(ahead, again)
                progress((moment - now) / max(until - now, HOUR))
            elif moment > until:
                self._again.add(moment)

    def _moments(self, now: datetime, until: datetime) -> set[datetime]:
        """Now, the start of each send day, each opening, each step in which somebody becomes due."""
        found = {now, *send_days(self.policy, now, until)}
        for one in self.waves.values():
            found.add(one.wave.opens)
            found.update(self._steps_after(one.enrolled.at[one.enrolled.at > micros(one.wave.opens)]))
        return found

    def _steps_after(self, moments: Moments) -> Iterator[datetime]:
        for step in np.unique(-(-moments // self.step)):
            yield moment_of(step * self.step)

    def _tick(self, now: datetime) -> set[datetime]:
        """Plan and deliver; returns when those who wait are to be looked at again."""
        self._new_day(now)
        looked = {
            one.wave.id: np.flatnonzero(one.wait <= micros(max(now, one.wave.opens)))
            for one in self.waves.values()
            if self._takes_part(one.wave, now)
        }
        present = [self.waves[key].enrolled.take(lines) for key, lines in looked.items() if len(lines)]
        present = [replace(one, wave=self.waves[one.wave.id].wave) for one in present]
        if not present:
            return set()
        found = plan(present, self.crowd, self.policy, now, self.openings)
        again: set[datetime] = set()
        for left in found.left:  # before the invites arrive: reasons are read from people as they stood
            again |= self._leave(left, now)
        self._deliver(found.chosen)
        return again

    def _takes_part(self, wave: OpenWave, now: datetime) -> bool:
        if not wave.opens - self.policy.reserve_days * DAY <= now < wave.closes:
            return False
        return wave.survey.kind != "sample" or quota_today(wave, self.policy, now) > 0

    def _new_day(self, now: datetime) -> None:
        zone = zone_of(None, self.policy.timezone_default)
        if self.last is not None and self.last.astimezone(zone).date() != now.astimezone(zone).date():
            for one in self.waves.values():
                total = one.wave.invited + one.wave.invited_today
                one.wave = replace(one.wave, invited=total, invited_today=0)
        self.last = now

    def _deliver(self, chosen: Chosen) -> None:
        for key in np.unique(chosen.wave):
            one, here = self.waves[int(key)], chosen.wave == key
            rows, at = chosen.rows[here], chosen.at[here]
            one.wave = replace(one.wave, invited_today=one.wave.invited_today + len(rows))
            lines = np.searchsorted(one.enrolled.rows, rows)
            one.at[lines], one.wait[lines], one.seen[lines] = at, NEVER, True
            one.reason[lines], one.mask[lines], one.earliest[lines] = Reason.SELECTED, 0, NONE
            self.crowd = delivered(self.crowd, rows, at, one.wave, self.policy, self.most)
            if one.wave.survey.kind == "sample":
                self.crowd.turn[rows] = self.back
        self.back += 1

    def _leave(self, left: Left, now: datetime) -> set[datetime]:
        one = self.waves[left.enrolled.wave.id]
        lines = np.searchsorted(one.enrolled.rows, left.enrolled.rows)
        one.reason[lines], one.mask[lines], one.earliest[lines] = left.reason, left.mask, left.earliest
        one.seen[lines], one.dropped[lines] = True, left.dropped
        by_rule = left.mask != 0
        soon = np.where(by_rule & (left.earliest == NONE), NEVER, np.maximum(left.earliest, one.wait[lines]))
        one.wait[lines] = np.where(left.dropped, NEVER, soon)
        waiting = by_rule & ~left.dropped & (left.earliest > micros(now)) & (one.wave.survey.kind == "census")
        return set(self._steps_after(left.earliest[waiting]))


def delivered(crowd: Crowd, rows: Numbers, at: Moments, wave: OpenWave, policy: Policy, most: int) -> Crowd:
    """The crowd after these invites have arrived, with all they are expected to cost, and no reaction.

    The given one is used up. Of each person the newest ``most`` events are kept.
    """
    since = np.where(crowd.burden_at[rows] == NONE, at, crowd.burden_at[rows])
    age = np.maximum(at - since, 0) / A_DAY
    crowd.burden[rows] = crowd.burden[rows] * np.exp2(-age / policy.half_life_days) + wave.cost
    crowd.burden_at[rows] = np.maximum(since, at)
    asked = dict(crowd.asked)
    moments = asked.get(wave.survey.id, np.full(len(crowd), NONE, np.int64))
    moments[rows] = at
    return replace(
        crowd,
        invites=pushed(crowd.invites, rows, at, most),
        messages=pushed(crowd.messages, rows, at, most),
        asked={**asked, wave.survey.id: moments},
    )

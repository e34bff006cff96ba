"""The contact policy over many people at once: who may be asked for a wave, and for the others why not.

The rules are those of ``rules``, written for columns; ``decide`` stays the judge of a single person, and
tests hold the two against each other. What is the same for all waves of a tick is worked out once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scheduler.crowd import (
    NEVER,
    NONE,
    OUTCOMES,
    PREFERENCES,
    Codes,
    Crowd,
    Flags,
    Moments,
    Numbers,
    Points,
    lasting,
)
from scheduler.exemptions import APPLIES, PASSES
from scheduler.limits import Limits, backoff, limits_of
from scheduler.openings import Openings
from scheduler.rules import ROUNDING
from scheduler.surveys import Policy, Survey
from scheduler.verdicts import Reason, bits
from scheduler.windows import DAY

Mask = NDArray[np.uint32]
Verdicts = NDArray[np.uint8]
"""Codes of reasons; 0 is Go."""

SECOND: Final = lasting(timedelta(seconds=1))
A_DAY: Final = lasting(DAY)

FINAL: Final = bits((Reason.OPT_OUT, Reason.NOT_IN_AUDIENCE, Reason.TOO_LATE, Reason.ENOUGH_ANSWERS))
"""Rules that no waiting mends within a wave."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wish:
    """What one wave wants now of these people: rows of the crowd, and a line for each in every column."""

    survey: Survey
    rows: Numbers
    good_until: Moments
    cost: float
    eligible: Flags
    taken_part: Flags
    """Invited in this wave already, or declined it."""
    enough_answers: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Sieved:
    """One line for each row of a wish."""

    at: Moments
    """When the person would be asked: the wanted moment, or the next opening."""
    reason: Verdicts
    mask: Mask
    """All rules that fail, as bits."""
    ends: Moments
    """When all rules pass, inside the window; NEVER if that has no date, NONE for those who pass."""

    @property
    def earliest(self) -> Moments:
        """The same, with NONE where there is no date."""
        return np.where(self.ends == NEVER, NONE, self.ends)

    def final(self, taken_part: Flags) -> Flags:
        """Who fails for good."""
        found: Flags = ((self.mask & np.uint32(FINAL)) != 0) | (taken_part & (self.mask != 0))
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """How people stand at a moment with what does not depend on the wave: failing rules, burden so far."""

    at: Moments
    mask: Mask
    reason: Verdicts
    clear: Flags
    """No rule fails."""
    until: Moments
    ends: Moments
    """``until`` inside the window."""
    faded: Points
    reserved: Points
    capacity: Points

    def take(self, rows: Numbers) -> "Standing":
        """These rows alone; all of them at no cost."""
        if len(rows) == len(self.at):
            return self
        return Standing(
            self.at[rows],
            self.mask[rows],
            self.reason[rows],
            self.clear[rows],
            self.until[rows],
            self.ends[rows],
            self.faded[rows],
            self.reserved[rows],
            self.capacity[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """The people of a look, the moment of each, and their limits as columns."""

    crowd: Crowd
    policy: Policy
    limits: tuple[Limits, ...]
    at: Moments

    def count(self, name: str, stricter: int | None = None) -> Numbers:
        """A cap of each person, or the survey's own where that is lower."""
        caps = [getattr(one, name) for one in self.limits]
        return self.each([cap if stricter is None else min(cap, stricter) for cap in caps])

    def each(self, by_preference: list[int]) -> Numbers:
        """A number for each person by their preference."""
        found: Numbers = np.array(by_preference, np.int64)[self.crowd.preference]
        return found


# --- rules that look at the person alone ------------------------------------------------------------------

Found = tuple[Flags, Moments | int]
"""Whose rule fails, and when it passes by itself."""
Rule = Callable[[_Look, Survey], Found]


def _opt_out(look: _Look, survey: Survey) -> Found:
    left = look.crowd.left.get(survey.topic_id)
    return look.crowd.stopped if left is None else look.crowd.stopped | left, NEVER


def _paused(look: _Look, _: Survey) -> Found:
    return look.at < look.crowd.paused_until, look.crowd.paused_until


def _dormant(look: _Look, _: Survey) -> Found:
    limit = look.policy.dormant_after_ignored
    return look.crowd.dormant | ((look.crowd.ignored >= limit) & (limit > 0)), NEVER


def _unreachable(look: _Look, _: Survey) -> Found:
    return ~look.crowd.reachable, NEVER


def _in_session(look: _Look, _: Survey) -> Found:
    return look.crowd.in_session & (look.at < look.crowd.session_until), look.crowd.session_until


def _quarantine(look: _Look, _: Survey) -> Found:
    crowd = look.crowd
    until = np.full(len(crowd), NONE, np.int64)
    for place, outcome in enumerate(OUTCOMES):
        moments = crowd.outcomes[:, place]
        rest: Numbers | int = _days(look.policy.rest_days.get(outcome, 0.0))
        if outcome == "completed":
            rest = look.each([_days(one.completed_rest_days) for one in look.limits])
        ends = moments + rest
        if outcome == "not_now":  # a date that was chosen with it stands instead
            ends = np.where(moments <= crowd.paused_until, moments, ends)
        np.maximum(until, ends, out=until)
    return look.at < until, until


def _min_gap(look: _Look, survey: Survey) -> Found:
    invites = look.crowd.invites
    if not invites.shape[1]:
        return np.zeros(len(look.crowd), np.bool_), NONE
    own = survey.tighten.min_gap_days or 0.0
    gap: Numbers | int = _days(max(look.policy.statutory_min_gap_hours / 24, own))
    if survey.exempt != "statutory":
        ignored = np.minimum(look.crowd.ignored, _STEPS)
        steps = [backoff(look.policy, number) for number in range(_STEPS + 1)]
        table = [[_days(max(one.min_gap_days * step, own)) for step in steps] for one in look.limits]
        gap = np.array(table, np.int64)[look.crowd.preference, ignored]
    until = invites[:, 0] + gap
    return look.at < until, until


_STEPS: Final = 64
"""Silences in a row that are told apart; long before, the longest gap is reached."""


def _cap_1d(look: _Look, _: Survey) -> Found:
    return _invites(look, look.count("invites_per_1d"), 1)


def _cap_30d(look: _Look, survey: Survey) -> Found:
    return _invites(look, look.count("invites_per_30d", survey.tighten.invites_per_30d), 30)


def _cap_365d(look: _Look, survey: Survey) -> Found:
    return _invites(look, look.count("invites_per_365d", survey.tighten.invites_per_365d), 365)


def _cap_messages(look: _Look, _: Survey) -> Found:
    crowd = look.crowd
    return _cap(look, crowd.messages, look.count("messages_per_7d") - 1 - crowd.reserved_messages, 7)


def _reserved_for_sample(look: _Look, survey: Survey) -> Found:
    if survey.kind != "event":
        return np.zeros(len(look.crowd), np.bool_), NONE
    caps = [one.invites_per_365d for one in look.limits]
    reserve = look.policy.reserve_for_sampled_per_365d
    return _invites(look, look.each([cap - min(reserve, cap // 2) for cap in caps]), 365)


def _group_cap(look: _Look, _: Survey) -> Found:
    if not look.policy.group_cap_key:
        return np.zeros(len(look.crowd), np.bool_), NONE
    both = np.concatenate([look.crowd.housemates, look.crowd.invites], axis=1)
    both = -np.sort(-both, axis=1)
    room = np.full(len(look.crowd), look.policy.group_cap_invites_per_30d - 1, np.int64)
    return _cap(look, both, room, 30)


def _invites(look: _Look, caps: Numbers, days: int) -> Found:
    return _cap(look, look.crowd.invites, caps - 1 - look.crowd.reserved_invites, days)


def _cap(look: _Look, events: Moments, room: Numbers, days: int) -> Found:
    """The event that must have left the window is the one with ``room`` newer ones; no room, no end."""
    full = room < 0
    width = events.shape[1]
    if not width or (not full.any() and room.min(initial=width) >= width):
        return full, NEVER
    place = np.clip(room, 0, width - 1)
    leaves = events[np.arange(len(events)), place] + days * A_DAY
    fails = full | ((room < width) & (look.at < leaves))
    return fails, np.where(full, NEVER, leaves)


def _days(days: float) -> int:
    return lasting(days * DAY)


PERSONAL: Final[Mapping[Reason, Rule]] = {
    Reason.OPT_OUT: _opt_out,
    Reason.PAUSED: _paused,
    Reason.DORMANT: _dormant,
    Reason.UNREACHABLE: _unreachable,
    Reason.IN_SESSION: _in_session,
    Reason.QUARANTINE: _quarantine,
    Reason.MIN_GAP: _min_gap,
    Reason.CAP_1D: _cap_1d,
    Reason.CAP_30D: _cap_30d,
    Reason.CAP_365D: _cap_365d,
    Reason.CAP_MESSAGES: _cap_messages,
    Reason.RESERVED_FOR_SAMPLE: _reserved_for_sample,
    Reason.GROUP_CAP: _group_cap,
}
"""Rules that look at the person and the survey's settings, not at the wave."""

OF_THE_WAVE: Final = frozenset({
    Reason.NOT_IN_AUDIENCE,  # a wish names its audience
    Reason.NOT_ELIGIBLE,
    Reason.ALREADY_ASKED,
    Reason.BURDEN,
    Reason.SEND_WINDOW,  # a look is made for the next opening
    Reason.TOO_LATE,
    Reason.ENOUGH_ANSWERS,
})  # fmt: skip


# --- a look -----------------------------------------------------------------------------------------------


class Sieve:
    """One crowd in one tick. What people's standing has in common for several waves is kept."""

    def __init__(self, policy: Policy, crowd: Crowd, openings: Openings) -> None:
        self._policy: Final = policy
        self.crowd: Final = crowd
        self._openings: Final = openings
        self._limits: Final = tuple(limits_of(policy, preference) for preference in PREFERENCES)
        self._known: Final[dict[object, Standing]] = {}

    def standing(self, survey: Survey, rows: Numbers, earliest: Moments | int) -> Standing:
        """How these people stand for a contact wanted at ``earliest``, one moment or one for each."""
        if not isinstance(earliest, int):
            few = self.crowd if len(rows) == len(self.crowd) else self.crowd.take(rows)
            return self._standing(few, survey, earliest)
        topic = survey.topic_id if survey.topic_id in self.crowd.left else ""
        key = survey.kind == "event", survey.exempt, survey.tighten, topic, earliest
        known = self._known.get(key)
        if known is None:
            all_at = np.full(len(self.crowd), earliest, np.int64)
            known = self._known[key] = self._standing(self.crowd, survey, all_at)
        return known.take(rows)

    def _standing(self, crowd: Crowd, survey: Survey, earliest: Moments) -> Standing:
        asked, passes = APPLIES["invite"], PASSES[survey.exempt]
        at, mask = earliest, np.zeros(len(crowd), np.uint32)
        until = np.full(len(crowd), NONE, np.int64)
        if Reason.SEND_WINDOW not in passes:
            at = self._openings.next_open(crowd.clocks, crowd.clock, survey.kind, earliest)
            closed = at == NEVER
            at = np.where(closed, earliest, at)
            _add(mask, until, Reason.SEND_WINDOW, closed, NEVER)
        look = _Look(crowd, self._policy, self._limits, at)
        for reason, rule in PERSONAL.items():
            if reason in asked and reason not in passes:
                _add(mask, until, reason, *rule(look, survey))
        capacity = np.array([one.capacity for one in self._limits])[crowd.preference]
        ends = self._inside(survey, crowd.clock, until)
        faded = self._faded(crowd, at)
        clear = mask == 0
        reserved = crowd.reserved_burden
        return Standing(at, mask, _first(mask), clear, until, ends, faded, reserved, capacity)

    def _inside(self, survey: Survey, clock: Codes, until: Moments) -> Moments:
        """Ends that come, moved to the next opening."""
        if Reason.SEND_WINDOW in PASSES[survey.exempt]:
            return until
        ends = until.copy()
        timed = np.flatnonzero((until != NONE) & (until < NEVER))
        ends[timed] = self._openings.next_open(self.crowd.clocks, clock[timed], survey.kind, until[timed])
        return ends

    def _faded(self, crowd: Crowd, at: Moments) -> Points:
        """The burden as it counts at these moments."""
        some = (crowd.burden != 0) & (crowd.burden_at != NONE) & (at > crowd.burden_at)
        if not some.any():
            return crowd.burden
        age = np.where(some, at - crowd.burden_at, 0) / A_DAY
        faded: Points = crowd.burden * np.exp2(-age / self._policy.half_life_days)
        return faded

    def free(self, wish: Wish, standing: Standing) -> Flags:
        """Who may be asked: those of whom ``judge`` finds nothing, and quicker."""
        passes = PASSES[wish.survey.exempt]
        found: Flags = standing.clear & wish.eligible
        if Reason.BURDEN not in passes:
            asked = standing.reserved + wish.cost
            found &= standing.faded + asked <= standing.capacity + ROUNDING
        found &= wish.good_until >= standing.at
        found &= ~wish.taken_part  # no class that a survey may have passes ALREADY_ASKED
        last = self.crowd.asked.get(wish.survey.id)
        if last is not None and wish.survey.recontact_days:
            found &= standing.at >= last[wish.rows] + _days(wish.survey.recontact_days)
        if wish.enough_answers and Reason.ENOUGH_ANSWERS not in passes:
            found[:] = False
        return found

    def judge(self, wish: Wish, standing: Standing) -> Sieved:
        """Who may be asked, at their moment of ``standing``, and why the others may not."""
        found = _Verdicts(standing)
        passes = PASSES[wish.survey.exempt]
        for reason, (fails, end) in self._of_the_wave(wish, standing).items():
            if reason not in passes:
                found.add(reason, fails, end)
        if wish.enough_answers and Reason.ENOUGH_ANSWERS not in passes:
            found.add(Reason.ENOUGH_ANSWERS, np.ones(len(standing.at), np.bool_), NEVER)
        moved = np.flatnonzero(found.until != standing.until)
        if len(moved):
            clock = self.crowd.clock[wish.rows[moved]]
            found.ends[moved] = self._inside(wish.survey, clock, found.until[moved])
        if Reason.SEND_WINDOW not in passes:
            found.note(Reason.SEND_WINDOW, (found.ends == NEVER) & (found.until < NEVER))
        found.note(Reason.TOO_LATE, (found.ends < NEVER) & (wish.good_until < found.ends))
        return Sieved(standing.at, found.reason, found.mask, found.ends)

    def _of_the_wave(self, wish: Wish, standing: Standing) -> Mapping[Reason, Found]:
        found: dict[Reason, Found] = {
            Reason.NOT_ELIGIBLE: (~wish.eligible, NEVER),
            Reason.BURDEN: self._burden(wish, standing),
            Reason.TOO_LATE: (wish.good_until < standing.at, NEVER),
        }
        last = self.crowd.asked.get(wish.survey.id)
        if last is not None and wish.survey.recontact_days:
            again = last[wish.rows] + _days(wish.survey.recontact_days)
            fails = wish.taken_part | (standing.at < again)
            found[Reason.ALREADY_ASKED] = fails, np.where(wish.taken_part, NEVER, again)
        else:
            found[Reason.ALREADY_ASKED] = wish.taken_part, NEVER
        return found

    def _burden(self, wish: Wish, standing: Standing) -> Found:
        asked = standing.reserved + wish.cost
        fails = standing.faded + asked > standing.capacity + ROUNDING
        lines = np.flatnonzero(fails)
        until = np.full(len(fails), NEVER, np.int64)
        room = standing.capacity[lines] - asked[lines]
        lines, room = lines[room > 0], room[room > 0]
        days = self._policy.half_life_days * np.log2(standing.faded[lines] / room)
        seconds = np.ceil(days * DAY.total_seconds()).astype(np.int64)
        until[lines] = standing.at[lines] + seconds * SECOND
        return fails, until


class _Verdicts:
    """What fails for a wave, beside what fails in any case."""

    def __init__(self, standing: Standing) -> None:
        self.mask: Final = standing.mask.copy()
        self.reason: Final = standing.reason.copy()
        self.until: Final = standing.until.copy()
        self.ends: Final = standing.ends.copy()

    def add(self, reason: Reason, fails: Flags, end: Moments | int) -> None:
        """A rule that fails for some, until these ends."""
        lines = self.note(reason, fails)
        ends = end if isinstance(end, int) else end[lines]
        self.until[lines] = np.maximum(self.until[lines], ends)

    def note(self, reason: Reason, fails: Flags) -> Numbers:
        """A rule that fails for some, whose end changes nothing; the lowest number is the reason."""
        lines = np.flatnonzero(fails)
        if len(lines):
            self.mask[lines] |= np.uint32(1 << reason)
            first = self.reason[lines]
            self.reason[lines] = np.where((first == 0) | (first > reason), reason, first)
        return lines


def _add(mask: Mask, until: Moments, reason: Reason, fails: Flags, end: Moments | int) -> None:
    if fails.any():
        mask |= fails.astype(np.uint32) << np.uint32(reason)
        np.maximum(until, np.where(fails, end, NONE), out=until)


def _first(mask: Mask) -> Verdicts:
    """The number of the lowest bit of each mask: *the* reason. 0 where there is none."""
    lowest = mask & (~mask + np.uint32(1))
    found: Verdicts = np.zeros(len(mask), np.uint8)
    some = lowest != 0
    found[some] = np.log2(lowest[some]).astype(np.uint8)
    return found

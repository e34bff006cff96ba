"""The promises, held against what simulated members saw and did.

It shares no rule with the policy: every check is written here anew, in the plainest way, from the list of
messages that arrived. Where a check would need the policy's own finesse (who asked for more, holidays of a
pulse), it checks the weaker rule that must hold in any case.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from bot.config.model import Config
from bot.rehearsal.crowd import Act, Crowd
from bot.rehearsal.membership import Member
from scheduler.surveys import Hours, Policy
from storage.evidence import Made, Run

DAY: Final = timedelta(days=1)
EVERY_MORE: Final = 2.0
"""What asking for more doubles at most."""
SATURDAY: Final = 5
ANSWERED_WITHIN: Final = timedelta(hours=1)
"""An answer that met no reaction for so long was swallowed."""
SEEN_AFTER: Final = timedelta(minutes=5)
"""A stop that is on its way cannot be known."""
EXAMPLES: Final = 20
RESTED: Final = ("declined", "not_now", "completed", "partial", "abandoned")


@dataclass(frozen=True, slots=True)
class Contacted:
    """An invite, reminder or other message that nobody had asked for, as it arrived."""

    at: datetime
    made: Made


@dataclass(slots=True)
class Promises:
    """What was seen so far, and what was broken. All times are aware UTC."""

    config: Config
    faulty: bool
    """Whether sends could end in doubt, so that a question may be missing with two copies lost."""
    contacts: defaultdict[int, list[Contacted]] = field(default_factory=lambda: defaultdict(list))
    broken: dict[str, list[str]] = field(default_factory=dict)
    _stops: defaultdict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    _acts: defaultdict[str, list[Act]] = field(default_factory=lambda: defaultdict(list))
    _seen: defaultdict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def note(self, crowd: Crowd, made: Mapping[str, Made]) -> None:
        """Take in what happened since the last time. ``made``: the contacts behind the messages' keys."""
        arrivals, acts, stopped = crowd.arrivals, crowd.done, crowd.stopped
        crowd.arrivals, crowd.done, crowd.stopped = [], [], []
        for chat, at in stopped:
            self._stops[chat].append(at)
        for arrival in arrivals:
            self._seen[arrival.chat].append(arrival.at)
            found = made.get(arrival.outgoing.key)
            if found is not None and arrival.outgoing.op == "send":
                self.contacts[found.person].append(Contacted(arrival.at, found))
        for act in acts:
            self._acts[act.inbound.chat].append(act)

    def judge(self, members: Sequence[Member], runs: Sequence[Run], ends: datetime) -> None:
        """Everything that can be judged at the end."""
        of_person: defaultdict[int, list[Run]] = defaultdict(list)
        for run in runs:
            of_person[run.person].append(run)
        for member in members:
            self._person(member, self.contacts[member.person], of_person[member.person])
            if not self.faulty:
                self._answered(member, ends)

    def breach(self, promise: str, example: str) -> None:
        """A promise was broken; the first examples of each are kept."""
        examples = self.broken.setdefault(promise, [])
        if len(examples) < EXAMPLES:
            examples.append(example)

    def _person(self, member: Member, contacts: Sequence[Contacted], runs: Sequence[Run]) -> None:
        who, policy = member.persona.key, self.config.policy
        self._once(who, contacts)
        self._spaced(member, [one for one in contacts if one.made.kind == "invite"], policy)
        more = EVERY_MORE if member.asked_for_more else 1.0
        invites = [one.at for one in contacts if one.made.kind == "invite"]
        for days, cap in (
            (1, float(policy.invites_per_1d)),
            (30, policy.invites_per_30d * more),
            (365, policy.invites_per_365d * more),
        ):
            self._capped(who, f"invites in {days} days", invites, days, cap)
        messages = [one.at for one in contacts if not one.made.piggyback]
        self._capped(who, "messages in 7 days", messages, 7, policy.messages_per_7d)
        for one in contacts:
            self._open_hours(member, one)
        self._silent_after_stop(member, contacts)
        self._rested(member, contacts, runs)
        self._never_in_between(who, contacts, runs)

    def _once(self, who: str, contacts: Sequence[Contacted]) -> None:
        times: defaultdict[tuple[int, str], int] = defaultdict(int)
        for one in contacts:
            times[one.made.contact, one.made.kind] += 1
        waves: defaultdict[int, int] = defaultdict(int)
        for one in contacts:
            if one.made.kind == "invite" and one.made.wave is not None:
                waves[one.made.wave] += 1
        for key, number in times.items():
            if number > 1:
                self.breach("a contact arrives once", f"{who}: {key[1]} {key[0]} arrived {number} times")
        for wave, number in waves.items():
            if number > 1:
                self.breach("once in a wave", f"{who} was invited {number} times in wave {wave}")

    def _spaced(self, member: Member, invites: Sequence[Contacted], policy: Policy) -> None:
        least = timedelta(days=policy.min_gap_days)
        if member.asked_for_more:
            least = max(timedelta(days=policy.min_gap_floor_days), least / EVERY_MORE - DAY)
        for before, after in pairwise(invites):
            if self._ordinary(after) and after.at - before.at < least:
                gap = after.at - before.at
                self.breach("the least gap", f"{member.persona.key}: {gap} before {after.at:%Y-%m-%d %H:%M}")

    def _capped(self, who: str, what: str, moments: Sequence[datetime], days: int, cap: float) -> None:
        first = 0
        for last, moment in enumerate(moments):
            while moments[first] <= moment - days * DAY:
                first += 1
            if last - first + 1 > cap:
                self.breach("the caps", f"{who}: {last - first + 1} {what} until {moment:%Y-%m-%d %H:%M}")

    def _open_hours(self, member: Member, one: Contacted) -> None:
        if not self._ordinary(one) or one.made.piggyback:
            return
        local = one.at.astimezone(ZoneInfo(member.zone_at(one.at)))
        hours = self._hours(local.date(), one)
        if hours is None or not hours.opens <= local.time().replace(tzinfo=None) < hours.closes:
            self.breach(
                "within the person's hours",
                f"{member.persona.key}: {one.made.kind} of {one.made.survey} at {local:%a %Y-%m-%d %H:%M}",
            )

    def _hours(self, day: date, one: Contacted) -> Hours | None:
        """None: closed. A pulse may be open on a holiday where others are not."""
        window = self.config.policy.window
        if day in window.holiday_dates:
            survey = self.config.surveys.get(one.made.survey)
            event = survey is not None and survey.kind == "event"
            match window.event_pulse_holidays if event else window.holidays:
                case "closed":
                    return None
                case "weekend":
                    return window.weekend
                case "open":
                    return Hours(opens=time.min, closes=time.max)
        return window.weekend if day.weekday() >= SATURDAY else window.weekday

    def _silent_after_stop(self, member: Member, contacts: Sequence[Contacted]) -> None:
        who = member.persona.key
        acts = self._acts[who]
        ends = self._stops[who] + [act.at for act in acts if act.inbound.kind == "blocked"]
        starts = [act.at for act in acts if act.inbound.kind == "command" and act.inbound.text == "start"]
        for one in contacts:
            last_end = max((at for at in ends if at + SEEN_AFTER < one.at), default=None)
            if last_end is not None and not any(last_end < start <= one.at for start in starts):
                self.breach("never after stop", f"{who}: {one.made.kind} at {one.at:%Y-%m-%d %H:%M}")

    def _rested(self, member: Member, contacts: Sequence[Contacted], runs: Sequence[Run]) -> None:
        rests = self.config.policy.rest_days
        invites = [one for one in contacts if one.made.kind == "invite" and self._ordinary(one)]
        for run in runs:
            if run.ended_at is None or run.self_started or run.status not in RESTED:
                continue
            rest = timedelta(days=rests.get(run.status, 0.0))
            if run.status == "completed" and member.asked_for_more:
                rest = max(timedelta(days=self.config.policy.min_gap_floor_days), rest / EVERY_MORE - DAY)
            for one in invites:
                if run.ended_at < one.at < run.ended_at + rest:
                    self.breach(
                        "the rest after an outcome",
                        f"{member.persona.key}: {run.status} {run.ended_at:%Y-%m-%d %H:%M}, asked again "
                        f"{one.at:%Y-%m-%d %H:%M}",
                    )

    def _never_in_between(self, who: str, contacts: Sequence[Contacted], runs: Sequence[Run]) -> None:
        for one in contacts:
            if one.made.kind != "invite":
                continue
            for run in runs:
                other = (run.survey, run.wave) != (one.made.survey, one.made.wave)
                if other and run.ended_at is not None and run.begun_at < one.at < run.ended_at:
                    self.breach(
                        "never in the middle of a conversation",
                        f"{who}: {one.made.survey} while {run.survey} was open, {one.at:%Y-%m-%d %H:%M}",
                    )

    def _answered(self, member: Member, ends: datetime) -> None:
        """Whoever says or taps something is answered."""
        seen = self._seen[member.persona.key]
        place = 0
        for act in self._acts[member.persona.key]:
            if act.inbound.kind not in ("text", "tap", "command") or act.at + ANSWERED_WITHIN > ends:
                continue
            while place < len(seen) and seen[place] < act.at:
                place += 1
            if place == len(seen) or seen[place] > act.at + ANSWERED_WITHIN:
                when = f"{act.at:%Y-%m-%d %H:%M}"
                self.breach(
                    "whoever speaks is answered", f"{member.persona.key}: {act.inbound.kind} at {when}"
                )

    def _ordinary(self, one: Contacted) -> bool:
        """Whether no class of exemption lets it pass some of the rules."""
        survey = self.config.surveys.get(one.made.survey)
        return survey is None or not survey.exempt

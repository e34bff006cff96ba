"""One ``[[survey]]`` made into a ``Survey``, or everything that is wrong with it.

Here stands what a survey must agree on with itself, with the policy and with what is known of people. How its
flow fits it (length, burden) is ``crosscheck``. Reads no clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.config import samplefile
from bot.config.document import Place
from bot.config.settings import Desk
from bot.config.shape import read
from bot.config.surveyshape import SYNONYMS, AudienceTable, SurveyExemptTable, SurveyTable
from bot.config.tables import SamplingTable, given
from bot.config.triggerfile import Around, trigger, utc
from bot.config.wording import Wording
from bot.engine import conditions
from bot.engine.flow import Text
from bot.engine.flowfile import label
from bot.engine.suggest import did_you_mean
from bot.engine.variables import ATTRIBUTE
from scheduler.surveys import Alert, At, Audience, Manual, Policy, Survey, Tighten, Timing, Trigger

# Event pulses are about something that has just happened (Kuulolla's methods: pulse of 72 hours).
PULSE_OPEN_HOURS: Final = 72
PULSE_GOOD_UNTIL_HOURS: Final = 48
PULSE_IDLE_HOURS: Final = 24

MAX_TOPIC: Final = 40
"""Characters that a button shows on a phone."""
ADMINS_NEEDED: Final = {"safety": 2, "statutory": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What surveys may refer to."""

    flows: Sequence[str]
    attributes: Mapping[str, str]
    groups: Sequence[str]
    languages: Sequence[str]
    policy: Policy
    sampling: SamplingTable = SamplingTable()
    date_format: str = "%Y-%m-%d"


def build(data: Mapping[str, Any], place: Place, known: Known, desk: Desk) -> Survey | None:
    """The survey of one table; None where its shape is wrong. Of use only while there is no error."""
    place = place.named(label("survey", data, place))
    if not {"flow", "predicts"} & data.keys():
        desk.problems.append(place.problem("flow is missing.", 'Add flow = "pulse"'))
    table, problems = read(SurveyTable, data, place, SYNONYMS)
    desk.problems.extend(problems)
    return _Reader(table, place, known, desk).read() if table is not None else None


@dataclass(frozen=True, slots=True)
class _Reader:
    table: SurveyTable
    place: Place
    known: Known
    desk: Desk

    def read(self) -> Survey:
        table = self.table
        wording = Wording(self.place, self.known.languages, self.desk.problems)
        self._check_flow()
        survey = Survey(
            id=table.id,
            flow=table.id if table.predicts else table.flow,
            predicts=table.predicts or "",
            purpose=wording.text(table.purpose, "purpose"),
            owner=table.owner,
            kind=table.kind,
            audience=self._audience(table.audience),
            triggers=self._triggers(),
            priority=table.priority,
            open_at=self._utc(table.open),
            close_at=self._utc(table.close),
            sample=table.sample,
            forms=tuple(map(tuple, table.forms)),
            topic=self._topic(wording.text(table.topic, "topic")),
            encounter=table.encounter,
            heavy=table.heavy,
            recontact_days=table.recontact_days,
            exempt=table.exempt.class_ if table.exempt else "",
            exempt_reason=table.exempt.reason if table.exempt else "",
            exempt_admins=tuple(table.exempt.admins) if table.exempt else (),
            tighten=Tighten(**given(table.caps)),
            timing=self._timing(),
            readers=wording.text(table.readers, "readers"),
            k=table.k,
            anonymous=table.anonymous,
            below_k=table.below_k,
            keep_days=table.keep_days,
            alerts=tuple(Alert(one.when, one.to) for one in table.alert),
            results_by=table.results_by,
            **self._durations(),
            **samplefile.settings(table, self.place, self.desk, self.known.sampling, self.known.attributes),
        )
        wording.finish()
        self._check_times(survey)
        self._check_looser()
        if table.exempt:
            self._check_exempt(table.exempt)
        return survey

    def _check_flow(self) -> None:
        flow = self.table.flow
        if self.table.predicts:
            if flow:
                advice = "Leave out flow: the questions follow from the survey that is predicted."
                self._say("flow", "A survey that predicts has no flow of its own.", advice)
        elif "flow" in self.table.model_fields_set and flow not in self.known.flows:
            hint = did_you_mean(flow, self.known.flows)
            self._say("flow", f'There is no flow "{flow[:40]}".', hint)

    def _durations(self) -> dict[str, Any]:
        """What was written; for an event pulse its own defaults, for the rest those of ``Survey``."""
        pulse = {"open_hours": PULSE_OPEN_HOURS, "good_until_hours": PULSE_GOOD_UNTIL_HOURS}
        own = given(self.table)
        written = {key: own[key] for key in pulse if key in own}
        return {**pulse, **written} if self.table.kind == "event" else written

    def _topic(self, written: Text) -> Text:
        if any(len(text) > MAX_TOPIC for text in written.values()):
            self._say("topic", f"topic is longer than {MAX_TOPIC} characters.", "It is shown as a button.")
        return written

    def _say(self, key: str, message: str, advice: str = "") -> None:
        self.desk.say(self.place, key, message, advice)

    def _warn(self, key: str, message: str, advice: str = "") -> None:
        self.desk.warn(self.place, key, message, advice)

    def _utc(self, written: datetime | None) -> datetime | None:
        return utc(written, self.known.policy) if written else None

    # --- audience ---------------------------------------------------------------------------------------

    def _audience(self, table: AudienceTable) -> Audience:
        spot = self.place.at("audience")
        for key in ("groups", "not_groups"):
            for number, group in enumerate(getattr(table, key)):
                if self.known.groups and group not in self.known.groups:
                    message = f'{key}: there is no group "{group[:40]}".'
                    hint = did_you_mean(group, self.known.groups)
                    self.desk.problems.append(spot.at(key, number).problem(message, hint))
        both = sorted(set(table.groups) & set(table.not_groups))
        if both:
            self.desk.say(spot, "not_groups", f'"{both[0]}" is both asked and not asked.', "Leave out one.")
        names = dict.fromkeys(self.known.attributes, ATTRIBUTE)
        for wrong in conditions.check(table.where, names):
            self.desk.say(spot, "where", f"where: {wrong}")
        return Audience(groups=tuple(table.groups), not_groups=tuple(table.not_groups), where=table.where)

    def _triggers(self) -> tuple[Trigger, ...]:
        around = Around(self.known.policy, tuple(self.known.attributes), self.known.date_format)
        found = (
            trigger(table, self._trigger_place(number), self.desk, around)
            for number, table in enumerate(self.table.trigger)
        )
        return tuple(one for one in found if one is not None) or (Manual(),)

    def _trigger_place(self, number: int) -> Place:
        """A single trigger may be written without a list around it."""
        spot = self.place.at("trigger")
        return spot.at(number) if (*spot.path, number) in spot.document.lines else spot

    # --- times ------------------------------------------------------------------------------------------

    def _timing(self) -> Timing:
        reminders = given(self.table.reminders)
        found: dict[str, Any] = {}
        if self.table.kind == "event":
            found["idle_hours"] = PULSE_IDLE_HOURS
        found |= given(self.table.expiry)
        if "max" in reminders:
            found["reminders"] = reminders["max"]
        if "after_hours" in reminders:
            found["reminder_after_hours"] = tuple(reminders["after_hours"])
        if "min_hours_before_deadline" in reminders:
            found["reminder_min_hours_before_deadline"] = reminders["min_hours_before_deadline"]
        timing = Timing(**found)
        self._check_timing(timing)
        return timing

    def _check_timing(self, timing: Timing) -> None:
        if timing.grace_hours and not timing.start_by_hours and "grace_hours" in self._written("expiry"):
            advice = "Set start_by_hours, or grace_hours = 0."
            self._say("expiry", "grace_hours needs start_by_hours.", advice)
        after = timing.reminder_after_hours[: timing.reminders]
        if len(after) < timing.reminders:
            advice = "Write after_hours = [48, 120]."
            self._say("reminders", "There are more reminders than after_hours.", advice)
        elif list(after) != sorted(set(after)):
            self._say("reminders", "after_hours must grow from one reminder to the next.")
        latest = timing.start_by_hours - timing.reminder_min_hours_before_deadline
        if timing.start_by_hours and any(hours > latest for hours in after):
            message = f"A reminder after {after[-1]:g} hours never goes out."
            advice = (
                f"The time to start ends after {timing.start_by_hours:g} hours; remind before {latest:g}."
            )
            self._warn("reminders", message, advice)

    def _written(self, key: str) -> set[str]:
        return set(getattr(self.table, key).model_fields_set)

    def _check_times(self, survey: Survey) -> None:
        if survey.open_at and survey.close_at and survey.open_at >= survey.close_at:
            self._say("close", "close does not come after open.", "Change them round.")
        good_until = self.table.good_until_hours
        if good_until is not None and good_until > survey.open_hours:
            message = f"good_until_hours {good_until:g} is longer than the round is open"
            self._say("good_until_hours", f"{message} ({survey.open_hours:g}).", "Shorten it.")
        for number, one in enumerate(survey.triggers):
            if isinstance(one, At) and not _within(one.moment, survey):
                message = "The moment lies outside open and close."
                self.desk.problems.append(self._trigger_place(number).problem(message))

    # --- sample, caps, exempt ---------------------------------------------------------------------------

    def _check_looser(self) -> None:
        """A survey may only ask less often than the policy allows."""
        caps, policy = self.table.caps, self.known.policy
        spot = self.place.at("caps")
        if caps.min_gap_days is not None and caps.min_gap_days < policy.min_gap_days:
            message = (
                f"min_gap_days {caps.min_gap_days:g} is shorter than the policy's {policy.min_gap_days:g}."
            )
            self.desk.say(spot, "min_gap_days", message, "A survey may only be stricter.")
        for key in ("invites_per_30d", "invites_per_365d"):
            own, general = getattr(caps, key), getattr(policy, key)
            if own is not None and own > general:
                message = f"{key} {own} is more than the policy's {general}."
                self.desk.say(spot, key, message, "A survey may only be stricter.")

    def _check_exempt(self, table: SurveyExemptTable) -> None:
        needed = ADMINS_NEEDED[table.class_]
        if len({admin.strip().casefold() for admin in table.admins if admin.strip()}) < needed:
            message = f'exempt class "{table.class_}" needs {needed} admin{"s" if needed > 1 else ""}.'
            self._say("exempt", message, 'Write admins = ["…", "…"]: who decided it.')


def _within(moment: datetime, survey: Survey) -> bool:
    after = survey.open_at is None or moment >= survey.open_at
    return after and (survey.close_at is None or moment < survey.close_at)

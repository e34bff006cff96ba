"""The triggers of a ``[[survey]]``: each table one kind, checked and made into the scheduler's value.

Also which keywords and links are claimed twice. Local times become UTC here; no clock is read.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.config.document import Place
from bot.config.settings import Desk
from bot.config.surveyshape import TriggerTable
from bot.engine.folding import fold
from bot.engine.suggest import did_you_mean
from bot.engine.vocabulary import COMMANDS, CONTROLS, Vocabulary
from scheduler.cron import cron_problem
from scheduler.surveys import (
    AfterEncounter,
    Anniversary,
    At,
    Called,
    FollowUp,
    Joined,
    Keyword,
    Link,
    Manual,
    Policy,
    RandomMoments,
    Recurring,
    Survey,
    Trigger,
)
from scheduler.windows import resolve
from scheduler.words import folded

LATEST_JOINED: Final = timedelta(days=3650)
"""Ten years after joining nobody is a newcomer."""

LATEST_PULSE: Final = timedelta(days=7)

_KINDS: Final = (
    "at", "cron", "joined", "after_encounter", "anniversary", "follow_up", "random", "hook", "keywords",
    "link", "by_hand",
)  # fmt: skip
_BELONGS: Final[Mapping[str, tuple[str, ...]]] = {
    "time": ("joined", "anniversary", "follow_up"),
    "series": ("after_encounter",),
    "roles": ("after_encounter",),
    "presence": ("after_encounter",),
    "delay": ("after_encounter", "follow_up"),
    "next_day_at": ("after_encounter",),
    "when": ("follow_up",),
    "between": ("random",),
    "apart": ("random",),
    "zone": ("cron",),
    "catch_up": ("cron",),
    "max_late_hours": ("cron",),
}
LEAST_APART: Final = timedelta(minutes=15)
_COMMAND_WORDS: Final[Vocabulary[str]] = Vocabulary(
    [
        (word, name)
        for words in (COMMANDS, CONTROLS)
        for name, by_language in words.items()
        for word in (name, *(word for spoken in by_language.values() for word in spoken))
    ]
)


def utc(written: datetime, policy: Policy) -> datetime:
    """Aware UTC; a time without offset is read on the organisation's clocks."""
    if written.tzinfo is not None:
        return written.astimezone(UTC)
    return resolve(written, ZoneInfo(policy.timezone_default))


@dataclass(frozen=True, slots=True)
class Around:
    """What triggers may refer to: the policy, people's attributes, and how the member list writes dates."""

    policy: Policy
    attributes: Collection[str] = ()
    date_format: str = "%Y-%m-%d"


def trigger(table: TriggerTable, place: Place, desk: Desk, around: Around) -> Trigger | None:
    """The trigger of one table; None where it is of no kind or of several."""
    kinds = [kind for kind in _KINDS if getattr(table, kind)]
    if len(kinds) != 1:
        message = f"A trigger is of one kind, not {' and '.join(kinds) or 'none'}."
        advice = f"Write one of {', '.join(_KINDS)}; several triggers as [[survey.trigger]]."
        desk.problems.append(place.problem(message, advice))
        return None
    for key, owners in _BELONGS.items():
        if getattr(table, key) is not None and kinds[0] not in owners:
            message = f"{key} goes with {' or '.join(owners)}, not with {kinds[0]}."
            desk.say(place, key, message, "Leave it out.")
    return _READ[kinds[0]](_Reader(table, place, desk, around))


@dataclass(frozen=True, slots=True)
class _Reader:
    table: TriggerTable
    place: Place
    desk: Desk
    around: Around

    @property
    def policy(self) -> Policy:
        """The organisation's contact rules."""
        return self.around.policy

    def at(self) -> At:
        """One moment."""
        assert self.table.at is not None
        return At(utc(self.table.at, self.policy))

    def link(self) -> Link:
        """A deep link."""
        return Link(self.table.link or "")

    def recurring(self) -> Recurring:
        """A cron-like rule."""
        table, cron = self.table, self.table.cron or ""
        wrong = cron_problem(cron)
        if wrong:
            self.desk.say(self.place, "cron", f"cron: {wrong}")
        rule = Recurring(cron=cron, zone=table.zone or self.policy.timezone_default)
        return Recurring(
            cron=cron,
            zone=rule.zone,
            catch_up=table.catch_up or rule.catch_up,
            max_late=timedelta(hours=table.max_late_hours) if table.max_late_hours else rule.max_late,
        )

    def joined(self) -> Joined:
        """So long after joining."""
        after = self.table.joined or timedelta()
        if after > LATEST_JOINED:
            message = f"joined: {after.days} days after joining nobody is new."
            self.desk.say(self.place, "joined", message, 'Write for example "14d".')
        return Joined(after, self._time())

    def _time(self) -> time | None:
        at, window = self.table.time, self.policy.window.weekday
        if at is not None and not window.opens <= at < window.closes:
            message = f"time: at {at:%H:%M} nobody is written to; the invite waits until somebody may be."
            self.desk.warn(self.place, "time", message)
        return at

    def anniversary(self) -> Anniversary:
        """Every year on a day."""
        name, at = self.table.anniversary or "", self._time()
        if name != "joined" and name not in self.around.attributes:
            advice = did_you_mean(name, ["joined", *self.around.attributes])
            self.desk.say(self.place, "anniversary", f'People have no attribute "{name}".', advice)
        plain = Anniversary(attribute=name, date_format=self.around.date_format)
        return plain if at is None else replace(plain, at=at)

    def follow_up(self) -> FollowUp:
        """So long after an earlier answer."""
        table = self.table
        if table.delay is None:
            self.desk.say(self.place, "follow_up", "A follow-up needs a delay.", 'Write delay = "90d".')
        return FollowUp(
            survey=table.follow_up or "",
            after=table.delay or timedelta(),
            when=table.when or "",
            at=self._time(),
        )

    def random(self) -> RandomMoments:
        """Some moments a day."""
        table, times, window = self.table, self.table.random or 1, self.policy.window.weekday
        opens, closes = table.between or (window.opens, window.closes)
        apart = table.apart or (LEAST_APART if times > 1 else timedelta())
        found = RandomMoments(opens=opens, closes=closes, times=times, apart=apart)
        span = datetime.combine(date.min, closes) - datetime.combine(date.min, opens)
        if span <= apart * (times - 1):
            message = f"{times} moments so far apart do not fit between {opens:%H:%M} and {closes:%H:%M}."
            self.desk.say(self.place, "random", message, "Widen between, or ask less often.")
        if times > self.policy.invites_per_1d or self.policy.min_gap_days:
            self._too_often(times)
        return found

    def _too_often(self, times: int) -> None:
        """Random moments are many, and the policy goes before them."""
        policy = self.policy
        message = (
            f"{times} a day are wanted, and the policy lets through {policy.invites_per_1d} a day, "
            f"{policy.invites_per_30d} in 30 days, {policy.min_gap_days:g} days apart."
        )
        self.desk.warn(self.place, "random", message, "Change [policy.caps] on purpose, or ask less often.")

    def after_encounter(self) -> AfterEncounter:
        """So long after an encounter."""
        table, kind = self.table, self.table.after_encounter or ""
        if table.delay is not None and table.delay > LATEST_PULSE:
            message = f"delay: {table.delay.days} days later few remember it."
            self.desk.warn(self.place, "delay", message)
        written = {
            "series": table.series,
            "roles": tuple(fold(role) for role in table.roles) if table.roles else None,
            "presence": table.presence,
            "delay": table.delay,
            "not_before": table.next_day_at,
        }
        given: dict[str, Any] = {key: value for key, value in written.items() if value is not None}
        return AfterEncounter(kind=fold(kind), **given)

    def keyword(self) -> Keyword:
        """Words that a person writes."""
        words = self.table.keywords or []
        for number, word in enumerate(words):
            spot = self.place.at("keywords", number)
            command = _COMMAND_WORDS.find(word)
            if not folded(word):
                self.desk.problems.append(spot.problem("A keyword is empty.", "Write a word."))
            elif command:
                message = f'The keyword "{word}" already means "{command}".'
                self.desk.problems.append(spot.problem(message, "Choose another word."))
        return Keyword(tuple(words))


_READ: Final[Mapping[str, Callable[[_Reader], Trigger]]] = {
    "at": _Reader.at,
    "cron": _Reader.recurring,
    "joined": _Reader.joined,
    "after_encounter": _Reader.after_encounter,
    "anniversary": _Reader.anniversary,
    "follow_up": _Reader.follow_up,
    "random": _Reader.random,
    "hook": lambda _: Called(),
    "keywords": _Reader.keyword,
    "link": _Reader.link,
    "by_hand": lambda _: Manual(),
}
"""Every kind of trigger and how its table is read."""


def claimed_twice(surveys: Sequence[tuple[Survey, Place]]) -> Iterator[tuple[Place, str, str]]:
    """Keywords and links of two surveys: the second one's place, what it claims, the first one's id."""
    owners: dict[tuple[str, str], str] = {}
    for survey, place in surveys:
        for kind, word in _words(survey):
            first = owners.setdefault((kind, folded(word)), survey.id)
            if first != survey.id:
                yield place, f'{kind} "{word}"', first


def _words(survey: Survey) -> Iterator[tuple[str, str]]:
    for one in survey.triggers:
        if isinstance(one, Keyword):
            yield from (("keyword", word) for word in one.words)
        elif isinstance(one, Link):
            yield "link", one.name

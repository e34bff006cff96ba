"""The triggers of a ``[[survey]]``: each table one kind, checked and made into the scheduler's value.

Also which keywords and links are claimed twice. Local times become UTC here; no clock is read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.config.document import Place
from bot.config.settings import Desk
from bot.config.surveyshape import TriggerTable
from bot.engine.folding import fold
from bot.engine.vocabulary import COMMANDS, CONTROLS, Vocabulary
from scheduler.cron import cron_problem
from scheduler.surveys import (
    AfterEncounter,
    At,
    Joined,
    Keyword,
    Link,
    Manual,
    Policy,
    Recurring,
    Survey,
    Trigger,
)
from scheduler.windows import resolve
from scheduler.words import folded

LATEST_JOINED: Final = timedelta(days=3650)
"""Ten years after joining nobody is a newcomer."""

LATEST_PULSE: Final = timedelta(days=7)

_KINDS: Final = ("at", "cron", "joined", "after_encounter", "keywords", "link", "by_hand")
_BELONGS: Final = {
    "time": "joined",
    "series": "after_encounter",
    "roles": "after_encounter",
    "presence": "after_encounter",
    "delay": "after_encounter",
    "next_day_at": "after_encounter",
    "zone": "cron",
    "catch_up": "cron",
    "max_late_hours": "cron",
}
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


def trigger(table: TriggerTable, place: Place, desk: Desk, policy: Policy) -> Trigger | None:
    """The trigger of one table; None where it is of no kind or of several."""
    kinds = [kind for kind in _KINDS if getattr(table, kind)]
    if len(kinds) != 1:
        message = f"A trigger is of one kind, not {' and '.join(kinds) or 'none'}."
        advice = f"Write one of {', '.join(_KINDS)}; several triggers as [[survey.trigger]]."
        desk.problems.append(place.problem(message, advice))
        return None
    for key, owner in _BELONGS.items():
        if getattr(table, key) is not None and kinds[0] != owner:
            desk.say(place, key, f"{key} goes with {owner}, not with {kinds[0]}.", "Leave it out.")
    return _Reader(table, place, desk, policy).of_kind()


@dataclass(frozen=True, slots=True)
class _Reader:
    table: TriggerTable
    place: Place
    desk: Desk
    policy: Policy

    def of_kind(self) -> Trigger:
        table = self.table
        if table.at is not None:
            return At(utc(table.at, self.policy))
        if table.cron:
            return self._recurring(table.cron)
        if table.joined is not None:
            return self._joined(table.joined)
        if table.after_encounter:
            return self._after_encounter(table.after_encounter)
        if table.keywords:
            return self._keyword(table.keywords)
        return Link(table.link) if table.link else Manual()

    def _recurring(self, cron: str) -> Recurring:
        table = self.table
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

    def _joined(self, after: timedelta) -> Joined:
        if after > LATEST_JOINED:
            message = f"joined: {after.days} days after joining nobody is new."
            self.desk.say(self.place, "joined", message, 'Write for example "14d".')
        at, window = self.table.time, self.policy.window.weekday
        if at is not None and not window.opens <= at < window.closes:
            message = f"time: at {at:%H:%M} nobody is written to; the invite waits until somebody may be."
            self.desk.warn(self.place, "time", message)
        return Joined(after, at)

    def _after_encounter(self, kind: str) -> AfterEncounter:
        table = self.table
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

    def _keyword(self, words: Sequence[str]) -> Keyword:
        for number, word in enumerate(words):
            spot = self.place.at("keywords", number)
            command = _COMMAND_WORDS.find(word)
            if not folded(word):
                self.desk.problems.append(spot.problem("A keyword is empty.", "Write a word."))
            elif command:
                message = f'The keyword "{word}" already means "{command}".'
                self.desk.problems.append(spot.problem(message, "Choose another word."))
        return Keyword(tuple(words))


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

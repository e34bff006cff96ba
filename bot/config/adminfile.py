"""``[[admins]]`` and ``[care]``: who may do what until when, and who hears of what worries.

Rights hang on addresses. Whoever is named elsewhere (a duty person, the reader of an alert) must be here.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.config.crosscheck import Placed
from bot.config.document import Place
from bot.config.model import Admin, Care
from bot.config.settings import Desk
from bot.config.tables import AdminTable, CareTable, DigestTable
from bot.config.wording import Wording
from bot.engine import conditions
from bot.engine.flow import Flow
from bot.engine.folding import fold
from bot.engine.suggest import did_you_mean
from bot.engine.variables import variables
from bot.errors import Problem
from scheduler.cron import cron_problem
from scheduler.surveys import Policy, Recurring, Survey

SHORTEST: Final = 3
"""Letters of a word that worries; with fewer, half the messages would."""


def admin(table: AdminTable, place: Place, languages: Sequence[str], desk: Desk) -> Admin:
    """One entry."""
    if table.language and table.language not in languages:
        hint = did_you_mean(table.language, languages)
        desk.say(place, "language", f'The language "{table.language}" is not used.', hint)
    return Admin(
        name=table.name,
        address=table.address,
        rights=tuple(table.rights),
        until=table.until,
        language=table.language,
    )


def twice(admins: Sequence[Placed[Admin]]) -> Iterator[Problem]:
    """Names and addresses that two entries claim."""
    for key in ("name", "address"):
        seen: set[str] = set()
        for one, place in admins:
            value: str = getattr(one, key)
            if fold(value) in seen:
                yield place.at(key).problem(f'There are two admins of the {key} "{value}".', "Keep one.")
            seen.add(fold(value))


def care(table: CareTable, place: Place, languages: Sequence[str], desk: Desk) -> Care:
    """Words that worry, of all languages together: people mix them."""
    wording = Wording(place, languages, desk.problems)
    spot = place.at("words")
    for language, words in table.words.items():
        if language not in languages:
            hint = did_you_mean(language, languages)
            desk.say(spot, language, f'words: the language "{language}" is not used.', hint)
        for number, word in enumerate(words):
            if len(fold(word.removesuffix("*"))) < SHORTEST:
                message = f'words: "{word}" is too short; it would be found everywhere.'
                desk.problems.append(spot.at(language, number).problem(message, "Write more of it."))
    found = Care(
        duty=tuple(table.duty),
        contact=wording.text(table.contact, "contact"),
        words=tuple(word for words in table.words.values() for word in words),
    )
    wording.finish()
    return found


def digest(
    table: DigestTable, place: Place, policy: Policy, admins: Sequence[Admin], desk: Desk
) -> Recurring:
    """When the digest goes out, and whether anybody gets it."""
    wrong = cron_problem(table.cron)
    if wrong:
        desk.say(place, "cron", f"cron: {wrong}")
    if not any("results" in one.rights for one in admins):
        message = 'Nobody gets it: no admin has the right "results".'
        desk.problems.append(place.problem(message, "Give the right to one of [[admins]]."))
    return Recurring(cron=table.cron, zone=policy.timezone_default)


def named(
    admins: Sequence[Admin], found: Care | None, place: Place, surveys: Sequence[Placed[Survey]]
) -> Iterator[Problem]:
    """Duty persons and readers of alerts that are no admins, or may not read alerts."""
    known = {one.name: one for one in admins}
    for number, name in enumerate(found.duty if found is not None else ()):
        yield from _reader(name, known, place.at("duty", number), "duty")
    for survey, spot in surveys:
        for number, alert in enumerate(survey.alerts):
            yield from _reader(alert.to, known, _alert_place(spot, number, "to"), "alert")


def _reader(name: str, known: Mapping[str, Admin], place: Place, what: str) -> Iterator[Problem]:
    if name not in known:
        advice = did_you_mean(name, list(known)) or "Add them as [[admins]]."
        yield place.problem(f'{what}: there is no admin "{name[:40]}".', advice)
    elif "alerts" not in known[name].rights:
        advice = 'Add "alerts" to their rights.'
        yield place.problem(f'{what}: "{name[:40]}" has not the right to read alerts.', advice)


def conditions_of(surveys: Sequence[Placed[Survey]], flows: Mapping[str, Flow]) -> Iterator[Problem]:
    """What is wrong with the conditions of alerts."""
    for survey, place in surveys:
        flow = flows.get(survey.flow)
        for number, alert in enumerate(survey.alerts if flow is not None else ()):
            assert flow is not None
            for wrong in conditions.check(alert.when, variables(flow.questions)):
                yield _alert_place(place, number, "when").problem(f"alert: {wrong}")


def _alert_place(place: Place, number: int, key: str) -> Place:
    """A single alert may be written without a list around it."""
    spot = place.at("alert")
    return spot.at(number, key) if (*spot.path, number) in spot.document.lines else spot.at(key)

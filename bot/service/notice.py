"""The privacy notice: who is responsible, what for, who sees what, for how long, and what one can do.

Made from the settings that are in force, so that it cannot promise what the program does not do; the admin's
own words stand below. Nothing here needs consent, a name or an open question.
"""

from typing import Final

from bot.engine.flow import in_language
from bot.service.case import Case
from scheduler.surveys import Survey

PURPOSES: Final = 6
"""Most purposes that are named; an association with more says them in its own words."""


def whole(case: Case) -> str:
    """The notice in the person's language."""
    organisation = case.context.config.organisation
    own = in_language(organisation.privacy, case.language)
    name = in_language(organisation.name, case.language)
    lines = [
        case.words("privacy.controller", organisation=name, contact=organisation.contact or name),
        *_purposes(case),
        _readers(case),
        _retention(case),
        case.words("privacy.safe"),
        case.words("privacy.rights"),
    ]
    return "\n".join([*lines, *([own] if own else [])])


def in_short(case: Case) -> str:
    """Who keeps it and for how long, in one breath: what stands in the question for consent."""
    name = in_language(case.context.config.organisation.name, case.language)
    return " ".join((case.words("privacy.keeps", organisation=name), _readers(case), _retention(case)))


def _asking(case: Case) -> list[Survey]:
    return [survey for survey in case.context.config.surveys.values() if survey.priority]


def _purposes(case: Case) -> list[str]:
    purposes = list(dict.fromkeys(in_language(survey.purpose, case.language) for survey in _asking(case)))
    if not purposes:
        return []
    return ["\n".join((case.words("privacy.purposes"), *(f"– {one}" for one in purposes[:PURPOSES])))]


def _readers(case: Case) -> str:
    organisation = case.context.config.organisation
    said = in_language(organisation.readers, case.language)
    least = min((survey.k for survey in _asking(case)), default=0)
    few = case.words("privacy.few", k=least) if least else ""
    if not said:
        said = case.words("privacy.readers", organisation=in_language(organisation.name, case.language))
    return " ".join(filter(None, (said, few)))


def _retention(case: Case) -> str:
    """The longest time that any survey keeps its answers; no number where one keeps them without end."""
    kept = [survey.keep_days for survey in _asking(case)]
    days = [one for one in kept if one is not None]
    if kept and len(days) == len(kept):
        return case.context.texts.plural("privacy.days", case.language, max(days))
    return case.words("privacy.as_long")

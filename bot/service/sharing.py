"""Closing the loop: what was said, and what is done about it, told to those who were asked.

At most once to each person, in their language, within the message cap and the send window, and never before
the round is over and enough people have answered that nobody can be made out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.config.model import Config
from bot.engine.dates import show
from bot.engine.flow import in_language
from bot.engine.folding import clean, shows_nothing
from bot.engine.messages import Delivery, Outbound
from bot.errors import Problem, UserError
from bot.service import gate
from bot.service.case import Case
from bot.service.context import Context
from scheduler.surveys import Survey
from scheduler.verdicts import Go, Later
from scheduler.windows import zone_of
from storage import Connection, audit, contacts, fires
from storage import shares as rows
from storage import waves as wave_rows
from storage.fires import Fire
from storage.work import Work

LONGEST: Final = 3000
"""Characters: one message on every platform."""
GOOD_FOR: Final = timedelta(days=30)
"""News that could not be told for so long is no news."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A round that is over, and of which those who were asked have heard nothing since."""

    survey: str
    wave: str
    closed_at: datetime
    answered: int
    due_at: datetime | None
    """Until when it was promised; None where nothing was."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What was put in line."""

    survey: str
    wave: str
    people: int


# --- the admin's side -------------------------------------------------------------------------------------


def open_loops(config: Config, connection: Connection) -> list[Loop]:
    """Loops left open, those promised first, then the oldest. Too few answers to tell of are none."""
    found = [
        Loop(row.survey, row.name, row.closes_at, row.answered, _due(survey, row.closes_at))
        for row in rows.untold(connection)
        if (survey := config.surveys.get(row.survey)) is not None and row.answered >= survey.k
    ]
    return sorted(found, key=lambda loop: (loop.due_at is None, loop.due_at or loop.closed_at))


def _due(survey: Survey, closed_at: datetime) -> datetime | None:
    return closed_at + survey.results_by if survey.results_by is not None else None


def share(
    context: Context,
    connection: Connection,
    survey_id: str,
    texts: Mapping[str, str],
    *,
    by: str,
    now: datetime,
    wave: str = "",
) -> Shared:
    """Tell those who were asked in the last round (or the named one) what came of it. Raises UserError."""
    survey = context.config.surveys.get(survey_id)
    if survey is None:
        known = ", ".join(sorted(context.config.surveys)) or "none"
        raise UserError(f"There is no survey '{survey_id}'. The surveys are: {known}.")
    said = _checked(context, texts)
    round_ = _round(connection, survey, wave)
    if round_ is None:
        people, answered = rows.came(connection, survey.id, rows.told_at(connection, survey.id))
    else:
        people, answered = rows.asked(connection, round_.id), wave_rows.answered(connection, round_.id)
    if answered < survey.k:
        raise UserError(
            Problem(
                message=f"{answered} answered; with fewer than {survey.k} anybody could be made out.",
                advice="Wait for more answers, or tell it together with the next round.",
            )
        )
    number = rows.add(
        connection,
        said,
        survey=survey.id,
        wave_id=round_.id if round_ else None,
        people=len(people),
        by=by,
        at=now,
    )
    fires.add(connection, [_fire(number, person, survey, round_, now) for person in people])
    name = round_.name if round_ is not None else ""
    audit.add(connection, by, "share", f"{survey.id}, {name}".rstrip(", "), f"{len(people)} people", now)
    return Shared(survey.id, name, len(people))


def _checked(context: Context, texts: Mapping[str, str]) -> dict[str, str]:
    spoken = context.config.organisation.languages
    said = {language: clean(text) for language, text in texts.items()}
    for language, text in said.items():
        if language not in spoken:
            raise UserError(f"The language '{language}' is not used; these are: {', '.join(spoken)}.")
        if shows_nothing(text):
            raise UserError(f"The text in {language} is empty.")
        if len(text) > LONGEST:
            raise UserError(f"The text in {language} has {len(text)} characters; {LONGEST} are taken.")
    if spoken[0] not in said:
        raise UserError(
            Problem(
                message=f"There is no text in {spoken[0]}, which people of unknown language read.",
                advice=f"Add --text {spoken[0]}=…",
            )
        )
    return {language: said[language] for language in spoken if language in said}


def _round(connection: Connection, survey: Survey, name: str) -> Any:
    """The newest closed wave that was not told, or the named one; None for a survey that has no waves."""
    known = wave_rows.of_survey(connection, survey.id)
    if not known and not name:
        return None
    if name and name not in {one.name for one in known}:
        raise UserError(f"'{survey.id}' has no wave '{name}'.")
    untold = {row.id for row in rows.untold(connection)}
    wanted = [one for one in known if name in ("", one.name)]
    ready = [one for one in wanted if one.id in untold]
    if ready:
        return ready[0]
    if all(one.state != "closed" for one in wanted):
        raise UserError(
            Problem(
                message=f"The round of '{survey.id}' is still open.",
                advice=f"It closes on {wanted[0].closes_at:%Y-%m-%d %H:%M} UTC; share after that.",
            )
        )
    raise UserError(f"Of '{survey.id}' there is nothing to tell: it was told, or nobody answered.")


def _fire(number: int, person: int, survey: Survey, round_: Any, now: datetime) -> dict[str, Any]:
    return {
        "kind": "results",
        "scope": f"{number}:{person}",
        "person_id": person,
        "wave_id": round_.id if round_ is not None else None,
        "survey": survey.id,
        "number": number,
        "due_at": now,
    }


# --- the moment of one person -----------------------------------------------------------------------------


def results(context: Context, work: Work, due: Fire) -> None:
    """Tell one person, if the policy allows it now; else later, while it is news."""
    fires.end(work.connection, due.id)
    told, who = rows.get(work.connection, due.number), work.reach(due.person_id)
    if told is None or who is None or work.now - told.at > GOOD_FOR:
        return
    contact_id = contacts.reserve(
        work.connection, person_id=due.person_id, wave_id=due.wave_id, survey=due.survey, kind="results",
        number=1 if due.wave_id is not None else due.number, at=work.now,
        cost=context.config.policy.points_results,
    )  # fmt: skip
    if contact_id is None:
        return
    planned = contacts.get(work.connection, contact_id)
    verdict = gate.verdict(context, work.connection, planned, work.now, own_session=False)
    if isinstance(verdict, Later):
        contacts.delete(work.connection, contact_id)
        fires.reopen(work.connection, due.id, verdict.at)
    elif isinstance(verdict, Go):
        case = Case(context, work, who, f"f{due.id}")
        work.send(
            who, case.key(), Outbound(text=_text(case, told.survey, told.texts)), delivery=Delivery.INVITE,
            language=case.language, contact_id=contact_id, expires_at=told.at + GOOD_FOR,
        )  # fmt: skip
    else:
        contacts.mark(work.connection, contact_id, "released", work.now)


def _text(case: Case, survey_id: str, texts: Mapping[str, str]) -> str:
    """What it is about, in words of ours, above the admin's."""
    survey = case.context.config.surveys.get(survey_id)
    flow = case.context.config.flows.get(survey.flow) if survey is not None else None
    organisation = in_language(case.context.config.organisation.name, case.language)
    about = in_language(flow.title, case.language) if flow is not None else survey_id
    head = case.words("results.head", organisation=organisation, about=about)
    return f"{head}\n{in_language(texts, case.language)}"


def promise(context: Context, survey: Survey, closes_at: datetime, language: str) -> str:
    """Until when those who are asked will hear what came of it; empty where nothing is promised."""
    due = _due(survey, closes_at)
    if due is None:
        return ""
    zone = zone_of(None, context.config.organisation.timezone)
    day = show(due.astimezone(zone).date(), language)
    organisation = in_language(context.config.organisation.name, language)
    return context.texts("results.promise", language, organisation=organisation, date=day)

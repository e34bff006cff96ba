"""Why somebody was asked, or was not: the ledger told to the admin, and to the person in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from bot.engine.dates import show
from bot.engine.flow import in_language
from bot.errors import UserError
from bot.service import gate
from bot.service.case import Case
from bot.service.context import Context
from scheduler import explain
from scheduler.limits import limits_of
from scheduler.policy import decide
from scheduler.verdicts import Finding, Go, Later, Never, Reason, Verdict
from storage import Connection, history, ledger, people, waves

SHOWN: Final = 3
"""Decisions that a member is shown; the admin sees them all."""


def for_member(case: Case) -> str:
    """The last decisions, how long ago the last questions came, and the limit. The person's own language."""
    known = history.decisions(case.work.connection, case.who.person_id, None)
    lines = [_member_line(case, row) for row in [row for row in known if _told(row)][:SHOWN]]
    person = ledger.ledger(case.work.connection, case.who.person_id, case.now)
    if person.invites:
        days = (case.now - person.invites[-1]).days
        text = (
            case.context.texts.plural("why.last", case.language, days)
            if days
            else case.words("why.last_today")
        )
        lines.append(text)
    soonest = _earliest(case, known)
    if soonest is not None:
        date = show(soonest.astimezone(ZoneInfo(case.zone)).date(), case.language)
        lines.append(case.words("why.earliest", date=date))
    limit = limits_of(case.context.config.policy, person.preference).invites_per_30d
    lines.append(case.context.texts.plural("why.limit", case.language, limit))
    head = case.words("why.intro") if len(lines) > 1 else case.words("why.never_asked")
    return "\n".join([head, *lines])


def _earliest(case: Case, known: Sequence[Any]) -> datetime | None:
    """When somebody who was held back for a while may be asked at the earliest."""
    later = [row.earliest for row in known if row.earliest is not None and row.earliest > case.now]
    return min(later, default=None)


def _told(row: Any) -> bool:
    """Whether something has been decided that a person can be told: asked, or held back for a reason."""
    return row.state == "asked" or bool(row.reason)


def _member_line(case: Case, row: Any) -> str:
    survey = case.context.config.surveys.get(row.survey)
    about = in_language(survey.purpose, case.language) if survey is not None else row.survey
    zone = ZoneInfo(case.zone)
    moment = row.decided_at or row.wanted_at
    key = "why.asked" if row.state == "asked" else "why.not_asked"
    reason = f"why.{Reason(row.reason or 0).name}"
    if row.reason == Reason.OPT_OUT and any(found.about for found in _findings(row)):
        reason = "why.OPT_OUT_topic"
    if row.state == "asked" and survey is not None and survey.kind == "sample":
        drawn = history.asked_in(case.work.connection, row.wave_id)
        told = case.words("why.drawn", drawn=drawn, all=max(drawn, row.frame_size))
    else:
        told = case.words(reason)
    return case.words(
        key,
        date=show(moment.astimezone(zone).date(), case.language),
        survey=about,
        reason=told,
    )


# --- for the admin ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One wave that concerned the person."""

    survey: str
    wave: str
    state: str
    decided_at: datetime | None
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """What would be decided now for each survey whose wave is open, or may be opened."""

    survey: str
    may_be_asked: bool
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """One person's whole ledger as the admin may see it: no answers, no words."""

    person: int
    member_id: str | None
    name: str
    language: str | None
    zone: str | None
    groups: tuple[str, ...]
    addresses: tuple[str, ...]
    preference: str
    stopped_at: datetime | None
    paused_until: datetime | None
    dormant: bool
    burden: float
    ignored_in_row: int
    contacts: tuple[dict[str, Any], ...]
    sessions: tuple[dict[str, Any], ...]
    past: tuple[Past, ...]
    coming: tuple[Coming, ...]


def find_person(connection: Connection, wanted: str) -> int:
    """The one person an admin means. Raises UserError when there is none, or more than one."""
    found = people.find(connection, wanted)
    if not found:
        raise UserError(
            f"Nobody is known as '{wanted}'. "
            "Give a member number, an address such as telegram:123, a name, or #id."
        )
    if len(found) > 1:
        ids = ", ".join(f"#{person}" for person in found[:10])
        raise UserError(f"'{wanted}' may be any of {len(found)} people: {ids}. Give one of these instead.")
    return found[0]


def for_admin(context: Context, connection: Connection, person_id: int, now: datetime) -> Whole:
    """Everything about one person's contacts and why; raises NoResultFound for an unknown id."""
    row, addresses, groups = people.card(connection, person_id)
    zone = ZoneInfo(context.config.organisation.timezone)
    standing = ledger.ledger(connection, person_id, now)
    return Whole(
        person=person_id,
        member_id=row.member_id,
        name=row.name,
        language=row.language,
        zone=row.zone,
        groups=tuple(groups),
        addresses=tuple(f"{place.address} ({_how_reachable(place)})" for place in addresses),
        preference=row.preference,
        stopped_at=row.stopped_at,
        paused_until=row.paused_until,
        dormant=standing.dormant,
        burden=round(standing.burden, 3),
        ignored_in_row=row.ignored_in_row,
        contacts=tuple(history.contacts(connection, person_id)),
        sessions=tuple(history.sessions(connection, person_id)),
        past=tuple(
            Past(
                survey=one.survey,
                wave=one.name,
                state=one.state,
                decided_at=one.decided_at,
                explanation=stored(one, zone, now),
            )
            for one in history.decisions(connection, person_id, None)
        ),
        coming=tuple(_coming(context, connection, person_id, now)),
    )


def _how_reachable(place: Any) -> str:
    return place.unreachable or ("reachable" if place.account else "has not written yet")


def stored(row: Any, zone: ZoneInfo, now: datetime) -> str:
    """A kept verdict in one sentence."""
    if row.reason is None:
        return "not decided yet"
    if row.reason == 0:
        return {"asked": "Was asked.", "planned": "Is to be asked soon."}.get(row.state, "May be asked.")
    findings = _findings(row)
    verdict: Verdict = (
        Later(row.earliest, Reason(row.reason), row.mask, findings)
        if row.earliest is not None
        else Never(Reason(row.reason), row.mask, findings=findings)
    )
    return explain.sentence(verdict, zone, now)


def _findings(row: Any) -> tuple[Finding, ...]:
    return msgspec.json.decode(row.detail, type=tuple[Finding, ...]) if row.detail != "{}" else ()


def _coming(context: Context, connection: Connection, person_id: int, now: datetime) -> list[Coming]:
    zone = ZoneInfo(context.config.organisation.timezone)
    found: list[Coming] = []
    for wave in waves.open_waves(connection):
        survey = context.config.surveys.get(wave.survey)
        wanted = waves.wanted_at(connection, wave.id, person_id)
        if survey is None or wanted is None:
            continue
        verdict = decide(
            context.config.policy,
            ledger.ledger(connection, person_id, now, group_key=context.config.policy.group_cap_key),
            gate.ask_for(context, connection, survey, wave, wanted),
            now,
        )
        found.append(
            Coming(
                survey=survey.id,
                may_be_asked=isinstance(verdict, Go),
                explanation=explain.sentence(verdict, zone, now),
            )
        )
    return found

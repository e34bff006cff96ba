"""Why a person was, or was not, asked in one wave: what was decided, or why they were not in its audience."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.engine.conditions import holds
from bot.errors import UserError
from bot.service import why
from bot.service.context import Context
from scheduler import explain
from scheduler.surveys import Survey
from storage import Connection, encounters, history, people, waves
from storage.waves import Wave


@dataclass(frozen=True, slots=True, kw_only=True)
class InWave:
    """One person and one wave."""

    person: int
    survey: str
    wave: str
    opened_at: datetime
    state: str
    """frame, planned, asked or dropped; empty: not in the audience."""
    decided_at: datetime | None
    explanation: str


def find_wave(connection: Connection, wanted: str) -> Wave:
    """A wave by ``#id``, by its survey (then the newest), or by survey and name. Raises UserError."""
    survey, _, name = wanted.partition("/")
    found = waves.of_survey(connection, survey)
    if name:
        found = [wave for wave in found if wave.name == name]
    number = wanted.removeprefix("#")
    if wanted.startswith("#") and number.isdecimal():
        found = waves.by_id(connection, int(number))
    if not found:
        raise UserError(f"There is no wave '{wanted}'. Give a survey, SURVEY/NAME, or #id.")
    return found[0]


def explained(context: Context, connection: Connection, person_id: int, wave: Wave, now: datetime) -> InWave:
    """What was decided about this person in this wave, or why there was nothing to decide."""
    zone = ZoneInfo(context.config.organisation.timezone)
    row = next(
        (one for one in history.decisions(connection, person_id, None) if one.wave_id == wave.id), None
    )
    if row is not None:
        explanation = why.stored(row, zone, now)
    else:
        survey = context.config.surveys.get(wave.survey)
        opened = explain.moment(wave.opens_at, zone, now)
        reasons = list(_outside(connection, person_id, wave, survey)) if survey is not None else []
        rest = f"Was not in the audience when it was fixed on {opened}."
        explanation = " ".join(["NOT_IN_AUDIENCE.", *(reasons or [rest])])
    return InWave(
        person=person_id,
        survey=wave.survey,
        wave=wave.name,
        opened_at=wave.opens_at,
        state=row.state if row is not None else "",
        decided_at=row.decided_at if row is not None else None,
        explanation=explanation,
    )


def _outside(connection: Connection, person_id: int, wave: Wave, survey: Survey) -> Iterator[str]:
    """What of the survey's audience the person does not fulfil, as things stand now."""
    if wave.encounter_id is not None:
        yield from _not_there(connection, person_id, wave.encounter_id)
    rule, (row, _, groups) = survey.audience, people.card(connection, person_id)
    if rule.groups and not set(rule.groups) & set(groups):
        yield f"Is in none of the groups {', '.join(rule.groups)}."
    barred = sorted(set(rule.not_groups) & set(groups))
    if barred:
        yield f"Is in a group that is not asked: {', '.join(barred)}."
    member = next(iter(people.members(connection, among=[person_id])), None)
    if member is not None and not holds(rule.where, member.attributes):
        yield f"The condition `{rule.where}` does not hold."
    if wave.encounter_id is None and row.created_at > wave.opens_at:
        yield "Became known only after the wave had opened."


def _not_there(connection: Connection, person_id: int, encounter_id: int) -> Iterator[str]:
    met = encounters.get(connection, encounter_id)
    rows = encounters.present(connection, [encounter_id]).get(encounter_id, [])
    state = next((one.state for one in rows if one.person_id == person_id), "")
    match state:
        case "":
            yield f"Is not known to have been at {met.name}."
        case "absent":
            yield f"Did not come to {met.name}."
        case "expected":
            yield f"Was expected at {met.name}; nobody has said that they came."
        case _:
            yield f"Was at {met.name}, and was asked after another encounter of that day, or in another role."

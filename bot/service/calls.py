"""What a call of another program leads to: an encounter is kept, or a person is wanted for a survey.

The contact policy decides as always; a call opens no way around it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.calls import BadCall, Call, Want, marks
from bot.encounters.values import Encounter
from bot.errors import UserError
from bot.service import encounters, rounds
from bot.service.context import Context
from scheduler import triggers
from scheduler.surveys import Called, Survey
from storage import Connection, calls, waves

SOURCE = "hook"


def take(
    context: Context, connection: Connection, call: Call, key: str, now: datetime
) -> Mapping[str, object]:
    """Give effect to a call once, by its key. Raises BadCall; then nothing is kept."""
    if not calls.first(connection, key, now):
        return {"taken": True, "again": True}
    if isinstance(call, Encounter):
        return _encounter(context, connection, call, now)
    return _want(context, connection, call, now)


def _encounter(
    context: Context, connection: Connection, call: Encounter, now: datetime
) -> Mapping[str, object]:
    try:
        found = encounters.record_one(context, connection, call, SOURCE, now)
    except UserError as error:
        raise BadCall(400, str(error)) from None
    return {"taken": True, **found}


def _want(context: Context, connection: Connection, call: Want, now: datetime) -> Mapping[str, object]:
    survey = context.config.surveys.get(call.survey)
    if survey is None or survey.priority == 0 or not any(isinstance(one, Called) for one in survey.triggers):
        raise BadCall(404, f"no survey {call.survey!r} has trigger = {{ hook = true }}")
    people = {
        person
        for mark in marks(call.person)
        for person in encounters.people_by(connection, mark.kind, {mark.value}).get(mark.value, ())
    }
    if len(people) != 1:
        raise BadCall(404, "the person is not known" if not people else "this may be several people")
    return {"taken": True, "wanted": _enrol(context, connection, survey, people.pop(), now)}


def _enrol(context: Context, connection: Connection, survey: Survey, person: int, now: datetime) -> bool:
    """Put the person into the wave of today's calls; False where the audience or the dates leave them out."""
    rows = list(rounds.audience(connection, survey, now, [person]))
    if not rows or not triggers.runs_at(survey, now):
        return False
    day = now.astimezone(ZoneInfo(context.config.organisation.timezone)).date()
    name = f"hook {day}"
    wave = waves.find(connection, survey.id, name)
    if wave is None:
        times = triggers.WaveTimes(now, now + timedelta(days=1, hours=survey.open_hours))
        rounds.new_wave(context, connection, survey, name, times, now)
        wave = waves.find(connection, survey.id, name)
    if wave is None or person in waves.people_of(connection, wave.id):
        return False
    waves.enrol(connection, wave.id, rows)
    waves.count_frame(connection, wave.id)
    return True

"""Looking whether samples have answers enough; a wave that has invites nobody else."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.engine.flow import Flow
from bot.service.context import Context
from scheduler import stopping
from scheduler.allocation import largest_remainder
from scheduler.surveys import Survey
from storage import Connection, waves
from storage.waves import Wave


def look(context: Context, connection: Connection, now: datetime) -> None:
    """Look at every open wave of a sample that may stop early, when a further batch of answers is in."""
    for wave in waves.open_waves(connection):
        survey = context.config.surveys.get(wave.survey)
        if survey is None or survey.stop is None or wave.enough_at is not None or wave.quota is None:
            continue
        answers = waves.answered(connection, wave.id)
        if stopping.is_due(survey.stop, answers, wave.looked):
            enough = _is_enough(context, connection, survey, wave, now)
            waves.looked_at(connection, wave.id, answers, now if enough else None)


def _is_enough(context: Context, connection: Connection, survey: Survey, wave: Wave, now: datetime) -> bool:
    assert survey.stop is not None
    flow = context.flow(connection, wave.flow_digest)
    sizes = waves.strata(connection, wave.id)
    places = largest_remainder(list(sizes.values()), wave.quota or 0)
    return stopping.is_enough(
        survey.stop,
        _figures(connection, flow, wave),
        population=wave.frame_size,
        confidence=survey.confidence,
        open_hours=(now - wave.opens_at) / timedelta(hours=1),
        planned=dict(zip(sizes, places, strict=True)),
        answered=waves.answered_by_stratum(connection, wave.id),
    )


def _figures(connection: Connection, flow: Flow, wave: Wave) -> Iterator[tuple[int, int]]:
    """For every key question each share's answers and all answers."""
    asked = list(stopping.key_questions(flow))
    counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for question, value, number in waves.values_given(connection, wave.id, [one.id for one in asked]):
        counts[question][value] = number
    for one in asked:
        own: Mapping[str, int] = counts[one.id]
        for count in stopping.shares(one, own):
            yield count, sum(own.values())

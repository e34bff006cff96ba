"""One survey, counted by the database and put together with pandas into the tally of each question.

The tables stay small however many answers there are. Nothing is hidden here; that is the work of the figures.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import msgspec
import pandas as pd

from bot.engine.session import VALUED
from reports.definitions import Definition
from reports.figures.shapes import Steps, Tally
from storage import counting, results
from storage.results import Connection

UNASKED: Final = 0
"""Stands for the wave of sessions that people began by themselves; real waves count from 1."""


class ByQuestion:
    """A table in parts, for it is asked for one question at a time, and often."""

    def __init__(self, table: pd.DataFrame) -> None:
        self._parts = {str(name): part for name, part in table.groupby("question")}
        self._none = table.iloc[:0]

    def of(self, definition: Definition) -> pd.DataFrame:
        """The rows of a question, over all versions in which it is the same."""
        part = self._parts.get(definition.question.id, self._none)
        return part[part["flow_digest"].isin(definition.digests)]


class Counts(NamedTuple):
    """One survey. In each table ``n`` is how often, and wave 0 is ``UNASKED``. The first four are kept by
    question.
    """

    values: ByQuestion
    """wave, flow_digest, question, status, value (JSON), mark, n"""
    seconds: ByQuestion
    """wave, flow_digest, question, tenths, n"""
    words: ByQuestion
    """wave, flow_digest, question, session, value (JSON), other: one row a text"""
    stops: ByQuestion
    """wave, flow_digest, question, n: sessions that stopped at a question"""
    sessions: pd.DataFrame
    """wave, tenths, n: completed sessions"""


def read(
    connection: Connection,
    survey: str,
    wave_ids: Sequence[int],
    texts: Mapping[str, Sequence[str]],
    marks: Sequence[int] = (),
) -> Counts:
    """Everything that is counted about the answers of these waves, and about those that nobody asked for.

    ``texts`` names the questions, by flow version, whose answers are words; ``marks`` the newest answers of
    earlier reports, by which the values are kept apart.
    """
    values, seconds = counting.count(connection, survey, wave_ids, uncounted=texts, marks=marks)
    spoken = results.words(connection, survey, wave_ids, texts)
    stops = _stops(results.unfinished(connection, survey, wave_ids))
    times = results.session_seconds(connection, survey, wave_ids)
    return Counts(
        values=ByQuestion(_table(values, counting.AnswerCount)),
        seconds=ByQuestion(_table(seconds, counting.AnswerTime)),
        words=ByQuestion(_table(spoken, results.Words)),
        stops=ByQuestion(_table(stops, _Stopped)),
        sessions=_table(times, results.SessionTime),
    )


class _Stopped(NamedTuple):
    wave_id: int | None
    flow_digest: str
    question: str
    sessions: int


class _Place(msgspec.Struct):
    """What a session's state tells about how far it came."""

    path: tuple[str, ...] = ()
    answers: dict[str, msgspec.Raw] = {}


_place: Final = msgspec.json.Decoder(_Place).decode


def _stops(unfinished: Iterable[results.Stop]) -> Iterable[_Stopped]:
    """The last question that was put, where it has no answer."""
    for stop in unfinished:
        place = _place(stop.state)
        if place.path and place.path[-1] not in place.answers:
            yield _Stopped(stop.wave_id, stop.flow_digest, place.path[-1], 1)


def _table(rows: Iterable[tuple[object, ...]], row_type: type[NamedTuple]) -> pd.DataFrame:
    table = pd.DataFrame(list(rows), columns=list(row_type._fields), dtype=object)
    table = table.rename(columns={"wave_id": "wave", "answers": "n", "sessions": "n"})
    table["wave"] = table["wave"].map(lambda wave: UNASKED if wave is None else wave).astype("int64")
    return table.astype({name: "int64" for name in ("n", "tenths", "mark") if name in table})


def tally(
    counts: Counts, definition: Definition, waves: Collection[int], *, population: int | None, k: int
) -> Tally:
    """One question in some waves. ``population``: how many could have been asked, None where unknown."""
    values, seconds, spoken, stops = (
        _about(table, definition, waves)
        for table in (counts.values, counts.seconds, counts.words, counts.stops)
    )
    states = _sums(values, "status")
    put = sum(n for state, n in states.items() if state not in ("withdrawn", "left_out"))
    left = int(stops["n"].sum())
    return Tally(
        question=definition.question,
        values={}
        if definition.question.type == "text"
        else _sums(values[values["status"].isin(VALUED)], "value"),
        steps=Steps(
            asked=put + left,
            answered=sum(states.get(state, 0) for state in VALUED),
            skipped=states.get("skipped", 0),
            refused=states.get("refused", 0),
            timed_out=states.get("timed_out", 0),
            left=left,
        ),
        tenths=_sums(seconds, "tenths"),
        words=_shuffled(spoken, definition),
        population=population if definition.everybody else None,
        k=k,
        versions=definition.versions,
        retired=definition.retired,
    )


def answered_by_wave(counts: Counts, definition: Definition) -> dict[int, int]:
    """Number of answers to a question in each wave; wave 0 is ``UNASKED``."""
    table = counts.values.of(definition)
    return _sums(table[table["status"].isin(VALUED)], "wave")


def answered_by_mark(
    counts: Counts, definition: Definition, waves: Collection[int], newest: int
) -> dict[int, dict[int, int]]:
    """Number of answers to a question in each of these waves, by mark; ``newest`` marks what is new."""
    table = _about(counts.values, definition, waves)
    present = table[table["status"].isin(VALUED)]
    found: dict[int, dict[int, int]] = {wave: {} for wave in waves}
    sums = present.groupby(["wave", "mark"], as_index=False)["n"].sum()
    for wave, mark, n in sums.itertuples(index=False, name=None):
        by_mark = found[wave]
        by_mark[mark or newest] = by_mark.get(mark or newest, 0) + n
    return found


def session_tenths(counts: Counts, waves: Collection[int]) -> dict[float, int]:
    """Active time of completed sessions in tenths of a second, and how many took so long."""
    return _sums(counts.sessions[counts.sessions["wave"].isin(list(waves))], "tenths")


def _about(table: ByQuestion, definition: Definition, waves: Collection[int]) -> pd.DataFrame:
    part = table.of(definition)
    return part[part["wave"].isin(list(waves))]


def _sums(table: pd.DataFrame, column: str) -> dict[Any, int]:
    return {key: int(n) for key, n in table.groupby(column)["n"].sum().items()}


def _shuffled(spoken: pd.DataFrame, definition: Definition) -> tuple[str, ...]:
    """The texts in the order of a hash: the same every time, and without a trace of when and who."""
    is_text = definition.question.type == "text"
    texts: list[tuple[bytes, str]] = []
    for session, value, other in zip(spoken["session"], spoken["value"], spoken["other"], strict=True):
        text = (msgspec.json.decode(value, type=str) if is_text else other).strip()
        if text:
            mark = blake2b(f"{session}/{definition.question.id}".encode(), digest_size=16).digest()
            texts.append((mark, text))
    return tuple(text for _, text in sorted(texts))

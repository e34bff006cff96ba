"""Answers, sessions, contacts and people as pandas tables, for notebooks.

Open the installation with ``opened("config.toml")``; every function takes what it gives. Without more, no
table shows a single person: numbers and names of people, moments and free words are left out, and values
that too few people share are hidden. Who may see the full data says so with a ``Right``, and the audit log
keeps it.

Times are aware UTC. What is missing is ``None``, ``NaN`` or ``NaT``; the answer "None" stays a text. Why an
answer is missing stands in a status of its own (``STATUSES``).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import pandas as pd

from bot.config import load_or_raise
from bot.config.secrets import read as secret
from bot.engine.flow import FLAGS, SEVERAL, Question
from bot.engine.session import VALUED
from bot.errors import UserError
from reports import codebook, protection
from reports.rows import Field, Table, books, long_table, wide_table
from reports.statistics import relative_weights, trimmed
from reports.suppression import K_CROSS
from reports.words import Words
from storage import Connection, audit, result_rows, results
from storage.store import Store, open_postgres, open_sqlite

STATUSES: Final = (*codebook.STATUSES, protection.HIDDEN)
"""Codes of an answer, in the order of the codebook. A long table has no row for what was not asked; a wide
one says so."""

SESSION_STATUSES: Final = (
    "invited", "active", "completed", "partial", "abandoned", "not_now", "declined", "ignored",
)  # fmt: skip

CHOSEN: Final = (*FLAGS, *SEVERAL, "select_one", "scale")
"""Types whose answers many people share; everything else is somebody's own."""

MIN_WEIGHTED: Final = 100
"""Answers below which weights cost more than they give (judgement)."""

_DTYPES: Final[dict[str, Any]] = {
    "integer": "Int64",
    "number": "Float64",
    "flag": "boolean",
    "text": object,
    "code": object,
}


@dataclass(frozen=True, slots=True)
class Right:
    """Somebody may see the full data, and says why. Both words go into the audit log."""

    actor: str
    reason: str

    def __post_init__(self) -> None:
        if not self.actor.strip() or not self.reason.strip():
            raise UserError("The full data needs to know who reads it and why: Right('name', 'reason').")


@contextmanager
def opened(config: str | Path) -> Iterator[Store]:
    """The installation that this configuration file describes. Raises UserError with every problem."""
    found = load_or_raise(Path(config)).storage
    store = (
        open_postgres(secret(found.url).reveal())
        if found.url is not None
        else open_sqlite(found.path, found.key_file)
    )
    with store:
        yield store


# --- the tables -------------------------------------------------------------------------------------------


def answers(
    store: Store,
    surveys: str | Sequence[str] = (),
    *,
    language: str = "en",
    since: datetime | None = None,
    right: Right | None = None,
) -> pd.DataFrame:
    """Present answers, one row each. ``surveys``: one, several, or () for all.

    Columns: survey, wave (None: not asked for), session, person, self_started, flow_version, question, type,
    status (ordered categorical, ``STATUSES``), value (text, number, 1 or 0 for yes and no, id of a choice,
    several ids with semicolons), label (words of the choice), number, other, seconds, at, revision, detail.

    Without a right session, person, other, seconds, at, revision and detail are missing, free texts and
    values that fewer than five people of a wave gave have the status ``hidden``, and rows come in no order
    of persons.
    """
    with store.read() as connection:
        wanted = books(connection, _chosen(connection, surveys))
        table = _frame(long_table(connection, wanted, Words(language), since))
    table["status"] = _ordered(table["status"], STATUSES)
    if right is not None:
        _audited(store, right, "answers", surveys)
        return table
    spoken = ~table["type"].isin(CHOSEN) & table["status"].isin(VALUED)
    place = ["survey", "wave", "question", "flow_version"]
    hidden = ~protection.of_groups(table.assign(told=_told(table)), place, "told") | spoken
    table.loc[hidden, "status"] = protection.HIDDEN
    table.loc[hidden, ["value", "label", "number"]] = None
    return _unlinked(
        table,
        ["session", "person", "other", "seconds", "at", "revision", "detail"],
        [*place, "status", "value"],
    )


def wide(
    store: Store,
    survey: str,
    *,
    language: str = "en",
    since: datetime | None = None,
    right: Right | None = None,
) -> pd.DataFrame:
    """One row a session of a survey, one column a question, and one for each option of a multiple choice.

    Columns: survey, wave, session, person, self_started, flow_version, session_status, started_at, ended_at,
    session_seconds, weight; then for each question its value and ``…_STATUS``. Choices, scales and yes or no
    are ordered categoricals with labels in the language that is asked for; options are true or false; numbers
    are numbers. A question that once meant something else has ``…_EARLIER1``. ``weight`` gives each stratum
    of a wave its share back, trimmed to 0.3 and 3; it is 1 where fewer than 100 answered.

    Without a right whoever shares all answers with fewer than nine others is hidden as a whole.
    """
    with store.read() as connection:
        (book,) = books(connection, _chosen(connection, survey))
        source = wide_table(connection, book, since)
        table = _frame(source)
        weights = _weights(result_rows.strata(connection, survey))
    table["session_status"] = _ordered(table["session_status"], SESSION_STATUSES)
    table.insert(
        10, "weight", [weights.get(one, 1.0) for one in zip(table["wave"], table["person"], strict=True)]
    )
    words = Words(language)
    for one in source.fields:
        if one.column is not None:
            table[one.name] = _labelled(table[one.name], one, words)
    if right is not None:
        _audited(store, right, "wide", survey)
        return table
    told = [one for one in source.fields if one.column is not None]
    table = table.drop(columns=[one.name for one in told if one.column and _spoken(one)])
    kept = [one.name for one in told if not _spoken(one)]
    hidden = ~protection.of_rows(table, ["wave", *kept])
    for name in kept:
        if name.endswith("_STATUS"):
            table[name] = table[name].mask(hidden, protection.HIDDEN)
        else:
            table[name] = table[name].mask(hidden)
    dropped = ["session", "person", "started_at", "ended_at", "session_seconds", "weight", "session_status"]
    return _unlinked(table, dropped, ["wave", *kept])


def sessions(store: Store, surveys: str | Sequence[str] = (), *, right: Right | None = None) -> pd.DataFrame:
    """Sessions in the order in which they began.

    Columns: session, person, survey, wave, self_started, flow_digest, status (categorical), created_at,
    ended_at, seconds (measured active time). Without a right: only survey, wave, self_started, flow_digest
    and status, of those whom at least nine others are like.
    """
    with store.read() as connection:
        rows = list(result_rows.session_rows(connection, _chosen(connection, surveys)))
    table = _plain(rows, result_rows.SessionRow._fields)
    table["status"] = _ordered(table["status"], SESSION_STATUSES)
    table = table.astype({"person": "int64", "self_started": bool, "seconds": float})
    table = _times(table, "created_at", "ended_at")
    if right is not None:
        _audited(store, right, "sessions", surveys)
        return table
    return _alike(table, ["survey", "wave", "self_started", "flow_digest", "status"])


def contacts(store: Store, surveys: str | Sequence[str] = (), *, right: Right | None = None) -> pd.DataFrame:
    """Contacts made or planned, oldest first.

    Columns: person, survey, wave, kind, number, state, at, cost (points of burden). Without a right: only
    survey, wave, kind, number and state, of those whom at least nine others are like.
    """
    with store.read() as connection:
        rows = list(result_rows.contact_rows(connection, _chosen(connection, surveys)))
    table = _plain(rows, result_rows.ContactRow._fields)
    table = _times(table.astype({"person": "int64", "number": "int64", "cost": float}), "at")
    if right is not None:
        _audited(store, right, "contacts", surveys)
        return table
    return _alike(table, ["survey", "wave", "kind", "number", "state"])


def people(store: Store, *, right: Right | None = None) -> pd.DataFrame:
    """Everybody, without name and addresses.

    Columns: person, member_id, language, zone, joined_at, preference, stopped_at, groups (tuple of names),
    and one for each attribute, named ``attribute.`` and its name. Without a right: only language, preference
    and groups, of those whom at least nine others are like.
    """
    with store.read() as connection:
        table = _plain(list(result_rows.person_rows(connection)), result_rows.PersonRow._fields)
    known = [msgspec.json.decode(raw, type=dict[str, str]) for raw in table.pop("attributes")]
    for name in sorted({name for one in known for name in one}):
        table[f"attribute.{name}"] = pd.Series(
            [one.get(name) for one in known], index=table.index, dtype=object
        )
    table = _times(table.astype({"person": "int64"}), "joined_at", "stopped_at")
    if right is not None:
        _audited(store, right, "people", ())
        return table
    return _alike(table, ["language", "preference", "groups"])


# --- how they are made ------------------------------------------------------------------------------------


def _chosen(connection: Connection, surveys: str | Sequence[str]) -> list[str]:
    known = results.surveys(connection)
    wanted = [surveys] if isinstance(surveys, str) else list(surveys) or known
    if unknown := [one for one in wanted if one not in known]:
        raise UserError(f'No answers of a survey "{unknown[0]}". There are: {", ".join(known) or "none"}.')
    return wanted


def _audited(store: Store, right: Right, what: str, surveys: str | Sequence[str]) -> None:
    subject = f"{what} {surveys if isinstance(surveys, str) else ' '.join(surveys)}".strip()
    store.write(
        lambda connection: audit.add(
            connection, right.actor, "read", subject, right.reason, datetime.now(UTC)
        )
    )


def _frame(source: Table) -> pd.DataFrame:
    """A table of typed rows, each column in its type."""
    rows = [row for batch in source.rows() for row in batch]
    table = _plain(rows, [one.name for one in source.fields])
    for one in source.fields:
        if one.kind == "time":
            moments = pd.to_datetime(table[one.name].astype("Int64"), unit="us", utc=True)
            table[one.name] = moments.astype("datetime64[us, UTC]")
        elif one.name == "self_started":
            table[one.name] = table[one.name].astype(bool)
        else:
            table[one.name] = table[one.name].astype(_DTYPES.get(one.kind, object))
    return table


def _plain(rows: Sequence[Sequence[object]], names: Sequence[str]) -> pd.DataFrame:
    # object columns first: pandas would make NaN of None, and floats of whole numbers beside it
    return pd.DataFrame(rows, columns=list(names), dtype=object)


def _times(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    for column in columns:
        table[column] = pd.to_datetime(table[column], utc=True).astype("datetime64[us, UTC]")
    return table


def _ordered(column: Any, codes: Sequence[str]) -> Any:
    return pd.Categorical(column, categories=list(codes), ordered=True)


def _labelled(column: Any, described: Field, w: Words) -> Any:
    """A question's column with the words of its choices, in their order."""
    assert described.column is not None
    question = described.column.definition.question
    if described.column.part == "status":
        return _ordered(column, STATUSES)
    if described.column.part != "value" or not question.choices:
        return column
    words = _words(question, w)
    return _ordered([words.get(_code(one)) for one in column], list(words.values()))


def _words(question: Question, w: Words) -> dict[str, str]:
    """The words of each choice by its code; two choices with the same words are told apart by their ids."""
    found: dict[str, str] = {}
    for choice in question.choices:
        label = w.of(choice.label)
        code = str(int(choice.id == "yes")) if question.type in FLAGS else choice.id
        found[code] = f"{label} ({choice.id})" if label in found.values() else label
    return found


def _code(cell: Any) -> str:
    return "" if cell is None or cell is pd.NA else str(int(cell)) if not isinstance(cell, str) else cell


def _spoken(described: Field) -> bool:
    """Whether nearly everybody's answer is their own: words, dates and numbers."""
    assert described.column is not None
    question = described.column.definition.question
    own = described.column.part == "other" or (not question.choices and question.type not in FLAGS)
    return own and described.column.part != "status"


def _told(table: pd.DataFrame) -> Any:
    """What an answer says: its value, or why there is none."""
    return table["value"].where(table["status"].isin(VALUED), table["status"].astype(object)).map(str)


def _unlinked(table: pd.DataFrame, dropped: Sequence[str], order: Sequence[str]) -> pd.DataFrame:
    """Without what leads to a person, and in an order that says nothing about who came when."""
    table[list(dropped)] = None
    return table.loc[protection.joined(table, order).sort_values(kind="stable").index].reset_index(drop=True)


def _alike(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """These columns of the rows that at least ten share."""
    kept = table[list(columns)]
    shown = kept[protection.of_rows(kept, columns, K_CROSS)]
    return shown.loc[protection.joined(shown, columns).sort_values(kind="stable").index].reset_index(
        drop=True
    )


def _weights(rows: Sequence[result_rows.StratumRow]) -> dict[tuple[str, int], float]:
    """The weight of each who answered, by wave and person."""
    table = _plain(rows, result_rows.StratumRow._fields)
    found: dict[tuple[str, int], float] = {}
    for wave, group in table.groupby("wave"):
        answered = group[group["answered"].astype(bool)]
        if len(answered) < MIN_WEIGHTED:
            continue
        sizes, given = (
            {str(name): int(n) for name, n in part["stratum"].value_counts().items()}
            for part in (group, answered)
        )
        by_stratum = relative_weights(sizes, given)
        for person, stratum in zip(answered["person"], answered["stratum"], strict=True):
            found[str(wave), int(person)] = trimmed(by_stratum[stratum])
    return found

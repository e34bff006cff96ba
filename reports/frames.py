"""Answers, sessions, contacts and people as pandas tables, for notebooks and for the figures of a report.

Each function takes an open connection (``with store.read() as connection``) and documents the columns of its
table. These are the full data, short of names and addresses: who shows them to others hides small groups
first. Times are aware UTC; what is missing is ``None`` or ``NaT``, and the answer "None" stays a text.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec
import pandas as pd

from reports import codebook
from storage import result_rows
from storage.results import Connection

STATUSES: Final = tuple(codebook.STATUSES)
"""Codes of an answer. A long table has no row for what was not asked; a wide one says so."""

SESSION_STATUSES: Final = (
    "invited", "active", "completed", "partial", "abandoned", "not_now", "declined", "ignored",
)  # fmt: skip


def _table(rows: Iterable[tuple[object, ...]], row_type: type[NamedTuple]) -> pd.DataFrame:
    # object columns first: pandas would make NaN of None, and floats of whole numbers beside it
    return pd.DataFrame(list(rows), columns=list(row_type._fields), dtype=object)


def _times(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    for column in columns:
        table[column] = pd.to_datetime(table[column], utc=True).astype("datetime64[us, UTC]")
    return table


def _codes(table: pd.DataFrame, column: str, codes: Sequence[str]) -> pd.DataFrame:
    table[column] = pd.Categorical(table[column], categories=list(codes), ordered=True)
    return table


# --- rows -------------------------------------------------------------------------------------------------


def answers(connection: Connection, surveys: Sequence[str]) -> pd.DataFrame:
    """Present answers, one row each, session by session in the order of asking.

    Columns: session, person, survey, wave (name, or None), self_started, flow_digest, question, status
    (categorical, see ``STATUSES``), value (text, number, boolean, list of choice ids, or None), other,
    seconds, at, revision.
    """
    table = _table(result_rows.answer_rows(connection, surveys), result_rows.AnswerRow)
    table["value"] = pd.Series(map(msgspec.json.decode, table["value"]), index=table.index, dtype=object)
    table = _codes(table, "status", STATUSES)
    table = table.astype({"person": "int64", "self_started": bool, "seconds": float, "revision": "int64"})
    return _times(table, "at")


def wide(long: pd.DataFrame) -> pd.DataFrame:
    """One row a session, one column a question, from the table of ``answers``; ``not_asked`` is its own code.

    The columns are pairs (question, "value") and (question, "status").
    """
    keys = ["survey", "session"]
    values = long.pivot(index=keys, columns="question", values="value").astype(object)
    states = long.assign(status=long["status"].astype(str)).pivot(
        index=keys, columns="question", values="status"
    )
    order = list(dict.fromkeys(long["question"]))
    both = pd.concat({"value": values, "status": states.fillna("not_asked")}, axis="columns")
    table: pd.DataFrame = both.swaplevel(axis="columns")[
        [(q, part) for q in order for part in ("value", "status")]
    ]
    return table


def sessions(connection: Connection, surveys: Sequence[str]) -> pd.DataFrame:
    """Sessions in the order in which they began.

    Columns: session, person, survey, wave, self_started, flow_digest, status (categorical), created_at,
    ended_at, seconds (measured active time).
    """
    table = _table(result_rows.session_rows(connection, surveys), result_rows.SessionRow)
    table = _codes(table, "status", SESSION_STATUSES)
    table = table.astype({"person": "int64", "self_started": bool, "seconds": float})
    return _times(table, "created_at", "ended_at")


def contacts(connection: Connection, surveys: Sequence[str]) -> pd.DataFrame:
    """Contacts made or planned, oldest first.

    Columns: person, survey, wave, kind, number, state, at, cost (points of burden).
    """
    table = _table(result_rows.contact_rows(connection, surveys), result_rows.ContactRow)
    return _times(table.astype({"person": "int64", "number": "int64", "cost": float}), "at")


def people(connection: Connection) -> pd.DataFrame:
    """Everybody, without name and addresses.

    Columns: person, member_id, language, zone, joined_at, preference, stopped_at, groups (tuple of names),
    and one for each attribute, named ``attribute.`` and its name.
    """
    table = _table(result_rows.person_rows(connection), result_rows.PersonRow).astype({"person": "int64"})
    known = [msgspec.json.decode(raw, type=dict[str, str]) for raw in table.pop("attributes")]
    for name in sorted({name for one in known for name in one}):
        values = [one.get(name) for one in known]
        table[f"attribute.{name}"] = pd.Series(values, index=table.index, dtype=object)
    return _times(table, "joined_at", "stopped_at")

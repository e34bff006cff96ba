"""Everything that is stored about one person, found by the tables' own keys.

A table that refers to a person is found without being named here, so that one that is added later is not
forgotten. Reads only.
"""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, select

from storage.tables import metadata, persons

_QUEUES: Final = frozenset({"outbox"})
"""Messages on their way repeat what stands elsewhere."""


def belonging() -> Iterator[tuple[Table, Column[Any]]]:
    """Every table whose rows belong to a person, with the column that says to whom."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if any(key.column is persons.c.id for key in column.foreign_keys):
                yield table, column


def rows(connection: Connection, person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Table -> rows of this person, the person's own first; what hangs on them by a further key as well."""
    found = {"persons": _rows(connection, persons, persons.c.id, [person_id])}
    for table, column in belonging():
        if table.name not in _QUEUES:
            found[table.name] = found.get(table.name, []) + _rows(connection, table, column, [person_id])
    return {name: several for name, several in found.items() if several}


def _rows(connection: Connection, table: Table, column: Column[Any], keys: list[int]) -> list[dict[str, Any]]:
    query = select(table).where(column.in_(keys)).order_by(*table.primary_key.columns)
    return [dict(row) for row in connection.execute(query).mappings()]

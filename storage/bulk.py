"""Many rows into one statement, with SQLAlchemy's SQL and conversions but without its work for each row.

On the hot path most of what an ``executemany`` costs is getting the parameters ready. Here the statement is
compiled once for each dialect and set of columns, and a row costs one pick of its values. Rows that need
anything generated back (keys, defaults made in Python) are not for this.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Insert, Update

Converter = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A compiled statement: its text, how a row's values are picked, and which of them are converted."""

    text: str
    names: tuple[str, ...]
    fixed: Mapping[str, Any]
    pick: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    converters: tuple[tuple[int, Converter], ...]
    positional: bool

    def parameters(self, row: Mapping[str, Any]) -> Any:
        """The driver's parameters for one row."""
        values = list(self.pick({**self.fixed, **row} if self.fixed else row))
        for place, convert in self.converters:
            values[place] = convert(values[place])
        return tuple(values) if self.positional else dict(zip(self.names, values, strict=True))


class Bulk:
    """A statement for many rows. Every row of one call has the same keys: the statement's own parameters."""

    def __init__(self, statement: Insert | Update) -> None:
        self._statement: Final = statement
        self._ready: Final[dict[tuple[str, frozenset[str]], _Ready]] = {}

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Write the rows; returns how many were touched."""
        if not rows:
            return 0
        key = (connection.dialect.name, frozenset(rows[0]))
        ready = self._ready.get(key)
        if ready is None:
            ready = self._ready[key] = _compiled(self._statement, connection.dialect, rows[0])
        return connection.exec_driver_sql(ready.text, [ready.parameters(row) for row in rows]).rowcount


def _compiled(statement: Insert | Update, dialect: Dialect, row: Mapping[str, Any]) -> _Ready:
    if isinstance(statement, Insert):
        compiled = statement.inline().compile(dialect=dialect, column_keys=list(row))
    else:
        compiled = statement.compile(dialect=dialect)
    names = tuple(compiled.positiontup or compiled.params)
    converters = []
    for place, name in enumerate(names):
        convert = compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
        if convert is not None:
            converters.append((place, convert))
    return _Ready(
        text=str(compiled),
        names=names,
        fixed={name: value for name, value in compiled.params.items() if name not in row},
        pick=itemgetter(*names),
        converters=tuple(converters),
        positional=bool(compiled.positiontup),
    )

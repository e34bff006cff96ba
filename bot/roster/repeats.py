"""People who stand in a list more than once: found over any number of rows in little memory."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from bot.roster.entries import Entry

AT_ONCE: Final = 200_000
"""Identities compared in one pass."""


@dataclass(slots=True)
class Repeats:
    """Fingerprints of everything that was read: 64 bits each, so that two millions take some 60 MB."""

    _keys: "array[int]" = field(default_factory=lambda: array("q"))
    _entries: "array[int]" = field(default_factory=lambda: array("I"))
    _rows: "array[int]" = field(default_factory=lambda: array("I"))
    _contents: "array[int]" = field(default_factory=lambda: array("q"))

    def note(self, entry: Entry) -> None:
        """Remember an entry."""
        self._keys.extend(hash(identity) for identity in entry.identities)
        self._entries.extend(len(self._rows) for _ in entry.identities)
        self._rows.append(entry.row)
        self._contents.append(entry.content)

    def find(self) -> tuple[frozenset[int], list[tuple[int, int]]]:
        """Rows that only repeat an earlier one; and pairs of rows that speak of one person and differ."""
        same: set[int] = set()
        differing: set[tuple[int, int]] = set()
        for first, later in self._pairs():
            rows = self._rows[first], self._rows[later]
            if self._contents[first] == self._contents[later]:
                same.add(rows[1])
            else:
                differing.add(rows)
        return frozenset(same), sorted(differing)

    def _pairs(self) -> Iterator[tuple[int, int]]:
        """The first entry of each identity with every later one."""
        parts = len(self._keys) // AT_ONCE + 1
        for part in range(parts):
            first: dict[int, int] = {}
            for key, entry in zip(self._keys, self._entries, strict=True):
                if key % parts == part:
                    earlier = first.setdefault(key, entry)
                    if earlier != entry:
                        yield earlier, entry

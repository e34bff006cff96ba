"""Somebody who holds everything: the database with its key, the write-ahead log, hourly backups, the log.

Each attack guesses, for every participant, which answers are theirs. The truth is known to the test alone.
"""

import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from storage.engine import keyed_connection, read_key

PAGE: Final = 4096
RESERVED: Final = 80
"""Bytes at the end of a SQLCipher page: the vector, then the checksum."""
VECTOR: Final = 16
SALT: Final = 16
WAL_HEADER: Final = 32
FRAME_HEADER: Final = 24

Guess = Mapping[int, str]
"""Person -> the words that are taken for theirs."""


@dataclass(slots=True)
class Loot:
    """What the attacker has. ``backups``: copies in the order in which they were taken."""

    database: Path
    key_file: Path
    backups: list[Path] = field(default_factory=list)

    def copy(self, folder: Path) -> None:
        """Take a backup: the database and its log as they are now, without the keys of the epochs."""
        target = folder / f"backup-{len(self.backups)}.db"
        for suffix in ("", "-wal"):
            source = Path(f"{self.database}{suffix}")
            if source.exists():
                shutil.copy2(source, f"{target}{suffix}")
        self.backups.append(target)

    def rows(self, query: str, database: Path | None = None) -> list[tuple[Any, ...]]:
        """What a query finds in the database, or in a backup."""
        connection = keyed_connection(database or self.database, read_key(self.key_file))
        try:
            return list(connection.execute(query).fetchall())
        finally:
            connection.close()

    def pages(self) -> Iterator[bytes]:
        """Every page of the file and of its log in the clear, freed ones too."""
        key = bytes.fromhex(read_key(self.key_file))
        raw = self.database.read_bytes()
        for first in range(0, len(raw), PAGE):
            page = raw[first : first + PAGE]
            yield _decrypted(page[SALT:] if first == 0 else page, key)
        log = Path(f"{self.database}-wal")
        logged = log.read_bytes() if log.exists() else b""
        for first in range(WAL_HEADER, len(logged), FRAME_HEADER + PAGE):
            page = logged[first + FRAME_HEADER : first + FRAME_HEADER + PAGE]
            if len(page) == PAGE:
                yield _decrypted(page, key)


def _decrypted(page: bytes, key: bytes) -> bytes:
    body, vector = page[:-RESERVED], page[-RESERVED : -RESERVED + VECTOR]
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    return decryptor.update(body) + decryptor.finalize()


def participants(loot: Loot) -> list[int]:
    """Who took part, in the order in which they came to the end."""
    query = (
        "SELECT person_id FROM sessions WHERE status = 'completed' AND person_id > 0 ORDER BY ended_at, id"
    )
    return [row[0] for row in loot.rows(query)]


def by_row_order(loot: Loot) -> Guess:
    """The n-th to finish said what stands in the n-th place."""
    words = loot.rows(
        "SELECT a.value FROM answers a JOIN sessions s ON s.id = a.session_id WHERE a.question = 'tell'"
        " ORDER BY a.id"
    )
    return dict(zip(participants(loot), (row[0] for row in words), strict=False))


def by_time(loot: Loot) -> Guess:
    """Whoever finished at a moment said what was stored at that moment."""
    stored = dict(
        loot.rows(
            "SELECT a.at, a.value FROM answers a WHERE a.question = 'tell' GROUP BY a.at HAVING count(*) = 1"
        )
    )
    ended = loot.rows("SELECT person_id, ended_at FROM sessions WHERE status = 'completed' AND person_id > 0")
    return {person: stored[at] for person, at in ended if at in stored}


def by_session(loot: Loot) -> Guess:
    """A session says whose it is."""
    return dict(
        loot.rows(
            "SELECT s.person_id, a.value FROM answers a JOIN sessions s ON s.id = a.session_id"
            " WHERE a.question = 'tell' AND s.person_id > 0"
        )
    )


def by_update(loot: Loot) -> Guess:
    """The update that brought an answer came from somebody's chat."""
    return dict(
        loot.rows(
            "SELECT d.person_id, a.value FROM answers a JOIN inbox i ON i.id = a.inbox_id"
            " JOIN addresses d ON d.chat = i.chat WHERE a.question = 'tell'"
        )
    )


def by_backups(loot: Loot) -> Guess:
    """What is new in a backup was said by the one who finished since the one before."""
    query = "SELECT value FROM answers WHERE question = 'tell'"
    finished = "SELECT person_id FROM sessions WHERE status = 'completed' AND person_id > 0"
    guess: dict[int, str] = {}
    for before, after in pairwise(loot.backups):
        words = {row[0] for row in loot.rows(query, after)} - {row[0] for row in loot.rows(query, before)}
        people = {row[0] for row in loot.rows(finished, after)} - {
            row[0] for row in loot.rows(finished, before)
        }
        if len(words) == len(people) == 1:
            guess[people.pop()] = words.pop()
    return guess


def by_size(loot: Loot) -> Guess:
    """Long words make a long sealed text: those in the pool of the last backup against what came out."""
    sizes = [row[0] for row in loot.rows("SELECT length(sealed) FROM anonymous_pool", loot.backups[-1])]
    return {} if len(set(sizes)) <= 1 else {number: str(size) for number, size in enumerate(sizes)}


ATTACKS: Final = {
    "row order": by_row_order,
    "time": by_time,
    "session": by_session,
    "update": by_update,
    "differences of backups": by_backups,
}


def hits(guess: Guess, truth: Mapping[int, str]) -> int:
    """How many guesses are right."""
    return sum(f'"{truth[person]}"' == words for person, words in guess.items() if person in truth)


def chance_bar(count: int, k: int) -> float:
    """What guessing inside batches of k may reach: count / k and three standard deviations."""
    share = 1 / k
    return count * share + 3 * math.sqrt(count * share * (1 - share))


def occurrences(loot: Loot, words: Sequence[str]) -> dict[str, int]:
    """How often these words stand in all pages, freed ones and the log included."""
    everything = b"\n".join(loot.pages())
    return {one: everything.count(one.encode()) for one in words}

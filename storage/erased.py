"""The erasure ledger: who asked to be forgotten, as marks that only the database's key can recognise.

A file beside the key, outside the database and its backups, so that a backup from before an erasure cannot
bring anybody back. It holds no name and no address: a mark is an HMAC, and without the key it is noise.
"""

import hmac
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from bot.errors import UserError
from storage import engine

_PURPOSE: Final = b"kuulolla erasure ledger"
"""Keeps the ledger's key apart from the database's, which is made of the same bytes."""
MARK_BYTES: Final = 16
"""128 bits: two people share none."""


class Entry(msgspec.Struct, frozen=True):
    """One line: a random id, the moment (aware UTC), and the marks of the person's id, number, addresses."""

    entry: str
    at: datetime
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The file, and the key of its marks."""

    path: Path
    key: bytes

    def mark(self, kind: str, value: object) -> str:
        """The mark of a ``person`` id, an ``address`` or a ``member`` number."""
        return hmac.new(self.key, f"{kind}:{value}".encode(), sha256).hexdigest()[: 2 * MARK_BYTES]

    def marks(self, person_id: int, member_id: str | None, addresses: Iterable[str]) -> tuple[str, ...]:
        """Everything by which a person may come back."""
        found = [self.mark("person", person_id), *(self.mark("address", one) for one in addresses)]
        return (*found, self.mark("member", member_id)) if member_id else tuple(found)

    def entries(self) -> list[Entry]:
        """Every line, oldest first. Raises UserError for a file that cannot be read or holds other lines."""
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UserError(f"The erasure ledger {self.path} cannot be read: {error.strerror}.") from None
        try:
            return [msgspec.json.decode(line, type=Entry) for line in lines if line]
        except msgspec.MsgspecError:
            raise UserError(
                f"The erasure ledger {self.path} is damaged. Put it back from your copy of the key's folder."
            ) from None

    def add(self, entry: str, at: datetime, marks: Sequence[str]) -> None:
        """Write a line, on the disk when this returns; the same entry again changes nothing.

        Raises OSError when it cannot be written: then nothing may be erased either.
        """
        if any(one.entry == entry for one in self.entries()):
            return
        line = msgspec.json.encode(Entry(entry, at, tuple(marks))) + b"\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def ledger(key_file: Path) -> Ledger:
    """The ledger that belongs to a key. Where PostgreSQL needs no key file, one is made for it.

    Raises UserError for a key that cannot be read or made.
    """
    if not key_file.exists():
        engine.create_key(key_file)
    key = hmac.new(bytes.fromhex(engine.read_key(key_file)), _PURPOSE, sha256).digest()
    return Ledger(key_file.with_name(f"{key_file.name}.erased"), key)

"""Keys that live for one epoch: what is sealed with one cannot be read once the next has begun.

An epoch's key is a file of its own, never in the database and never in a backup. The database says which
epoch it is in. A new epoch's key is on disk before the transaction that turns to it, and the old one is
destroyed after it: whatever a crash leaves behind, the epoch that the database names has its key, and the
next start destroys all others.
"""

import base64
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from bot.errors import Problem, UserError
from storage import meta

MARK: Final = "sealed:"
"""How a sealed text begins."""
INFO: Final = "epochs"
"""Under which a database connection carries its keys."""
FACT: Final = "epoch"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
PADDED_TO: Final = 8192
"""Bytes. All but the longest texts are of one size: else the one who wrote most would be known by it."""


@dataclass(slots=True)
class Epochs:
    """The keys in a folder of their own, one file for each epoch that is not over."""

    folder: Path
    _keys: dict[int, bytes] = field(default_factory=dict)

    def key(self, number: int) -> bytes:
        """Raises UserError when the key of this epoch is gone, and with it what was sealed."""
        if number not in self._keys:
            try:
                self._keys[number] = self._file(number).read_bytes()
            except OSError:
                raise UserError(
                    Problem(
                        message=f"The key of the running epoch is not at {self._file(number)}.",
                        advice="Answers of anonymous surveys that are under way cannot be read without it.",
                    )
                ) from None
        return self._keys[number]

    def make(self, number: int) -> None:
        """Have the key of an epoch, on disk for good before this returns."""
        if self._file(number).exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = self._file(number).with_suffix(".partial")
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, secrets.token_bytes(KEY_BYTES))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        partial.rename(self._file(number))
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def destroy_others(self, number: int) -> int:
        """Overwrite and remove the keys of every other epoch. Returns how many there were."""
        destroyed = 0
        for path in self.folder.glob("epoch-*"):
            if path != self._file(number):
                with suppress(OSError):
                    path.write_bytes(bytes(KEY_BYTES))
                    path.unlink()
                    destroyed += 1
        self._keys = {known: key for known, key in self._keys.items() if known == number}
        return destroyed

    def _file(self, number: int) -> Path:
        return self.folder / f"epoch-{number}.key"


def of(connection: Connection) -> Epochs:
    """The keys that belong to this database. Raises KeyError where it was opened without them."""
    found: Epochs = connection.info[INFO]
    return found


def current(connection: Connection) -> int:
    """The number of the running epoch; the first begins with the first use."""
    return int(meta.get(connection, FACT) or 1)


def seal(connection: Connection, text: str) -> str:
    """Encrypt with the running epoch's key (AES-256-GCM), padded; the text's length stays hidden."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    number, keys = current(connection), of(connection)
    keys.make(number)
    plain = text.encode() + b"\x00"
    padded = plain.ljust(-(-len(plain) // PADDED_TO) * PADDED_TO, b"\x00")
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = nonce + AESGCM(keys.key(number)).encrypt(nonce, padded, None)
    return f"{MARK}{number}:{base64.b64encode(sealed).decode()}"


def unseal(connection: Connection, sealed: str) -> str:
    """The text again. Raises UserError when its epoch is over and the key is gone."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    number, _, body = sealed.removeprefix(MARK).partition(":")
    raw = base64.b64decode(body)
    key = of(connection).key(int(number))
    padded = AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None)
    return padded.rstrip(b"\x00").decode()


def forget_others(connection: Connection) -> int:
    """Destroy the keys of all epochs but the running one, as it is committed. Returns how many there were."""
    keys: Epochs | None = connection.info.get(INFO)
    return keys.destroy_others(current(connection)) if keys is not None else 0


def is_sealed(text: str) -> bool:
    """Whether this was sealed."""
    return text.startswith(MARK)

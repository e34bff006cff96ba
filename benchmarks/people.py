"""Many invented people in an installation's database, as if they had pressed Start once."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, insert

from bot.config import load_or_raise
from storage.store import open_sqlite
from storage.tables import addresses, persons
from tests.system.rig import Installation

CHUNK: Final = 5000


def settle(place: Installation, count: int, account: str) -> None:
    """Put people with the numbers 1 to ``count`` into the database; their chats have the same numbers."""
    config = load_or_raise(place.file)
    with open_sqlite(config.storage.path, config.storage.key_file) as store:
        for first in range(1, count + 1, CHUNK):
            numbers = range(first, min(first + CHUNK, count + 1))
            store.write(partial(_write, numbers=numbers, account=account))


def _write(connection: Connection, *, numbers: range, account: str) -> None:
    now = datetime.now(UTC)
    connection.execute(insert(persons), list(_persons(numbers, now)))
    connection.execute(
        insert(addresses),
        [
            {
                "id": number,
                "person_id": number,
                "address": f"telegram:{number}",
                "platform": "telegram",
                "account": account,
                "chat": str(number),
                "created_at": now,
                "seen_at": now,
            }
            for number in numbers
        ],
    )


def _persons(numbers: range, now: datetime) -> Iterator[dict[str, Any]]:
    for number in numbers:
        yield {
            "id": number,
            "member_id": f"m{number}",
            "name": f"Aino {number}",
            "language": "en",
            "zone": None,
            "attributes": '{"city": "Salo", "tenure": "long"}',
            "joined_at": now,
            "created_at": now,
            "prn": number * 2_654_435_761 % 2**63,
            "turn": 0,
        }

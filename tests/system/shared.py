"""An installation on PostgreSQL, whose database several processes of the program may share.

The address of the database is a secret and comes by an environment variable, as an operator would give it.
"""

from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

from tests.servers.process import ServerProcess
from tests.system.rig import LOOK, PULSE, START_SECONDS, BotProcess, Installation

VARIABLE: Final = "KUULOLLA_DATABASE"
STORAGE: Final = f'url = {{ env = "{VARIABLE}" }}'


class SharedInstallation(Installation):
    """See ``Installation``. ``url`` is SQLAlchemy's address of an empty database."""

    def __init__(self, folder: Path, tg: ServerProcess, url: str, *, surveys: str = PULSE) -> None:
        super().__init__(
            folder, base_url=tg.info["url"], token=tg.info["token"], storage=STORAGE, surveys=surveys
        )
        self.environment[VARIABLE] = url
        self._address = url.replace("postgresql+psycopg", "postgresql")

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Read the database past the program."""
        with psycopg.connect(self._address, row_factory=dict_row) as connection:
            return connection.execute(query.replace("?", "%s").encode(), values).fetchall()

    def player(self, role: str = "poll telegram") -> int | None:
        """The process id of whoever plays a role now."""
        found = self.rows("SELECT owner FROM leases WHERE name = ? AND until > now()", role)
        return int(found[0]["owner"].split(":")[-2]) if found else None

    def wait_until_plays(self, bot: BotProcess, role: str = "poll telegram") -> None:
        """Wait until this process plays a role."""
        for _ in range(int(START_SECONDS / LOOK)):
            if self.player(role) == bot.process.pid:
                return
            self.end_idle_transactions()
            bot.let_run(LOOK)
        raise AssertionError(f"{role} is played by {self.player(role)}:\n{bot.log.read_text()}")

    def answers(self, address: str) -> list[tuple[str, str]]:
        """(question, value) of a person in the order they were given."""
        rows = self.rows(
            "SELECT a.question, a.value FROM answers a JOIN sessions s ON s.id = a.session_id"
            " JOIN addresses d ON d.person_id = s.person_id WHERE d.address = ? ORDER BY a.id",
            address,
        )
        return [(row["question"], row["value"]) for row in rows]

    def end_idle_transactions(self) -> None:
        """Do at once what the server does after half a minute: end what a stopped process has left open."""
        self.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND starts_with(state, 'idle in transaction')"
            " AND state_change < now() - interval '1 second'"
        )

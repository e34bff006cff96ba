"""Holds: a platform account that must be left alone for a while, by order of the platform or of our own
care.
"""

from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import Connection, bindparam, delete, or_, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.tables import holds

Scope = Literal["", "first", "all"]
"""``all``: send nothing. ``first``: send no invites and reminders."""


LONGEST: Final = timedelta(hours=24)
"""A hold that seems to last longer was put by a clock that was wrong."""


_current: Final = select(holds.c.scope).where(
    holds.c.key.in_((bindparam("all"), bindparam("first"))),
    holds.c.until > bindparam("now"),
    holds.c.until <= bindparam("latest"),
)


def current(connection: Connection, key: str, now: datetime) -> Scope:
    """What must not be sent at this moment."""
    values = {"all": f"{key}/all", "first": f"{key}/first", "now": now, "latest": now + LONGEST}
    found = set(connection.execute(_current, values).scalars())
    return "all" if "all" in found else "first" if "first" in found else ""


def shorten(connection: Connection, latest: datetime) -> None:
    """Forget holds that would last beyond this moment."""
    connection.execute(delete(holds).where(holds.c.until > latest))


def put(connection: Connection, key: str, until: datetime, scope: Scope, reason: str) -> None:
    """Hold an account. The two scopes are apart, and a shorter hold cuts no longer one of its scope short."""
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    statement = insert(holds).values(key=f"{key}/{scope}", until=until, scope=scope, reason=reason[:128])
    bogus = holds.c.until > until + LONGEST
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[holds.c.key],
            set_={"until": statement.excluded.until, "reason": statement.excluded.reason},
            where=or_(holds.c.until < statement.excluded.until, bogus),
        )
    )

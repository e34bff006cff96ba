"""Single facts about this installation."""

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.tables import meta


def get(connection: Connection, key: str) -> str | None:
    """The fact, or None."""
    return connection.execute(select(meta.c.value).where(meta.c.key == key)).scalar()


def put(connection: Connection, key: str, value: str) -> None:
    """Remember a fact; an earlier one is replaced."""
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    connection.execute(
        insert(meta)
        .values(key=key, value=value)
        .on_conflict_do_update(index_elements=[meta.c.key], set_={"value": value})
    )

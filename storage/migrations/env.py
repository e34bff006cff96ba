"""How Alembic reaches the database: through the engine it is handed, in one transaction.

All or nothing: a kill in the middle leaves the old tables. Processes that start together migrate one by one.
"""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Engine, text

from storage.tables import metadata

LOCK = 7_214_300_519
"""Any number that nobody else locks in this database."""


def _render_item(kind: str, value: Any, autogen: AutogenContext) -> str | Literal[False]:
    if kind == "type" and type(value).__module__ == "storage.types":
        autogen.imports.add("from storage.types import UtcDateTime")
        return f"{type(value).__name__}()"
    return False


engine: Engine = context.config.attributes["engine"]
with engine.connect() as connection:
    if connection.dialect.name == "postgresql":  # on SQLite every transaction of this engine locks the file
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=_render_item,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()

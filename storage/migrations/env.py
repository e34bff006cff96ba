"""How Alembic reaches the database: through the engine it is handed, in one transaction."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Engine

from storage.tables import metadata


def _render_item(kind: str, value: Any, autogen: AutogenContext) -> str | Literal[False]:
    if kind == "type" and type(value).__module__ == "storage.types":
        autogen.imports.add("from storage.types import UtcDateTime")
        return f"{type(value).__name__}()"
    return False


engine: Engine = context.config.attributes["engine"]
with engine.connect() as connection:
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

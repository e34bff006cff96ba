"""Every version of a flow that was ever asked, kept under its content hash."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.engine import flow as flow_codec
from bot.engine.flow import Flow
from storage.tables import flows

_kept: Final = select(flows.c.digest).where(flows.c.digest == bindparam("wanted"))


def keep(connection: Connection, flow: Flow, now: datetime, digest: str = "") -> str:
    """Store this version unless it is there; returns its digest, which is worked out unless it is given."""
    digest = digest or flow_codec.digest(flow)
    if connection.execute(_kept, {"wanted": digest}).first() is not None:
        return digest
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    connection.execute(
        insert(flows)
        .values(digest=digest, flow=flow.id, content=flow_codec.to_json(flow), first_used_at=now)
        .on_conflict_do_nothing()
    )
    return digest


def get(connection: Connection, digest: str) -> Flow:
    """Raises KeyError for a digest that was never stored."""
    content = connection.execute(select(flows.c.content).where(flows.c.digest == digest)).scalar()
    if content is None:
        raise KeyError(digest)
    return flow_codec.from_json(content)

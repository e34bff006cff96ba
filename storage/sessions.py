"""Sessions as rows, outside the units of work: those that are due, and those that were never seen."""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from storage.tables import SESSIONS_WAITING, addresses, outbox, sessions


def overdue(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Row numbers of waiting sessions whose deadline has passed, oldest first."""
    query = (
        select(sessions.c.id)
        .where(SESSIONS_WAITING, sessions.c.deadline <= now)
        .order_by(sessions.c.deadline)
        .limit(limit)
    )
    if connection.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True)
    return list(connection.execute(query).scalars())


def next_deadline(connection: Connection) -> datetime | None:
    """When the next waiting session expires."""
    query = select(sessions.c.deadline).where(SESSIONS_WAITING, sessions.c.deadline.is_not(None))
    return connection.execute(query.order_by(sessions.c.deadline).limit(1)).scalar()


def postpone(connection: Connection, row: int, until: datetime) -> None:
    """Look at a waiting session's deadline later."""
    connection.execute(update(sessions).where(sessions.c.id == row).values(deadline=until))


def retract(connection: Connection, person_id: int, wave_id: int) -> None:
    """Undo a session whose invite never left us: the person has seen nothing of it."""
    unseen = (
        select(sessions.c.id)
        .where(
            sessions.c.person_id == person_id, sessions.c.wave_id == wave_id, sessions.c.status == "invited"
        )
        .scalar_subquery()
    )
    connection.execute(update(outbox).where(outbox.c.session_id.in_(unseen)).values(session_id=None))
    connection.execute(
        delete(sessions).where(
            sessions.c.person_id == person_id, sessions.c.wave_id == wave_id, sessions.c.status == "invited"
        )
    )


def waiting_prompts(connection: Connection, platform: str) -> list[int]:
    """Row numbers of active sessions that live on this platform: whose question is to be put again after an
    outage.
    """
    return list(
        connection.execute(
            select(sessions.c.id)
            .join(addresses, addresses.c.id == sessions.c.address_id)
            .where(
                SESSIONS_WAITING,
                addresses.c.platform == platform,
                addresses.c.unreachable.is_(None),
            )
            .order_by(sessions.c.id)
        ).scalars()
    )


def waiting_for(connection: Connection, person_id: int) -> bool:
    """Whether something waits for this person's answer."""
    query = select(sessions.c.id).where(sessions.c.person_id == person_id, SESSIONS_WAITING)
    return connection.execute(query).first() is not None


def any_of(connection: Connection, person_id: int) -> bool:
    """Whether this person was ever in a session."""
    query = select(sessions.c.id).where(sessions.c.person_id == person_id).limit(1)
    return connection.execute(query).first() is not None


def tellers(connection: Connection, survey: str, encounter_id: int) -> frozenset[int]:
    """Everybody who has a conversation of this survey about this encounter, begun by themselves or by us."""
    query = select(sessions.c.person_id).where(
        sessions.c.survey == survey, sessions.c.encounter_id == encounter_id
    )
    return frozenset(connection.execute(query).scalars())


def told_about(connection: Connection, person_id: int, survey: str, encounter_id: int) -> bool:
    """Whether this person has answered this survey about this encounter to its end."""
    query = select(sessions.c.id).where(
        sessions.c.person_id == person_id,
        sessions.c.survey == survey,
        sessions.c.encounter_id == encounter_id,
        sessions.c.status == "completed",
    )
    return connection.execute(query.limit(1)).first() is not None

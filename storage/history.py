"""A person's past as rows: decisions, contacts, sessions. Never their answers."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from storage.tables import answers as answer_rows
from storage.tables import contacts as contact_rows
from storage.tables import sessions as session_rows
from storage.tables import wave_people, waves


def decisions(connection: Connection, person_id: int, most: int | None) -> list[Any]:
    """Waves whose audience the person was in, newest first, with the last verdict of each."""
    query = (
        select(
            waves.c.survey, waves.c.name, wave_people.c.state, wave_people.c.reason, wave_people.c.mask,
            wave_people.c.earliest, wave_people.c.detail, wave_people.c.decided_at, wave_people.c.wanted_at,
        )
        .join(waves, waves.c.id == wave_people.c.wave_id)
        .where(wave_people.c.person_id == person_id)
        .order_by(wave_people.c.wanted_at.desc(), waves.c.id.desc())
        .limit(most)
    )  # fmt: skip
    return list(connection.execute(query))


def contacts(connection: Connection, person_id: int) -> list[dict[str, Any]]:
    """Every invite and reminder, newest first."""
    rows = connection.execute(
        select(
            contact_rows.c.survey,
            contact_rows.c.kind,
            contact_rows.c.number,
            contact_rows.c.state,
            contact_rows.c.at,
        )
        .where(contact_rows.c.person_id == person_id)
        .order_by(contact_rows.c.at.desc())
    )
    return [dict(row) for row in rows.mappings()]


def sessions(connection: Connection, person_id: int) -> list[dict[str, Any]]:
    """Every session with its status, newest first."""
    rows = connection.execute(
        select(
            session_rows.c.survey, session_rows.c.status, session_rows.c.self_started,
            session_rows.c.created_at, session_rows.c.ended_at,
        )
        .where(session_rows.c.person_id == person_id)
        .order_by(session_rows.c.id.desc())
    )  # fmt: skip
    return [dict(row) for row in rows.mappings()]


def reserved(connection: Connection) -> list[Any]:
    """Invites that are planned and not yet sent, by moment."""
    return list(
        connection.execute(
            select(contact_rows.c.person_id, contact_rows.c.survey, contact_rows.c.at)
            .where(contact_rows.c.state == "reserved", contact_rows.c.kind == "invite")
            .order_by(contact_rows.c.at, contact_rows.c.person_id)
        )
    )


def answers_given(connection: Connection, person_id: int) -> int:
    """How many questions the person has answered."""
    pairs = (
        select(answer_rows.c.session_id, answer_rows.c.question)
        .join(session_rows, session_rows.c.id == answer_rows.c.session_id)
        .where(session_rows.c.person_id == person_id, answer_rows.c.status == "answered")
        .distinct()
        .subquery()
    )
    return connection.execute(select(func.count()).select_from(pairs)).scalar_one()


def next_contact(connection: Connection, person_id: int) -> datetime | None:
    """When the next planned invite is due."""
    return connection.execute(
        select(func.min(contact_rows.c.at)).where(
            contact_rows.c.person_id == person_id,
            contact_rows.c.state == "reserved",
            contact_rows.c.kind == "invite",
        )
    ).scalar()

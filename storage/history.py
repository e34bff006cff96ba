"""A person's past as rows: decisions, contacts, sessions; and their answers, for nobody but themselves."""

from collections.abc import Iterator
from itertools import groupby
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
            waves.c.id.label("wave_id"), waves.c.survey, waves.c.name, waves.c.frame_size,
            wave_people.c.state, wave_people.c.reason, wave_people.c.mask, wave_people.c.earliest,
            wave_people.c.detail, wave_people.c.decided_at, wave_people.c.wanted_at,
        )
        .join(waves, waves.c.id == wave_people.c.wave_id)
        .where(wave_people.c.person_id == person_id)
        .order_by(wave_people.c.wanted_at.desc(), waves.c.id.desc())
        .limit(most)
    )  # fmt: skip
    return list(connection.execute(query))


def asked_in(connection: Connection, wave_id: int) -> int:
    """How many people were asked in a wave."""
    return connection.execute(
        select(func.count())
        .select_from(wave_people)
        .where(wave_people.c.wave_id == wave_id, wave_people.c.state == "asked")
    ).scalar_one()


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


def coming(connection: Connection, person_id: int) -> list[Any]:
    """Surveys whose invite is planned for the person and has not gone out, the next one first."""
    return list(
        connection.execute(
            select(contact_rows.c.survey, contact_rows.c.at)
            .where(
                contact_rows.c.person_id == person_id,
                contact_rows.c.state == "reserved",
                contact_rows.c.kind == "invite",
            )
            .order_by(contact_rows.c.at)
        )
    )


def answers(connection: Connection, person_id: int) -> Iterator[Any]:
    """The present answer to every question that the person was asked, the newest session first."""
    rows = connection.execute(
        select(
            answer_rows.c.session_id, answer_rows.c.question, answer_rows.c.status, answer_rows.c.value,
            answer_rows.c.other, answer_rows.c.at, session_rows.c.survey, session_rows.c.flow_digest,
        )
        .join(session_rows, session_rows.c.id == answer_rows.c.session_id)
        .where(session_rows.c.person_id == person_id)
        .order_by(answer_rows.c.session_id.desc(), answer_rows.c.revision)
    )  # fmt: skip
    for _, group in groupby(rows, key=lambda row: row.session_id):
        yield from sorted({row.question: row for row in group}.values(), key=lambda row: row.at)

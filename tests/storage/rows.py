"""Rows that the storage tests begin from: people, addresses, flows, waves, sessions, messages."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from bot.engine.flow import Flow, Question
from bot.engine.messages import Button, Delivery, Outbound
from bot.engine.session import Session, Status, to_json
from storage import flows, waves
from storage.tables import addresses, contacts, person_groups, persons, sessions
from storage.work import Correspondent, Work

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
PULSE = Flow(
    id="pulse",
    languages=("fi", "en"),
    title={"fi": "Kuulumiset"},
    questions=(Question(id="mood", type="scale", text={"fi": "Miten menee?"}, preset="faces"),),
)
HELLO = Outbound(text="Hei", buttons=(Button("a", "A"),))


def person(connection: Connection, *, groups: tuple[str, ...] = (), **values: Any) -> int:
    """A person who has not chosen anything yet."""
    row = {"prn": 1, "turn": 0, "created_at": NOW, **values}
    key = connection.execute(insert(persons).values(**row)).inserted_primary_key
    assert key is not None
    for name in groups:
        connection.execute(insert(person_groups).values(person_id=key[0], name=name))
    return int(key[0])


def address(connection: Connection, person_id: int, place: str = "telegram:5", **values: Any) -> int:
    """An address that can be written to."""
    platform, _, chat = place.partition(":")
    row = {"platform": platform, "account": "1", "chat": chat, "created_at": NOW, **values}
    statement = insert(addresses).values(person_id=person_id, address=place, **row)
    key = connection.execute(statement).inserted_primary_key
    assert key is not None
    return int(key[0])


def wave(connection: Connection, name: str = "w1", **values: Any) -> int:
    """An open wave of the survey "pulse", a week long."""
    row = {
        "survey": "pulse",
        "flow_digest": flows.keep(connection, PULSE, NOW),
        "opens_at": NOW,
        "closes_at": NOW + 7 * DAY,
        "seed": 1,
        **values,
    }
    found = waves.open_wave(connection, name=name, **row)
    assert found is not None
    return found


def contact(connection: Connection, person_id: int, **values: Any) -> int:
    """An invite that was sent now, outside any wave."""
    row = {
        "survey": "pulse",
        "kind": "invite",
        "number": 1,
        "state": "sent",
        "at": NOW,
        "cost": 1.0,
        **values,
    }
    key = connection.execute(insert(contacts).values(person_id=person_id, **row)).inserted_primary_key
    assert key is not None
    return int(key[0])


def session(
    connection: Connection, person_id: int, address_id: int, *, public_id: str = "s1", **values: Any
) -> int:
    """An active session of "pulse"; ``status`` changes both the row and the state in it."""
    row: Mapping[str, Any] = {"survey": "pulse", "status": "active", "self_started": False, **values}
    state = Session(id=public_id, flow="pulse", language="fi", status=Status(row["status"]))
    statement = insert(sessions).values(
        public_id=public_id,
        person_id=person_id,
        address_id=address_id,
        flow_digest=flows.keep(connection, PULSE, NOW),
        state=to_json(state),
        created_at=NOW,
        **row,
    )
    key = connection.execute(statement).inserted_primary_key
    assert key is not None
    return int(key[0])


def correspondent(connection: Connection, place: str = "telegram:5", **values: Any) -> Correspondent:
    """A new person with this address."""
    address(connection, person(connection, **values), place)
    found = Work(connection, NOW).correspondent(place)
    assert found is not None
    return found


def send(connection: Connection, who: Correspondent, key: str, now: datetime = NOW, **values: Any) -> None:
    """Enqueue a message."""
    work = Work(connection, now)
    work.send(who, key, HELLO, **{"delivery": Delivery.QUESTION, **values})
    work.flush()

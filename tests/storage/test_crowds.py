"""Everybody read at once is everybody read one by one."""

from random import Random

import numpy as np
import pytest
from sqlalchemy import Connection, insert

from scheduler.crowd import Crowd, crowd_of
from storage import crowds, ledger
from storage.tables import person_topics
from tests.storage.rows import DAY, HOUR, NOW, address, contact, person, session, wave

COLUMNS = (
    "person", "stopped", "reachable", "dormant", "ignored", "preference", "paused_until", "in_session",
    "session_until", "outcomes", "invites", "messages", "housemates", "reserved_invites",
    "reserved_messages", "reserved_burden", "burden", "burden_at",
)  # fmt: skip


def _association(connection: Connection, chance: Random) -> list[int]:
    """People with a past of every kind."""
    number = wave(connection)
    people = [
        person(
            connection,
            preference=chance.choice(["less", "normal", "more"]),
            zone=chance.choice([None, "Europe/Helsinki", "America/New_York"]),
            stopped_at=chance.choice([None, None, None, NOW]),
            dormant_at=chance.choice([None, None, None, NOW]),
            paused_until=chance.choice([None, NOW + DAY]),
            opens=chance.choice([None, "08:30"]),
            closes="21:00",
            quiet_days=chance.choice(["", "56"]),
            ignored_in_row=chance.randint(0, 2),
            burden=chance.random(),
            burden_at=chance.choice([None, NOW - HOUR]),
            outcome=chance.choice(["", "declined", "ignored"]),
            outcome_at=chance.choice([None, NOW - DAY]),
            outcomes=chance.choice(["{}", '{"completed":"2026-02-01T12:00:00+02:00"}']),
            attributes=chance.choice(["{}", '{"household":"A"}', '{"household":"B"}']),
            turn=chance.randint(0, 9),
            prn=chance.getrandbits(63),
        )
        for _ in range(25)
    ]
    for count, who in enumerate(people):
        places = [
            address(connection, who, f"telegram:{count}{place}", account=chance.choice(["", "1"]),
                    unreachable=chance.choice([None, "blocked", "deactivated"]))
            for place in range(chance.randint(0, 2))
        ]  # fmt: skip
        if places and chance.random() < 0.3:
            until = chance.choice([None, NOW + DAY])
            session(connection, who, places[0], public_id=f"s{count}", deadline=until)
        for turn in range(chance.randint(0, 4)):
            at = NOW - chance.choice([1, 6, 20, 400]) * DAY - HOUR * turn
            contact(
                connection, who, number=turn, wave_id=chance.choice([None, number]),
                survey=chance.choice(["pulse", "shift"]), at=at,
                kind=chance.choice(["invite", "invite", "reminder", "dormant_check", "self"]),
                state=chance.choice(["sent", "unknown", "reserved", "released"]), cost=chance.random(),
            )  # fmt: skip
        if chance.random() < 0.3:
            connection.execute(insert(person_topics).values(person_id=who, topic="Courses", left_at=NOW))
    return people


def _same(read: Crowd, made: Crowd) -> None:
    for column in COLUMNS:
        found, expected = getattr(read, column), getattr(made, column)
        assert found.shape == expected.shape, column
        assert np.allclose(found, expected, rtol=1e-12), column
    assert {name: moments.tolist() for name, moments in read.asked.items()} == {
        name: moments.tolist() for name, moments in made.asked.items()
    }
    assert {name: left.tolist() for name, left in read.left.items()} == {
        name: left.tolist() for name, left in made.left.items()
    }
    assert [read.clocks[code] for code in read.clock] == [made.clocks[code] for code in made.clock]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("group_key", ["", "household"])
def test_columns_hold_what_ledgers_hold(connection: Connection, seed: int, group_key: str) -> None:
    """Every fact of every ledger, whether few are asked for by name or everybody is read."""
    people = _association(connection, Random(seed))
    ledgers = list(ledger.ledgers(connection, people, NOW, group_key=group_key))
    made = crowd_of(ledgers)
    _same(crowds.crowd(connection, NOW, group_key=group_key), made)
    wanted = np.array(people)
    _same(crowds.crowd(connection, NOW, wanted=wanted, group_key=group_key), made)


def test_of_many_everybody_is_read_and_the_others_are_left_out(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond a number it is quicker to read all; unknown people are passed over."""
    monkeypatch.setattr(crowds, "FEW", 2)
    people = _association(connection, Random(7))
    few = [people[3], people[9], people[20]]
    made = crowd_of(list(ledger.ledgers(connection, few, NOW)))
    _same(crowds.crowd(connection, NOW, wanted=np.array([*few, 10_000])), made)


def test_nobody_is_read_as_nobody(connection: Connection) -> None:
    """An empty association has empty columns."""
    found = crowds.crowd(connection, NOW)
    assert len(found) == 0
    assert found.invites.shape == (0, 0)

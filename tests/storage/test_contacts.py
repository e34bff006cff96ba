"""One approach to a person each: reserved, sent, in doubt, or given back."""

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import NoResultFound

from storage import contacts
from tests.storage.rows import DAY, HOUR, NOW, contact, person, wave


def reserve(connection: Connection, who: int, wave_id: int | None, **values: object) -> int | None:
    """A planned invite."""
    row = {"survey": "pulse", "kind": "invite", "number": 1, "at": NOW, "cost": 1.5, **values}
    return contacts.reserve(connection, person_id=who, wave_id=wave_id, **row)


def test_a_person_has_one_invite_of_a_wave(connection: Connection) -> None:
    """Planning twice plans the same; a reminder and another wave are others."""
    who, first, second = person(connection), wave(connection), wave(connection, "w2")
    one = reserve(connection, who, first)
    assert one is not None
    assert reserve(connection, who, first) is None
    for again in (reserve(connection, who, second), reserve(connection, who, first, kind="reminder")):
        assert again not in (None, one)
    assert reserve(connection, who, first, kind="reminder", number=2) is not None
    found = contacts.find(connection, first, who, "invite")
    assert found is not None
    assert (found.id, found.state, found.at, found.cost) == (one, "reserved", NOW, 1.5)
    assert contacts.find(connection, second, who, "reminder") is None


def test_a_refused_reservation_leaves_the_transaction_whole(connection: Connection) -> None:
    """On PostgreSQL too, where an error would end it."""
    who, number = person(connection), wave(connection)
    reserve(connection, who, number)
    assert reserve(connection, who, number) is None
    assert reserve(connection, person(connection), number) is not None


def test_contacts_outside_waves_may_be_many(connection: Connection) -> None:
    """A question whether to go on asking belongs to no wave."""
    who = person(connection)
    assert reserve(connection, who, None, kind="dormant_check") != reserve(
        connection, who, None, kind="dormant_check"
    )


def test_a_contact_is_booked_as_it_went(connection: Connection) -> None:
    """State and moment change together."""
    one = contact(connection, person(connection), state="reserved")
    contacts.mark(connection, one, "sent", NOW + HOUR)
    assert (contacts.get(connection, one).state, contacts.get(connection, one).at) == ("sent", NOW + HOUR)
    contacts.move(connection, one, NOW + DAY)
    assert contacts.get(connection, one).at == NOW + DAY
    contacts.delete(connection, one)
    with pytest.raises(NoResultFound):
        contacts.get(connection, one)


def test_what_is_planned_is_known_by_person_and_by_wave(connection: Connection) -> None:
    """Invites that have not left us."""
    who, other, number = person(connection), person(connection), wave(connection)
    mine = reserve(connection, who, number)
    theirs = reserve(connection, other, number)
    reserve(connection, who, number, kind="reminder")
    contact(connection, who)
    assert [one.id for one in contacts.planned_invites(connection, who)] == [mine]
    assert [one.id for one in contacts.planned_in_wave(connection, number)] == [mine, theirs]


def test_what_is_planned_is_given_back(connection: Connection) -> None:
    """Of one wave or of all; what was sent stays sent."""
    who, first, second = person(connection), wave(connection), wave(connection, "w2")
    one, two = reserve(connection, who, first), reserve(connection, who, second)
    sent = contact(connection, who)
    assert one is not None
    assert two is not None
    contacts.release_for(connection, who, first)
    assert [contacts.get(connection, number).state for number in (one, two, sent)] == [
        "released",
        "reserved",
        "sent",
    ]
    contacts.release_for(connection, who)
    assert [contacts.get(connection, number).state for number in (one, two, sent)] == [
        "released",
        "released",
        "sent",
    ]


def test_a_doubt_ends_with_a_reaction(connection: Connection) -> None:
    """Of this person in this wave."""
    who, first, second = person(connection), wave(connection), wave(connection, "w2")
    ids = [contact(connection, who, wave_id=number, state="unknown") for number in (first, second)]
    contacts.proved(connection, who, first)
    assert [contacts.get(connection, number).state for number in ids] == ["sent", "unknown"]

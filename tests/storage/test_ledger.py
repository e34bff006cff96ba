"""The ledger is exactly what the rows say: over all addresses and platforms, of one person or of many."""

from datetime import time, timedelta

import pytest
from sqlalchemy import Connection, insert, update

from bot.engine.messages import Delivery
from scheduler.ledger import Ledger
from scheduler.surveys import Hours
from storage import ledger as ledgers
from storage.ledger import ledger
from storage.tables import outbox, person_topics, persons
from tests.storage.rows import (
    DAY,
    HOUR,
    NOW,
    SECOND,
    address,
    contact,
    correspondent,
    person,
    send,
    session,
    wave,
)


def test_a_stranger_has_an_empty_ledger(connection: Connection) -> None:
    """Nobody has asked them anything, and nothing can reach them."""
    who = person(connection)
    assert ledger(connection, who, NOW) == Ledger(person=who, reachable=False)


def test_an_unknown_person_is_told(connection: Connection) -> None:
    """One asked for alone; in a list they are passed over."""
    who = person(connection)
    with pytest.raises(KeyError):
        ledger(connection, who + 1, NOW)
    assert [one.person for one in ledgers.ledgers(connection, [who + 1, who, who + 2], NOW)] == [who]


def test_people_come_in_the_order_asked_for(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the borders of the chunks they are read in."""
    monkeypatch.setattr(ledgers, "CHUNK", 2)
    people = [person(connection) for _ in range(5)]
    people.reverse()
    assert [one.person for one in ledgers.ledgers(connection, people, NOW)] == people


def test_what_a_person_said_is_there(connection: Connection) -> None:
    """Preference, pause, hours, outcomes, burden, silence."""
    who = person(
        connection, preference="less", paused_until=NOW + DAY, dormant_at=NOW, zone="Europe/Helsinki",
        opens="08:30", closes="21:00", ignored_in_row=2, outcome="declined", outcome_at=NOW - DAY,
        burden=1.5, burden_at=NOW,
        outcomes='{"declined":"2026-03-01T12:00:00Z","completed":"2026-02-01T12:00:00+02:00"}',
    )  # fmt: skip
    found = ledger(connection, who, NOW)
    assert (found.preference, found.paused_until, found.dormant, found.zone) == (
        "less", NOW + DAY, True, "Europe/Helsinki",
    )  # fmt: skip
    assert found.hours == Hours(opens=time(8, 30), closes=time(21))
    assert (found.ignored_in_row, found.outcome, found.outcome_at) == (2, "declined", NOW - DAY)
    assert (found.burden, found.burden_at) == (1.5, NOW)
    assert found.outcomes["declined"] == NOW - DAY
    assert (NOW - found.outcomes["completed"]) == 29 * DAY + 2 * HOUR


@pytest.mark.parametrize(
    ("places", "stopped", "reachable"),
    [
        ([], False, False),
        ([("1", None)], False, True),
        ([("", None)], False, False),
        ([("1", "blocked")], True, False),
        ([("1", "blocked"), ("2", "blocked")], True, False),
        ([("1", "blocked"), ("2", None)], False, True),
        ([("1", "blocked"), ("", None)], False, False),
        ([("1", "deactivated")], False, False),
        ([("1", "replaced")], False, False),
    ],
)
def test_reach_is_judged_over_all_addresses(
    connection: Connection, places: list[tuple[str, str | None]], stopped: bool, reachable: bool
) -> None:
    """One open address is enough; who blocked every one has said stop; who never wrote is out of reach."""
    who = person(connection)
    for number, (account, unreachable) in enumerate(places):
        address(connection, who, f"telegram:{number}", account=account, unreachable=unreachable)
    found = ledger(connection, who, NOW)
    assert (found.stopped, found.reachable) == (stopped, reachable)


def test_a_stop_stops(connection: Connection) -> None:
    """Whatever could be reached."""
    who = correspondent(connection, stopped_at=NOW)
    assert ledger(connection, who.person_id, NOW).stopped


def test_invites_of_a_year_and_messages_of_a_week_count(connection: Connection) -> None:
    """Sent and in doubt, oldest first; a week and a year are half-open; other people's are not counted."""
    who = person(connection)
    moments = {
        "year": NOW - timedelta(days=365),
        "old": NOW - 300 * DAY,
        "week": NOW - 7 * DAY,
        "new": NOW - DAY,
    }
    for number, at in enumerate(moments.values()):
        contact(connection, who, at=at, state="unknown" if number == 3 else "sent")
    contact(connection, who, at=NOW - HOUR, kind="reminder")
    contact(connection, who, at=NOW, state="released")
    contact(connection, person(connection), at=NOW - HOUR)
    found = ledger(connection, who, NOW)
    assert found.invites == (moments["old"], moments["week"], moments["new"])
    assert found.messages == (moments["new"], NOW - HOUR)
    assert found.asked_survey == {"pulse": moments["new"]}
    earlier = ledger(connection, who, NOW - SECOND)
    assert (moments["year"] in earlier.invites, moments["week"] in earlier.messages) == (True, True)


def test_planned_contacts_count_apart_and_not_against_themselves(connection: Connection) -> None:
    """The contact that is asked about does not stand in its own way."""
    who = person(connection)
    own = contact(connection, who, state="reserved", at=NOW + DAY, cost=2.0)
    contact(connection, who, state="reserved", at=NOW + DAY, kind="reminder", cost=0.5)
    found = ledger(connection, who, NOW)
    assert (found.reserved_invites, found.reserved_messages, found.reserved_burden) == (1, 2, 2.5)
    without = ledger(connection, who, NOW, without=own)
    assert (without.reserved_invites, without.reserved_messages, without.reserved_burden) == (0, 1, 0.5)
    assert found.invites == ()


def test_waves_that_asked_and_waves_that_were_declined_are_known(connection: Connection) -> None:
    """A self-started session's refusal belongs to no wave."""
    who, first, second = correspondent(connection), wave(connection), wave(connection, "w2")
    contact(connection, who.person_id, wave_id=first)
    contact(connection, who.person_id, wave_id=second, state="released")
    session(connection, who.person_id, who.address_id, status="declined", wave_id=second)
    session(connection, who.person_id, who.address_id, public_id="s2", status="declined", self_started=True)
    found = ledger(connection, who.person_id, NOW)
    assert (sorted(found.asked_waves), sorted(found.declined_waves)) == ([first], [second])


@pytest.mark.parametrize(("status", "waits"), [("invited", True), ("active", True), ("completed", False)])
def test_an_open_session_is_known_with_its_end(connection: Connection, status: str, waits: bool) -> None:
    """Only while it waits."""
    who = correspondent(connection)
    session(connection, who.person_id, who.address_id, status=status, deadline=NOW + DAY)
    found = ledger(connection, who.person_id, NOW)
    assert (found.in_session, found.session_until) == (waits, NOW + DAY if waits else None)


def test_the_hard_floor_counts_what_was_really_claimed(connection: Connection) -> None:
    """Claims of contacts in the last week, oldest first; replies and the contact in question are left out."""
    who = correspondent(connection)
    ids = [contact(connection, who.person_id, at=NOW - n * DAY) for n in range(3)]
    for number, one in enumerate(ids):
        send(connection, who, f"i{number}", delivery=Delivery.INVITE, contact_id=one)
        claimed = NOW - number * DAY
        connection.execute(
            update(outbox).where(outbox.c.dedup_key == f"i{number}").values(claimed_at=claimed)
        )
    send(connection, who, "q")
    connection.execute(update(outbox).where(outbox.c.dedup_key == "q").values(claimed_at=NOW))
    assert ledger(connection, who.person_id, NOW).contacts == (NOW - 2 * DAY, NOW - DAY, NOW)
    assert ledger(connection, who.person_id, NOW, without=ids[0]).contacts == (NOW - 2 * DAY, NOW - DAY)


def test_a_household_is_asked_through_one_of_them(connection: Connection) -> None:
    """Invites of the last month to others who share the value; nobody shares an empty one."""
    one, two, three, alone, nameless = (
        person(connection, attributes=attributes)
        for attributes in ('{"home":"a"}', '{"home":"a"}', '{"home":"a"}', '{"home":"b"}', '{"home":""}')
    )
    bare = person(connection)
    for who, at in ((two, NOW - DAY), (three, NOW - 31 * DAY), (alone, NOW), (nameless, NOW), (bare, NOW)):
        contact(connection, who, at=at)
    contact(connection, one, at=NOW - HOUR)
    invites = {
        found.person: found.group_invites
        for found in ledgers.ledgers(connection, [one, two, alone, nameless, bare], NOW, group_key="home")
    }
    assert invites == {one: (NOW - DAY,), two: (NOW - HOUR,), alone: (), nameless: (), bare: ()}
    assert ledger(connection, one, NOW).group_invites == ()


def test_a_ledger_is_the_same_alone_and_among_many(connection: Connection) -> None:
    """One implementation for one person and for a hundred thousand."""
    people = []
    for number in range(7):
        who = correspondent(connection, f"telegram:{number}", attributes='{"home":"a"}')
        contact(connection, who.person_id, at=NOW - number * DAY)
        people.append(who.person_id)
    connection.execute(update(persons).where(persons.c.id == people[3]).values(stopped_at=NOW))
    together = list(ledgers.ledgers(connection, people, NOW, group_key="home"))
    assert together == [ledger(connection, one, NOW, group_key="home") for one in people]


def test_topics_left_and_quiet_days_are_there(connection: Connection) -> None:
    """Each person's own, and nobody else's."""
    first, second = person(connection, quiet_days="56"), person(connection)
    connection.execute(insert(person_topics).values(person_id=first, topic="Courses", left_at=NOW))
    found = ledger(connection, first, NOW)
    assert (found.quiet_days, found.left_topics) == (frozenset({5, 6}), frozenset({"Courses"}))
    other = ledger(connection, second, NOW)
    assert (other.quiet_days, other.left_topics) == (frozenset(), frozenset())

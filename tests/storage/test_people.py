"""People as they are looked up: by rule, by what an admin may call them, by their place in the queue."""

from datetime import datetime

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import NoResultFound, OperationalError

from storage import people
from storage.people import Queue
from storage.store import Store
from storage.tables import addresses, persons
from storage.types import EPOCH
from storage.work import Work
from tests.storage.rows import DAY, NOW, address, person


def test_members_are_chosen_by_groups(connection: Connection) -> None:
    """In at least one of these, in none of those; everybody where nothing is named; in order."""
    a, b, ab, none = (person(connection, groups=groups) for groups in (("a",), ("b",), ("a", "b"), ()))

    def chosen(groups: tuple[str, ...] = (), not_groups: tuple[str, ...] = ()) -> list[int]:
        return [one.id for one in people.members(connection, groups=groups, not_groups=not_groups)]

    assert chosen() == [a, b, ab, none]
    assert chosen(("a",)) == [a, ab]
    assert chosen(("a", "b")) == [a, b, ab]
    assert chosen((), ("b",)) == [a, none]
    assert chosen(("a",), ("b",)) == [a]
    assert chosen(("c",)) == []


def test_members_come_with_what_rules_look_at(connection: Connection) -> None:
    """Attributes, zone and the day of joining."""
    who = person(connection, attributes='{"city":"Turku"}', zone="UTC", joined_at=NOW)
    (found,) = people.members(connection)
    assert (found.id, found.attributes, found.zone, found.joined_at) == (who, {"city": "Turku"}, "UTC", NOW)


def test_members_may_be_chosen_among_some(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page by page, all of them, and only these."""
    monkeypatch.setattr(people, "CHUNK", 2)
    everybody = [person(connection) for _ in range(5)]
    assert [one.id for one in people.members(connection)] == everybody
    assert [one.id for one in people.members(connection, among=everybody[1:4])] == everybody[1:4]
    assert list(people.members(connection, among=[])) == []


def test_an_admin_finds_somebody_by_any_name(connection: Connection) -> None:
    """Address, member number, our own number, or name whatever its case; a name may be several people's."""
    aino = person(connection, member_id="7", name="Aino Mäki")
    other = person(connection, name="aino mäki")
    bo = person(connection, member_id="8", name="7")
    orjan = person(connection, name="Örjan")
    for place in ("telegram:5", "slack:T1:U1"):
        address(connection, aino, place)
    assert people.find(connection, "telegram:5") == [aino]
    assert sorted(people.find(connection, "7")) == [aino, bo]
    assert sorted(people.find(connection, "AINO MÄKI")) == [aino, other]
    assert people.find(connection, "Örjan") == [orjan]
    assert people.find(connection, f"#{bo}") == [bo]
    assert people.find(connection, "#" + "9" * 30) == []
    assert people.find(connection, "#x") == people.find(connection, "nobody") == []


def test_a_persons_card_shows_all_of_them(connection: Connection) -> None:
    """Row, addresses, and groups in order."""
    who = person(connection, name="Aino", groups=("b", "a"))
    address(connection, who)
    row, places, groups = people.card(connection, who)
    assert (row.name, [place.address for place in places], groups) == ("Aino", ["telegram:5"], ["a", "b"])
    with pytest.raises(NoResultFound):
        people.card(connection, who + 1)


def test_names_are_given_for_lists(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many, each once."""
    monkeypatch.setattr(people, "CHUNK", 2)
    ids = [person(connection, name=str(number)) for number in range(5)]
    assert people.names(connection, [*ids, *ids]) == {one: str(number) for number, one in enumerate(ids)}
    assert people.count(connection) == 5


def test_whoever_was_asked_goes_behind_everybody_asked_before(connection: Connection) -> None:
    """The place in the queue is the day; within a day the permanent number decides."""
    first, second = person(connection, prn=5), person(connection, prn=9)
    people.to_the_back(connection, first, NOW)
    day = (NOW - EPOCH).days
    assert _places(connection) == [(day, 5), (0, 9)]
    people.to_the_back(connection, second, NOW + DAY)
    assert _places(connection) == [(day, 5), (day + 1, 9)]


def _places(connection: Connection) -> list[tuple[int, int]]:
    rows = connection.execute(select(persons.c.turn, persons.c.prn).order_by(persons.c.id))
    return [(row.turn, row.prn) for row in rows]


def test_the_queue_is_known_as_it_stands(connection: Connection) -> None:
    """Turns in order, with how many people stand up to each."""
    assert people.queue(connection) == Queue((), ())
    for turn in (7, 3, 7, 9):
        person(connection, turn=turn)
    assert people.queue(connection) == Queue((3, 7, 9), (1, 3, 4))


def test_a_newcomer_stands_where_their_number_says() -> None:
    """The quantile of the permanent number among the present turns; zero where nobody is."""
    assert Queue((), ()).newcomer()["turn"] == 0
    queue = Queue((3, 7, 9), (10, 30, 40))
    for _ in range(200):
        new = queue.newcomer()
        place = new["prn"] / 2**63
        assert new["turn"] == (3 if place < 0.25 else 7 if place < 0.75 else 9)


def test_a_burden_is_stored_with_its_moment(connection: Connection) -> None:
    """Both or neither."""
    who = person(connection)
    people.set_burden(connection, who, 1.25, NOW)
    found = people.standing(connection, who)
    assert (found.burden, found.burden_at, found.ignored_in_row, found.outcomes) == (1.25, NOW, 0, "{}")


def test_imported_people_in_slack_are_reached_once_the_workspace_is_known(connection: Connection) -> None:
    """Those of this workspace; in Telegram nobody, as a bot cannot begin there."""
    places = ("slack:T1:U1", "slack:T2:U2", "slack:T11:U3", "telegram:5")
    for place in places:
        address(connection, person(connection), place, account="")
    people.give_account(connection, "slack", "T1")
    people.give_account(connection, "telegram", "9")
    rows = connection.execute(select(addresses.c.address, addresses.c.account))
    assert {row.address: row.account for row in rows} == {**dict.fromkeys(places, ""), "slack:T1:U1": "T1"}


def test_a_workspace_name_is_no_pattern(connection: Connection) -> None:
    """Signs that mean something to the database mean nothing here."""
    address(connection, person(connection), "slack:TX1:U1", account="")
    people.give_account(connection, "slack", "T%")
    people.give_account(connection, "slack", "T_1")
    assert connection.execute(select(addresses.c.account)).scalar_one() == ""


def test_moments_of_people_are_aware(connection: Connection) -> None:
    """Whatever the database is."""
    who = person(connection, joined_at=NOW)
    joined: datetime = people.card(connection, who)[0].joined_at
    assert joined.utcoffset() is not None


def test_one_process_at_a_time_deals_with_a_person(postgres_store: Store) -> None:
    """Whether by a message or by a moment that has come: the other waits for the end of the transaction."""
    aino = postgres_store.write(person)
    bo = postgres_store.write(lambda c: person(c, prn=2))
    postgres_store.write(lambda c: address(c, aino, "telegram:5"))
    engine = postgres_store.read_engine
    with engine.begin() as message, engine.begin() as moment:
        moment.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
        Work(message, NOW).load(["telegram:5"])
        people.lock(moment, {bo})
        with pytest.raises(OperationalError, match="lock timeout"):
            people.lock(moment, {aino, bo})
    people_free(postgres_store, {aino, bo})


def people_free(store: Store, wanted: set[int]) -> None:
    """Lock them at once, or fail."""

    def job(connection: Connection) -> None:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
        people.lock(connection, wanted)

    store.write(job)

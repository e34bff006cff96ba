"""A member list on its way into the database: all or nothing, and the same again changes nothing."""

import io
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.config.model import Config, Organisation, PeopleConfig
from bot.errors import UserError
from bot.service import roster as rosters
from bot.service.roster import Import, Report
from storage import meta, people
from storage.ledger import ledger
from storage.store import Store
from storage.tables import addresses, person_groups, persons, wave_people, waves
from storage.work import Work
from tests.storage import rows as seed

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONFIG = Config(
    file=Path("config.toml"),
    organisation=Organisation(name={"fi": "Hauskala ry"}),
    flows={},
    surveys={},
    people=PeopleConfig(
        columns={"id": "Nro", "name": "Nimi", "telegram": "Telegram", "slack": "Slack", "groups": "Ryhmät"},
        attributes={"city": "Kunta"},
    ),
)
HEADING = "Nro;Nimi;Telegram;Slack;Ryhmät;Kunta"
AINO = "7;Aino;5;;jäsenet,hallitus;Turku"
BO = "8;Bo;;;jäsenet;Oulu"


def load(store: Store, *rows: str, heading: str = HEADING, write: bool = True, now: datetime = NOW) -> Report:
    """Import a list of these rows."""
    task = Import(CONFIG, store, io.BytesIO("\n".join([heading, *rows, ""]).encode()), "list.csv", now)
    shares = [*task.look()]
    if write:
        shares = [*task.write()]
    assert (shares == sorted(shares), shares[-1]) == (True, 1.0)
    assert task.report is not None
    return task.report


def refused(store: Store, *rows: str, heading: str = HEADING) -> str:
    """Why a list of these rows cannot be imported."""
    with pytest.raises(UserError) as error:
        load(store, *rows, heading=heading)
    return str(error.value)


def everybody(store: Store) -> list[dict[str, Any]]:
    """What the lists have said about all people, by member number and name."""
    columns = (persons.c.member_id, persons.c.name, persons.c.language, persons.c.zone, persons.c.attributes)
    found = []
    with store.read() as connection:
        for row in connection.execute(select(persons.c.id, *columns)).mappings():
            _, places, groups = people.card(connection, row["id"])
            found.append({**row, "groups": groups, "addresses": sorted(place.address for place in places)})
    return sorted(found, key=lambda one: (one["member_id"] or "", one["name"]))


def start(store: Store, telegram: int) -> int:
    """Somebody presses start in Telegram; returns their id."""

    def job(connection: Any) -> int:
        work = Work(connection, NOW)
        person = work.add_person(name="Tg", language="en")
        work.add_address(
            person_id=person,
            address=f"telegram:{telegram}",
            platform="telegram",
            account="1",
            chat=str(telegram),
        )
        who = work.correspondent(f"telegram:{telegram}")
        assert who is not None
        work.heard_from(who, str(telegram), "1")
        work.flush()
        return person

    return store.write(job)


def test_new_people_are_there_with_everything_the_list_says(store: Store) -> None:
    """Name, groups, facts and addresses; the report counts them and says who can be written to."""
    report = load(store, AINO, BO)
    aino, bo = everybody(store)
    assert {key: aino[key] for key in ("member_id", "name", "attributes", "groups", "addresses")} == {
        "member_id": "7",
        "name": "Aino",
        "attributes": '{"city":"Turku"}',
        "groups": ["hallitus", "jäsenet"],
        "addresses": ["telegram:5"],
    }
    assert (bo["groups"], bo["addresses"]) == (["jäsenet"], [])
    assert (report.imported, report.people, report.new, report.changed, report.unchanged) == (
        True,
        2,
        2,
        0,
        0,
    )
    assert (report.separator, report.absent, report.repeated) == ("semicolon", 0, 0)
    assert report.reach == {"press_start": 1, "no_address": 1}


def test_a_dry_run_tells_the_same_and_changes_nothing(store: Store) -> None:
    """The report is the one that the import would give."""
    load(store, AINO)
    before = everybody(store)
    planned = load(store, AINO.replace("Turku", "Rauma"), BO, write=False)
    assert everybody(store) == before
    done = load(store, AINO.replace("Turku", "Rauma"), BO)
    assert (planned.imported, done.imported) == (False, True)
    numbers = ("people", "new", "changed", "unchanged", "repeated", "absent", "reach")
    assert [getattr(planned, name) for name in numbers] == [getattr(done, name) for name in numbers]


def test_the_same_list_again_changes_nothing(store: Store) -> None:
    """Not a row is touched."""
    load(store, AINO, BO)
    before = everybody(store)
    report = load(store, AINO, BO, now=NOW + timedelta(days=1))
    assert (everybody(store), report.new, report.changed, report.unchanged) == (before, 0, 0, 2)


def test_what_has_changed_is_changed(store: Store) -> None:
    """Name, groups, facts and a corrected address."""
    load(store, AINO, BO)
    report = load(store, "7;Aino Ä;6;;jäsenet,uudet;Rauma", BO)
    aino = everybody(store)[0]
    assert (aino["name"], aino["groups"], aino["addresses"], aino["attributes"]) == (
        "Aino Ä", ["jäsenet", "uudet"], ["telegram:6"], '{"city":"Rauma"}',
    )  # fmt: skip
    assert (report.new, report.changed, report.unchanged) == (0, 1, 1)


def test_who_is_not_in_the_list_is_left_alone_and_told(store: Store) -> None:
    """A list takes nobody away."""
    load(store, AINO, BO)
    start(store, 99)
    report = load(store, AINO, "9;Cee;;;;")
    assert (len(everybody(store)), report.absent) == (4, 2)


def test_a_stop_is_never_taken_back(store: Store) -> None:
    """Whoever said stop stays stopped, whatever a list says, and the report says so."""
    load(store, AINO)
    store.write(lambda c: c.execute(update(persons).values(stopped_at=NOW)))
    report = load(store, AINO.replace("Turku", "Rauma"))
    with store.read() as connection:
        assert connection.execute(select(persons.c.stopped_at)).scalar_one() == NOW
    assert (report.changed, report.reach) == (1, {"stopped": 1})


def test_a_chosen_language_stays(store: Store) -> None:
    """What the person chose stands above the list; else the list's word is taken."""
    person = start(store, 5)
    config = PeopleConfig(columns={"telegram": "Telegram", "language": "Kieli"})
    for chosen, language in ((False, "sv"), (True, "fi")):
        store.write(
            lambda c, chosen=chosen: c.execute(update(persons).values(language="fi", language_chosen=chosen))  # type: ignore[misc]
        )
        task = Import(_with(config), store, io.BytesIO(b"Telegram;Kieli\n5;sv\n"), "list.csv", NOW)
        assert [*task.look(), *task.write()]
        with store.read() as connection:
            assert people.card(connection, person)[0].language == language


def _with(config: PeopleConfig) -> Config:
    from dataclasses import replace

    return replace(CONFIG, people=config)


def test_who_pressed_start_first_is_the_member(store: Store) -> None:
    """Nothing they did is lost, and the list's number and groups are theirs."""
    person = start(store, 5)
    report = load(store, AINO)
    (aino,) = everybody(store)
    assert (aino["id"], aino["member_id"], aino["name"], aino["groups"]) == (
        person,
        "7",
        "Aino",
        ["hallitus", "jäsenet"],
    )
    assert (report.new, report.changed, report.reach) == (0, 1, {"now": 1})


def test_a_member_of_an_earlier_list_and_who_pressed_start_become_one(store: Store) -> None:
    """The association's row goes; its place in the audience of an open wave is kept."""
    load(store, "7;Aino;;;jäsenet;Turku")
    person = start(store, 5)

    def enrol(connection: Any) -> None:
        wave, other = seed.wave(connection), seed.wave(connection, "w2")
        listed = connection.execute(select(persons.c.id).where(persons.c.member_id == "7")).scalar_one()
        for number, who in ((wave, listed), (other, listed), (other, person)):
            connection.execute(wave_people.insert().values(wave_id=number, person_id=who, wanted_at=NOW))

    store.write(enrol)
    report = load(store, AINO)
    (aino,) = everybody(store)
    assert (aino["id"], aino["member_id"], aino["groups"]) == (person, "7", ["hallitus", "jäsenet"])
    assert (report.new, report.changed, report.absent) == (0, 1, 0)
    with store.read() as connection:
        names = connection.execute(
            select(waves.c.name, wave_people.c.person_id).join(waves).order_by(waves.c.name)
        ).all()
        assert [tuple(row) for row in names] == [("w1", person), ("w2", person)]


def test_slack_is_reached_at_once_where_the_workspace_is_known(store: Store) -> None:
    """On Slack the bot may write first; before it was there, the ledger says that nobody can be reached."""
    listed = "9;Cee;;{};;"
    report = load(store, listed.format("T1AB:U01"))
    assert report.reach == {"connect": 1}
    store.write(lambda c: meta.put(c, "account.slack", "T1AB"))
    report = load(store, listed.format("T1AB:U01"), "10;Dee;;U02;;")
    assert report.reach == {"connect": 1, "now": 1}
    store.write(lambda c: people.give_account(c, "slack", "T1AB"))
    assert load(store, listed.format("U01"), "10;Dee;;U02;;").reach == {"now": 2}
    with store.read() as connection:
        rows = connection.execute(
            select(addresses.c.address, addresses.c.platform, addresses.c.account, addresses.c.chat)
        )
        assert sorted(tuple(row) for row in rows) == [
            ("slack:T1AB:U01", "slack", "T1AB", "U01"),
            ("slack:T1AB:U02", "slack", "T1AB", "U02"),
        ]


def test_an_imported_telegram_id_cannot_be_written_to_before_start(store: Store) -> None:
    """A bot cannot begin a conversation in Telegram; the ledger knows it."""
    load(store, AINO)
    person = everybody(store)[0]["id"]
    with store.read() as connection:
        assert not ledger(connection, person, NOW).reachable
    store.write(lambda c: c.execute(update(addresses).values(account="1")))
    with store.read() as connection:
        assert ledger(connection, person, NOW).reachable


# --- all or nothing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("9;Cee;-5;;;", "row 253, Telegram: A negative number is the id of a group"),
        (
            "7;Aina;5;;;",
            "row 253: Row 2 is about the same person and says something else. Keep one of the two.",
        ),
        ("9;Cee;5;;;", "row 253: Row 2 is about the same person"),
        ('9;"Cee;;;;', "row 253: A quotation mark has no pair."),
        ("9;Cee", "row 253: The row has 2 cells, and there are 6 headings."),
    ],
)
def test_one_bad_row_keeps_everybody_out(store: Store, bad: str, words: str) -> None:
    """However far down it stands."""
    many = [f"x{number};N;;;;" for number in range(250)]
    assert words in refused(store, AINO, *many, bad)
    assert everybody(store) == []


def test_a_contradiction_to_what_is_known_keeps_everybody_out(store: Store) -> None:
    """An address that another member writes from is told with its row."""
    start(store, 5)
    load(store, AINO)
    before = everybody(store)
    assert "list.csv: row 2: This address is that of another member" in refused(
        store, "8;Bo;5;;;", "9;Cee;;;;"
    )
    assert everybody(store) == before


def test_rows_that_only_repeat_are_passed_over_and_told(store: Store) -> None:
    """The same person twice in the same words is one person."""
    report = load(store, AINO, BO, AINO, AINO)
    assert (report.people, report.new, report.repeated, len(everybody(store))) == (2, 2, 2, 2)


def test_a_list_of_headings_alone_changes_nothing(store: Store) -> None:
    """No people, no fault."""
    load(store, AINO)
    report = load(store)
    assert (report.people, report.absent, len(everybody(store))) == (0, 1, 1)


def test_what_is_no_list_is_told(store: Store) -> None:
    """The file's own faults come the same way."""
    assert "This is a spreadsheet" in refused(store, heading="PK\x03\x04")
    assert "There is no column Nro." in refused(store, heading="Nimi;Telegram;Slack;Ryhmät;Kunta")


# --- many people, other hands -----------------------------------------------------------------------------


def _many(count: int, city: str = "Turku") -> Iterable[str]:
    return (f"m{number};Nimi {number};{1000 + number};;jäsenet;{city}" for number in range(count))


def test_many_people_come_in_small_steps(store: Store) -> None:
    """A thousand people in several transactions, between which others may write."""
    breaths: list[int] = []
    task = Import(CONFIG, store, io.BytesIO("\n".join([HEADING, *_many(1000)]).encode()), "list.csv", NOW)
    assert [*task.look()]
    assert [*task.write(lambda: breaths.append(1))]
    with store.read() as connection:
        counts = [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (persons, addresses, person_groups)
        ]
        numbers = connection.execute(select(func.count(persons.c.prn.distinct()))).scalar_one()
    assert (counts, numbers, len(breaths)) == ([1000, 1000, 1000], 1000, 1000 // rosters.CHUNK)


def test_an_import_that_was_cut_off_is_completed_by_the_next(store: Store) -> None:
    """What was written stays, and the same list does the rest."""
    task = Import(CONFIG, store, io.BytesIO("\n".join([HEADING, *_many(1000)]).encode()), "list.csv", NOW)
    assert [*task.look()]
    next(task.write())
    report = load(store, *_many(1000))
    assert (report.new, report.unchanged, len(everybody(store))) == (750, 250, 1000)


def test_newcomers_take_a_random_place_in_the_queue(store: Store) -> None:
    """Among people asked on two days, newcomers are spread over both, not put in front."""
    store.write(lambda c: [seed.person(c, turn=turn, prn=turn) for turn in (100, 200) for _ in range(50)])
    load(store, *_many(400))
    with store.read() as connection:
        spread = connection.execute(
            select(persons.c.turn, func.count())
            .where(persons.c.member_id.is_not(None))
            .group_by(persons.c.turn)
        )
        turns = {row[0]: row[1] for row in spread}
    assert set(turns) == {100, 200}
    assert all(120 < number < 280 for number in turns.values())


def test_somebody_who_presses_start_meanwhile_is_not_doubled(store: Store) -> None:
    """Between looking and writing the world goes on; writing looks again."""
    task = Import(CONFIG, store, io.BytesIO(f"{HEADING}\n{AINO}\n".encode()), "list.csv", NOW)
    assert [*task.look()]
    person = start(store, 5)
    assert [*task.write()]
    assert [(one["id"], one["member_id"]) for one in everybody(store)] == [(person, "7")]


def test_a_contradiction_that_comes_up_meanwhile_is_told(store: Store) -> None:
    """What was stored before it stays, and the message says how to go on."""
    many = list(_many(rosters.CHUNK))
    task = Import(CONFIG, store, io.BytesIO("\n".join([HEADING, *many, AINO]).encode()), "list.csv", NOW)
    assert [*task.look()]
    start(store, 5)
    store.write(lambda c: c.execute(update(persons).values(member_id="8")))
    with pytest.raises(UserError, match="import it once more") as error:
        [*task.write()]
    assert "row 252: This address is that of another member" in str(error.value)
    assert len(everybody(store)) == rosters.CHUNK + 1


def test_a_list_that_changes_while_it_is_read_is_told(store: Store) -> None:
    """A fault that was not there before ends the writing."""
    file = io.BytesIO(f"{HEADING}\n{AINO}\n".encode())
    task = Import(CONFIG, store, file, "list.csv", NOW)
    assert [*task.look()]
    file.seek(0)
    file.write(f"{HEADING}\n7;Aino;-;;;\n".encode())
    file.truncate()
    with pytest.raises(UserError, match="0 of its people are stored"):
        [*task.write()]
    assert everybody(store) == []


def test_another_process_that_is_faster_is_waited_for(postgres_store: Store) -> None:
    """On PostgreSQL somebody else may store the same person between our look and our insert."""
    from sqlalchemy import event, insert

    taken: list[int] = []

    def faster(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO persons") and not taken:
            taken.append(1)
            with postgres_store.read_engine.begin() as other:
                other.execute(insert(persons).values(member_id="7", prn=1, turn=0, created_at=NOW))

    event.listen(postgres_store.write_engine, "before_cursor_execute", faster)
    report = load(postgres_store, AINO)
    event.remove(postgres_store.write_engine, "before_cursor_execute", faster)
    assert (report.new, report.changed, len(everybody(postgres_store))) == (0, 1, 1)

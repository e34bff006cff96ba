"""Rows become entries by the headings that the configuration names; faults are told at once."""

import io
from datetime import UTC, datetime

import pytest

from bot.config.model import PeopleConfig
from bot.errors import UserError
from bot.roster.entries import Entry, Reading
from bot.roster.faults import TOLD, Faults, Unreadable
from bot.roster.sheet import Sheet

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PEOPLE = PeopleConfig(
    columns={
        "id": "Jäsennumero",
        "name": "Nimi",
        "telegram": "Telegram",
        "slack": "Slack",
        "groups": "Ryhmät",
        "language": "Kieli",
        "zone": "Aikavyöhyke",
        "joined": "Liittynyt",
    },
    attributes={"city": "Paikkakunta"},
    date_format="%d.%m.%Y",
)
HEADING = "Jäsennumero;Nimi;Telegram;Slack;Ryhmät;Kieli;Aikavyöhyke;Liittynyt;Paikkakunta"
FULL = "7;Aino;5;U01AB;jäsenet,hallitus;fi;Europe/Stockholm;1.2.2020;Turku"
SIMPLE = PeopleConfig(columns={"id": "Nro", "name": "Nimi"})


def read(
    text: str, people: PeopleConfig = PEOPLE, team: str | None = "T1AB"
) -> tuple[list[Entry], Faults, Reading]:
    """Entries, faults, and the reading with its warnings."""
    faults = Faults("list.csv")
    reading = Reading(people, "Europe/Helsinki", team, NOW, faults)
    try:
        sheet = Sheet(io.BytesIO(text.encode()), faults, 1000)
        reading.headings(sheet.heading)
    except Unreadable:
        return [], faults, reading
    return list(reading.entries(sheet)), faults, reading


def told(text: str, people: PeopleConfig = PEOPLE, team: str | None = "T1AB") -> list[str]:
    """Every fault as an admin reads it."""
    return [str(problem) for problem in read(text, people, team)[1].problems]


def one(text: str, people: PeopleConfig = PEOPLE) -> Entry:
    """The only entry of a list without faults."""
    entries, faults, _ = read(text, people)
    assert not faults, faults.problems
    (entry,) = entries
    return entry


def test_a_full_row_is_read() -> None:
    """Every column has its meaning; the day of joining is on the person's own calendar."""
    assert one(f"{HEADING}\n{FULL}\n") == Entry(
        row=2,
        member_id="7",
        name="Aino",
        language="fi",
        zone="Europe/Stockholm",
        joined=datetime(2020, 1, 31, 23, tzinfo=UTC),
        groups=("jäsenet", "hallitus"),
        attributes={"city": "Turku"},
        addresses=("telegram:5", "slack:T1AB:U01AB"),
    )


def test_empty_cells_say_nothing() -> None:
    """A number alone is enough; groups and facts are known to be none."""
    assert one(f"{HEADING}\n7;;;;;;;;\n") == Entry(row=2, member_id="7", groups=(), attributes={})


def test_columns_that_are_not_mapped_say_nothing_at_all() -> None:
    """A list without groups and facts leaves them as they are."""
    assert one("Nro;Nimi;Puhelin\n7;Aino;x\n", SIMPLE) == Entry(row=2, member_id="7", name="Aino")


@pytest.mark.parametrize("heading", ["NRO;nimi", " Nro ; Nimi ", "\ufeffNro;Nimi", "\u200bNro;Ni\u00admi"])
def test_headings_are_recognised_however_they_are_written(heading: str) -> None:
    """Case, spaces and invisible characters do not matter."""
    assert one(f"{heading}\n7;Aino\n", SIMPLE).name == "Aino"


def test_an_address_is_enough() -> None:
    """A list without member numbers knows people by their addresses."""
    people = PeopleConfig(columns={"telegram": "Telegram"})
    assert one("Telegram\n5\n", people) == Entry(row=2, addresses=("telegram:5",))


# --- headings ---------------------------------------------------------------------------------------------


def test_a_missing_column_is_told_with_what_was_meant() -> None:
    """Every column that is not there, at once, with a near one if there is any."""
    faults = told(
        "Jasennumero;Nimi;X\n7;Aino;\n",
        PeopleConfig(columns={"id": "Jäsennumero", "name": "Nimi", "zone": "Aika"}),
    )
    assert [line.removeprefix("list.csv: row 1: There is no column ") for line in faults] == [
        "Jäsennumero. Did you mean Jasennumero? It is id in [people] columns.",
        "Aika. It is zone in [people] columns.",
    ]


def test_a_missing_attribute_is_told() -> None:
    """Facts are columns too: a misspelt heading must not empty them."""
    people = PeopleConfig(columns={"id": "Nro"}, attributes={"city": "Paikka"})
    assert told("Nro;Kaupunki\n7;Turku\n", people) == [
        "list.csv: row 1: There is no column Paikka. It is city in [people] attributes."
    ]


def test_a_first_row_of_people_is_not_shown() -> None:
    """Without headings the first person must not end up in a message, however near their name is."""
    faults = told("1;Aina\n2;Bo\n", PeopleConfig(columns={"id": "Nro", "name": "Ain"}))
    assert (len(faults), "Aina" in " ".join(faults)) == (2, False)


def test_a_configuration_without_columns_is_told() -> None:
    """Somebody has to say which column is what."""
    assert told("Nro;Nimi\n7;Aino\n", PeopleConfig())[0].startswith(
        "list.csv: [people] does not say which column is what."
    )


@pytest.mark.parametrize("heading", ["Nro;Nimi;Nimi", "Nro;Nimi;NIMI ", "Nro;Nimi;x;X"])
def test_a_heading_that_stands_twice_is_told(heading: str) -> None:
    """Nobody knows which of the two is meant, whether we read it or not."""
    assert "There are two columns of this name. Rename one." in told(f"{heading}\n", SIMPLE)[0]


def test_columns_without_a_heading_may_be_many() -> None:
    """Unnamed columns are nobody's."""
    assert one("Nro;Nimi;;\n7;Aino;a;b\n", SIMPLE).name == "Aino"


# --- rights and consent -----------------------------------------------------------------------------------


@pytest.mark.parametrize("heading", ["owner", "Owner", "is_owner", "admin", "kuulolla_role"])
def test_a_column_that_gives_rights_is_refused(heading: str) -> None:
    """Whether it is mapped or not, and whatever it holds."""
    assert told(f"Nro;Nimi;{heading}\n7;Aino;\n", SIMPLE) == [
        f"list.csv: row 1, {heading}: A list cannot give rights in Kuulolla. Take this column out."
    ]


@pytest.mark.parametrize("heading", ["role", "Rooli", "roll", "Rights"])
@pytest.mark.parametrize("cell", ["owner", "Admin", "ylläpitäjä"])
def test_a_role_that_gives_rights_is_refused(heading: str, cell: str) -> None:
    """A column of roles is fine until it says owner."""
    assert told(f"Nro;Nimi;{heading}\n7;Aino;vapaaehtoinen\n8;Bo;{cell}\n", SIMPLE) == [
        f"list.csv: row 3, {heading}: A list cannot give rights in Kuulolla. Use another word for this role."
    ]


def test_an_attribute_that_gives_rights_is_refused() -> None:
    """Under whatever name it is mapped."""
    people = PeopleConfig(columns={"id": "Nro"}, attributes={"task": "Tehtävä"})
    assert "row 2, Tehtävä: A list cannot give rights" in told("Nro;Tehtävä\n7;OWNER\n", people)[0]


@pytest.mark.parametrize("heading", ["Suostumus", "GDPR consent", "Samtycke till frågor", "opt-in"])
@pytest.mark.parametrize("cell", ["yes", "ja", "1", ""])
def test_a_column_of_consent_counts_for_nothing(heading: str, cell: str) -> None:
    """It is told, it is not read, and nobody is refused for it."""
    entries, faults, reading = read(f"Nro;Nimi;{heading}\n7;Aino;{cell}\n", SIMPLE)
    assert (entries, bool(faults)) == ([Entry(row=2, member_id="7", name="Aino")], False)
    assert [warning.partition(": ")[0] for warning in reading.warnings] == [
        f"The column {heading} counts for nothing"
    ]


# --- rows -------------------------------------------------------------------------------------------------


def test_every_fault_of_every_row_is_told_at_once() -> None:
    """Row and heading of each; sound rows do not hide among them."""
    rows = (
        FULL,
        "8;Bo;-5;C01AB;;xx1;Mars/Phobos;31.2.2020;",
        "9;Cee;;;;;;;",
        ";Dee;;;;;;;",
        "1E+05;E;;;;;;;",
    )
    text = "\n".join([HEADING, *rows])
    entries, faults, _ = read(text)
    assert [entry.row for entry in entries] == [2, 4]
    assert [problem.path for problem in faults.problems] == [
        "row 3, Aikavyöhyke", "row 3, Telegram", "row 3, Slack", "row 3, Kieli", "row 3, Liittynyt", "row 5",
        "row 6, Jäsennumero",
    ]  # fmt: skip


def test_somebody_without_any_identity_is_told() -> None:
    """The message names the columns that would help, those that there are."""
    people = PeopleConfig(columns={"id": "Nro", "name": "Nimi", "slack": "Slack"})
    assert told("Nro;Nimi;Slack\n;Aino;\n", people) == [
        "list.csv: row 2: Nothing tells who this is. Fill in at least one of: Nro, Slack."
    ]


def test_no_message_repeats_a_cell() -> None:
    """What people are called and where they live stays out of every message."""
    words = ["Salanen", "kissa1", "koira2", "hevonen3", "lehmä4", "lammas5", "possu6"]
    text = "\n".join(told(f"{HEADING}\n{'a' * 200};{';'.join(words)};Turku\n1;2;3\n" + ";".join(words)))
    assert text.count("row 2") == 6
    assert not any(word in text for word in words)


def test_many_faults_are_told_as_a_number() -> None:
    """The first twenty show the cause; the rest is counted, also for rows with several."""
    faults = read(HEADING + "\n" + "".join(f"{n};A;-1;C1A;;;;;\n" for n in range(100)))[1]
    assert (len(faults.problems), faults.more) == (TOLD, 180)
    refusal = faults.refusal()
    assert isinstance(refusal, UserError)
    assert str(refusal.problems[-1]) == "… and 180 more of that kind."


def test_few_faults_are_told_without_a_number() -> None:
    """Nothing is added where everything was said."""
    faults = read("Nro;Nimi\n;Aino\n", SIMPLE)[1]
    assert len(faults.refusal().problems) == 1


def test_reading_ends_where_it_must() -> None:
    """What cannot be read on from is told together with what was found before."""
    faults = told('Nro;Nimi\n;Aino\n7;"Bo\n', SIMPLE)
    assert [line.split(": ")[1] for line in faults] == ["row 2", "row 3"]


def test_entries_that_say_the_same_have_one_content() -> None:
    """The row's own number and the order of facts mean nothing."""
    one_ = Entry(row=2, member_id="1", attributes={"a": "1", "b": "2"})
    assert one_.content == Entry(row=9, member_id="1", attributes={"b": "2", "a": "1"}).content
    assert one_.content != Entry(row=2, member_id="1", attributes={"a": "1"}).content

"""``kuulolla forget`` as somebody types it, and what an older backup is told."""

import shutil
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from storage.store import open_sqlite
from storage.tables import audit, persons
from tests.cli.association import settle
from tests.cli.test_backup import run
from tests.storage.rows import address, person


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """An installation that knows two people."""
    path = settle(tmp_path)
    with open_sqlite(database(path), key(path)) as store:
        for number in (5, 6):
            store.write(partial(known, number=number))
    return path


def known(connection: Connection, number: int) -> None:
    """Somebody with a number and an address."""
    who = person(connection, name=f"Person {number}", member_id=f"H-{number}", created_at=datetime.now(UTC))
    address(connection, who, f"telegram:{number}")


def database(config: Path) -> Path:
    """Where the database is."""
    return config.parent / "data" / "kuulolla.db"


def key(config: Path) -> Path:
    """Where its key is."""
    return config.parent / "keys" / "kuulolla.key"


def people(config: Path) -> int:
    """How many people are known."""
    with open_sqlite(database(config), key(config)) as store, store.read() as connection:
        return connection.execute(select(func.count()).select_from(persons)).scalar_one()


def test_an_admin_erases_somebody(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By any name they are known by; what was done is in the audit, about whom is not."""
    code, out, err = run(capsys, "forget", "H-5", "--yes", "-c", config)
    assert (code, err) == (0, "")
    assert out.startswith("Erased.")
    assert people(config) == 1
    with open_sqlite(database(config), key(config)) as store, store.read() as connection:
        (row,) = connection.execute(select(audit)).all()
    assert row.action == "forget"
    assert row.subject.startswith("erased ")
    assert row.reason == ""


def test_an_older_backup_does_not_start_before_it_is_replayed(
    config: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Put back by hand, every command but the replay refuses it; then all is well again."""
    run(capsys, "backup", tmp_path / "older.db", "-c", config)
    run(capsys, "forget", "telegram:5", "--yes", "-c", config)
    for beside in database(config).parent.glob("*"):
        beside.unlink()
    shutil.copy(tmp_path / "older.db", database(config))
    for command in (("report",), ("export", tmp_path / "out"), ("why", "H-6"), ("run",)):
        code, _, err = run(capsys, *command, "-c", config)
        assert code == 2
        assert "kuulolla forget --replay" in err
    code, out, _ = run(capsys, "forget", "--replay", "-c", config)
    assert (code, out) == (0, "1 people who had asked to be forgotten were erased again.\n")
    assert people(config) == 1
    assert run(capsys, "report", "-c", config)[0] == 0


def test_a_restore_replays_by_itself(
    config: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The command tells how many were erased again."""
    run(capsys, "backup", tmp_path / "older.db", "-c", config)
    run(capsys, "forget", "telegram:5", "--yes", "-c", config)
    code, out, _ = run(capsys, "restore", tmp_path / "older.db", "--unbroken", "-c", config)
    assert code == 0
    assert "1 people in it had asked to be forgotten since" in out
    assert people(config) == 1


def test_an_import_brings_nobody_back(
    config: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Neither by number nor by address; the others come in, and the admin is told how many did not."""
    run(capsys, "forget", "H-5", "--yes", "-c", config)
    members = tmp_path / "members.csv"
    members.write_text("Nro,Nimi,Telegram\nH-5,Person 5,\nH-9,Other,5\nH-10,New,10\n", encoding="utf-8")
    code, out, err = run(capsys, "people", "import", members, "-c", config)
    assert (code, err) == (0, "")
    assert "2 people in the list have asked to be forgotten" in out
    assert people(config) == 2


@pytest.mark.parametrize("arguments", [(), ("H-5", "--replay"), ("H-404", "--yes")])
def test_what_is_not_clear_erases_nobody(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    """Nobody named, two things at once, somebody unknown."""
    assert run(capsys, "forget", *arguments, "-c", config)[0] == 2
    assert people(config) == 2


def test_an_admin_joins_and_parts_people(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two members with numbers are not joined; two addresses of one are, and are taken apart again."""
    code, _, err = run(capsys, "people", "link", "H-5", "H-6", "-c", config)
    assert code == 2
    assert "Both have a member number: H-5, H-6." in err
    with open_sqlite(database(config), key(config)) as store:
        store.write(lambda c: address(c, person(c, name="Fifth"), "slack:T1:U5"))
    code, out, _ = run(capsys, "people", "link", "slack:T1:U5", "H-5", "-c", config)
    assert (code, out) == (0, "They are one person now: #1.\n")
    assert people(config) == 2
    assert run(capsys, "people", "link", "H-5", "slack:T1:U5", "-c", config)[0] == 2
    code, out, _ = run(capsys, "people", "unlink", "slack:T1:U5", "-c", config)
    assert code == 0
    assert "is a person of its own now" in out
    assert people(config) == 3


def test_the_doctor_misses_a_lost_ledger(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the file an older backup would bring people back; it says where to get it from."""
    run(capsys, "forget", "H-5", "--yes", "-c", config)
    assert "erasures" not in run(capsys, "doctor", "-c", config)[1]
    key(config).with_name("kuulolla.key.erased").unlink()
    said = run(capsys, "doctor", "-c", config)[1]
    assert "1 erasures are missing" in " ".join(said.split())

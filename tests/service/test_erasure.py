"""Being forgotten: asked, confirmed, carried out, told; and no trace of it in any byte that is ours."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2

from bot.service import erasure
from storage import alerts, audit, backup, engine, erasing, publishing
from storage import tables as t
from storage.engine import create_key, keyed_connection, read_key
from storage.erased import Ledger, ledger
from storage.store import open_sqlite
from tests.service.association import configured
from tests.service.conftest import MakeRig
from tests.service.rig import Crash, Member, Rig
from tests.service.test_commands import words

MARKER = "Hylkeenkorva"
NAME = "Aurinkokukka Testinen"
ON_POSTGRES = pytest.param("tap", "postgres", marks=pytest.mark.postgres)


def ledger_of(folder: Path) -> Ledger:
    """The erasure ledger beside the key of the test's database."""
    return ledger(folder / "key")


def carry_out(rig: Rig, book: Ledger) -> None:
    """What the program does every few seconds, until nothing is left to do."""
    for _ in range(3):
        with rig.store.read() as connection:
            waiting = erasure.waiting(connection)
        for asked in waiting:
            if asked.state == "asked":
                rig.write(erasure.carry_out(rig.context, book, asked, rig.now))
            elif rig.write(partial(erasing.said_goodbye, entry=asked.entry)) and erasing.scrub(rig.store):
                rig.write(partial(erasing.finish, entry=asked.entry))
        rig.deliver()


def with_a_past(rig: Rig) -> Member:
    """Somebody with two addresses, a number, answers, messages in line, and words of others about them."""
    member = rig.person(NAME, member_id="H-777-77", attributes=f'{{"role":"{MARKER} coach"}}')
    rig.also_at(member, "side").says(f"{MARKER} hello")
    member.says(f"{MARKER} one")
    rig.wave()
    member.taps("Start")
    member.taps("Good")
    member.says(f"{MARKER} is my answer")
    member.says("hours 10-18")
    member.post("text", text=f"{MARKER} not applied yet")
    rig.write(lambda c: audit.add(c, "Chair", "exempt", f"{NAME} H-777-77", f"about {NAME}", rig.now))
    rig.write(lambda c: alerts.raise_(c, "hard_floor", f"person #{member.person}", "too often", rig.now))
    return member


def traces(folder: Path, member: Member) -> list[str]:
    """What is found of the person in the files of an unencrypted database: every byte of them."""
    wanted = (MARKER, NAME, "H-777-77", member.chat, member.address, f"person #{member.person}")
    everything = b"".join(path.read_bytes() for path in sorted(folder.glob("*.db*")))
    return [word for word in wanted if word.encode() in everything]


@pytest.fixture
def bare_rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """A rig whose file is not encrypted, so that its bytes can be looked at; all else is as always."""

    def unlocked(path: Path, key: str) -> Any:
        assert len(key) == 64
        return dbapi2.connect(str(path), isolation_level=None, check_same_thread=False)

    create_key(tmp_path / "key")
    monkeypatch.setattr(engine, "keyed_connection", unlocked)
    with open_sqlite(tmp_path / "bare" / "kuulolla.db", tmp_path / "key") as store:
        yield Rig(store, configured())


def test_it_is_asked_once_more_before_anything_is_erased(rig: Rig) -> None:
    """Forget alone, said twice, erases nothing; "no" keeps everything; a yes too late asks again."""
    aino = rig.person("Aino")
    aino.says("forget me")
    assert aino.says("forget me")[0].startswith(words("forget.confirm", "en"))
    assert aino.taps("No, keep it") == [words("forget.kept", "en")]
    assert aino.says("forget yes")[0].startswith(words("forget.confirm", "en"))
    rig.now += timedelta(hours=2)
    aino.taps("Yes, erase everything")
    assert rig.rows(t.erasures) == []


@pytest.mark.parametrize(("way", "kind"), [("tap", "sqlite"), ("words", "sqlite"), ON_POSTGRES])
def test_everything_goes_and_it_says_what_stays(
    make_rig: MakeRig, tmp_path: Path, way: str, kind: str
) -> None:
    """Every row of the person in every table; the others keep theirs; the last message is the only one."""
    rig = make_rig(kind=kind)
    member, other = with_a_past(rig), rig.person("Bo")
    rig.settle_down()
    member.says("forget me")
    member.taps("Yes, erase everything") if way == "tap" else member.says("Forget yes!")
    member.looks()
    carry_out(rig, ledger_of(tmp_path))
    assert words("forget.done", "en") in member.looks()
    assert [row["id"] for row in rig.rows(t.persons)] == [other.person]
    for table in t.metadata.sorted_tables:
        for name in ("person_id", "name", "address", "chat"):
            if name in table.c:
                found = rig.values(table, name)
                assert member.person not in found or name != "person_id"
                assert not {NAME, member.address, member.chat} & set(map(str, found)), table.name
    (row,) = rig.rows(t.erasures)
    assert (row["state"], row["person_id"]) == ("done", None)


def test_no_byte_of_them_is_left(
    bare_rig: Rig, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither in live pages nor in free ones, nor in the write-ahead log, exports, log or ledger."""
    rig, folder = bare_rig, tmp_path / "bare"
    member = with_a_past(rig)
    rig.settle_down()
    report = folder / "answers-long.csv"
    report.write_text(f"person,{MARKER}\n")
    rig.write(lambda c: publishing.note(c, [report], "export", rig.now + timedelta(seconds=1)))
    assert len(traces(folder, member)) == 6
    member.says("forget me")
    member.says("forget yes")
    carry_out(rig, ledger_of(tmp_path))
    assert traces(folder, member) == []
    assert not report.exists()
    assert rig.alerts() == ["files_deleted"]
    said = caplog.text + "".join(capsys.readouterr()) + ledger_of(tmp_path).path.read_text()
    assert [word for word in (MARKER, NAME, "H-777-77", member.address) if word in said] == []


def test_after_a_crash_it_goes_on(make_rig: MakeRig, tmp_path: Path) -> None:
    """Cut off before any statement, the next start finishes it, and nobody is left half erased."""
    rig, book = make_rig(), ledger_of(tmp_path)
    for number in range(1, 60, 4):
        member = rig.person(f"Aino{number}")
        member.says("hello")
        member.says("forget me")
        member.says("forget yes")
        with rig.store.read() as connection:
            (asked,) = erasure.waiting(connection)
        try:
            with rig.crash_before(number):
                rig.write(erasure.carry_out(rig.context, book, asked, rig.now))
        except Crash:
            assert rig.rows(t.persons, id=member.person)
        carry_out(rig, book)
        assert rig.rows(t.persons, id=member.person) == []
        assert rig.rows(t.erasures, state="asked") == []


def test_an_old_button_brings_nobody_back(rig: Rig, tmp_path: Path) -> None:
    """A tap on what was sent before is answered kindly, and nothing is stored of who tapped."""
    member = with_a_past(rig)
    rig.settle_down()
    member.says("me")
    member.says("forget me")
    member.says("forget yes")
    carry_out(rig, ledger_of(tmp_path))
    member.looks()
    assert member.taps("How often") == [words("forget.unknown", "en")]
    assert rig.rows(t.persons) == []


def test_whoever_writes_again_is_a_stranger(rig: Rig, tmp_path: Path) -> None:
    """They may come back by themselves; nothing of before is known."""
    member = with_a_past(rig)
    rig.settle_down()
    member.says("forget me")
    member.says("forget yes")
    carry_out(rig, ledger_of(tmp_path))
    member.looks()
    assert member.uses("start")[0].startswith("Hello.")
    assert rig.row(t.persons)["member_id"] is None


def test_an_older_backup_is_replayed(rig: Rig, tmp_path: Path) -> None:
    """It does not count as up to date before; then whoever was erased is erased again, and nobody else."""
    member, other = with_a_past(rig), rig.person("Bo")
    rig.settle_down()
    folder = tmp_path / "copies"
    folder.mkdir()
    backup.backup(tmp_path / "kuulolla.db", tmp_path / "key", folder / "before.db")
    member.says("forget me")
    member.says("forget yes")
    carry_out(rig, ledger_of(tmp_path))
    backup.backup(tmp_path / "kuulolla.db", tmp_path / "key", folder / "after.db")
    restored = backup.restore(folder / "before.db", tmp_path / "again" / "kuulolla.db", tmp_path / "key")
    assert restored.erased == 1
    rows = _people(tmp_path / "again" / "kuulolla.db", tmp_path / "key")
    assert rows == [(other.person,)]
    again = backup.restore(folder / "after.db", tmp_path / "once" / "kuulolla.db", tmp_path / "key")
    assert again.erased == 0


def _people(database: Path, key: Path) -> list[Any]:
    connection = keyed_connection(database, read_key(key))
    try:
        return list(connection.execute("SELECT id FROM persons ORDER BY id"))
    finally:
        connection.close()

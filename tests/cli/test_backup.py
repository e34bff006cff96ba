"""``kuulolla backup`` and ``restore`` as somebody types them."""

from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.cli import main
from storage import meta, restoring, waves
from storage.lock import FileLock
from storage.store import open_sqlite
from tests.cli.association import settle
from tests.storage.rows import NOW, person, wave


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, output, complaints."""
    code = 0
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as left:
        code = int(left.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """An installation with a person who waits in an open wave."""
    path = settle(tmp_path)

    def begin(connection: Connection) -> None:
        meta.put(connection, "fact", "before")
        waves.enrol(connection, wave(connection), [{"person_id": person(connection), "wanted_at": NOW}])

    with open_sqlite(tmp_path / "data" / "kuulolla.db", tmp_path / "keys" / "kuulolla.key") as store:
        store.write(begin)
    return path


def fact(config: Path) -> tuple[str | None, bool]:
    """What the database holds, and whether it was mistrusted."""
    with (
        open_sqlite(config.parent / "data" / "kuulolla.db", config.parent / "keys" / "kuulolla.key") as store,
        store.read() as connection,
    ):
        return meta.get(connection, "fact"), restoring.restored_at(connection) is not None


def change(config: Path) -> None:
    """Something happens after the backup."""
    with open_sqlite(
        config.parent / "data" / "kuulolla.db", config.parent / "keys" / "kuulolla.key"
    ) as store:
        store.write(lambda c: meta.put(c, "fact", "after"))


def test_a_backup_comes_back(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """There and back again; what may have been sent since is told, and how to say that it was not."""
    code, out, _ = run(capsys, "backup", tmp_path / "monday.db", "-c", config)
    assert (code, "encrypted with the key" in out, "another safe place" in out) == (0, True, True)
    change(config)
    code, out, _ = run(capsys, "restore", tmp_path / "monday.db", "-c", config)
    assert (code, fact(config)) == (0, ("before", True))
    assert "0 invites and reminders count as sent, and 1 people of open waves are not asked in them" in out
    assert "--unbroken" in out
    assert "kuulolla.db.before-restore-1" in out


def test_an_unbroken_backup_goes_on_where_it_stood(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A move to another machine gives nobody up."""
    run(capsys, "backup", tmp_path / "monday.db", "-c", config)
    change(config)
    code, out, _ = run(capsys, "restore", tmp_path / "monday.db", "--unbroken", "-c", config)
    assert (code, fact(config), "count as sent" in out) == (0, ("before", False), False)


def test_a_running_bot_is_not_restored_over(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 75: stop it first."""
    run(capsys, "backup", tmp_path / "monday.db", "-c", config)
    change(config)
    with FileLock(tmp_path / "data" / "kuulolla.db"):
        code, _, err = run(capsys, "restore", tmp_path / "monday.db", "-c", config)
        assert (code, "Another Kuulolla is running" in err) == (75, True)
        assert run(capsys, "backup", tmp_path / "tuesday.db", "-c", config)[0] == 0
    assert fact(config) == ("after", False)


def test_a_backup_does_not_lie_beside_its_key(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever finds one would have both."""
    code, _, err = run(capsys, "backup", tmp_path / "keys" / "monday.db", "-c", config)
    assert (code, "beside its key" in err) == (2, True)


def test_a_damaged_backup_is_told(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, one line, nothing changed."""
    run(capsys, "backup", tmp_path / "monday.db", "-c", config)
    content = bytearray((tmp_path / "monday.db").read_bytes())
    content[-1000] ^= 1
    (tmp_path / "monday.db").write_bytes(content)
    code, out, err = run(capsys, "restore", tmp_path / "monday.db", "-c", config)
    assert (code, out, err.count("\n"), fact(config)) == (2, "", 1, ("before", False))


def test_postgres_has_its_own_tools(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are named."""
    config = settle(tmp_path, old="ballast_mb = 0", new='url = { env = "DATABASE_URL" }')
    for command, tool in (("backup", "pg_dump"), ("restore", "pg_restore")):
        code, _, err = run(capsys, command, tmp_path / "x.db", "-c", config)
        assert (code, tool in err) == (2, True)

"""What doctor finds on this machine: whatever is broken becomes a finding, and nothing is changed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import text, update

from adapters.base import Finding
from bot.config.model import Config, Organisation, SecretSource, StorageConfig
from bot.engine.messages import RawUpdate
from bot.errors import Problem, UserError
from bot.service import checkup
from storage import alerts, inbox, meta, outbox, place
from storage.engine import create_key
from storage.store import Store, open_sqlite
from storage.tables import inbox as inbox_rows
from storage.tables import outbox as outbox_rows
from tests.storage import rows as seed

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A configuration whose key lies in another folder than its database."""
    create_key(tmp_path / "keys" / "kuulolla.key")
    return Config(
        file=tmp_path / "config.toml",
        organisation=Organisation(name={"fi": "Hauskala ry"}),
        flows={},
        surveys={},
        storage=StorageConfig(
            path=tmp_path / "data" / "kuulolla.db", key_file=tmp_path / "keys" / "kuulolla.key", ballast_mb=0
        ),
    )


def look(config: Config, accounts: Mapping[str, str] | None = None, now: datetime = NOW) -> list[Finding]:
    """Every finding."""
    return checkup.of_storage(config, accounts or {}, now)


def states(findings: list[Finding]) -> list[tuple[str, str]]:
    """Subject and state of each."""
    return [(finding.subject, finding.state) for finding in findings]


def bad(findings: list[Finding]) -> str:
    """The one finding that is not ok, as a line."""
    (found,) = [finding for finding in findings if finding.state != "ok"]
    return f"{found.state} {found.subject}: {found.message} {found.advice}"


def opened(config: Config) -> Store:
    """The database, made if need be."""
    return open_sqlite(config.storage.path, config.storage.key_file)


# --- in order ---------------------------------------------------------------------------------------------


def test_a_fresh_installation_is_in_order(config: Config) -> None:
    """Before the first run there is a key and no database, and looking makes none."""
    assert states(look(config)) == [("key file", "ok"), ("disk", "ok"), ("database", "ok")]
    assert not config.storage.path.parent.exists()


def test_an_installation_in_use_is_in_order(config: Config) -> None:
    """Version, whole file, nothing for a person; also while somebody else has it open."""
    with opened(config):
        assert states(look(config)) == [
            ("key file", "ok"), ("disk", "ok"), ("database", "ok"), ("database", "ok"), ("for you", "ok"),
        ]  # fmt: skip


def test_looking_changes_nothing(config: Config) -> None:
    """The file is the same afterwards, byte by byte."""
    opened(config).close()
    before = config.storage.path.read_bytes()
    look(config)
    assert config.storage.path.read_bytes() == before


# --- key, disk --------------------------------------------------------------------------------------------


def test_a_missing_key_is_a_problem(config: Config) -> None:
    """Told for the key and for the database that it should open."""
    opened(config).close()
    config.storage.key_file.unlink()
    found = [finding for finding in look(config) if finding.state == "problem"]
    assert [(one.subject, "is missing" in one.message) for one in found] == [
        ("key file", True),
        ("database", True),
    ]


def test_a_key_open_to_others_is_a_problem(config: Config) -> None:
    """With the command that mends it."""
    config.storage.key_file.chmod(0o644)
    assert f"Run: chmod 600 {config.storage.key_file}" in bad(look(config))


def test_a_key_beside_the_database_is_a_warning(config: Config) -> None:
    """Whoever copies the folder has both."""
    beside = replace(config.storage, path=config.storage.key_file.with_name("kuulolla.db"))
    assert bad(look(replace(config, storage=beside))).startswith("warning key file: ")


@pytest.mark.parametrize(
    ("free", "state"), [(99_999_999, "problem"), (500_000_000, "warning"), (10**9, "ok")]
)
def test_a_disk_that_fills_is_told_in_time(
    config: Config, monkeypatch: pytest.MonkeyPatch, free: int, state: str
) -> None:
    """A warning while there is time, a problem when there is none."""
    monkeypatch.setattr(place, "free_bytes", lambda _: free)
    assert ("disk", state) in states(look(config))


def test_a_network_disk_is_a_problem(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """The write-ahead log needs one host."""
    monkeypatch.setattr(place, "filesystem", lambda _: "nfs4")
    assert "is on a network file system (nfs4)" in bad(look(config))


def test_a_place_that_cannot_be_written_is_a_problem(config: Config) -> None:
    """It is told before the first run fails on it."""
    config.storage.path.parent.write_text("a file where the folder should be")
    assert f"{config.storage.path} cannot be written" in bad(look(config))


def test_a_ballast_that_was_thrown_off_is_a_warning(config: Config) -> None:
    """Only where one is wanted, and the bot has run before."""
    wanted = replace(config, storage=replace(config.storage, ballast_mb=1))
    assert ("ballast", "warning") not in states(look(wanted))
    opened(config).close()
    assert ("ballast", "warning") in states(look(wanted))


# --- the database -----------------------------------------------------------------------------------------


def test_a_wrong_key_is_a_problem(config: Config) -> None:
    """In plain words."""
    opened(config).close()
    config.storage.key_file.unlink()
    create_key(config.storage.key_file)
    assert "cannot be opened with this key, or it is damaged" in bad(look(config))


def test_a_damaged_page_is_a_problem(config: Config) -> None:
    """One changed byte in the middle of the file is noticed, and a backup is advised."""
    with opened(config) as store:
        store.write(lambda c: meta.put(c, "a", "x" * 50_000))
    content = bytearray(config.storage.path.read_bytes())
    content[len(content) - 10_000] ^= 1
    config.storage.path.write_bytes(content)
    assert "damaged" in bad(look(config))


@pytest.mark.parametrize(
    ("version", "state", "words"),
    [("9999", "problem", "made by a newer Kuulolla"), ("0000", "warning", "Make a backup; the next start")],
)
def test_another_version_is_told(config: Config, version: str, state: str, words: str) -> None:
    """A newer one is a problem, an older one will be brought up to date."""
    with opened(config) as store:
        store.write(lambda c: c.execute(text(f"UPDATE alembic_version SET version_num = '{version}'")))
    found = bad(look(config))
    assert (found.split()[0], words in found) == (state, True)


def test_a_database_without_tables_is_a_warning(config: Config) -> None:
    """It may be the wrong one."""
    with opened(config) as store:
        store.write(lambda c: c.execute(text("DROP TABLE alembic_version")))
    assert "It holds no tables of Kuulolla." in bad(look(config))


def test_a_missing_table_is_a_problem(config: Config) -> None:
    """Somebody has dropped it by hand."""
    with opened(config) as store:
        store.write(lambda c: c.execute(text("DROP TABLE late_results")))
    assert "Tables are missing: late_results." in bad(look(config))


def test_a_large_write_ahead_log_is_a_warning(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something reads and never ends."""
    monkeypatch.setattr(checkup, "WAL_LARGE", 20_000)
    with opened(config) as store:
        for number in range(20):
            store.write(lambda c, key=str(number): meta.put(c, key, "x" * 5000))  # type: ignore[misc]
        assert ("write-ahead log", "warning") in states(look(config))


def test_a_token_of_another_account_is_a_problem(config: Config) -> None:
    """The database remembers whose it is."""
    with opened(config) as store:
        store.write(lambda c: meta.put(c, "account.telegram", "11"))
    assert "belongs to account 11, and the token is of account 22" in bad(look(config, {"telegram": "22"}))
    assert "problem" not in dict(states(look(config, {"telegram": "11", "slack": "T1"}))).values()


def test_what_waits_for_a_person_is_told(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages in doubt, messages given up, a backlog, and alerts, of which the first few are shown."""
    monkeypatch.setattr(checkup, "WAITING_MANY", 1)

    def trouble(connection: object) -> None:
        from sqlalchemy import Connection

        assert isinstance(connection, Connection)
        seed.send(connection, seed.correspondent(connection), "1:1")
        connection.execute(update(outbox_rows).values(state="unknown", settled_at=NOW))
        updates = [RawUpdate(external_id=str(number), chat="5", body=b"{}") for number in range(3)]
        inbox.add(connection, "telegram", "1", updates, NOW)
        connection.execute(update(inbox_rows).where(inbox_rows.c.external_id == "0").values(state="dead"))
        for number in range(7):
            alerts.raise_(connection, "refused", str(number), f"Telegram refuses {number}.", NOW)
        assert len(outbox.doubtful(connection)) == 1

    with opened(config) as store:
        store.write(trouble)
    found = [finding for finding in look(config) if finding.state == "warning"]
    assert [one.subject for one in found] == ["in doubt", "inbox", "inbox", *["alert refused"] * 5, "alerts"]
    assert "the newest is of 2026-03-02 12:00 UTC" in found[0].message
    assert found[-1].message == "2 more are open."


# --- PostgreSQL -------------------------------------------------------------------------------------------


def on_postgres(config: Config, folder: Path, url: str) -> Config:
    """The same with PostgreSQL."""
    file = folder / "database.url"
    file.write_text(url)
    file.chmod(0o600)
    return replace(config, storage=replace(config.storage, url=SecretSource(file=file)))


def test_postgres_in_use_is_in_order(config: Config, postgres_url: str, tmp_path: Path) -> None:
    """It answers, its clock agrees, its tables are ours; no key and no disk of ours are needed."""
    config.storage.key_file.unlink()
    wanted = on_postgres(config, tmp_path, postgres_url)
    assert states(look(wanted, now=datetime.now(UTC))) == [
        ("database", "ok"), ("clock", "ok"), ("database", "ok"), ("for you", "ok"),
    ]  # fmt: skip


def test_a_clock_that_differs_is_a_warning(config: Config, postgres_url: str, tmp_path: Path) -> None:
    """The database's clock and ours."""
    wanted = on_postgres(config, tmp_path, postgres_url)
    assert "differs from the database's by" in bad(look(wanted, now=datetime.now(UTC) - timedelta(hours=1)))


def test_an_empty_postgres_is_a_warning(config: Config, postgres_db: str, tmp_path: Path) -> None:
    """Nothing is made by looking."""
    wanted = on_postgres(config, tmp_path, postgres_db)
    for _ in range(2):
        assert "It holds no tables of Kuulolla." in bad(look(wanted, now=datetime.now(UTC)))


@pytest.mark.parametrize("url", ["postgresql://someone:geheim@127.0.0.1:1/x", "geheim"])
def test_a_postgres_that_does_not_answer_is_a_problem(config: Config, tmp_path: Path, url: str) -> None:
    """The password is not repeated."""
    found = bad(look(on_postgres(config, tmp_path, url)))
    assert (found.startswith("problem database: "), "geheim" in found) == (True, False)


# --- whatever happens -------------------------------------------------------------------------------------


def test_every_problem_of_an_admins_becomes_a_finding() -> None:
    """With its place."""

    def look() -> NoReturn:
        raise UserError(
            Problem(file="a.toml", line=3, path="x", message="Wrong.", advice="Mend it."), "Also this."
        )

    assert [(one.message, one.advice) for one in checkup.guarded("thing", look)] == [
        ("a.toml:3: x: Wrong.", "Mend it."),
        ("Also this.", ""),
    ]


def test_a_look_that_breaks_becomes_a_finding() -> None:
    """The kind of mistake is told, and not its words, which might hold anything; earlier finds are kept."""

    def look() -> object:
        yield Finding(subject="thing", state="ok", message="so far")
        raise KeyError("geheim")

    found = checkup.guarded("thing", look)  # type: ignore[arg-type]
    assert [(one.state, one.message) for one in found] == [
        ("ok", "so far"),
        ("problem", "This could not be looked at: KeyError."),
    ]

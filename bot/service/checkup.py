"""What ``kuulolla doctor`` looks at on this machine: key, disk, database, and what waits for a person.

Nothing is changed, nothing is repaired, and nothing raises: whatever is broken becomes a finding.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from adapters.base import Finding
from bot.config.model import Config, SecretSource
from bot.config.secrets import read
from bot.errors import Problem, UserError
from bot.service import sharing
from storage import Connection, ballast, erasing, inspection, meta, migrate, place, voices
from storage.engine import read_key
from storage.erased import ledger

WAL_LARGE: Final = 64_000_000
"""Bytes of write-ahead log that show a reader which never ends (faults F59)."""
DISK_SHORT: Final = 1_000_000_000
DISK_FULL: Final = 100_000_000
"""Bytes left on the disk: time to look, time to act."""
CLOCK_DIFFERS: Final = timedelta(seconds=5)
WAITING_MANY: Final = 1000
"""Messages in the inbox that a running bot would have dealt with in seconds."""
LISTED: Final = 5
"""Alerts shown one by one."""


def guarded(subject: str, look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """What a look finds; if it breaks, that it broke."""
    found: list[Finding] = []
    try:
        found.extend(look())
    except UserError as error:
        found += [problem(subject, one) for one in error.problems]
    except Exception as error:  # noqa: BLE001 - a doctor who faints helps nobody
        message = f"This could not be looked at: {type(error).__name__}."
        found.append(Finding(subject=subject, state="problem", message=message))
    return found


def problem(subject: str, one: Problem) -> Finding:
    """A problem of an admin's as a finding."""
    where = ":".join(part for part in (one.file, str(one.line) if one.line else "") if part)
    message = ": ".join(part for part in (where, one.path, one.message) if part)
    return Finding(subject=subject, state="problem", message=message, advice=one.advice)


def _ok(subject: str, message: str) -> Finding:
    return Finding(subject=subject, state="ok", message=message)


def _warning(subject: str, message: str, advice: str) -> Finding:
    return Finding(subject=subject, state="warning", message=message, advice=advice)


def _problem(subject: str, message: str, advice: str) -> Finding:
    return Finding(subject=subject, state="problem", message=message, advice=advice)


def of_storage(config: Config, accounts: Mapping[str, str], now: datetime) -> list[Finding]:
    """Key, disk, database and what in it needs a person. ``now`` is aware UTC.

    ``accounts`` are the accounts of the configured tokens, by platform, as far as they are known.
    """
    url = config.storage.url
    if url is not None:
        return guarded("database", lambda: _postgres(config, url, accounts, now))
    return [
        *guarded("key file", lambda: _key(config)),
        *guarded("disk", lambda: _disk(config)),
        *guarded("database", lambda: _sqlite(config, accounts, now)),
    ]


# --- the embedded database --------------------------------------------------------------------------------


def _key(config: Config) -> Iterator[Finding]:
    path, database = config.storage.key_file, config.storage.path
    read_key(path)
    if path.resolve().parent == database.resolve().parent:
        yield _warning(
            "key file",
            f"{path} lies beside the database: whoever copies the folder can read everything.",
            "Move it to another folder and name it in [storage] key_file.",
        )
    else:
        yield _ok("key file", f"{path} is there, and yours alone. Keep a copy in another safe place.")


def _disk(config: Config) -> Iterator[Finding]:
    path = config.storage.path
    kind = place.filesystem(path)
    if kind in place.NETWORK:
        yield _problem(
            "disk",
            f"{path} is on a network file system ({kind}), where the database can be damaged.",
            "Put it on a disk of this machine ([storage] path), or use PostgreSQL.",
        )
    free = place.free_bytes(path)
    room = f"{free / 1e9:.1f} GB are free."
    if free < DISK_FULL:
        yield _problem("disk", room, "Make room now: on a full disk no answer can be stored.")
    elif free < DISK_SHORT:
        yield _warning("disk", room, "Make room soon.")
    else:
        yield _ok("disk", room)
    if config.storage.ballast_mb and path.exists() and not ballast.place(path).exists():
        yield _warning(
            "ballast",
            "The ballast for a full disk is not there: it was thrown off, or there was no room for it.",
            "Make room; the next start lays it in again.",
        )


def _sqlite(config: Config, accounts: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    path = config.storage.path
    if not place.writable(path):
        advice = "Check who owns the folder and the file, and whether the disk is mounted for reading only."
        yield _problem("database", f"{path} cannot be written.", advice)
        return
    if not path.exists():
        yield _ok("database", f"There is none at {path} yet; the first run makes it.")
        return
    with inspection.sqlite(path, config.storage.key_file) as connection:
        broken = inspection.damage(connection)
        if broken:
            message = f"{path} is damaged: {broken}"
            yield _problem("database", message, "Stop the bot and restore a backup: kuulolla restore FILE.")
            return
        yield _ok("database", f"{path} is whole ({path.stat().st_size / 1e6:.1f} MB).")
        known = _version(connection)
        yield known
        if known.state == "ok":
            yield from _accounts(connection, accounts)
            yield from _erasures(config, connection)
            yield from _contents(connection)
            yield from _owed(config, connection, now)
    yield from _log(path)


def _log(path: Path) -> Iterator[Finding]:
    log = path.with_name(path.name + "-wal")
    size = log.stat().st_size if log.exists() else 0
    if size > WAL_LARGE:
        yield _warning(
            "write-ahead log",
            f"It has grown to {size / 1e6:.0f} MB: something reads the database and never ends.",
            "Look for an export or another program that hangs, or restart the bot.",
        )


def _version(connection: Connection) -> Finding:
    """Whether the tables are ours."""
    version = migrate.version(connection)
    if version is None:
        message = "It holds no tables of Kuulolla."
        return _warning("database", message, "Is it the right one? If so, the next start makes them.")
    if version > migrate.HEAD:
        return _problem(
            "database",
            f"It was made by a newer Kuulolla (its tables are version {version}, ours {migrate.HEAD}).",
            "Install that version.",
        )
    if version < migrate.HEAD:
        return _warning(
            "database",
            f"Its tables are version {version}, this program's {migrate.HEAD}.",
            "Make a backup; the next start brings them up to date.",
        )
    missing = inspection.missing_tables(connection)
    if missing:
        return _problem("database", f"Tables are missing: {', '.join(missing)}.", "Restore a backup.")
    return _ok("database", f"Its tables are version {version}, as they should be.")


# --- PostgreSQL -------------------------------------------------------------------------------------------


def _postgres(
    config: Config, url: SecretSource, accounts: Mapping[str, str], now: datetime
) -> Iterator[Finding]:
    with inspection.postgres(read(url).reveal()) as connection:
        version, theirs = inspection.server(connection)
        yield _ok("database", f"PostgreSQL {version} answers.")
        yield _clock(now, theirs)
        known = _version(connection)
        yield known
        if known.state == "ok":
            yield from _accounts(connection, accounts)
            yield from _erasures(config, connection)
            yield from _contents(connection)
            yield from _owed(config, connection, now)


def _clock(now: datetime, theirs: datetime) -> Finding:
    difference = abs(now - theirs)
    if difference <= CLOCK_DIFFERS:
        return _ok("clock", "It agrees with the database's.")
    return _warning(
        "clock",
        f"This machine's clock differs from the database's by {difference.total_seconds():.0f} seconds.",
        "Switch on time synchronisation on both (timedatectl set-ntp true).",
    )


# --- what waits for a person ------------------------------------------------------------------------------


def _accounts(connection: Connection, accounts: Mapping[str, str]) -> Iterator[Finding]:
    for platform, account in accounts.items():
        known = meta.get(connection, f"account.{platform}")
        if known not in (None, account):
            yield _problem(
                f"{platform} account",
                f"This database belongs to account {known}, and the token is of account {account}.",
                "Put the old token back, or begin a new database for the new account.",
            )


def _erasures(config: Config, connection: Connection) -> Iterator[Finding]:
    """Whether database and erasure ledger know of the same people who asked to be forgotten."""
    book = ledger(config.storage.key_file)
    if erasing.unreplayed(connection, book):
        yield _problem(
            "erasures",
            "This database is older than an erasure: people in it have asked to be forgotten since.",
            "Run: kuulolla forget --replay",
        )
    lost = erasing.unwritten(connection, book)
    if lost:
        yield _problem(
            "erasures",
            f"{lost} erasures are missing in {book.path}: an older backup would bring these people back.",
            "Put the file back from your copy of the key's folder.",
        )


def _contents(connection: Connection) -> Iterator[Finding]:
    needs = inspection.needs(connection)
    if needs.doubtful:
        yield _warning(
            "in doubt",
            f"Of {len(needs.doubtful)} messages nobody knows whether they arrived; the newest is of "
            f"{needs.doubtful[0].settled_at:%Y-%m-%d %H:%M} UTC.",
            "They count as sent and are not repeated. The person's next word settles it.",
        )
    if needs.dead:
        yield _warning(
            "inbox",
            f"{needs.dead} messages of members could not be understood by the program; they are kept.",
            "This is a mistake in the program. Please report it with the lines of the log.",
        )
    if needs.waiting > WAITING_MANY:
        yield _warning(
            "inbox",
            f"{needs.waiting} messages of members wait for their effect.",
            "If the bot runs, it is overloaded or stuck; restart it, and look at the log.",
        )
    for one in needs.alerts[:LISTED]:
        yield _warning(
            f"alert {one.kind}", one.message, f"{one.count} times, last on {one.last_at:%Y-%m-%d %H:%M} UTC."
        )
    if len(needs.alerts) > LISTED:
        yield _warning("alerts", f"{len(needs.alerts) - LISTED} more are open.", "")
    if not any((needs.doubtful, needs.dead, needs.waiting > WAITING_MANY, needs.alerts)):
        yield _ok("for you", "Nothing waits for a person.")


def _owed(config: Config, connection: Connection, now: datetime) -> Iterator[Finding]:
    """What members wait for: a reply, somebody who takes up an alert, news that was promised."""
    waiting = voices.waiting(connection)
    worries = waiting.get("words", 0) + waiting.get("score", 0)
    if worries:
        yield _warning("alerts of members", f"{worries} are open.", "Look at them: kuulolla alerts")
    if waiting.get("feedback"):
        message = f"{waiting['feedback']} pieces wait."
        yield _warning("feedback", message, "Read them: kuulolla feedback list")
    for loop in sharing.open_loops(config, connection):
        if loop.due_at is not None and loop.due_at < now:
            yield _warning(
                "promise",
                f"By {loop.due_at:%Y-%m-%d} those who were asked '{loop.survey}' should have heard of it.",
                f"Tell them: kuulolla share {loop.survey} --text …",
            )

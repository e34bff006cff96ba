"""One bot for each SQLite file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import EXIT_TRY_LATER, UserError
from storage.lock import FileLock, held


def test_a_second_holder_is_refused(tmp_path: Path) -> None:
    """With one clear line and exit code 75, so that a supervisor tries again later."""
    database = tmp_path / "data" / "kuulolla.db"
    with FileLock(database):
        with pytest.raises(UserError, match=f"Another Kuulolla is running on {database}") as refused:
            FileLock(database)
        assert (refused.value.exit_code, EXIT_TRY_LATER, len(refused.value.problems)) == (75, 75, 1)
        assert held(database)
    assert not held(database)
    FileLock(database).release()


def test_locks_of_other_files_are_others(tmp_path: Path) -> None:
    """Two installations on one machine."""
    with FileLock(tmp_path / "a.db"), FileLock(tmp_path / "b.db"):
        assert (held(tmp_path / "a.db"), held(tmp_path / "c.db")) == (True, False)


def test_looking_does_not_take_the_lock(tmp_path: Path) -> None:
    """Nor does it make a file."""
    assert not held(tmp_path / "a.db")
    assert list(tmp_path.iterdir()) == []


def test_the_kernel_gives_back_what_a_killed_holder_had(tmp_path: Path) -> None:
    """No lock outlives its process."""
    database = tmp_path / "kuulolla.db"
    program = (
        "import sys; from pathlib import Path; from storage.lock import FileLock\n"
        "lock = FileLock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", program, str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=root,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(UserError):
            FileLock(database)
        holder.kill()
        holder.wait(10)
        FileLock(database).release()


def test_the_lock_is_its_owners_alone(tmp_path: Path) -> None:
    """Whatever the umask."""
    before = os.umask(0)
    try:
        FileLock(tmp_path / "a.db").release()
    finally:
        os.umask(before)
    assert (tmp_path / "a.db.lock").stat().st_mode & 0o777 == 0o600


def test_a_lock_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file where the folder should be."""
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written") as refused:
        FileLock(tmp_path / "file" / "a.db")
    assert refused.value.exit_code == 2

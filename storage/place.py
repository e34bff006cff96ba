"""Where the database file lies: its disk, and whether that disk is a network's.

Reads the kernel's own table of mounts. It decides nothing.
"""

import os
import re
import shutil
from pathlib import Path
from typing import Final

from bot.errors import Problem, UserError

MOUNTS: Final = Path("/proc/self/mountinfo")
NETWORK: Final = frozenset(
    "9p afs ceph cifs coda davfs fuse.glusterfs fuse.s3fs fuse.sshfs gfs2 glusterfs lustre ncpfs nfs nfs4 "
    "ocfs2 smb3 smbfs".split()
)
"""Types of file systems on which SQLite's write-ahead log is not safe: its shared memory needs one host."""
_ESCAPE: Final = re.compile(r"\\([0-7]{3})")


def free_bytes(path: Path) -> int:
    """Room left on the disk of a file that may not exist yet."""
    return shutil.disk_usage(_existing(path)).free


def writable(path: Path) -> bool:
    """Whether a file may be written where it is, or made there with the folders that it needs."""
    folder = _existing(path.absolute().parent)
    ours = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    return ours and (not path.exists() or os.access(path, os.W_OK))


def filesystem(path: Path, mounts: Path = MOUNTS) -> str:
    """The type of the file system that a file is on, or will be; empty where the kernel does not tell."""
    wanted = _existing(path).resolve()
    found: tuple[int, str] = (-1, "")
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(), after.split()
        if len(fields) > 4 and kinds:  # noqa: PLR2004 - the fifth field is the mount point (proc(5))
            point = Path(_ESCAPE.sub(lambda code: chr(int(code[1], 8)), fields[4]))
            if wanted.is_relative_to(point) and len(point.parts) >= found[0]:
                found = len(point.parts), kinds[0]
    return found[1]


def refuse_network(path: Path, mounts: Path = MOUNTS) -> None:
    """Raises UserError where the file is, or would be, on a network's disk: answers could be lost there."""
    kind = filesystem(path, mounts)
    if kind in NETWORK:
        raise UserError(
            Problem(
                message=f"The database {path} is on a network disk ({kind}), where SQLite is not safe.",
                advice="Move it to this machine's own disk, or use PostgreSQL: [storage] url.",
            )
        )


def _existing(path: Path) -> Path:
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path

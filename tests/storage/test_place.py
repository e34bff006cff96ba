"""Where a file lies is read from the kernel's own table."""

from pathlib import Path

import pytest

from bot.errors import UserError
from storage import place

MOUNTS = """\
22 27 0:21 / / rw,relatime - ext4 /dev/vda rw
23 22 0:22 / /proc rw - proc proc rw
30 22 0:30 / {folder}/net rw,relatime shared:1 - nfs4 server:/x rw
31 30 0:31 / {folder}/net/local rw - xfs /dev/vdb rw
32 22 0:32 / {folder}/with\\040space rw - cifs //server/x rw
33 22 0:33 / {folder}/ne rw - tmpfs tmpfs rw
short line
34 22 0:34 / /x rw
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    """A table of mounts."""
    for name in ("net/local", "with space", "ne"):
        (tmp_path / name).mkdir(parents=True)
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS.format(folder=tmp_path))
    return table


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("x.db", "ext4"),
        ("net/x.db", "nfs4"),
        ("net/deep/er/x.db", "nfs4"),
        ("net/local/x.db", "xfs"),
        ("with space/x.db", "cifs"),
        ("ne/x.db", "tmpfs"),
        ("nets/x.db", "ext4"),
    ],
)
def test_the_innermost_mount_counts(tmp_path: Path, mounts: Path, name: str, kind: str) -> None:
    """Whether the file and its folders are there yet or not."""
    assert place.filesystem(tmp_path / name, mounts) == kind


def test_a_link_leads_to_where_it_leads(tmp_path: Path, mounts: Path) -> None:
    """A link onto a network disk is a network disk."""
    (tmp_path / "link").symlink_to(tmp_path / "net")
    assert place.filesystem(tmp_path / "link" / "x.db", mounts) == "nfs4"


def test_a_kernel_that_tells_nothing_is_believed(tmp_path: Path) -> None:
    """No table, no type."""
    assert place.filesystem(tmp_path, tmp_path / "none") == ""


def test_network_disks_are_known_by_their_types() -> None:
    """Those on which SQLite's shared memory cannot work; not those of this machine."""
    assert {"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs"} <= place.NETWORK
    assert not {"ext4", "xfs", "btrfs", "tmpfs", "overlay", "zfs"} & place.NETWORK


def test_the_room_on_a_disk_is_told(tmp_path: Path) -> None:
    """Also for a file that is not there yet."""
    assert place.free_bytes(tmp_path / "a" / "b" / "x.db") > 0


def test_a_database_on_a_network_is_refused(tmp_path: Path, mounts: Path) -> None:
    """Before anything is opened there; a disk of this machine below it is fine."""
    with pytest.raises(UserError, match="on a network disk \\(nfs4\\)"):
        place.refuse_network(tmp_path / "net" / "kuulolla.db", mounts)
    place.refuse_network(tmp_path / "net" / "local" / "kuulolla.db", mounts)

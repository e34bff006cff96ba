"""Files that members sent: fetched with the real clients, kept within a size, swept away when nobody's."""

import asyncio
import logging
import stat
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, select

from adapters.base import NotFetched
from bot.config.model import MediaConfig
from bot.fetching import Fetcher, keep
from storage import attachments
from storage.store import Store, open_sqlite
from storage.tables import attachments as table
from storage.tables import sessions
from tests.adapters.slack.rig import slack_rig
from tests.adapters.telegram.rig import OTHER_TOKEN, adapter, telegram_rig
from tests.servers.slack import BOT_TOKEN
from tests.servers.slack.workspace import SharedFile
from tests.servers.telegram import TOKEN
from tests.storage import rows

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BODY = b"a picture of the fire" * 50


async def test_telegram_gives_a_file(caplog: pytest.LogCaptureFixture) -> None:
    """GetFile and its address; too large, unknown and unreachable are told apart, and no token is logged."""
    caplog.set_level(logging.DEBUG)
    async with telegram_rig() as rig:
        kept = rig.server.keep_file({"content": BODY, "file_name": "fire.jpg"})
        source = f"telegram:{kept.ids()['file_id']}"
        assert await rig.adapter.fetch(source, 10_000) == BODY
        assert await rig.adapter.fetch(source, 100) == NotFetched("too_large", again=False)
        assert await rig.adapter.fetch("telegram:nothing", 100) == NotFetched("gone", again=False)
        assert await rig.adapter.fetch("slack:F1", 100) == NotFetched("not_ours", again=False)
        await rig.go_down()
        assert await rig.adapter.fetch(source, 10_000) == NotFetched("unreachable", again=True)
        assert TOKEN.partition(":")[2] not in caplog.text


async def test_telegram_refuses_a_wrong_token() -> None:
    """What another bot was sent cannot be had."""
    async with telegram_rig() as rig:
        kept = rig.server.keep_file({"content": BODY})
        other = adapter(rig.server.url, OTHER_TOKEN)
        found = await other.fetch(f"telegram:{kept.ids()['file_id']}", 10_000)
        await other.close()
        assert isinstance(found, NotFetched)


async def test_slack_gives_a_file(caplog: pytest.LogCaptureFixture) -> None:
    """files.info and the private address, shown the token; a page to sign in is no file."""
    caplog.set_level(logging.DEBUG)
    async with slack_rig() as rig:
        rig.server.files["F1"] = SharedFile("F1", "fire.jpg", len(BODY), BODY)
        assert await rig.adapter.fetch("slack:F1", 10_000) == BODY
        assert await rig.adapter.fetch("slack:F1", 100) == NotFetched("too_large", again=False)
        rig.server.files["F1"].length = 1
        assert await rig.adapter.fetch("slack:F1", 100) == NotFetched("too_large", again=False)
        assert await rig.adapter.fetch("slack:F2", 100) == NotFetched("gone", again=False)
        assert await rig.adapter.fetch("telegram:A", 100) == NotFetched("not_ours", again=False)
        rig.server.scopes -= {"files:read"}
        assert isinstance(await rig.adapter.fetch("slack:F1", 10_000), NotFetched)
        await rig.go_down()
        assert await rig.adapter.fetch("slack:F1", 10_000) == NotFetched("unreachable", again=True)
        assert BOT_TOKEN not in caplog.text


# --- the queue and the folder -----------------------------------------------------------------------------


@dataclass
class Shelf:
    """A platform whose files are a dict, with the part of an adapter that fetching needs."""

    files: dict[str, bytes | NotFetched] = field(default_factory=dict)
    platform: str = "telegram"
    account: str = "1"

    async def fetch(self, source: str, most: int) -> bytes | NotFetched:
        """What lies there."""
        return self.files[source]


def _waiting(store: Store, source: str, mime: str = "image/jpeg") -> int:
    def add(connection: Connection) -> int:
        person = rows.person(connection)
        place = rows.address(connection, person, source)
        session = rows.session(connection, person, place, public_id=source[-1])
        attachments.add(
            connection,
            session_id=session,
            question="picture",
            revision=1,
            platform="telegram",
            account="1",
            source=source,
            mime=mime,
            file=attachments.file_name(mime),
            now=NOW,
        )
        return session

    return store.write(add)


def _fetcher(store: Store, folder: Path, now: datetime = NOW) -> Fetcher:
    return Fetcher(
        MediaConfig(keep="download", folder=folder, max_mb=1),
        store,
        lambda job: asyncio.wrap_future(store.submit(job)),
        lambda: now,
    )


def _states(store: Store) -> list[tuple[str, str | None, int | None]]:
    with store.read() as connection:
        query = select(table.c.state, table.c.reason, table.c.size).order_by(table.c.id)
        return [tuple(row) for row in connection.execute(query)]


async def test_a_file_is_kept_once_for_its_owner_alone(
    database: Path, key_file: Path, tmp_path: Path
) -> None:
    """It lies in a closed folder under a name of ours, and a second round does nothing."""
    shelf, folder = Shelf({"telegram:A": BODY}), tmp_path / "media"
    with open_sqlite(database, key_file) as store:
        _waiting(store, "telegram:A")
        fetcher = _fetcher(store, folder)
        assert await fetcher.fetch(shelf) == 1  # type: ignore[arg-type]
        assert await fetcher.fetch(shelf) == 0  # type: ignore[arg-type]
        assert _states(store) == [("saved", None, len(BODY))]
        (file,) = folder.iterdir()
        assert file.read_bytes() == BODY
        assert (file.suffix, stat.S_IMODE(file.stat().st_mode)) == (".jpg", 0o600)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert fetcher.sweep() == 0


async def test_what_does_not_come_is_tried_again_and_given_up(
    database: Path, key_file: Path, tmp_path: Path
) -> None:
    """Four times at growing distances where it may still come; not at all where it cannot."""
    shelf = Shelf({"telegram:A": NotFetched("unreachable", True), "telegram:B": NotFetched("gone", False)})
    with open_sqlite(database, key_file) as store:
        _waiting(store, "telegram:A")
        _waiting(store, "telegram:B")
        await _fetcher(store, tmp_path / "media").fetch(shelf)  # type: ignore[arg-type]
        assert _states(store) == [("waiting", "unreachable", None), ("refused", "gone", None)]
        for day in range(1, 5):
            await _fetcher(store, tmp_path, NOW + timedelta(days=day)).fetch(shelf)  # type: ignore[arg-type]
        assert _states(store)[0] == ("refused", "unreachable", None)


async def test_files_of_nobody_are_swept_away(database: Path, key_file: Path, tmp_path: Path) -> None:
    """When the session is gone, its files and drafts go; what is not ours in the folder stays."""
    folder = tmp_path / "media"
    with open_sqlite(database, key_file) as store:
        session = _waiting(store, "telegram:A")
        fetcher = _fetcher(store, folder)
        assert fetcher.sweep() == 0
        await fetcher.fetch(Shelf({"telegram:A": BODY}))  # type: ignore[arg-type]
        (file,) = folder.iterdir()
        (folder / f".{file.name}").write_bytes(b"half")
        (folder / "readme.txt").write_text("mine")
        store.write(lambda one: one.execute(delete(sessions).where(sessions.c.id == session)))
        assert fetcher.sweep() == 2
        assert [path.name for path in folder.iterdir()] == ["readme.txt"]


@pytest.mark.parametrize("name", ["../x.jpg", "x.jpg", "/etc/passwd", f"{'a' * 32}.jpg/.."])
def test_only_names_of_ours_are_written(tmp_path: Path, name: str) -> None:
    """No name from outside can lead out of the folder."""
    with pytest.raises(ValueError, match="no name of ours"):
        keep(tmp_path, name, b"x")


def test_a_link_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    """Whoever lays a link where the draft will be gets an error, not somebody's file."""
    name = attachments.file_name("image/png")
    (tmp_path / "target").write_text("mine")
    (tmp_path / f".{name}").symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match=r"symbolic|loop|levels"):
        keep(tmp_path, name, b"x")
    assert (tmp_path / "target").read_text() == "mine"


@pytest.mark.parametrize(
    ("mime", "ending"),
    [("image/png", ".png"), ("Audio/OGG; codecs=opus", ".ogg"), ("text/html", ".bin"), ("", ".bin")],
)
def test_endings_are_safe(mime: str, ending: str) -> None:
    """Only kinds that can be opened without harm keep their ending."""
    assert attachments.file_name(mime).endswith(ending)

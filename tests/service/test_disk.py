"""A full disk is told to the admin, and is over when there is room again."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.app import App
from bot.cli.common import context_of
from bot.config.model import Config, Organisation, StorageConfig
from storage import alerts, ballast
from storage.store import Store

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def app(sqlite_store: Store) -> App:
    """A program without platforms, on a database that wants one megabyte of ballast."""
    config = Config(
        file=Path("config.toml"), organisation=Organisation(name={"fi": "x"}), flows={}, surveys={},
        storage=StorageConfig(ballast_mb=1),
    )  # fmt: skip
    return App(context_of(config), sqlite_store, [], clock=lambda: NOW)


def told(store: Store) -> list[str]:
    """The subjects of open alerts."""
    with store.read() as connection:
        return [one.subject for one in alerts.open_alerts(connection)]


async def test_a_ballast_that_was_thrown_off_is_an_alert_until_there_is_room(
    app: App, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told once, laid in again as soon as it fits, and then over."""
    path = sqlite_store.path
    assert path is not None
    ballast.ensure(path, 1)
    await app.reap()
    assert told(sqlite_store) == []
    ballast.throw_off(path)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
        for _ in range(3):
            await app.reap()
            assert told(sqlite_store) == ["ballast"]
    with sqlite_store.read() as connection:
        assert [one.count for one in alerts.open_alerts(connection)] == [1]
    await app.reap()
    assert (told(sqlite_store), ballast.place(path).exists()) == ([], True)


async def test_a_ballast_that_never_was_is_not_missed(app: App, sqlite_store: Store) -> None:
    """Where the start found no room for it, the tick lays none in either."""
    await app.reap()
    await app.reap()
    assert sqlite_store.path is not None
    assert (told(sqlite_store), ballast.place(sqlite_store.path).exists()) == ([], False)

"""Answers are counted alike by grouping and in blocks, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.engine.session import Answer
from storage import counting, tables
from storage.store import Store, open_postgres
from tests.reports.seed import faces, plain, pulse, seeding, sqlite
from tests.reports.seed import select as choice

FLOW = pulse(faces("mood"), choice("topics", "art", "food", multiple=True), plain("story", "text"))


def fill(store: Store) -> tuple[list[int], str]:
    """Two waves, changed and refused answers, one session that nobody asked for, another survey."""
    with seeding(store) as seed:
        waves = [seed.wave(FLOW, name) for name in ("w1", "w2")]
        for wave in waves:
            for mood in (1, 4, 4):
                seed.asked(FLOW, wave, {"mood": mood, "topics": ["art"], "story": "one\x1etwo\x1f{'}"})
        row = seed.session(
            FLOW, seed.person(), {"mood": 1, "topics": Answer(None, "refused")}, wave_id=waves[0]
        )
        seed.answer(row, "mood", Answer(5), 7, seconds=2.55)
        seed.session(FLOW, seed.person(), {"mood": 3})
        seed.session(FLOW, seed.person(), {"mood": 2}, survey="other")
        return waves, seed.flow(FLOW)


class Contract:
    """What holds on every database."""

    @pytest.mark.parametrize("many", [0, 20_000])
    def test_counts(self, store: Store, monkeypatch: pytest.MonkeyPatch, many: int) -> None:
        """Every answer once, words not at all, by wave and by mark; both ways give the same."""
        monkeypatch.setattr(counting, "MANY", many)
        monkeypatch.setattr(counting, "BLOCK", 4)
        waves, digest = fill(store)
        with store.read() as connection:
            ids = list(
                connection.execute(select(tables.answers.c.id).order_by(tables.answers.c.id)).scalars()
            )
            marks = [ids[5], ids[8]]
            values, times = counting.count(
                connection, "pulse", waves, uncounted={digest: ["story"]}, marks=marks
            )
            alone, _ = counting.count(connection, "pulse", waves[:1], uncounted={})
            assert counting.newest(connection) == ids[-1]
        told = {(row.wave_id, row.question, row.status, row.value, row.mark): row.answers for row in values}
        first, second = waves
        assert told == {
            (first, "mood", "answered", "1", marks[0]): 1,
            (first, "mood", "answered", "4", marks[0]): 1,
            (first, "mood", "answered", "4", marks[1]): 1,
            (first, "mood", "answered", "5", 0): 1,
            (first, "topics", "answered", '["art"]', marks[0]): 2,
            (first, "topics", "answered", '["art"]', marks[1]): 1,
            (first, "topics", "refused", "null", 0): 1,
            (first, "story", "answered", "", marks[0]): 2,
            (first, "story", "answered", "", marks[1]): 1,
            (second, "mood", "answered", "1", 0): 1,
            (second, "mood", "answered", "4", 0): 2,
            (second, "topics", "answered", '["art"]', 0): 3,
            (second, "story", "answered", "", 0): 3,
            (None, "mood", "answered", "3", 0): 1,
        }
        seconds = {(row.wave_id, row.question, row.tenths): row.answers for row in times}
        assert seconds[first, "mood", 25] == 1
        assert seconds[first, "mood", 40] == 3
        assert sum(seconds.values()) == 20
        assert {row.wave_id for row in alone} == {first, None}
        assert {row.value for row in alone if row.question == "story"} == {'"one\\u001etwo\\u001f{\'}"'}


class TestSqlite(Contract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        """An encrypted file."""
        with sqlite(tmp_path) as store:
            yield store


class TestPostgres(Contract):
    @pytest.fixture
    def store(self, postgres_db: str) -> Iterator[Store]:
        """A fresh database on a real server."""
        with open_postgres(postgres_db) as store:
            yield store


def test_nothing_is_counted_without_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty database has no rows and no newest answer."""
    monkeypatch.setattr(counting, "MANY", 0)
    with sqlite(tmp_path) as store, store.read() as connection:
        assert counting.count(connection, "pulse", [], uncounted={}) == ([], [])
        assert counting.newest(connection) == 0

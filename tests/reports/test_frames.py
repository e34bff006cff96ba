"""The tables for notebooks: documented columns, real types, nothing lost."""

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pandas as pd
import pytest

from bot.engine.session import Answer
from reports import frames
from storage.store import Store, open_postgres
from tests.reports.seed import START, faces, plain, pulse, seeding, select, sqlite

FLOW = pulse(faces("mood"), select("topics", "art", "food", multiple=True), plain("story", "text"))


def fill(store: Store) -> None:
    """Two invited people, one of whom answers all, and one who came unasked."""
    with seeding(store) as seed:
        wave = seed.wave(FLOW)
        seed.asked(FLOW, wave, {"mood": 4, "topics": ["art"], "story": "None"})
        seed.asked(FLOW, wave, {"mood": Answer(None, "refused")}, status="active")
        person = seed.person(
            groups=("staff", "choir"),
            member_id="H-1",
            attributes='{"city":"Turku"}',
            joined_at=START,
            zone="UTC",
        )
        row = seed.session(FLOW, person, {"mood": 1})
        seed.answer(row, "mood", Answer(5), 2)


class Contract:
    """What holds on every database."""

    def test_answers(self, store: Store) -> None:
        """Present answers with codes, values as they are and times in UTC."""
        fill(store)
        with store.read() as connection:
            table = frames.answers(connection, ["pulse"])
        assert table["question"].tolist() == ["mood", "topics", "story", "mood", "mood"]
        assert table["value"].tolist() == [4, ["art"], "None", None, 5]
        assert table["status"].tolist() == ["answered"] * 3 + ["refused", "answered"]
        assert tuple(table["status"].cat.categories) == frames.STATUSES
        assert table["wave"].tolist() == ["w1"] * 4 + [None]
        assert table["self_started"].tolist() == [False] * 4 + [True]
        assert table["revision"].tolist() == [1, 2, 3, 1, 2]
        assert table["at"].iloc[0] == pd.Timestamp(START)
        assert str(table["at"].dt.tz) == str(UTC)

    def test_wide(self, store: Store) -> None:
        """One row a session; what was not asked says so."""
        fill(store)
        with store.read() as connection:
            table = frames.wide(frames.answers(connection, ["pulse"]))
        assert [tuple(column) for column in table.columns] == [
            (question, part) for question in ("mood", "topics", "story") for part in ("value", "status")
        ]
        assert table[("mood", "status")].tolist() == ["answered", "refused", "answered"]
        assert table[("story", "status")].tolist() == ["answered", "not_asked", "not_asked"]
        assert table[("story", "value")].tolist()[0] == "None"
        assert table[("mood", "value")].tolist()[0] == 4

    def test_sessions_contacts_and_people(self, store: Store) -> None:
        """The other three tables, without names and addresses."""
        fill(store)
        with store.read() as connection:
            sessions = frames.sessions(connection, ["pulse"])
            contacts = frames.contacts(connection, ["pulse"])
            people = frames.people(connection)
        assert sessions["status"].tolist() == ["completed", "active", "completed"]
        assert sessions["seconds"].tolist() == [12.0, 4.0, 4.0]
        assert sessions["ended_at"].isna().tolist() == [False, True, False]
        assert contacts[["kind", "number", "state"]].to_numpy().tolist() == [["invite", 1, "sent"]] * 2
        assert people["groups"].tolist() == [(), (), ("choir", "staff")]
        assert people["attribute.city"].tolist() == [None, None, "Turku"]
        assert people["member_id"].tolist() == [None, None, "H-1"]
        assert people["joined_at"].isna().tolist() == [True, True, False]
        assert not {"name", "address"} & set(people.columns)

    def test_nothing_is_a_table_too(self, store: Store) -> None:
        """Without rows the columns and their types are there."""
        with store.read() as connection:
            table = frames.answers(connection, ["pulse"])
            assert frames.people(connection).empty
            assert frames.sessions(connection, []).empty
            assert frames.contacts(connection, []).empty
        assert table.empty
        assert "datetime64" in str(table["at"].dtype)
        assert frames.wide(table).empty


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

"""The tables for notebooks: documented columns, real types, nothing lost; and nobody seen without a right."""

import re
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bot.engine.session import Answer
from bot.errors import UserError
from reports import frames
from storage import audit
from storage.store import Store, open_postgres
from tests.reports.seed import START, faces, plain, pulse, seeding, select, sqlite, yes_no

FLOW = pulse(
    faces("mood"), yes_no("again"), select("topics", "art", "food", multiple=True), plain("story", "text")
)
RIGHT = frames.Right("Aino", "a test")


def fill(store: Store) -> None:
    """Two invited people, one of whom answers all, and one who came unasked."""
    with seeding(store) as seed:
        wave = seed.wave(FLOW)
        seed.asked(FLOW, wave, {"mood": 4, "again": True, "topics": ["art"], "story": "None"})
        seed.asked(FLOW, wave, {"mood": Answer(None, "refused")}, status="active", stopped_at="again")
        person = seed.person(
            groups=("staff", "choir"),
            member_id="H-1",
            attributes='{"city":"Turku"}',
            joined_at=START,
            zone="UTC",
        )
        row = seed.session(FLOW, person, {"mood": 1})
        seed.answer(row, "mood", Answer(5), 2)


def crowd(store: Store, moods: dict[int, int], **values: Any) -> None:
    """So many people of one wave with each mood, each with words of their own."""
    with seeding(store) as seed:
        wave = seed.wave(FLOW)
        for mood, times in moods.items():
            for number in range(times):
                given = {"mood": mood, "again": mood > 2, "topics": [], "story": f"I am {mood} {number}"}
                seed.asked(FLOW, wave, given, **values)


class Contract:
    """What holds on every database."""

    def test_answers(self, store: Store) -> None:
        """Present answers with codes, labels, values as they are and times in UTC."""
        fill(store)
        table = frames.answers(store, "pulse", right=RIGHT)
        assert table["question"].tolist() == ["mood", "again", "topics", "story", "mood", "mood"]
        assert table["value"].tolist() == [4, 1, "art", "None", None, 5]
        assert table["label"].tolist() == ["🙂 rather good", "Yes", "Art", None, None, "😀 good"]
        assert table["status"].tolist() == ["answered"] * 4 + ["refused", "answered"]
        assert tuple(table["status"].cat.categories) == frames.STATUSES
        assert table["wave"].tolist() == ["w1"] * 5 + [None]
        assert table["self_started"].tolist() == [False] * 5 + [True]
        assert table["at"].iloc[0] == pd.Timestamp(START)
        assert str(table["at"].dt.tz) == str(UTC)

    def test_wide(self, store: Store) -> None:
        """One row a session, ordered categories with labels, and a code for each kind of missing answer."""
        fill(store)
        table = frames.wide(store, "pulse", language="sv", right=RIGHT)
        assert table["mood"].cat.ordered
        assert table["mood"].cat.codes.tolist() == [3, -1, 4]
        assert table["again"].astype(object).tolist()[0] == "Ja"
        assert table["again"].cat.categories.tolist() == ["Ja", "Nej"]
        assert table["mood_STATUS"].tolist() == ["answered", "refused", "answered"]
        assert table["again_STATUS"].tolist() == ["answered", "unanswered", "not_asked"]
        assert table["story_STATUS"].tolist() == ["answered", "not_reached", "not_asked"]
        assert table["topics_art"].tolist() == [True, pd.NA, pd.NA]
        assert table["story"].tolist()[0] == "None"
        assert table["weight"].tolist() == [1.0, 1.0, 1.0]
        assert table["started_at"].dt.tz is not None

    def test_sessions_contacts_and_people(self, store: Store) -> None:
        """The other three tables, without names and addresses."""
        fill(store)
        sessions, contacts = (table(store, right=RIGHT) for table in (frames.sessions, frames.contacts))
        people = frames.people(store, right=RIGHT)
        assert sessions["status"].tolist() == ["completed", "active", "completed"]
        assert sessions["seconds"].tolist() == [16.0, 4.0, 4.0]
        assert sessions["ended_at"].isna().tolist() == [False, True, False]
        assert contacts[["kind", "number", "state"]].to_numpy().tolist() == [["invite", 1, "sent"]] * 2
        assert people["groups"].tolist() == [(), (), ("choir", "staff")]
        assert people["attribute.city"].tolist() == [None, None, "Turku"]
        assert people["joined_at"].isna().tolist() == [True, True, False]
        assert not {"name", "address"} & set(people.columns)

    def test_nothing_is_a_table_too(self, store: Store) -> None:
        """Without rows the columns and their types are there."""
        for right in (None, RIGHT):
            table = frames.answers(store, right=right)
            assert table.empty
            assert "datetime64" in str(table["at"].dtype) or right is None
            assert frames.people(store, right=right).empty
            assert frames.sessions(store, right=right).empty
            assert frames.contacts(store, right=right).empty
        with pytest.raises(UserError, match=r'No answers of a survey "pulse"\. There are: none'):
            frames.wide(store, "pulse")

    def test_weights_give_each_stratum_its_share(self, store: Store) -> None:
        """100 of two strata of 100 and 50 people answered, 50 of each: the larger one counts double."""
        with seeding(store) as seed:
            wave = seed.wave(FLOW)
            for number in range(150):
                values = {"mood": 4} if number < 50 or number >= 100 else None
                status = "completed" if values else "ignored"
                seed.asked(FLOW, wave, values, status=status)
            seed.connection.exec_driver_sql("UPDATE wave_people SET stratum = 'new' WHERE person_id > 100")
        table = frames.wide(store, "pulse", right=RIGHT)
        weights = table.loc[table["mood"].notna(), "weight"].round(4).value_counts().to_dict()
        assert weights == {1.3333: 50, 0.6667: 50}


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


def test_without_a_right_nobody_is_seen(tmp_path: Path) -> None:
    """No words, no person, no moment; what four people said is hidden, and a fifth group along with it."""
    with sqlite(tmp_path) as store:
        crowd(store, {5: 9, 4: 12, 3: 6, 1: 4})
        table = frames.answers(store, "pulse")
        assert table[["session", "person", "at", "seconds", "revision", "detail"]].isna().all(axis=None)
        mood = table[table["question"] == "mood"]
        told = mood.groupby("value").size().to_dict()
        assert told == {4: 12, 5: 9}
        assert (mood["status"] == "hidden").sum() == 10
        story = table[table["question"] == "story"]
        assert (story["status"] == "hidden").all()
        assert story["value"].isna().all()
        with store.read() as connection:
            assert audit.entries(connection, "read") == []


def test_unanimity_is_not_shown(tmp_path: Path) -> None:
    """Where all of fourteen said the same, the table does not say what."""
    with sqlite(tmp_path) as store:
        crowd(store, {5: 14})
        table = frames.answers(store, "pulse")
        assert (table["status"] == "hidden").all()


def test_whole_rows_are_shown_only_among_ten_alike(tmp_path: Path) -> None:
    """Who shares all answers with nine others; the others are hidden together."""
    with sqlite(tmp_path) as store:
        crowd(store, {5: 12, 4: 10, 3: 2})
        table = frames.wide(store, "pulse")
        assert table["mood"].value_counts(dropna=False).sort_index().to_dict() == {
            "😀 good": 12,
            pd.NA: 12,
        } or (
            table["mood"].notna().sum(),
            (table["mood_STATUS"] == "hidden").sum(),
        ) == (12, 12)
        assert "story" not in table.columns
        assert table[["session", "person", "started_at"]].isna().all(axis=None)
        assert len(frames.sessions(store)) == len(frames.contacts(store)) == len(frames.people(store)) == 24


def test_few_are_hidden_everywhere(tmp_path: Path) -> None:
    """Three people are in no table."""
    with sqlite(tmp_path) as store:
        fill(store)
        assert frames.people(store).empty
        assert frames.sessions(store).empty
        assert (frames.answers(store)["status"] == "hidden").all()
        assert (frames.wide(store, "pulse")["mood_STATUS"] == "hidden").all()


def test_a_right_is_kept_in_the_audit_log(tmp_path: Path) -> None:
    """Who read what, and why; nameless and for no reason it is refused."""
    with sqlite(tmp_path) as store:
        fill(store)
        frames.wide(store, "pulse", right=RIGHT)
        frames.answers(store, since=START + timedelta(days=1), right=RIGHT)
        with store.read() as connection:
            found = [(row.actor, row.subject, row.reason) for row in audit.entries(connection, "read")]
    assert found == [("Aino", "answers", "a test"), ("Aino", "wide pulse", "a test")]
    with pytest.raises(UserError, match="who reads it and why"):
        frames.Right("Aino", " ")


CONFIG = """
[organisation]
name = "Hauskala"
languages = ["en"]
contact = "office"
privacy = "We keep it."

[[flow]]
id = "pulse"
title = "How are things?"

[[flow.question]]
id = "again"
type = "yes_no"
text = "Would you come again?"

[[survey]]
id = "pulse"
flow = "pulse"
owner = "Office"
purpose = "To learn"
"""


def test_the_notebook_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every line of docs/notebook.md, in its order."""
    text = (Path(__file__).parents[2] / "docs" / "notebook.md").read_text(encoding="utf-8")
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    with sqlite(tmp_path) as store:
        crowd(store, {5: 12, 4: 10})
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        exec(block, names)
    out = capsys.readouterr().out
    assert "rather good" in out
    assert names["shares"].loc["mood"].to_dict() == {"🙂 rather good": 10, "😀 good": 12}
    assert len(names["wide"]) == 22

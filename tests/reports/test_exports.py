"""Exports read back the same, with the standard library and with pandas, and never run in a spreadsheet."""

import csv
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from bot.engine.flow import Choice, Question
from bot.engine.session import Answer
from bot.errors import UserError
from reports.exports import export
from reports.exports.commas import safe
from reports.rows import LONG, WIDE
from storage.store import Store, open_postgres
from tests.reports.seed import (
    START,
    configured,
    faces,
    plain,
    pulse,
    seeding,
    select,
    sqlite,
    yes_no,
)  # fmt: skip

CODEBOOKS = ("codebook.csv", "codebook.md", "codebook.html", "codebook.json")
PAYLOADS = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\ufeff=1", "\u200b=1",
    "＝1", "＋1", "－1", "＠1", "\x00=1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x")',
)  # fmt: skip
OTHER = Question(
    id="why", type="select_one", text={"en": "Why?"}, required=False,
    choices=(Choice(id="bus", label={"en": "By bus"}), Choice(id="else", label={"en": "Else"}, other=True)),
)  # fmt: skip
FLOW = pulse(
    faces("mood"), yes_no("again"), OTHER, select("topics", "art", "food", multiple=True),
    plain("story", "text"), plain("cost", "decimal"), plain("day", "date"),
)  # fmt: skip


def read(path: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
    """A CSV as the standard library reads it."""
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def fill(store: Store) -> None:
    """Three sessions of a wave, one of them without answers, and one that nobody asked for."""
    with seeding(store) as seed:
        wave = seed.wave(FLOW)
        person = seed.asked(
            FLOW, wave,
            {
                "mood": 4, "again": True, "why": Answer("else", other="by, \"boat\"\nor so"), "story": "None",
                "topics": ["art", "food"], "cost": 2.5, "day": "2026-05-01",
            },
        )  # fmt: skip
        assert person == 1
        seed.asked(FLOW, wave, {"mood": 2, "why": Answer(None, "skipped"), "topics": []}, status="partial")
        seed.asked(FLOW, wave, status="declined")
        row = seed.session(FLOW, seed.person(), {"mood": 1})
        seed.answer(row, "mood", Answer(5), 3, at=START + timedelta(minutes=1))


class Contract:
    """What holds on every database."""

    def test_the_long_table(self, store: Store, tmp_path: Path) -> None:
        """One row for each present answer, with code, label and number."""
        fill(store)
        with store.read() as connection:
            export(connection, configured(FLOW), tmp_path / "out", language="en")
        rows = read(tmp_path / "out" / "answers-long.csv")
        assert tuple(rows[0]) == tuple(one.name for one in LONG)
        assert len(rows) == 7 + 3 + 1
        told = [(row["question"], row["status"], row["value"], row["label"], row["number"]) for row in rows]
        assert told == [
            ("mood", "answered", "4", "🙂 rather good", "4"),
            ("again", "answered", "1", "Yes", "1"),
            ("why", "answered", "else", "Else", ""),
            ("story", "answered", "None", "", ""),
            ("topics", "answered", "art;food", "Art; Food", ""),
            ("cost", "answered", "2.5", "", "2.5"),
            ("day", "answered", "2026-05-01", "", ""),
            ("mood", "answered", "2", "🙁 rather bad", "2"),
            ("why", "skipped", "", "", ""),
            ("topics", "answered", "", "", ""),
            ("mood", "answered", "5", "😀 good", "5"),
        ]
        assert rows[2]["other"] == 'by, "boat"\nor so'
        assert [row["self_started"] for row in rows][-2:] == ["0", "1"]
        assert [row["wave"] for row in rows][-2:] == ["w1", ""]
        assert (rows[-1]["revision"], rows[-1]["at"]) == ("3", "2026-11-02T08:01:00.000+00:00")

    def test_the_wide_table(self, store: Store, tmp_path: Path) -> None:
        """One row for each session, answered or not; what was not asked has its own code."""
        fill(store)
        with store.read() as connection:
            export(connection, configured(FLOW), tmp_path / "out", language="en")
        rows = read(tmp_path / "out" / "pulse-wide.csv")
        assert tuple(rows[0])[: len(WIDE)] == tuple(one.name for one in WIDE)
        assert [row["session_status"] for row in rows] == ["completed", "partial", "declined", "completed"]
        assert [row["mood"] for row in rows] == ["4", "2", "", "5"]
        assert [row["why_STATUS"] for row in rows] == ["answered", "skipped", "not_reached", "not_asked"]
        assert [(row["topics_art"], row["topics_food"]) for row in rows] == [
            ("1", "1"), ("0", "0"), ("", ""), ("", ""),
        ]  # fmt: skip
        assert [row["why_OTHER"] for row in rows] == ['by, "boat"\nor so', "", "", ""]
        assert [row["again"] for row in rows] == ["1", "", "", ""]
        assert len({row["person"] for row in rows}) == 4

    def test_pandas_reads_the_same(self, store: Store, tmp_path: Path) -> None:
        """Every cell comes back as it was, and the answer "None" is an answer."""
        fill(store)
        with store.read() as connection:
            export(connection, configured(FLOW), tmp_path / "out")
        for path in sorted((tmp_path / "out").glob("*.csv")):
            table = pd.read_csv(path, keep_default_na=False, dtype=str)
            assert table.to_dict("records") == read(path)
        wide = pd.read_csv(tmp_path / "out" / "pulse-wide.csv", keep_default_na=False)
        assert wide["story"].tolist() == ["None", "", "", ""]

    def test_texts_cannot_run(self, store: Store, tmp_path: Path) -> None:
        """What a spreadsheet would take for a formula gets an apostrophe; the words stay after it."""
        flow = pulse(plain("story", "text"))
        written = [text for text in PAYLOADS if "\x00" not in text]
        with seeding(store) as seed:
            wave = seed.wave(flow)
            for text in written:
                seed.asked(flow, wave, {"story": text})
        with store.read() as connection:
            export(connection, configured(flow), tmp_path / "out")
        for name, column in (("answers-long.csv", "value"), ("pulse-wide.csv", "story")):
            assert [row[column] for row in read(tmp_path / "out" / name)] == [f"'{text}" for text in written]


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


@pytest.mark.parametrize("text", PAYLOADS)
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    """Also behind spaces, byte order marks and invisible characters, and in full width."""
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "None", "a=b", "3 - 2", "hyvä", "1.5", "é@x", "'=1", "  text", "2026-05-01"]
)
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    """Nothing is changed that no spreadsheet would run."""
    assert safe(text) == text


def test_labels_and_headings_cannot_run_either(tmp_path: Path) -> None:
    """An admin's label goes the same way as a member's words."""
    question = Question(
        id="q", type="select_one", text={"en": "=1+1"}, choices=(Choice(id="a", label={"en": "@evil"}),)
    )
    flow = pulse(question)
    with sqlite(tmp_path) as store:
        with seeding(store) as seed:
            seed.asked(flow, seed.wave(flow), {"q": "a"})
        with store.read() as connection:
            export(connection, configured(flow), tmp_path / "out", language="en")
    assert read(tmp_path / "out" / "answers-long.csv")[0]["label"] == "'@evil"
    row = read(tmp_path / "out" / "codebook.csv")[0]
    assert (row["text"], row["label"]) == ("'=1+1", "'@evil")


def test_the_files_of_an_export(tmp_path: Path) -> None:
    """A long table, a wide one for each survey, the codebook twice; for the owner's eyes."""
    flow = pulse(yes_no("again"))
    with sqlite(tmp_path) as store:
        with seeding(store) as seed:
            for name in ("autumn", "spring"):
                seed.asked(flow, seed.wave(flow, survey=name), {"again": True}, survey=name)
        with store.read() as connection:
            paths = export(connection, configured(flow), tmp_path / "out", bom=True)
            only = export(connection, configured(flow), tmp_path / "one", survey="spring")
            with pytest.raises(UserError, match=r'No answers of a survey "sprin"\. Did you mean "spring"'):
                export(connection, configured(flow), tmp_path / "none", survey="sprin")
    assert [path.name for path in paths] == [
        "answers-long.csv", "autumn-wide.csv", "spring-wide.csv", *CODEBOOKS,
    ]  # fmt: skip
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert paths[0].read_bytes().startswith(b"\xef\xbb\xbfsurvey,")
    assert len(read(paths[0], "utf-8-sig")) == 2
    assert paths[-3].read_text(encoding="utf-8").startswith("# Codebook")
    assert [path.name for path in only] == [
        "answers-long.csv", "spring-wide.csv", *CODEBOOKS,
    ]  # fmt: skip
    assert [row["survey"] for row in read(only[0])] == ["spring"]
    assert not (tmp_path / "none").exists()


def test_an_empty_database_exports_headings(tmp_path: Path) -> None:
    """Nothing was asked: the tables have their columns and no rows."""
    with sqlite(tmp_path) as store, store.read() as connection:
        paths = export(connection, configured(), tmp_path / "out")
    assert [path.name for path in paths] == [
        "answers-long.csv", *CODEBOOKS,
    ]  # fmt: skip
    assert paths[0].read_bytes().decode() == ",".join(one.name for one in LONG) + "\r\n"


def test_labels_come_in_the_language_that_was_asked_for(tmp_path: Path) -> None:
    """Finnish where the organisation's first language is Finnish."""
    with sqlite(tmp_path) as store:
        fill(store)
        with store.read() as connection:
            paths = export(connection, configured(FLOW), tmp_path / "out")
    assert read(paths[0])[0]["label"] == "🙂 melko hyvä"


def test_a_retyped_question_keeps_two_columns(tmp_path: Path) -> None:
    """Answers of each version stand in the column of their own kind."""
    old, new = pulse(plain("why", "text")), pulse(yes_no("why"))
    with sqlite(tmp_path) as store:
        with seeding(store) as seed:
            seed.asked(old, seed.wave(old, "w1"), {"why": "Because"})
            later = START + timedelta(days=7)
            seed.asked(new, seed.wave(new, "w2", opens_at=later), {"why": True}, at=later)
        with store.read() as connection:
            export(connection, configured(new), tmp_path / "out")
    rows = read(tmp_path / "out" / "pulse-wide.csv")
    assert [(row["why"], row["why_STATUS"]) for row in rows] == [("", "not_asked"), ("1", "answered")]
    assert [(row["why_EARLIER1"], row["why_EARLIER1_STATUS"]) for row in rows] == [
        ("Because", "answered"), ("", "not_asked"),
    ]  # fmt: skip

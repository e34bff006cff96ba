"""Every format, read back with its own library, gives the same data; and nothing in it can run."""

import csv
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import isnan
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest

from bot.engine.flow import Choice, Question
from bot.engine.session import Answer
from bot.errors import UserError
from reports.exports import FORMATS, export, flowresults, spss, workbook
from storage.store import Store
from tests.reports.seed import (
    START,
    configured,
    faces,
    nps,
    plain,
    pulse,
    seeding,
    select,
    sqlite,
    yes_no,
)
from tests.reports.test_exports import PAYLOADS

NAMES = ("mood", "score", "again", "why", "topics_art", "topics_food", "cost", "age")
EVIL = '=HYPERLINK("http://x","<script>alert(1)</script>")'
WHY = Question(
    id="why", type="select_one", text={"en": EVIL}, required=False, refusable=True,
    choices=(Choice(id="bus", label={"en": EVIL}), Choice(id="else", label={"en": "Else"}, other=True)),
)  # fmt: skip
FLOW = pulse(
    faces("mood"), nps("score"), yes_no("again"), WHY, select("topics", "art", "food", multiple=True),
    plain("story", "text"), plain("cost", "decimal"), plain("age", "integer", minimum=0),
    plain("day", "date"),
)  # fmt: skip
FULL: dict[str, Any] = {
    "mood": 4, "score": 10, "again": True, "why": Answer("else", other=EVIL), "topics": ["art"],
    "story": "None", "cost": -2.5, "age": 41, "day": "2026-05-01",
}  # fmt: skip
AT = datetime(2026, 11, 2, 8, 5, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """One who answered all, one who skipped, refused and stopped, one who declined, and hostile words."""
    with sqlite(tmp_path) as store:
        with seeding(store) as seed:
            wave = seed.wave(FLOW)
            seed.asked(FLOW, wave, FULL)
            answers = {"mood": 2, "score": Answer(None, "skipped"), "why": Answer(None, "refused")}
            seed.asked(
                FLOW,
                wave,
                {**answers, "again": Answer(None, "timed_out")},
                status="partial",
                stopped_at="topics",
            )
            seed.asked(FLOW, wave, status="declined")
            for text in PAYLOADS:
                seed.session(FLOW, seed.person(), {"story": text, "topics": []}, at=START + timedelta(days=2))
        yield store


def exported(store: Store, folder: Path, name: str, **options: Any) -> Path:
    """The folder with an export in this format."""
    with store.read() as connection:
        export(connection, configured(FLOW), folder / "out", format_=name, language="en", now=AT, **options)
    return folder / "out"


def wide_csv(store: Store, folder: Path) -> list[dict[str, str]]:
    """The wide table as CSV has it: what the others are held against."""
    with (exported(store, folder, "csv") / "pulse-wide.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def same(cell: Any) -> str:
    """A cell as CSV would write it."""
    if cell is None or cell is pd.NaT or (isinstance(cell, float) and isnan(cell)):
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat(timespec="milliseconds")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def unsafe(text: str) -> str:
    """What stood there before the apostrophe."""
    return text.removeprefix("'")


def told(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Rows of the CSV with numbers in one spelling and texts as they were written."""
    numeric = {"session_seconds", "cost"}
    return [
        {name: same(float(cell)) if name in numeric and cell else unsafe(cell) for name, cell in row.items()}
        for row in rows
    ]


def test_parquet(store: Store, tmp_path: Path) -> None:
    """Typed, with zones, and with its codebook inside."""
    expected = told(wide_csv(store, tmp_path))
    folder = exported(store, tmp_path, "parquet")
    table = pq.read_table(folder / "pulse-wide.parquet")
    assert [{k: same(v) for k, v in row.items()} for row in table.to_pylist()] == expected
    assert str(table.schema.field("started_at").type) == "timestamp[us, tz=UTC]"
    assert str(table.schema.field("mood").type) == "int64"
    book = json.loads(table.schema.metadata[b"kuulolla.codebook"])
    assert book == json.loads((folder / "codebook.json").read_text(encoding="utf-8"))
    long = pd.read_parquet(folder / "answers-long.parquet")
    assert len(long) == 9 + 4 + 2 * len(PAYLOADS)
    assert long.loc[long["question"] == "story", "value"].tolist() == ["None", *PAYLOADS]


def test_json_lines(store: Store, tmp_path: Path) -> None:
    """One object a line; what is missing is null."""
    expected = told(wide_csv(store, tmp_path))
    folder = exported(store, tmp_path, "jsonl")
    rows = [
        json.loads(line) for line in (folder / "pulse-wide.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [{k: same(v) for k, v in row.items()} for row in rows] == expected
    long = (folder / "answers-long.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(long[6])["value"] == -2.5


def test_excel(store: Store, tmp_path: Path) -> None:
    """Values, codebook and notes; every text is a text, whatever it looks like."""
    expected = told(wide_csv(store, tmp_path))
    book = openpyxl.load_workbook(exported(store, tmp_path, "xlsx") / "pulse.xlsx")
    assert book.sheetnames == ["values", "codebook", "notes"]
    head, *rows = book["values"].iter_rows(values_only=True)
    found = [{str(k): same(v) for k, v in zip(head, row, strict=True)} for row in rows]
    assert [clean(row) for row in found] == [clean(row) for row in expected]
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert not any(cell.hyperlink for sheet in book for row in sheet.iter_rows() for cell in row)
    assert any(EVIL in row for row in book["codebook"].iter_rows(values_only=True))


def clean(row: dict[str, str]) -> dict[str, str]:
    """Without the control characters and line ends that the XML of a workbook spells otherwise."""
    return {
        name: "".join(one for one in cell if one.isprintable() and one not in "\r\n\t").replace("_x000D_", "")
        .replace("_x0000_", "").strip()
        for name, cell in row.items()
    }  # fmt: skip


def test_a_text_longer_than_a_cell_is_cut_with_a_mark() -> None:
    """Excel would refuse the file; the mark says that something is missing."""
    assert workbook.fitting("x" * 32_767) == "x" * 32_767
    cut = workbook.fitting("x" * 40_000)
    assert (len(cut), cut[-4:]) == (32_767, " […]"[-4:])


def test_a_sheet_that_is_full_goes_on_in_another(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row is lost to the limit of a sheet."""
    monkeypatch.setattr(workbook, "MOST_ROWS", 8)
    book = openpyxl.load_workbook(exported(store, tmp_path, "xlsx") / "pulse.xlsx")
    assert book.sheetnames[:3] == ["values", "values 2", "values 3"]
    assert [book[name].max_row for name in book.sheetnames[:3]] == [9, 9, 5]


def test_spss(store: Store, tmp_path: Path) -> None:
    """Numbers with value labels, measures, and a code of its own for each kind of missing answer."""
    path = exported(store, tmp_path, "sav") / "pulse.sav"
    table, meta = pyreadstat.read_sav(str(path), user_missing=True)
    first, second, third = (table.iloc[place] for place in range(3))
    given = [first[name] for name in NAMES]
    assert given == [4, 10, 1, 2, 1, 0, -2.5, 41]
    assert (first["story"], first["why_OTHER"], first["day"]) == ("None", EVIL, "2026-05-01")
    ranges: dict[str, Any] = dict(meta.missing_ranges)
    base = {name: found[0]["hi"] + 1 for name, found in ranges.items()}
    assert (base["mood"], base["age"], base["cost"]) == (-90, -90, -999_999_990)
    codes = {name: base[name] - second[name] for name in ("score", "why", "again", "topics_art", "age")}
    assert codes == {"score": 1, "why": 2, "again": 3, "topics_art": 5, "age": 7}
    assert third["mood"] == base["mood"] - 7
    assert meta.variable_value_labels["mood"][4] == "🙂 rather good"
    assert meta.variable_value_labels["why"][1] == EVIL
    assert meta.variable_value_labels["why"][-92] == "preferred not to say"
    assert meta.column_names_to_labels["score"] == "Would you recommend us?"
    assert [meta.variable_measure[name] for name in ("mood", "why", "age")] == ["ordinal", "nominal", "scale"]
    assert first["started_at"] == pd.Timestamp(START.replace(tzinfo=None))
    valid, _ = pyreadstat.read_sav(str(path))
    assert valid["score"].isna().tolist() == [False] + [True] * (2 + len(PAYLOADS))
    assert table["story"].tolist()[3:] == [text.replace("\x00", "") for text in PAYLOADS]


def test_too_many_sessions_for_one_spss_file(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence that says what to do, and no half file."""
    monkeypatch.setattr(spss, "MOST_ROWS", 3)
    with pytest.raises(UserError, match="too many for one SPSS file"):
        exported(store, tmp_path, "sav")
    assert not list((tmp_path / "out").glob("*.sav"))


def test_flow_results(store: Store, tmp_path: Path) -> None:
    """A descriptor with its questions, and rows of six columns that fit them."""
    folder = exported(store, tmp_path, "flowresults")
    package = json.loads((folder / "pulse.flow-results.json").read_text(encoding="utf-8"))
    (resource,) = package["resources"]
    rows = json.loads((folder / resource["path"]).read_text(encoding="utf-8"))
    assert package["profile"] == "flow-results-package"
    assert package["id"][14] == "4"
    questions = resource["schema"]["questions"]
    assert {name: one["type"] for name, one in questions.items()} == {
        "mood": "numeric", "score": "numeric", "again": "select_one", "why": "select_one",
        "topics": "select_many", "story": "open", "cost": "numeric", "age": "numeric", "day": "date",
    }  # fmt: skip
    assert {len(row) for row in rows} == {6}
    assert [row[4] for row in rows[:9]] == [4, 10, "yes", "else", ["art"], "None", -2.5, 41, "2026-05-01"]
    assert rows[3][5]["other"] == EVIL
    assert len({row[1] for row in rows}) == len(rows) == 9 + 1 + 2 * len(PAYLOADS)
    assert datetime.fromisoformat(rows[0][0]) == START
    choices = [row for row in rows if questions[row[3]]["type"] == "select_one"]
    assert all(row[4] in questions[row[3]]["type_options"]["choices"] for row in choices)


def test_flow_results_of_nothing(tmp_path: Path) -> None:
    """A survey without answers is an empty list."""
    with sqlite(tmp_path) as store:
        with seeding(store) as seed:
            seed.wave(FLOW)
        folder = exported(store, tmp_path, "flowresults")
    assert json.loads((folder / "pulse.flow-results-data.json").read_text()) == []


@pytest.mark.parametrize("name", FORMATS)
def test_since(store: Store, tmp_path: Path, name: str) -> None:
    """Only sessions that began then or later, in every format."""
    folder = exported(store, tmp_path, name, since=START + timedelta(days=1))
    readers: dict[str, Any] = {
        "csv": lambda: len(pd.read_csv(folder / "pulse-wide.csv")),
        "xlsx": lambda: openpyxl.load_workbook(folder / "pulse.xlsx")["values"].max_row - 1,
        "parquet": lambda: len(pd.read_parquet(folder / "pulse-wide.parquet")),
        "sav": lambda: len(pyreadstat.read_sav(str(folder / "pulse.sav"))[0]),
        "jsonl": lambda: len((folder / "pulse-wide.jsonl").read_bytes().splitlines()),
        "flowresults": lambda: len(
            {row[2] for row in json.loads((folder / "pulse.flow-results-data.json").read_text())}
        ),
    }
    assert readers[name]() == len(PAYLOADS)
    assert {"codebook.md", "codebook.html", "codebook.json"} <= {path.name for path in folder.iterdir()}
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_the_codebook_page_is_inert(store: Store, tmp_path: Path) -> None:
    """What an admin wrote is shown as it was written."""
    text = (exported(store, tmp_path, "csv") / "codebook.html").read_text(encoding="utf-8")
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


@pytest.mark.parametrize(
    ("name", "module"), [("xlsx", "xlsxwriter"), ("parquet", "pyarrow"), ("sav", "pyreadstat")]
)
def test_a_library_that_is_missing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str
) -> None:
    """One sentence that says what to install."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError, match=rf"need {module}, which is not installed.*kuulolla\[exports\]"):
        exported(store, tmp_path, name)


def test_spss_names_and_codes() -> None:
    """Names that SPSS takes, each once in any case; own numbers where all choices have one."""
    assert spss._names(["all", "A-b", "a_B", "_x", "ö"]) == ["v_all", "A_b", "a_B_2", "v__x", "v"]
    assert spss.numbers(faces("q")) == {str(n): float(n) for n in range(1, 6)}
    assert spss.numbers(select("q", "a", "b")) == {"a": 1.0, "b": 2.0}


def test_the_package_keeps_its_id(store: Store) -> None:
    """The same survey of the same organisation, whenever it is exported."""
    from reports.exports.material import Material
    from reports.rows import books
    from reports.words import Words

    with store.read() as connection:
        made = [
            flowresults.descriptor(
                book,
                Material(connection=connection, books=[], words=Words("en"), organisation={"en": name}),
                "data.json",
            )["id"]
            for book in books(connection, ["pulse"])
            for name in ("Hauskala", "Hauskala", "Other")
        ]
    assert made[0] == made[1] != made[2]
    assert msgspec.json.encode(made)

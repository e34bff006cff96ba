"""What an odd database makes of a report: a sentence or a gap, never a traceback or a wrong figure."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.config.model import Config
from bot.engine.flow import Choice, Flow
from bot.engine.session import Answer
from reports import collect, page, summary
from reports.report import Report
from reports.shape import shape
from tests.reports.seed import (
    START,
    WEEK,
    Seed,
    configured,
    faces,
    plain,
    pulse,
    seeding,
    select,
    sqlite,
    yes_no,
)

NOW = START + timedelta(days=60)
EVERY = pulse(
    faces("mood", key=True), yes_no("again"), select("why", "a", "b"),
    select("which", "a", "b", multiple=True), plain("age", "integer"), plain("much", "decimal"),
    plain("day", "date"), plain("story", "text"),
)  # fmt: skip
"""One question of each type."""
ONE: dict[str, Any] = {
    "mood": 4, "again": True, "why": "a", "which": ["a"], "age": 30, "much": 1.5, "day": "2026-05-01",
    "story": "x",
}  # fmt: skip


def no_answers(seed: Seed) -> None:
    """A round that asked twenty people, of whom none reacted."""
    wave = seed.wave(EVERY)
    for _ in range(20):
        seed.asked(EVERY, wave, status="ignored")


def one_answer(seed: Seed) -> None:
    """One person answered everything."""
    seed.asked(EVERY, seed.wave(EVERY), ONE)


def all_refused(seed: Seed) -> None:
    """Twenty people refused every question."""
    wave = seed.wave(EVERY)
    for _ in range(20):
        seed.asked(EVERY, wave, dict.fromkeys(ONE, Answer(None, "refused")))


def all_alike(seed: Seed) -> None:
    """Twenty people gave the same answers, in two rounds."""
    for rank in range(2):
        wave = seed.wave(EVERY, f"w{rank}", opens_at=START + rank * WEEK)
        for _ in range(20):
            seed.asked(EVERY, wave, ONE)


def nobody_asked(seed: Seed) -> None:
    """A round that opened on nobody."""
    seed.wave(EVERY)


def made(folder: Path, config: Config, fill: Callable[[Seed], None]) -> Report:
    """The report of what was seeded."""
    with sqlite(folder) as store:
        with seeding(store) as seed:
            fill(seed)
        with store.read() as connection:
            return collect.make(connection, config, collect.EVERYTHING, NOW)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("fill", [no_answers, one_answer, all_refused, all_alike, nobody_asked])
def test_every_output_survives(tmp_path: Path, fill: Callable[[Seed], None], language: str) -> None:
    """Page, overview, terminal and JSON are made, and none of them shows a figure of fewer than five."""
    report = made(tmp_path, configured(EVERY), fill)
    pages = page.pages(report, language)
    assert "pulse.html" in pages
    assert not any(word in text for text in pages.values() for word in ("None", "nan", "Traceback", "{n}"))
    assert summary.overview(report, language)
    assert summary.details(report, language)
    (survey,) = shape(report)["surveys"]
    answered: dict[Any, int | None] = {
        no_answers: None,
        one_answer: None,
        all_refused: None,
        all_alike: 40,
        nobody_asked: None,
    }
    assert {question["answers"] for question in survey["questions"]} == {answered[fill]}
    assert all(question["change"] is None for question in survey["questions"])


def test_a_thousand_choices(tmp_path: Path) -> None:
    """The chart draws the first, the table has all, and no choice of a few people is told exactly."""
    names = [f"c{number}" for number in range(1000)]
    flow = pulse(select("why", *names))

    def fill(seed: Seed) -> None:
        wave = seed.wave(flow)
        for number in range(300):
            seed.asked(flow, wave, {"why": names[number % 150]})

    found = page.pages(made(tmp_path, configured(flow), fill), "en")["pulse.html"]
    assert len(re.findall(r'<th scope="row">C\d', found)) == 1000
    assert "and 986 more" in found
    charts = re.findall(r"<svg.*?</svg>", found)
    assert max(chart.count("<text") for chart in charts) == 2 * 14


def other_type() -> Flow:
    """The same flow after an edit: mood is a yes-or-no question now, why is called reason."""
    return pulse(yes_no("mood", key=True), select("reason", "a", "b"))


def test_a_question_of_another_type_is_another_question(tmp_path: Path) -> None:
    """Renamed and retyped questions stand apart, each with its own answers, the old ones marked."""
    old, new = pulse(faces("mood", key=True), select("why", "a", "b")), other_type()

    def fill(seed: Seed) -> None:
        first, second = seed.wave(old, "w1"), seed.wave(new, "w2", opens_at=START + WEEK)
        for number in range(20):
            seed.asked(old, first, {"mood": 1 + number % 5, "why": "a" if number % 2 else "b"})
            seed.asked(new, second, {"mood": number % 4 > 0, "reason": "a" if number % 2 else "b"})

    report = made(tmp_path, configured(new), fill)
    (survey,) = report.surveys
    told = {(one.question.id, one.question.type): (one.n, one.retired) for one in survey.figures}
    assert told == {
        ("mood", "yes_no"): (20, False), ("reason", "select_one"): (20, False),
        ("mood", "scale"): (20, True), ("why", "select_one"): (20, True),
    }  # fmt: skip
    assert [one.change for one in survey.figures] == [None] * 4
    assert survey.key is not None
    assert survey.key.picture.headline is not None
    assert survey.key.picture.headline.value == 0.75
    assert page.pages(report, "fi")["pulse.html"].count("Ei enää kysytä.") == 2


def test_answers_that_no_choice_knows(tmp_path: Path) -> None:
    """A choice that is in no version any more keeps its answers, under its own name, in the share of all."""
    flow = pulse(select("why", "a", "b"))

    def fill(seed: Seed) -> None:
        wave = seed.wave(flow)
        for number in range(20):
            seed.asked(flow, wave, {"why": ("a", "b", "gone", "gone")[number % 4]})

    (survey,) = made(tmp_path, configured(flow), fill).surveys
    (figure,) = survey.figures
    assert [(bar.id, bar.share.value) for bar in figure.picture.bars] == [("gone", 50), ("a", 25), ("b", 25)]
    assert isinstance(figure.question.choices[0], Choice)

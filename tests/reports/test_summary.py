"""The report in the terminal."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.config.model import Config
from reports import collect, summary
from reports.collect import Wish
from scheduler.surveys import Survey
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
)  # fmt: skip

LATER = START + timedelta(days=60)


def seeded(folder: Path) -> tuple[Store, Config]:
    """A wave that is closed, one that is open, answers nobody asked for, and a survey that nobody used."""
    flow = pulse(
        faces("mood"), nps("rec"), yes_no("again"), plain("story", "text"), plain("age", "integer"),
        select("town", *(f"town{number}" for number in range(30))),
    )  # fmt: skip
    surveys = {
        name: Survey(id=name, flow="pulse", purpose={"en": "P"}, owner="o")
        for name in ("pulse", "idle", "now")
    }
    store = sqlite(folder)
    with seeding(store) as seed:
        wave = seed.wave(flow)
        for number in range(20):
            answers = {
                "mood": 4 + number % 2, "rec": number % 11, "story": f"It was\nfine {number}", "age": number,
                "town": "town1",
            }  # fmt: skip
            seed.asked(flow, wave, answers)
        seed.asked(flow, wave, status="declined")
        seed.unasked(wave, reason=10, people=4)
        seed.unasked(wave, reason=22)
        for _ in range(6):
            seed.session(flow, seed.person(), {"mood": 3})
        other = seed.wave(flow, survey="now", state="open", closes_at=LATER + timedelta(days=3))
        seed.asked(flow, other, {"mood": 5}, survey="now")
    return store, configured(flow, surveys=surveys)


def plain_text(text: str) -> str:
    """Without colours, with plain spaces."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\u00a0", " ")


def test_one_line_a_survey_and_why_others_were_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked, answered, response rate, the feeling with its interval; then reasons with numbers of people."""
    monkeypatch.setenv("COLUMNS", "118")
    store, config = seeded(tmp_path)
    with store, store.read() as connection:
        told = plain_text(summary.table(connection, config, "en", now=LATER))
    lines = [" ".join(line.split()) for line in told.splitlines()]
    assert lines[0] == "Survey Asked Answered Response rate Key figure"
    assert "How are things? (pulse) 21 20 95% ≥ 90% (81–100%) 🙂 rather good or 😀 good" in lines
    assert "How are things? (now) 1 1 100% open until 4 Jan 2027" in lines
    assert "Too soon after the last question How are things? (pulse) 4" in lines
    assert "The lot fell on others How are things? (pulse) 1" in lines
    assert lines[-1] == "Not asked yet: How are things? (idle)."
    assert max(map(len, told.splitlines())) <= 118


def test_each_question_in_detail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Response, reasons, distributions with intervals, notes, a few comments, and what came unasked."""
    monkeypatch.setenv("COLUMNS", "110")
    store, config = seeded(tmp_path)
    with store, store.read() as connection:
        report = collect.make(connection, config, Wish(), LATER)
    told = " ".join(plain_text(summary.details(report, "en")).split())
    for expected in (
        "In the audience 26 · Asked 21 · Reached 21 · Began to answer 20 · Answered at least half 20",
        "Response rate (AAPOR RR2) 95%", "Coverage: who could be asked 85%", "and 18 more", "and 15 more",
        "≥ 90% (81–100%) 🙂 rather good or 😀 good, 20 answers", "🙂 rather good 50%",
        "4 Too soon after the last question",
        "“It was fine", "The other questions have fewer than 5 answers each.", "One round is still open.",
        "6 conversations were begun by the people themselves", "Nothing has been asked yet.", "20 answers",
    ):  # fmt: skip
        assert expected in told


@pytest.mark.parametrize(("language", "head"), [("fi", "Kysely"), ("sv", "Enkät"), ("", "Kysely")])
def test_in_the_language_that_was_asked_for(tmp_path: Path, language: str, head: str) -> None:
    """The organisation's first language where none was asked for."""
    store, config = seeded(tmp_path)
    with store, store.read() as connection:
        assert plain_text(summary.table(connection, config, language, now=LATER)).startswith(head)


def test_markup_of_the_terminal_is_inert(tmp_path: Path) -> None:
    """Square brackets and escape sequences in a title or comment colour nothing and move nothing."""
    flow = pulse(plain("story", "text"), title={"en": "[red]Title[/red]\x1b[2J"})
    with sqlite(tmp_path) as store:
        with seeding(store) as seed:
            wave = seed.wave(flow)
            for _ in range(12):
                seed.asked(flow, wave, {"story": "[bold]x[/bold] \x1b[31mred\x07"})
        with store.read() as connection:
            report = collect.make(connection, configured(flow), Wish(), LATER)
    for told in (summary.details(report, "en"), summary.overview(report, "en")):
        assert "[red]Title[/red]" in told
        assert "\x1b[2J" not in told
        assert "\x1b[31m" not in told
        assert "\x07" not in told

"""The page: one file without script or network, in three languages, in which every text is inert."""

import re
import stat
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markupsafe import escape

from bot.engine.session import Answer
from bot.errors import UserError
from reports import collect, page
from reports.collect import Wish
from reports.report import Report
from scheduler.surveys import Survey
from storage.store import Store
from tests.reports.seed import (
    START,
    WEEK,
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
VOID = {"meta", "br", "link", "img", "input", "hr"}
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "<svg onload=alert(1)>",
    "]]><!--",
)
"""Markup, attributes, templates: what a member or an admin might write."""


class Outline(HTMLParser):
    """Elements, attributes and headings of a page; fails on elements that do not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [str(value) for name, value in attrs if name == "id"]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def fill(store: Store) -> None:
    """Two waves of a survey with every kind of figure, one open wave, and a few unasked answers."""
    flow = pulse(
        faces("mood", key=True), nps("rec"), yes_no("again", required=False),
        select("why", "art", "food", "town"), plain("age", "integer"), plain("story", "text"),
    )  # fmt: skip
    with seeding(store) as seed:
        for place, state in enumerate(("closed", "closed", "open")):
            wave = seed.wave(flow, f"w{place}", opens_at=START + place * WEEK, state=state)
            for number in range(12):
                answers = {
                    "mood": 1 + number % 5, "rec": number % 11, "again": Answer(None, "skipped"),
                    "why": ["art", "food", "town"][number % 3], "age": number, "story": f"story {number}",
                }  # fmt: skip
                seed.asked(flow, wave, answers)
            seed.unasked(wave, reason=10, people=3)
        for _ in range(6):
            seed.session(flow, seed.person(), {"mood": 5})


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report of such a store, while the last wave is open."""
    flow = pulse(faces("mood"))
    with sqlite(tmp_path_factory.mktemp("page")) as store:
        fill(store)
        with store.read() as connection:
            return collect.make(connection, configured(flow), Wish(about="pulse"), START + 2 * WEEK)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_page_is_whole_and_needs_nothing(report: Report, language: str) -> None:
    """Well-formed, in its language, with a strict policy and nothing to load, run or submit."""
    (text,) = page.pages(report, language).values()
    outline = Outline(text)
    assert text.startswith("<!doctype html>")
    assert ("lang", language) in outline.attributes
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert not {"script", "link", "img", "iframe", "form", "object", "base"} & set(outline.tags)
    assert not [name for name, _ in outline.attributes if name in ("src", "srcset", "style", "action")]
    assert not [name for name, _ in outline.attributes if name.startswith("on")]
    assert not re.search(r"https?:|url\(|@import", text)


def test_the_page_can_be_read_without_seeing_it(report: Report) -> None:
    """One main, headings without gaps, ids once, labelled charts, scoped table headings."""
    (text,) = page.pages(report, "en").values()
    outline = Outline(text)
    assert outline.tags.count("main") == outline.headings.count(1) == 1
    assert outline.headings[0] == 1
    assert all(
        after - before <= 1 for before, after in zip(outline.headings, outline.headings[1:], strict=False)
    )
    assert len(outline.ids) == len(set(outline.ids))
    charts = outline.tags.count("svg")
    assert charts > 10
    assert [value for name, value in outline.attributes if name == "aria-label"].count("") == 0
    assert len([name for name, _ in outline.attributes if name == "aria-label"]) == charts
    assert outline.tags.count("th") == len([name for name, _ in outline.attributes if name == "scope"])
    assert {value for name, value in outline.attributes if name == "aria-labelledby"} <= set(outline.ids)


def said(text: str) -> str:
    """The words of a page, without style and markup, with plain spaces."""
    body = re.sub(r"<(style|svg)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_the_first_view_says_it_all(report: Report) -> None:
    """What was asked and why, how many were asked and answered, the feeling and its interval."""
    (text,) = page.pages(report, "en").values()
    opening = said(text.split("</dl>")[0])
    for words in (
        "How are things?", "We want to know how members are doing.", "invitations were sent in 3 rounds 36",
        "answered, response rate 100% 36", "🙂 rather good or 😀 good", "How did it feel?", "95% interval",
        "33%",
    ):  # fmt: skip
        assert words in opening


def test_the_rest_of_the_page(report: Report) -> None:
    """Who was not asked, what is held back, what came unasked, each round, the way through the questions."""
    (text,) = page.pages(report, "en").values()
    words = said(text)
    for expected in (
        "Too soon after the last question 9", "24 comments, in random order.", "and 12 more", "Skipped",
        "One round is still open. Its answers are shown when it closes, on", "16 November 2026",
        "6 conversations were begun by the people themselves", "How to read this",
        "0 = not at all likely, 10 = extremely likely",
        "The other questions have fewer than 5 answers each.",
    ):  # fmt: skip
        assert expected in words


def test_an_open_round_on_demand_is_marked(report: Report) -> None:
    """A page with answers of open waves says that they will change."""
    (survey,) = report.surveys
    open_too = type(survey)(**{name: getattr(survey, name) for name in survey.__slots__} | {"held_back": ()})
    text = page.survey_page(report, open_too, "en", overview=False)
    assert "Rounds that are still open are included" in text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_whatever_people_write_is_inert(tmp_path: Path, payload: str) -> None:
    """Titles, purposes, questions, labels, comments, groups, kinds of encounters and news are only text."""
    text = {"en": payload}
    base = select("why", "art", "food", text=text)
    choices = tuple(type(choice)(id=choice.id, label=text) for choice in base.choices)
    question = type(base)(id="why", type="select_one", text=text, choices=choices, key=True)
    flow = pulse(question, plain("story", "text", text=text), title=text, id="pulse")
    survey = Survey(id="pulse", flow="pulse", purpose=text, owner="o", encounter=payload[:32])
    config = configured(
        flow, surveys={"pulse": survey, "other": Survey(id="other", flow="pulse", purpose=text, owner="o")}
    )
    with sqlite(tmp_path) as store:
        with seeding(store) as seed:
            wave = seed.wave(flow, payload[:60])
            for number in range(24):
                person = seed.person(groups=(payload,) if number < 12 else ())
                seed.audience(wave, person, state="asked", reason=0)
                seed.invite(wave, person)
                said = {"why": "art" if number < 16 else "food", "story": f"{payload}{number}"}
                seed.session(flow, person, said, wave_id=wave)
            seed.told_back("pulse", text, LATER)
        with store.read() as connection:
            found = page.pages(collect.make(connection, config, Wish(), LATER), "en")
    assert set(found) == {"pulse.html", "index.html"}
    for one in found.values():
        outline = Outline(one)
        assert not {"script", "img"} & set(outline.tags)
        assert not [name for name, _ in outline.attributes if name.startswith("on")]
        assert all(value != "javascript:alert(1)" for name, value in outline.attributes if name == "href")
        assert one.count("</style>") == 1
        assert str(escape(payload)) in one
    for where in (">{}</th>", '<blockquote dir="auto">{}</blockquote>', ">{}<br>"):
        assert any(where.format(escape(payload)) in one for one in found.values())
    assert f'scope="col">{escape(payload[:32])}</th>' in found["index.html"]


def test_pages_are_written_for_their_owner(report: Report, tmp_path: Path) -> None:
    """One page alone is the way in; nothing else is left in the folder; nobody else may read it."""
    path = page.publish(report, tmp_path / "out", "en")
    assert path == tmp_path / "out" / "pulse.html"
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["pulse.html"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert page.publish(report, tmp_path / "out", "fi") == path
    assert '<html lang="fi">' in path.read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_is_told(report: Report, tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "out").write_text("here already")
    with pytest.raises(UserError, match=r"pulse\.html cannot be written: (Not a directory|File exists)"):
        page.publish(report, tmp_path / "out", "en")
    assert (tmp_path / "out").read_text() == "here already"


def test_nothing_asked_is_a_page_too(tmp_path: Path) -> None:
    """Several surveys, none of them used: an overview that says so; one alone: a page that says so."""
    surveys = {name: Survey(id=name, flow="pulse", purpose={"en": "P"}, owner="o") for name in "ab"}
    config = configured(pulse(yes_no("again")), surveys=surveys)
    with sqlite(tmp_path) as store, store.read() as connection:
        report = collect.make(connection, config, Wish(), LATER)
        alone = collect.make(connection, config, Wish(about="a"), LATER)
    found = page.pages(report, "en")
    assert list(found) == ["index.html"]
    assert "Nothing has been asked yet." in found["index.html"]
    assert "Nothing has been asked yet." in page.pages(alone, "en")["a.html"]


def test_write_makes_report_and_pages_at_once(tmp_path: Path) -> None:
    """The way of the demo: connection, configuration and folder in, path of the overview out."""
    flow = pulse(yes_no("again"))
    with sqlite(tmp_path) as store:
        with seeding(store) as seed:
            for name in ("a", "b"):
                seed.asked(flow, seed.wave(flow, survey=name), {"again": True}, survey=name)
        with store.read() as connection:
            path = page.write(connection, configured(flow), tmp_path / "out", "sv")
    assert path == tmp_path / "out" / "index.html"
    text = path.read_text(encoding="utf-8")
    assert 'href="a.html"' in text
    assert "Inte frågade ännu: Hur går det? (pulse)." in said(text)

"""The words of the reports: the same in three languages, with numbers and dates as each of them writes."""

import re
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from reports import page, phrases, summary
from reports.figures import Estimate
from reports.figures.year import KINDS
from reports.response import STORIES
from reports.suppression import Percent
from reports.words import Words, chosen_language
from scheduler.verdicts import Reason

LANGUAGES = ("fi", "sv", "en")
FOLDER = Path(str(files("reports")))
PUT_TOGETHER = {
    *(f"rate.{name}" for name in summary.RATES),
    *(f"story.{told}" for told in STORIES),
    *(f"reason.{reason.name}" for reason in Reason),
    *(f"response.{step}" for step in phrases.STEPS),
    *(f"passage.{part}" for part in ("put", *page.PASSAGE)),
    *(f"kind.{kind}" for kind in phrases.KINDS),
    *(f"map.{state}" for state in ("never", "silent", "few", "hidden")),
    *(f"staff.{verdict}" for verdict in ("hopeful", "gloomy", "near", "unsure")),
    *(f"first.{quadrant}" for quadrant in ("first", "keep", "enough", "later", "untold")),
    *(f"spoken.{language}" for language in ("fi", "sv", "en", "other")),
    *(f"year.{kind}" for kind in KINDS),
    *(f"figure.{what}" for what in ("mean", "median", "promoters", "passives", "detractors")),
}
"""Keys that stand nowhere as a whole: code and templates put them together."""


def catalogue(language: str) -> dict[str, Message]:
    """Every message by its key."""
    with (FOLDER / "locale" / language / "LC_MESSAGES" / "reports.po").open("rb") as file:
        found = read_po(file, locale=language, abort_invalid=True)
    return {
        message.id if isinstance(message.id, str) else message.id[0]: message
        for message in found
        if message.id
    }


def forms(message: Message) -> tuple[str, ...]:
    """The texts of a message, one or one for each plural form."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def holes(text: str) -> set[str]:
    """What is filled into a text."""
    return {field for _, field, _, _ in Formatter().parse(text) if field}


@pytest.mark.parametrize("language", ["sv", "en"])
def test_all_languages_say_the_same(language: str) -> None:
    """The same keys, all of them written, with the same holes (a form may leave its number out)."""
    finnish, other = catalogue("fi"), catalogue(language)
    assert list(other) == list(finnish)
    for key, message in finnish.items():
        for ours, theirs in zip(forms(message), forms(other[key]), strict=True):
            assert ours
            assert theirs
            assert holes(ours) - {"n"} == holes(theirs) - {"n"}, key


def test_every_key_is_used_and_every_used_key_is_there() -> None:
    """No dead words, no missing ones."""
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in (".py", ".j2") and "statistics" not in path.parts
    )
    used = set(re.findall(r"""["']([a-z_]+\.[a-zA-Z0-9_]+)["']""", source))
    known = set(catalogue("en"))
    asked = set(re.findall(r"""(?:w|plural)\(\s*["']([a-z_]+\.[a-z_]+)["']""", source))
    assert asked | PUT_TOGETHER <= known
    assert known - used - PUT_TOGETHER == set()


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fi", ("41 %", "≤ 5 %", "35–48 %", "1 234,5", "1. toukokuuta 2026, 15.30", "1.5.2026")),
        ("sv", ("41 %", "≤ 5 %", "35–48 %", "1 234,5", "1 maj 2026, 15:30", "1 maj 2026")),
        ("en", ("41%", "≤ 5%", "35–48%", "1,234.5", "1 May 2026, 15:30", "1 May 2026")),
    ],
)
def test_numbers_and_dates_of_each_language(language: str, expected: tuple[str, ...]) -> None:
    """Shares, intervals, numbers and moments are written as CLDR says, in the organisation's zone."""
    w = Words(language, "Europe/Helsinki")
    noon = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
    written = (
        w.share(Percent("", 41)), w.share(Percent("≤", 5)), w.shares(35, 48), w.number(1234.5, 1),
        w.moment(noon), w.short_date(noon),
    )  # fmt: skip
    assert tuple(re.sub(r"\s", " ", text) for text in written) == expected


@pytest.mark.parametrize(
    ("estimate", "value", "interval"),
    [
        (Estimate(what="yes", unit="share", value=0.29, low=0.2, high=0.4), "29%", "20–40%"),
        (Estimate(what="top", unit="share", value=0.8, low=0.49, high=1, sign="≥"), "≥ 80%", "49–100%"),
        (Estimate(what="nps", unit="score", value=45, low=-3, high=80), "+45", "−3 – +80"),
        (Estimate(what="nps", unit="score", value=-60, low=-100, high=0, sign="≤"), "≤ −60", "−100 – 0"),
        (Estimate(what="mean", unit="number", value=3.64, low=3.2, high=4), "3.6", "3.2–4"),
        (Estimate(what="mean", unit="number", value=3, low=3, high=3), "3", ""),
        (Estimate(what="median", unit="number", value=4), "4", ""),
    ],
)
def test_estimates_in_words(estimate: Estimate, value: str, interval: str) -> None:
    """A score has its sign, a share its percent, a number one decimal."""
    w = Words("en")
    assert w.value(estimate).replace("\u00a0", " ") == value
    assert w.interval(estimate) == interval


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 second"), (4.4, "4 seconds"), (119, "119 seconds"), (120, "2 minutes"), (200, "3 minutes")],
)
def test_durations(seconds: float, said: str) -> None:
    """Seconds up to two minutes, then minutes."""
    assert Words("en").duration(seconds) == said


def test_rates_days_and_lists() -> None:
    """An exact rate is rounded, none is a dash; lists end in "or" or "and"; days are plain."""
    w = Words("sv")
    assert (w.rate(None), w.rate(0.666).replace("\u00a0", " ")) == ("–", "67 %")
    assert [w.shares(*ends).replace("\u00a0", " ") for ends in ((35, 48), (40, 40))] == ["35–48 %", "40 %"]
    assert (w.either(["a", "b"]), w.all_of(["a", "b", "c"])) == ("a eller b", "a, b och c")
    assert w.day(date(2026, 5, 1).toordinal()) == "1 maj 2026"


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("Hello {name}, how was {answers.day}? {{sic}}", "Hello, how was …? {sic}"),
        ("Hei {name}! Olet ollut jäsen pari viikkoa.", "Hei! Olet ollut jäsen pari viikkoa."),
        ("Hur mår du, {name}?", "Hur mår du?"),
        ("{name}, how are you?", "How are you?"),
        ("{name} – how are you?", "How are you?"),
        ("Is {name}’s group right?", "Is …’s group right?"),
        ("Kuka {name}", "Kuka"),
    ],
)
def test_a_question_in_a_report_calls_nobody_by_name(question: str, shown: str) -> None:
    """Where people are addressed, the name goes without a gap; other blanks and meant braces stay."""
    assert Words("en").question({"en": question}) == shown


@pytest.mark.parametrize(
    ("wish", "spoken", "language"),
    [("sv", ("fi",), "sv"), ("", ("en", "fi"), "en"), ("xx", ("et", "en"), "en"), ("", ("et",), "fi")],
)
def test_the_language_of_a_report(wish: str, spoken: tuple[str, ...], language: str) -> None:
    """What was asked for, else the organisation's first that there are words in."""
    assert chosen_language(wish, spoken) == language

"""What check tells about each flow: ways, languages, platforms, columns."""

from pathlib import Path

import pytest

from adapters.base import Limits
from adapters.slack.blocks import LIMITS as SLACK
from adapters.telegram.translate import LIMITS as TELEGRAM
from bot.config.columns import Column, unfit
from bot.config.load import load
from bot.config.report import Fitting, FlowReport, reports
from bot.engine.flow import Choice, Flow, Question

PLATFORMS = {"Telegram": TELEGRAM, "Slack": SLACK}
HEAD = """
[organisation]
name = "Hauskala"
languages = ["en", "fi"]

[[flow]]
id = "pulse"
title = { en = "Pulse", fi = "Pulssi" }
"""
WORDS = {"en": "?"}


def _report(folder: Path, text: str, platforms: dict[str, Limits] | None = None) -> FlowReport:
    path = folder / "config.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    config, problems = load(path)
    assert [str(problem) for problem in problems if problem.severity == "error"] == []
    assert config is not None
    (report,) = reports(config, PLATFORMS if platforms is None else platforms)
    return report


def test_a_flow_that_needs_no_remark(tmp_path: Path) -> None:
    """Figures, and nothing else."""
    text = """
[[flow.question]]
id = "hello"
type = "note"
text = { en = "Hello", fi = "Hei" }

[[flow.question]]
id = "score"
type = "scale"
preset = "nps"
text = { en = "Score?", fi = "Luku?" }
exits = [{ when = "score > 6", to = "end" }]

[[flow.question]]
id = "why"
type = "text"
long = true
text = { en = "Why?", fi = "Miksi?" }
"""
    assert _report(tmp_path, text) == FlowReport(
        id="pulse",
        questions=2,
        longest_questions=2,
        longest_seconds=58,
        typical_questions=1.6,
        typical_seconds=42,
        complete=True,
        unreachable=(),
        never=(),
        untranslated={},
        fittings=(),
        columns=(),
    )


def test_what_never_happens(tmp_path: Path) -> None:
    """Questions and conditions, by their ids and words."""
    text = """
[[flow.question]]
id = "score"
type = "scale"
preset = "nps"
text = { en = "Score?", fi = "Luku?" }
exits = [{ when = "4 < score < 5", to = "why" }, { to = "end" }]

[[flow.question]]
id = "why"
type = "text"
text = { en = "Why?", fi = "Miksi?" }
"""
    report = _report(tmp_path, text)
    assert (report.unreachable, report.never) == (("why",), ("score, exit 1: 4 < score < 5",))
    later = text.replace("4 < score < 5", "score > 4").replace(
        'id = "why"', 'id = "why"\nask_if = "score < 5"'
    )
    assert _report(tmp_path, later).never == ("why, ask_if: score < 5",)


def test_what_is_not_translated(tmp_path: Path) -> None:
    """By language; numbers and emoji need no translation."""
    text = """closing = "Thanks"

[[flow.question]]
id = "score"
type = "scale"
min = 1
max = 3
min_label = "Bad"
max_label = { fi = "Hyvä" }
text = { fi = "Luku?" }

[[flow.question]]
id = "tea"
type = "select_one"
text = { en = "Tea?", fi = "Teetä?" }
hint = "Choose"
choices = ["Yes", "1–2", "👍"]
"""
    assert _report(tmp_path, text).untranslated == {
        "en": ("score text", "score max_label"),
        "fi": ("score min_label", "tea hint", "tea choice yes", "closing"),
    }


def test_what_platforms_show_in_another_way(tmp_path: Path) -> None:
    """Long labels, many choices, long texts: each with what becomes of it."""
    many = ", ".join(f'"{number}"' for number in range(30))
    text = f"""closing = "{"Thank you. " * 400}"

[[flow.question]]
id = "long"
type = "select_one"
text = {{ en = "Which?", fi = "Mikä?" }}
choices = ["{"long " * 7}", "no"]

[[flow.question]]
id = "many"
type = "select_multiple"
text = {{ en = "{"Which? " * 500}", fi = "Mitkä?" }}
choices = [{many}]
"""
    assert _report(tmp_path, text).fittings == (
        Fitting(platform="Telegram", question="", what="the closing is sent as 2 messages"),
        Fitting(
            platform="Slack",
            question="long",
            what="a label is longer than 30: the choices become numbered lines with number buttons",
        ),
        Fitting(
            platform="Slack",
            question="many",
            what="30 choices are too many for buttons: they become numbered lines or a menu",
        ),
        Fitting(
            platform="Slack",
            question="many",
            what="the text is longer than 3000: it is sent as 2 messages",
        ),
        Fitting(platform="Slack", question="", what="the closing is sent as 2 messages"),
    )
    assert _report(tmp_path, text, {}).fittings == ()


@pytest.mark.parametrize(
    ("name", "problem", "suggestion"),
    [
        ("with", "is a reserved word of SPSS", "with_1"),
        ("next", "is a reserved word of R", "next_1"),
        ("mood_", "ends with _, which SPSS keeps for itself", "mood_1"),
    ],
)
def test_ids_that_other_programs_refuse(name: str, problem: str, suggestion: str) -> None:
    """Each with a name that all of them take."""
    flow = Flow(
        id="f", languages=("en",), title=WORDS, questions=(Question(id=name, type="text", text=WORDS),)
    )
    assert list(unfit(flow)) == [Column(name=name, problem=problem, suggestion=suggestion)]


def test_choices_are_columns_too() -> None:
    """A multiple selection has one column for each choice, which may be like another's or too long."""
    long = "x" * 40
    several = Question(
        id="likes",
        type="select_multiple",
        text=WORDS,
        choices=tuple(Choice(id=one, label=WORDS) for one in ("tea", "black-tea", "fine")),
    )
    longer = Question(id=long, type="select_multiple", text=WORDS, choices=(Choice(id=long, label=WORDS),))
    flow = Flow(
        id="f",
        languages=("en",),
        title=WORDS,
        questions=(several, Question(id="likes_tea", type="text", text=WORDS), longer),
    )
    assert list(unfit(flow)) == [
        Column(name="likes_tea", problem='is the column of "likes_tea" as well', suggestion="likes_tea_2"),
        Column(
            name="likes_black-tea",
            problem="has a hyphen, which SPSS and R refuse",
            suggestion="likes_black_tea",
        ),
        Column(name=f"{long}_{long}", problem="is longer than SPSS's 64", suggestion=f"{long}_{'x' * 23}"),
    ]

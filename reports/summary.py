"""The report for the terminal: one line a survey, who was not asked and why, and each question in detail.

It says only what the report holds, in the language that was asked for. Returns text and prints nothing.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from typing import Final

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.config.model import Config
from reports import collect, phrases
from reports.figures import Figure
from reports.report import Report, SurveyReport
from reports.words import Words, chosen_language
from storage import Connection

WIDEST: Final = 120
"""Columns; longer lines are hard to follow."""

BAR: Final = 20
"""Characters of a bar of 100 %."""

RATES: Final = ("rr2", "rr1", "coverage")

STEERING: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters but the line end, and those that turn the direction of writing."""

MOST_BARS: Final = 12
MOST_COMMENTS: Final = 5
"""More of both is on the page and in the JSON."""


@dataclass(frozen=True, slots=True)
class Line:
    """One survey in one line, ready to print."""

    survey: str
    asked: str
    answered: str
    rate: str
    key_figure: str
    not_asked: tuple[tuple[str, int], ...]
    """Reasons in plain words and how many people each, the most frequent first."""


def table(
    connection: Connection,
    config: Config,
    language: str = "",
    wish: collect.Wish = collect.EVERYTHING,
    now: datetime | None = None,
) -> str:
    """One line a survey, and below it who was not asked and why. Raises UserError for an unknown survey."""
    report = collect.make(connection, config, wish, now or datetime.now(UTC))
    return overview(report, chosen_language(language, config.organisation.languages))


def overview(report: Report, language: str) -> str:
    """A report in a few lines."""
    w = Words(language, report.zone)
    found = lines(report, w)
    if not found:
        return w("page.nothing")
    names = phrases.names(report, w)
    waiting = [names[survey.id] for survey in report.surveys if not survey.used]
    return _printed(lambda console: _overview(console, found, waiting, w))


def details(report: Report, language: str) -> str:
    """Every survey with its response and each question with its distribution."""
    w = Words(language, report.zone)
    if not report.surveys:
        return w("page.nothing")

    names = phrases.names(report, w)

    def tell(console: Console) -> None:
        for survey in report.surveys:
            _survey(console, survey, names[survey.id], w)

    return _printed(tell)


def lines(report: Report, w: Words) -> list[Line]:
    """The surveys of a report that have asked or been told anything, as lines."""
    names = phrases.names(report, w)
    return [_line(survey, names[survey.id], w) for survey in report.surveys if survey.used]


def _line(survey: SurveyReport, name: str, w: Words) -> Line:
    response = survey.response
    return Line(
        survey=name,
        asked=w.number(response.asked) if survey.waves else "–",
        answered=w.number(response.answered if survey.waves else survey.unasked.completed),
        rate=w.rate(response.rr2),
        key_figure=_key_figure(survey, w),
        not_asked=tuple((phrases.reason(code, w), n) for code, n in response.not_asked.items()),
    )


def _key_figure(survey: SurveyReport, w: Words) -> str:
    key = survey.key
    if key is None:
        return "–"
    headline = key.picture.headline
    if key.n is None and survey.next_close is not None:
        return w("waves.open_until", when=w.short_date(survey.next_close))
    told = phrases.short(key, w)
    return f"{told} {phrases.about(key, headline, w)}" if headline and headline.unit == "share" else told


# --- printing ---------------------------------------------------------------------------------------------


def _printed(tell: Callable[[Console], None]) -> str:
    """What is told to a console as wide as the terminal. Bold and dim stay; click takes them out of pipes."""
    width = min(WIDEST, shutil.get_terminal_size((100, 24)).columns)
    console = Console(
        file=StringIO(), width=width, force_terminal=True, color_system="standard", highlight=False
    )
    tell(console)
    file = console.file
    assert isinstance(file, StringIO)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()).strip("\n")


def plain_text(words: str, style: str = "") -> Text:
    """Words that colour nothing and move nothing: what steers a terminal or turns letters around goes."""
    return Text(STEERING.sub("", words), style=style)


def _plain_table(*columns: str, numbers: tuple[int, ...] = ()) -> Table:
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim", border_style="dim")
    for place, name in enumerate(columns):
        made.add_column(plain_text(name), justify="right" if place in numbers else "left")
    return made


def _overview(console: Console, found: list[Line], waiting: list[str], w: Words) -> None:
    heads = ("table.survey", "response.asked", "waves.answered", "waves.rate", "table.key")
    made = _plain_table(*(w(head) for head in heads), numbers=(1, 2, 3))
    for line in found:
        cells = (line.survey, line.asked, line.answered, line.rate, line.key_figure)
        made.add_row(
            *(plain_text(cell, style="bold" if place == 0 else "") for place, cell in enumerate(cells))
        )
    console.print(made)
    reasons = _plain_table(w("not_asked.title"), w("table.survey"), w("response.people"), numbers=(2,))
    for line in found:
        for reason, people in line.not_asked:
            reasons.add_row(
                plain_text(reason), plain_text(line.survey, style="dim"), plain_text(w.number(people))
            )
    if reasons.row_count:
        console.print()
        console.print(reasons)
    if waiting:
        console.print()
        console.print(plain_text(w("page.not_yet", surveys=w.all_of(waiting)), style="dim"))


def _survey(console: Console, survey: SurveyReport, name: str, w: Words) -> None:
    console.print(plain_text(name, style="bold"))
    if not survey.used:
        console.print(plain_text(w("page.nothing"), style="dim"))
        return
    if survey.waves:
        console.print(plain_text(_response(survey, w)))
        for code, people in survey.response.not_asked.items():
            console.print(plain_text(f"  {w.number(people):>6}  {phrases.reason(code, w)}", style="dim"))
    if survey.held_back:
        console.print(plain_text(phrases.held_back(survey, w)))
    for figure in survey.figures:
        _figure(console, figure, w)
    if survey.unasked.started:
        console.print()
        console.print(plain_text(w.plural("unasked.lead", survey.unasked.started)))
        for figure in survey.unasked.shown:
            _figure(console, figure, w)
        if survey.unasked.hidden:
            key = "unasked.few" if survey.unasked.shown else "figure.few"
            console.print(plain_text(w(key, k=survey.k), style="dim"))
    console.print()


def _response(survey: SurveyReport, w: Words) -> str:
    response = survey.response
    parts = [f"{w(f'response.{step}')} {w.number(getattr(response, step))}" for step in phrases.STEPS]
    rates = ", ".join(f"{w(f'rate.{name}')} {w.rate(getattr(response, name))}" for name in RATES)
    return f"{' · '.join(parts)}\n{rates}"


def _figure(console: Console, figure: Figure, w: Words) -> None:
    console.print()
    console.print(plain_text(w.question(figure.question.text), style="bold"))
    console.print(Padding(_body(figure, w), (0, 0, 0, 2)))


def _body(figure: Figure, w: Words) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    for text in _told(figure, w):
        grid.add_row(text)
    return grid


def _told(figure: Figure, w: Words) -> Iterator[RenderableType]:
    if figure.n is None:
        yield plain_text(w("figure.few", k=figure.k), style="dim")
        return
    headline = figure.picture.headline
    said = w.plural("figure.n", figure.n)
    if headline is not None:
        said = f"{phrases.short(figure, w)}  {phrases.about(figure, headline, w)}, {said}"
    yield plain_text(said)
    if figure.picture.bars:
        yield _bars(figure, w)
    for note in phrases.notes(figure, w):
        yield plain_text(note, style="dim")
    for comment in figure.comments[:MOST_COMMENTS]:
        yield plain_text(f"“{' '.join(comment.split())}”")
    if len(figure.comments) > MOST_COMMENTS:
        yield plain_text(w.plural("figure.more", len(figure.comments) - MOST_COMMENTS), style="dim")


def _bars(figure: Figure, w: Words) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(max_width=40)
    grid.add_column(justify="right")
    grid.add_column()
    grid.add_column(style="dim")
    bars = figure.picture.bars
    for bar in bars[:MOST_BARS]:
        drawn = Text("━" * round(bar.share.value * BAR / 100), style="green" if bar.strong else "")
        label = phrases.label(bar, figure.picture.form, w)
        grid.add_row(
            plain_text(label), plain_text(w.share(bar.share)), drawn, plain_text(w.shares(bar.low, bar.high))
        )
    if len(bars) > MOST_BARS:
        grid.add_row(plain_text(w.plural("figure.more", len(bars) - MOST_BARS), style="dim"))
    return grid

"""One self-contained page for each survey and an overview: HTML without script, network or second file.

Templates escape everything but the charts, which ``reports.charts`` rebuilds from harmless shapes. The page
says only what the report holds.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.config.model import Config
from reports import charts, collect, drawings, phrases
from reports.figures import Figure, Passage
from reports.figures.comments import grouped
from reports.files import slug, written
from reports.report import Report, SurveyReport
from reports.suppression import K_COMMENTS, Percent
from reports.words import Words, chosen_language
from storage import Connection

if TYPE_CHECKING:
    from jinja2 import Environment

OVERVIEW: Final = "index.html"

MOST_COMMENTS: Final = 12
"""Comments that stand open; the rest unfolds."""

MANY_CHANGES: Final = 5
"""Comparisons from which chance is bound to show among them."""

PASSAGE: Final = ("answered", "skipped", "refused", "timed_out", "left")


def write(
    connection: Connection,
    config: Config,
    folder: Path,
    language: str = "",
    wish: collect.Wish = collect.EVERYTHING,
    now: datetime | None = None,
) -> Path:
    """Write the pages into a folder; returns the overview, or the page where there is only one.

    ``language`` empty: the organisation's first. Raises UserError for an unknown survey, and for a folder
    that cannot be written.
    """
    report = collect.make(connection, config, wish, now or datetime.now(UTC))
    return publish(report, folder, chosen_language(language, config.organisation.languages))


def publish(report: Report, folder: Path, language: str) -> Path:
    """Write the pages of a report. Raises UserError when the folder cannot be written."""
    paths = []
    for name, text in pages(report, language).items():
        with written(folder, name) as file:
            file.write(text)
        paths.append(folder / name)
    return paths[-1] if len(paths) > 1 or not report.surveys else paths[0]


def pages(report: Report, language: str) -> dict[str, str]:
    """The pages by file name, the overview last. A single survey needs no overview, an unused one no page."""
    several = _several(report)
    found = {
        file_of(survey): survey_page(report, survey, language, overview=several)
        for survey in report.surveys
        if survey.used or not several
    }
    if several:
        found[OVERVIEW] = _render("overview.html.j2", report, language, {})
    return found


def names(report: Report) -> list[str]:
    """The names of the files that ``publish`` writes."""
    several = _several(report)
    found = [file_of(survey) for survey in report.surveys if survey.used or not several]
    return [*found, OVERVIEW] if several else found


def _several(report: Report) -> bool:
    """Whether there is an overview: of several surveys, or of what is about none alone."""
    return len(report.surveys) != 1 or report.whole


def file_of(survey: SurveyReport) -> str:
    """The file name of a survey's page."""
    return f"{slug(survey.id)}.html"


def survey_page(report: Report, survey: SurveyReport, language: str, *, overview: bool) -> str:
    """One survey's page. ``overview``: there is one to go back to."""
    return _render("survey.html.j2", report, language, {"survey": survey, "overview": overview})


def _render(template: str, report: Report, language: str, values: dict[str, Any]) -> str:
    w = Words(language, report.zone)
    names = phrases.names(report, w)
    tools = {
        "w": w,
        "report": report,
        "about": partial(phrases.about, w=w),
        "short": partial(phrases.short, w=w),
        "notes": partial(phrases.notes, w=w),
        "ends": partial(phrases.ends, w=w),
        "bar_label": partial(phrases.label, w=w),
        "chart": partial(drawings.chart, w=w),
        "gauge": partial(drawings.gauge, w=w),
        "trend": partial(drawings.trend, w=w),
        "passage_chart": partial(drawings.passage, w=w),
        "grouped": grouped,
        "kind_name": partial(phrases.kind_name, w=w),
        "warmth": phrases.warmth,
        "priorities_chart": partial(drawings.priorities, w=w),
        "good_answers": partial(phrases.good_answers, w=w),
        "gap_chart": partial(drawings.gap, w=w),
        "gap_told": partial(phrases.gap, w=w),
        "load_chart": partial(drawings.load, w=w),
        "burden_chart": partial(drawings.burden, w=w),
        "tiredness": partial(phrases.tiredness, w=w),
        "changed": partial(phrases.changed, w=w),
        "early": partial(phrases.early, w=w),
        "names": names,
        "not_yet": [names[survey.id] for survey in report.surveys if not survey.used],
        "response_chart": partial(drawings.response, w=w),
        "reason": partial(phrases.reason, w=w),
        "held_back": partial(phrases.held_back, w=w),
        "period": partial(_period, w=w),
        "key_heading": partial(_key_heading, w=w),
        "passage_columns": _passage_columns,
        "passage_cell": partial(_passage_cell, w=w),
        "comments_from": partial(max, K_COMMENTS),
        "file_of": file_of,
        "most_rows": charts.MOST_ROWS,
        "most_comments": MOST_COMMENTS,
        "many_changes": MANY_CHANGES,
    }
    return _environment().get_template(template).render({**tools, **values})


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


# --- words ------------------------------------------------------------------------------------------------


def _period(survey: SurveyReport, w: Words) -> str:
    assert survey.first is not None
    assert survey.last is not None
    first, last = w.date(survey.first), w.date(survey.last)
    return first if first == last else w("hero.period", first=first, last=last)


def _key_heading(figure: Figure, w: Words) -> str:
    headline = figure.picture.headline
    return phrases.about(figure, headline, w) if headline else w.question(figure.question.text)


def _passage_columns(figures: Sequence[Figure]) -> list[str]:
    """The columns that some question has a use for."""
    return ["put", *(part for part in PASSAGE if any(_possible(figure, part) for figure in figures))]


def _possible(figure: Figure, part: str) -> bool:
    """Whether a question can be left in this way; a share that is not recoded says that it was."""
    question = figure.question
    offered = {"skipped": not question.required, "refused": question.refusable}
    offered |= {"timed_out": question.timeout_minutes > 0}
    return offered.get(part, True) or (figure.passage is not None and _share(figure.passage, part).sign == "")


def _share(passage: Passage, part: str) -> Percent:
    share: Percent = getattr(passage, part)
    return share


def _passage_cell(figure: Figure, part: str, w: Words) -> str:
    assert figure.passage is not None
    if part == "put":
        return w.number(figure.passage.asked)
    return w.share(_share(figure.passage, part)) if _possible(figure, part) else "–"

"""From figures to drawings: which bars, columns and lines a figure becomes, for the page and for a chat.

A drawing holds what the figure holds, in the words of one language. Nothing is counted here.
"""

from collections.abc import Sequence
from typing import Final

from reports import charts, phrases
from reports.charts import Drawing, Row
from reports.figures import Estimate, Figure
from reports.figures.gap import Gap
from reports.figures.priorities import Priorities
from reports.figures.year import Load, Step
from reports.report import WaveReport
from reports.response import Response
from reports.words import Words

COLUMNS_FROM: Final = 8
"""Points from which a scale is drawn upright."""

TREND_FROM: Final = 3
"""Rounds that make a trend; of two the change is told in words."""


def chart(figure: Figure, w: Words) -> Drawing:
    """The distribution of the answers to a question."""
    found, title = rows(figure, w), w("figure.chart", question=w.question(figure.question.text))
    return charts.columns(found, title) if _upright(figure) else charts.bars(found, title)


def chart_png(figure: Figure, language: str, zone: str = "UTC") -> bytes | None:
    """The same as a picture for a chat, 1280 pixels wide, with the question above it.

    None where there is nothing to draw: too few answers, words only, or nearly all alike in one range.
    """
    w = Words(language, zone)
    found = rows(figure, w)
    if not found:
        return None
    assert figure.n is not None
    headline = figure.picture.headline
    told = [w.plural("figure.n", figure.n)]
    if headline is not None:
        told.insert(0, f"{phrases.short(figure, w)} {phrases.about(figure, headline, w)}")
    return charts.png(found, w.question(figure.question.text), " · ".join(told))


def rows(figure: Figure, w: Words) -> list[Row]:
    """One row a choice or range, with its share and interval."""
    picture = figure.picture
    return [
        Row(
            label=phrases.label(bar, picture.form, w),
            text=w.share(bar.share),
            value=bar.share.value / 100 if bar.share.sign != "≥" else 1.0,
            low=bar.low / 100,
            high=bar.high / 100,
            strong=bar.strong,
            faint=bar.share.sign == "≤",
        )
        for bar in picture.bars
    ]


def _upright(figure: Figure) -> bool:
    picture = figure.picture
    return picture.form in ("nps", "scale") and len(picture.bars) >= COLUMNS_FROM


def gauge(figure: Figure, w: Words) -> Drawing | str:
    """Where the headline stands between the least and the most that it could be."""
    headline = figure.picture.headline
    if headline is None or headline.low is None or headline.high is None or headline.unit == "number":
        return ""
    value, low, high = (_part(end, headline) for end in (headline.value, headline.low, headline.high))
    return charts.gauge(value, low, high, phrases.short(figure, w))


def _part(end: float, estimate: Estimate) -> float:
    """An end of an interval as a fraction of all that it could be."""
    return (end + 100) / 200 if estimate.unit == "score" else end


def response(found: Response, w: Words) -> Drawing:
    """From the audience to those who answered."""
    steps = [
        Row(
            label=w(f"response.{step}"),
            text=w.number(getattr(found, step)),
            value=getattr(found, step) / found.audience if found.audience else 0.0,
            strong=step == "answered",
        )
        for step in phrases.STEPS
    ]
    return charts.bars(steps, w("response.chart"))


def trend(waves: Sequence[WaveReport], w: Words) -> Drawing | str:
    """The key question round by round; nothing where fewer than three rounds may be shown."""
    told = [
        (wave, wave.key, headline)
        for wave in waves
        if wave.key is not None and (headline := wave.key.picture.headline) is not None
        if headline.low is not None and headline.high is not None and headline.unit != "number"
    ]
    if len(told) < TREND_FROM:
        return ""
    _, newest, headline = told[-1]
    points = [
        Row(
            label=w.tiny_date(wave.opens_at),
            text=w.value(found),
            value=_part(found.value, found),
            low=_part(found.low or 0.0, found),
            high=_part(found.high or 0.0, found),
            strong=found is headline,
            faint=found.sign != "",
        )
        for wave, _, found in told
    ]
    return charts.trend(points, w("trend.chart", what=phrases.about(newest, headline, w)))


def load(found: Load, w: Words) -> Drawing:
    """How many people had how much of it."""
    people = [
        Row(label=w.range(bar.first, bar.last), text=w.share(bar.share), value=bar.share.value / 100)
        for bar in found.bars
    ]
    return charts.bars(people, w("year.chart", what=w(f"year.{found.kind}")))


def burden(steps: Sequence[Step], w: Words) -> Drawing:
    """The share that answered, from the least to the greatest burden."""
    drawn = [
        Row(
            label=w("year.upto", points=w.number(step.burden, 1)),
            text=w.share(step.answered),
            value=step.answered.value / 100 if step.answered.sign != "≥" else 1.0,
            low=step.low / 100,
            high=step.high / 100,
            faint=step.answered.sign == "≤",
        )
        for step in steps
    ]
    return charts.bars(drawn, w("year.burden_chart"))


def gap(found: Gap, w: Words) -> Drawing:
    """What members said, and below it, fainter, what staff expected of them."""
    members = found.members
    return charts.bars(
        [
            Row(
                label=w("staff.members"),
                text=w.value(members),
                value=members.value,
                low=members.low,
                high=members.high,
                strong=True,
            ),
            Row(
                label=w("staff.predicted"),
                text=w.rate(found.predicted),
                value=found.predicted,
                low=found.predicted_low,
                high=found.predicted_high,
            ),
        ],
        w("figure.chart", question=w.question(found.question.text)),
    )


def priorities(found: Priorities, w: Words) -> Drawing:
    """Topics by number: how it is from left to right, how much it matters from below."""
    points = [
        charts.Point(
            label=str(number),
            x=(topic.experience.value, topic.experience.low or 0.0, topic.experience.high or 1.0),
            y=(topic.importance, topic.low, topic.high),
            strong=topic.quadrant == "first",
        )
        for number, topic in enumerate(found.topics, start=1)
    ]
    return charts.scatter(points, (found.experience_line, found.importance_line), w("first.title"))


def passage(figures: Sequence[Figure], w: Words) -> Drawing:
    """How many came to each question, against the one that most came to."""
    found = [(figure, figure.passage.asked) for figure in figures if figure.passage is not None]
    most = max((asked for _, asked in found), default=0)
    came = [
        Row(
            label=w.question(figure.question.text),
            text=w.number(asked),
            value=asked / most if most else 0.0,
        )
        for figure, asked in found
    ]
    return charts.bars(came, w("passage.chart"))

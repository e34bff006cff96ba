"""What a figure says, in words: headline, notes, the ends of its scale. One wording for page and terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.engine import times
from bot.engine.flow import Question
from bot.engine.predictions import small_first
from reports.figures import Bar, Change, Estimate, Figure
from reports.figures.choices import top_choices
from reports.figures.encounters import Share
from reports.figures.gap import Gap
from reports.figures.year import Year
from reports.report import Early, Report, SurveyReport
from reports.shape import clock, reason_name
from reports.words import Words

RANGES: Final = ("numbers", "dates", "times")

KINDS: Final = frozenset({"event", "course", "shift", "group", "article", "support"})
"""Kinds of encounters that have a name in every language; others are called as the admin calls them."""

WARM, MILD = 70, 40
"""Percent of good answers from which a cell of the map is drawn warm, and below which it is drawn cold."""

STEPS: Final = ("audience", "asked", "reached", "started", "answered")
"""The way from the audience to those who answered, as it is told."""


def about(figure: Figure, estimate: Estimate, w: Words) -> str:
    """What an estimate is about: ``rather good or good``, ``net promoter score``, ``on average``."""
    match estimate.what:
        case "nps":
            return w("figure.nps")
        case "mean":
            return w("figure.mean_head")
    return _choices(figure.question, estimate.of, w)


def _choices(question: Question, ids: Sequence[str], w: Words) -> str:
    labels = {choice.id: w.of(choice.label) or choice.id for choice in question.choices}
    said = [labels.get(one, one) for one in ids]
    if question.type == "scale":  # steps of a scale are no names: inside the sentence they begin small
        said[1:] = [small_first(one) for one in said[1:]]
    return w.either(said)


def good_answers(question: Question, w: Words) -> str:
    """Which answers count: ``rather good or good``."""
    return _choices(question, top_choices(question), w)


def gap(found: Gap, w: Words) -> str:
    """Whether staff knew what members would say."""
    told = {"value": w.points(found.value), "low": w.points(found.low), "high": w.points(found.high)}
    return w.plural(f"staff.{found.verdict}", found.staff, **told)


def short(figure: Figure, w: Words) -> str:
    """The headline in a few words, for tables: ``78 % (70–85 %)``, ``NPS +45``, ``fewer than 5 answers``."""
    if figure.n is None:
        return w("figure.few_short", k=figure.k)
    headline = figure.picture.headline
    if headline is None:
        return w.plural("figure.n", figure.n)
    value = w.value(headline)
    if headline.what == "nps":
        value = f"{w('figure.nps_short')} {value}"
    interval = w.interval(headline)
    return f"{value} ({interval})" if interval else value


def notes(figure: Figure, w: Words) -> Iterator[str]:
    """Everything else that is worth saying about a figure, a sentence each."""
    if figure.n is None:
        return
    for estimate in figure.picture.others:
        said = _estimate(figure, estimate, w)
        interval = w.interval(estimate)
        yield f"{said} ({interval})" if interval else said
    if figure.question.type == "select_multiple":
        yield w("figure.several")
    if _mean_withheld(figure):
        yield w("figure.alike")
    if figure.versions > 1:
        yield w.plural("figure.wordings", figure.versions)
    if figure.retired:
        yield w("figure.retired")


def changed(change: Change, w: Words) -> str:
    """What changed from the round before: ``Latest round 66 %, the one before 60 %: +6 points …``."""
    told = {"before": w.value(change.before), "after": w.value(change.after), **w.change(change)}
    verdict = w("change.sure" if change.sure else "change.unsure")
    return f"{w('change.points' if change.unit == 'share' else 'change.plain', **told)} {verdict}"


def early(found: Early, w: Words) -> str:
    """How those who answered after the reminder differ from those who needed none."""
    told = w.change(found.change)
    verdict = w("change.sure" if found.change.sure else "change.unsure")
    return f"{w('early.points' if found.change.unit == 'share' else 'early.plain', **told)} {verdict}"


def _estimate(figure: Figure, estimate: Estimate, w: Words) -> str:
    value = w.value(estimate)
    match estimate.what:
        case "mean" if figure.question.choices:
            least, most = w.number(figure.question.minimum or 0), w.number(figure.question.maximum or 0)
            return w("figure.mean_of", value=value, least=least, most=most)
        case "mean" | "median":
            return w(f"figure.{estimate.what}", value=value)
        case "promoters" | "passives" | "detractors":
            return w(f"figure.{estimate.what}", share=value)
    return f"{about(figure, estimate, w)}: {value}"


def _mean_withheld(figure: Figure) -> bool:
    picture = figure.picture
    if picture.form not in ("scale", "numbers"):
        return False
    told = [estimate.what for estimate in (picture.headline, *picture.others) if estimate is not None]
    return "mean" not in told


def ends(question: Question, w: Words) -> str:
    """What the ends of a scale mean: ``0 = not at all likely, 10 = extremely likely``."""
    said = [
        w("figure.end", number=w.number(number), label=w.of(label))
        for number, label in ((question.minimum, question.min_label), (question.maximum, question.max_label))
        if number is not None and label
    ]
    return ", ".join(said)


def names(report: Report, w: Words) -> Mapping[str, str]:
    """What to call each survey: the title of its flow, with the survey's id where several have the same."""
    titles = [w.of(survey.title) for survey in report.surveys]
    return {
        survey.id: title if titles.count(title) == 1 else f"{title} ({survey.id})"
        for survey, title in zip(report.surveys, titles, strict=True)
    }


def reason(code: int, w: Words) -> str:
    """Why people were not asked, in plain words."""
    name = reason_name(code)
    return w("reason.other") if name.startswith("REASON_") else w(f"reason.{name}")


def held_back(survey: SurveyReport, w: Words) -> str:
    """Why the answers of open waves are not shown yet, and when they will be."""
    assert survey.next_close is not None
    return w.plural("answers.held_back", len(survey.held_back), when=w.date(survey.next_close))


def label(bar: Bar, form: str, w: Words) -> str:
    """What a bar stands for: the label of a choice, or a range of numbers or dates."""
    if form not in RANGES:
        return w.of(bar.label) or bar.id
    if form == "numbers":
        return w.range(bar.first, bar.last)
    first, last = (None if end is None else _end(end, w, form) for end in (bar.first, bar.last))
    if first is None:
        return w("range.until", last=last)
    if last is None:
        return w("range.since", first=first)
    return first if first == last else f"{first} – {last}"


def _end(value: float, w: Words, form: str) -> str:
    return times.show(clock(value), w.language) if form == "times" else w.day(value)


def tiredness(found: Year, w: Words) -> str:
    """Whether those of whom more was asked answer less, as far as that can be told."""
    assert found.tired is not None
    by, low, high = found.tired
    told = {"value": w.points(by), "low": w.points(low), "high": w.points(high)}
    if low > 0:
        return w("year.yes", **told)
    return w("year.no" if high >= 0 else "year.other", **told)


def kind_name(kind: str, w: Words) -> str:
    """What a kind of encounter is called."""
    return w(f"kind.{kind}") if kind in KINDS else kind


def warmth(found: Share) -> str:
    """How a cell of the map is drawn; the words in it say the same."""
    if found.percent.value >= WARM:
        return "warm"
    return "mild" if found.percent.value >= MILD else "cold"

"""A report as plain values for JSON. Names, meanings and units of this shape stay; what is new is added.

Nothing is worked out here: what a report does not hold, for the sake of small groups, cannot get into it.

``format`` "kuulolla-report", ``version`` 1. Times are ISO 8601 in UTC. Texts are objects by language code.
Rates are fractions with four decimals, shares whole ``percent`` with the ends ``low`` and ``high`` of their
95 % interval. ``sign`` "≤" or "≥" says that the exact share is withheld. ``answers`` is null, and with it
everything about the question, where fewer than ``k`` people answered. Empty lists and null mean "nothing to
show".

A survey has ``survey``, ``flow``, ``title``, ``purpose``, ``k``, ``first_session_at``, ``last_session_at``,
``response``, ``waves`` (each with its own ``response`` and ``key`` question), ``held_back`` (names of open
waves that the questions leave out), ``questions`` and ``unasked`` (what people said of their own accord).

A response counts people: ``audience``, ``drawn``, ``asked``, ``reached``, ``started``, ``answered`` (at
least half), ``stories`` (what became of the audience), ``outcomes`` (AAPOR codes), ``rr1``, ``rr2``,
``coverage``, ``not_asked`` (by reason code), ``median_seconds`` of a completed session.

A question has ``question``, ``type``, ``preset``, ``text``, ``answers``, ``headline`` and ``estimates``
(``what``, ``unit``, ``value``, ``low``, ``high``, ``sign``, ``method``, ``of``), ``distribution`` (``id``,
``label``, ``from`` and ``to`` of a range, ``percent``, ``sign``, ``low``, ``high``), ``passage`` (shares of
those to whom it was put), ``comments``, ``comments_hidden``, ``median_seconds``, ``wordings``, ``retired``,
``change`` (from the round before to the newest one: ``unit``, ``before``, ``after``, ``value``, ``low``,
``high``, ``method``; null where one of the two may not be told).

``encounters``, ``year``, ``feedback`` and ``loop`` are the sections of a report of all surveys, else null;
``promptness``, ``gaps`` (staff against members) and ``priorities`` those of a survey. They carry the names of
``reports.figures``.

``early`` is the key question before and after the reminder. ``groups`` and ``strata`` tell how many of each
group of the audience answered anything, with the ``r_indicator`` where they do not overlap.
"""

from datetime import date
from fractions import Fraction
from typing import Any, Final

import msgspec

from reports.figures import Bar, Change, Estimate, Figure, Passage
from reports.figures.groups import Representation
from reports.report import Early, Report, SurveyReport, WaveReport
from reports.response import Response
from reports.suppression import Percent
from scheduler.verdicts import Reason

FORMAT: Final = "kuulolla-report"
VERSION: Final = 1


def shape(report: Report) -> dict[str, Any]:
    """The whole report."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": report.made_at.isoformat(),
        "organisation": dict(report.organisation),
        "surveys": [_survey(survey) for survey in report.surveys],
        "encounters": _plain(report.encounters),
        "year": _plain(report.year),
        "feedback": _plain(report.feedback),
        "loop": _plain(report.loop),
    }


def _survey(survey: SurveyReport) -> dict[str, Any]:
    return {
        "survey": survey.id,
        "flow": survey.flow,
        "title": dict(survey.title),
        "purpose": dict(survey.purpose),
        "k": survey.k,
        "first_session_at": survey.first.isoformat() if survey.first else None,
        "last_session_at": survey.last.isoformat() if survey.last else None,
        "response": _response(survey.response),
        "waves": [_wave(wave) for wave in survey.waves],
        "held_back": list(survey.held_back),
        "questions": [_figure(figure) for figure in survey.figures],
        "early": _early(survey.early) if survey.early else None,
        "groups": _groups(survey.groups),
        "strata": _groups(survey.strata),
        "promptness": _plain(survey.promptness),
        "gaps": _plain(survey.gaps),
        "priorities": _plain(survey.priorities),
        "unasked": {
            "started": survey.unasked.started,
            "completed": survey.unasked.completed,
            "questions": [_figure(figure) for figure in survey.unasked.figures],
        },
    }


def _wave(wave: WaveReport) -> dict[str, Any]:
    return {
        "wave": wave.name,
        "opens_at": wave.opens_at.isoformat(),
        "closes_at": wave.closes_at.isoformat(),
        "closed": wave.closed,
        "response": _response(wave.response),
        "key": _figure(wave.key) if wave.key else None,
    }


def _response(response: Response) -> dict[str, Any]:
    return {
        "audience": response.audience,
        "drawn": response.drawn,
        "asked": response.asked,
        "reached": response.reached,
        "started": response.started,
        "answered": response.answered,
        "stories": dict(response.stories),
        "outcomes": {outcome.value: n for outcome, n in response.outcomes.items()},
        "rr1": _rate(response.rr1),
        "rr2": _rate(response.rr2),
        "coverage": _rate(response.coverage),
        "not_asked": {reason_name(code): n for code, n in response.not_asked.items()},
        "median_seconds": response.median_seconds,
    }


def reason_name(code: int) -> str:
    """The name of a reason; one that this version does not know keeps its number."""
    return Reason(code).name if code in list(Reason) else f"REASON_{code}"


def _rate(rate: Fraction | None) -> float | None:
    return None if rate is None else round(float(rate), 4)


def _figure(figure: Figure) -> dict[str, Any]:
    question, picture = figure.question, figure.picture
    return {
        "question": question.id,
        "type": question.type,
        "preset": question.preset,
        "text": dict(question.text),
        "answers": figure.n,
        "headline": _estimate(picture.headline) if picture.headline else None,
        "estimates": [_estimate(estimate) for estimate in picture.others],
        "distribution": [_bar(bar, picture.form) for bar in picture.bars],
        "passage": _passage(figure.passage) if figure.passage else None,
        "comments": list(figure.comments),
        "comments_hidden": figure.comments_hidden,
        "median_seconds": figure.median_seconds,
        "wordings": figure.versions,
        "retired": figure.retired,
        "change": _change(figure.change) if figure.change else None,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "unit": change.unit,
        "before": _estimate(change.before),
        "after": _estimate(change.after),
        "value": round(change.value, 4),
        "low": round(change.low, 4),
        "high": round(change.high, 4),
        "method": change.method,
    }


def _early(early: Early) -> dict[str, Any]:
    return {
        "question": early.question.id,
        "answers_before": early.before,
        "answers_after": early.after,
        "change": _change(early.change),
    }


def _plain(value: object) -> Any:
    """A section under the names of its own fields: questions by id, numbers to four digits, times as text."""
    return _rounded(msgspec.to_builtins(value))


def _rounded(value: Any) -> Any:
    match value:
        case float():
            return round(value, 4)
        case list() | tuple():
            return [_rounded(one) for one in value]
        case {"id": str(name), "type": _, "text": _}:
            return name
        case dict():
            return {name: _rounded(one) for name, one in value.items()}
    return value


def _groups(found: Representation | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "groups": [
            {
                "name": group.name,
                "audience": group.people,
                "percent": group.answered.value,
                "sign": group.answered.sign,
                "low": group.low,
                "high": group.high,
            }
            for group in found.groups
        ],
        "hidden": found.hidden,
        "r_indicator": found.indicator,
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {
        "what": estimate.what,
        "unit": estimate.unit,
        "value": round(estimate.value, 4),
        "low": None if estimate.low is None else round(estimate.low, 4),
        "high": None if estimate.high is None else round(estimate.high, 4),
        "sign": estimate.sign,
        "method": estimate.method,
        "of": list(estimate.of),
    }


def clock(minutes: float) -> str:
    """Minutes of the day as ``HH:MM``."""
    return f"{int(minutes) // 60:02}:{int(minutes) % 60:02}"


def _bar(bar: Bar, form: str) -> dict[str, Any]:
    def end(value: float | None) -> float | str | None:
        if value is None or form not in ("dates", "times"):
            return value
        return clock(value) if form == "times" else date.fromordinal(int(value)).isoformat()

    return {
        "id": bar.id,
        "label": dict(bar.label),
        "from": end(bar.first),
        "to": end(bar.last),
        "percent": bar.share.value,
        "sign": bar.share.sign,
        "low": bar.low,
        "high": bar.high,
    }


def _passage(passage: Passage) -> dict[str, Any]:
    def share(found: Percent) -> dict[str, Any]:
        return {"percent": found.value, "sign": found.sign}

    return {
        "asked": passage.asked,
        "answered": share(passage.answered),
        "skipped": share(passage.skipped),
        "refused": share(passage.refused),
        "timed_out": share(passage.timed_out),
        "left": share(passage.left),
    }

"""The codebook of an export: what each column and code means, for tools (rows, JSON) and people (Markdown,
HTML).

Texts of admins are data here: in Markdown every character that could be markup is disarmed, in HTML
escaped.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.engine.flow import FLAGS, Choice, Question
from reports.columns import Column, columns, plain
from reports.definitions import Definition
from reports.words import Words

HEAD: Final = (
    "survey", "column", "question", "part", "type", "text", "code", "label", "number", "required",
    "asked_of_everybody", "retired", "flow_versions",
)  # fmt: skip

STATUSES: Final = {
    "answered": "an answer was given",
    "known": "not asked: the member list knows it",
    "computed": "not asked: worked out by the flow",
    "left_out": "not asked: the person's split form does without the question",
    "skipped": "passed over by the person, or not understood after several tries",
    "refused": "preferred not to say",
    "timed_out": "the question's own time was over",
    "withdrawn": "given, then the person went back and took another way",
    "unanswered": "put to the person, who gave no answer before the session ended, or has not yet",
    "not_asked": "not meant for this person: the way led past it, or their version does not have it",
    "not_reached": "the session ended before it, or has not come so far",
}

MEANING: Final = {
    "survey": "id of the survey",
    "wave": "name of the round; empty for a session that the person began unasked",
    "session": "random name of the session",
    "person": "the person's number in this installation",
    "self_started": "1: the person began it; 0: they were invited",
    "flow_version": "which version of the questions was asked",
    "question": "id of the question",
    "type": "its type",
    "status": "see the codes of a status",
    "value": "text, number, date, 1 for yes and 0 for no, id of a choice (several with semicolons)",
    "label": "the answer in words, where it is a choice",
    "number": "the number behind the answer, where it has one",
    "other": "words of “other, please specify”",
    "seconds": "from the question to the answer",
    "at": "when the answer came, UTC",
    "revision": "grows when an answer is changed; only the last one is here",
    "detail": "JSON: order of the choices, version of a consent text, what file it is, how it was drawn",
    "session_status": "completed, partial, abandoned, not_now, declined or ignored; invited, active: open",
    "started_at": "when the session began, UTC",
    "ended_at": "when it ended, UTC; empty while it is open",
    "session_seconds": "measured active time",
}

_MARKUP: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&])")


@dataclass(frozen=True, slots=True)
class Book:
    """One survey and its questions over all versions."""

    survey: str
    definitions: Sequence[Definition]


def labels(question: Question, w: Words) -> dict[str, str]:
    """The words of each choice by its id."""
    return {choice.id: w.of(choice.label) for choice in question.choices}


def label(by_id: Mapping[str, str], value: Any) -> str:
    """The words of the chosen answer, from ``labels``; empty for words, numbers and dates."""
    if not by_id or value is None:
        return ""
    chosen = value if isinstance(value, list) else [_id(value)]
    return "; ".join(by_id.get(str(one), str(one)) for one in chosen)


def _id(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(plain(value))


# --- rows -------------------------------------------------------------------------------------------------


def rows(books: Sequence[Book], w: Words) -> Iterator[tuple[str | int | float | None, ...]]:
    """One row for each code of each column."""
    for book in books:
        for column in columns(book.definitions):
            question = column.definition.question
            for code, words, number in _codes(column, w):
                yield (
                    book.survey,
                    column.name,
                    question.id,
                    column.part,
                    question.type,
                    w.of(question.text),
                    code,
                    words,
                    number,
                    int(question.required),
                    int(column.definition.everybody),
                    int(column.definition.retired),
                    " ".join(column.definition.digests),
                )


def _codes(column: Column, w: Words) -> Iterator[tuple[str, str, float | None]]:
    """Code, its words, the number behind it. A column without codes has one empty row."""
    question = column.definition.question
    match column.part:
        case "status":
            yield from ((code, meaning, None) for code, meaning in STATUSES.items())
        case "choice":
            chosen = next(choice for choice in question.choices if choice.id == column.choice)
            yield "1", w.of(chosen.label), chosen.value
            yield "0", "", None
        case "place":
            ranked = next(choice for choice in question.choices if choice.id == column.choice)
            yield "1", w.of(ranked.label), ranked.value
        case "value" if question.choices:
            for choice in question.choices:
                yield _code(question, choice), w.of(choice.label), choice.value
        case _:
            yield "", "", None


def _code(question: Question, choice: Choice) -> str:
    """What stands in the tables for a choice: yes is 1 there."""
    return str(int(choice.id == "yes")) if question.type in FLAGS else choice.id


# --- for people -------------------------------------------------------------------------------------------


def markdown(books: Sequence[Book], w: Words, long: Sequence[str], wide: Sequence[str]) -> Iterator[str]:
    """The codebook as Markdown, line by line."""
    yield "# Codebook"
    yield ""
    yield "The full data: no small group is hidden here. Handle it with care; to show figures, use a report."
    yield ""
    yield "All files are UTF-8 with commas. A text that a spreadsheet might run as a formula begins with an"
    yield "apostrophe. An empty cell means that there is nothing; the answer “None” is an answer. In pandas:"
    yield "`pandas.read_csv(path, keep_default_na=False)`."
    yield ""
    yield from _meanings("answers-long.csv: one row for each answer", long)
    yield from _meanings(
        "…-wide.csv: one row for each session, these columns and those of its questions", wide
    )
    yield "## Codes of a status"
    yield ""
    yield "| code | meaning |"
    yield "|---|---|"
    for code, meaning in STATUSES.items():
        yield f"| `{code}` | {meaning} |"
    for book in books:
        yield ""
        yield f"## Survey {disarmed(book.survey)}"
        for definition in book.definitions:
            yield from _question(book, definition, w)


def _meanings(title: str, names: Sequence[str]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield "| column | meaning |"
    yield "|---|---|"
    for name in names:
        yield f"| `{name}` | {MEANING[name]} |"
    yield ""


def _question(book: Book, definition: Definition, w: Words) -> Iterator[str]:
    question = definition.question
    names = [column.name for column in columns(book.definitions) if column.definition is definition]
    yield ""
    yield f"### {disarmed(question.id)}: {disarmed(w.question(question.text))}"
    yield ""
    facts = [f"type {question.type}", "required" if question.required else "may be skipped"]
    facts += ["asked of everybody" if definition.everybody else "asked on some ways only"]
    facts += ["no longer asked"] * definition.retired
    yield f"{', '.join(facts)}. Columns: {', '.join(f'`{name}`' for name in names)}."
    if not question.choices:
        return
    yield ""
    yield "| code | label | number |"
    yield "|---|---|---|"
    for choice in question.choices:
        number = "" if choice.value is None else f"{choice.value:g}"
        yield f"| `{_code(question, choice)}` | {disarmed(w.of(choice.label))} | {number} |"


def page(books: Sequence[Book], w: Words, long: Sequence[str], wide: Sequence[str]) -> str:
    """The codebook as one HTML page without script. Everything in it is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader("reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return templates.get_template("codebook.html.j2").render(
        language=w.language,
        long=[(name, MEANING[name]) for name in long],
        wide=[(name, MEANING[name]) for name in wide],
        statuses=STATUSES,
        books=shape(books, w)["surveys"],
    )


def shape(books: Sequence[Book], w: Words) -> dict[str, Any]:
    """The codebook as plain values, for JSON: surveys, their columns, and the codes in each."""
    return {
        "format": "kuulolla-codebook",
        "version": 1,
        "language": w.language,
        "statuses": STATUSES,
        "columns": MEANING,
        "surveys": [
            {"survey": book.survey, "columns": [_column(column, w) for column in columns(book.definitions)]}
            for book in books
        ],
    }


def _column(column: Column, w: Words) -> dict[str, Any]:
    definition = column.definition
    question = definition.question
    return {
        "column": column.name,
        "part": column.part,
        "question": question.id,
        "type": question.type,
        "text": w.question(question.text),
        "required": question.required,
        "asked_of_everybody": definition.everybody,
        "retired": definition.retired,
        "wordings": definition.versions,
        "flow_versions": list(definition.digests),
        "codes": [
            {"code": code, "label": words, "number": number}
            for code, words, number in _codes(column, w)
            if code
        ],
    }


def disarmed(text: str) -> str:
    """A text in which nothing is markup, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))

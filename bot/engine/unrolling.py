"""The questions of a flow as they are run, made from those that are written.

A matrix becomes one question a row on its shared scale, and what leads to the matrix leads to its first row.
A pool's questions are asked where they are drawn. Reads no file and judges no wording.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.config.document import Place
from bot.engine.expressions import MAX_LENGTH
from bot.engine.flow import Question
from bot.engine.flowshape import ChoiceTable, QuestionTable
from bot.engine.plan import in_pool
from bot.engine.suggest import did_you_mean
from bot.errors import Problem

_OF_A_MATRIX: Final = frozenset({"rows", "id", "type", "text", "exits"})
"""Keys that differ from row to row; all others are shared."""


@dataclass(frozen=True, slots=True)
class Step:
    """One question that is run, and where it was written."""

    question: Question
    place: Place


# --- matrix -----------------------------------------------------------------------------------------------


def rows(table: QuestionTable, place: Place, problems: list[Problem]) -> Iterator[QuestionTable]:
    """One table for each question that a written one stands for: itself, or the rows of a matrix."""
    if table.type != "matrix":
        yield table
        return
    problems += _matrix_problems(table, place)
    shared = {key: getattr(table, key) for key in table.model_fields_set - _OF_A_MATRIX}
    for number, row in enumerate(table.rows):
        last = number == len(table.rows) - 1
        yield QuestionTable.model_validate(
            {
                **shared,
                "id": row_id(table.id, row),
                "type": "select_one" if table.choices else "scale",
                "text": _joined(table.text, row.label),
                "exits": table.exits if last else [],
            }
        )


def row_id(matrix: str, row: ChoiceTable) -> str:
    """The id of the question that a row becomes."""
    return f"{matrix}_{row.id.replace('-', '_')}"


def _matrix_problems(table: QuestionTable, place: Place) -> Iterator[Problem]:
    if not table.rows:
        advice = 'Write rows = ["The guide", "The food"].'
        yield place.problem("A matrix needs rows.", advice)
    if not table.choices and not table.preset and table.min is None:
        advice = 'Write preset = "agree", or min = 1 and max = 5, or choices = [ … ].'
        yield place.problem("A matrix needs a scale that its rows share.", advice)
    for number, row in enumerate(table.rows):
        if row.model_fields_set - {"id", "label"}:
            yield place.at("rows", number).problem("A row has an id and a label and nothing else.")


def _joined(text: Mapping[str, str], row: Mapping[str, str]) -> dict[str, str]:
    """What is asked and the row below it, in every language that either is written in."""
    # a text of no language comes first: it gives way to one that names the flow's first language
    languages = sorted({*text, *row}, key=bool)
    return {language: f"{_in(text, language)}\n{_in(row, language)}".strip() for language in languages}


def _in(text: Mapping[str, str], language: str) -> str:
    return text.get(language) or text.get("") or next(iter(text.values()), "")


def first_rows(table: QuestionTable) -> Mapping[str, str]:
    """The id of a matrix and that of its first row, where exits to the matrix lead."""
    if table.type != "matrix" or not table.rows:
        return {}
    return {table.id: row_id(table.id, table.rows[0])}


def redirected(question: Question, first: Mapping[str, str]) -> Question:
    """The question with exits that lead to questions that are run."""
    exits = tuple(replace(way, to=first.get(way.to, way.to)) for way in question.exits)
    timeout_to = first.get(question.timeout_to, question.timeout_to)
    return replace(question, exits=exits, timeout_to=timeout_to)


# --- pools ------------------------------------------------------------------------------------------------


def pooled(steps: Sequence[Step], problems: list[Problem]) -> list[Step]:
    """The steps with what pools mean for their questions, and the pools with their questions as choices."""
    places = {step.question.id: number for number, step in enumerate(steps)}
    found = list(steps)
    owner: dict[str, str] = {}
    for number, step in enumerate(steps):
        if step.question.type != "pool":
            continue
        problems += _pool_problems(step, number, steps, places, owner)
        for identifier in step.question.of:
            owner.setdefault(identifier, step.question.id)
            place = places.get(identifier, 0)
            if place > number:
                found[place] = _drawn(found[place], step.question.id, problems)
    return found


def _drawn(step: Step, pool: str, problems: list[Problem]) -> Step:
    own = step.question.ask_if.strip()
    drawn = in_pool(step.question.id, pool)
    condition = f"({own}) and {drawn}" if own else drawn
    if len(condition) > MAX_LENGTH:
        problems.append(step.place.at("ask_if").problem("ask_if is too long for a question of a pool."))
    return replace(step, question=replace(step.question, ask_if=condition))


def _pool_problems(
    step: Step, number: int, steps: Sequence[Step], places: Mapping[str, int], owner: Mapping[str, str]
) -> Iterator[Problem]:
    pool = step.question
    spot = step.place.at("of")
    if not pool.of:
        yield step.place.problem(
            "A pool needs questions to draw from.", 'Write of = ["one", "two", "three"].'
        )
    elif not 0 < pool.pick < len(pool.of):
        message = f"pick is {pool.pick}, and there are {len(pool.of)} questions to draw from."
        yield step.place.at("pick").problem(message, "Draw at least one, and leave at least one out.")
    for place, identifier in enumerate(pool.of):
        if identifier not in places:
            message = f'"{identifier[:40]}" is no question of this flow.'
            yield spot.problem(message, did_you_mean(identifier, [*places]))
        elif places[identifier] <= number:
            yield spot.problem(
                f'"{identifier}" stands before its pool.', "Put the pool before its questions."
            )
        elif not steps[places[identifier]].question.waits:
            yield spot.problem(f'"{identifier}" asks nothing, so it cannot be drawn.', "Leave it out.")
        elif identifier in pool.of[:place] or identifier in owner:
            yield spot.problem(f'"{identifier}" is drawn twice.', "Leave it out here.")


def written_of(written: Sequence[tuple[Mapping[str, Any], Place]]) -> list[str]:
    """Every id that stands in the file, of questions of wrong shape too: they exist, only not rightly."""
    found = (table.get("id") for table, _ in written if table.get("type") != "matrix")
    return [identifier for identifier in found if isinstance(identifier, str)]

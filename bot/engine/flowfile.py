"""One ``[[flow]]`` made into a ``Flow``, or everything that is wrong with it.

Here stands what questions have to do with each other: ids, exits, conditions, placeholders.
A bad question does not hide what is wrong with the others. Reads no file; the table comes parsed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bot.config.document import Document, Place
from bot.config.shape import read
from bot.config.wording import Wording, languages
from bot.engine import conditions, formulas, placeholders
from bot.engine.flow import END, Flow
from bot.engine.flowshape import LONG_FORMS, SYNONYMS, FlowHead, QuestionTable
from bot.engine.questionfile import QuestionReader
from bot.engine.suggest import did_you_mean
from bot.engine.unrolling import Step, first_rows, pooled, redirected, rows, written_of
from bot.engine.variables import VariableType, variables
from bot.errors import Problem

PERSON: Final = ("name",)
"""What is known of every person beside the attributes of the member list."""

ENCOUNTER: Final = ("encounter", "encounter_date")
"""What a question about an encounter may name: what it was called, and its day. Empty elsewhere."""

MAX_QUESTIONS: Final = 200
"""Questions of one flow, all branches together."""


def as_written(_: object, table: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where there are no files of translations, a question is as it is written."""
    return table


def no_block(name: str) -> tuple[Document | None, list[Problem]]:
    """Where there is no folder, there are no blocks."""
    return None, [Problem(message=f'There is no block "{name[:40]}".')]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a flow may count on: the organisation's languages and the attributes of its people."""

    languages: Sequence[str]
    attributes: Sequence[str] = ()
    translated: Callable[[object, Mapping[str, Any]], Mapping[str, Any]] = as_written
    """A question of a flow, by the flow's id, with the texts that stand in files of translations."""
    block: Callable[[str], tuple[Document | None, list[Problem]]] = no_block
    """The file of a block, by the name written in the flow, or what is wrong with it."""

    @property
    def person(self) -> tuple[str, ...]:
        """What conditions may read about a person, and texts too."""
        return (*PERSON, *self.attributes)

    @property
    def named(self) -> tuple[str, ...]:
        """What texts may name beside answers."""
        return (*self.person, *ENCOUNTER)


def build(data: Mapping[str, Any], place: Place, around: Surroundings) -> tuple[Flow | None, list[Problem]]:
    """The flow of one table. It is None if and only if a problem is an error."""
    place = place.named(label("flow", data, place))
    problems: list[Problem] = []
    head, found = read(FlowHead, {key: data[key] for key in data if key != "question"}, place, SYNONYMS)
    problems += found
    spoken = _languages(head, place, around, problems)
    written = [
        (around.translated(data.get("id"), table), spot)
        for table, spot in _written(data, place, around, problems)
    ]
    steps = _steps(written, spoken, problems)
    ids = list(dict.fromkeys((*written_of(written), *(step.question.id for step in steps))))
    steps = _reckoned(steps, around, problems)
    problems += _Check(steps, place, around, ids).run()
    if head is None:
        return None, problems
    wording = Wording(place, spoken, problems)
    flow = Flow(
        id=head.id,
        languages=spoken,
        title=wording.text(head.title, "title"),
        questions=tuple(step.question for step in steps),
        closing=wording.text(head.closing, "closing"),
        back=head.back,
    )
    wording.finish()
    problems += _closing(flow, place, around)
    return (None if _errors(problems) else flow), problems


def label(kind: str, data: Mapping[str, Any], place: Place) -> str:
    """``flow "pulse"``, or ``flow 2`` where it has no id that could be shown."""
    identifier = data.get("id")
    if isinstance(identifier, str) and 0 < len(identifier) <= 40 and identifier.isprintable():  # noqa: PLR2004
        return f'{kind} "{identifier}"'
    number = place.path[-1] if place.path else 0
    return f"{kind} {number + 1 if isinstance(number, int) else number}"


def _errors(problems: Sequence[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _languages(
    head: FlowHead | None, place: Place, around: Surroundings, problems: list[Problem]
) -> tuple[str, ...]:
    if head is None or not head.languages:
        return tuple(around.languages)
    own = languages(head.languages, place, problems)
    for number, language in enumerate(head.languages):
        if language in own and language not in around.languages:
            message = f'languages: the organisation does not use "{language}".'
            advice = f"{did_you_mean(language, around.languages)} Or add it in [organisation]."
            problems.append(place.at("languages", number).problem(message, advice.strip()))
    return own or tuple(around.languages)


# --- questions --------------------------------------------------------------------------------------------


def _written(
    data: Mapping[str, Any], place: Place, around: Surroundings, problems: list[Problem]
) -> Iterator[tuple[Mapping[str, Any], Place]]:
    """Every question as it is written, with its place; those of a block stand where it is included."""
    tables = data.get("question", [])
    if not isinstance(tables, list):
        problems.append(place.at("question").problem("Questions are written as [[flow.question]]."))
        return
    if not tables:
        problems.append(place.problem("The flow has no question.", "Add one: [[flow.question]]."))
    elif len(tables) > MAX_QUESTIONS:
        problems.append(place.problem(f"The flow has more than {MAX_QUESTIONS} questions.", "Split it."))
        return
    for number, table in enumerate(tables):
        spot = place.at("question", number)
        if not isinstance(table, dict):
            problems += read(QuestionTable, table, spot.named(label("question", {}, spot)))[1]
        elif "include" in table:
            yield from _block(table, spot, around, problems)
        else:
            yield table, spot.named(label("question", table, spot))


def _block(
    table: Mapping[str, Any], spot: Place, around: Surroundings, problems: list[Problem]
) -> Iterator[tuple[Mapping[str, Any], Place]]:
    """The questions of another file, in the place of this one."""
    if list(table) != ["include"] or not isinstance(table["include"], str):
        advice = 'Write [[flow.question]] and include = "blocks/background.toml" below it.'
        problems.append(spot.problem("include stands alone, with the name of one file.", advice))
        return
    document, found = around.block(table["include"])
    here = spot.at("include")
    problems += [one if one.line else here.problem(f"include: {one.message}") for one in found]
    if document is None:
        return
    for key in document.data:
        if key != "question":
            advice = "A block holds questions: [[question]]."
            problems.append(Place(document).at(key).problem(f'"{key[:40]}" is not known in a block.', advice))
    tables = document.data.get("question", [])
    if not isinstance(tables, list) or not tables:
        problems.append(Place(document).problem("The block has no question.", "Add one: [[question]]."))
        return
    for number, one in enumerate(tables[:MAX_QUESTIONS]):
        inner = Place(document, ("question", number), spot.label)
        if isinstance(one, dict):
            yield one, inner.named(label("question", one, inner))


def _steps(
    written: Sequence[tuple[Mapping[str, Any], Place]], spoken: Sequence[str], problems: list[Problem]
) -> list[Step]:
    """The questions of right shape. Each is read by itself, so that one mistake does not hide another."""
    steps: list[Step] = []
    first: dict[str, str] = {}
    for one, place in written:
        table, spot = _short_form(one, place)
        shape, found = read(QuestionTable, table, spot, SYNONYMS)
        problems += found
        if shape is None:
            continue
        first |= first_rows(shape)
        told: dict[Problem, None] = {}  # what is wrong with a shared scale is told once, not for every row
        for single in rows(shape, spot, problems):
            reader = QuestionReader(single, spot, spoken)
            steps.append(Step(reader.read(), spot))
            told |= dict.fromkeys(reader.problems)
        problems += told
    steps = [replace(step, question=redirected(step.question, first)) for step in steps]
    return pooled(steps, problems)


def _reckoned(steps: Sequence[Step], around: Surroundings, problems: list[Problem]) -> list[Step]:
    """The steps with what each formula gives. A formula may read what stands before it in the file."""
    found: list[Step] = []
    for step in steps:
        if step.question.type != "calculate" or not step.question.value:
            found.append(step)
            continue
        known = variables([one.question for one in found], around.person)
        result, wrong = formulas.check(step.question.value, known)
        problems += [step.place.at("value").problem(f"value: {one}") for one in wrong]
        found.append(replace(step, question=replace(step.question, result=result or "number")))
    return found


def _short_form(table: Mapping[str, Any], place: Place) -> tuple[Mapping[str, Any], Place]:
    """``[[flow.question.choice]]`` read as ``choices = [ … ]``; lines are still those of the file."""
    long = {key: short for key, short in LONG_FORMS.items() if key in table and short not in table}
    renamed = {long.get(key, key): table[key] for key in table}
    return renamed, replace(place, renamed={short: key for key, short in long.items()})


@dataclass(slots=True)
class _Check:
    """What can be wrong between questions."""

    steps: Sequence[Step]
    place: Place
    around: Surroundings
    ids: Sequence[str]
    variables: Mapping[str, VariableType] = field(init=False)
    lame: frozenset[str] = field(init=False)
    """Questions of wrong shape: what reads them cannot be judged."""

    def __post_init__(self) -> None:
        questions = [step.question for step in self.steps]
        self.variables = variables(questions, self.around.person)
        self.lame = frozenset(self.ids) - {question.id for question in questions}

    def run(self) -> Iterator[Problem]:
        yield from self._twice()
        for step in self.steps:
            yield from self._exits(step)
            yield from self._conditions(step)
            yield from self._placeholders(step)
            yield from self._known(step)

    def _twice(self) -> Iterator[Problem]:
        first: dict[str, Place] = {}
        for step in self.steps:
            identifier = step.question.id
            if identifier in first:
                line = first[identifier].document.line((*first[identifier].path, "id"))
                message = f'The id "{identifier}" is given twice, first in line {line}.'
                yield step.place.at("id").problem(message, f'Write "{identifier}_2", for example.')
            elif identifier in self.around.person and step.question.known != identifier:
                message = f'The id "{identifier}" is also an attribute of people.'
                yield step.place.at("id").warning(message, "Conditions read the answer.")
            first.setdefault(identifier, step.place)

    # --- exits ------------------------------------------------------------------------------------------

    def _exits(self, step: Step) -> Iterator[Problem]:
        exits = step.question.exits
        for number, way in enumerate(exits):
            spot = step.place.at("exits", number)
            yield from self._target(step, way.to, spot)
            if not way.when.strip() and number < len(exits) - 1:
                message = f"Exit {number + 1} has no condition, so those after it are never looked at."
                yield spot.warning(message, "Put it last.")
        if step.question.timeout_to:
            yield from self._target(step, step.question.timeout_to, step.place.at("timeout_to"))

    def _target(self, step: Step, to: str, spot: Place) -> Iterator[Problem]:
        if to == step.question.id:
            yield spot.problem(f'"{to}" leads to itself.', f'Name another question, or "{END}".')
        elif to != END and to not in self.ids:
            yield spot.problem(
                f'"{to[:40]}" is no question of this flow.', did_you_mean(to, [*self.ids, END])
            )

    def _conditions(self, step: Step) -> Iterator[Problem]:
        sources = [(("exits", number), way.when) for number, way in enumerate(step.question.exits)]
        for keys, source in [*sources, (("ask_if",), step.question.ask_if)]:
            for wrong in conditions.check(source, self.variables):
                if not any(f"`{name}`" in wrong for name in self.lame):
                    yield step.place.at(*keys).problem(f"{_condition(keys)}: {wrong}")

    def _known(self, step: Step) -> Iterator[Problem]:
        name = step.question.known
        if name and name not in self.around.person:
            advice = did_you_mean(name, self.around.person)
            message = f'known: "{name[:40]}" is no attribute of people.'
            yield step.place.at("known").problem(message, f"{advice} Or add it in [people.attributes].")

    # --- placeholders -----------------------------------------------------------------------------------

    def _placeholders(self, step: Step) -> Iterator[Problem]:
        """Any other question may be filled in: with exits, the order of the file is not that of the chat."""
        answered = [other.question.id for other in self.steps if other.question.type != "note"]
        known = [identifier for identifier in (*answered, *self.lame) if identifier != step.question.id]
        for key in ("text", "hint"):
            texts: Mapping[str, str] = getattr(step.question, key)
            yield from _filled(texts, step.place.at(key), key, known, self.around.named)
        if step.question.type == "hidden":
            yield from _filled(
                {"": step.question.value}, step.place.at("value"), "value", known, self.around.named
            )


def _condition(keys: Sequence[str | int]) -> str:
    return "ask_if" if keys[0] == "ask_if" else f"exit {int(keys[1]) + 1}"


def _closing(flow: Flow, place: Place, around: Surroundings) -> Iterator[Problem]:
    answered = [question.id for question in flow.questions if question.type != "note"]
    yield from _filled(flow.closing, place.at("closing"), "closing", answered, around.named)


def _filled(
    texts: Mapping[str, str], place: Place, key: str, questions: Sequence[str], person: Sequence[str]
) -> Iterator[Problem]:
    """One problem for each different mistake, however many languages make it."""
    seen = set()
    for language, text in texts.items():
        for message, advice in placeholders.check(text, questions, person):
            if message not in seen:
                seen.add(message)
                yield place.at(language).problem(f"{key}: {message}", advice)

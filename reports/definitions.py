"""What was asked, over all versions of a flow: which questions are the same, and who comes to them.

A question keeps its identity while its id and its kind of answer stay; a new wording or one more choice does
not change what it is. Nothing here looks at answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.engine.flow import END, Choice, Flow, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One question, over all versions of a flow in which it asks for the same kind of answer."""

    question: Question
    """In its newest wording, with the choices of every version."""
    digests: tuple[str, ...]
    """The versions that it is in, the newest first."""
    everybody: bool
    """In every version each person comes to it, whatever they answer."""
    retired: bool
    """Not in the newest version, or asking for another kind of answer there."""
    versions: int
    """Different wordings."""


def definitions(versions: Sequence[tuple[str, Flow]]) -> list[Definition]:
    """Every question that was asked, in the order of the newest flow, retired ones last.

    ``versions`` are digests and flows, the newest first. Notes are not questions.
    """
    found: dict[tuple[object, ...], list[tuple[str, Flow, Question]]] = {}
    for digest, flow in versions:
        for question in flow.questions:
            if question.type != "note":
                found.setdefault(_kind(question), []).append((digest, flow, question))
    newest = versions[0][0] if versions else ""
    built = [_definition(uses, newest) for uses in found.values()]
    return sorted(built, key=lambda definition: definition.retired)


def _kind(question: Question) -> tuple[object, ...]:
    """What must stay for a question to be the same. A scale of other points is another measure."""
    measure = (question.preset, question.minimum, question.maximum) if question.type == "scale" else ()
    return (question.id, question.type, *measure)


def _definition(uses: Sequence[tuple[str, Flow, Question]], newest: str) -> Definition:
    digests = tuple(digest for digest, _, _ in uses)
    question = uses[0][2]
    choices: dict[str, Choice] = {}
    for _, _, version in uses:
        for choice in version.choices:
            choices.setdefault(choice.id, choice)
    wordings = {tuple(sorted(version.text.items())) for _, _, version in uses}
    return Definition(
        question=replace(question, choices=tuple(choices.values())),
        digests=digests,
        everybody=all(asked_of_everybody(flow, version.id) for _, flow, version in uses),
        retired=newest not in digests,
        versions=len(wordings),
    )


def asked_of_everybody(flow: Flow, question_id: str) -> bool:
    """Whether no condition and no exit leads past this question. Raises ValueError for an unknown id."""
    places = {question.id: place for place, question in enumerate(flow.questions)}
    places[END] = len(flow.questions)
    here = [question.id for question in flow.questions].index(question_id)
    if flow.questions[here].ask_if:
        return False
    for question in flow.questions[:here]:
        targets = [exit_.to for exit_ in question.exits]
        if question.timeout_minutes and question.timeout_to:
            targets.append(question.timeout_to)
        if any(places[target] > here for target in targets):
            return False
    return True

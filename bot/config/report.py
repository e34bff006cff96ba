"""What ``kuulolla check`` tells about each flow: its ways, its languages, how it fits the platforms, its ids.

Values only, made from a configuration without errors; how they look is the command's business. Nothing here
is a mistake: it says what will happen.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from adapters.base import Limits
from adapters.fit import fit, split
from bot.config.columns import Column, unfit
from bot.config.model import Config
from bot.engine.flow import Flow, Question, Text, in_language
from bot.engine.messages import Button, Layout, Outbound
from bot.engine.paths import measure
from scheduler import burden

CONTROLS: Final = 3
"""Back, skip, prefer not to say: what a question may have beside its answers."""

_LAYOUTS: Final[Mapping[str, Layout]] = {"scale": "scale", "yes_no": "inline"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """Something that a platform shows in another way than it was written."""

    platform: str
    question: str
    """Empty for the closing text."""
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowReport:
    """One flow. Questions without notes; seconds as the policy expects them."""

    id: str
    questions: int
    longest_questions: int
    longest_seconds: float
    typical_questions: float
    typical_seconds: float
    complete: bool
    """False: there are too many ways to follow each, and conditions were taken to go either way."""
    unreachable: tuple[str, ...]
    never: tuple[str, ...]
    """Conditions that hold on no way: ``mood, exit 1: mood <= 2``."""
    untranslated: Mapping[str, tuple[str, ...]]
    """Language -> what is not written in it."""
    fittings: tuple[Fitting, ...]
    columns: tuple[Column, ...]


def reports(config: Config, platforms: Mapping[str, Limits]) -> tuple[FlowReport, ...]:
    """A report for each flow of a configuration, for the platforms given by name."""
    return tuple(_report(flow, config, platforms) for flow in config.flows.values())


def _report(flow: Flow, config: Config, platforms: Mapping[str, Limits]) -> FlowReport:
    paths = measure(flow, partial(burden.question_seconds, config.policy))
    never = (
        f"{one.question}, ask_if: {flow.question(one.question).ask_if}"
        if one.exit is None
        else f"{one.question}, exit {one.exit + 1}: {flow.question(one.question).exits[one.exit].when}"
        for one in paths.never
    )
    return FlowReport(
        id=flow.id,
        questions=sum(question.waits for question in flow.questions),
        longest_questions=paths.longest_questions,
        longest_seconds=paths.longest_seconds,
        typical_questions=round(paths.typical_questions, 1),
        typical_seconds=round(paths.typical_seconds),
        complete=paths.complete,
        unreachable=paths.unreachable,
        never=tuple(never),
        untranslated=_untranslated(flow),
        fittings=tuple(fitting for name in platforms for fitting in _fittings(flow, name, platforms[name])),
        columns=tuple(unfit(flow)),
    )


# --- languages --------------------------------------------------------------------------------------------


def _untranslated(flow: Flow) -> Mapping[str, tuple[str, ...]]:
    texts = list(_texts(flow))
    found = {
        language: tuple(name for name, text in texts if language not in text and _speaks(text))
        for language in flow.languages
    }
    return {language: names for language, names in found.items() if names}


def _texts(flow: Flow) -> Iterator[tuple[str, Text]]:
    yield "title", flow.title
    for question in flow.questions:
        for key, text in (
            ("text", question.text),
            ("hint", question.hint),
            ("min_label", question.min_label),
            ("max_label", question.max_label),
        ):
            yield f"{question.id} {key}", text
        for choice in question.choices:
            yield f"{question.id} choice {choice.id}", choice.label
    yield "closing", flow.closing


def _speaks(text: Text) -> bool:
    """Whether there are words in it: numbers and emoji need no translation."""
    return any(character.isalpha() for words in text.values() for character in words)


# --- platforms --------------------------------------------------------------------------------------------


def _fittings(flow: Flow, platform: str, limits: Limits) -> Iterator[Fitting]:
    for question in flow.questions:
        found = dict.fromkeys(
            what for language in flow.languages for what in _changes(question, language, limits)
        )
        for what in found:
            yield Fitting(platform=platform, question=question.id, what=what)
    parts = max(
        (len(split(text, limits.text, utf16=limits.utf16)) for text in flow.closing.values()), default=1
    )
    if parts > 1:
        yield Fitting(platform=platform, question="", what=f"the closing is sent as {parts} messages")


def _changes(question: Question, language: str, limits: Limits) -> Iterator[str]:
    message = Outbound(
        text=in_language(question.text, language),
        buttons=tuple(Button("answer", in_language(choice.label, language)) for choice in question.choices),
        controls=(Button("control", "–"),) * CONTROLS,
        layout=_LAYOUTS.get(question.type, "rows"),
        form="multiple" if question.type == "select_multiple" else "",
    )
    count = len(message.buttons)
    if count + CONTROLS > limits.buttons:
        yield f"{count} choices are too many for buttons: they become numbered lines or a menu"
    elif fit(message, limits).numbered:
        yield f"a label is longer than {limits.label}: the choices become numbered lines with number buttons"
    parts = len(split(message.text, limits.text, utf16=limits.utf16))
    if parts > 1:
        yield f"the text is longer than {limits.text}: it is sent as {parts} messages"

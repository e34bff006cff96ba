"""One ``[[flow.question]]`` of right shape made into a ``Question``: what a type may, must and cannot have.

What questions have to do with each other (exits, conditions, placeholders) is ``flowfile``.
"""

import keyword
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, cast

import re2

from bot.config.document import Place
from bot.config.shape import slug
from bot.config.wording import Wording
from bot.engine.expressions import RESERVED
from bot.engine.flow import END, SILENT, Choice, Exit, Question, QuestionType
from bot.engine.flowshape import ChoiceTable, QuestionTable
from bot.engine.presets import SCALES, consent_choices, scale_choices, spoken, yes_no_choices
from bot.engine.quiet import PEOPLE
from bot.engine.variables import TIME
from bot.errors import Problem

MAX_RANKED: Final = 10
"""Choices of an order: beyond seven or so people no longer tell them apart."""

MAX_STEPS: Final = 21
"""Numbers on a scale, such as -10 to 10: more buttons than that are nobody's scale."""

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""Ids of questions and names of attributes: what a condition can read."""

_CHOICE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")

_SELECTS: Final = frozenset({"select_one", "select_multiple", "rank", "matrix"})
_SENT: Final = frozenset({"photo", "voice", "file"})
_BOUNDED: Final = frozenset({"integer", "decimal", "scale", "select_multiple"})
_ONLY_WITH: Final[Mapping[str, frozenset[str]]] = {
    "choices": _SELECTS,
    "random": frozenset({"select_one", "select_multiple", "rank"}),
    "rows": frozenset({"matrix"}),
    "preset": frozenset({"scale", "matrix"}),
    "min": _BOUNDED | {"matrix"},
    "max": _BOUNDED | {"matrix"},
    "min_label": frozenset({"scale", "matrix"}),
    "max_label": frozenset({"scale", "matrix"}),
    "earliest": frozenset({"date", "time"}),
    "latest": frozenset({"date", "time"}),
    "pattern": frozenset({"text"}),
    "max_length": _SENT | {"text", "location", "select_one", "select_multiple"},
    "long": frozenset({"text"}),
    "value": frozenset({"hidden", "calculate"}),
    "of": frozenset({"pool"}),
    "pick": frozenset({"pool"}),
    "known": frozenset(
        {
            "text", "integer", "decimal", "yes_no", "select_one", "select_multiple", "scale", "date", "time",
            "email", "phone", "location",
        }
    ),
}  # fmt: skip
"""Keys that only some types have."""
_NEVER_IN_SILENCE: Final = (
    "hint", "required", "refusable", "tries", "timeout_minutes", "timeout_to",
)  # fmt: skip
"""A note and what is worked out await no answer."""

_DAY: Final = re.compile(r"today(?:[+-]\d{1,4}[dwmy])?")


def usable_name(name: str) -> str:
    """A name like this one that a condition can read."""
    found = slug(name, "_") or "question"
    found = found if found[0].isalpha() else f"q_{found}"
    return f"{found}_1" if reserved(found) else found


def reserved(name: str) -> bool:
    """Whether the word means something else in a condition."""
    return name in RESERVED or keyword.iskeyword(name)


def name_problem(name: str) -> tuple[str, str] | None:
    """What is wrong with the id of a question or the name of an attribute, with advice."""
    if not NAME.fullmatch(name):
        return f'The id "{name[:40]}" is not allowed: a-z, 0-9 and _, beginning with a letter.', (
            f'Write "{usable_name(name)}".'
        )
    if reserved(name):
        return f'The id "{name}" is a word of the conditions.', f'Write "{usable_name(name)}".'
    return None


@dataclass(slots=True)
class QuestionReader:
    """Makes one question; everything wrong with it goes to ``problems``."""

    table: QuestionTable
    place: Place
    languages: Sequence[str]
    problems: list[Problem] = field(default_factory=list)

    def read(self) -> Question:
        """The question. It is of use only while ``problems`` holds no error."""
        table = self.table
        wording = Wording(self.place, self.languages, self.problems)
        self._check_id()
        self._check_keys()
        low, high = self._bounds()
        unsaid = table.type in SILENT and table.text == {"": table.id}
        text = dict.fromkeys(self.languages, table.id) if unsaid else wording.text(table.text, "text")
        choices = self._choices(wording, low, high)
        kind = cast(QuestionType, table.type)
        question = Question(
            id=table.id,
            type=kind,
            text=text,
            hint=wording.text(table.hint, "hint"),
            required=table.required and kind not in SILENT,
            refusable=table.refusable,
            choices=choices,
            exits=self._exits(),
            ask_if=table.ask_if,
            preset=table.preset or "",
            minimum=low,
            maximum=high,
            earliest=table.earliest,
            latest=table.latest,
            min_label=self._end_label(wording, "min_label"),
            max_label=self._end_label(wording, "max_label"),
            pattern=table.pattern,
            max_length=table.max_length,
            long=table.long,
            tries=table.tries,
            timeout_minutes=table.timeout_minutes,
            timeout_to=table.timeout_to,
            seconds=table.seconds,
            key=table.key,
            random=table.random,
            known=table.known.removeprefix(PEOPLE),
            value=table.value.strip(),
            of=tuple(table.of),
            pick=table.pick or 0,
        )
        self._check_dates()
        self._check_times()
        self._check_pattern()
        wording.finish()
        return question

    def _say(self, message: str, advice: str = "", *keys: str | int) -> None:
        self.problems.append(self.place.at(*keys).problem(message, advice))

    def _warn(self, message: str, advice: str = "", *keys: str | int) -> None:
        self.problems.append(self.place.at(*keys).warning(message, advice))

    # --- keys -------------------------------------------------------------------------------------------

    def _check_id(self) -> None:
        found = name_problem(self.table.id)
        if found:
            self._say(*found, "id")

    def _check_keys(self) -> None:
        kind = self.table.type
        for key in self.table.model_fields_set:
            if kind not in _ONLY_WITH.get(key, (kind,)):
                types = ", ".join(sorted(_ONLY_WITH[key]))
                self._say(f"{key} goes with {types}, not with {kind}.", _rather(key, kind), key)
            elif kind in SILENT and key in _NEVER_IN_SILENCE:
                article = "a note" if kind == "note" else kind
                self._say(f"{key} has no meaning in {article}, which awaits no answer.", "Leave it out.", key)
        if kind == "note" and self.table.key:
            self._say("key has no meaning in a note, which awaits no answer.", "Leave it out.", "key")
        if kind in ("hidden", "calculate") and not self.table.value.strip():
            example = 'Write value = "…".' if kind == "hidden" else 'Write value = "(calm + glad) / 2".'
            self._say("value is missing.", example)
        if self.table.known and not self.table.known.startswith(PEOPLE):
            advice = f'Write known = "{PEOPLE}{usable_name(self.table.known)}".'
            self._say(f'known "{self.table.known[:40]}" is not of the right form.', advice, "known")
        if self.table.timeout_to and not self.table.timeout_minutes:
            self._say("timeout_to never comes to pass.", "Add timeout_minutes = …", "timeout_to")

    def _exits(self) -> tuple[Exit, ...]:
        """As written; without exits, somebody who does not consent is asked nothing more."""
        table = self.table
        if table.type == "consent" and not table.exits:
            return (Exit(when=f"not {table.id}", to=END),)
        return tuple(Exit(when=way.when, to=way.to) for way in table.exits)

    # --- numbers ----------------------------------------------------------------------------------------

    def _bounds(self) -> tuple[float | None, float | None]:
        table = self.table
        if table.preset:
            scale = SCALES[table.preset]
            if table.min is not None or table.max is not None:
                self._say(f"The preset {table.preset} has its own range.", "Leave out min and max.", "preset")
            return float(scale.first), float(scale.last)
        low, high = table.min, table.max
        if table.type not in _BOUNDED:
            return None, None
        whole = table.type != "decimal"
        for key, bound in (("min", low), ("max", high)):
            if bound is not None and whole and bound != int(bound):
                self._say(f"{key} must be a whole number for {table.type}, not {bound:g}.", "", key)
        if low is not None and high is not None:
            self._check_range(low, high)
        elif table.type == "scale":
            self._say("A scale needs a range.", 'Write preset = "nps", or min = 1 and max = 5.')
        return low, high

    def _check_range(self, low: float, high: float) -> None:
        if low > high:
            self._say(f"min {low:g} is greater than max {high:g}.", "Change them round.", "min")
        elif low == high:
            self._warn(f"min and max are both {low:g}: there is only one answer.", "", "min")
        elif self.table.type == "scale" and high - low >= MAX_STEPS:
            advice = 'Write type = "integer"; the answer is then typed.'
            self._say(f"A scale has at most {MAX_STEPS} steps, not {high - low + 1:g}.", advice, "max")

    # --- choices ----------------------------------------------------------------------------------------

    def _choices(self, wording: Wording, low: float | None, high: float | None) -> tuple[Choice, ...]:
        match self.table.type:
            case "yes_no":
                return yes_no_choices(self.languages)
            case "consent":
                return consent_choices(self.languages)
            case "scale":
                return self._scale_choices(low, high)
            case "select_one" | "select_multiple" | "rank":
                return self._own_choices(wording)
        return ()

    def _scale_choices(self, low: float | None, high: float | None) -> tuple[Choice, ...]:
        if low is None or high is None or high - low >= MAX_STEPS:
            return ()
        if not self.table.preset:
            return scale_choices(int(low), int(high), self.languages)
        scale = SCALES[self.table.preset]
        return scale_choices(int(low), int(high), self.languages, scale.labels, scale.marks)

    def _own_choices(self, wording: Wording) -> tuple[Choice, ...]:
        table = self.table
        choices = tuple(self._choice(wording, place, choice) for place, choice in enumerate(table.choices))
        if not choices:
            self._say("There are no choices.", 'Write choices = ["Yes", "Perhaps", "No"].', "choices")
        elif len(choices) == 1:
            self._warn("There is only one choice.", "", "choices")
        self._check_same_ids(choices)
        self._check_same_words(choices)
        if sum(choice.other for choice in choices) > 1:
            self._say('Only one choice can be "other".', "", "choices")
        if table.type == "select_multiple":
            self._check_counts(len(choices))
        elif table.type == "rank" and len(choices) > MAX_RANKED:
            message = f"An order of {len(choices)} is more than anybody can make: {MAX_RANKED} at most."
            self._say(message, "Leave some out, or ask for the best three with select_multiple.", "choices")
        return choices

    def _choice(self, wording: Wording, place: int, table: ChoiceTable) -> Choice:
        spot = ("choices", place)
        identifier = table.id or f"choice_{place + 1}"
        if not _CHOICE.fullmatch(identifier):
            advice = f'Write "{slug(identifier, "_") or f"choice_{place + 1}"}".'
            self._say(f'The choice id "{identifier[:40]}" is not allowed: a-z, 0-9, - and _.', advice, *spot)
        if table.exclusive and self.table.type != "select_multiple":
            self._say("exclusive goes with select_multiple only.", "Leave it out.", *spot)
        if table.other and self.table.type == "rank":
            self._say("other cannot stand in an order.", "Ask for it in a question of its own.", *spot)
        if table.last and not self.table.random:
            self._say("last has a meaning only where the order is random.", "Add random = true.", *spot)
        if any(not word.strip() for word in table.accept):
            self._say("accept holds an empty word.", "Leave it out.", *spot)
        return Choice(
            id=identifier,
            label=wording.text(table.label, *spot),
            accept=tuple(word.strip() for word in table.accept),
            value=table.value,
            other=table.other,
            exclusive=table.exclusive,
            last=table.last,
        )

    def _check_same_ids(self, choices: Sequence[Choice]) -> None:
        for place, identifier in _repeated(choice.id for choice in choices):
            advice = 'Give each its own: { id = "…", label = "…" }.'
            self._say(f'Two choices have the id "{identifier}".', advice, "choices", place)

    def _check_same_words(self, choices: Sequence[Choice]) -> None:
        """A typed answer must mean one choice: in no language may two be called the same."""
        for language in self.languages:
            owner: dict[str, int] = {}
            for place, choice in enumerate(choices):
                for word in (choice.label.get(language, ""), *choice.accept):
                    first = owner.setdefault(" ".join(word.casefold().split()), place)
                    if word and first != place:
                        message = f'"{word[:40]}" means two choices, {first + 1} and {place + 1}.'
                        self._say(message, "Change one of them.", "choices", place)
                        return

    def _check_counts(self, count: int) -> None:
        for key, bound in (("min", self.table.min), ("max", self.table.max)):
            if bound is not None and not 0 <= bound <= count:
                self._say(f"{key} is {bound:g}, but there are {count} choices.", "", key)

    def _end_label(self, wording: Wording, key: str) -> Mapping[str, str]:
        written: Mapping[str, str] | None = getattr(self.table, key)
        if written is None and self.table.preset:
            own = getattr(SCALES[self.table.preset], key)
            return spoken(own, self.languages) if own else {}
        return wording.text(written, key)

    # --- dates and patterns -----------------------------------------------------------------------------

    def _check_times(self) -> None:
        written = {key: getattr(self.table, key) for key in ("earliest", "latest")}
        if self.table.type != "time":
            return
        for key, time in written.items():
            if time and not TIME.fullmatch(time):
                self._say(f'{key} "{time[:40]}" is no time of day.', 'Write "08:30".', key)
        if written["latest"] and written["earliest"] > written["latest"]:
            self._say("earliest comes after latest.", "Change them round.", "earliest")

    def _check_dates(self) -> None:
        days = {}
        if self.table.type == "time":
            return
        for key in ("earliest", "latest"):
            written: str = getattr(self.table, key)
            if not written or _DAY.fullmatch(written):
                continue
            try:
                days[key] = date.fromisoformat(written)
            except ValueError:
                advice = 'Write "2026-05-04", "today", "today-30d" or "today+1y".'
                self._say(f'{key} "{written[:40]}" is no date.', advice, key)
        if len(days) == 2 and days["earliest"] > days["latest"]:  # noqa: PLR2004
            self._say("earliest comes after latest.", "Change them round.", "earliest")

    def _check_pattern(self) -> None:
        pattern = self.table.pattern
        if not pattern:
            return
        options = re2.Options()
        options.log_errors = False
        try:
            re2.compile(pattern, options)
        except re2.error:
            advice = "RE2 reads it: no look-ahead and no back-reference; test it with a few answers."
            self._say("pattern cannot be read.", advice, "pattern")
            return
        if re.search(r"\\w|a-z(?![äåö])", pattern):
            self._warn(r"pattern takes no ä, å or ö.", r"Write \pL for any letter.", "pattern")


def _rather(key: str, kind: str) -> str:
    if key == "choices" and kind in ("yes_no", "scale"):
        return 'Own choices need type = "select_one".'
    if key in ("min", "max") and kind == "text":
        return "A text has max_length and pattern."
    if key in ("min", "max") and kind == "date":
        return "A date has earliest and latest."
    return "Leave it out."


def _repeated(words: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Place and word of everything that stood before."""
    seen: set[str] = set()
    for place, word in enumerate(words):
        if word in seen:
            yield place, word
        seen.add(word)

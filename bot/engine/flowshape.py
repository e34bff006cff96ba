"""The shape of ``[[flow]]``, ``[[flow.question]]``, its exits and choices, as an admin writes them.

Keys and their kinds only; ``flowfile`` checks what they mean and makes the ``Flow``. The docstrings under the
fields are what an editor shows while typing.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic.json_schema import JsonSchemaValue

from bot.config.shape import Identifier, Table, TextIn, slug
from bot.engine.flow import SILENT, QuestionType
from bot.engine.presets import Preset

MAX_PATTERN: Final = 200
"""Characters. Longer patterns cannot be read, and RE2's memory grows with them."""

MAX_TEXT: Final = 20_000
"""Characters of one text: five full Telegram messages."""


def _accept(value: object) -> object:
    """Answer words of all languages in one list: whatever is spoken, all of them count."""
    if isinstance(value, dict) and all(isinstance(words, list) for words in value.values()):
        return [word for words in value.values() for word in words]
    return value


AcceptIn = Annotated[
    list[str],
    BeforeValidator(_accept),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": {"type": "string"}},
                {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
            ]
        }
    ),
]
"""Words, or a table of words by language."""


class ChoiceTable(Table):
    """One answer on offer."""

    id: str = Field(examples=['"good"'])
    """Stands in results and conditions: a-z, 0-9, - and _. Do not change it once answers have come."""
    label: TextIn = Field(examples=['"Good"'])
    """What people see on the button."""
    accept: AcceptIn = Field(default=[], max_length=100)
    """Other words that people may type for it, in one list or by language."""
    value: float | None = None
    """The number behind it, for means."""
    other: bool = False
    """true: "other, please specify" - choosing it asks for words."""
    exclusive: bool = False
    """true: "none of these" - choosing it clears the others."""
    last: bool = False
    """true: stays behind the others where the order is random."""


def _choice(value: object) -> object:
    if isinstance(value, str):
        return {"id": slug(value, "_"), "label": value}
    return value


class _OrText:
    """In the JSON Schema: the table, or just a text."""

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string"}, handler(core)]}


ChoiceIn = Annotated[ChoiceTable, BeforeValidator(_choice), _OrText()]
"""``"Good"`` is short for ``{ id = "good", label = "Good" }``."""


class ExitTable(Table):
    """Where the conversation goes after an answer."""

    when: str = ""
    """A condition such as `score <= 6 and mood == "good"`; without one the exit is always taken."""
    to: str = Field(examples=['"why"'])
    """The id of a question, or "end"."""


def _with_long_forms(schema: JsonSchemaValue) -> None:
    """In the JSON Schema: the same lists under their long names, and no text where nothing is said."""
    for long, short in LONG_FORMS.items():
        schema["properties"][long] = schema["properties"][short]
    schema["required"].remove("text")
    unsaid = {"properties": {"type": {"enum": sorted(SILENT - {"note"})}}}
    schema |= {"if": unsaid, "else": {"required": ["text"]}}


WrittenType = Literal[QuestionType, "matrix"]
"""A matrix is written as one question and run as several."""


class QuestionTable(Table):
    """One step of a flow."""

    model_config = ConfigDict(json_schema_extra=_with_long_forms)

    @model_validator(mode="before")
    @classmethod
    def _named_by_id(cls, data: object) -> object:
        """What is never put to anybody needs no text; in results it is then called by its id."""
        if isinstance(data, dict) and data.get("type") in SILENT - {"note"} and "id" in data:
            return {"text": data["id"], **data}
        return data

    id: str = Field(examples=['"mood"'])
    """Stands in conditions, results and column headings: a-z, 0-9 and _, beginning with a letter."""
    type: WrittenType = Field(examples=['"select_one"'])
    """What kind of answer is expected. "note" only says something, "matrix" asks its rows on one scale;
    "hidden", "calculate" and "pool" ask nothing."""
    text: TextIn = Field(examples=['"How was it?"'])
    """The question. {name}, {attribute} and {answers.mood} are filled in."""
    hint: TextIn | None = None
    """What is said when an answer cannot be understood."""
    required: bool = True
    """false: people may skip it."""
    refusable: bool = False
    """true: "prefer not to say" is offered."""
    choices: list[ChoiceIn] = Field(default=[], max_length=500)
    """The answers of select_one, select_multiple and rank; the shared ones of a matrix."""
    rows: list[ChoiceIn] = Field(default=[], max_length=100)
    """What a matrix asks about, one row a message: "The guide", or { id = "guide", label = … }."""
    random: bool = False
    """true: the choices stand in another order for each person; "other", "none of these" and those with
    last = true stay at the end."""
    known: str = Field(default="", max_length=100, examples=['"people.region"'])
    """Where the member list knows the answer, nothing is asked: "people.region", "people.name"."""
    value: str = Field(default="", max_length=400)
    """What hidden holds, with {placeholders}; the formula of calculate: "(calm + glad) / 2"."""
    of: list[str] = Field(default=[], max_length=100)
    """The questions of a pool, by id. They stand after it."""
    pick: int | None = Field(default=None, ge=1, le=100)
    """How many questions of the pool one person is asked."""
    exits: list[ExitTable] = Field(default=[], max_length=100)
    """The first exit whose condition holds is taken; where none does, the next question follows."""
    ask_if: str = ""
    """A condition; where it does not hold the question is passed over."""
    preset: Preset | None = None
    """A ready-made scale: nps (0 to 10), faces, agree, satisfaction or stars (1 to 5)."""
    min: float | None = None
    """The least number of integer, decimal and scale; the fewest choices of select_multiple."""
    max: float | None = None
    """The greatest number; the most choices of select_multiple."""
    earliest: str = ""
    """The first date allowed: "2026-01-01", "today", "today-30d", "today+1y"; of time: "08:00"."""
    latest: str = ""
    """The last date or time allowed."""
    min_label: TextIn | None = None
    """The low end of a scale in words."""
    max_label: TextIn | None = None
    """The high end of a scale in words."""
    pattern: str = Field(default="", max_length=MAX_PATTERN)
    """What a text must match as a whole: a regular expression (RE2)."""
    max_length: int = Field(default=4096, ge=1, le=MAX_TEXT)
    """The most characters of a text, or of the words beside a photo."""
    long: bool = False
    """true: several sentences are invited."""
    tries: int = Field(default=3, ge=1, le=10)
    """How often an answer may be misunderstood before the question is passed over, or waits."""
    timeout_minutes: int = Field(default=0, ge=0, le=60 * 24 * 90)
    """How long the question waits by itself; 0: as long as the session."""
    timeout_to: str = ""
    """Where the conversation goes then: a question id or "end"."""
    seconds: int = Field(default=0, ge=0, le=3600)
    """How long it takes to answer; 0: as questions of its type usually do."""
    key: bool = False
    """true: a headline figure of the report."""


class FlowHead(Table):
    """A conversation without its questions."""

    id: Identifier = Field(examples=['"pulse"'])
    """Stands in surveys, results and file names."""
    title: TextIn = Field(examples=['"How are you?"'])
    """Its name, for reports and invitations."""
    languages: list[str] = Field(default=[], max_length=20)
    """The languages it is written in, the main one first; without it those of the organisation."""
    closing: TextIn | None = None
    """The last message: thanks, and what happens next."""
    back: bool = True
    """false: earlier answers cannot be changed by "back"."""


class BlockTable(Table):
    """The questions of another file, in this place."""

    include: str = Field(examples=['"blocks/background.toml"'])
    """A file with [[question]] tables, beside the main file or below it."""


class FlowTable(FlowHead):
    """A conversation: questions in order."""

    question: list[QuestionTable | BlockTable] = Field(default=[], min_length=1)
    """The questions, in order, each as [[flow.question]]."""


LONG_FORMS: Final = {"choice": "choices", "exit": "exits", "row": "rows"}
"""``[[flow.question.choice]]`` is the same list as ``choices = [ … ]``, one entry at a time."""

SYNONYMS: Final = {
    "label": 'Write text = "…".',
    "question": 'Write text = "…".',
    "name": 'Write id = "…".',
    "options": "Write choices = [ … ].",
    "answers": "Write choices = [ … ].",
    "minimum": "Write min = … .",
    "maximum": "Write max = … .",
    "optional": "Write required = false.",
    "next": 'Write exits = [{ to = "…" }].',
    "goto": 'Write exits = [{ to = "…" }].',
    "if": 'Write when = "…" in an exit, ask_if = "…" in a question.',
    "condition": 'Write when = "…" in an exit, ask_if = "…" in a question.',
    "relevant": 'Write ask_if = "…".',
    "constraint": "Write min, max or pattern.",
    "timeout": "Write timeout_minutes = … .",
    "thanks": 'Write closing = "…".',
    "questions": "Write each question as [[flow.question]].",
    "calculation": 'Write value = "…".',
    "formula": 'Write value = "…".',
    "default": 'Write value = "…" in a hidden question.',
    "randomize": "Write random = true.",
    "shuffle": "Write random = true.",
    "fixed": "Write last = true.",
    "items": "Write rows = [ … ].",
}
"""Keys that people coming from other tools try -> what to write here."""

"""The JSON Schema of the configuration, for editors: completion, help, and misspelt keys underlined.

Made from the same shapes that the loader uses. It knows keys and kinds, not meanings; ``kuulolla check`` has
the last word. Times and dates of TOML are patterned strings, as editors see them.
"""

import tomllib
from datetime import date
from typing import Any, Final

from pydantic import Field
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import CoreSchema

from bot.config import tables
from bot.config.shape import Table
from bot.config.surveyshape import SurveyTable
from bot.engine.flowshape import FlowTable, QuestionTable

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class ConfigurationTable(Table):
    """A configuration of Kuulolla, or a file that it includes."""

    include: list[str] = Field(default=[], max_length=100)
    """Further files with flows and surveys: ["flows/*.toml"]."""
    translations: list[str] = Field(default=[], max_length=100)
    """Files with the texts of one language each: ["translations/*.toml"]."""
    organisation: tables.OrganisationTable | None = None
    privacy: tables.PrivacyTable | None = None
    storage: tables.StorageTable | None = None
    telegram: tables.TelegramTable | None = None
    slack: tables.SlackTable | None = None
    people: tables.PeopleTable | None = None
    encounters: tables.EncountersTable | None = None
    policy: tables.PolicyTable | None = None
    sampling: tables.SamplingTable | None = None
    runtime: tables.RuntimeTable | None = None
    media: tables.MediaTable | None = None
    hook: tables.HookTable | None = None
    rehearsal: tables.RehearsalTable | None = None
    care: tables.CareTable | None = None
    digest: tables.DigestTable | None = None
    admins: list[tables.AdminTable] = Field(default=[])
    texts: dict[str, dict[str, Any]] = Field(default={}, examples=['{ en = { "less.done" = "Fine." } }'])
    """The bot's own words as you want them, by language: [texts.en], and below it "less.done" = "…"."""
    flow: list[FlowTable] = Field(default=[])
    question: list[QuestionTable] = Field(default=[])
    """Only in a block: questions that flows include."""
    survey: list[SurveyTable] = Field(default=[])


class _Generator(GenerateJsonSchema):
    """pydantic's schema without what only Python means: titles, null, and defaults that are tables."""

    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        found = super().generate(schema, mode)
        tidied = _tidy(found)
        assert isinstance(tidied, dict)
        return {"$schema": DIALECT, "title": "Kuulolla", **tidied}


def schema() -> dict[str, Any]:
    """JSON Schema draft 2020-12, without an ``$id``: the file belongs to nobody's address."""
    return ConfigurationTable.model_json_schema(schema_generator=_Generator)


_NAMED: Final = frozenset({"properties", "$defs"})
"""What stands under these are names of ours, which may be the same as words of the schema."""


def _tidy(part: object) -> object:
    if isinstance(part, list):
        return [_tidy(one) for one in part]
    if not isinstance(part, dict):
        return part
    found: dict[str, Any] = {}
    for key, value in part.items():
        if key in _NAMED:
            found[key] = {name: _tidy(one) for name, one in value.items()}
        elif not _of_python(key, value):
            found[key] = _tidy(value)
    if isinstance(examples := found.get("examples"), list):
        # they are kept as one would write them in TOML, for messages
        found["examples"] = [
            _in_json(tomllib.loads(f"example = {example}")["example"]) for example in examples
        ]
    options = found.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        rest = [option for option in options if option != {"type": "null"}]
        found.pop("anyOf")
        found |= rest[0] if len(rest) == 1 else {"anyOf": rest}
    return found


def _in_json(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _of_python(key: str, value: object) -> bool:
    """A title is the name of a class or a field again; null cannot be written in TOML."""
    if key == "title":
        return isinstance(value, str)
    return key == "default" and (value is None or isinstance(value, dict))

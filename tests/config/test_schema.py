"""The JSON Schema for editors: it takes what the loader takes and underlines what is misspelt."""

import json
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bot.config import starting
from bot.config.schema import DIALECT, schema

ROOT = Path(__file__).parent.parent.parent
WHOLE = [ROOT / "config.example.toml", *sorted((ROOT / "examples").glob("**/*.toml"))]


FLOW = "[[flow]]\nid = 'a'\ntitle = 'x'\n[[flow.question]]\nid = 'q'\n"
SURVEY = "[[survey]]\nid = 'a'\nflow = 'x'\npurpose = 'x'\n"


def _as_editors_see(value: Any) -> Any:
    """TOML as JSON: dates and times are strings."""
    match value:
        case dict():
            return {key: _as_editors_see(part) for key, part in value.items()}
        case list():
            return [_as_editors_see(part) for part in value]
        case date() | datetime() | time():
            return value.isoformat()
    return value


def _complaints(data: Mapping[str, Any]) -> list[str]:
    return [error.message for error in Draft202012Validator(schema()).iter_errors(_as_editors_see(data))]


def test_it_is_a_schema() -> None:
    """Valid by its own dialect, belonging to no address, and plain JSON."""
    found = schema()
    Draft202012Validator.check_schema(found)
    assert found["$schema"] == DIALECT
    assert "$id" not in found
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.stem)
def test_it_takes_complete_configurations(path: Path) -> None:
    """The example and every configuration in examples/ are right by it."""
    assert _complaints(tomllib.loads(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("name", ["config.toml", "flows/first.toml"])
def test_it_takes_what_init_writes(name: str) -> None:
    """The main file and an included one."""
    assert _complaints(tomllib.loads(starting.contents()[name])) == []


@pytest.mark.parametrize(
    "text",
    [
        "[runtime]\nlogs = 'lines'",
        "[organisation]\nname = 'x'\ntime_zone = 'Europe/Helsinki'",
        "[policy.caps]\nmin_gap_day = 7",
        f"{FLOW}type = 'select_on'\ntext = 'x'",
        f"{FLOW}type = 'text'\ntext = 'x'\nrequierd = true",
        f"{FLOW}type = 'text'\ntext = 5",
        f"{SURVEY}owner = 'x'\ntrigger = {{ cron = '* * * * *', colour = 1 }}",
        f"{SURVEY}owner = 'x'\nopen = 'tomorrow'",
        SURVEY,
        "[telegram]\ntoken = 'secret'",
        "[policy.send_window]\nweekday = ['9', '20:00']",
        "[nonsense]",
    ],
)
def test_it_underlines_what_is_wrong(text: str) -> None:
    """Misspelt keys, unknown types, wrong kinds, missing keys, times that are none."""
    assert len(_complaints(tomllib.loads(text))) == 1


def test_every_key_is_explained() -> None:
    """What an editor shows while typing: hardly a key comes without a sentence."""
    properties = [
        (name, key, part)
        for name, table in schema()["$defs"].items()
        for key, part in table.get("properties", {}).items()
    ]
    explained = [key for _, key, part in properties if "description" in part]
    assert len(explained) > 120
    assert [
        key for name, key, part in properties if name == "QuestionTable" and "description" not in part
    ] == []


def test_examples_are_values() -> None:
    """An example can be inserted as it stands."""
    text = json.dumps(schema())
    assert '"examples": ["mood"]' in text
    assert '"examples": [{"file": "telegram.token"}]' in text

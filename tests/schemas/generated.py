"""Validation against the generated JSON Schemas, with messages a reader can act on."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, ValidationError
from jsonschema.exceptions import best_match

HERE = Path(__file__).parent


@functools.cache
def _schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((HERE / name).read_text("utf-8"))
    return loaded


@functools.cache
def _validator(name: str, definition: str) -> Draft7Validator:
    schema = _schema(name)
    return Draft7Validator({"$ref": f"#/definitions/{definition}", "definitions": schema["definitions"]})


@functools.cache
def definition_by_type(name: str) -> dict[str, str]:
    """Return the definition of each value of `type` that a schema file knows ("button" → "Button")."""
    found: dict[str, str] = {}
    for title, body in _schema(name)["definitions"].items():
        kind = body.get("properties", {}).get("type", {}).get("const")
        if kind:
            found.setdefault(kind, title)
    return found


def problems(name: str, definition: str, value: Any) -> list[str]:
    """Return where and how `value` breaks one definition of a schema file."""
    found = []
    for error in _validator(name, definition).iter_errors(value):
        deepest: ValidationError = best_match([error]) or error
        place = "/".join(str(part) for part in deepest.absolute_path)
        found.append(f"{place or definition}: {deepest.message[:300]}")
    return found


def check_telegram_update(update: Any) -> list[str]:
    """Return what is malformed in an update of the Bot API."""
    return problems("telegram_update.json", "TelegramUpdate", update)

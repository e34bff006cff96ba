"""The shape of a table: what keys it takes and of which kind, and every deviation told in plain words.

Built on pydantic, whose findings are translated here; also the kinds of value that several tables share.
What the values mean together is checked elsewhere.
"""

import re
import typing
import zoneinfo
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema
from pydantic_core import ErrorDetails, PydanticCustomError

from bot.config.document import Place
from bot.engine.suggest import closest, did_you_mean
from bot.errors import Problem

SHOWN_AT_MOST: Final = 40
"""Characters of a value that a message repeats."""

DECISIVE: Final = frozenset({"choices", "kind", "max", "min", "preset", "type"})
"""Keys that others are judged by: while one is wrong, more findings on its table would mislead."""

SECRET: Final = re.compile(
    r"\b\d{6,12}:[A-Za-z0-9_-]{30,}|\bxox[a-z]-[A-Za-z0-9-]{8,}|\bxapp-[A-Za-z0-9-]{8,}"
    r"|\b[a-z][a-z0-9+]*://[^\s/:@]*:[^\s@]+@"
)
"""What a Telegram token, a Slack token and a database address with a password look like."""

_IDENTIFIER: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_DURATION: Final = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)\s*(min|h|d|w)")
_UNITS: Final = {
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


class Table(BaseModel):
    """A TOML table. Unknown keys and values of another kind are refused, nothing is guessed."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )


AnyTable = TypeVar("AnyTable", bound=Table)


def wrong(message: str, advice: str = "") -> PydanticCustomError:
    """To raise in a validator: told to the admin word for word."""
    return PydanticCustomError("plain", "{message}", {"message": message, "advice": advice})


# --- kinds of value ---------------------------------------------------------------------------------------


def _text(value: object) -> object:
    match value:
        case str():
            return {"": value}
        case dict() if not value:
            raise wrong("is empty.", 'Write text in quotation marks, or { fi = "…", en = "…" }.')
        case dict() if all(isinstance(part, str) for part in value.values()):
            return value
    raise wrong(f"must be text, not {shown(value)}.", 'Write "…", or by language { fi = "…", en = "…" }.')


TextIn = Annotated[
    dict[str, str],
    BeforeValidator(_text),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
            ]
        }
    ),
]
"""A text, or a table of texts by language. A text of no language has the key ``""``."""


def _identifier(value: object) -> object:
    if isinstance(value, str) and not _IDENTIFIER.fullmatch(value):
        advice = f'Write "{slug(value)}".' if slug(value) else 'Write for example "pulse".'
        raise wrong(f"{shown(value)} is not allowed: only a-z, 0-9, - and _, 40 at most.", advice)
    return value


Identifier = Annotated[
    str,
    BeforeValidator(_identifier),
    WithJsonSchema({"type": "string", "pattern": f"^{_IDENTIFIER.pattern}$"}),
]
"""The id of a flow or survey."""


def slug(words: str, joint: str = "-") -> str:
    """An id made from words: small ASCII letters, digits and the joint; empty where no letter is left."""
    plain = words.casefold().translate(_FOLDED)
    return re.sub(r"[^a-z0-9]+", joint, plain).strip(joint)[:SHOWN_AT_MOST].rstrip(joint)


_FOLDED: Final = str.maketrans(
    {
        "ä": "a",
        "å": "a",
        "á": "a",
        "à": "a",
        "â": "a",
        "ö": "o",
        "ø": "o",
        "ó": "o",
        "ü": "u",
        "é": "e",
        "è": "e",
    }
)


def _zone(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = closest(value.rpartition("/")[2], {zone.rpartition("/")[2] for zone in _zones()})
        found = next((zone for zone in sorted(_zones()) if near and zone.endswith(f"/{near}")), None)
        advice = f'Did you mean "{found}"?' if found else 'Write for example "Europe/Helsinki".'
        raise wrong(f"{shown(value)} is no time zone.", advice) from None
    return value


def _zones() -> set[str]:
    return zoneinfo.available_timezones()


Zone = Annotated[str, BeforeValidator(_zone)]
"""An IANA name."""


def _duration(value: object) -> object:
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise wrong(f"must be a length of time, not {shown(value)}.", 'Write "14d", "36h", "2w" or "90min".')
    return float(found[1]) * _UNITS[found[2]]


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": rf"^\s*{_DURATION.pattern}\s*$"}),
]
"""A number with a unit: ``14d``, ``36h``."""


def _clock(value: object) -> object:
    if isinstance(value, time) and value.tzinfo is None:
        return value
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise wrong(f"must be a time of day, not {shown(value)}.", 'Write "09:00".')
    return time(int(found[1]), int(found[2]))


Clock = Annotated[
    time,
    BeforeValidator(_clock),
    WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"}),
]
"""A time of day, ``"09:00"``."""

Moment = Annotated[
    datetime,
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$",
        }
    ),
]
"""A date with a time; without an offset the organisation's zone is meant."""

Day = Annotated[date, WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"})]


# --- reading ----------------------------------------------------------------------------------------------


def read(
    model: type[AnyTable], data: object, place: Place, synonyms: Mapping[str, str] | None = None
) -> tuple[AnyTable | None, list[Problem]]:
    """The table as a value, and everything that is wrong with its shape.

    ``synonyms`` maps keys that people try to what they should write instead. Where the mistakes can be left
    out the value comes without them, so that what else is wrong with the table is told at the same time.
    """
    if not isinstance(data, dict):
        return None, [place.problem(f"A table is expected here, not {shown(data)}.")]
    try:
        return model.model_validate(data), []
    except ValidationError as failure:
        errors = failure.errors(include_url=False)
    found = [_problem(error, model, place, synonyms or {}) for error in errors]
    return _without(errors, model, data), sorted(found, key=lambda problem: problem.line)


def _without(
    errors: Sequence[ErrorDetails], model: type[AnyTable], data: Mapping[str, Any]
) -> AnyTable | None:
    """The table without the keys that are wrong, unless the rest cannot be judged without them."""
    bad = {str(key) for error in errors for key in error["loc"][:1]}
    meant = {closest(key, model.model_fields) or key for key in bad}
    if DECISIVE & (bad | meant):
        return None
    try:
        return model.model_validate({key: data[key] for key in data if key not in bad})
    except ValidationError:
        return None


def shown(value: object) -> str:
    """A value as a message may repeat it: short, on one line, and never a secret."""
    match value:
        case str() if SECRET.search(value):
            return "a secret"
        case str():
            line = " ".join(value.split())
            return f'"{line}"' if len(line) <= SHOWN_AT_MOST else f'"{line[:SHOWN_AT_MOST]}…"'
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"{value:g}" if isinstance(value, float) else str(value)
    names: Sequence[tuple[type, str]] = (
        (dict, "a table { … }"),
        (list, "a list [ … ]"),
        (datetime, "a date with time"),
        (date, "a date"),
        (time, "a time"),
    )
    return next(name for kind, name in names if isinstance(value, kind))


_KINDS: Final[Mapping[str, str]] = {
    "string_type": 'text in quotation marks: "…"',
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "an ordinary number",
    "bool_type": "true or false, without quotation marks",
    "list_type": "a list: [ … ]",
    "dict_type": "a table: { … }",
    "model_type": "a table: { … }",
    "datetime_type": "a date with time, without quotation marks: 2026-05-04T18:00:00",
    "date_type": "a date, without quotation marks: 2026-05-04",
}


def _problem(error: ErrorDetails, model: type[Table], place: Place, synonyms: Mapping[str, str]) -> Problem:
    keys = [key for key in error["loc"] if key != "[key]"]
    spot = place.at(*keys)
    key = _dotted(keys)
    last = str(keys[-1]) if keys else ""
    context: Mapping[str, Any] = error.get("ctx", {})
    kind = error["type"]
    if kind == "missing":
        return place.at(*keys[:-1]).problem(f"{key} is missing.", _example(model, keys))
    if kind == "extra_forbidden":
        advice = _instead(last, _known_keys(model, keys), synonyms)
        return spot.problem(f'"{key}" is not known here.', advice)
    if kind == "plain":
        return spot.problem(f"{key} {context['message']}".lstrip(), context["advice"])
    if kind == "literal_error":
        advice = did_you_mean(str(error["input"]), re.findall(r"'([^']*)'", context["expected"]))
        if not isinstance(error["input"], str):
            return spot.problem(f"{key} must be {context['expected']}, not {shown(error['input'])}.")
        return spot.problem(f"{key} {shown(error['input'])} is unknown.", advice)
    if kind == "string_pattern_mismatch":
        message = f"{key} {shown(error['input'])} is not of the right form."
        return spot.problem(message, _example(model, keys, "Write for example"))
    if kind in ("string_too_short", "too_short"):
        return spot.problem(f"{key} is empty, or too short.", _example(model, keys, "Write for example"))
    if kind in ("string_too_long", "too_long"):
        return spot.problem(f"{key} is too long: {context['max_length']} at most.")
    return spot.problem(f"{key} must be {_wanted(kind, context)}, not {shown(error['input'])}.")


def _instead(key: str, known: Sequence[str], synonyms: Mapping[str, str]) -> str:
    """What other tools call it, else the key that looks most like it."""
    return synonyms.get(key) or did_you_mean(key, known)


def _wanted(kind: str, context: Mapping[str, Any]) -> str:
    match kind:
        case "greater_than_equal":
            return f"at least {context['ge']:g}"
        case "greater_than":
            return f"more than {context['gt']:g}"
        case "less_than_equal":
            return f"at most {context['le']:g}"
    return _KINDS.get(kind, "of another kind")


def _dotted(keys: Sequence[str | int]) -> str:
    """``caps.min_gap_days``, ``choices[2].label``; places count from 1."""
    found = "".join(f"[{key + 1}]" if isinstance(key, int) else f".{_short(key)}" for key in keys)
    return found.removeprefix(".")


def _short(key: str) -> str:
    return key if len(key) <= SHOWN_AT_MOST else f"{key[:SHOWN_AT_MOST]}…"


def _example(model: type[Table], keys: Sequence[str | int], verb: str = "Add") -> str:
    """``Add owner = "Office"``, where the field knows an example."""
    named = [key for key in keys if isinstance(key, str)]
    owner = _model_at(model, keys[: keys.index(named[-1])]) if named else None
    field = owner.model_fields.get(named[-1]) if owner else None
    return f"{verb} {named[-1]} = {field.examples[0]}" if field and field.examples else ""


def _known_keys(model: type[Table], keys: Sequence[str | int]) -> list[str]:
    owner = _model_at(model, keys[:-1])
    return [field.alias or name for name, field in owner.model_fields.items()] if owner else []


def _model_at(model: type[Table], keys: Sequence[str | int]) -> type[Table] | None:
    """The model of the table that a path of keys leads to."""
    found: type[Table] | None = model
    for key in (key for key in keys if isinstance(key, str)):
        field = found.model_fields.get(key) if found else None
        found = next(iter(_tables(field.annotation)), None) if field else None
    return found


def _tables(annotation: object) -> list[type[Table]]:
    """The tables that a field may hold, by its annotation."""
    own = [annotation] if isinstance(annotation, type) and issubclass(annotation, Table) else []
    return own + [one for part in typing.get_args(annotation) for one in _tables(part)]

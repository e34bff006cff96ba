"""FLOIP Flow Results: a package for each survey, made of a descriptor and its rows.

By the Flow Results specification 1.0.0-rc1 (flow interoperability project): six columns a row, given answers
only. Which way a session went, and why something is missing, is told by the other formats.
"""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

import msgspec

from bot.engine.flow import FLAGS, Question
from bot.engine.session import VALUED
from reports.codebook import Book
from reports.columns import named
from reports.exports.material import Material, Out, iso
from reports.files import slug
from storage.stories import stories

VERSION: Final = "1.0.0-rc1"

LANGUAGES: Final = {"fi": "fin", "sv": "swe", "en": "eng"}
"""ISO 639-3, as the specification wants it."""

FIELDS: Final = (
    ("timestamp", "Timestamp", "datetime"),
    ("row_id", "Row ID", "string"),
    ("contact_id", "Contact ID", "string"),
    ("question_id", "Question ID", "string"),
    ("response", "Response", "any"),
    ("response_metadata", "Response Metadata", "object"),
)

TYPES: Final = {
    "yes_no": "select_one",
    "select_one": "select_one",
    "select_multiple": "select_many",
    "scale": "numeric",
    "integer": "numeric",
    "decimal": "numeric",
    "date": "date",
    "time": "time",
    "consent": "select_one",
    "pool": "select_many",
    "location": "open",
    "photo": "image",
    "voice": "audio",
}
"""Our question types and theirs; all others are ``open``."""


def write(material: Material, out: Out) -> None:
    """The packages: ``<survey>.flow-results.json`` and its ``-data.json``."""
    for book in material.books:
        name = slug(book.survey)
        data = f"{name}.flow-results-data.json"
        with out.text(f"{name}.flow-results.json") as file:
            described = descriptor(book, material, data)
            file.write(msgspec.json.format(msgspec.json.encode(described), indent=2).decode() + "\n")
        with out.text(data) as file:
            separator = "[\n"
            for row in _rows(book, material):
                file.write(separator + msgspec.json.encode(row).decode())
                separator = ",\n"
            file.write("[]\n" if separator == "[\n" else "\n]\n")


def descriptor(book: Book, material: Material, data: str) -> dict[str, Any]:
    """The package's descriptor. Its id is the same whenever the same survey is exported."""
    seal = blake2b(f"{material.organisation}/{book.survey}".encode(), digest_size=16).digest()
    made = material.made_at.isoformat(timespec="seconds") if material.made_at else None
    schema: dict[str, Any] = {
        "fields": [{"name": name, "title": title, "type": kind} for name, title, kind in FIELDS],
        "questions": {name: _question(one.question, material) for name, one in named(book.definitions)},
    }
    if material.words.language in LANGUAGES:
        schema["language"] = LANGUAGES[material.words.language]
    return {
        "profile": "flow-results-package",
        "flow_results_specification_version": VERSION,
        "created": made,
        "modified": made,
        "id": str(UUID(bytes=seal, version=4)),
        "name": slug(book.survey).lower(),
        "title": f"{book.survey}, {material.words.of(material.organisation)}",
        "resources": [
            {
                "name": f"{slug(book.survey).lower()}-data",
                "path": data,
                "mediatype": "application/json",
                "encoding": "utf-8",
                "schema": schema,
            }
        ],
    }


def _question(question: Question, material: Material) -> dict[str, Any]:
    options: dict[str, Any] = {}
    kind = TYPES.get(question.type, "open")
    if kind.startswith("select"):
        options["choices"] = [choice.id for choice in question.choices]
    elif kind == "numeric":
        options["range"] = [question.minimum, question.maximum]
    return {"type": kind, "label": material.words.question(question.text), "type_options": options}


def _rows(book: Book, material: Material) -> Iterator[tuple[Any, ...]]:
    names = {
        (digest, one.question.id): (name, one.question.type)
        for name, one in named(book.definitions)
        for digest in one.digests
    }
    for line, given in stories(material.connection, [book.survey], material.since):
        answered = [one for one in given if one[3] in VALUED]
        for one, at in zip(answered, iso([one[7] for one in answered]), strict=True):
            name, kind = names[line.flow_digest, one[1]]
            more = {"session": line.session} | ({"other": one[5]} if one[5] else {})
            value = msgspec.json.decode(one[4])
            if kind in FLAGS:
                value = "yes" if value else "no"
            yield (at, f"{line.session}-{name}", line.person, name, value, more)

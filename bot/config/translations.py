"""Texts in a file of their own for each language, put into the flows and surveys before these are read.

    language = "sv"

    [flow.pulse]
    title = "Hur kändes det?"

    [flow.pulse.question.mood]
    text = "Hur känns det, {name}?"

    [flow.pulse.question.mood.choices]
    good = "Bra"

    [flow.pulse.question.mood.accept]
    good = ["fint"]

What is translated must exist, and must not have the same language twice. What the texts mean is judged later,
as if they stood in the flow itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.config.document import Document, Place
from bot.config.shape import slug
from bot.engine.suggest import did_you_mean
from bot.errors import Problem

FLOW: Final = ("title", "closing")
QUESTION: Final = ("text", "hint", "min_label", "max_label")
SURVEY: Final = ("purpose", "readers")
"""The texts that each of them may have."""
LISTS: Final = {"choices": ("choices", "choice"), "rows": ("rows", "row")}
"""Labels by id, and the keys under which a flow has them."""


@dataclass(slots=True)
class Translations:
    """Files of translations, and everything that is wrong with them."""

    documents: Sequence[Document]
    problems: list[Problem] = field(default_factory=list)
    seen: dict[str, list[str]] = field(default_factory=dict)
    """The questions of each flow that were asked for."""

    def into(self, kind: str, table: Mapping[str, Any]) -> Mapping[str, Any]:
        """The table of a flow or a survey with its translated texts."""
        found = dict(table)
        for document in self.documents:
            part = _table(document.data.get(kind), str(table.get("id")))
            if part is not None:
                place = Place(document, (kind, str(table["id"]))).named(f'{kind} "{table["id"]}"')
                found = self._translated(kind, found, part, _Spot(place, _language(document)))
        return found

    def question(self, flow: object, table: Mapping[str, Any]) -> Mapping[str, Any]:
        """The table of a question of a flow, or of a block in it, with its translated texts."""
        found = dict(table)
        self.seen.setdefault(str(flow), []).append(str(table.get("id")))
        for document in self.documents:
            part = _table(document.data.get("flow"), str(flow), "question", str(table.get("id")))
            if part is not None:
                path = ("flow", str(flow), "question", str(table["id"]))
                place = Place(document, path).named(f'flow "{flow}", question "{table["id"]}"')
                found = self._question(found, part, _Spot(place, _language(document)))
        return found

    def _translated(
        self, kind: str, table: dict[str, Any], part: Mapping[str, Any], spot: "_Spot"
    ) -> dict[str, Any]:
        known = FLOW if kind == "flow" else SURVEY
        nested = ("question",) if kind == "flow" else ()
        return self._texts(table, part, spot, known, nested)

    def _question(self, table: dict[str, Any], part: Mapping[str, Any], spot: "_Spot") -> dict[str, Any]:
        found = self._texts(table, part, spot, QUESTION, (*LISTS, "accept"))
        for key, names in LISTS.items():
            name = next((one for one in names if isinstance(found.get(one), list)), "")
            labels = part.get(key, {})
            if labels and not name:
                self.problems.append(spot.place.at(key).problem(f"The question has no {key}."))
            elif isinstance(labels, dict) and labels:
                found[name] = self._labels(found[name], labels, spot, key)
        words = part.get("accept", {})
        name = next((one for one in LISTS["choices"] if isinstance(found.get(one), list)), "")
        if isinstance(words, dict) and words and name:
            found[name] = self._accepted(found[name], words, spot)
        return found

    def _texts(
        self,
        table: dict[str, Any],
        part: Mapping[str, Any],
        spot: "_Spot",
        known: Sequence[str],
        nested: Sequence[str],
    ) -> dict[str, Any]:
        found = dict(table)
        for key, words in part.items():
            if key in nested:
                continue
            if key not in known:
                advice = did_you_mean(key, [*known, *nested])
                self.problems.append(spot.place.at(key).problem(f'"{key[:40]}" has no translation.', advice))
            elif key not in table:
                message = f"{key} is translated, but it stands nowhere in another language."
                self.problems.append(spot.place.at(key).problem(message, "Write it in the flow first."))
            else:
                found[key] = self._with(found[key], words, spot, key)
        return found

    def _labels(
        self, listed: Sequence[Any], labels: Mapping[str, Any], spot: "_Spot", key: str
    ) -> Sequence[Any]:
        tables = [_spelt_out(one) for one in listed]
        ids = [table.get("id") for table in tables]
        for identifier in labels:
            if identifier not in ids:
                advice = did_you_mean(identifier, [str(one) for one in ids])
                self.problems.append(
                    spot.place.at(key, identifier).problem(f'There is no "{identifier[:40]}".', advice)
                )
        return [
            {**table, "label": self._with(table.get("label", ""), labels[table["id"]], spot, table["id"])}
            if table.get("id") in labels
            else table
            for table in tables
        ]

    def _accepted(self, listed: Sequence[Any], words: Mapping[str, Any], spot: "_Spot") -> Sequence[Any]:
        found = []
        for table in map(_spelt_out, listed):
            more = words.get(str(table.get("id")), [])
            if not isinstance(more, list):
                message = "Answer words are a list."
                self.problems.append(spot.place.at("accept").problem(message, 'Write good = ["fint"].'))
                more = []
            found.append({**table, "accept": [*_flat(table.get("accept", [])), *more]} if more else table)
        return found

    def _with(self, written: object, words: object, spot: "_Spot", name: str) -> object:
        """The text with one more language."""
        texts = dict(written) if isinstance(written, dict) else {"": written}
        if not isinstance(words, str):
            self.problems.append(spot.place.at(name).problem(f"{name} must be text in quotation marks."))
        elif spot.language in texts:
            message = f'{name} is written in "{spot.language}" already.'
            self.problems.append(spot.place.at(name).problem(message, "Keep one of them."))
        else:
            texts[spot.language] = words
        return texts

    def check(self, ids: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
        """What stands in the files and belongs to nothing. ``ids`` are the flows and surveys there are."""
        for document in self.documents:
            if not _language(document):
                advice = 'Write language = "sv" at its top.'
                yield Place(document).problem("The file does not say which language it is in.", advice)
            for key, tables in document.data.items():
                if key == "language":
                    continue
                if key not in ids or not isinstance(tables, dict):
                    advice = "It holds [flow.ID], [flow.ID.question.ID] and [survey.ID]."
                    yield Place(document).at(key).problem(f'"{key[:40]}" is not known here.', advice)
                    continue
                for identifier in tables:
                    if identifier not in ids[key]:
                        advice = did_you_mean(identifier, ids[key])
                        message = f'There is no {key} "{identifier[:40]}".'
                        yield Place(document).at(key, identifier).problem(message, advice)

            yield from self._strangers(document)

    def _strangers(self, document: Document) -> Iterator[Problem]:
        """Translated questions that their flow does not have."""
        for flow, questions in self.seen.items():
            for identifier in _table(document.data.get("flow"), flow, "question") or {}:
                if identifier not in questions:
                    place = Place(document).at("flow", flow, "question", identifier)
                    message = f'The flow "{flow}" has no question "{identifier[:40]}".'
                    yield place.problem(message, did_you_mean(identifier, questions))


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a translation stands, and which language it is in."""

    place: Place
    language: str


def _language(document: Document) -> str:
    written = document.data.get("language")
    return written if isinstance(written, str) else ""


def _table(data: object, *keys: str) -> Mapping[str, Any] | None:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else None


def _flat(words: object) -> list[Any]:
    """Answer words of all languages in one list."""
    several = list(words.values()) if isinstance(words, dict) else [words]
    return [one for part in several if isinstance(part, list) for one in part]


def _spelt_out(choice: object) -> dict[str, Any]:
    """A choice or row as a table, with its id."""
    if isinstance(choice, dict):
        return dict(choice)
    return {"id": slug(str(choice), "_"), "label": choice}

"""The encounter map, from the ledger to what may be shown. Reads and works out; writes nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from bot.config.model import Config
from bot.engine.flow import Flow
from reports.figures.choices import choice_id, top_choices
from reports.figures.encounters import Column, EncounterMap, Told, encounter_map
from reports.figures.priorities import AGAIN
from reports.report import key_question
from reports.suppression import K_CROSS
from storage import Connection, flows, meetings, results
from storage.meetings import Said

YEAR: Final = timedelta(days=365)
LATELY: Final = timedelta(days=182)
"""What counts as lately: the newer half of the year."""

KNOWN: Final = ("event", "course", "shift", "group", "article", "support")
"""Kinds in the order in which they stand; others follow by name."""


def read(connection: Connection, config: Config, now: datetime) -> EncounterMap | None:
    """The last twelve months; None where no survey asks about encounters and none were kept."""
    since = now - YEAR
    kind_of = {survey.id: survey.encounter for survey in config.surveys.values() if survey.encounter}
    found = {*kind_of.values(), *meetings.kinds(connection, since)}
    kinds = [*(kind for kind in KNOWN if kind in found), *sorted(found.difference(KNOWN))]
    if not kind_of or not kinds:
        return None
    limit = max([K_CROSS, *(config.surveys[survey].k for survey in kind_of)])
    invited = meetings.asked(connection, [*kind_of], since)
    asked = _sets((kind_of[survey], person) for survey, person in invited)
    met = _sets(meetings.attended(connection, since, now))
    felt, again = _tales(connection, kind_of, limit, now)
    columns = [
        Column(kind, asked[kind], met[kind], felt.get(kind, {}), again.get(kind, {})) for kind in kinds
    ]
    return encounter_map(columns, _sets(meetings.roll(connection)), results.people(connection), limit)


def _sets(pairs: Iterable[tuple[str, int]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for name, person in pairs:
        found[name].add(person)
    return found


def _tales(
    connection: Connection, kind_of: Mapping[str, str], k: int, now: datetime
) -> tuple[dict[str, dict[int, Told]], dict[str, dict[int, Told]]]:
    """What people felt and whether they would come again, by kind and person."""
    felt: dict[str, dict[int, Told]] = defaultdict(dict)
    again: dict[str, dict[int, Told]] = defaultdict(dict)
    for survey, kind in kind_of.items():
        versions = {digest: flows.get(connection, digest) for digest in results.versions(connection, survey)}
        keys = {digest: _key(flow) for digest, flow in versions.items()}
        good = _Good(versions)
        for into, wanted in ((felt, keys), (again, dict.fromkeys(versions, AGAIN))):
            rows = [
                (row, verdict)
                for row in meetings.said(connection, survey, sorted({*filter(None, wanted.values())}), now)
                if row.question == wanted[row.flow_digest]
                if (verdict := good.of(row.flow_digest, row.question, row.value)) is not None
            ]
            for row, verdict in _within(rows, k, now):
                _add(into[kind], row.person, good=verdict, lately=row.at > now - LATELY)
    return felt, again


def _within(rows: Sequence[tuple[Said, bool]], k: int, now: datetime) -> Sequence[tuple[Said, bool]]:
    """The last twelve months, asked or not, as far as that leaves out no small group.

    The survey's own page tells of all years, and apart of what was said unasked. Whatever stands in one and
    not in the other must be nobody, or k people.
    """
    unasked = {row.person for row, _ in rows if row.self_started}
    told = [pair for pair in rows if len(unasked) >= k or not pair[0].self_started]
    old = {row.person for row, _ in told if row.at <= now - YEAR}
    return [pair for pair in told if 0 < len(old) < k or pair[0].at > now - YEAR]


def _key(flow: Flow) -> str | None:
    return key_question([question for question in flow.questions if question.type != "note"])


def _add(tales: dict[int, Told], person: int, *, good: bool, lately: bool) -> None:
    was = tales.get(person, Told(0, 0, 0, 0))
    more = (0, 0, int(good), 1) if lately else (int(good), 1, 0, 0)
    tales[person] = Told(*(one + other for one, other in zip(was, more, strict=True)))


class _Good:
    """Whether an answer is a good one: yes, or one of the best steps of a scale. None for other questions."""

    def __init__(self, versions: Mapping[str, Flow]) -> None:
        self._best = {
            (digest, question.id): frozenset(top_choices(question))
            for digest, flow in versions.items()
            for question in flow.questions
            if question.type in ("scale", "yes_no")
        }

    def of(self, digest: str, question: str, value: str) -> bool | None:
        best = self._best.get((digest, question))
        return None if best is None else choice_id(msgspec.json.decode(value)) in best

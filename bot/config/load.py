"""The configuration of a file and the files it includes, or every problem in them at once.

``load`` is the only way in. Problems come in the order of the files and their lines; a configuration comes if and
only if none of them is an error. Secrets are not read, the database is not opened.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bot.config import flowcheck, policyfile, settings, surveyfile, tables
from bot.config.document import Document, Place, read
from bot.config.model import Config, Organisation, PeopleConfig, Runtime, StorageConfig
from bot.config.settings import Desk
from bot.config.shape import SECRET, AnyTable
from bot.config.shape import read as read_table
from bot.engine import flowfile
from bot.engine.flow import Flow
from bot.engine.suggest import did_you_mean
from bot.errors import Problem
from scheduler.surveys import Policy, Survey

MAX_FILES: Final = 100
"""Included files. An association has a handful; a pattern that finds more found the wrong folder."""

_SINGLE: Final[Mapping[str, type[tables.Table]]] = {
    "organisation": tables.OrganisationTable,
    "storage": tables.StorageTable,
    "telegram": tables.TelegramTable,
    "slack": tables.SlackTable,
    "people": tables.PeopleTable,
    "policy": tables.PolicyTable,
    "runtime": tables.RuntimeTable,
}
_REPEATED: Final = ("flow", "survey")
_MAIN_KEYS: Final = ("include", *_SINGLE, *_REPEATED)
_SYNONYMS: Final = {
    "organization": "Write [organisation].",
    "flows": "Write each flow as [[flow]].",
    "surveys": "Write each survey as [[survey]].",
    "question": "Questions belong to a flow: [[flow.question]].",
    "log": "It stands in [runtime].",
}


def load(path: Path) -> tuple[Config | None, list[Problem]]:
    """Read a configuration file. Problems are errors and warnings; errors leave no configuration."""
    document, problems = read(path)
    if document is None:
        return None, problems
    reading = _Reading(path, document, problems)
    config = reading.config()
    order = {document.file: number for number, document in enumerate(reading.documents)}
    problems.sort(key=lambda problem: (order.get(problem.file, len(order)), problem.line))
    failed = config is None or any(problem.severity == "error" for problem in problems)
    return (None if failed else config), problems


@dataclass(slots=True)
class _Reading:
    """One load: the files in hand and the problems so far."""

    path: Path
    main: Document
    problems: list[Problem]
    included: list[Document] = field(default_factory=list)
    desk: Desk = field(init=False)
    shapes: dict[str, tables.Table | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.desk = Desk(self.path.parent, self.problems)

    @property
    def documents(self) -> list[Document]:
        return [self.main, *self.included]

    def config(self) -> Config | None:
        self._include()
        for document in self.documents:
            self.problems += _secrets(document)
        self.problems += _unknown(self.main, _MAIN_KEYS)
        for document in self.included:
            self.problems += _unknown(document, _REPEATED)
        organisation = self._organisation()
        people = self._people()
        policy = self._policy(organisation, people)
        flows = self._flows(organisation, people)
        surveys = self._surveys(organisation, people, policy, flows)
        storage = self._table("storage", tables.StorageTable, tables.StorageTable())
        telegram = self._table("telegram", tables.TelegramTable, None)
        slack = self._table("slack", tables.SlackTable, None)
        runtime = self._table("runtime", tables.RuntimeTable, tables.RuntimeTable())

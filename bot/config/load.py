"""The configuration of a file and of the files it includes, or every problem in them at once.

``load`` is the only way in. Problems come in the order of the files and their lines; a configuration comes
if and only if none of them is an error. Secrets are not read, the database is not opened.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePath
from typing import Any, Final, TypeVar

from bot.config import (
    adminfile,
    crosscheck,
    policyfile,
    predictionfile,
    rehearsalfile,
    samplefile,
    settings,
    surveyfile,
    tables,
)
from bot.config.crosscheck import Placed
from bot.config.document import Document, Place, read
from bot.config.model import (
    Admin,
    Care,
    Config,
    EncountersConfig,
    MediaConfig,
    Organisation,
    OwnTexts,
    PeopleConfig,
    PrivacyConfig,
    Rehearsal,
    Runtime,
)
from bot.config.settings import Desk
from bot.config.shape import SECRET, AnyTable
from bot.config.shape import read as read_table
from bot.config.translations import Translations
from bot.engine import flowfile
from bot.engine.flow import Flow
from bot.engine.suggest import did_you_mean
from bot.errors import Problem
from scheduler.surveys import Called, Policy, Recurring, Survey

MAX_FILES: Final = 100
"""Included files. An association has a handful; a pattern that finds more found the wrong folder."""

_TABLES: Final = (
    "organisation", "privacy", "storage", "telegram", "slack", "people", "encounters", "policy", "sampling",
    "runtime", "media", "hook", "rehearsal", "care", "digest", "texts",
)  # fmt: skip
_MAIN_LISTS: Final = ("admins",)
"""Lists of the main file alone: rights are not included from elsewhere."""
_LISTS: Final = ("flow", "survey")
_FILES: Final = ("include", "translations")
"""Keys that name further files."""
_SYNONYMS: Final = {
    "organization": "Write [organisation].",
    "flows": "Write each flow as [[flow]].",
    "surveys": "Write each survey as [[survey]].",
    "question": "Questions belong to a flow: [[flow.question]].",
    "includes": 'Write include = ["flows/*.toml"].',
}

_Made = TypeVar("_Made")


def load(path: Path) -> tuple[Config | None, list[Problem]]:
    """Read a configuration file. Problems are errors and warnings; errors leave no configuration."""
    document, problems = read(path)
    if document is None:
        return None, problems
    reading = _Reading(path, document, problems)
    config = reading.run()
    order = {one.file: number for number, one in enumerate(reading.documents)}
    problems.sort(key=lambda problem: (order.get(problem.file, len(order)), problem.line))
    failed = any(problem.severity == "error" for problem in problems)
    return (None if failed else config), problems


@dataclass(slots=True)
class _Reading:
    """One load: the files in hand and the problems so far."""

    path: Path
    main: Document
    problems: list[Problem]
    included: list[Document] = field(default_factory=list)
    translations: Translations = field(default_factory=lambda: Translations(()))
    blocks: dict[str, tuple[Document | None, list[Problem]]] = field(default_factory=dict)
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        self.desk = Desk(self.path.absolute().parent, self.problems)

    @property
    def documents(self) -> list[Document]:
        """All files, the main one first."""
        return [self.main, *self.included]

    def run(self) -> Config:
        """The configuration; whole and right only where no problem is an error."""
        self._include()
        self._check_keys()
        organisation = self._organisation()
        people = self._people()
        policy = self._policy(organisation, people)
        flows = self._flows(organisation, people)
        surveys = self._surveys(organisation, people, policy)
        predicted, wrong = predictionfile.build(flows, surveys)
        self.problems += wrong
        flows += predicted
        self.problems += self.translations.problems
        self.problems += self.translations.check({"flow": self._ids("flow"), "survey": self._ids("survey")})
        self.problems += crosscheck.run(flows, surveys, policy)
        admins, care = self._admins(organisation), self._care(organisation)
        self.problems += adminfile.named(admins, care, Place(self.main, ("care",), "[care]"), surveys)
        self.problems += adminfile.conditions_of(surveys, {flow.id: flow for flow, _ in flows})
        self._check_present(surveys)
        return Config(
            file=self.path.absolute(),
            organisation=organisation,
            flows={flow.id: flow for flow, _ in flows},
            surveys={survey.id: survey for survey, _ in surveys},
            privacy=self._table("privacy", tables.PrivacyTable, settings.privacy) or PrivacyConfig(),
            storage=self._table("storage", tables.StorageTable, settings.storage)
            or settings.storage(tables.StorageTable(), Place(self.main), self.desk),
            telegram=self._table("telegram", tables.TelegramTable, settings.telegram),
            slack=self._table("slack", tables.SlackTable, settings.slack),
            people=people,
            encounters=self._encounters(people),
            policy=policy,
            runtime=self._runtime(surveys),
            media=self._table("media", tables.MediaTable, settings.media)
            or MediaConfig(folder=self.desk.path(str(MediaConfig().folder))),
            hook=self._table("hook", tables.HookTable, settings.hook),
            rehearsal=self._rehearsal(people),
            admins=tuple(admins),
            care=care,
            digest=self._digest(policy, admins),
            texts=self._texts(organisation),
        )

    # --- files --------------------------------------------------------------------------------------------

    def _include(self) -> None:
        self.included += self._files("include", "flows/*.toml")
        self.translations.documents = list(self._files("translations", "translations/*.toml"))

    def _files(self, key: str, example: str) -> Iterator[Document]:
        """The files that a key of the main file finds."""
        patterns = self.main.data.get(key, [])
        place = Place(self.main).at(key)
        if not isinstance(patterns, list) or not all(isinstance(one, str) for one in patterns):
            self.problems.append(place.problem(f"{key} must be a list.", f'Write {key} = ["{example}"].'))
            return
        found: list[Path] = []
        for number, pattern in enumerate(patterns):
            matches = self._matches(key, pattern, place.at(number), example)
            found += [match for match in matches if match not in found]
        if len(found) > MAX_FILES:
            self.problems.append(place.problem(f"{key} finds more than {MAX_FILES} files.", "Narrow it."))
            return
        for match in found:
            document, problems = read(match)
            self.problems += problems
            if document is not None:
                yield document

    def _matches(self, key: str, pattern: str, place: Place, example: str) -> list[Path]:
        pure = PurePath(pattern)
        if pure.is_absolute() or ".." in pure.parts or not pure.parts or "**" in pattern:
            message = f"{key} looks only into the folder of this file and those below."
            self.problems.append(place.problem(message, f'Write for example "{example}".'))
            return []
        folder = self.path.parent
        matches = sorted(one for one in folder.glob(pattern) if one.is_file() and one != self.path)
        if not matches:
            self.problems.append(place.problem(f'{key}: there is no file "{pattern}" beside this one.'))
        return matches[: MAX_FILES + 1]

    def _check_keys(self) -> None:
        for document in self.documents:
            self.problems += _secrets(document)
            self.problems += _no_tables(document)
            mine = (*_TABLES, *_LISTS, *_MAIN_LISTS, *_FILES) if document is self.main else _LISTS
            for key in document.data:
                if key in mine:
                    continue
                advice = _SYNONYMS.get(key) or did_you_mean(key, mine)
                if key in (*_TABLES, *_MAIN_LISTS, *_FILES):
                    advice = f"It belongs into {self.main.file}."
                self.problems.append(
                    Place(document).at(key).problem(f'"{key[:40]}" is not known here.', advice)
                )

    def _check_present(self, surveys: list[Placed[Survey]]) -> None:
        if not any("flow" in document.data for document in self.documents):
            message = "There is no flow, so there is nothing to ask."
            self.problems.append(
                Place(self.main).problem(message, "Add [[flow]], or include a file with one.")
            )
        elif not surveys and not any("survey" in document.data for document in self.documents):
            message = "There is no survey, so nobody is asked."
            self.problems.append(Place(self.main).warning(message, "Add [[survey]]."))

    # --- single tables ------------------------------------------------------------------------------------

    def _table(
        self, name: str, model: type[AnyTable], make: Callable[[AnyTable, Place, Desk], _Made]
    ) -> _Made | None:
        """The value of a table; None where it is missing or of wrong shape."""
        if name not in self.main.data:
            return None
        place = Place(self.main, (name,), f"[{name}]")
        table, problems = read_table(model, self.main.data[name], place, tables.SYNONYMS)
        self.problems += problems
        return make(table, place, self.desk) if table is not None else None

    def _organisation(self) -> Organisation:
        if "organisation" not in self.main.data:
            message = "There is no [organisation]."
            advice = 'Add it with its name: name = "Hauskala ry".'
            self.problems.append(Place(self.main).problem(message, advice))
        found = self._table("organisation", tables.OrganisationTable, settings.organisation)
        return found or self._nobody()

    def _nobody(self) -> Organisation:
        """Stands in for one that cannot be read, so that the rest is still checked, in its languages."""
        table = self.main.data.get("organisation")
        written = table.get("languages") if isinstance(table, dict) else None
        nobody = Organisation(name={})
        if isinstance(written, list) and written and all(isinstance(one, str) for one in written):
            return replace(nobody, languages=tuple(written))
        return nobody

    def _people(self) -> PeopleConfig:
        found = self._table("people", tables.PeopleTable, settings.people)
        if found is not None:
            return found
        table = self.main.data.get("people")
        written = table.get("attributes") if isinstance(table, dict) else None
        return PeopleConfig(attributes=written) if isinstance(written, dict) else PeopleConfig()

    def _runtime(self, surveys: list[Placed[Survey]]) -> Runtime:
        found = self._table("runtime", tables.RuntimeTable, settings.runtime) or Runtime()
        if "hook" in self.main.data and not found.health:
            message = "[hook] needs an address to listen at."
            advice = 'Write health = "127.0.0.1:8787" in [runtime].'
            self.problems.append(Place(self.main, ("hook",)).problem(message, advice))
        for survey, place in surveys:
            if "hook" not in self.main.data and any(isinstance(one, Called) for one in survey.triggers):
                advice = 'Add [hook] with secret = { file = "hook.secret" }.'
                self.problems.append(
                    place.at("trigger").problem("Nobody can call: there is no hook.", advice)
                )
        return found

    def _encounters(self, people: PeopleConfig) -> EncountersConfig:
        def make(table: tables.EncountersTable, place: Place, desk: Desk) -> EncountersConfig:
            return settings.encounters(table, place, desk, people.attributes)

        return self._table("encounters", tables.EncountersTable, make) or EncountersConfig()

    def _policy(self, organisation: Organisation, people: PeopleConfig) -> Policy:
        def make(table: tables.PolicyTable, place: Place, desk: Desk) -> Policy:
            return policyfile.policy(
                table, place, desk, organisation=organisation, attributes=people.attributes
            )

        found = self._table("policy", tables.PolicyTable, make)
        return found or Policy(timezone_default=organisation.timezone)

    def _texts(self, organisation: Organisation) -> OwnTexts:
        if "texts" not in self.main.data:
            return {}
        from bot.config import textfile  # the catalogues, which a file without words of its own need not read

        place = Place(self.main, ("texts",), "[texts]")
        return textfile.own_texts(self.main.data["texts"], place, organisation.languages, self.desk)

    def _sampling(self, people: PeopleConfig) -> tables.SamplingTable:
        def make(table: tables.SamplingTable, place: Place, desk: Desk) -> tables.SamplingTable:
            return samplefile.common(table, place, desk, people.attributes)

        return self._table("sampling", tables.SamplingTable, make) or tables.SamplingTable()

    def _rehearsal(self, people: PeopleConfig) -> Rehearsal:
        make = partial(rehearsalfile.rehearsal, groups=people.groups)
        return self._table("rehearsal", tables.RehearsalTable, make) or Rehearsal()

    def _admins(self, organisation: Organisation) -> list[Admin]:
        entries = self.main.data.get("admins", [])
        spot = Place(self.main, ("admins",))
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            advice = "Begin each with [[admins]], in double brackets."
            self.problems.append(spot.problem("admins is no list of tables.", advice))
            return []
        found: list[Placed[Admin]] = []
        for number, entry in enumerate(entries):
            place = spot.at(number).named(f"admin {number + 1}")
            table, problems = read_table(tables.AdminTable, entry, place)
            self.problems += problems
            if table is not None:
                found.append((adminfile.admin(table, place, organisation.languages, self.desk), place))
        self.problems += adminfile.twice(found)
        return [one for one, _ in found]

    def _digest(self, policy: Policy, admins: Sequence[Admin]) -> Recurring | None:
        def make(table: tables.DigestTable, place: Place, desk: Desk) -> Recurring:
            return adminfile.digest(table, place, policy, admins, desk)

        return self._table("digest", tables.DigestTable, make)

    def _care(self, organisation: Organisation) -> Care | None:
        def make(table: tables.CareTable, place: Place, desk: Desk) -> Care:
            return adminfile.care(table, place, organisation.languages, desk)

        return self._table("care", tables.CareTable, make)

    # --- flows and surveys --------------------------------------------------------------------------------

    def _entries(self, kind: str) -> Iterator[tuple[Mapping[str, Any], Place]]:
        """Every [[flow]] or [[survey]] of every file that is a table."""
        for document in self.documents:
            entries = document.data.get(kind, [])
            for number, entry in enumerate(entries if isinstance(entries, list) else []):
                if isinstance(entry, dict):
                    yield entry, Place(document, (kind, number))

    def _flows(self, organisation: Organisation, people: PeopleConfig) -> list[Placed[Flow]]:
        around = flowfile.Surroundings(
            languages=organisation.languages,
            attributes=tuple(people.attributes),
            block=self._block,
            translated=self.translations.question,
        )
        flows = []
        self._check_ids("flow")
        for written, place in self._entries("flow"):
            table = self.translations.into("flow", written)
            flow, problems = flowfile.build(table, place, around)
            self.problems += problems
            if flow is not None:
                flows.append((flow, place.named(flowfile.label("flow", table, place))))
        return flows

    def _block(self, name: str) -> tuple[Document | None, list[Problem]]:
        """The questions of a block. The name is relative to the folder of the main file."""
        if name not in self.blocks:
            pure = PurePath(name)
            if pure.is_absolute() or ".." in pure.parts or pure.suffix != ".toml":
                message = "include takes a file of this folder or one below."
                advice = 'Write for example "blocks/background.toml".'
                self.blocks[name] = (None, [Problem(message=message, advice=advice)])
            else:
                self.blocks[name] = read(self.path.parent / pure)
        document, problems = self.blocks[name]
        return document, problems

    def _surveys(
        self, organisation: Organisation, people: PeopleConfig, policy: Policy
    ) -> list[Placed[Survey]]:
        known = surveyfile.Known(
            flows=self._ids("flow"),
            attributes=people.attributes,
            groups=people.groups,
            languages=organisation.languages,
            policy=policy,
            sampling=self._sampling(people),
            date_format=people.date_format,
        )
        surveys = []
        self._check_ids("survey")
        for written, place in self._entries("survey"):
            table = self.translations.into("survey", written)
            survey = surveyfile.build(table, place, known, self.desk)
            if survey is not None:
                surveys.append((survey, place.named(flowfile.label("survey", table, place))))
        return surveys

    def _ids(self, kind: str) -> list[str]:
        """Every id that stands in the files, of entries with mistakes too."""
        entries = (document.data.get(kind, []) for document in self.documents)
        single = (entry for several in entries if isinstance(several, list) for entry in several)
        found = (entry.get("id") for entry in single if isinstance(entry, dict))
        return [identifier for identifier in found if isinstance(identifier, str)]

    def _check_ids(self, kind: str) -> None:
        first: dict[str, Place] = {}
        for table, place in self._entries(kind):
            identifier = table.get("id")
            if not isinstance(identifier, str):
                continue
            if identifier in first:
                there = first[identifier]
                where = f"{there.document.file}:{there.document.line(there.path)}"
                message = f'There are two of the id "{identifier[:40]}"; the first is in {where}.'
                named = place.at("id").named(flowfile.label(kind, table, place))
                self.problems.append(named.problem(message, "Rename one."))
            first.setdefault(identifier, place)


def _no_tables(document: Document) -> Iterator[Problem]:
    """Flows and surveys that are written in another way than [[flow]] and [[survey]]."""
    for kind in _LISTS:
        entries = document.data.get(kind, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            advice = f"Begin each with [[{kind}]], in double brackets."
            yield Place(document, (kind,)).problem(f"{kind} is no list of tables.", advice)


def _secrets(document: Document) -> Iterator[Problem]:
    """Whatever looks like a token or a password where none is expected. Its text is never repeated."""
    for path, value in _strings(document.data, ()):
        if SECRET.search(value) and not tables.SECRET_KEYS.intersection(path):
            message = "Here stands what looks like a token or a password."
            yield Place(document, path).problem(message, tables.KEEP_IT_APART)


def _strings(value: object, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _strings(part, (*path, key))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _strings(part, (*path, number))

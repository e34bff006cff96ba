"""A simulated membership for any configuration: its groups, its attributes, its languages, two platforms.

Members join, leave, move to another time zone, ask for less or more, and some who had enough come back.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.config.model import Config
from bot.rehearsal.behaviour import Persona
from bot.rehearsal.crowd import ACCOUNT, Crowd
from storage import Connection, consents
from storage.work import Work

PLATFORMS: Final = ("crowd", "throng")
"""Two simulated platforms; a member is on one of them."""
SECOND: Final = 0.4
"""Share of the members who are on the second."""
GROUP_SHARE: Final = 1 / 3
AT_HOME: Final = 0.9
"""Share of the members who live in the organisation's own time zone."""
ZONES: Final = ("Europe/Stockholm", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe")
MONTH: Final = 30.0
_QUOTED: Final = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_NUMBER: Final = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")


@dataclass(slots=True)
class Member:
    """One simulated member. ``zones``: since when they live where, aware UTC, oldest first."""

    persona: Persona
    platform: str
    groups: tuple[str, ...]
    attributes: Mapping[str, str]
    joined_at: datetime
    zones: list[tuple[datetime, str]]
    person: int = 0
    gone: bool = False
    asked_for_more: bool = False

    def zone_at(self, moment: datetime) -> str:
        """Where they lived then."""
        return next(
            zone for since, zone in reversed(self.zones) if since <= moment or since == self.zones[0][0]
        )


@dataclass(slots=True)
class Membership:
    """All of them, and the chance that drives what happens to them from day to day."""

    config: Config
    chance: random.Random
    members: list[Member] = field(default_factory=list)

    def found(self, count: int, now: datetime) -> None:
        """The first members."""
        for _ in range(count):
            days = self.chance.choice((3, 30, 200, 800, 2500)) * self.chance.uniform(0.3, 1.5)
            self.members.append(self._newcomer(now - timedelta(days=days), now))

    def enrol(self, members: Sequence[Member]) -> Callable[[Connection], None]:
        """Write members into the database, with addresses from which they have been heard."""

        def job(connection: Connection) -> None:
            work = Work(connection, members[0].zones[0][0])
            for member in members:
                self._enrol(work, member)
            work.flush()

        return job

    def day(self, crowds: Mapping[str, Crowd], now: datetime) -> Callable[[Connection], None] | None:
        """What happens on a day; the job writes it. None: nothing to be written."""
        habits, jobs = self.config.rehearsal, []
        joining = [self._newcomer(now, now) for _ in range(self._how_many(habits.joins))]
        if joining:
            self.members += joining
            jobs.append(self.enrol(joining))
            for member in joining:
                crowd = crowds[member.platform]
                crowd.personas[member.persona.key] = member.persona
                crowd.act(member.persona, now, "command", text="start")
        for member in self._some(habits.leaves):
            member.gone = True
            jobs.append(_leave(member, now))
        for member in self._some(habits.moves):
            member.zones.append((now, self.chance.choice(ZONES)))
            jobs.append(_move(member, now))
        for member in self._some(habits.returns * (habits.habits.stops + habits.habits.blocks)):
            crowds[member.platform].come_back(member.persona)
        self._ask(crowds, now)

        def job(connection: Connection) -> None:
            for one in jobs:
                one(connection)

        return job if jobs else None

    def _ask(self, crowds: Mapping[str, Crowd], now: datetime) -> None:
        habits = self.config.rehearsal
        for word, share in (("less", habits.asks_for_less), ("more", habits.asks_for_more)):
            for member in self._some(share):
                crowd = crowds[member.platform]
                if crowd.reachable(member.persona):
                    member.asked_for_more |= word == "more"
                    crowd.act(member.persona, now, "command", text=word)

    def _how_many(self, share: float) -> int:
        """So many of the membership on one day, for a share in 30 days."""
        expected = len(self.members) * share / MONTH
        return int(expected) + (self.chance.random() < expected % 1)

    def _some(self, share: float) -> list[Member]:
        here = [member for member in self.members if not member.gone]
        return self.chance.sample(here, min(self._how_many(share), len(here)))

    def _newcomer(self, joined_at: datetime, now: datetime) -> Member:
        settings, number = self.config.rehearsal, len(self.members) + 1
        groups = tuple(
            name for name in group_names(self.config)
            if self.chance.random() < settings.groups.get(name, GROUP_SHARE)
        ) or group_names(self.config)[:1]  # fmt: skip
        starts = max([settings.starts_by_group.get(name, 0.0) for name in groups], default=0.0)
        home = self.config.organisation.timezone
        persona = Persona(
            key=f"r{number:05}",
            name=f"Rehearsal {number}",
            language=self.chance.choice(self.config.organisation.languages),
            mood=min(1.0, max(0.0, self.chance.gauss(0.7, 0.2))),
            starts=starts or settings.starts,
            chance=random.Random(self.chance.random()),
            habits=settings.habits,
        )
        return Member(
            persona=persona,
            platform=PLATFORMS[self.chance.random() < SECOND],
            groups=groups,
            attributes={
                name: self.chance.choice(values) for name, values in attribute_values(self.config).items()
            },
            joined_at=joined_at,
            zones=[(now, home if self.chance.random() < AT_HOME else self.chance.choice(ZONES))],
        )

    def _enrol(self, work: Work, member: Member) -> None:
        import msgspec

        persona = member.persona
        member.person = work.add_person(
            member_id=persona.key,
            name=persona.name,
            language=persona.language,
            zone=member.zones[-1][1],
            joined_at=member.joined_at,
            attributes=msgspec.json.encode(member.attributes).decode(),
        )
        for group in member.groups:
            work.add_to_group(member.person, group)
        work.add_address(
            person_id=member.person,
            address=f"{member.platform}:{persona.key}",
            platform=member.platform,
            account=ACCOUNT,
            chat=persona.key,
            seen_at=work.now,
        )
        agree(work, self.config, member.person, persona.language, member.platform)


def agree(work: Work, config: Config, person: int, language: str, platform: str) -> None:
    """Simulated members have agreed before: how they would take that question is not what is rehearsed."""
    version = config.privacy.version
    digest = consents.keep_notice(work.connection, version, language, "", work.now)
    consents.give(work.connection, person, version, digest, platform, work.now, "start")
    work.change_person(person, consent=version)


def group_names(config: Config) -> tuple[str, ...]:
    """Every group that the configuration names, in a fixed order."""
    named = dict.fromkeys(config.people.groups)
    for survey in config.surveys.values():
        named |= dict.fromkeys((*survey.audience.groups, *survey.audience.not_groups))
    named |= dict.fromkeys((*config.rehearsal.groups, *config.rehearsal.starts_by_group))
    return tuple(named)


def attribute_values(config: Config) -> dict[str, tuple[str, ...]]:
    """For each attribute the values that audiences compare it with, and one that they do not."""
    found: dict[str, dict[str, None]] = {name: {} for name in config.people.attributes}
    for survey in config.surveys.values():
        for name in found:
            if re.search(rf"\b{re.escape(name)}\b", survey.audience.where):
                found[name] |= dict.fromkeys(
                    one or two for one, two in _QUOTED.findall(survey.audience.where)
                )
                found[name] |= dict.fromkeys(_NUMBER.findall(survey.audience.where))
    return {name: (*values, "other", "another") for name, values in found.items()}


def _leave(member: Member, now: datetime) -> Callable[[Connection], None]:
    def job(connection: Connection) -> None:
        Work(connection, now).remove_from_groups(member.person)

    return job


def _move(member: Member, now: datetime) -> Callable[[Connection], None]:
    def job(connection: Connection) -> None:
        work = Work(connection, now)
        work.change_person(member.person, zone=member.zones[-1][1])
        work.flush()

    return job

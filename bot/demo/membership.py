"""The fictional association's membership: made-up people, the same for the same seed."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.config.model import Config, Habits
from bot.rehearsal.behaviour import Persona
from bot.rehearsal.crowd import ACCOUNT, PLATFORM
from bot.rehearsal.membership import agree
from storage import Connection
from storage.work import Work

SIZE: Final = 60
YOU: Final = "you"
FIRST: Final = {
    "fi": (
        "Aino", "Eero", "Helmi", "Ilmari", "Kaarina", "Lauri", "Marjatta", "Otso",
        "Pihla", "Reino", "Saima", "Tapio",
    ),
    "sv": ("Alma", "Birger", "Disa", "Folke", "Greta", "Holger"),
    "en": ("Poppy", "Rowan", "Hazel"),
}  # fmt: skip
LAST: Final = ("Esimerkki", "Kuvitelma", "Satunen", "Tarinainen", "Exempel", "Sagosson", "Fictive", "Made-Up")
LANGUAGES: Final = ("fi",) * 13 + ("sv",) * 5 + ("en",) * 2
GROUPS: Final = ("member",) * 13 + ("volunteer",) * 5 + ("staff",) * 2
ENGAGEMENT: Final = {"staff": 0.80, "volunteer": 0.72, "member": 0.52}
"""Chance that an invite is started, by the person's closest group. Invented, as is everything about them."""
GROUP_NAMES: Final = {"member": "members", "volunteer": "volunteers", "staff": "staff"}
DISTRICTS: Final = ("Keskusta", "Rantakylä", "Mäkipelto")


@dataclass(frozen=True, slots=True)
class You:
    """Who sits at the terminal."""

    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Resident:
    """A simulated member and the group that brings them closest."""

    persona: Persona
    closeness: str


def residents(seed: int) -> list[Resident]:
    """The simulated members."""
    chance = random.Random(seed)
    return [_resident(number, chance) for number in range(1, SIZE)]


def _resident(number: int, chance: random.Random) -> Resident:
    language, closeness = chance.choice(LANGUAGES), chance.choice(GROUPS)
    persona = Persona(
        key=f"m{number:02}",
        name=f"{chance.choice(FIRST[language])} {chance.choice(LAST)}",
        language=language,
        mood=min(1.0, max(0.0, chance.gauss(0.72, 0.2))),
        starts=ENGAGEMENT[closeness],
        chance=random.Random(chance.random()),
        habits=Habits(),
    )
    return Resident(persona, closeness)


def enrol(
    connection: Connection, config: Config, crowd: list[Resident], you: You, seed: int, now: datetime
) -> int:
    """Write the membership into the database; returns your own number."""
    chance, work = random.Random(seed + 1), Work(connection, now)
    for one in crowd:
        persona = one.persona
        number = _add(work, persona.name, persona.language, one.closeness, persona.key, chance, now)
        agree(work, config, number, persona.language, PLATFORM)
    number = _add(
        work, you.name, you.language, "member", YOU, chance, now, platform="console", account="terminal"
    )
    agree(work, config, number, you.language, "console")
    work.flush()
    return number


def member_id(key: str) -> str:
    """The association's own number of a member."""
    return f"H-{key}"


def _add(
    work: Work,
    name: str,
    language: str,
    closeness: str,
    key: str,
    chance: random.Random,
    now: datetime,
    platform: str = PLATFORM,
    account: str = ACCOUNT,
) -> int:
    joined = now - timedelta(days=chance.choice((6, 20, 90, 400, 1200, 2600)) + chance.random())
    person = work.add_person(
        member_id=member_id(key),
        name=name,
        language=language,
        joined_at=joined,
        attributes=f'{{"district":"{chance.choice(DISTRICTS)}"}}',
    )
    work.add_to_group(person, "members")
    if closeness != "member":
        work.add_to_group(person, GROUP_NAMES[closeness])
    work.add_address(
        person_id=person,
        address=f"{platform}:{key}",
        platform=platform,
        account=account,
        chat=key,
        seen_at=now,
    )
    return person

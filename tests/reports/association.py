"""An association that has asked a lot: every kind of question and of section in one report.

The answers follow from numbers, not from chance, so that a page that is looked at can be looked at again.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from bot.config.model import Config
from bot.engine.flow import Choice, Flow, Question
from bot.engine.predictions import prediction
from bot.engine.presets import SCALES, scale_choices
from bot.engine.session import Answer
from reports import collect
from reports.report import Report
from scheduler.surveys import Survey
from tests.reports.seed import (
    LANGUAGES,
    START,
    WEEK,
    Seed,
    configured,
    faces,
    nps,
    pulse,
    seeding,
    sqlite,
    yes_no,
)  # fmt: skip

ROUNDS: Final = 6
MEMBERS: Final = 90
NOW: Final = START + (ROUNDS - 1) * WEEK + timedelta(days=4)

TOLD: Final = {
    "fi": ("Teetä saisi olla enemmän.", "Ihmiset ovat mukavia.", "Tee loppui kesken!", "Liian kylmä sali."),
    "sv": ("Lite mer te vore bra.", "Människorna är trevliga.", "Teet tog slut.", "Salen var för kall."),
    "en": ("A little more tea would be good.", "Nice people.", "The hall was too cold.", "Tea ran out."),
}


def agree(question_id: str, **text: str) -> Question:
    """A statement that people agree with or not."""
    preset = SCALES["agree"]
    choices = scale_choices(1, 5, LANGUAGES, preset.labels)
    fixed: dict[str, Any] = {"preset": "agree", "minimum": 1, "maximum": 5, "choices": choices}
    return Question(id=question_id, type="scale", text=text, **fixed)


def choice(choice_id: str, fi: str, sv: str, en: str) -> Choice:
    """One choice in three languages."""
    return Choice(id=choice_id, label={"fi": fi, "sv": sv, "en": en})


def weekly() -> Flow:
    """What is asked every week."""
    return pulse(
        faces("mood", key=True, text={
            "fi": "Hei {name}! Millainen olo sinulle jäi viikkoryhmästä?",
            "sv": "Hej {name}! Hur kändes veckogruppen för dig?",
            "en": "Hello {name}! How did the weekly group feel to you?",
        }),
        agree("heard", fi="Minua kuunneltiin.", sv="Man lyssnade på mig.", en="I was listened to."),
        agree("place", fi="Tila sopi meille.", sv="Lokalen passade oss.", en="The place suited us."),
        agree("time", fi="Aika sopi minulle.", sv="Tiden passade mig.", en="The time suited me."),
        nps("recommend"),
        yes_no("again", required=False),
        Question(
            id="why", type="select_one",
            text={"fi": "Mikä siihen eniten vaikutti?", "sv": "Varför?", "en": "What made it so?"},
            choices=(
                choice("people", "Ihmiset", "Människorna", "The people"),
                choice("programme", "Ohjelma", "Programmet", "The programme"),
                choice("tea", "Tee ja pulla", "Te och bulle", "Tea and a bun"),
            ),
        ),
        Question(
            id="age", type="integer", refusable=True,
            text={"fi": "Minkä ikäinen olet?", "sv": "Hur gammal är du?", "en": "How old are you?"},
        ),
        Question(
            id="story", type="text", required=False,
            text={"fi": "Kerro omin sanoin.", "sv": "Berätta med egna ord.", "en": "In your own words."},
        ),
    )  # fmt: skip


def short(flow_id: str, fi: str, sv: str, en: str) -> Flow:
    """A pulse after an encounter: how it felt, and whether people would come again."""
    return pulse(faces("mood", key=True), yes_no("again"), id=flow_id, title={"fi": fi, "sv": sv, "en": en})


COURSE: Final = short("course", "Kurssin jälkeen", "Efter kursen", "After the course")
SHIFT: Final = short("shift", "Talkoovuoron jälkeen", "Efter talkopasset", "After the shift")


def association() -> Config:
    """The configuration: a weekly pulse, two event pulses, and a survey that was never sent."""
    purpose = {
        "fi": "Parannamme viikkoryhmää; tulokset kerrotaan kuun lopussa.",
        "sv": "Vi gör veckogruppen bättre; resultaten berättas i slutet av månaden.",
        "en": "To make the weekly group better; we tell the results at the end of the month.",
    }
    article = short("article", "Juttu", "Artikeln", "The article")
    flows = (weekly(), prediction("guess", weekly()), COURSE, SHIFT, article)
    kinds = {"pulse": "group", "guess": "", "course": "course", "shift": "shift", "article": "article"}
    surveys = {
        flow.id: Survey(
            id=flow.id, flow=flow.id, purpose=purpose, owner="office",
            kind="census" if flow.id == "pulse" else "event", encounter=kinds[flow.id],
            predicts="pulse" if flow.id == "guess" else "",
        )
        for flow in flows
    }  # fmt: skip
    return configured(*flows, surveys=surveys)


def answers(number: int, rank: int) -> Mapping[str, Any]:
    """What member ``number`` says in round ``rank``: each differs, and things get a little better."""
    base = (number * 7 + rank * 3) % 10
    mood = 5 if base > 6 - rank // 2 else 4 if base > 3 else 1 + base % 3
    said: dict[str, Any] = {
        "mood": mood,
        "heard": max(1, min(5, mood + (number % 3) - 1)),
        "place": max(1, mood - 1 - (number + rank) % 2),
        "time": 2 + (number + rank) % 4,
        "recommend": max(0, min(10, mood * 2 + number % 3 - 1)),
        "again": Answer(None, "skipped") if base == 5 else mood > 2,
        "why": ("people", "programme", "tea", "people")[(number + rank) % 4],
        "age": Answer(None, "refused") if base == 2 else 18 + (number * 13) % 60,
    }
    language = LANGUAGES[number % 3]
    words = TOLD[language][(number + rank) % 4]
    said["story"] = words if base % 3 == 0 else Answer(None, "skipped")
    return said


def fill(seed: Seed) -> None:
    """Everybody, every round, and what came unasked."""
    people = [
        seed.person(
            groups=("volunteers",) if number % 4 == 0 else ("staff",) if number % 11 == 5 else ("members",),
            language=LANGUAGES[number % 3],
        )
        for number in range(MEMBERS)
    ]
    flow = weekly()
    for rank in range(ROUNDS):
        opens = START + rank * WEEK
        state = "closed" if rank + 1 < ROUNDS else "open"
        wave = seed.wave(flow, f"round-{rank + 1}", opens_at=opens, state=state)
        for number, person in enumerate(people):
            rest = (number + rank) % 3
            if rest == 2:
                seed.audience(wave, person, state="dropped", reason=9)
                continue
            seed.audience(wave, person, state="asked", reason=0)
            seed.invite(wave, person, at=opens)
            if rest == 0 or number % 5:
                late = number % 4 == 3
                if late:
                    seed.remind(wave, person, opens + timedelta(hours=48))
                at = opens + timedelta(hours=60 if late else 3)
                seed.session(flow, person, answers(number, rank), wave_id=wave, at=at)
            else:
                seed.session(
                    flow, person, {}, wave_id=wave, at=opens, status="ignored" if number % 2 else "declined"
                )
    _after_encounters(seed, people)
    _unasked(seed, people)


def _after_encounters(seed: Seed, people: Sequence[int]) -> None:
    """A course that many came to, and a shift of a few."""
    for event, size in ((COURSE, 24), (SHIFT, 8)):
        wave = seed.wave(event, "first", survey=event.id)
        for number, person in enumerate(people[:size]):
            seed.audience(wave, person, state="asked", reason=0)
            seed.invite(wave, person, survey=event.id)
            said = {"mood": 2 + number % 4, "again": number % 4 != 0}
            seed.session(event, person, said, wave_id=wave, survey=event.id)


def _unasked(seed: Seed, people: Sequence[int]) -> None:
    """Feedback, what was told back, what staff expected, and answers that nobody asked for."""
    flow = weekly()
    for number in range(24):
        feeling = ("good", "bad", "good", "mixed")[number % 4]
        state = ("open", "taken", "done", "done")[number % 4]
        said_at = NOW - timedelta(days=3 + 2 * number)
        seed.voice(people[number], feeling, said_at, state=state)
    seed.told_back("pulse", {"fi": "Kuulimme teestä. Nyt sitä on enemmän."}, START + 5 * WEEK)
    guess = prediction("guess", flow)
    for number in range(9):
        said = {
            "mood": 3 + number % 3,
            "mood_of_ten": 7 + number % 4,
            "heard": 4,
            "heard_of_ten": 3 + number % 5,
        }
        person = seed.person(groups=("staff",))
        seed.session(guess, person, said, survey="guess", at=NOW - timedelta(days=10))
    for number in range(7):
        seed.session(flow, people[number], {"mood": 2 + number % 4, "story": f"unasked {number}"})


def association_report(folder: Path) -> Report:
    """The whole report, two days after the last round opened."""
    config = association()
    with sqlite(folder) as store:
        with seeding(store) as seed:
            fill(seed)
        with store.read() as connection:
            return collect.make(connection, config, collect.EVERYTHING, NOW)

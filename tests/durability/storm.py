"""The storm: a bot that is killed again and again while members answer and a wave of invites is under way.

A crowd in the server's own process answers in a closed loop through every kill. Used short by the tests and
long by the benchmark.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.durability.checker import Evidence, Verdict, judge
from tests.servers.process import ServerProcess, telegram_process
from tests.system.rig import PULSE, BotProcess, Installation

BOT: Final = "tests.system.hasty"
FIRST_IN_CROWD: Final = 1_000_000
WORDS: Final = "hyvää kuuluu"
DELAY: Final = 0.03
"""Seconds that the platform takes for an answer: long enough for a kill to find sends on their way."""
BOOT: Final = 1.2
"""Seconds within which a bot that is killed while it boots is killed."""
QUIET_SECONDS: Final = 60.0
PATIENCE: Final = 6.0
"""Seconds after which a member writes again: that heals a question whose two copies both met a kill."""

SURVEYS: Final = PULSE.replace('id = "pulse"', 'id = "pulse"\nback = false', 1)
"""Without a way back: every button is an answer."""
QUESTIONS: Final = {"Mitä kuuluu?": "mood", "Missä olit?": "place", "Kerro lisää": "tell"}
OPTIONS: Final = {"mood": ("1", "2", "3", "4", "5"), "place": ('"hall"', '"yard"', '"home"')}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How bad it gets."""

    kills: int
    answers: int
    invited: int
    crowd: int = 15
    life: float = 0.9
    """Seconds that a bot lives at most after its first poll."""
    seed: int = 1
    throughout: bool = False
    """Go on beyond ``kills`` until all answers have been given."""


def storm(folder: Path, plan: Plan, told: Callable[[str], None] = lambda _: None) -> Verdict:
    """Raise the storm in an empty folder, wait until all is quiet, and judge."""
    chance = random.Random(plan.seed)
    with telegram_process("--members", f"1-{plan.invited}", "--delay", str(DELAY)) as tg:
        place = Installation(folder, base_url=tg.info["url"], token=tg.info["token"], surveys=SURVEYS)
        bot = place.start(BOT)
        gather(place, tg, bot, plan)
        bot.kill_after(chance.uniform(0, plan.life))
        number, given = 1, 0
        while number < plan.kills or (plan.throughout and given < plan.answers):
            number += 1
            _live_and_die(place, tg, chance, plan.life if number % 6 else None)
            given = tg.control("crowd")["given"]
            if number % 10 == 0:
                told(f"{number} kills, {given} answers given")
        with place.running(tg, BOT) as bot:
            wait_until_quiet(place, tg, bot, plan)
        verdict = judge(evidence(place, tg))
        verdict.kills = number
        return verdict


def _live_and_die(place: Installation, tg: ServerProcess, chance: random.Random, life: float | None) -> None:
    """Start a bot and kill it so long after its first poll at most; without a ``life`` while it boots."""
    polls = tg.control("stats")["asked"].get("getUpdates", 0)
    bot = place.start(BOT)
    if life is None:
        bot.kill_after(chance.uniform(0, BOOT))
        return
    try:
        tg.control("asked", method="getUpdates", count=polls + 1)
    except AssertionError:
        raise AssertionError(f"the bot did not start:\n{bot.log.read_text()}") from None
    bot.kill_after(chance.uniform(0, life))


def gather(place: Installation, tg: ServerProcess, bot: BotProcess, plan: Plan) -> None:
    """Everybody says hello, the wave is opened, the crowd begins."""
    bot.wait_for_poll(tg)
    for member in range(1, plan.invited + 1):
        tg.member(member, "start")
    tg.control("polled")
    opened = place.command("wave", "round")
    assert opened.returncode == 0, opened.stderr
    tg.control(
        "crowd",
        do="start",
        size=plan.crowd,
        first_id=FIRST_IN_CROWD,
        start="/start kuulumiset",
        done="Kiitos",
        typed={"Kerro lisää": WORDS},
        needs_ack=False,
        once=True,
        patience=PATIENCE,
        answers=plan.answers,
        pick=None,
        seed=plan.seed,
    )


def wait_until_quiet(place: Installation, tg: ServerProcess, bot: BotProcess, plan: Plan) -> None:
    """All answers given and taken in, all messages sent or in doubt, everybody invited."""
    waiting = 0
    for _ in range(int(QUIET_SECONDS / 0.25)):
        bot.let_run(0.25)
        waiting = place.rows(
            "SELECT (SELECT count(*) FROM inbox WHERE state = 'new')"
            " + (SELECT count(*) FROM outbox WHERE state IN ('ready', 'sending'))"
            " + (SELECT count(*) FROM wave_people WHERE state IN ('frame', 'planned')) AS n"
        )[0]["n"]
        stats = tg.control("stats")
        if not waiting and not stats["pending_updates"] and tg.control("crowd")["given"] >= plan.answers:
            return
    raise AssertionError(f"no quiet: {waiting} rows wait, {tg.control('crowd')}\n{bot.log.read_text()}")


def evidence(place: Installation, tg: ServerProcess) -> Evidence:
    """What the server saw and what is stored."""
    return Evidence(
        log=[tuple(entry) for entry in tg.control("crowd", do="log")],
        requests=tg.control("requests"),
        answers=place.rows(
            'SELECT a.session_id AS session, a.question, a.value, i.external_id AS "update", i.chat'
            " FROM answers a LEFT JOIN inbox i ON i.id = a.inbox_id"
        ),
        inbox=place.rows("SELECT external_id, state, error FROM inbox"),
        contacts=place.rows(
            "SELECT d.chat, c.state FROM contacts c JOIN addresses d ON d.person_id = c.person_id"
            " WHERE c.kind = 'invite' AND c.survey = 'round'"
        ),
        outbox=place.rows("SELECT dedup_key, state, error FROM outbox"),
        invite="Jotta kierros onnistuu",
        questions=QUESTIONS,
        options=OPTIONS,
    )

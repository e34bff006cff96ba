"""Anonymous means that somebody with everything in hand cannot say who said what; the naive way is broken."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.service import anonymity
from storage import epochs, erasing
from storage.engine import create_key
from storage.store import open_sqlite
from tests.anonymity.attacker import ATTACKS, Loot, by_size, chance_bar, hits, occurrences
from tests.service.association import PULSE, configured
from tests.service.rig import Rig

MEMBERS = 40
ANSWERING = 24
K = 5
ANONYMOUS = PULSE + f"anonymous = true\nk = {K}\n"


@dataclass(frozen=True, slots=True)
class Played:
    """A wave that is over, what the attacker holds, and what is true."""

    loot: Loot
    truth: dict[int, str]
    rig: Rig


def _words(number: int) -> str:
    return f"Zq{number:03}" + "x" * (number * 7 % 160)


def _played(folder: Path, surveys: str) -> Iterator[Played]:
    """A wave among some members, most of whom answer, with a backup after each answer."""
    create_key(folder / "key")
    loot = Loot(folder / "kuulolla.db", folder / "key")
    with open_sqlite(loot.database, loot.key_file) as store:
        rig = Rig(store, configured(surveys))
        people = [rig.person(f"M{number:02}") for number in range(MEMBERS)]
        rig.wave()
        truth = {}
        loot.copy(folder)
        for number, member in enumerate(people[:ANSWERING]):
            rig.now += timedelta(minutes=3)
            member.taps("Start")
            member.taps("Good" if number % 3 else "Bad")
            member.says(_words(number))
            truth[member.person] = _words(number)
            loot.copy(folder)
            _shuffle(rig)
        rig.passes(days=9, step=timedelta(hours=12))
        _shuffle(rig)
        yield Played(loot, truth, rig)


def _shuffle(rig: Rig) -> None:
    """What the program does every hour."""
    if rig.write(lambda connection: anonymity.shuffle(rig.context, connection, rig.now)):
        with rig.store.read() as connection:
            epochs.forget_others(connection)
        assert erasing.scrub(rig.store)


@pytest.fixture(scope="module")
def anonymous(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """The wave with anonymous answers."""
    yield from _played(tmp_path_factory.mktemp("anonymous"), ANONYMOUS)


@pytest.fixture(scope="module")
def naive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """The same with answers that stand with their person: the control."""
    yield from _played(tmp_path_factory.mktemp("naive"), PULSE)


def test_every_answer_is_kept(anonymous: Played) -> None:
    """Under nobody's name, and with no time but a day."""
    rows = anonymous.loot.rows(
        "SELECT s.person_id, a.value, a.at, a.seconds, a.inbox_id FROM answers a"
        " JOIN sessions s ON s.id = a.session_id WHERE a.question = 'tell'"
    )
    assert sorted(row[1] for row in rows) == sorted(f'"{words}"' for words in anonymous.truth.values())
    assert {row[0] for row in rows} == {0}
    assert {row[2] % 86_400_000_000 for row in rows} == {0}
    assert {row[3:] for row in rows} == {(0.0, None)}


@pytest.mark.parametrize("name", ["row order", "session", "update", "differences of backups"])
def test_the_naive_way_is_broken_every_time(naive: Played, name: str) -> None:
    """So the attack can do what it claims."""
    assert hits(ATTACKS[name](naive.loot), naive.truth) == ANSWERING


@pytest.mark.parametrize("name", ATTACKS)
def test_no_attack_does_better_than_chance(anonymous: Played, name: str) -> None:
    """Inside a batch everybody may have said anything."""
    assert hits(ATTACKS[name](anonymous.loot), anonymous.truth) <= chance_bar(ANSWERING, K)


@pytest.mark.parametrize("name", ["time", "session", "update", "differences of backups"])
def test_what_would_be_certain_finds_nothing(anonymous: Played, name: str) -> None:
    """Not one exact link."""
    assert ATTACKS[name](anonymous.loot) == {}


def test_sealed_answers_are_of_one_size(anonymous: Played) -> None:
    """However long the words."""
    assert by_size(anonymous.loot) == {}


def test_words_stand_nowhere_but_in_the_answers(anonymous: Played, naive: Played) -> None:
    """Not in freed pages, the queues or the log: once each. The naive way leaves them beside the person."""
    words = list(anonymous.truth.values())
    found = occurrences(anonymous.loot, [f'"{one}"' for one in words])
    assert set(found.values()) == {1}
    assert max(occurrences(naive.loot, [f'"{one}"' for one in words]).values()) > 1


def test_an_old_backup_cannot_be_read(anonymous: Played) -> None:
    """Its answers are sealed with keys that are gone; what stands there in the clear had been shuffled."""
    folder = anonymous.loot.key_file.with_suffix(".epochs")
    assert len(list(folder.iterdir())) == 1
    last = anonymous.loot.backups[-1]
    sealed = anonymous.loot.rows("SELECT sealed FROM anonymous_pool", last)
    states = anonymous.loot.rows("SELECT state FROM sessions WHERE status IN ('active')", last)
    assert len(sealed) >= K
    present = folder.glob("epoch-*.key").__next__().stem.removeprefix("epoch-")
    assert {one[0].split(":")[1] for one in sealed + states} & {present} == set()


def test_steps_are_never_smaller_than_k(anonymous: Played) -> None:
    """Whoever looks at the figures all the time sees them grow by k at least."""
    query = "SELECT count(*) FROM sessions WHERE person_id = 0"
    sizes = [anonymous.loot.rows(query, backup)[0][0] for backup in anonymous.loot.backups]
    sizes.append(anonymous.loot.rows(query)[0][0])
    steps = [after - before for before, after in pairwise(sizes) if after != before]
    assert sum(steps) == ANSWERING
    assert min(steps) >= K

"""Anonymous surveys as members and admins meet them, and what a crash in the middle of a shuffle leaves."""

from datetime import timedelta

import pytest

from bot.service import anonymity, starting
from bot.service.case import Case
from storage import Connection, counting, epochs, results
from storage import tables as t
from storage.work import Work
from tests.service.association import PULSE, configured
from tests.service.conftest import MakeRig
from tests.service.rig import Crash, Member, Rig

ANONYMOUS = PULSE + "anonymous = true\nk = 3\n"


@pytest.fixture
def anonymous(make_rig: MakeRig) -> Rig:
    """The association asks its members anonymously, in batches of three."""
    return make_rig(configured(ANONYMOUS))


def _answers(rig: Rig, count: int) -> list[Member]:
    people = [rig.person(f"Member {number}") for number in range(count)]
    rig.wave()
    for number, member in enumerate(people):
        member.taps("Start")
        member.taps("Good" if number % 2 else "Bad")
        member.says(f"words {number}")
    return people


def _shuffle(rig: Rig) -> int:
    done = rig.write(lambda connection: anonymity.shuffle(rig.context, connection, rig.now))
    with rig.store.read() as connection:
        epochs.forget_others(connection)
    return done


def _kept(rig: Rig) -> list[str]:
    return sorted(rig.values(t.answers, "value", question="tell"))


def test_the_promise_is_made_before_the_start(anonymous: Rig) -> None:
    """It follows from the settings, and names k."""
    member = anonymous.person("Aino")
    anonymous.wave()
    (invite,) = member.looks()
    assert "You answer anonymously: answers are shuffled among at least 3 people" in invite
    assert "If fewer than 3 people answer, the answers are destroyed" in invite


def test_the_chat_does_not_repeat_the_answer(anonymous: Rig) -> None:
    """The question stays with a check mark alone, as the queue of messages names the person."""
    member = anonymous.person("Aino")
    anonymous.wave()
    member.taps("Start")
    seen = member.taps("Good")
    assert seen[0] == "^ How are you? / ✓ answered | [Change]"
    assert "Good" not in "".join(seen)


def test_until_it_is_complete_a_chat_is_sealed(anonymous: Rig) -> None:
    """Going back works, and nothing of it can be read in the database."""
    member = anonymous.person("Aino")
    anonymous.wave()
    member.taps("Start")
    member.taps("Good")
    member.says("back")
    member.taps("Bad")
    assert anonymous.values(t.sessions, "state")[0].startswith("sealed:1:")
    assert anonymous.rows(t.answers) == []


def test_enough_answers_are_shuffled_when_the_wave_is_over(anonymous: Rig) -> None:
    """With the statuses of the members as they are, and the answers nobody's."""
    people = _answers(anonymous, 4)
    assert _shuffle(anonymous) == 0
    anonymous.passes(days=8, step=timedelta(hours=12))
    assert _shuffle(anonymous) == 1
    assert _kept(anonymous) == [f'"words {number}"' for number in range(4)]
    assert [anonymous.answers(member) for member in people] == [{}] * 4
    assert [anonymous.statuses(member) for member in people] == [["completed"]] * 4
    assert _shuffle(anonymous) == 0


def test_while_a_wave_is_open_enough_stay_behind(anonymous: Rig) -> None:
    """So that its last batch is never smaller."""
    _answers(anonymous, 7)
    assert _shuffle(anonymous) == 1
    assert (len(_kept(anonymous)), len(anonymous.rows(t.anonymous_pool))) == (4, 3)


def test_a_chat_that_may_still_be_completed_is_waited_for(anonymous: Rig) -> None:
    """Its answers would else come too late for the last batch."""
    people = [anonymous.person(f"Member {number}") for number in range(4)]
    anonymous.wave()
    for member in people[:3]:
        member.taps("Start")
        member.taps("Good")
        member.says("words")
    anonymous.passes(days=6, hours=20, step=timedelta(hours=12))
    people[3].taps("Start")
    people[3].taps("Good")
    anonymous.passes(hours=8)
    assert _shuffle(anonymous) == 0
    people[3].says("late words")
    assert _shuffle(anonymous) == 1
    assert len(_kept(anonymous)) == 4


@pytest.mark.parametrize(("below", "left"), [("destroy", 0), ("hold", 2)])
def test_too_few_are_never_shown(make_rig: MakeRig, below: str, left: int) -> None:
    """They are destroyed, and it is noted, or they stay sealed."""
    rig = make_rig(configured(ANONYMOUS + f'below_k = "{below}"\n'))
    _answers(rig, 2)
    rig.passes(days=8, step=timedelta(hours=12))
    _shuffle(rig)
    assert (len(rig.rows(t.anonymous_pool)), rig.rows(t.answers)) == (left, [])
    assert len(rig.rows(t.audit, action="anonymous_destroyed")) == (left == 0)


def test_what_was_not_completed_is_nobodys_business(anonymous: Rig) -> None:
    """One who stops half-way would be known by it: those answers are gone."""
    member = anonymous.person("Aino")
    anonymous.wave()
    member.taps("Start")
    member.taps("Good")
    anonymous.passes(days=8, step=timedelta(hours=12))
    _shuffle(anonymous)
    assert anonymous.statuses(member) in (["abandoned"], ["partial"])
    assert (anonymous.rows(t.answers), anonymous.rows(t.anonymous_pool)) == ([], [])
    assert "good" not in anonymous.values(t.sessions, "state")[0]


def test_the_number_may_be_raised_and_never_lowered(make_rig: MakeRig) -> None:
    """What was promised when the wave was opened holds, whatever the configuration says since."""
    rig = make_rig(configured(PULSE + "anonymous = true\nk = 4\n"))
    _answers(rig, 3)
    rig.restart(configured(ANONYMOUS))
    rig.passes(days=8, step=timedelta(hours=12))
    _shuffle(rig)
    assert (_kept(rig), rig.rows(t.anonymous_pool)) == ([], [])


def test_a_crash_in_a_shuffle_loses_and_shows_nothing(anonymous: Rig) -> None:
    """Before whatever statement it comes: the answers are all there, sealed, or all shuffled."""
    _answers(anonymous, 4)
    anonymous.passes(days=8, step=timedelta(hours=12))
    for number in range(1, 60):
        try:
            with anonymous.crash_before(number):
                anonymous.write(lambda c: anonymity.shuffle(anonymous.context, c, anonymous.now))
        except Crash:
            assert len(anonymous.rows(t.anonymous_pool)) == 4
            assert anonymous.rows(t.answers) == []
        else:
            break
    assert len(_kept(anonymous)) == 4


def test_a_crash_before_the_old_key_is_destroyed(anonymous: Rig) -> None:
    """The next look destroys it, and what is under way can still be read."""
    _answers(anonymous, 7)
    late = anonymous.members["chat", "member 0"]
    anonymous.write(lambda c: anonymity.shuffle(anonymous.context, c, anonymous.now))
    with anonymous.store.read() as connection:
        folder = epochs.of(connection).folder
        assert sorted(one.name for one in folder.iterdir()) == ["epoch-1.key", "epoch-2.key"]
        assert epochs.forget_others(connection) == 1
        assert [one.name for one in folder.iterdir()] == ["epoch-2.key"]
    anonymous.passes(days=8, step=timedelta(hours=12))
    _shuffle(anonymous)
    assert len(_kept(anonymous)) == 7
    assert anonymous.answers(late) == {}


def test_reports_count_answers_and_people(anonymous: Rig) -> None:
    """The answers of nobody, and the reactions of those who were asked."""
    people = _answers(anonymous, 4)
    late = anonymous.person("Late")
    anonymous.passes(days=8, step=timedelta(hours=12))
    _shuffle(anonymous)
    with anonymous.store.read() as connection:
        reactions = results.reactions(connection, [1])
        counts, times = counting.count(connection, "pulse", [1], uncounted={})
        assert results.people(connection) == len(people) + 1
        assert times == []
    assert [(one.status, one.answered, one.applicable, one.people) for one in reactions] == [
        ("completed", 1, 1, 4)
    ]
    assert sum(one.answers for one in counts if one.question == "mood") == 4
    assert anonymous.places(late) == []


def test_nobody_begins_alone(make_rig: MakeRig) -> None:
    """A word or a link begins no anonymous survey, whatever wrote it there."""
    rig = make_rig(configured(ANONYMOUS))
    member = rig.person("Aino")
    survey = rig.config.surveys["pulse"]

    def job(connection: Connection) -> None:
        work = Work(connection, rig.now)
        who = work.correspondent(member.address)
        assert who is not None
        starting.start_now(Case(rig.context, work, who, "test"), survey)
        work.flush()

    rig.write(job)
    rig.settle_down()
    assert member.looks() == [rig.context.texts("anonymous.by_invitation", "en")]
    assert rig.rows(t.sessions) == []


@pytest.mark.postgres
def test_on_postgresql_a_batch_is_one_transaction(make_rig: MakeRig) -> None:
    """Its rows cannot be told apart by the transaction that wrote them, nor by their order."""
    rig = make_rig(configured(ANONYMOUS), kind="postgres")
    people = _answers(rig, 5)
    rig.passes(days=8, step=timedelta(hours=12))
    _shuffle(rig)
    with rig.store.read() as connection:
        written = connection.exec_driver_sql(
            "SELECT DISTINCT s.xmin::text FROM sessions s WHERE s.person_id = 0"
        ).all()
        theirs = connection.exec_driver_sql("SELECT s.xmin::text FROM sessions s WHERE s.person_id > 0").all()
    assert len(written) == 1
    assert written[0] not in theirs
    assert [rig.answers(member) for member in people] == [{}] * 5

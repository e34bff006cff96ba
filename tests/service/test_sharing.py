"""Closing the loop: those who were asked hear what came of it, once, in their hours, and never too early."""

from datetime import timedelta

import pytest

from bot.errors import UserError
from bot.service import sharing
from storage import shares
from storage import tables as t
from tests.service.association import COURSE, PULSE, configured
from tests.service.conftest import MakeRig
from tests.service.rig import REFUSED, UNSURE, Fault, Member, Rig

ENOUGH = 'results_by = "14d"\nk = 3\n'
NEWS = {"fi": "Avaamme kahvilan.", "en": "We open a café."}
TOLD = "Hauskala asked about this: Mood. This is what you said, and what comes of it: / We open a café."


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    """A pulse that promises to tell what came of it, and a course survey that people come to."""
    return make_rig(configured(PULSE + ENOUGH + COURSE.replace('flow = "short"', 'flow = "short"\nk = 3')))


def answered(rig: Rig, number: int = 3) -> list[Member]:
    """So many members answer; then the round closes."""
    members = [rig.person(name) for name in ("Aino", "Bo", "Cleo", "Dani")]
    rig.wave()
    for member in members[:number]:
        member.taps("Start")
        member.taps("Good")
        member.says("-")
    rig.passes(days=8, step=timedelta(hours=6))
    for member in members:
        member.looks()
    return members


def tell(rig: Rig, survey: str = "pulse", texts: dict[str, str] = NEWS, wave: str = "") -> sharing.Shared:
    """The admin tells it, and the bot runs."""
    shared = rig.write(
        lambda c: sharing.share(rig.context, c, survey, texts, by="Maija", now=rig.now, wave=wave)
    )
    rig.tick()
    return shared


def test_everybody_who_was_asked_hears_of_it_once(each_rig: Rig) -> None:
    """Also who did not answer; in their language, and nobody else."""
    rig = each_rig
    rig.restart(configured(PULSE + ENOUGH + COURSE))
    members = answered(rig)
    newcomer = rig.person("Eero")
    assert tell(rig).people == 4
    assert [member.looks() for member in members] == [[TOLD]] * 4
    assert newcomer.looks() == []
    with pytest.raises(UserError, match="there is nothing to tell: it was told"):
        tell(rig)
    rig.passes(days=3, step=timedelta(hours=12))
    assert [member.looks() for member in members] == [[]] * 4


def test_the_invite_carries_the_promise(rig: Rig) -> None:
    """Fourteen days after the round closes, on the organisation's calendar."""
    aino = rig.person("Aino")
    rig.wave()
    assert "Hauskala will tell you by 22 September 2026 what came of the answers." in aino.looks()[0]


def test_it_costs_little_and_is_no_invite(rig: Rig) -> None:
    """A message within the cap of messages, a tenth of a point, and neither gap nor quarantine."""
    aino = answered(rig)[0]
    before = rig.state(aino)
    tell(rig)
    after = rig.state(aino)
    assert rig.values(t.contacts, "kind", "state", "cost", person_id=aino.person)[-1] == (
        "results",
        "sent",
        0.1,
    )
    assert {key: after[key] for key in ("outcome", "outcome_at", "turn", "ignored_in_row")} == {
        key: before[key] for key in ("outcome", "outcome_at", "turn", "ignored_in_row")
    }
    assert after["burden"] == pytest.approx(0.1 + before["burden"] * 2 ** (-_days(rig, before) / 30))


def _days(rig: Rig, row: object) -> float:
    moment = row["burden_at"]  # type: ignore[index]
    return float((rig.now - moment) / timedelta(days=1))


def test_it_waits_for_the_hours_of_each_person(rig: Rig) -> None:
    """At night nobody is told; in the morning they are."""
    aino = answered(rig)[0]
    rig.now = rig.now.replace(hour=20)
    tell(rig)
    assert aino.looks() == []
    rig.passes(hours=12)
    assert aino.looks() == [TOLD]


def test_who_said_stop_is_not_told(rig: Rig) -> None:
    """Nor do they hear of it after coming back."""
    aino = answered(rig)[0]
    aino.says("stop")
    aino.looks()
    tell(rig)
    assert aino.looks() == []


@pytest.mark.parametrize(("error", "copies"), [(UNSURE, 1), (REFUSED, 2)])
def test_in_doubt_it_is_not_repeated(rig: Rig, error: object, copies: int) -> None:
    """What perhaps arrived counts as told; what surely did not goes once more."""
    answered(rig)
    rig.faults.append(Fault(error, chat="aino"))  # type: ignore[arg-type]
    rig.sent.clear()
    tell(rig)
    rig.passes(hours=2, step=timedelta(minutes=10))
    assert len([one for one in rig.sent if one.outgoing.chat == "aino"]) == copies


def test_nothing_is_told_before_the_round_is_over(rig: Rig) -> None:
    """Whoever answers later must not know what the others said."""
    rig.person("Aino")
    rig.wave()
    with pytest.raises(UserError, match="The round of 'pulse' is still open"):
        tell(rig)


def test_too_few_answers_are_not_told(rig: Rig) -> None:
    """Below the survey's k anybody could be made out."""
    answered(rig, 2)
    with pytest.raises(UserError, match="2 answered; with fewer than 3 anybody could be made out"):
        tell(rig)


def test_people_who_came_by_themselves_are_told_too(rig: Rig) -> None:
    """A survey without rounds: whoever came since it was told last."""
    people = [rig.person(name) for name in ("Aino", "Bo", "Cleo")]
    for one in people:
        one.says("course")
        one.says("yes")
        one.looks()
    assert tell(rig, "course").people == 3
    assert all("We open a café." in one.looks()[0] for one in people)
    rig.now += timedelta(seconds=1)
    with pytest.raises(UserError, match="0 answered"):
        tell(rig, "course")


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"en": "News"}, "There is no text in fi"),
        ({"fi": "Uutinen", "de": "Neues"}, "The language 'de' is not used"),
        ({"fi": "  "}, "The text in fi is empty"),
        ({"fi": "a" * 3001}, "has 3001 characters"),
    ],
)
def test_the_words_are_looked_at_first(rig: Rig, texts: dict[str, str], said: str) -> None:
    """Nothing goes out half."""
    answered(rig)
    with pytest.raises(UserError, match=said):
        tell(rig, texts=texts)
    assert rig.rows(t.shares) == []


def test_open_loops_are_listed_until_they_are_told(rig: Rig) -> None:
    """With what was promised; a round that few answered is none."""
    answered(rig)
    (loop,) = rig.write(lambda c: sharing.open_loops(rig.config, c))
    assert (loop.survey, loop.answered, loop.due_at) == ("pulse", 3, loop.closed_at + timedelta(days=14))
    tell(rig)
    assert rig.write(lambda c: sharing.open_loops(rig.config, c)) == []
    (row,) = rig.write(shares.everything)
    assert (row.survey, row.wave, row.people, row.by) == ("pulse", loop.wave, 4, "Maija")
    assert rig.values(t.audit, "actor", "action", "reason") == [("Maija", "share", "4 people")]


def test_unknown_names_are_told(rig: Rig) -> None:
    """A survey, or a wave, that is not there."""
    with pytest.raises(UserError, match="There is no survey 'nothing'"):
        tell(rig, "nothing")
    with pytest.raises(UserError, match="'pulse' has no wave 'spring'"):
        tell(rig, wave="spring")

"""The digest: three sentences for whoever may have them, when they are due or asked for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.service import digest
from storage import tables as t
from tests.service.association import DESK, PULSE, configured
from tests.service.conftest import MakeRig
from tests.service.rig import Rig
from tests.service.test_commands import words
from tests.service.test_feedback import maija, tell

MONDAY = '\n[digest]\ncron = "0 9 * * mon"\n'
SURVEY = PULSE + 'results_by = "1h"\nk = 3\n'


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    """Maija gets it on Monday mornings."""
    return make_rig(configured(SURVEY, DESK.format(language="en") + MONDAY))


def send(rig: Rig) -> int:
    """One look at whether it is due."""
    sent = rig.write(lambda c: digest.send_due(rig.context, c, rig.now))
    rig.deliver()
    return sent


def test_it_comes_once_when_it_is_due(rig: Rig) -> None:
    """On Monday at nine in Helsinki, however often it is looked at, and for no moment before the start."""
    reader = maija(rig)
    assert send(rig) == 0
    rig.now = datetime(2026, 9, 7, 5, 59, tzinfo=UTC)
    assert send(rig) == 0
    rig.now += timedelta(minutes=2)
    assert (send(rig), send(rig)) == (1, 0)
    (said,) = reader.looks()
    assert said == (
        "In the last week 0 were invited, 0 answered and 0 declined. / No feedback came. / "
        "Nothing is waiting for you."
    )
    rig.restart()
    assert send(rig) == 0
    assert rig.values(t.outbox, "delivery")[-1] == "A"


def test_it_counts_the_week_and_what_waits(rig: Rig) -> None:
    """Who was asked and answered, how it felt, and what needs a person."""
    reader = maija(rig)
    members = [rig.person(name) for name in ("Aino", "Bo", "Cleo", "Dani")]
    rig.wave()
    for member in members[:3]:
        member.taps("Start")
        member.taps("Good")
        member.says("-")
    members[3].taps("No thanks")
    tell(members[0])
    members[1].says("I think of suicide.")
    reader.looks()
    assert reader.uses("results")[-1] == (
        "In the last week 4 were invited, 3 answered and 1 declined. / "
        "One piece of feedback came: good 0, mixed 0, bad 1. / "
        "Waiting for you: 1 alert, 1 piece of feedback."
    )
    rig.passes(days=9, step=timedelta(hours=12))
    assert reader.uses("results")[-1] == (
        "In the last week 0 were invited, 0 answered and 0 declined. / No feedback came. / "
        "Waiting for you: 1 alert, 1 piece of feedback, 1 overdue promise to tell the results."
    )


def test_what_is_planned_is_told_by_survey(rig: Rig) -> None:
    """Invites of the coming week."""
    reader = maija(rig)
    assert reader.uses("plan") == ["No invites are planned for the coming week."]
    rig.person("Aino")
    rig.now = rig.now.replace(hour=20)  # nobody is written to at night
    rig.plan_wave()
    assert reader.uses("plan") == ["In the coming week one invite goes out. / Mood: 1"]


@pytest.mark.parametrize("command", ["results", "plan", "alerts"])
def test_each_right_opens_its_own_command(rig: Rig, command: str) -> None:
    """Whoever lacks it hears what any member hears."""
    (admin,) = rig.config.admins
    rights = {"alerts": ("results", "plan")}.get(command, ("alerts", "feedback"))
    rig.restart(replace(rig.config, admins=(replace(admin, rights=rights),)))  # type: ignore[arg-type]
    assert maija(rig).uses(command) == [words("unknown_command", "en")]

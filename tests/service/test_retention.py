"""Answers are kept as long as their survey says, and no longer; that somebody was asked stays known."""

from datetime import timedelta

import pytest

from bot.service import upkeep
from storage import tables as t
from storage.ledger import ledger
from tests.service.association import PULSE, configured
from tests.service.conftest import BOTH, MakeRig
from tests.service.rig import Rig

KEPT_A_MONTH = PULSE + "keep_days = 30\n"


def _answered(rig: Rig) -> int:
    aino = rig.person("Aino")
    rig.wave()
    aino.taps("Start")
    aino.taps("Good")
    aino.says("A quite particular remark")
    return aino.person


@pytest.mark.parametrize("kind", BOTH)
def test_answers_are_erased_when_their_time_is_over(make_rig: MakeRig, kind: str) -> None:
    """On the day after the last one neither rows nor the session's own state hold a word of them."""
    rig = make_rig(configured(KEPT_A_MONTH), kind=kind)
    person = _answered(rig)
    almost, over = rig.now + timedelta(days=30), rig.now + timedelta(days=31)
    assert rig.write(lambda connection: upkeep.forget(rig.context, connection, almost)) == {}
    assert rig.write(lambda connection: upkeep.forget(rig.context, connection, over)) == {"pulse": 1}
    assert rig.write(lambda connection: upkeep.forget(rig.context, connection, over)) == {}
    assert rig.rows(t.answers) == []
    assert "particular" not in rig.values(t.sessions, "state")[0]
    assert rig.write(lambda connection: ledger(connection, person, over)).invites != ()


def test_without_a_limit_nothing_is_erased(rig: Rig) -> None:
    """A survey that says nothing keeps its answers."""
    _answered(rig)
    later = rig.now + timedelta(days=4000)
    assert rig.write(lambda connection: upkeep.forget(rig.context, connection, later)) == {}
    assert len(rig.rows(t.answers)) == 2

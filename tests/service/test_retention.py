"""Answers are kept as long as their survey says, and no longer; that somebody was asked stays known."""

from datetime import timedelta

import pytest

from bot.service import upkeep
from storage import audit
from storage import tables as t
from storage.ledger import ledger
from tests.service.association import PULSE, configured
from tests.service.conftest import BOTH, MakeRig
from tests.service.rig import UNSURE, Fault, Rig

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


def test_words_in_doubt_and_the_audit_have_an_end(rig: Rig) -> None:
    """After a week no message keeps its words, after a year no line of the audit stands; both are counted."""
    rig.faults.append(Fault(UNSURE, times=9))
    rig.person("Aino")
    rig.wave()
    rig.write(lambda connection: audit.add(connection, "Chair", "export", "all", "", rig.now))
    week, year = rig.now + timedelta(days=7, seconds=1), rig.now + timedelta(days=366)
    assert rig.write(lambda connection: upkeep.expire(connection, rig.now)) == {}
    assert rig.write(lambda connection: upkeep.expire(connection, week)) == {"messages": 1}
    assert [row["payload"] for row in rig.rows(t.outbox)] == [""]
    assert rig.write(lambda connection: upkeep.expire(connection, year)) == {"audit": 1}

"""What questions really take is learned from answers, and counts once there are enough of them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, Table

from bot.service import costs, gate, upkeep
from storage import tables as t
from storage import waves
from tests.service.association import PULSE, configured
from tests.service.conftest import BOTH, MakeRig
from tests.service.rig import Rig

DEFAULT = 0.5 + (10 + 25) / 60
"""The contact, a choice and a short text."""


def _added(table: Table, row: Mapping[str, Any], connection: Connection) -> int:
    """A row of a table; its number."""
    key = connection.execute(table.insert(), row).inserted_primary_key
    return int(key[0]) if key is not None else 0


def answered(rig: Rig, seconds: list[float]) -> None:
    """Sessions of the wave in which the first question took so long."""
    wave = rig.row(t.waves)
    for number, length in enumerate(seconds):
        member = rig.person(f"P{number}")
        session = {
            "public_id": f"s{number}", "person_id": member.person, "address_id": member.person,
            "survey": "pulse", "wave_id": wave["id"], "flow_digest": wave["flow_digest"],
            "status": "completed", "state": "{}", "self_started": False, "created_at": rig.now,
        }  # fmt: skip
        key = rig.write(partial(_added, t.sessions, session))
        answer = {
            "session_id": key, "question": "mood", "revision": 1, "status": "answered", "value": '"good"',
            "seconds": length, "at": rig.now,
        }  # fmt: skip
        rig.write(partial(_added, t.answers, answer))


@pytest.mark.parametrize(("answers", "expected"), [(29, DEFAULT), (30, 0.5 + (4 + 25) / 60)])
def test_a_median_counts_from_thirty_answers(make_rig: MakeRig, answers: int, expected: float) -> None:
    """Before, the time of the type; a pause over two minutes counts as that time, too."""
    rig = make_rig(configured(PULSE))
    rig.open_wave()
    answered(rig, [4.0] * (answers - 5) + [1.0, 2.0, 90.0, 500.0, 86_400.0])
    rig.write(lambda c: upkeep.learn(rig.context, c, rig.now))
    rig.context.relearn()
    survey = rig.config.surveys["pulse"]
    with rig.store.read() as connection:
        wave = waves.get(connection, rig.row(t.waves)["id"])
        assert gate.ask_for(rig.context, connection, survey, wave, None).cost == pytest.approx(expected)


@pytest.mark.parametrize("kind", BOTH)
def test_what_was_learned_is_reckoned_anew(make_rig: MakeRig, kind: str) -> None:
    """People grow quicker; a question that is gone is forgotten."""
    rig = make_rig(configured(PULSE), kind=kind)
    rig.open_wave()
    answered(rig, [20.0] * 30)
    rig.write(lambda c: upkeep.learn(rig.context, c, rig.now))
    assert rig.values(t.answer_times, "flow", "question", "answers", "seconds") == [
        ("pulse", "mood", 30, 20.0)
    ]
    rig.write(lambda c: c.execute(t.answers.update().values(seconds=6.0)))
    rig.write(lambda c: upkeep.learn(rig.context, c, rig.now))
    assert rig.values(t.answer_times, "seconds") == [6.0]
    rig.write(lambda c: c.execute(t.answers.delete()))
    rig.write(lambda c: upkeep.learn(rig.context, c, rig.now))
    assert rig.rows(t.answer_times) == []


def test_a_reckoned_cost_is_kept_for_what_it_was_reckoned_from() -> None:
    """Another set of learned times is another cost."""
    config = configured(PULSE)
    flow, survey = config.flows["pulse"], config.surveys["pulse"]
    fast, slow = {"mood": 2.0}, {"mood": 60.0}
    found = [costs.invite(config.policy, flow, survey, learned=learned) for learned in (fast, slow, fast)]
    assert found == pytest.approx([0.5 + 27 / 60, 0.5 + 85 / 60, 0.5 + 27 / 60])

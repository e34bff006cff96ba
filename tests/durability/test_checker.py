"""The checker finds each kind of damage in evidence that holds it."""

from dataclasses import replace
from typing import Any

import pytest

from tests.durability.checker import Evidence, judge

INVITE = "Jotta kierros onnistuu"


def _send(chat: int, text: str, *tokens: str) -> dict[str, Any]:
    markup = {"inline_keyboard": [[{"text": token, "callback_data": token}] for token in tokens]}
    params = {"chat_id": chat, "text": text} | ({"reply_markup": markup} if tokens else {})
    return {"method": "sendMessage", "params": params}


GOOD = Evidence(
    log=[(7, 100, "t1"), (7, 101, "hyvää")],
    requests=[
        _send(7, "Mitä kuuluu?", "t0", "t1"),
        _send(7, "Kerro lisää"),
        _send(8, INVITE, "start"),
    ],
    answers=[
        {"session": 1, "question": "mood", "value": "2", "update": "100", "chat": "7"},
        {"session": 1, "question": "tell", "value": '"hyvää"', "update": "101", "chat": "7"},
    ],
    inbox=[{"external_id": "100", "state": "done"}, {"external_id": "101", "state": "done"}],
    contacts=[{"chat": "8", "state": "sent"}],
    outbox=[{"dedup_key": "1:1", "state": "sent"}],
    invite=INVITE,
    questions={"Mitä kuuluu?": "mood", "Kerro lisää": "tell"},
    options={"mood": ("1", "2")},
)


def test_good_evidence_is_clean() -> None:
    """Nothing is found where nothing is wrong."""
    verdict = judge(GOOD)

    assert verdict.clean
    assert verdict.examples == []
    assert (verdict.answers, verdict.invites) == (2, 1)


@pytest.mark.parametrize(
    ("damage", "change"),
    [
        ("lost", {"answers": GOOD.answers[:1]}),
        ("doubled", {"answers": [*GOOD.answers, {**GOOD.answers[0], "session": 2}]}),
        ("doubled", {"answers": [*GOOD.answers, {**GOOD.answers[0], "update": "102"}]}),
        ("wrong", {"answers": [{**GOOD.answers[0], "value": "1"}, GOOD.answers[1]]}),
        ("wrong", {"answers": [{**GOOD.answers[0], "chat": "9"}, GOOD.answers[1]]}),
        ("wrong", {"answers": [GOOD.answers[0], {**GOOD.answers[1], "value": '"huonoa"'}]}),
        ("invited_twice", {"requests": [*GOOD.requests, GOOD.requests[2]]}),
        ("invites_unaccounted", {"requests": GOOD.requests[:2]}),
        ("invites_unaccounted", {"contacts": [{"chat": "8", "state": "released"}]}),
        ("left_over", {"inbox": [{"external_id": "100", "state": "new"}]}),
        ("left_over", {"outbox": [{"dedup_key": "1:1", "state": "sending"}]}),
    ],
)
def test_each_damage_is_found(damage: str, change: dict[str, Any]) -> None:
    """One thing that is wrong is counted under its name, with an example."""
    verdict = judge(replace(GOOD, **change))

    assert not verdict.clean
    assert getattr(verdict, damage) > 0
    assert verdict.examples


def test_an_invite_in_doubt_may_have_arrived_or_not() -> None:
    """What the program does not claim to know is no damage, but it is told."""
    verdict = judge(replace(GOOD, contacts=[{"chat": "8", "state": "unknown"}]))

    assert verdict.clean
    assert verdict.in_doubt == 1

"""A session is a value: plain JSON between two messages, with its legal moves in one table."""

from dataclasses import replace

import msgspec
import pytest

from bot.engine.messages import Delivery, Outbound
from bot.engine.session import (
    MOVES,
    WAITING,
    Answer,
    Invite,
    Say,
    Session,
    Status,
    Value,
    from_json,
    to_json,
)
from tests.engine.builders import NOW

FULL = Session(
    id="abc",
    flow="f",
    language="fi",
    status=Status.ACTIVE,
    person={"name": "Maija"},
    zone="Europe/Helsinki",
    invite=Invite(reason="r", asker="a", readers="b"),
    question="q",
    turn=3,
    tries=1,
    path=("p", "q"),
    answers={"p": Answer("x", "answered", "words")},
    picked=("a",),
    awaiting="other",
    invited_at=NOW,
    asked_at=NOW,
    started_at=NOW,
    last_answer_at=NOW,
    hinted_at=NOW,
)


@pytest.mark.parametrize(
    "value", ["x", "", 0, 12, 12.0, 0.1, True, False, ["a", "b"], [], None, "2026-05-04"]
)
def test_there_and_back(value: Value) -> None:
    """A saved session comes back as it was, with values of the same type."""
    session = replace(FULL, answers={"p": Answer(value)})
    found = from_json(to_json(session))
    assert found == session
    assert type(found.answers["p"].value) is type(value)


def test_what_is_no_session() -> None:
    """Another text is refused."""
    with pytest.raises(msgspec.ValidationError):
        from_json('{"id": 1}')


def test_moves() -> None:
    """What waits can move; of the ends only a completed one can be opened again; every end can be reached."""
    assert set(MOVES) == WAITING | {Status.COMPLETED}
    assert MOVES[Status.COMPLETED] == {Status.ACTIVE}
    assert frozenset.union(*MOVES.values()) | {Status.INVITED} == set(Status)
    assert [status for status in Status if replace(FULL, status=status).waiting] == [
        Status.INVITED,
        Status.ACTIVE,
    ]


@pytest.mark.parametrize(
    ("role", "delivery"),
    [
        ("question", Delivery.QUESTION),
        ("note", Delivery.QUESTION),
        ("hint", Delivery.QUESTION),
        ("closing", Delivery.QUESTION),
        ("invite", Delivery.INVITE),
        ("reminder", Delivery.INVITE),
    ],
)
def test_how_often_a_message_may_come(role: str, delivery: Delivery) -> None:
    """An invite and a reminder come at most once, everything else at least once."""
    assert Say(message=Outbound(text="x"), role=role).delivery is delivery  # type: ignore[arg-type]

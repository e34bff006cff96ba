"""Profiles are asked for once, never waited for long, and never in the way."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from adapters.slack import profiles
from adapters.slack.profiles import AT_ONCE, FORGET_FAILURE, KEEP, Profiles
from bot.engine.messages import Profile

AINO = Profile(name="Aino")


class Workspace:
    """Answers for people, or fails, or keeps everybody waiting; and has the clock."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.now = 0.0
        self.problem: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def user(self, person: str) -> Mapping[str, Any]:
        """Tell the person's name."""
        self.asked.append(person)
        await self.gate.wait()
        if self.problem is not None:
            raise self.problem
        return {"real_name": person}

    def profiles(self) -> Profiles:
        """Return what is tested, on this clock."""
        return Profiles(self.user, clock=lambda: self.now)


class Answer(dict[str, Any]):
    """As much of Slack's response as an error carries."""

    def __init__(self, status: int, error: str, **headers: str) -> None:
        super().__init__()
        self.status_code = status
        self.data = {"error": error}
        self.headers = headers


def refused(answer: Answer) -> Exception:
    """What Slack's library raises for this answer."""
    return SlackApiError("refused", answer)  # type: ignore[no-untyped-call]


async def test_a_person_is_asked_about_once() -> None:
    """Until the profile has grown old."""
    slack = Workspace()
    people = slack.profiles()
    assert [await people.of("Aino") for _ in range(3)] == [AINO] * 3
    assert slack.asked == ["Aino"]
    slack.now = KEEP
    assert await people.of("Aino") == AINO
    assert slack.asked == ["Aino", "Aino"]


async def test_one_question_serves_all_who_wait() -> None:
    """Five messages at once are one question, answered in the order they came."""
    slack = Workspace()
    people = slack.profiles()
    slack.gate.clear()
    order: list[int] = []

    async def wait(place: int) -> None:
        assert await people.of("Aino") == AINO
        order.append(place)

    waiting = [asyncio.create_task(wait(place)) for place in range(5)]
    await asyncio.sleep(0)
    slack.gate.set()
    await asyncio.gather(*waiting)
    assert (slack.asked, order) == (["Aino"], [0, 1, 2, 3, 4])


async def test_who_comes_later_does_not_overtake() -> None:
    """Even if the answer is there by then."""
    slack = Workspace()
    people = slack.profiles()
    slack.gate.clear()
    order: list[str] = []

    async def wait(name: str) -> None:
        await people.of("Aino")
        order.append(name)

    first = asyncio.create_task(wait("first"))
    await asyncio.sleep(0)
    asking = next(iter(people._asking.values()))
    later: list[asyncio.Task[None]] = []
    asking.add_done_callback(lambda _: later.append(asyncio.create_task(wait("later"))))
    slack.gate.set()
    await first
    await asyncio.gather(*later)
    assert order == ["first", "later"]


async def test_a_late_answer_serves_the_next_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message goes without; the answer is kept when it comes."""
    monkeypatch.setattr(profiles, "WAIT", 0.01)
    slack = Workspace()
    people = slack.profiles()
    slack.gate.clear()
    assert await people.of("Aino") == Profile()
    slack.gate.set()
    assert await people.of("Aino") == AINO
    assert slack.asked == ["Aino"]


async def test_a_failure_is_not_repeated_at_once() -> None:
    """Whoever cannot be asked about is left in peace for some minutes."""
    slack = Workspace()
    people = slack.profiles()
    slack.problem = refused(Answer(200, "user_not_found"))
    assert [await people.of("Aino") for _ in range(3)] == [Profile()] * 3
    slack.now = FORGET_FAILURE
    slack.problem = None
    assert await people.of("Aino") == AINO
    assert slack.asked == ["Aino", "Aino"]


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (Answer(429, "ratelimited", **{"Retry-After": "40"}), 40.0),
        (Answer(200, "missing_scope"), FORGET_FAILURE),
    ],
)
async def test_a_refusal_holds_all_questions(answer: Answer, seconds: float) -> None:
    """Slack's own pause is kept, and a missing scope is not asked for again and again."""
    slack = Workspace()
    people = slack.profiles()
    assert await people.of("Maija") == Profile(name="Maija")
    slack.problem = refused(answer)
    assert await people.of("Aino") == Profile()
    slack.problem = None
    slack.now = seconds - 1
    assert [await people.of(name) for name in ("Onni", "Maija")] == [Profile(), Profile(name="Maija")]
    slack.now = seconds
    assert await people.of("Onni") == Profile(name="Onni")


async def test_an_old_profile_is_better_than_none() -> None:
    """When it cannot be asked for again, what was known is still told."""
    slack = Workspace()
    people = slack.profiles()
    await people.of("Aino")
    slack.now, slack.problem = KEEP, OSError()
    assert await people.of("Aino") == AINO


async def test_questions_under_way_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crowd of strangers does not become a crowd of calls; those beyond it go without."""
    monkeypatch.setattr(profiles, "WAIT", 0.01)
    slack = Workspace()
    people = slack.profiles()
    slack.gate.clear()
    await asyncio.gather(*(people.of(f"P{number}") for number in range(AT_ONCE + 5)))
    assert len(slack.asked) == AT_ONCE
    await people.close()
    assert people._asking == {}


async def test_memory_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond it, the one who was asked about longest ago is forgotten."""
    monkeypatch.setattr(profiles, "PEOPLE", 2)
    slack = Workspace()
    people = slack.profiles()
    for name in ("Aino", "Maija", "Onni", "Aino"):
        await people.of(name)
    assert slack.asked == ["Aino", "Maija", "Onni", "Aino"]

"""What is done with one payload, apart from any wire."""

from collections.abc import Mapping
from typing import Any

import pytest

from adapters.slack.intake import Intake
from adapters.slack.profiles import Profiles
from bot.texts import Texts
from tests.adapters.contract import Inbox
from tests.adapters.slack.test_translate import RECORDED


class Calls:
    """An intake, and all that it told."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.heard = 0
        self.echoes = 0
        self.own: list[Mapping[str, Any]] = []
        self.problem = problem
        self.inbox = Inbox()
        self.intake = Intake(
            account="T0HAUSKALA",
            receive=self.inbox.receive,
            profiles=Profiles(self._nobody),
            own=self._see_to,
            words=Texts.load(),
            heard=self._hear,
            echo=self._echo,
            seconds=2.0,
        )

    async def take(self, label: str) -> dict[str, Any]:
        """Take in a recorded payload and everything that follows from it."""
        said = await self.intake.take(RECORDED[label], b"{}")
        await self.intake.close()
        return said

    async def _nobody(self, _person: str) -> Mapping[str, Any]:
        return {}

    async def _see_to(self, raw: Mapping[str, Any]) -> None:
        self.own.append(raw)
        if self.problem is not None:
            raise self.problem

    def _hear(self) -> None:
        self.heard += 1

    def _echo(self) -> None:
        self.echoes += 1


@pytest.mark.parametrize(
    "label", ["window button", "uninstalled", "tokens revoked", "personal tokens revoked"]
)
async def test_the_apps_own_matters_are_not_stored(label: str) -> None:
    """They are handed on, and acknowledged at once."""
    calls = Calls()
    assert await calls.take(label) == {}
    assert (calls.own, calls.inbox.updates, calls.heard) == ([RECORDED[label]], [], 1)


async def test_our_own_message_is_a_sign_of_life() -> None:
    """It is nobody's answer, but it shows that events still come."""
    calls = Calls()
    assert await calls.take("our own message") == {}
    assert (calls.echoes, calls.inbox.updates) == (1, [])
    await calls.take("text")
    assert (calls.echoes, len(calls.inbox.updates)) == (1, 1)


async def test_a_failure_in_the_apps_own_matters_ends_there(caplog: pytest.LogCaptureFixture) -> None:
    """The log names its kind and nothing of what was said."""
    calls = Calls(OSError("salaisuus"))
    assert await calls.take("window button") == {}
    assert "OSError" in caplog.text
    assert "salaisuus" not in caplog.text


async def test_withheld_events_are_told(caplog: pytest.LogCaptureFixture) -> None:
    """The admin learns that Slack keeps events back."""
    assert await Calls().take("rate limited") == {}
    assert "Slack holds back events" in caplog.text

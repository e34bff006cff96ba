"""The getUpdates loop: take in, have it committed, and only then confirm.

It waits out whatever the network, the platform or our own store does, and ends only when cancelled or when
the token is refused. It looks at no more of an update than its id and its chat.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from telegram.error import Conflict, InvalidToken, TelegramError

from adapters.base import Receive
from adapters.telegram.errors import error
from adapters.telegram.translate import ALLOWED_UPDATES, raw_update
from bot.engine.messages import RawUpdate
from bot.errors import Problem, UserError

POLL_SECONDS: Final = 50
"""How long an empty poll stays open: the server's own maximum."""
POLL_READ_SECONDS: Final = POLL_SECONDS + 10.0
"""Silence after which a poll is given up and begun again."""
BATCH: Final = 100
"""The server's maximum for one call."""
FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 15.0
"""Seconds; the bounds of the back-off. The server keeps button presses for 150 seconds only."""
CONFLICT_WAITS: Final = (1.0, 30.0, 30.0, 30.0)
"""Seconds in which another poller of the same token is waited out before standing by. The first wait is for a
process that we have just replaced: it polls once more before it notices.
"""
STAND_BY: Final = 600.0
"""Seconds between tries while another program holds the token."""

_log: Final = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[object]]
GetUpdates = Callable[[dict[str, object]], Awaitable[Sequence[msgspec.Raw]]]
"""Calls getUpdates with these parameters. Raises what TROUBLE lists."""

TROUBLE: Final = (TelegramError, LookupError, TypeError, ValueError)
"""What a call may raise that waiting can mend."""


def token_refused(problem: BaseException) -> bool:
    """Tell whether Telegram itself refused the token; a 404 page of a proxy does not count."""
    return isinstance(problem, InvalidToken) and not isinstance(problem.__cause__, TelegramError)


def refusal() -> UserError:
    """The error that stops the platform: nothing but another token helps."""
    return UserError(
        Problem(
            message="Telegram refuses the bot's token.",
            path="telegram.token",
            advice="Copy it once more from @BotFather, and check telegram.base_url.",
        )
    )


@dataclass(slots=True)
class Backoff:
    """Waits that double from FIRST_WAIT to LONGEST_WAIT, shortened by chance so that none march in step."""

    chance: random.Random
    failures: int = 0

    def wait(self) -> float:
        """Seconds to wait after one more failure."""
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0**self.failures)
        self.failures = min(self.failures + 1, 10)
        return longest * (1 + self.chance.random()) / 2

    def reset(self) -> None:
        """It worked again."""
        self.failures = 0


class Poller:
    """The loop and its offset. ``heard`` is called after every poll that the server answered."""

    def __init__(
        self,
        get_updates: GetUpdates,
        receive: Receive,
        *,
        backoff: Backoff,
        heard: Callable[[], None],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._get_updates = get_updates
        self._receive = receive
        self._backoff = backoff
        self._heard = heard
        self._sleep = sleep
        self._offset: int | None = None
        self._conflicts = 0

    async def run(self) -> None:
        """Poll until cancelled. Raises UserError once the token is refused."""
        while True:
            await self._sleep(await self._turn())

    async def _turn(self) -> float:
        """Poll once; return the seconds to wait before the next poll."""
        try:
            bodies = await self._get_updates(self._parameters())
        except Conflict:
            return self._step_back()
        except TROUBLE as problem:
            return self._wait_out(problem)
        self._heard()
        self._conflicts = 0
        updates = [raw_update(bytes(body)) for body in bodies]
        if updates and not await self._committed(updates):
            return self._backoff.wait()
        if self._backoff.failures:
            _log.info("Telegram answers again.")
        self._backoff.reset()
        return 0.0

    def _parameters(self) -> dict[str, object]:
        # At boot there is no offset: the server gives what nobody has confirmed yet.
        offset = {} if self._offset is None else {"offset": self._offset}
        return {"timeout": POLL_SECONDS, "limit": BATCH, "allowed_updates": ALLOWED_UPDATES, **offset}

    async def _committed(self, updates: Sequence[RawUpdate]) -> bool:
        try:
            await self._receive(updates)
        except Exception as problem:  # noqa: BLE001 - whatever the store says, the answer is the same
            # The next poll asks for the same updates again. No text: a store's error may quote what it kept.
            _log.error("%d updates could not be stored: %s", len(updates), type(problem).__name__)
            return False
        numbers = [update.external_id for update in updates if update.external_id.isdecimal()]
        if not numbers:
            return False
        # The last, not the greatest: after an idle week Telegram's ids may begin again lower.
        self._offset = int(numbers[-1]) + 1
        return True

    def _step_back(self) -> float:
        self._conflicts += 1
        if self._conflicts <= len(CONFLICT_WAITS):
            _log.warning("Another program polls with this bot's token.")
            return CONFLICT_WAITS[self._conflicts - 1]
        _log.error("Another program keeps polling with this bot's token: standing by.")
        return STAND_BY

    def _wait_out(self, problem: Exception) -> float:
        if token_refused(problem):
            raise refusal() from None
        meaning = error(problem)
        if not self._backoff.failures:
            _log.warning("Telegram cannot be polled: %s %s", meaning.code, meaning.detail)
        return meaning.retry_after or self._backoff.wait()

"""Who a Slack person is: name, language and time zone from ``users.info``, asked once and remembered.

A profile is a convenience. It is never waited for long, and its failing never holds a message up: the person
then has none this time, and the answer that comes later serves the next message.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from weakref import WeakValueDictionary

import msgspec

from adapters.slack.errors import error
from adapters.slack.payload import Raw, text
from adapters.slack.translate import PROFILE
from bot.engine.messages import Failure, Profile

WAIT: Final = 0.5
"""Seconds that a message waits for its sender's profile: the receipt as a whole has two."""
KEEP: Final = 6 * 3600.0
"""Seconds a profile is believed."""
FORGET_FAILURE: Final = 300.0
"""Seconds before a person is asked about again after a failure."""
PEOPLE: Final = 10_000
"""Most profiles remembered, some 2 MB."""
AT_ONCE: Final = 20
"""Most questions under way: ``users.info`` takes a good hundred a minute (tier 4)."""

Ask = Callable[[str], Awaitable[Mapping[str, object]]]
"""The ``user`` object of ``users.info`` for a person's id. Raises what Slack's library raises."""


class Profiles:
    """The profiles of one workspace's people."""

    def __init__(self, ask: Ask, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, Profile]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Profile]] = {}
        self._hold_until = 0.0
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def of(self, person: str) -> Profile:
        """Return what is known of this person after at most ``WAIT`` seconds. Raises nothing.

        Answers come in the order of the questions, so that a person's messages keep theirs.
        """
        turn = self._turns.get(person)
        if turn is None:
            turn = self._turns[person] = asyncio.Lock()
        async with turn:
            return await self._of(person)

    async def _of(self, person: str) -> Profile:
        until, known = self._known.get(person, (0.0, Profile()))
        now = self._clock()
        if now < until or now < self._hold_until:
            return known
        asking = self._asking.get(person)
        if asking is None:
            if len(self._asking) >= AT_ONCE:
                return known
            asking = asyncio.create_task(self._learn(person, known))
            self._asking[person] = asking
        await asyncio.wait({asking}, timeout=WAIT)
        return asking.result() if asking.done() else known

    async def close(self) -> None:
        """Give up what is still being asked."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _learn(self, person: str, known: Profile) -> Profile:
        try:
            found = profile(await self._ask(person))
        except Exception as exception:  # noqa: BLE001 - whatever it is, a message must not fail for a profile
            self._remember(person, known, FORGET_FAILURE)
            failed = error(exception)
            if failed.failure in (Failure.RETRY, Failure.STOP):
                self._hold_until = self._clock() + (failed.retry_after or FORGET_FAILURE)
            return known
        finally:
            del self._asking[person]
        self._remember(person, found, KEEP)
        return found

    def _remember(self, person: str, found: Profile, seconds: float) -> None:
        self._known[person] = (self._clock() + seconds, found)
        self._known.move_to_end(person)
        if len(self._known) > PEOPLE:
            self._known.popitem(last=False)


def profile(user: Raw) -> Profile:
    """Return what the ``user`` object of ``users.info`` says, asked with ``include_locale``."""
    shown = text(user, "profile", "display_name") or text(user, "profile", "real_name")
    return Profile(
        name=(shown or text(user, "real_name")).strip() or None,
        language=text(user, "locale").partition("-")[0].lower() or None,
        zone=text(user, "tz") or None,
    )


def with_profile(body: bytes, said: Profile) -> bytes:
    """Return the JSON object with the sender's profile in it, so that ``to_inbound`` needs no memory."""
    told = {key: value for key in ("name", "language", "zone") if (value := getattr(said, key))}
    if not told:
        return body
    return b'%b,"%b":%b}' % (body.rstrip()[:-1], PROFILE.encode(), msgspec.json.encode(told))

"""The contract of a platform: what an adapter must do, what it must tell, and how text is made to fit.

Pure. An adapter is two pure translations (``to_inbound``, ``to_platform``) and one small class that talks.
Adapters never import one another and never see the database: they get a ``receive`` callable and return
once it has committed.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from bot.engine.messages import Inbound, Outgoing, RawUpdate, Receipt, SendError

Receive = Callable[[Sequence[RawUpdate]], Awaitable[None]]
"""Store these updates for good. Returning means committed; raising means: do not confirm to the platform."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a platform takes. Lengths are UTF-16 units where ``utf16`` is set, else code points."""

    text: int
    buttons: int
    buttons_per_row: int
    label: int
    token_bytes: int
    utf16: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """The platform was read back, and the message is surely not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of ``kuulolla doctor``: what was looked at, how it stands, and what to do."""

    subject: str
    state: Literal["ok", "warning", "problem"]
    message: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class NotFetched:
    """A file that did not come. ``reason`` is a short stable word, without an address in it."""

    reason: str
    again: bool
    """Whether it may come another time."""


@runtime_checkable
class Fetching(Protocol):
    """An adapter from whose platform files can be fetched."""

    async def fetch(self, source: str, most: int) -> bytes | NotFetched:
        """The file behind ``Attachment.source``, of at most so many bytes. Never raises, never logs an
        address.
        """


class Adapter(Protocol):
    """One account on one platform."""

    @property
    def platform(self) -> str:
        """The first part of its addresses: ``telegram``, ``slack``, ``console``."""

    @property
    def account(self) -> str:
        """Known after ``connect``: Telegram's bot id, Slack's team id."""

    @property
    def limits(self) -> Limits:
        """What the platform takes."""

    @property
    def entry(self) -> str:
        """The address by which people begin, known after ``connect``; empty where there is none.

        ``{token}`` stands where a word of ours is carried; an address without it carries none.
        """

    def to_inbound(self, body: bytes) -> Inbound | None:
        """What a stored update means; None for what is nothing for us. Never raises."""

    async def connect(self) -> None:
        """Reach the platform and learn ``account``. Raises ``bot.errors.UserError`` for a refused token."""

    async def run(self, receive: Receive) -> None:
        """Take in updates until cancelled. Network trouble is waited out here, never raised."""

    async def send(self, outgoing: Outgoing) -> Receipt | SendError:
        """Put one message on the wire, once. Never raises for what the platform or the network does."""

    async def look_up(self, outgoing: Outgoing) -> Receipt | Absent | None:
        """Where sent messages can be read back: was this one delivered? None: it cannot be told.

        Only ``Absent`` may be taken for "not sent": a failed look and a platform without history give None.
        """

    async def check(self) -> list[Finding]:
        """Look at token, webhook, scopes and clock for ``kuulolla doctor``."""

    async def close(self) -> None:
        """Close every connection."""

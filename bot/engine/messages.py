"""Neutral messages: what every platform turns into on the way in, and what the bot says on the way out.

Everything here is a frozen value. Nothing in this module knows a platform, a database or a clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Literal

InboundKind = Literal[
    "text", "tap", "command", "form", "media", "edit", "reaction", "home", "blocked", "unblocked"
]
"""What a member did.

``text`` wrote words; ``tap`` pressed a button (``token``); ``command`` used a platform command (``text`` is
its name without the slash, ``argument`` the rest; a deep link is ``start`` with its payload);
``form`` submitted a modal (``fields``, ``token`` names the prompt); ``media`` sent anything that is not words
(``text`` names it: sticker, photo, voice, …); ``edit`` changed an earlier message; ``reaction`` put an emoji
(``text``) on a message of ours; ``home`` opened the page of their own that a platform shows; ``blocked`` and
``unblocked`` tell that the address cannot, or can again, be written to.
"""


HOME: Literal["home"] = "home"
"""The ``ref`` of a person's own page on a platform that shows one (Slack's Home tab)."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a platform says about a person. Every field may be missing; zone is an IANA name."""

    name: str | None = None
    language: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Something sent that is not words, as far as the platform tells. It is looked at, never trusted."""

    source: str = ""
    """The platform's own id of the file, with which it can be fetched."""
    name: str = ""
    mime: str = ""
    size: int = 0
    """Bytes; 0 where it is not told."""
    seconds: int = 0
    """Length of a recording."""
    latitude: float | None = None
    longitude: float | None = None
    phone: str = ""
    """The number of a shared contact, if it is the sender's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One thing a member did, on any platform."""

    platform: str
    account: str
    """Which bot account of ours received it: Telegram's bot id, Slack's team id."""
    external_id: str
    """The platform's own id of this update; unique per (platform, account)."""
    address: str
    """Who: ``telegram:123``, ``slack:T1:U2``, ``console:maija``."""
    chat: str
    """Where an answer goes: Telegram's chat id, Slack's channel id."""
    kind: InboundKind
    text: str = ""
    argument: str = ""
    token: str = ""
    """The data of the pressed button, exactly as it came. It is looked up, never trusted."""
    ref: str = ""
    """The platform's id of a message: the one that carried the button or the reaction, was edited, or
    carried the words themselves."""
    emoji: str = ""
    """What a sticker stands for, where the platform says so."""
    interaction: str = ""
    """A short-lived handle for answering a tap: callback query id, trigger id."""
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attachment: Attachment | None = None
    """What a ``media`` message carries."""
    caption: str = ""
    """The words beside it."""
    sent_at: datetime | None = None
    """The platform's own time, aware UTC. Deadlines use our time of receipt, never this."""
    profile: Profile = Profile()


@dataclass(frozen=True, slots=True, kw_only=True)
class RawUpdate:
    """One platform update as it came, before anybody has looked inside. This is what the inbox stores."""

    external_id: str
    chat: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Button:
    """One thing a member may press. ``token`` is at most 64 bytes; ``label`` is plain text."""

    token: str
    label: str
    chosen: bool = False
    """A toggled choice of a multiple selection that is still open."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file for a member: its name, its media type, and its content, which is always text."""

    name: str
    media: str
    content: str


Layout = Literal["rows", "scale", "inline"]
"""``rows``: one button per row unless short; ``scale``: in order, 0-10 as two rows; ``inline``: in a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """One message to a member: plain text (never markup), buttons, and what kind of reply is awaited."""

    text: str
    buttons: tuple[Button, ...] = ()
    """The answers on offer."""
    controls: tuple[Button, ...] = ()
    """Skip, back, done, prefer not to say: shown after the answers, in a row of their own."""
    layout: Layout = "rows"
    form: Literal["", "long_text", "multiple"] = ""
    """A platform with modals (Slack) may open one for this prompt; the ``form`` inbound answers it."""
    form_token: str = ""
    """The token that a submitted form carries back."""
    document: Document | None = None
    """A file that goes along; the text is then its caption, and there are no buttons."""
    photo: str = ""
    """The platform's own id of a picture that was sent to us, to be sent on; the text is its caption."""


class Delivery(Enum):
    """How often a message may reach the person when the network leaves us in doubt."""

    QUESTION = "Q"
    """At least once, at most two copies; both copies carry the same tokens."""
    EDIT = "E"
    """At least once; repeating it changes nothing."""
    ACKNOWLEDGE = "C"
    """The answer to a tap: at most once, worthless after ten seconds."""
    INVITE = "I"
    """Invites and reminders: at most once."""
    FILE = "F"
    """What a person asked for about themselves, as a file: at most once."""
    ALERT = "A"
    """To an admin: at least once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A claimed outbox row: what an adapter is asked to do on the wire, once."""

    key: str
    """The outbox key. Slack carries it as message metadata, so that a lost answer can be looked up."""
    delivery: Delivery
    chat: str
    op: Literal["send", "edit", "acknowledge"]
    message: Outbound
    ref: str = ""
    """For ``edit``: the platform id of the message to change. For ``acknowledge``: the interaction."""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform took it. ``ref`` is the platform's id of the message (empty where there is none)."""

    ref: str = ""


class Failure(Enum):
    """What a refused or doubtful send means, the same small set for every platform."""

    RETRY = "retry"
    """Surely not sent; try again, not before ``retry_after``."""
    AMBIGUOUS = "ambiguous"
    """Perhaps sent; what happens next depends on the Delivery class."""
    PERMANENT = "permanent"
    """Surely not sent, and trying again will not help."""
    STOP = "stop"
    """Our account itself is refused: halt this platform and tell the admin."""
    DROP = "drop"
    """Too late to matter: forget it."""
    DONE = "done"
    """The wanted state holds already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendError:
    """A send that did not simply succeed. A value, not an exception: delivery matches on ``failure``."""

    failure: Failure
    code: str
    """A short stable word for logs, rows and the admin's list, such as ``blocked`` or ``read_timeout``."""
    detail: str = ""
    """One line for the admin. Never holds a secret or a member's words."""
    retry_after: float | None = None
    """Seconds."""
    unreachable: bool = False
    """This address cannot be written to any more (blocked, deactivated)."""
    moved_to: str | None = None
    """The chat lives on under this id; the send is to be repeated there."""
    send_as_new: bool = False
    """The message to edit is gone; send it as a new one."""
    hold_account: bool = False
    """``retry_after`` binds the whole account, not only this chat."""

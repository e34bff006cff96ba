"""What the policy may know of a person: the ledger as one frozen value, and what is being asked of it.

Built by ``storage.ledger`` from rows; made by hand in tests. Times are aware UTC. No rule stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from scheduler.surveys import ExemptClass, Hours, Kind, Tighten

Preference = Literal["less", "normal", "more"]
Contact = Literal["invite", "piggyback", "reminder", "results", "dormant_check"]
"""``piggyback`` is an invite offered to somebody who has just finished something with the bot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """One person over all platforms: contacts, outcomes, preferences and burden up to now."""

    person: int
    stopped: bool = False
    """Said stop, or blocked the bot on every address."""
    reachable: bool = True
    """Has an address that can be written to."""
    paused_until: datetime | None = None
    """End of a snooze or of a "not now"."""
    dormant: bool = False
    preference: Preference = "normal"
    zone: str | None = None
    hours: Hours | None = None
    """The person's own hours; they replace the organisation's window."""
    quiet_days: frozenset[int] = frozenset()
    """Days of the week on which the person wants no message; 0 is Monday."""
    left_topics: frozenset[str] = frozenset()
    """Topics about which the person wants no more questions."""
    invites: tuple[datetime, ...] = ()
    """Delivered (or possibly delivered) invites of the last 365 days, oldest first, event pulses included."""
    messages: tuple[datetime, ...] = ()
    """Invites, reminders and results messages of the last 7 days, oldest first."""
    contacts: tuple[datetime, ...] = ()
    """All messages begun by the bot in the last 7 days, for the hard floor."""
    reserved_invites: int = 0
    """Invites planned and not yet sent, other than the one in question."""
    reserved_messages: int = 0
    reserved_burden: float = 0.0
    ignored_in_row: int = 0
    outcome: Literal["", "completed", "partial", "abandoned", "not_now", "declined", "ignored"] = ""
    """How the last session or contact ended."""
    outcome_at: datetime | None = None
    outcomes: Mapping[str, datetime] = field(default_factory=dict)
    """The last moment of each kind of outcome, so that a milder later one cuts no earlier rest short."""
    in_session: bool = False
    session_until: datetime | None = None
    """When the open session ends by itself at the latest; None: it has no such end, or it is unknown."""
    asked_survey: Mapping[str, datetime] = field(default_factory=dict)
    """The last invite of each survey."""
    asked_waves: frozenset[int] = frozenset()
    """Waves in which the person was invited already."""
    declined_waves: frozenset[int] = frozenset()
    burden: float = 0.0
    burden_at: datetime | None = None
    group_invites: tuple[datetime, ...] = ()
    """Invites to others of the same household or board in the last 30 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One contact that is wanted: what ``decide`` is asked about."""

    survey: str
    wave: int | None
    kind: Kind = "census"
    contact: Contact = "invite"
    exempt: ExemptClass = ""
    cost: float = 1.0
    """Estimated burden in points, the contact itself included."""
    good_until: datetime | None = None
    topic: str = ""
    """What the survey is about, where people may leave that by itself."""
    recontact_days: float = 0
    tighten: Tighten = Tighten()
    in_audience: bool = True
    eligible: bool = True
    enough_answers: bool = False
    own_session: bool = False
    """A reminder for the session that is open: that session does not stand in its way."""

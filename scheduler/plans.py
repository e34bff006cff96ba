"""What goes into the planner and what comes out of it, as plain values. Nothing is decided here.

Times are aware UTC. The service makes the first half from rows and turns the second half into rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from scheduler.ledger import Ledger
from scheduler.surveys import Survey
from scheduler.verdicts import Finding, Reason

Action = Literal["drop", "defer", "substitute"]
"""What becomes of a suppressed contact: forgotten, kept for a later tick, or given to the next in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWave:
    """A wave as the planner needs it. One that opens only later takes part as a shadow (see ``plan``)."""

    id: int
    survey: Survey
    opens: datetime
    closes: datetime
    cost: float
    """Points of one invite and the answers it asks for (``burden.invite_points``)."""
    since: datetime | None = None
    """From when on an invite goes stale: the end of the encounter it asks about. None: each wanted moment."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """The audience by stratum, whether free or not, as it was fixed at opening. Needed for a sample only."""
    invitations: int = 0
    """Of a sample: invitations the wave wants altogether, by the newest response rate."""
    invited: int = 0
    """Of these, planned or sent before today, by the organisation's clock."""
    invited_today: int = 0
    """Of these, planned or sent today, so that planning again on the same day adds nobody."""
    shortfall: float = 0.0
    """Missing answers ÷ wanted, for the order among equals."""
    enough_answers: bool = False
    spread: timedelta = timedelta()
    """Invites are strewn over so long after the wanted moment."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A person's part in a wave: a row of its audience that is not planned, asked or dropped yet."""

    wave: int
    at: datetime
    """The wanted moment: the opening, the end of an encounter and its delay, so long after joining."""
    stratum: str = ""
    eligible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A person with everything that may be wanted of them. The ledger is the newest one."""

    ledger: Ledger
    wanted: tuple[Wanted, ...]
    turn: int = 0
    prn: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedContact:
    """An invite to reserve and to send at ``at``, if the policy still agrees then."""

    person: int
    wave: int
    survey: str
    at: datetime
    reason: Reason = Reason.SELECTED
    probability: float = 1.0
    """Of being drawn in this tick. Over a wave it is 1 − Π(1 − π) of the ticks the person took part in."""
    stratum: str = ""
    cost: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """An invite that was wanted and does not go out in this tick, and why."""

    person: int
    wave: int
    survey: str
    reason: Reason
    mask: int = 0
    earliest: datetime | None = None
    action: Action
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A stratum of a sample that has fewer free people than places today."""

    wave: int
    stratum: str
    wanted: int
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one tick does. In a fixed order: fires by moment, wave, person; the others by wave, person."""

    fires: tuple[PlannedContact, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    quotas: Mapping[int, int] = field(default_factory=dict)
    """Places of each open sample today."""

"""What goes into the planner and what comes out of it, as plain values. Nothing is decided here.

Waves are values of their own; their people are rows of a ``Crowd``, in columns. Times of waves are aware UTC,
those in columns microseconds since 1970. The service makes the first half from rows and turns the second half
into rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

import numpy as np

from scheduler.crowd import Codes, Flags, Moments, Numbers, Points
from scheduler.drawing import Lot
from scheduler.sieve import Mask, Sieved, Verdicts
from scheduler.surveys import Survey
from scheduler.verdicts import Reason

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
    lot: Lot = Lot()
    """Of a sample: how people are drawn."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Enrolled:
    """The part of a wave's audience that waits: not planned, asked or dropped yet. A line in every column."""

    wave: OpenWave
    rows: Numbers
    """Places in the crowd, growing."""
    at: Moments
    """The wanted moment: the opening, the end of an encounter and its delay, so long after joining."""
    stratum: Codes
    """Place in ``strata``."""
    strata: tuple[str, ...] = ("",)
    eligible: Flags
    taken_part: Flags
    """Invited in this wave already, or declined it."""

    def take(self, lines: Numbers | Flags) -> "Enrolled":
        """These lines alone."""
        return Enrolled(
            wave=self.wave,
            rows=self.rows[lines],
            at=self.at[lines],
            stratum=self.stratum[lines],
            strata=self.strata,
            eligible=self.eligible[lines],
            taken_part=self.taken_part[lines],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Invites to reserve and to send at ``at``, if the policy still agrees then: by moment, wave, person."""

    rows: Numbers
    wave: Numbers
    at: Moments
    stratum: tuple[str, ...]
    probability: Points
    """Of being drawn in this tick. Over a wave it is 1 − Π(1 − π) of the ticks the person took part in."""

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(eq=False)
class Left:
    """Those of one open wave who are not asked in this tick, and why; a line for each of them.

    What is said of many is put together when somebody wants to know.
    """

    due: Enrolled
    """Everybody who was looked at."""
    lines: Numbers
    """Those of them who are not asked."""
    elsewhere: Flags
    """Those whom a survey that goes first has taken."""
    action: Action
    drawn: Mapping[str, int]
    """By stratum: how many were drawn in this tick."""
    judge: Callable[[], Sieved]
    """The verdicts on everybody who was looked at."""

    @cached_property
    def verdicts(self) -> Sieved:
        """What stands against each who was looked at."""
        return self.judge()

    @cached_property
    def reason(self) -> Verdicts:
        """*The* reason of each."""
        found = self.verdicts.reason[self.lines]
        others = np.where(self.elsewhere, Reason.TAKEN_BY_HIGHER_PRIORITY, Reason.NOT_DRAWN)
        return np.where(found == 0, others, found).astype(np.uint8)

    @cached_property
    def enrolled(self) -> Enrolled:
        """They as part of the wave."""
        return self.due.take(self.lines)

    @cached_property
    def at(self) -> Moments:
        """When they would have been asked."""
        return self.verdicts.at[self.lines]

    @cached_property
    def mask(self) -> Mask:
        """All rules that fail, as bits; 0 for those who were free."""
        return self.verdicts.mask[self.lines]

    @cached_property
    def earliest(self) -> Moments:
        """When that may change by itself; NONE: there is no such date."""
        return self.verdicts.earliest[self.lines]

    @cached_property
    def dropped(self) -> Flags:
        """Forgotten; the others are looked at again by a later tick. A census waits for what may pass."""
        if self.action == "defer":
            return self.verdicts.final(self.due.taken_part)[self.lines]
        return np.full(len(self.lines), self.action == "drop")


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A stratum of a sample that has fewer free people than places today."""

    wave: int
    stratum: str
    wanted: int
    found: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """What one tick does."""

    chosen: Chosen
    left: tuple[Left, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    quotas: Mapping[int, int] = field(default_factory=dict)
    """Places of each open sample today."""

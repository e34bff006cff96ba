"""What goes wrong on purpose in a rehearsal: seeded lost answers, refusals, outages and repeats."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

Fate = Literal["", "lost_before", "lost_after", "refused", "outage", "hang_before", "hang_after"]
"""What befalls a send. ``lost_*``: the answer is lost, before or after the message arrived; ``hang_*``: no
answer comes any more, as the process is about to die.
"""

LOST: Final = 0.004
"""Chance of each of the two ways to lose a platform's answer."""
REFUSED: Final = 0.02
REPEATED: Final = 0.03
"""Chance that an update comes a second time."""
OUTAGE: Final = timedelta(hours=3)
OUTAGES: Final = 2
"""On each platform, in 30 days."""


@dataclass(slots=True)
class Weather:
    """The faults of one platform between two moments (aware UTC)."""

    chance: random.Random
    begins: datetime
    ends: datetime
    dying: bool = False
    """Whether the process is about to be killed."""
    _outages: list[tuple[datetime, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        length = self.ends - self.begins
        for _ in range(max(1, round(OUTAGES * length / timedelta(days=30)))):
            begins = self.begins + length * self.chance.random()
            self._outages.append((begins, begins + OUTAGE * self.chance.uniform(0.2, 1.5)))

    def fate(self, now: datetime) -> Fate:
        """What befalls the send of this moment."""
        draw = self.chance.random()
        if self.dying:
            return "hang_before" if draw < 0.5 else "hang_after"  # noqa: PLR2004 - either
        if any(begins <= now < ends for begins, ends in self._outages):
            return "outage"
        for share, fate in ((LOST, "lost_before"), (LOST, "lost_after"), (REFUSED, "refused")):
            if draw < share:
                return fate  # type: ignore[return-value]  # each is a Fate
            draw -= share
        return ""

    def repeats(self) -> bool:
        """Whether the platform tells an update twice."""
        return self.chance.random() < REPEATED

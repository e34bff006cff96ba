"""How patient the adapter is with Slack and the network. Values only."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds of patience."""

    receive: float = 2.0
    """For taking in one payload, the commit included: Slack gives up after three."""
    ping: float = 10.0
    """Between two pings; a socket that answers none is given up after one and a half."""
    open: float = 10.0
    """To connect and be greeted."""
    look: float = 1.0
    """Between two looks at whether the socket is still there."""
    finish: float = 2.5
    """For what is being taken in when a connection is closed."""
    first: float = 1.0
    longest: float = 30.0
    """Bounds of the waits between failed tries."""
    hold: float = 30.0
    """After Slack refused a connection: no more than one try in this time."""
    stagger: float = 20.0
    """The second connection comes so much later, so that Slack does not ask to renew both at once."""
    silence: float = 90.0
    """Without the echo of a message we sent, after which the connections are taken for dead."""
    watch: float = 15.0
    """Between two looks for such a silence."""

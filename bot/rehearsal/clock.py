"""A clock that stands still until it is moved, and then only forward."""

from datetime import datetime


class VirtualClock:
    """Calling it gives the present virtual moment, aware UTC."""

    def __init__(self, begins: datetime) -> None:
        self._now = begins

    def __call__(self) -> datetime:
        """The present virtual moment."""
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Go to this moment; an earlier one is ignored."""
        self._now = max(self._now, moment)

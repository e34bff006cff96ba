"""A note: said and not asked. The flow goes on at once."""

from typing import Final


class Note:
    """What a note has: the seconds it takes to read."""

    seconds: Final = 3

"""What an invite costs a person in points: the contact, and the longest way through the flow behind it.

Branches that no one person can take together are not added up; ``kuulolla check`` reckons in the same way.
"""

from functools import partial
from typing import Final

from bot.engine.flow import Flow
from bot.engine.paths import measure
from scheduler import burden
from scheduler.surveys import Policy

KEPT: Final = 512
"""Flow versions in use at the same time."""

_measured: Final[dict[tuple[int, int], tuple[Flow, Policy, float]]] = {}


def invite(policy: Policy, flow: Flow, *, heavy: bool = False) -> float:
    """The points of an invite. Ways are measured once for each flow and policy."""
    key = id(flow), id(policy)
    known = _measured.get(key)
    if known is None or known[0] is not flow or known[1] is not policy:
        if len(_measured) >= KEPT:
            _measured.clear()
        seconds = measure(flow, partial(burden.question_seconds, policy)).longest_seconds
        known = _measured[key] = flow, policy, seconds
    return policy.points_contact + burden.points(policy, known[2], heavy=heavy)

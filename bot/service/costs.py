"""What an invite costs a person in points: the contact, and the longest way through the flow behind it.

Branches that no one person can take together are not added up; ``kuulolla check`` reckons in the same way.
"""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from bot.engine.flow import Flow, Question
from bot.engine.paths import measure
from scheduler import burden
from scheduler.surveys import Policy

KEPT: Final = 512
"""Flow versions in use at the same time."""

NOTHING: Final[Mapping[str, float]] = MappingProxyType({})

_measured: Final[dict[tuple[int, int, int], tuple[Flow, Policy, Mapping[str, float], float]]] = {}


def invite(
    policy: Policy, flow: Flow, *, heavy: bool = False, learned: Mapping[str, float] = NOTHING
) -> float:
    """The points of an invite. Ways are measured once for each flow and policy.

    ``learned`` has the seconds that questions of this flow really take; the others take those of their type.
    """
    key = id(flow), id(policy), id(learned)
    known = _measured.get(key)
    if known is None or any(a is not b for a, b in zip(known, (flow, policy, learned), strict=False)):
        if len(_measured) >= KEPT:
            _measured.clear()
        seconds = measure(flow, partial(_seconds, policy, learned)).longest_seconds
        known = _measured[key] = flow, policy, learned, seconds
    return policy.points_contact + burden.points(policy, known[3], heavy=heavy)


def _seconds(policy: Policy, learned: Mapping[str, float], question: Question) -> float:
    return learned.get(question.id) or burden.question_seconds(policy, question)

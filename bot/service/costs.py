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
from scheduler.surveys import Policy, Survey

KEPT: Final = 512
"""Flow versions in use at the same time."""

NOTHING: Final[Mapping[str, float]] = MappingProxyType({})

Forms = tuple[tuple[str, ...], ...]

_measured: Final[dict[tuple[int, int, int, Forms], tuple[Flow, Policy, Mapping[str, float], float]]] = {}


def invite(policy: Policy, flow: Flow, survey: Survey, *, learned: Mapping[str, float] = NOTHING) -> float:
    """The points of an invite; of split forms the longest. Ways are measured once.

    ``learned`` has the seconds that questions of this flow really take; the others take those of their type.
    """
    key = id(flow), id(policy), id(learned), survey.forms
    known = _measured.get(key)
    if known is None or any(a is not b for a, b in zip(known, (flow, policy, learned), strict=False)):
        if len(_measured) >= KEPT:
            _measured.clear()
        known = _measured[key] = flow, policy, learned, seconds(policy, flow, survey, learned)
    return policy.points_contact + burden.points(policy, known[3], heavy=survey.heavy)


def seconds(policy: Policy, flow: Flow, survey: Survey, learned: Mapping[str, float] = NOTHING) -> float:
    """The longest way through the flow, by the longest of the survey's forms."""
    forms = [survey.left_out(form) for form in range(len(survey.forms))] or [frozenset[str]()]
    return max(
        measure(flow, partial(_seconds, policy, learned, left_out)).longest_seconds for left_out in forms
    )


def _seconds(
    policy: Policy, learned: Mapping[str, float], left_out: frozenset[str], question: Question
) -> float:
    if question.id in left_out:
        return 0.0
    return learned.get(question.id) or burden.question_seconds(policy, question)

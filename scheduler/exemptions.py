"""Which rules are asked of which contact, and which an exempt class may pass: two closed tables.

There is no other way around a rule: no "send now", no exception for recurring surveys. The hard floor of the
sender stands above every class.
"""

from collections.abc import Mapping
from typing import Final

from scheduler.ledger import Contact
from scheduler.rules import RULES, Rule
from scheduler.surveys import ExemptClass
from scheduler.verdicts import Reason

ALL: Final = frozenset(RULES)

APPLIES: Final[Mapping[Contact, frozenset[Reason]]] = {
    "invite": ALL,
    # Whoever is here is not interrupted: no hours to keep, and no message that counts.
    "piggyback": ALL - {Reason.SEND_WINDOW, Reason.CAP_MESSAGES},
    # A reminder is no second invite, and it still goes out when a wave has answers enough.
    "reminder": ALL
    - {
        Reason.MIN_GAP,
        Reason.CAP_1D,
        Reason.CAP_30D,
        Reason.CAP_365D,
        Reason.RESERVED_FOR_SAMPLE,
        Reason.GROUP_CAP,
        Reason.ENOUGH_ANSWERS,
    },
    # What was done with the answers is owed to those who gave them.
    "results": frozenset({
        Reason.OPT_OUT,
        Reason.PAUSED,
        Reason.DORMANT,
        Reason.UNREACHABLE,
        Reason.IN_SESSION,
        Reason.CAP_MESSAGES,
        Reason.SEND_WINDOW,
        Reason.TOO_LATE,
    }),
    # "Shall we keep asking?", once, to somebody who has been silent for long.
    "dormant_check": frozenset({
        Reason.OPT_OUT,
        Reason.PAUSED,
        Reason.DORMANT,
        Reason.UNREACHABLE,
        Reason.ALREADY_ASKED,
        Reason.IN_SESSION,
        Reason.CAP_MESSAGES,
        Reason.BURDEN,
        Reason.SEND_WINDOW,
        Reason.TOO_LATE,
    }),
}  # fmt: skip

CAPS: Final = frozenset({
    Reason.CAP_1D,
    Reason.CAP_30D,
    Reason.CAP_365D,
    Reason.CAP_MESSAGES,
    Reason.RESERVED_FOR_SAMPLE,
    Reason.GROUP_CAP,
})  # fmt: skip
GAPS: Final = frozenset({Reason.QUARANTINE, Reason.MIN_GAP})

PASSES: Final[Mapping[ExemptClass, frozenset[Reason]]] = {
    "": frozenset(),
    # A reply, a receipt, a privacy notice.
    "service": ALL,
    # The person came to us, so what keeps us from coming to them is moot. Stop stays until taken back.
    "self": CAPS
    | GAPS
    | {
        Reason.PAUSED,
        Reason.DORMANT,
        Reason.UNREACHABLE,
        Reason.ALREADY_ASKED,
        Reason.SEND_WINDOW,
        Reason.ENOUGH_ANSWERS,
    },
    "safety": CAPS | GAPS | {Reason.BURDEN, Reason.SEND_WINDOW},
    # A legal notice keeps the daily, yearly and message caps; its own gap takes the place of the rests.
    "statutory": frozenset({
        Reason.QUARANTINE,
        Reason.CAP_30D,
        Reason.RESERVED_FOR_SAMPLE,
        Reason.GROUP_CAP,
        Reason.BURDEN,
    }),
}  # fmt: skip


def _ordered(contact: Contact, exempt: ExemptClass) -> tuple[Rule, ...]:
    return tuple(RULES[reason] for reason in sorted(APPLIES[contact] - PASSES[exempt]))


APPLICABLE: Final[Mapping[tuple[Contact, ExemptClass], tuple[Rule, ...]]] = {
    (contact, exempt): _ordered(contact, exempt) for contact in APPLIES for exempt in PASSES
}
"""The rules that are asked, in order, for each kind of contact and exempt class."""

"""A verdict in one English sentence for the admin: which rule, what was found, what is allowed, until when.

The only place where these sentences are built. Persons read the bot's own texts, in their own language.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Final

from scheduler.verdicts import Finding, Go, Later, Reason, Verdict

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""English whatever the locale of the machine."""


def sentence(verdict: Verdict, zone: tzinfo, now: datetime) -> str:
    """``MIN_GAP, asked 3 days ago, limit 7. Earliest 12 May 10:00.``

    Dates are in ``zone``, with the year where it is not the present one.
    """
    if isinstance(verdict, Go):
        return "May be asked now."
    end = verdict.at if isinstance(verdict, Later) else verdict.earliest
    parts = [_first(verdict.reason, verdict.findings)]
    others = [found.rule.name for found in verdict.findings if found.rule != verdict.reason]
    if others:
        parts.append(f"Also {', '.join(others)}.")
    if end is not None:
        parts.append(f"Earliest {moment(end, zone, now)}.")
    return " ".join(parts)


def _first(reason: Reason, findings: tuple[Finding, ...]) -> str:
    """A stored verdict may have kept its code and lost its findings."""
    told = next((told for found in findings if found.rule == reason and (told := told_of(found))), "")
    return f"{reason.name}, {told}." if told else f"{reason.name}."


def told_of(finding: Finding) -> str:
    """What one rule found, without its name and its end: ``asked 3 days ago, limit 7``."""
    return WORDS[finding.rule](finding)


def moment(at: datetime, zone: tzinfo, now: datetime) -> str:
    """``12 May 10:00``; with the year where it is not the present one."""
    local = at.astimezone(zone)
    year = f" {local.year}" if local.year != now.astimezone(zone).year else ""
    return f"{local.day} {MONTHS[local.month - 1]}{year} {local:%H:%M}"


def _number(value: float | None) -> str:
    """Whole numbers plainly, others with one decimal, cut and not rounded up: 6.97 days are not 7."""
    cut = int((value or 0.0) * 10 + 1e-9) / 10
    return f"{cut:g}"


def _counted(value: float | None, thing: str) -> str:
    number = _number(value)
    return f"{number} {thing}" if number == "1" else f"{number} {thing}s"


def _days(value: float | None) -> str:
    return _counted(value, "day")


def _already_asked(found: Finding) -> str:
    if found.limit is not None:
        return f"this survey asked {_days(found.observed)} ago, limit {_number(found.limit)}"
    return "declined in this wave" if found.about == "declined" else "already invited in this wave"


def _rest(found: Finding) -> str:
    return f"{found.about.replace('_', ' ')} {_days(found.observed)} ago, rest {_number(found.limit)}"


def _gap(found: Finding) -> str:
    return f"asked {_days(found.observed)} ago, limit {_number(found.limit)}"


def _cap(thing: str, where: str) -> Callable[[Finding], str]:
    return lambda found: f"{_counted(found.observed, thing)} {where}, limit {_number(found.limit)}"


def _burden(found: Finding) -> str:
    return f"{found.observed or 0.0:.2f} points with this contact, limit {_number(found.limit)}"


def _queue(found: Finding) -> str:
    if found.observed is None:
        return "free, but not reached in the queue"
    group = f"the group {found.about}" if found.about else "the group"
    return f"place {found.observed:,.0f} in the queue of {group}; {found.limit or 0.0:,.0f} drawn"


def _says(text: str) -> Callable[[Finding], str]:
    return lambda _found: text


WORDS: Final[Mapping[Reason, Callable[[Finding], str]]] = {
    Reason.SELECTED: _says("may be asked"),
    Reason.OPT_OUT: lambda found: (
        f'left the topic "{found.about}"' if found.about else "said stop or blocked the bot"
    ),
    Reason.PAUSED: _says("asked for a pause"),
    Reason.DORMANT: lambda found: f"{_counted(found.observed, 'invite')} ignored in a row",
    Reason.UNREACHABLE: _says("no address that can be written to"),
    Reason.NOT_IN_AUDIENCE: _says("not in the audience that was fixed at opening"),
    Reason.NOT_ELIGIBLE: lambda found: found.about or "a condition of the survey does not hold",
    Reason.ALREADY_ASKED: _already_asked,
    Reason.IN_SESSION: _says("another conversation is open"),
    Reason.QUARANTINE: _rest,
    Reason.MIN_GAP: _gap,
    Reason.CAP_1D: _cap("invite", "within a day, planned ones included"),
    Reason.CAP_30D: _cap("invite", "within 30 days, planned ones included"),
    Reason.CAP_365D: _cap("invite", "within 365 days, planned ones included"),
    Reason.CAP_MESSAGES: _cap("message", "within 7 days, planned ones included"),
    Reason.RESERVED_FOR_SAMPLE: _cap("invite", "within 365 days, the rest kept for samples"),
    Reason.GROUP_CAP: _cap("invite", "to the household or board within 30 days"),
    Reason.BURDEN: _burden,
    Reason.SEND_WINDOW: _says("outside the hours in which people are written to"),
    Reason.TOO_LATE: _says("no longer worth asking by then"),
    Reason.ENOUGH_ANSWERS: _says("the wave has the answers it wanted"),
    Reason.TAKEN_BY_HIGHER_PRIORITY: _says("another survey came first"),
    Reason.NOT_DRAWN: _queue,
}
"""One entry per reason."""

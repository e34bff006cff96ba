"""After an encounter: which ones a trigger asks about, and of several on one day which one is asked about.

Pure. Two shifts on one day are one pulse, after the later one; whoever did not come is not asked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from scheduler.surveys import AfterEncounter


@dataclass(frozen=True, slots=True)
class Visit:
    """One person at one encounter that took place, or is to; ``day`` on the wall clock of the encounter."""

    encounter: int
    person: int
    day: date
    ends: datetime
    attended: bool
    role: str = ""


def asks_about(trigger: AfterEncounter, kind: str, series: str, name: str) -> bool:
    """Whether the trigger asks about such an encounter."""
    wanted = trigger.series.casefold()
    return kind == trigger.kind and (not wanted or wanted in (series.casefold(), name.casefold()))


def asked_after(
    trigger: AfterEncounter, visits: Iterable[Visit], now: datetime
) -> Mapping[tuple[int, date], Visit]:
    """Of each person and day the visit that is asked about, among those who may be asked about it now.

    A later one of the same day counts as soon as the person came to it; while it may still be found out that
    they did, until it is over and its delay too, the earlier ones wait.
    """
    last: dict[tuple[int, date], Visit] = {}
    for visit in sorted(visits, key=lambda one: (one.ends, one.encounter)):
        if trigger.roles and visit.role not in trigger.roles:
            continue
        came = visit.attended or trigger.presence == "expected"
        if came or now < visit.ends + trigger.delay:
            last[visit.person, visit.day] = visit
    return {
        place: visit
        for place, visit in last.items()
        if visit.ends <= now and (visit.attended or trigger.presence == "expected")
    }

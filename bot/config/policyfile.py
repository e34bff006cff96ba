"""``[policy]`` made into the scheduler's ``Policy``: names of the file to names of the rules.

Keys left out keep the defaults of ``Policy``. Nothing here decides about a person.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from typing import Any, Final

from bot.config.document import Place
from bot.config.model import Organisation
from bot.config.settings import Desk
from bot.config.tables import BurdenTable, CapsTable, PersonTable, PolicyTable, SendWindowTable, given
from bot.engine.suggest import did_you_mean
from scheduler.surveys import Hours, Policy, SendWindow

_SECONDS: Final[Mapping[str, tuple[str, ...]]] = {
    "choice": ("yes_no", "select_one"),
    "number": ("integer", "decimal"),
    "multi": ("select_multiple",),
    "short_text": ("text",),
    "open": ("long_text",),
    "contact": ("email", "phone"),
    "file": ("photo", "voice", "file"),
}
"""What the file calls several types of questions by one word."""


def policy(
    table: PolicyTable,
    place: Place,
    desk: Desk,
    *,
    organisation: Organisation,
    attributes: Mapping[str, str],
) -> Policy:
    """The contact rules of an organisation whose people have these attributes."""
    _check_same(table, place, desk, organisation)
    found: dict[str, Any] = {
        "timezone_default": organisation.timezone,
        **given(
            table, "timezone_default", "on_suppress", "exempt", "caps", "send_window", "person", "burden"
        ),
        **_caps(table.caps, place.at("caps"), desk, attributes),
        "window": _window(table.send_window, place.at("send_window"), desk),
        **_person(table.person),
        **_burden(table.burden),
    }
    if table.exempt.statutory_min_gap_hours is not None:
        found["statutory_min_gap_hours"] = table.exempt.statutory_min_gap_hours
    return Policy(**found)


def _check_same(table: PolicyTable, place: Place, desk: Desk, organisation: Organisation) -> None:
    """What [organisation] says already may be said again, but not otherwise."""
    if table.timezone_default not in (None, organisation.timezone):
        message = f'timezone_default is not the timezone of [organisation], "{organisation.timezone}".'
        desk.say(place, "timezone_default", message, "Keep the one in [organisation].")
    region = table.send_window.holidays.region
    if region not in ("", "-".join(filter(None, (organisation.country, organisation.region)))):
        advice = "Write country, and region if there is one, in [organisation]."
        desk.say(
            place.at("send_window", "holidays"),
            "region",
            f'holidays: the region "{region}" is not that of [organisation].',
            advice,
        )


def _caps(table: CapsTable, place: Place, desk: Desk, attributes: Mapping[str, str]) -> dict[str, Any]:
    found = given(table, "group_cap")
    group = table.group_cap
    if not group.enabled:
        return found
    if group.key not in attributes:
        message = f'group_cap: people have no attribute "{group.key}".'
        advice = did_you_mean(group.key, list(attributes)) or "Add it in [people], attributes."
        desk.problems.append(place.at("group_cap", "key").problem(message, advice))
    return {**found, "group_cap_key": group.key, "group_cap_invites_per_30d": group.invites_per_30d}


def _window(table: SendWindowTable, place: Place, desk: Desk) -> SendWindow:
    window = SendWindow(holiday_dates=frozenset(table.holidays.dates))
    days = table.holidays
    return replace(
        window,
        weekday=_hours(table.weekday, place.at("weekday"), desk) or window.weekday,
        weekend=_hours(table.weekend, place.at("weekend"), desk) or window.weekend,
        holidays=days.default or window.holidays,
        event_pulse_holidays=days.event_pulse or window.event_pulse_holidays,
    )


def _hours(written: list[time] | None, place: Place, desk: Desk) -> Hours | None:
    if written is None:
        return None
    opens, closes = written
    if opens > closes:
        message = f"The window opens at {opens:%H:%M} and closes at {closes:%H:%M}."
        desk.problems.append(place.problem(message, "It cannot run over midnight; change the two round."))
    return Hours(opens=opens, closes=closes)


def _person(table: PersonTable) -> dict[str, Any]:
    defaults = Policy()
    backoff = given(table.backoff)
    return {
        **{f"backoff_{key}" if key.endswith("factor") else key: backoff[key] for key in backoff},
        **given(table.preference, "less", "normal", "more"),
        "rest_days": {**defaults.rest_days, **given(table.rest_days)},
        "preference": {
            **defaults.preference,
            **given(table.preference, "min_gap_floor_days", "scale_completed_rest"),
        },
    }


def _burden(table: BurdenTable) -> dict[str, Any]:
    seconds = {
        kind: value for key, value in given(table.seconds).items() for kind in _SECONDS.get(key, (key,))
    }
    return {
        **given(table, "points", "factors", "timing", "seconds"),
        **{f"points_{key}": value for key, value in given(table.points).items()},
        **{f"{key}_factor": value for key, value in given(table.factors).items()},
        **given(table.timing),
        "seconds": {**Policy().seconds, **seconds},
    }

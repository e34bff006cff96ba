"""Public holidays of the organisation's country, put into the send window of its policy.

Apart from loading, because the calendars of the world take a while to import and need the years in question:
the caller knows the clock.
"""

from collections.abc import Iterable
from dataclasses import replace

from bot.config.model import Config
from bot.errors import Problem, UserError
from scheduler.public_holidays import holiday_dates


def with_holidays(config: Config, years: Iterable[int]) -> Config:
    """The configuration with the public holidays of these years beside the organisation's extra dates.

    Raises UserError for a country or region that has no calendar.
    """
    where = config.organisation
    try:
        found = holiday_dates(where.country, where.region, years)
    except KeyError as unknown:
        message = f"[organisation]: there is no calendar of holidays for {unknown.args[0]}."
        advice = "Correct country or region, or leave country out and list dates in [policy.send_window]."
        raise UserError(Problem(message=message, file=str(config.file), advice=advice)) from None
    window = replace(config.policy.window, holiday_dates=config.policy.window.holiday_dates | found)
    return replace(config, policy=replace(config.policy, window=window))

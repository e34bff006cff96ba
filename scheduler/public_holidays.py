"""The public holidays of a country or one of its regions, as dates for the send window.

The calendars are those of the ``holidays`` package. Nothing is fetched and no clock is read.
"""

from collections.abc import Iterable
from datetime import date


def holiday_dates(country: str, region: str, years: Iterable[int]) -> frozenset[date]:
    """Public holidays of an ISO 3166 country (``FI``), with those of a region where one is named.

    Empty without a country. Raises KeyError with the name that is unknown.
    """
    if not country:
        return frozenset()
    # The calendars of the world take a while to load; most commands never ask for one.
    import holidays

    try:
        found = holidays.country_holidays(country.upper(), subdiv=region or None, years=list(years))
    except NotImplementedError:
        raise KeyError(f"{country}-{region}" if region else country) from None
    return frozenset(found)

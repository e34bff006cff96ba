"""How many invitations of a sample go out today: what is left, spread over the send days left.

Numbers only; who they go to is the planner's and the allocation's business.
"""

from collections.abc import Iterator
from datetime import datetime, time

from scheduler.plans import OpenWave
from scheduler.surveys import Policy
from scheduler.triggers import good_until
from scheduler.windows import DAY, next_open, resolve, zone_of


def quota_today(wave: OpenWave, policy: Policy, now: datetime) -> int:
    """Invitations of a sample still to be planned today: what is left, spread over the days left, rounded up.

    None on a day that has no opening left, by the organisation's clock; of a shadow, those of its first day.
    """
    zone = zone_of(None, policy.timezone_default)
    begin = max(now, wave.opens)
    days = list(send_days(policy, begin, good_until(wave.survey, wave.opens, wave.closes)))
    closed_today = not days or days[0].astimezone(zone).date() != begin.astimezone(zone).date()
    if closed_today and wave.opens <= now:
        return 0
    left = max(0, wave.invitations - wave.invited)
    return max(0, -(-left // max(1, len(days))) - wave.invited_today)


def send_days(policy: Policy, begin: datetime, end: datetime) -> Iterator[datetime]:
    """The first open moment of each day until ``end``, by the organisation's clock."""
    zone = zone_of(None, policy.timezone_default)
    moment = next_open(policy.window, zone, None, "sample", begin)
    while moment is not None and moment <= end:
        yield moment
        tomorrow = moment.astimezone(zone).date() + DAY
        midnight = resolve(datetime.combine(tomorrow, time()), zone)
        moment = next_open(policy.window, zone, None, "sample", midnight)

"""The simulated membership of a rehearsal: chances that together stay chances, and groups that exist."""

from collections.abc import Mapping
from typing import Final

from bot.config import tables
from bot.config.document import Place
from bot.config.model import Habits, Rehearsal
from bot.config.settings import Desk
from bot.engine.suggest import did_you_mean

_TO_AN_INVITE: Final = ("not_now", "declines", "stops", "blocks")
_HABITS: Final = (*_TO_AN_INVITE, "gives_up", "skips", "types")


def rehearsal(
    table: tables.RehearsalTable, place: Place, desk: Desk, *, groups: tuple[str, ...]
) -> Rehearsal:
    """``groups`` are those of the member list; empty: any name is taken."""
    _check_sum(table, place, desk)
    for key, named in (("starts_by_group", table.starts_by_group), ("groups", table.groups)):
        for group in named:
            if groups and group not in groups:
                advice = did_you_mean(group, groups)
                desk.say(place.at(key), group, f'There is no group "{group}" in [people].', advice)
    return Rehearsal(
        starts=table.starts,
        starts_by_group=dict(table.starts_by_group),
        habits=Habits(**{key: getattr(table, key) for key in _HABITS}),
        groups=dict(table.groups),
        joins=table.joins,
        leaves=table.leaves,
        moves=table.moves,
        returns=table.returns,
        asks_for_less=table.asks_for_less,
        asks_for_more=table.asks_for_more,
    )


def _check_sum(table: tables.RehearsalTable, place: Place, desk: Desk) -> None:
    others = sum(getattr(table, key) for key in _TO_AN_INVITE)
    named: Mapping[str, float] = {"starts": table.starts, **table.starts_by_group}
    for name, starts in named.items():
        if others + starts > 1:
            message = (
                f"{name}, not_now, declines, stops and blocks are chances of one draw; together they are "
                f"{others + starts:.2f}."
            )
            spot = place if name == "starts" else place.at("starts_by_group")
            desk.say(spot, name, message, "Lower them to 1 at most.")

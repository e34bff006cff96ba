"""A wall clock that jumps begins nothing for a while, and leaves nothing stuck when it comes back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from bot.app import App
from bot.service.clocks import ClockWatch
from storage import holds
from storage import tables as t
from tests.service.association import PULSE, configured
from tests.service.checker import wrong
from tests.service.conftest import MakeRig
from tests.service.rig import ACCOUNT, NOON, REFUSED, Fault, Rig

DAILY = PULSE.replace("by_hand = true", 'cron = "0 12 * * *", zone = "Europe/Helsinki"').replace(
    "owner =", "open_hours = 20\nowner ="
)


@dataclass
class Machine:
    """A computer with two clocks and a program on it."""

    rig: Rig
    seconds: float = 1000.0

    def __post_init__(self) -> None:
        self.app = App(
            self.rig.context, self.rig.store, [], clock=lambda: self.rig.now, monotonic=lambda: self.seconds
        )

    async def runs(self, seconds: float, step: float = 20) -> None:
        """Time passes on both clocks, with the program's ticks."""
        for _ in range(int(seconds / step)):
            self.seconds += step
            self.rig.now += timedelta(seconds=step)
            await self.app.plan()
            await self.app.moments()
            self.rig.settle_down()


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, False), (-60, False), (-61, True), (600, False), (601, True), (400 * 86400, True), (5, False)],
)
def test_only_a_step_that_no_correction_makes_is_a_jump(seconds: float, told: bool) -> None:
    """A minute back or ten forward between two looks."""
    watch = ClockWatch()
    assert watch.jump(NOON, 0.0) is None
    moved = NOON + timedelta(seconds=1 + seconds)
    assert (watch.jump(moved, 1.0) is not None) == told
    assert watch.steady(1.0) != told
    assert watch.steady(121.0)


@pytest.mark.parametrize("jump", [timedelta(hours=2), timedelta(hours=-2), timedelta(days=400)])
async def test_a_jump_that_is_soon_put_right_changes_nothing(make_rig: MakeRig, jump: timedelta) -> None:
    """For a minute the clock is wrong: no wave closes, no session ends, nobody is asked twice or missed."""
    machine = Machine(make_rig(configured(DAILY), now=NOON - timedelta(minutes=5)))
    rig = machine.rig
    aino = rig.person("Aino")
    await machine.runs(400)
    assert len(rig.invites(aino)) == 1
    rig.now += jump
    await machine.runs(60)
    rig.now -= jump
    await machine.runs(300)
    assert rig.statuses(aino) == ["invited"]
    assert rig.values(t.waves, "state") == ["open"]
    assert rig.values(t.alerts, "kind", "count") == [("clock", 2)]
    await machine.runs(86400, 600)
    assert len(rig.rows(t.waves)) == 2
    assert wrong(rig) == []


async def test_steps_of_seconds_are_no_jumps(make_rig: MakeRig) -> None:
    """A clock that is kept right by small steps is believed throughout."""
    machine = Machine(make_rig(configured(DAILY), now=NOON - timedelta(minutes=5)))
    machine.rig.person("Aino")
    for step in (5, -5) * 20:
        machine.rig.now += timedelta(seconds=step)
        await machine.runs(60)
    assert machine.rig.alerts() == []
    assert len(machine.rig.rows(t.waves)) == 1


async def test_a_clock_that_was_ahead_for_long_leaves_nothing_stuck(make_rig: MakeRig) -> None:
    """A year ahead for an hour: afterwards rounds open daily, replies go, holds of the future are gone."""
    machine = Machine(make_rig(configured(DAILY)))
    rig = machine.rig
    aino = rig.person("Aino")
    await machine.runs(60)
    rig.now += timedelta(days=400)
    await machine.runs(3600, 60)
    rig.faults.append(Fault(REFUSED))
    aino.says("help")
    rig.write(lambda c: holds.put(c, f"chat:{ACCOUNT}", rig.now + timedelta(minutes=1), "all", "429"))
    rig.now -= timedelta(days=400)
    waves = len(rig.rows(t.waves))
    await machine.runs(300)
    assert "You can write these words at any time" in str(aino.looks())
    await machine.runs(86400, 600)
    assert len(rig.rows(t.waves)) == waves + 1


async def test_looked_until_never_stays_ahead(make_rig: MakeRig) -> None:
    """No rule counts as looked at beyond the present moment."""
    machine = Machine(make_rig(configured(DAILY)))
    await machine.runs(60)
    machine.rig.now += timedelta(days=30)
    await machine.runs(600)
    machine.rig.now -= timedelta(days=30)
    await machine.runs(20)
    looked: list[datetime] = machine.rig.values(t.schedules, "checked_until")
    assert looked <= [machine.rig.now]

"""A random walk: members, waves, faults of the wire, ends of the process, in any order; the invariants hold.

The walk knows nothing of how the service works. After each walk the faults end, half an hour passes, and the
checker reads the wire and the tables.
"""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from bot.engine.messages import Delivery, Inbound
from bot.errors import UserError
from bot.service import dispatch
from storage import tables as t
from storage.store import Store, open_sqlite
from tests.service.association import COURSE, PULSE, QUICK, SHIFT, WHOLE, configured
from tests.service.checker import wrong
from tests.service.rig import BLOCKED, REFUSED, UNSURE, Crash, Fault, Member, Rig

WALKS = 20
STEPS = 40

PEOPLE = st.integers(0, 3)
PLACES = st.integers(0, 50)
WORDS = st.sampled_from([
    "good", "bad", "yes", "no", "1", "2", "hello", "all is well", "skip", "back", "continue", "later", "less",
    "more", "why", "me", "help", "not now", "no thanks", "kurssi", "quick", "svenska", "in english", "",
    "x" * 5000, "=1+1", "\u202ey", "stop",
])  # fmt: skip
COMMANDS = st.sampled_from(["start", "stop", "later", "language", "why", "privacy", "help", "frob"])
LENGTHS = st.sampled_from([
    timedelta(seconds=20), timedelta(minutes=5), timedelta(hours=1), timedelta(hours=9), timedelta(days=1),
    timedelta(days=3), timedelta(days=8),
])  # fmt: skip
CONFIGURATIONS = st.sampled_from([WHOLE, PULSE + COURSE, SHIFT + QUICK])
FAULTS = st.sampled_from([
    lambda: Fault(REFUSED, times=3),
    lambda: Fault(UNSURE),
    lambda: Fault(UNSURE, times=2, arrives=True),
    lambda: Fault(UNSURE, times=3, delivery=Delivery.INVITE),
    lambda: Fault(BLOCKED),
])  # fmt: skip


class Walk(RuleBasedStateMachine):
    """One association, four people, and whatever may happen to them."""

    template: Path

    @initialize()
    def begin(self) -> None:
        """Two members, a volunteer who is a member too, and a stranger; the first has two addresses."""
        self.folder = Path(tempfile.mkdtemp(prefix="walk-"))
        key = shutil.copy2(self.template.parent / "key", self.folder / "key")
        self.store: Store = open_sqlite(
            Path(shutil.copy2(self.template, self.folder / "kuulolla.db")), Path(key)
        )
        self.rig = Rig(self.store, configured())
        aino = self.rig.person("Aino")
        self.members: list[Member] = [
            aino,
            self.rig.person("Bo", language="sv", zone="America/New_York"),
            self.rig.person("Cecilia", groups=("members", "volunteers"), language="fi"),
            self.rig.stranger("David"),
        ]
        self.other = self.rig.also_at(aino, "side")
        self.past: list[Inbound] = []
        self.tokens: list[str] = ["", "forged"]
        self.ends_in = 0

    def act(self, job: Callable[[], object]) -> None:
        """Do it; where the process is to end in it, start a new one and do it again."""
        ends_in, self.ends_in = self.ends_in, 0
        if not ends_in:
            job()
            return
        try:
            with self.rig.crash_before(ends_in):
                job()
        except Crash:
            self.rig.restart()
            self.rig.write(lambda c: dispatch.reap(self.rig.context, c, self.rig.now, owner_alive=()))
            job()

    def receive(self, *inbounds: Inbound) -> None:
        """The platform hands these over."""
        self.past += [one for one in inbounds if one not in self.past]

        def job() -> None:
            self.rig.intake(*inbounds)
            self.rig.settle_down()

        self.act(job)

    # --- members ---

    @rule(who=PEOPLE, words=WORDS)
    def writes(self, who: int, words: str) -> None:
        member = self.members[who]
        self.receive(member.inbound("text", text=words))

    @rule(who=PEOPLE, words=WORDS)
    def writes_and_nobody_looks(self, who: int, words: str) -> None:
        inbound = self.members[who].inbound("text", text=words)
        self.past.append(inbound)
        self.rig.intake(inbound)

    @rule(who=PEOPLE, first=WORDS, second=WORDS)
    def writes_twice_in_one_breath(self, who: int, first: str, second: str) -> None:
        member = self.members[who]
        self.receive(member.inbound("text", text=first), member.inbound("text", text=second))

    @rule(words=WORDS)
    def writes_from_the_other_platform(self, words: str) -> None:
        self.receive(self.other.inbound("text", text=words))

    @rule(who=PEOPLE, command=COMMANDS, argument=st.sampled_from(["", "course", "nonsense"]))
    def uses_a_command(self, who: int, command: str, argument: str) -> None:
        self.receive(self.members[who].inbound("command", text=command, argument=argument))

    @rule(who=PEOPLE, place=PLACES, times=st.integers(1, 2))
    def taps(self, who: int, place: int, times: int) -> None:
        member = self.members[who]
        seen = [
            (ref, button)
            for ref, message in member.screen.items()
            for button in (*message.buttons, *message.controls)
        ]
        if seen:
            ref, button = seen[-1 - place % len(seen)]
            self.tokens.append(button.token)
            self.receive(*[member.inbound("tap", token=button.token, ref=ref) for _ in range(times)])

    @rule(who=PEOPLE, place=PLACES)
    def presses_something_old_or_of_others(self, who: int, place: int) -> None:
        token = self.tokens[place % len(self.tokens)]
        self.receive(self.members[who].inbound("tap", token=token, ref="old"))

    @rule(who=PEOPLE, kind=st.sampled_from(["media", "edit", "blocked", "unblocked"]))
    def does_something_else(self, who: int, kind: str) -> None:
        self.receive(self.members[who].inbound(kind, text="photo"))  # type: ignore[arg-type]

    @rule(who=PEOPLE)
    def comes_back(self, who: int) -> None:
        member = self.members[who]
        self.receive(member.inbound("text", text="start"), member.inbound("text", text="yes"))

    @rule(place=PLACES)
    def the_platform_repeats_itself(self, place: int) -> None:
        if self.past:
            again = self.past[-1 - place % len(self.past)]
            self.receive(again)

    # --- the association, the wire, the process ---

    @rule(survey=st.sampled_from(["pulse", "shift"]))
    def a_wave_opens(self, survey: str) -> None:
        with suppress(UserError):
            self.rig.open_wave(survey)
        self.act(self.rig.tick)

    @rule(survey=st.sampled_from(["pulse", "shift"]), statement=st.integers(20, 140))
    def a_wave_opens_and_the_process_ends(self, survey: str, statement: int) -> None:
        self.ends_in = statement
        self.a_wave_opens(survey)

    @rule(who=PEOPLE, words=WORDS)
    def writes_before_the_invite_is_out(self, who: int, words: str) -> None:
        self.a_wave_is_fired()
        self.writes(who, words)

    def a_wave_is_fired(self) -> None:
        """Planned and fired, and nothing sent."""
        with suppress(UserError):
            self.rig.open_wave("pulse")
        self.rig.plan()
        self.rig.fire()

    @rule(length=LENGTHS)
    def time_passes(self, length: timedelta) -> None:
        step = max(timedelta(minutes=10), length / 12)
        self.rig.passes(seconds=length.total_seconds(), step=step)

    @rule(part=st.sampled_from(["tick", "plan", "fire", "apply", "deliver"]))
    def a_tick(self, part: str) -> None:
        self.act(getattr(self.rig, part))

    @rule(length=LENGTHS)
    def the_process_sleeps(self, length: timedelta) -> None:
        self.rig.now += length

    @rule(fault=FAULTS)
    def the_wire_fails(self, fault: Callable[[], Fault]) -> None:
        self.rig.faults.append(fault())

    @rule(statement=st.integers(1, 60))
    def the_process_will_end(self, statement: int) -> None:
        self.ends_in = statement

    @rule(surveys=CONFIGURATIONS)
    def the_admin_edits(self, surveys: str) -> None:
        self.rig.restart(configured(surveys))

    def teardown(self) -> None:
        """The faults end; half an hour later everything is as it must be."""
        if not hasattr(self, "rig"):
            return
        try:
            self.rig.faults.clear()
            self.rig.passes(minutes=30, step=timedelta(minutes=1))
            assert wrong(self.rig) == []
            assert self.rig.alerts() == []
            assert self.rig.rows(t.inbox, state="dead") == []
        finally:
            self.store.close()
            shutil.rmtree(self.folder)


def test_whatever_happens_the_invariants_hold(empty_file: Path) -> None:
    """Any order of events, with faults and crashes: nothing lost, nothing doubled, nobody pestered."""

    class Here(Walk):
        template = empty_file

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=WALKS, stateful_step_count=STEPS, suppress_health_check=list(HealthCheck)
        ),
    )

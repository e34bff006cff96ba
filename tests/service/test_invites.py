"""An invite from the plan to the ledger: decided when planned, when due, when sent; made at most once."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.engine.messages import Delivery, Failure, Receipt, SendError
from bot.service import dispatch
from scheduler.verdicts import Reason
from storage import tables as t
from tests.service.association import COURSE, PULSE, SHIFT, configured
from tests.service.conftest import MakeRig
from tests.service.rig import ACCOUNT, AT_ONCE, BLOCKED, BROKEN, REFUSED, UNSURE, Fault, Member, Rig

INVITED = (
    "Hello Aino. / Hauskala has 2 short questions for you. It takes about a minute. / To know how it goes. "
    "/ Only the office sees. [Start] [Not now] [No thanks] | [Stop asking me]"
)


def test_an_invite_says_who_asks_why_how_much_and_how_to_say_no(each_rig: Rig) -> None:
    """One message with everything, and the questions only after a yes."""
    aino = each_rig.person("Aino")
    each_rig.wave()
    assert aino.looks() == [INVITED]
    assert aino.taps("Start")[-1] == "1/2 · How are you? [Good] [Bad]"
    assert aino.says("good")[-1] == "2/2 · What would you tell? | [Skip] [Back]"
    assert aino.says("Nothing")[-1] == "Thanks."
    assert each_rig.answers(aino) == {"mood": "good", "tell": "Nothing"}
    assert each_rig.statuses(aino) == ["completed"]


def test_each_step_leaves_its_mark_in_the_ledger(each_rig: Rig) -> None:
    """Reserved when planned, sent and a burden when the platform took it, an outcome at the end."""
    rig = each_rig
    aino = rig.person("Aino")
    rig.plan_wave()
    assert rig.values(t.contacts, "kind", "state") == [("invite", "reserved")]
    assert rig.places(aino) == [("planned", 0)]
    rig.fire()
    assert rig.places(aino) == [("asked", 0)]
    assert rig.statuses(aino) == ["invited"]
    assert rig.values(t.contacts, "state") == ["reserved"]
    rig.deliver()
    assert rig.values(t.contacts, "state", "at") == [("sent", rig.now)]
    assert rig.state(aino)["burden"] == 0.5
    aino.taps("Start")
    rig.now += timedelta(seconds=20)
    aino.taps("Good")
    aino.taps("Skip")
    state = rig.state(aino)
    assert (state["outcome"], state["outcome_at"]) == ("completed", rig.now)
    assert 0.5 < state["burden"] < 1.5


def test_planning_and_firing_again_changes_nothing(each_rig: Rig) -> None:
    """Ticks may come as often as they like, also from a process that knows nothing."""
    rig = each_rig
    aino = rig.person("Aino")
    rig.plan_wave()
    before = [rig.rows(table) for table in (t.contacts, t.fires, t.wave_people)]
    rig.plan()
    assert [rig.rows(table) for table in (t.contacts, t.fires, t.wave_people)] == before
    rig.tick()
    rig.restart()
    rig.tick()
    rig.tick()
    assert len(rig.invites(aino)) == 1
    assert len(rig.rows(t.sessions)) == 1


def test_a_fire_that_is_replayed_finds_its_contact_spent(rig: Rig) -> None:
    """Even if the same fire came due again, the contact has left the state in which it may be made."""
    aino = rig.person("Aino")
    rig.wave()
    rig.write(lambda c: c.execute(t.fires.update().values(state="waiting", due_at=rig.now)))
    rig.tick()
    assert len(rig.invites(aino)) == 1
    assert rig.values(t.fires, "kind", "state")[0] == ("contact", "dropped")


# --- what may happen between the plan and the moment --------------------------------------------------------


def stops(rig: Rig, aino: Member) -> None:
    """Say stop."""
    aino.says("stop")


def blocks(rig: Rig, aino: Member) -> None:
    """Block the bot."""
    aino.blocks()


def pauses(rig: Rig, aino: Member) -> None:
    """Say later."""
    aino.uses("later", "30")


def survey_goes(rig: Rig, aino: Member) -> None:
    """The admin takes the survey out."""
    rig.restart(configured(SHIFT))


def becomes_a_draft(rig: Rig, aino: Member) -> None:
    """The admin makes the survey a draft."""
    rig.restart(configured(PULSE.replace("trigger =", "priority = 0\ntrigger =")))


def wave_closes(rig: Rig, aino: Member) -> None:
    """The wave's time is over."""
    rig.now += timedelta(days=7)


def is_asked_elsewhere(rig: Rig, aino: Member) -> None:
    """Another survey asks first."""
    other = {
        "wave_id": None,
        "survey": "other",
        "kind": "invite",
        "state": "sent",
        "at": rig.now,
        "cost": 1.0,
    }
    rig.write(lambda c: c.execute(t.contacts.insert().values(person_id=aino.person, **other)))


CHANGES: dict[str, tuple[Callable[[Rig, Member], None], Reason]] = {
    "stops": (stops, Reason.OPT_OUT),
    "blocks": (blocks, Reason.OPT_OUT),
    "pauses": (pauses, Reason.PAUSED),
    "survey goes": (survey_goes, Reason.NOT_ELIGIBLE),
    "draft": (becomes_a_draft, Reason.NOT_ELIGIBLE),
    "wave closes": (wave_closes, Reason.TOO_LATE),
    "asked elsewhere": (is_asked_elsewhere, Reason.MIN_GAP),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("tick", ["fire", "tick"])
def test_what_changed_before_the_moment_is_respected(rig: Rig, change: str, tick: str) -> None:
    """Between plan and fire: nothing is sent, nothing stays reserved, and the reason is kept."""
    aino = rig.person("Aino")
    rig.now += timedelta(hours=9)
    rig.plan_wave()
    happens, reason = CHANGES[change]
    happens(rig, aino)
    rig.now += timedelta(hours=12)
    getattr(rig, tick)()
    rig.passes(days=8, step=timedelta(hours=6))
    assert rig.invites() == []
    assert rig.places(aino) == [("dropped", reason)]
    assert rig.rows(t.sessions) == []
    assert "reserved" not in rig.values(t.contacts, "state")
    assert "waiting" not in rig.values(t.fires, "state")


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_in_the_last_second_is_respected(rig: Rig, change: str) -> None:
    """Between fire and claim: the session that nobody has seen goes, and the reason is kept."""
    aino = rig.person("Aino")
    rig.plan_wave()
    rig.fire()
    happens, reason = CHANGES[change]
    rig.faults.append(Fault(REFUSED, times=99, delivery=Delivery.INVITE))
    happens(rig, aino)
    rig.faults.clear()
    rig.passes(days=8, step=timedelta(hours=6))
    assert rig.places(aino) == [("dropped", reason)]
    assert not [one for one in rig.invites() if isinstance(one.result, Receipt)]
    assert "reserved" not in rig.values(t.contacts, "state")
    assert not [row for row in rig.rows(t.outbox) if row["state"] in ("ready", "sending")]
    assert not set(rig.statuses(aino)) & {"invited", "active", "ignored"}


def test_an_invite_outside_the_hours_waits_for_the_morning(rig: Rig) -> None:
    """Planned at night, it is due at the first opening of the person's own day."""
    aino = rig.person("Aino")
    rig.now += timedelta(hours=9)
    rig.wave()
    assert rig.invites() == []
    rig.passes(hours=11)
    assert rig.invites() == []
    rig.passes(hours=1)
    assert [sent.at for sent in rig.invites(aino)] == [rig.now]


def test_a_later_verdict_moves_the_fire_and_the_reservation(rig: Rig) -> None:
    """Due while the person has something else open: it is made when that has ended."""
    aino = rig.person("Aino")
    rig.now += timedelta(hours=9)
    rig.plan_wave()
    aino.says("course")
    rig.passes(hours=13)
    (fire,) = rig.rows(t.fires, kind="contact")
    assert fire["state"] == "waiting"
    assert fire["due_at"] > rig.now
    assert rig.values(t.contacts, "state", "at") == [("reserved", fire["due_at"])]
    assert rig.places(aino) == [("planned", Reason.IN_SESSION)]
    rig.passes(days=3, hours=14)
    assert len(rig.invites(aino)) == 1


def test_an_invite_that_was_claimed_outside_the_hours_waits_in_line_and_holds_up_no_reply(rig: Rig) -> None:
    """Fired at the last minute, claimed after closing: it goes in the morning, and replies go at once."""
    aino = rig.person("Aino")
    rig.now += timedelta(hours=7, minutes=59)  # 19:59
    rig.plan_wave()
    rig.fire()
    rig.now += timedelta(minutes=2)
    rig.deliver()
    assert rig.invites() == []
    assert aino.says("privacy") != []
    rig.passes(hours=14)
    assert len(rig.invites(aino)) == 1


# --- more than one ------------------------------------------------------------------------------------------


def test_a_person_in_two_waves_gets_one_invite(rig: Rig) -> None:
    """The survey of higher priority asks; the other is told by whom it was beaten, and rests later."""
    aino = rig.person("Aino", groups=("members", "volunteers"))
    rig.open_wave("pulse")
    rig.open_wave("shift")
    rig.tick()
    assert len(rig.invites(aino)) == 1
    assert "To know how it goes" not in rig.invites(aino)[0].outgoing.message.text
    by_survey = dict(zip(rig.values(t.waves, "survey"), rig.places(aino), strict=True))
    assert by_survey["shift"] == ("asked", 0)
    assert by_survey["pulse"] == ("frame", Reason.TAKEN_BY_HIGHER_PRIORITY)
    rig.passes(days=6, step=timedelta(hours=6))
    assert len([s for s in rig.invites(aino) if "reminder" not in s.outgoing.message.text]) == 1


def test_two_addresses_of_one_person_get_one_invite_where_they_were_heard_last(rig: Rig) -> None:
    """One ledger for the person; the invite goes to the chat they use."""
    aino = rig.person("Aino")
    other = rig.also_at(aino, "side")
    aino.says("hello")
    rig.now += timedelta(minutes=1)
    other.says("hello")
    for member in (aino, other):
        member.looks()
    rig.wave()
    assert aino.looks() == []
    assert other.looks() == [INVITED]


def test_a_session_moves_with_the_person_to_another_platform(rig: Rig) -> None:
    """Whoever answers elsewhere goes on there; there is one set of answers."""
    aino = rig.person("Aino")
    other = rig.also_at(aino, "side")
    aino.says("hello")
    rig.wave()
    aino.taps("Start")
    aino.looks()
    assert other.says("good")[-1] == "2/2 · What would you tell? | [Skip] [Back]"
    assert aino.looks() == ["^ How are you? / ✓ Good | [Change]"]  # settled where it was asked
    assert other.says("both")[-1] == "Thanks."
    assert rig.answers(aino) == {"mood": "good", "tell": "both"}
    assert aino.presses("x.2.1")[0].startswith("These questions are closed now")
    assert rig.answers(aino) == {"mood": "good", "tell": "both"}


def test_a_person_who_blocked_one_platform_is_asked_on_the_other(rig: Rig) -> None:
    """A block closes an address, not the person."""
    aino = rig.person("Aino")
    other = rig.also_at(aino, "side")
    aino.blocks()
    rig.wave()
    assert other.looks() == [INVITED]


def test_somebody_who_has_never_written_cannot_be_asked(rig: Rig) -> None:
    """An imported address is no way to write first."""
    aino = rig.person("Aino", started=False)
    rig.wave()
    assert rig.places(aino) == [("frame", Reason.UNREACHABLE)]
    rig.passes(hours=1)
    aino.says("hello")
    rig.passes(hours=3)
    assert rig.places(aino) == [("asked", 0)]


# --- what becomes of it on the wire -------------------------------------------------------------------------


def test_a_doubtful_invite_counts_as_sent_and_is_not_repeated(rig: Rig) -> None:
    """Perhaps it arrived: nobody sends it again, the ledger counts it, and the admin sees it."""
    aino = rig.person("Aino")
    rig.faults.append(Fault(UNSURE))
    rig.wave()
    rig.passes(hours=12)
    assert len(rig.invites(aino)) == 1
    assert rig.values(t.contacts, "state") == ["unknown"]
    assert rig.state(aino)["burden"] > 0.45
    with rig.store.read() as connection:
        assert len(dispatch.doubtful_invites(connection, "chat", ACCOUNT, rig.now)) == 1


def test_an_answer_proves_that_a_doubtful_invite_arrived(rig: Rig) -> None:
    """Whoever presses its button has received it: the doubt is over."""
    aino = rig.person("Aino")
    rig.faults.append(Fault(UNSURE, arrives=True))
    rig.wave()
    aino.taps("Start")
    assert rig.values(t.contacts, "state") == ["sent"]
    assert "unknown" not in rig.values(t.outbox, "state")


def test_silence_after_a_doubtful_invite_is_not_held_against_anybody(rig: Rig) -> None:
    """Only an invite that surely arrived can have been ignored."""
    aino = rig.person("Aino")
    rig.faults.append(Fault(UNSURE, times=2))
    rig.wave()
    rig.passes(days=8, step=timedelta(hours=6))
    assert rig.statuses(aino) == ["ignored"]
    assert rig.state(aino)["ignored_in_row"] == 0


def test_an_invite_that_is_surely_not_sent_is_tried_again_without_an_alarm(rig: Rig) -> None:
    """A refused connection is no contact: not for the caps, and not for the hard floor."""
    aino = rig.person("Aino")
    rig.faults.append(Fault(REFUSED, times=4))
    rig.wave()
    rig.passes(minutes=10, step=timedelta(seconds=10))
    assert [type(sent.result) for sent in rig.invites(aino)] == [SendError] * 4 + [Receipt]
    assert rig.alerts() == []
    assert rig.values(t.contacts, "state") == ["sent"]


def test_an_outage_of_days_makes_nobody_ignore_what_they_never_got(rig: Rig) -> None:
    """Not sent until the wave closed: withdrawn as too late, without a session, a burden or a silence."""
    aino = rig.person("Aino")
    rig.faults.append(Fault(REFUSED, times=10**6))
    rig.wave()
    rig.passes(days=8, step=timedelta(hours=2))
    assert rig.places(aino) == [("dropped", Reason.TOO_LATE)]
    assert rig.statuses(aino) == []
    state = rig.state(aino)
    assert (state["ignored_in_row"], state["burden"], state["outcome"]) == (0, 0, "")


@pytest.mark.parametrize(("error", "reason"), [(BLOCKED, Reason.OPT_OUT), (BROKEN, Reason.UNREACHABLE)])
def test_a_refused_invite_releases_the_reservation(rig: Rig, error: SendError, reason: Reason) -> None:
    """It costs nothing, is no outcome, and the wave knows why."""
    aino = rig.person("Aino")
    rig.faults.append(Fault(error))
    rig.wave()
    rig.passes(days=9, step=timedelta(hours=6))
    state = rig.state(aino)
    assert rig.places(aino) == [("dropped", reason)]
    assert rig.values(t.contacts, "state") == ["released"]
    assert (state["ignored_in_row"], state["burden"], state["outcome"]) == (0, 0, "")
    assert len(rig.invites()) == 1
    assert not set(rig.statuses(aino)) & {"invited", "active", "ignored"}


def test_who_blocked_the_bot_is_left_alone_until_they_write(rig: Rig) -> None:
    """Forbidden on the wire closes the address; a message from there opens it again."""
    aino = rig.person("Aino")
    rig.faults.append(Fault(BLOCKED))
    rig.wave()
    assert rig.values(t.addresses, "unreachable") == ["blocked"]
    rig.passes(days=10, step=timedelta(hours=6))
    rig.wave()
    assert len(rig.invites()) == 1
    aino.unblocks()
    assert rig.values(t.addresses, "unreachable") == [None]


def test_a_sample_moves_the_asked_to_the_back_of_the_queue(make_rig: MakeRig) -> None:
    """Only a delivered invite of a sample moves a turn."""
    sample = PULSE.replace("owner =", 'kind = "sample"\nsample = 1\nowner =')
    rig = make_rig(configured(sample + SHIFT))
    people = [rig.person(f"P{n}", groups=("members", "volunteers"), turn=n) for n in range(3)]
    rig.wave("shift")
    assert rig.values(t.persons, "turn") == [0, 1, 2]
    rig.passes(days=8, step=timedelta(hours=12))
    rig.faults.append(Fault(UNSURE))
    rig.wave("pulse")
    rig.passes(days=7, step=timedelta(hours=3))
    asked = {row["person_id"] for row in rig.rows(t.contacts, survey="pulse", kind="invite")}
    assert asked
    for member in people:
        moved = rig.state(member)["turn"] > 2
        assert moved == (member.person in asked)


def test_a_self_started_survey_releases_no_reservation_of_a_wave(make_rig: MakeRig) -> None:
    """Answering by keyword while an invite is planned leaves the plan alone."""
    rig = make_rig(configured(PULSE + COURSE))
    aino = rig.person("Aino")
    rig.now += timedelta(hours=9)
    rig.plan_wave()
    aino.says("course")
    aino.taps("Yes")
    assert rig.statuses(aino) == ["completed"]
    assert rig.values(t.contacts, "state") == ["reserved"]
    rig.passes(hours=13)
    assert len(rig.invites(aino)) == 1


def test_the_hard_floor_stops_a_person_and_raises_an_alarm(make_rig: MakeRig) -> None:
    """Whatever the policy says, a second message within a minute is a bug: it waits and the admin hears."""
    loose = "[policy.caps]\nmin_gap_days = 0\ninvites_per_1d = 9\ninvites_per_30d = 9\nmessages_per_7d = 9"
    rest = "\n[policy.person]\nrest_days = { completed = 0 }"
    rig = make_rig(configured(PULSE + SHIFT, loose + rest))
    aino = rig.person("Aino", groups=("members", "volunteers"))
    rig.wave("shift")
    aino.taps("Start")
    aino.taps("Yes")
    rig.now += timedelta(seconds=20)
    rig.wave("pulse")
    assert len(rig.invites(aino)) == 1
    assert rig.alerts() == ["hard_floor"]
    rig.passes(minutes=2, step=timedelta(seconds=20))
    assert len(rig.invites(aino)) == 2


def test_an_address_in_quarantine_after_a_refusal_gets_no_second_try_in_the_same_claim(rig: Rig) -> None:
    """Two people, one blocked: the other is asked all the same."""
    rig.person("Aino")
    bo = rig.person("Bo")
    rig.faults.append(Fault(SendError(failure=Failure.PERMANENT, code="x", unreachable=True), chat="aino"))
    rig.wave()
    assert len(rig.invites(bo)) == 1
    assert rig.claim(pace=AT_ONCE) == []

"""Looking ahead changes nothing and agrees with what is done; why somebody was asked, or not, is told."""

from collections import Counter
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, Update

from bot.errors import UserError
from bot.service import outlook, why
from bot.service.outlook import Outlook
from bot.service.why import Whole
from bot.texts import Texts
from scheduler.verdicts import Finding, Reason
from storage import tables as t
from tests.service.association import PULSE, SHIFT, configured
from tests.service.conftest import MakeRig
from tests.service.rig import Member, Rig

DAILY = 'cron = "0 12 * * *", zone = "Europe/Helsinki"'
LANGUAGES = ("fi", "sv", "en")


def _execute(statement: Update, connection: Connection) -> None:
    connection.execute(statement)


def look(rig: Rig, days: int = 14) -> Outlook:
    """The days ahead as they look now."""
    with rig.store.read() as connection:
        return outlook.look_ahead(rig.context, connection, days, rig.now)


def told(rig: Rig, member: Member) -> Whole:
    """The member's ledger as the admin sees it."""
    with rig.store.read() as connection:
        return why.for_admin(rig.context, connection, rig.id_of(member), rig.now)


def bytes_of(rig: Rig) -> list[str]:
    """Digests of the database and its log."""
    assert rig.store.path is not None
    files = (rig.store.path, Path(f"{rig.store.path}-wal"))
    return [sha256(file.read_bytes()).hexdigest() for file in files if file.exists()]


# --- the days ahead -----------------------------------------------------------------------------------------


def test_looking_ahead_writes_nothing(make_rig: MakeRig) -> None:
    """Not a byte of the database or of its log is another one."""
    rig = make_rig(configured(PULSE.replace("by_hand = true", DAILY) + SHIFT))
    for number in range(20):
        rig.person(f"P{number}", groups=("members", "volunteers"))
    rig.wave("shift")
    before = bytes_of(rig)
    assert look(rig).ahead
    assert bytes_of(rig) == before


def test_a_census_asks_whom_the_outlook_named_at_the_moment_it_named(make_rig: MakeRig) -> None:
    """Foreseen today, done tomorrow: the same people and the same instants."""
    rig = make_rig(configured(PULSE.replace("by_hand = true", "at = 2026-09-02T13:00:00")))
    here = rig.person("Aino")
    rig.person("Bo", zone="America/New_York")
    stopped, unreachable = rig.person("Cecilia"), rig.person("David", started=False)
    stopped.says("stop")
    found = look(rig)
    expected = {(one.person, one.at) for one in found.ahead}
    left = {one.person: one.reason for one in found.not_asked}
    rig.passes(days=3, step=timedelta(minutes=30))
    assert {
        (sent.person["id"], sent.at) for sent in rig.invites() if "Hello" in sent.outgoing.message.text
    } == expected
    assert len(expected) == 2
    assert left == {stopped.person: "OPT_OUT", unreachable.person: "UNREACHABLE"}
    assert rig.places(here) == [("asked", 0)]


def test_two_surveys_share_people_as_the_outlook_says(make_rig: MakeRig) -> None:
    """The more important one goes first, and the other's rest is reckoned with."""
    both = (PULSE + SHIFT).replace("by_hand = true", "at = 2026-09-02T13:00:00")
    rig = make_rig(configured(both))
    rig.person("Aino", groups=("members", "volunteers"))
    rig.person("Bo")
    found = Counter(one.survey for one in look(rig, 5).ahead)
    rig.passes(days=5)
    done = Counter(row["survey"] for row in rig.rows(t.contacts, kind="invite", state="sent"))
    assert done == found == {"shift": 1, "pulse": 1}


def test_what_is_reserved_already_is_shown_as_such(rig: Rig) -> None:
    """Planned by the running bot: not foreseen a second time."""
    aino = rig.person("Aino")
    rig.now += timedelta(hours=9)
    rig.plan_wave()
    (one,) = look(rig).ahead
    assert (one.person, one.name, one.reserved) == (aino.person, "Aino", True)
    assert one.at == rig.now + timedelta(hours=12)


def test_the_numbers_of_each_survey_add_up(make_rig: MakeRig) -> None:
    """Audience is asked and not asked, each reason counted."""
    rig = make_rig(configured(PULSE.replace("by_hand = true", "at = 2026-09-02T13:00:00")))
    people = [rig.person(f"P{number}") for number in range(6)]
    people[0].says("stop")
    people[1].uses("later", "30")
    (numbers,) = look(rig).surveys
    assert (numbers.survey, numbers.waves, numbers.audience, numbers.asked) == ("pulse", 1, 6, 4)
    assert numbers.not_asked == {"OPT_OUT": 1, "PAUSED": 1}


def test_a_draft_and_an_empty_association_have_nothing_ahead(make_rig: MakeRig) -> None:
    """Nothing is said of what will not happen."""
    assert look(make_rig()).ahead == ()
    draft = PULSE.replace("trigger = { by_hand = true }", f"priority = 0\ntrigger = {{ {DAILY} }}")
    rig = make_rig(configured(draft))
    rig.person("Aino")
    assert look(rig).surveys == ()


def test_newcomers_are_foreseen(make_rig: MakeRig) -> None:
    """At their own moment, so long after joining."""
    rig = make_rig(configured(PULSE.replace("by_hand = true", 'joined = "14d", time = "10:00"')))
    aino = rig.person("Aino", joined_at=rig.now - timedelta(days=10))
    (one,) = look(rig, 7).ahead
    rig.passes(days=6, step=timedelta(hours=1))
    assert rig.invites(aino)[0].at == one.at


# --- why: the member ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_told_to_a_member_in_plain_words(rig: Rig, reason: Reason, language: str) -> None:
    """Each code has its sentence in each language; no code is ever shown to a member."""
    aino = rig.person("Aino", language=language)
    rig.wave()
    state = "dropped" if reason else "asked"
    rig.write(lambda c: c.execute(t.wave_people.update().values(state=state, reason=int(reason))))
    aino.looks()
    said = aino.uses("why")[0]
    assert Texts.load()(f"why.{reason.name}", language) in said
    assert reason.name not in said
    assert "{" not in said


def test_a_member_is_told_when_the_last_questions_came_and_how_often_they_may(rig: Rig) -> None:
    """The purpose, the day, and the limit that holds for this person."""
    aino = rig.person("Aino")
    rig.wave()
    aino.looks()
    assert aino.says("why")[0].startswith(
        "This is why you have lately been asked, or not asked: / 1 September 2026: To know how it goes. "
        "It was your turn. / The last questions came today. / You are asked at most 2 times in 30 days."
    )
    rig.passes(days=9, step=timedelta(hours=12))
    aino.says("less")
    aino.looks()
    assert (
        "The last questions came 9 days ago. / You are asked at most once in 30 days." in aino.says("why")[0]
    )


def test_what_is_not_decided_yet_is_not_told_as_a_refusal(rig: Rig) -> None:
    """Planned for tomorrow, or not looked at: neither asked nor not asked."""
    aino = rig.person("Aino")
    rig.open_wave()
    assert aino.says("why")[0].startswith("You have not been asked anything here yet.")
    rig.now += timedelta(hours=9)
    rig.plan()
    assert aino.says("why")[0].startswith("You have not been asked anything here yet.")


def test_only_the_last_decisions_are_told(make_rig: MakeRig) -> None:
    """Three, the newest first; a survey that is gone is named by its id."""
    rig = make_rig()
    aino = rig.person("Aino")
    aino.says("stop")
    for _ in range(5):
        rig.wave()
        rig.now += timedelta(days=1)
    rig.restart(configured(SHIFT))
    assert aino.says("why")[0].count("pulse, not asked") == 3


# --- why: the admin -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_told_to_the_admin_with_its_code(rig: Rig, reason: Reason) -> None:
    """Past decisions come with the code, and with what was found where it was kept."""
    aino = rig.person("Aino")
    rig.wave()
    finding = Finding(reason, None, 3.0, 7.0)
    detail = msgspec.json.encode((finding,)).decode()
    for kept in ("{}", detail):
        values = {"state": "dropped", "reason": int(reason), "detail": kept}
        update = t.wave_people.update().values(**values)
        rig.write(partial(_execute, update))
        (past,) = told(rig, aino).past
        assert (past.survey, past.state) == ("pulse", "dropped")
        assert past.explanation.startswith(reason.name) or reason is Reason.SELECTED


def test_the_admin_sees_contacts_sessions_and_what_would_be_decided_now(rig: Rig) -> None:
    """The whole ledger of one person, without an answer or a word of theirs."""
    aino = rig.person("Aino", groups=("members", "volunteers"))
    rig.wave()
    aino.taps("Start")
    aino.taps("Good")
    aino.says("A secret of mine")
    rig.now += timedelta(days=1)
    rig.wave("shift")
    whole = told(rig, aino)
    assert [(one["survey"], one["kind"], one["state"]) for one in whole.contacts] == [
        ("pulse", "invite", "sent")
    ]
    assert [(one["survey"], one["status"]) for one in whole.sessions] == [("pulse", "completed")]
    assert {one.survey: one.may_be_asked for one in whole.coming} == {"pulse": False, "shift": False}
    assert "Earliest" in next(one for one in whole.coming if one.survey == "shift").explanation
    assert whole.addresses == ("chat:aino (reachable)",)
    assert "secret" not in str(whole)


def test_the_admin_is_told_how_each_address_stands(rig: Rig) -> None:
    """Reachable, blocked, or not written yet."""
    aino = rig.person("Aino", started=False)
    assert told(rig, aino).addresses == ("chat:aino (has not written yet)",)
    aino.says("hello")
    aino.blocks()
    assert told(rig, aino).addresses == ("chat:aino (blocked)",)


def test_a_person_is_found_by_number_address_name_or_id(rig: Rig) -> None:
    """One of them is enough; nobody and several are told apart."""
    aino = rig.person("Aino", member_id="M-17")
    rig.person("Bo")

    def find(wanted: str) -> int:
        with rig.store.read() as connection:
            return why.find_person(connection, wanted)

    assert {find(wanted) for wanted in ("M-17", "chat:aino", "aino", "AINO", f"#{aino.person}")} == {
        aino.person
    }
    with pytest.raises(UserError, match="Nobody is known as 'Nemo'"):
        find("Nemo")
    rig.write(lambda c: c.execute(t.persons.update().values(name="Same")))
    with pytest.raises(UserError, match="any of 2 people"):
        find("same")

"""What a member may say at any time: every command in every state, in three languages, twice in a row."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.service.commands import AFTER_STOP, COMMANDS
from bot.texts import Texts
from storage import tables as t
from tests.service.association import PULSE, configured
from tests.service.conftest import MakeRig
from tests.service.rig import Member, Rig

LANGUAGES = ("fi", "sv", "en")
STATES = ("stranger", "idle", "invited", "asked", "snoozed", "closed", "stopped", "returned")
SAYABLE = tuple(name for name in COMMANDS if name != "return")
"""Coming back is confirmed with a button or a yes; it has no word of its own."""

HINTED_ONCE = {("back", "invited"), ("skip", "invited")}


def words(key: str, language: str, **values: object) -> str:
    """One of the bot's texts as the chat shows it."""
    return Texts.load()(key, language, **values).replace("\n", " / ")


def in_state(rig: Rig, state: str, language: str) -> Member:
    """A member who has come this far; what was said on the way is read."""
    if state == "stranger":
        return rig.stranger("Aino", language=language)
    member = rig.person("Aino", language=language)
    member.says("kiitos")
    if state in ("invited", "asked", "snoozed", "closed"):
        rig.wave()
    if state in ("asked", "snoozed", "closed"):
        member.taps(words("invite.start", language))
    if state == "snoozed":
        member.uses("later", "tomorrow")
    if state == "closed":
        member.says("1")
        member.says("ok")
    if state == "stopped":
        member.says("stop")
    if state == "returned":
        member.blocks()
        member.unblocks()
    member.looks()
    return member


MATRIX = [
    (command, state, LANGUAGES[(row + column) % len(LANGUAGES)])
    for row, command in enumerate(SAYABLE)
    for column, state in enumerate(STATES)
]
"""Every command in every state; each is said in every language somewhere."""


@pytest.mark.parametrize(("command", "state", "language"), MATRIX)
def test_every_command_is_answered_in_every_state_even_twice(
    rig: Rig, command: str, state: str, language: str
) -> None:
    """No command is met with silence, fails, or leaves something behind in the queues.

    Only the hint under an invite, which back and skip cannot steer, is not given again at once.
    """
    member = in_state(rig, state, language)
    first, second = member.uses(command), member.uses(command)
    assert first
    assert bool(second) == ((command, state) not in HINTED_ONCE)
    assert all(text.strip() for text in (*first, *second))
    assert rig.values(t.inbox, "state") == ["done"] * len(rig.rows(t.inbox))
    assert rig.alerts() == []
    assert not [row for row in rig.rows(t.outbox) if row["state"] not in ("sent", "cancelled")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", sorted(set(SAYABLE) - AFTER_STOP))
def test_after_stop_most_commands_only_tell_how_to_come_back(rig: Rig, command: str, language: str) -> None:
    """Whoever has stopped is not steered back by a word about something else."""
    member = in_state(rig, "stopped", language)
    assert member.uses(command) == [words("stop.again_info", language)]
    assert rig.state(member)["stopped_at"] is not None


@pytest.mark.parametrize("command", sorted(AFTER_STOP - {"return", "start"}))
def test_some_commands_work_after_stop_and_do_not_bring_back(rig: Rig, command: str) -> None:
    """Privacy, why, me, help and language are answered; the stop stands."""
    member = in_state(rig, "stopped", "en")
    said = member.uses(command)
    assert said
    assert said != [words("stop.again_info", "en")]
    assert rig.state(member)["stopped_at"] is not None


def test_start_greets_a_stranger_and_a_member_differently(rig: Rig) -> None:
    """The first message says who asks and how to say no; later ones are short."""
    member = rig.stranger("Aino")
    assert member.uses("start") == [words("hello.stranger", "en", organisation="Hauskala")]
    assert member.uses("start") == [words("hello.member", "en", organisation="Hauskala")]
    assert rig.state(member)["name"] == "Aino"


def test_start_with_a_question_open_shows_the_question_and_nothing_else(rig: Rig) -> None:
    """Nobody is told that nothing is open while a question waits."""
    member = in_state(rig, "asked", "en")
    assert member.uses("start") == ["1/2 · How are you? [Good] [Bad]"]


@pytest.mark.parametrize("word", ["help", "why", "me", "privacy", "less", "more", "normal"])
def test_a_reply_does_not_push_the_open_question_out_of_sight(rig: Rig, word: str) -> None:
    """After the reply the open question stands at the end of the chat again."""
    member = in_state(rig, "asked", "en")
    assert member.says(word)[-1] == "1/2 · How are you? [Good] [Bad]"
    member.taps("Good")
    assert rig.answers(member) == {"mood": "good"}


def test_a_command_that_is_none_is_told_so(rig: Rig) -> None:
    """An unknown slash command is answered kindly, and the admin's words are nobody's command."""
    member = in_state(rig, "idle", "en")
    assert member.uses("frobnicate") == [words("unknown_command", "en")]
    assert member.says("/purge all") == [words("unknown_command", "en")]


# --- stop -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["stop", "Stop!", "STOPP", "lopeta", "seis", "sluta", "unsubscribe"])
@pytest.mark.parametrize("state", ["idle", "invited", "asked"])
def test_stop_works_as_a_whole_message_in_every_language_and_state(rig: Rig, word: str, state: str) -> None:
    """Whatever is open, and whatever language the person has chosen."""
    member = in_state(rig, state, "en")
    assert member.says(word)[-1] == words("stop.done", "en")
    assert rig.state(member)["stopped_at"] == rig.now


@pytest.mark.parametrize("words_", ["thanks", "kiitos", "ok", "course", "yes", "hello again", "👍"])
def test_no_ordinary_message_brings_somebody_back(rig: Rig, words_: str) -> None:
    """Thanks, a keyword or a bare yes after stop change nothing; the bot says how to come back."""
    member = in_state(rig, "stopped", "en")
    assert member.says(words_) == [words("stop.again_info", "en")]
    assert rig.state(member)["stopped_at"] is not None
    assert rig.rows(t.sessions) == []


@pytest.mark.parametrize("yes", ["yes", "kyllä", "ja", "👍", "button"])
def test_only_start_and_a_confirmation_bring_somebody_back(rig: Rig, yes: str) -> None:
    """One question, one yes."""
    member = in_state(rig, "stopped", "en")
    assert member.says("start") == [f"{words('start.confirm_return', 'en')} [Yes, ask me again]"]
    assert rig.state(member)["stopped_at"] is not None
    said = member.taps("Yes, ask me again") if yes == "button" else member.says(yes)
    assert said == [words("start.back", "en")]
    assert rig.state(member)["stopped_at"] is None


def test_a_no_or_a_late_yes_does_not_bring_back(rig: Rig) -> None:
    """The question of coming back is open for a day; after it a yes is asked to be confirmed anew."""
    member = in_state(rig, "stopped", "en")
    member.says("start")
    assert member.says("no") == [words("stop.again_info", "en")]
    rig.passes(hours=25)
    assert member.says("yes") == [f"{words('start.confirm_return', 'en')} [Yes, ask me again]"]
    assert rig.state(member)["stopped_at"] is not None
    assert member.says("yes") == [words("start.back", "en")]


def test_the_button_for_coming_back_brings_nobody_back_who_did_not_ask(rig: Rig) -> None:
    """A forged or old press of it is only asked to be confirmed."""
    member = in_state(rig, "stopped", "en")
    assert member.presses("command:return") == [f"{words('start.confirm_return', 'en')} [Yes, ask me again]"]
    assert rig.state(member)["stopped_at"] is not None


def test_coming_back_twice_is_harmless(rig: Rig) -> None:
    """The button stays in the chat; pressed again it only greets."""
    member = in_state(rig, "stopped", "en")
    member.says("start")
    member.taps("Yes, ask me again")
    assert member.taps("Yes, ask me again") == [words("hello.member", "en", organisation="Hauskala")]


def test_stop_on_an_invite_ends_it_and_confirms_once(rig: Rig) -> None:
    """The invite's own button is the same stop; the invite loses its buttons."""
    member = in_state(rig, "invited", "en")
    said = member.taps("Stop asking me")
    assert said[-1] == words("stop.done", "en")
    assert said[0].startswith("^ Hello Aino.")
    assert said[0].endswith(words("settled.stopped", "en"))
    assert rig.statuses(member) == ["declined"]


@pytest.mark.parametrize(("answered", "status"), [(0, "declined"), (1, "partial")])
def test_stop_in_the_middle_ends_the_session_by_its_answers(rig: Rig, answered: int, status: str) -> None:
    """Declined without an answer, partial with half of them."""
    member = in_state(rig, "asked", "en")
    if answered:
        member.taps("Good")
    member.says("stop")
    assert rig.statuses(member) == [status]


def test_stop_withdraws_everything_that_was_still_to_come(rig: Rig) -> None:
    """Reservations, fires and waiting messages go; the wave remembers why."""
    member = rig.person("Aino", groups=("members", "volunteers"))
    rig.now += timedelta(hours=9)  # 21 o'clock: what is planned now waits for the morning
    rig.wave("pulse")
    assert rig.values(t.contacts, "state") == ["reserved"]
    member.says("stop")
    assert rig.values(t.contacts, "state") == ["released"]
    assert rig.values(t.fires, "state") == ["dropped"]
    assert rig.places(member) == [("dropped", 1)]
    rig.passes(days=8)
    assert rig.invites() == []


def test_stop_withdraws_an_invite_that_waits_in_line(rig: Rig) -> None:
    """Fired but not sent: nobody has seen it, so nothing of it stays and nobody has declined anything."""
    member = rig.person("Aino")
    rig.plan_wave("pulse")
    rig.fire()
    member.post("text", text="stop")
    rig.settle_down()
    assert member.reads() == [words("stop.done", "en")]
    assert rig.rows(t.sessions) == []
    assert rig.values(t.contacts, "state") == ["released"]
    assert rig.places(member) == [("dropped", 1)]


def test_stop_and_other_words_in_one_batch_end_in_silence(rig: Rig) -> None:
    """What was asked before the stop, in the same breath, is not answered after it."""
    member = in_state(rig, "idle", "en")
    member.post("text", text="help")
    member.post("text", text="stop")
    rig.settle_down()
    assert member.looks() == [words("stop.done", "en")]


def test_who_was_stopped_is_planned_for_nothing(rig: Rig) -> None:
    """Weeks later the wave knows only why this person was not asked."""
    member = in_state(rig, "stopped", "en")
    rig.wave()
    rig.passes(days=7)
    assert rig.places(member) == [("dropped", 1)]
    assert rig.invites() == []


# --- later, less, more, language --------------------------------------------------------------------------


def test_later_gives_a_week_of_peace_and_offers_more(rig: Rig) -> None:
    """One word is enough; longer pauses are one tap away."""
    member = in_state(rig, "idle", "en")
    said = member.says("later")
    offered = "[This evening] [Tomorrow] [Next week] [In 30 days] [In 90 days]"
    assert said == [f"{words('later.done', 'en', date='8 September 2026')} {offered}"]
    assert rig.state(member)["paused_until"] == rig.now + timedelta(days=7)
    assert member.taps("In 90 days")[0].startswith(words("later.done", "en", date="30 November 2026"))
    assert rig.state(member)["paused_until"] == datetime(2026, 11, 30, 8, tzinfo=UTC)


def test_later_once_more_cuts_no_pause_short(rig: Rig) -> None:
    """The word alone never shortens what was chosen before."""
    member = in_state(rig, "idle", "en")
    member.uses("later", "30")
    member.says("later")
    assert rig.state(member)["paused_until"] == datetime(2026, 10, 1, 7, tzinfo=UTC)


def test_later_with_a_day_that_is_none_is_a_week(rig: Rig) -> None:
    """Nonsense is no error, and no longer a pause than the word alone."""
    member = in_state(rig, "idle", "en")
    for argument in ("9999999999", "-1", "²", "seven", "0"):
        member.uses("later", argument)
        assert rig.state(member)["paused_until"] == rig.now + timedelta(days=7)


def test_a_pause_is_kept_and_ends_by_itself(rig: Rig) -> None:
    """Nobody is invited while paused; afterwards the wave that still wants them asks."""
    member = in_state(rig, "idle", "en")
    member.says("later")
    rig.now += timedelta(hours=2)
    rig.wave()
    rig.passes(days=6, hours=21)
    assert rig.invites() == []
    rig.passes(hours=2)
    assert rig.places(member) == [("asked", 0)]


def test_a_wave_that_closes_within_a_pause_is_missed(rig: Rig) -> None:
    """What was planned before the pause is not made; the wave remembers why."""
    member = in_state(rig, "idle", "en")
    rig.now += timedelta(hours=9)  # planned for the morning
    rig.wave()
    rig.now += timedelta(minutes=1)
    member.says("later")
    rig.passes(days=8)
    assert rig.invites() == []
    assert rig.places(member) == [("dropped", 2)]


@pytest.mark.parametrize("preference", ["less", "normal", "more"])
def test_preferences_are_kept_and_confirmed(rig: Rig, preference: str) -> None:
    """One word sets how often somebody is asked."""
    member = in_state(rig, "idle", "en")
    assert member.says(preference) == [words(f"{preference}.done", "en")]
    assert rig.state(member)["preference"] == preference


@pytest.mark.parametrize("word", ["suomeksi", "på finska", "finnish", "/language fi", "/kieli suomi"])
def test_a_language_named_is_a_language_chosen(rig: Rig, word: str) -> None:
    """From then on everything comes in it, whatever the platform says."""
    member = in_state(rig, "idle", "en")
    assert member.says(word) == [words("language.done", "fi")]
    assert member.says("help") == [words("help", "fi", organisation="Hauskala ry")]


def test_a_language_can_be_chosen_from_buttons_in_the_middle_of_a_question(rig: Rig) -> None:
    """The open question comes again in it, and an answer counts once."""
    member = in_state(rig, "asked", "en")
    assert member.uses("language", "klingon") == [
        f"{words('language.choose', 'en')} [Suomi] [Svenska] [English]"
    ]
    assert member.taps("Svenska") == [words("language.done", "sv"), "1/2 · Hur mår du? [Bra] [Dåligt]"]
    member.taps("Bra")
    assert rig.answers(member) == {"mood": "good"}


def test_a_language_that_the_organisation_does_not_speak_is_not_chosen(make_rig: MakeRig) -> None:
    """A forged button offers the languages there are."""
    rig = make_rig(configured(PULSE))
    member = in_state(rig, "idle", "en")
    assert member.presses("language:de")[0].startswith(words("language.choose", "en"))
    assert rig.state(member)["language"] == "en"


def test_somebody_of_another_language_is_spoken_to_in_the_first_one(rig: Rig) -> None:
    """German is not spoken here; Finnish is the organisation's own."""
    member = rig.stranger("Karl", language="de")
    assert member.says("help") == [words("help", "fi", organisation="Hauskala ry")]


# --- why and me -------------------------------------------------------------------------------------------


def test_me_tells_what_is_known_and_what_is_coming(rig: Rig) -> None:
    """Name, language, pace, answers, pauses and the next planned questions."""
    member = in_state(rig, "asked", "en")
    member.taps("Good")
    told = member.uses("me")[0]
    assert "Name: Aino" in told
    assert "You have answered 1 question." in told
    assert words("next.nothing", "en") in told


def test_me_tells_of_a_planned_invite(rig: Rig) -> None:
    """Planned for the morning: the person may know."""
    member = in_state(rig, "idle", "en")
    rig.now += timedelta(hours=9)
    rig.wave()
    assert "Planned next, 2 September 2026: To know how it goes." in member.says("me")[0]


def test_me_tells_of_a_pause_and_of_a_stop(rig: Rig) -> None:
    """The person's own wishes stand in it."""
    member = in_state(rig, "idle", "en")
    member.says("later")
    assert words("me.paused", "en", date="8 September 2026") in member.says("me")[0]
    member.says("stop")
    assert words("me.stopped", "en") in member.says("me")[0]


def test_privacy_is_made_of_the_settings_and_the_organisations_own_words(make_rig: MakeRig) -> None:
    """In the person's language and in every state: who, why, who sees it, how long, one's rights."""
    notice = '[organisation.privacy]\nfi = "Hauskala pitää rekisteriä."\nsv = "Register."\nen = "A register."'
    rig = make_rig(configured(more=notice))
    member = rig.stranger("Aino", language="fi")
    (told,) = member.says("tietosuoja")
    assert told.split(" / ") == [
        "Vastauksistasi vastaa Hauskala ry. Kysymyksiin vastaa office@hauskala.example.",
        "Miksi kysymme:",
        "– Jotta tietäisimme",
        "– Jotta vuorot paranevat",
        "– Jotta kurssit paranevat",
        "– Kokeeksi",
        "Vain toimisto näkee. Muille näytetään vain lukuja, joissa on vähintään 5 vastaajaa.",
        words("privacy.as_long", "fi"),
        words("privacy.safe", "fi"),
        words("privacy.rights", "fi"),
        "Hauskala pitää rekisteriä.",
        words("consent.none", "fi"),
    ]
    member.says("stop")
    assert member.says("privacy") == [told]

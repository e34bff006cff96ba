"""What members live through, from the wire to the database and back: a real process, a real server."""

from tests.system.rig import Association, Member


def _answers(hauskala: Association, member: Member) -> list[tuple[str, str, str]]:
    rows = hauskala.place.rows(
        "SELECT a.question, a.status, a.value FROM answers a JOIN sessions s ON s.id = a.session_id"
        " JOIN addresses d ON d.person_id = s.person_id WHERE d.address = ? ORDER BY a.id",
        member.address,
    )
    return [(row["question"], row["status"], row["value"]) for row in rows]


def _statuses(hauskala: Association, member: Member) -> list[str]:
    rows = hauskala.place.rows(
        "SELECT s.status FROM sessions s JOIN addresses d ON d.person_id = s.person_id WHERE d.address = ?"
        " ORDER BY s.id",
        member.address,
    )
    return [row["status"] for row in rows]


def test_a_stranger_who_presses_start_is_greeted(hauskala: Association) -> None:
    """The first message says who asks here and how to get help; nothing is asked."""
    member = hauskala.member()
    member.does("start")

    assert "Hauskala ry kysyy tässä keskustelussa" in member.sees("Hei.")["text"]
    assert _statuses(hauskala, member) == []


def test_a_deep_link_is_answered_by_taps_and_words_to_the_end(hauskala: Association) -> None:
    """Chosen answers stay readable, the buttons go, and three answers are stored."""
    member = hauskala.member()
    member.does("start", "kuulumiset")
    member.sees("Mitä kuuluu?")
    member.does("tap", 3)
    member.sees("Missä olit?")
    member.does("send", "PIHALLA")
    member.sees("Kerro lisää")
    member.does("send", "Aurinko paistoi.")
    member.sees("Kiitos, Aino.")

    assert member.chat() == [
        "Mitä kuuluu?\n✓ 🙂 melko hyvä",
        "Missä olit?\n✓ Pihalla",
        "Kerro lisää\n✓ Aurinko paistoi.",
        "Kiitos, Aino.",
    ]
    assert _answers(hauskala, member) == [
        ("mood", "answered", "4"),
        ("place", "answered", '"yard"'),
        ("tell", "answered", '"Aurinko paistoi."'),
    ]
    assert _statuses(hauskala, member) == ["completed"]


def test_a_keyword_begins_the_survey(hauskala: Association) -> None:
    """Somebody who writes the word is asked at once, in whatever case it is written."""
    member = hauskala.member()
    member.does("send", "Kuulumiset")

    assert "1/3" in member.sees("Mitä kuuluu?")["text"]


def test_members_are_spoken_to_in_their_language(hauskala: Association) -> None:
    """The language of the client is the first guess."""
    member = hauskala.member(language="sv")
    member.does("start", "kuulumiset")

    assert "Hur mår du?" in member.sees("Hur mår du?")["text"]


def test_an_old_or_forged_button_changes_nothing(hauskala: Association) -> None:
    """A second press on the same button, and data that was never offered, leave one answer as it was."""
    member = hauskala.member()
    member.does("start", "kuulumiset")
    member.sees("Mitä kuuluu?")
    member.does("tap", 0)
    member.sees("Missä olit?")
    member.does("tap_old", 4)
    member.does("tap_data", "'; DROP TABLE answers; --")
    member.does("send", "Kotona")
    member.sees("Kerro lisää")

    assert _answers(hauskala, member) == [("mood", "answered", "1"), ("place", "answered", '"home"')]


def test_what_is_not_words_gets_one_kind_hint(hauskala: Association) -> None:
    """A sticker is no answer; the question stays open and the next word answers it."""
    member = hauskala.member()
    member.does("start", "kuulumiset")
    member.sees("Mitä kuuluu?")
    member.does("send_sticker")
    assert member.sees("vain sanoja")["labels"]
    member.does("send", "5")
    member.sees("Missä olit?")

    assert _answers(hauskala, member) == [("mood", "answered", "5")]


def test_everybody_who_may_be_asked_is_invited_once(hauskala: Association) -> None:
    """A wave opened by hand invites, says why, starts on a press, and takes a no for an answer."""
    eager, shy, gone = hauskala.member(), hauskala.member(), hauskala.member()
    for member in (eager, shy, gone):
        member.does("start")
        member.sees("Hauskala ry")
    gone.does("send", "stop")
    gone.sees("Et saa täältä enää kysymyksiä")

    opened = hauskala.place.command("wave", "round")
    assert (opened.returncode, opened.stderr) == (0, "")

    invite = eager.sees("Jotta kierros onnistuu")
    assert invite["labels"] == ["Aloitetaan", "Ei nyt", "Ei kiitos", "Älä kysy enää"]
    eager.does("tap", "Aloitetaan")
    eager.sees("Mitä kuuluu?")
    shy.sees("Jotta kierros onnistuu")
    shy.does("tap", "Ei kiitos")
    shy.sees("kiitos kun kerroit")

    assert (_statuses(hauskala, eager), _statuses(hauskala, shy)) == (["active"], ["declined"])
    assert not any("kierros" in text for text in gone.chat())
    reasons = hauskala.place.command("why", gone.address)
    assert "said stop" in reasons.stdout


def test_stop_is_final_until_the_member_comes_back(hauskala: Association) -> None:
    """Stop ends the survey with what it has; only start and a clear yes bring the member back."""
    member = hauskala.member()
    member.does("start", "kuulumiset")
    member.sees("Mitä kuuluu?")
    member.does("tap", 2)
    member.sees("Missä olit?")
    member.does("send", "Stop")
    member.sees("Et saa täältä enää kysymyksiä")
    member.does("send", "kuulumiset")
    member.sees("Olet pyytänyt, ettei sinulta enää kysytä")
    member.does("send", "/start")
    member.sees("Saanko taas kysyä?")
    member.does("send", "kyllä")
    member.sees("Tervetuloa takaisin.")
    member.does("send", "kuulumiset")
    member.sees("Mitä kuuluu?")

    assert _statuses(hauskala, member) == ["abandoned", "active"]


def test_the_language_can_be_changed_in_the_middle(hauskala: Association) -> None:
    """The open question is put again in the new language, and is answered as before."""
    member = hauskala.member()
    member.does("start", "kuulumiset")
    member.sees("Mitä kuuluu?")
    member.does("send", "/language")
    choice = member.sees("Mikä kieli sopii sinulle?")
    assert choice["labels"] == ["Suomi", "Svenska", "English"]
    member.does("tap", "English")
    member.sees("How are you?")
    member.does("tap", 1)
    member.sees("Where were you?")

    assert _answers(hauskala, member) == [("mood", "answered", "2")]


def test_blocking_ends_the_session_and_unblocking_welcomes_back(hauskala: Association) -> None:
    """Nothing is sent to somebody who blocked the bot; after unblocking they can begin again."""
    member = hauskala.member()
    member.does("start", "kuulumiset")
    member.sees("Mitä kuuluu?")
    member.does("block")
    hauskala.tg.control("polled")
    member.does("unblock")
    member.does("start", "kuulumiset")
    member.sees("Mitä kuuluu?")

    assert _statuses(hauskala, member)[-1] == "active"
    assert len(_statuses(hauskala, member)) == 2
    refused = [answer for answer in hauskala.tg.control("stats")["answered"] if answer[1] == 403]
    assert refused == []


def test_a_reaction_answers_and_an_edit_changes_it(hauskala: Association) -> None:
    """A thumb is a face, an edited message a new answer, and after the end the last one can be changed."""
    member = hauskala.member()
    member.does("start", "kuulumiset")
    member.sees("Mitä kuuluu?")
    member.does("react", "👍")
    member.sees("Missä olit?")
    member.does("send", "PIHALLA")
    member.sees("Kerro lisää")
    member.does("edit", "kotona")
    member.sees("Muutettu. Vastauksesi on nyt: Kotona")
    member.does("tap", "Ohita")
    member.sees("Kiitos, Aino.")
    member.does("send", "takaisin")
    member.sees("3/3")
    member.does("send", "Aurinko paistoi.")
    member.sees("Vastauksesi on tallessa.")

    assert _answers(hauskala, member) == [
        ("mood", "answered", "4"),
        ("place", "answered", '"yard"'),
        ("place", "answered", '"home"'),
        ("tell", "skipped", "null"),
        ("tell", "answered", '"Aurinko paistoi."'),
    ]
    assert _statuses(hauskala, member) == ["completed"]

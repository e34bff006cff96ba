"""Slack's two translations: recorded payloads in, calls that independent oracles accept out."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.profiles import profile, with_profile
from adapters.slack.translate import Call, carries, to_inbound, to_platform
from bot.engine.messages import Attachment, Button, Delivery, Inbound, Outbound, Outgoing, Profile
from bot.texts import Texts
from tests.schemas.oracles import check_slack_message

RECORDED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "recorded/slack/payloads.json").read_text("utf-8")
)
"""Payloads as Slack documents them. People, ids and words are invented."""

SENT = datetime(2026, 11, 18, 11, 6, 40, 100, tzinfo=UTC)  # 1,795,000,000.000100 seconds after 1970
WORDS = Texts.load()


def said(event: str, text: str, **fields: Any) -> dict[str, Any]:
    """Return what is expected of a message of Aino's."""
    ts = "1795000000.000100"
    return {"kind": "text", "external_id": event, "text": text, "sent_at": SENT, "ref": ts} | fields


def media(event: str, text: str, mime: str = "", caption: str = "") -> dict[str, Any]:
    """Return what is expected of something that is not words."""
    sent = Attachment(source="slack:F0FILE", name="kuva.jpg", mime=mime, size=1000) if mime else None
    return said(event, text, kind="media", attachment=sent, caption=caption)


def named(event: str, text: str, argument: str = "") -> dict[str, Any]:
    """Return what is expected of a command."""
    return said(event, text, kind="command", argument=argument)


TAP = {
    "kind": "tap",
    "external_id": "tap:T0HAUSKALA:U0AINO:1794999990.000200:1795000001.500000:choice.0",
    "token": "s8Kd2:3:a",
    "ref": "1794999990.000200",
    "interaction": "https://hooks.slack.com/actions/T0HAUSKALA/1/abc",
    "sent_at": datetime(2026, 11, 18, 11, 6, 41, 500000, tzinfo=UTC),
}
FORM = {
    "kind": "form",
    "external_id": "form:V0WINDOW:1795000002.abcdef",
    "token": "s8Kd2:3:form",
    "ref": "1794999990.000200",
}
REACTED = {"kind": "reaction", "ref": "1794999990.000200"}
SLASH = {"ref": "", "external_id": "command:12346.98765.abcd2358fdea", "chat": "U0AINO", "sent_at": None}

EXPECTED: dict[str, dict[str, Any] | None] = {
    "text": said("Ev0TEXT", "Ihan hyvin, kiitos!"),
    "text with escaped signs": said("Ev0ESC", "5 < 6 && 7 > 2, &lt; on kirjoitettu"),
    "text with mentions": said(
        "Ev0MEN", "@U1 ja @matti: #yleinen, #C2, @here, channel, @hallitus, 18.2.2014"
    ),
    "text with links": said(
        "Ev0LINK",
        "hauskala.example https://a.example/b?c=1&d=2 lue tästä (https://x.example) aino@hauskala.example"
        " 040 1234567 (tel:+358401234567)",
    ),
    "text that only looks like a mention": said("Ev0FAKE", "<@U1> ja <!channel>"),
    "text with emoji": said("Ev0EMO", "😀 hyvin 👋🏼 :hauskala: 10:30:45"),
    "text of several lines": said("Ev0LINES", "yksi\n*kaksi* _kolme_ `neljä`"),
    "text in a thread": said("Ev0THR", "vastaus säikeessä"),
    "text from an enterprise account": said("Ev0ENT", "hei", address="slack:T0HAUSKALA:W0AINO"),
    "me message": said("Ev0ME", "on iloinen"),
    "text with our note of the sender": said(
        "Ev0PROF", "moi", profile=Profile(name="Aino Järvinen", language="fi", zone="Europe/Helsinki")
    ),
    "slash in a message": named("Ev0SL1", "later", "ensi viikolla"),
    "slash in capitals": named("Ev0SL2", "stop"),
    "slash that is no command": said("Ev0SL3", "/ 5"),
    "slash in a word": said("Ev0SL4", "/päivää"),
    "photo": media("Ev0PHO", "photo", "image/jpeg"),
    "photo with a comment": media("Ev0PHC", "photo", "image/jpeg", "tässä"),
    "voice clip": media("Ev0VOI", "voice", "audio/mp4"),
    "audio": media("Ev0AUD", "audio", "audio/mpeg"),
    "video": media("Ev0VID", "video", "video/mp4"),
    "document": media("Ev0DOC", "document", "application/pdf"),
    "shared message without words": media("Ev0SHA", "document"),
    "edited text": said(
        "Ev0EDIT",
        "Ihan hyvin vaan",
        kind="edit",
        ref="1795000000.000100",
        sent_at=datetime(2026, 11, 18, 11, 7, 40, 300, tzinfo=UTC),
    ),
    "reaction": said("Ev0REA", "👍", **REACTED),
    "reaction with a skin tone": said("Ev0SKI", "👎", **REACTED),
    "reaction that is no answer": None,
    "reaction in a channel": None,
    "reaction to a file": None,
    "link unfolded": None,
    "our own update": None,
    "our own message": None,
    "deleted message": None,
    "text in a channel": None,
    "text in a group conversation": None,
    "text of another team": None,
    "text from an impossible person": None,
    "home opened": None,
    "uninstalled": None,
    "tokens revoked": None,
    "personal tokens revoked": None,
    "rate limited": None,
    "button": TAP,
    "control": TAP | {"token": "s8Kd2:3:skip", "external_id": str(TAP["external_id"])[:-8] + "control.0"},
    "button with forged value": TAP | {"token": "'; DROP TABLE answers; --"},
    "button without value": TAP | {"token": "choice.0"},
    "menu": TAP,
    "button on a message that is gone": TAP | {"token": "s8Kd2:1:b"},
    "window button": None,
    "button in a channel": None,
    "button in a window": None,
    "button pressed from another team": None,
    "window with words": FORM | {"fields": {"text": ("Pitkä\nvastaus <b> &amp;",)}},
    "window left empty": FORM | {"fields": {"text": ("",)}},
    "window with boxes": FORM | {"fields": {"choices": ("s8Kd2:3:a", "s8Kd2:3:c")}},
    "window with two menus": FORM | {"fields": {"choices": ("t:1", "t:101")}},
    "window with nothing ticked": FORM | {"fields": {"choices": ()}},
    "window of somebody else": None,
    "window with a broken note": None,
    "window closed": None,
    "slash command": named("", "later", "ensi viikolla") | SLASH,
    "slash command in Finnish": named("", "lopeta") | SLASH,
    "slash command alone": named("", "help") | SLASH,
    "slash command in a direct message": named("", "why") | SLASH,
    "slash command without a person": None,
    "shortcut": None,
}


def test_every_recorded_payload_has_its_expectation() -> None:
    """No file entry without a line here, and no line without its entry."""
    assert RECORDED.keys() == EXPECTED.keys()


@pytest.mark.parametrize("label", EXPECTED)
def test_a_recorded_payload_becomes_a_neutral_message(label: str) -> None:
    """Each payload says what its line says, and nothing more."""
    expected = EXPECTED[label]
    inbound = None
    if expected is not None:
        common = {
            "platform": "slack",
            "account": "T0HAUSKALA",
            "address": "slack:T0HAUSKALA:U0AINO",
            "chat": "D0AINO",
        }
        inbound = Inbound(**common | expected)
    assert to_inbound(RECORDED[label]) == inbound


@pytest.mark.parametrize("label", [label for label, expected in EXPECTED.items() if expected])
def test_nothing_of_a_payload_can_be_left_out_badly(label: str) -> None:
    """Whatever single key is missing or of another kind, the payload is read or let go, never an error."""
    for broken in _broken(RECORDED[label]):
        to_inbound(broken)


def _broken(node: Any) -> list[Any]:
    """Return copies of a JSON value with one part of it missing, null, a number or a list."""
    if not isinstance(node, dict):
        return [None, 7, [], [7], {"x": 1}]
    copies = []
    for key, value in node.items():
        copies.append({other: kept for other, kept in node.items() if other != key})
        copies += [{**node, key: broken} for broken in _broken(value)]
    return copies


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@given(
    st.dictionaries(
        st.sampled_from(
            ["type", "event", "team", "user", "view", "actions", "command", "team_id", "user_id"]
        ),
        JSON | st.sampled_from(["event_callback", "block_actions", "view_submission", "T1", "U1"]),
    )
)
def test_any_json_is_read_or_let_go(raw: dict[str, Any]) -> None:
    """No JSON object raises."""
    assert to_inbound(raw) is None or raw


# --- the sender's profile ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (
            {
                "real_name": "A. J.",
                "tz": "Europe/Helsinki",
                "locale": "fi-FI",
                "profile": {"display_name": " Aino "},
            },
            Profile(name="Aino", language="fi", zone="Europe/Helsinki"),
        ),
        (
            {"profile": {"display_name": "", "real_name": "Aino J."}, "locale": "en-GB"},
            Profile("Aino J.", "en"),
        ),
        ({"real_name": "Aino"}, Profile("Aino")),
        ({"tz": None, "locale": 7, "profile": []}, Profile()),
    ],
)
def test_a_profile_holds_what_slack_tells(user: dict[str, Any], expected: Profile) -> None:
    """The shown name before the real one, the language without its region, the zone as it is."""
    assert profile(user) == expected


def test_a_stored_payload_remembers_who_sent_it() -> None:
    """The profile travels inside the body, and the rest of it stays what Slack sent."""
    known = Profile(name='Aino "A" Järvinen', language="fi", zone="Europe/Helsinki")
    body = json.dumps(RECORDED["text"], indent=1).encode() + b" \n"
    inbound = to_inbound(msgspec.json.decode(with_profile(body, known)))
    assert inbound is not None
    assert (inbound.text, inbound.profile) == ("Ihan hyvin, kiitos!", known)


def test_an_unknown_sender_leaves_the_payload_alone() -> None:
    """Nothing to tell, nothing added."""
    assert with_profile(b"{}", Profile()) == b"{}"


# --- out --------------------------------------------------------------------------------------------------

QUESTION = Outbound(
    text="Miten menee, <Aino> & Co? 1/3",
    buttons=(Button("s:1:a", "😀 Hyvin"), Button("s:1:b", "Huonosti")),
    controls=(Button("s:1:skip", "Ohita"),),
)


def outgoing(message: Outbound = QUESTION, **fields: Any) -> Outgoing:
    """Return a message to Aino."""
    about: dict[str, Any] = {"key": "17:0", "delivery": Delivery.QUESTION, "chat": "D0AINO", "op": "send"}
    return Outgoing(message=message, language="fi", **about | fields)


def button(action: str, label: str, value: str) -> dict[str, Any]:
    """Return a button as Block Kit writes it."""
    text = {"type": "plain_text", "text": label, "emoji": False}
    return {"type": "button", "action_id": action, "text": text, "value": value}


def test_a_question_is_posted_with_its_key() -> None:
    """Plain text, buttons in a row of their own, no unfolding, and metadata to find it again."""
    (call,) = to_platform(outgoing(), WORDS)
    assert call == Call(
        "chat.postMessage",
        {
            "channel": "D0AINO",
            "text": "Miten menee, &lt;Aino&gt; &amp; Co? 1/3",
            "blocks": [
                {
                    "type": "section",
                    "text": {"type": "plain_text", "text": "Miten menee, <Aino> & Co? 1/3", "emoji": False},
                },
                {
                    "type": "actions",
                    "elements": [
                        button("choice.0", "😀 Hyvin", "s:1:a"),
                        button("choice.1", "Huonosti", "s:1:b"),
                    ],
                },
                {"type": "actions", "elements": [button("control.0", "Ohita", "s:1:skip")]},
            ],
            "parse": "none",
            "link_names": False,
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": "kuulolla", "event_payload": {"k": "17:0"}},
        },
    )
    assert check_slack_message(call.params) == []


def test_an_edit_takes_the_buttons_away() -> None:
    """The message named by ``ref`` gets the new text and only the new blocks."""
    (call,) = to_platform(outgoing(Outbound(text="Miten menee? ✓ Hyvin"), op="edit", ref="1.2"), WORDS)
    assert call == Call(
        "chat.update",
        {
            "channel": "D0AINO",
            "ts": "1.2",
            "text": "Miten menee? ✓ Hyvin",
            "blocks": [
                {
                    "type": "section",
                    "text": {"type": "plain_text", "text": "Miten menee? ✓ Hyvin", "emoji": False},
                }
            ],
            "parse": "none",
            "link_names": False,
        },
    )


def test_an_acknowledgement_speaks_to_the_person_alone() -> None:
    """Its words go where the tap said, as an ephemeral line beside the message."""
    (call,) = to_platform(
        outgoing(Outbound(text="Tähän <on> jo vastattu."), op="acknowledge", ref="https://h"), WORDS
    )
    message = {
        "response_type": "ephemeral",
        "replace_original": False,
        "text": "Tähän &lt;on&gt; jo vastattu.",
    }
    assert call == Call("https://h", message)


def test_an_acknowledgement_without_words_says_nothing() -> None:
    """The tap was acknowledged on receipt."""
    assert to_platform(outgoing(Outbound(text=""), op="acknowledge", ref="https://h"), WORDS) == ()


def test_a_very_long_text_comes_in_parts() -> None:
    """Only the last part has the buttons and the key; each part is within Slack's limits."""
    text = " ".join(f"sana{number}" for number in range(3000))
    calls = to_platform(outgoing(Outbound(text=text, buttons=QUESTION.buttons)), WORDS)
    assert [check_slack_message(call.params) for call in calls] == [[], [], []]
    assert ["metadata" in call.params for call in calls] == [False, False, True]
    assert [call.params["blocks"][-1]["type"] for call in calls] == ["section", "section", "actions"]
    whole = " ".join(
        block["text"]["text"] for call in calls for block in call.params["blocks"] if "text" in block
    )
    assert whole == text
    (edit,) = to_platform(outgoing(Outbound(text=text), op="edit", ref="1.2"), WORDS)
    assert edit.params["blocks"][0] == calls[-1].params["blocks"][0]


def test_a_message_is_known_by_its_key() -> None:
    """Only our own kind of metadata with the very key counts."""
    good = {"metadata": {"event_type": "kuulolla", "event_payload": {"k": "17:0"}}}
    other = {"metadata": {"event_type": "other", "event_payload": {"k": "17:0"}}}
    assert [carries(message, "17:0") for message in (good, other, {}, None)] == [True, False, False, False]
    assert not carries(good, "17:1")

"""Every question type at its limits, through both platforms' translations: what goes out is valid.

Longest texts and labels, a hundred choices, emoji of many parts, right-to-left writing; put, half answered,
answered, put again, reminded of. What is valid is said by the schemas.
"""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from adapters.slack import translate as slack
from adapters.slack.window import CALLBACK, Origin, WindowTap, view
from adapters.telegram import translate as telegram
from bot.engine.flow import Choice, Flow, Question
from bot.engine.messages import Attachment, Delivery, Outbound, Outgoing
from bot.engine.presets import SCALES, consent_choices, scale_choices, yes_no_choices
from bot.engine.questions import ASKED
from bot.engine.session import Control, Event, Media, Remind, Reply, Say, Settle, Tap
from bot.texts import Texts
from tests.engine.builders import ask, flow, opened, step
from tests.schemas.oracles import check_slack_message, check_slack_view, check_telegram

WRITINGS: Final = {
    "plain": "Long words to be said. ",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈👍🏽 ",
    "right-to-left": "שלום לכולם مرحبا ",
    "hostile": "<b>&amp;*_~`</b> <!channel> ",
}
TEXT: Final = 4096
LABEL: Final = 1000
CHOICES: Final = 100
ID: Final = "q" * 40


def _filled(words: str, length: int) -> str:
    return (words * (length // len(words) + 1))[: length - 1].rstrip() + "."


def _choices(words: str, number: int) -> tuple[Choice, ...]:
    return tuple(
        Choice(id=f"{place:03}{'c' * 37}", label={"en": f"{place} {_filled(words, LABEL)}"})
        for place in range(number)
    )


def _of(kind: Any, words: str) -> Question:
    more: dict[str, Any] = {"text": {"en": _filled(words, TEXT)}, "required": False, "refusable": True}
    match kind:
        case "select_one" | "select_multiple":
            more |= {"choices": _choices(words, CHOICES), "random": kind == "select_one"}
        case "rank":
            more |= {"choices": _choices(words, 10), "random": True}
        case "scale":
            ends = {"en": _filled(words, LABEL)}
            more |= {"choices": scale_choices(-10, 10, ("en",)), "minimum": -10.0, "maximum": 10.0}
            more |= {"min_label": ends, "max_label": ends}
        case "yes_no":
            more |= {"choices": yes_no_choices(("en",))}
        case "consent":
            more |= {"choices": consent_choices(("en",))}
        case "date":
            more |= {"latest": "today"}
        case "text":
            more |= {"long": True}
    return ask(ID, kind, **more)


ANSWERS: Final[dict[str, tuple[Event, ...]]] = {
    "select_one": (Tap("abc.2.99"),),
    "select_multiple": (Tap("abc.2.0"), Tap("abc.2.99"), Reply("1, 2, 3, 100")),
    "rank": (Tap("abc.2.3"), Tap("abc.2.9"), Reply("1 2 3 4 5 6 7 8")),
    "scale": (Reply("-10"),),
    "time": (Reply("9:30"),),
    "email": (Reply("a" * 64 + "@example.org"),),
    "phone": (Reply("+358401234567"),),
    "consent": (Reply("yes"),),
    "location": (Media("location", "", Attachment(latitude=60.0, longitude=24.0, name="x" * 500)),),
    **{
        kind: (
            Media("voice" if kind == "voice" else "photo", "", Attachment(source="s" * 512, name="n" * 500)),
        )
        for kind in ("photo", "voice", "file")
    },
}


def _said(of: Flow, kind: str, words: str) -> Iterator[tuple[Outbound, bool]]:
    """Every message of such a conversation, and whether it replaces an earlier one."""
    session = opened(of)
    events: tuple[Event, ...] = (
        Reply("lead"),
        Control("again"),
        Remind(),
        Reply(""),
        Reply(_filled(words, TEXT + 500)),
        *ANSWERS.get(kind, (Reply(_filled(words, 4000)), Reply("1"))),
        Control("back"),
        Control("refuse"),
        Reply("x"),
    )
    for number, event in enumerate(events, start=1):
        sprint = step(of, session, event, 60 * number)
        session = sprint.session
        for effect in sprint.effects:
            if isinstance(effect, Say | Settle):
                yield effect.message, isinstance(effect, Settle)


def _outgoing(message: Outbound, *, edit: bool) -> Outgoing:
    return Outgoing(
        key="k" * 64,
        delivery=Delivery.EDIT if edit else Delivery.QUESTION,
        chat="123",
        op="edit" if edit else "send",
        message=message,
        ref="77",
        language="en",
    )


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("kind", ASKED)
def test_every_type_fits_both_platforms(kind: str, writing: str) -> None:
    """No call that Telegram or Slack would refuse, and no window either."""
    of = flow(ask("lead"), _of(kind, WRITINGS[writing]), ask("after"))
    texts = Texts.load()
    messages = list(_said(of, kind, WRITINGS[writing]))
    assert len(messages) > 8
    for message, edit in messages:
        outgoing = _outgoing(message, edit=edit)
        for call in telegram.to_platform(outgoing):
            assert check_telegram(call.method, call.params) == []
        for name, params in slack.to_platform(outgoing, texts):
            assert check_slack_message(params) == [], name
            assert _window_problems(params, message, texts) == []


def _window_problems(params: dict[str, Any], message: Outbound, texts: Texts) -> list[str]:
    if not message.form:
        return []
    tap = WindowTap("1", "T1", "t", Origin(message.form_token, "D1", "1.1"), message.form, "en", params)
    found = view(tap, texts)
    assert found["callback_id"] == CALLBACK
    return check_slack_view(found)


def test_all_presets_fit() -> None:
    """The ready-made scales too, in every language."""
    for name, scale in SCALES.items():
        for language in ("fi", "sv", "en"):
            choices = scale_choices(scale.first, scale.last, (language,), scale.labels, scale.marks)
            question = ask("q", "scale", preset=name, choices=choices, text={language: "?"})
            message = next(
                effect.message
                for effect in step(
                    flow(ask("a"), question), opened(flow(ask("a"), question)), Reply("x")
                ).effects
                if isinstance(effect, Say)
            )
            for call in telegram.to_platform(_outgoing(message, edit=False)):
                assert check_telegram(call.method, call.params) == []

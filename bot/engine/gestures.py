"""What a reaction or a sticker says: an emoji alone, as an answer to the open prompt.

Only where its meaning is plain: yes and no, a ready-made scale of faces, and an invite.
"""

from collections.abc import Mapping
from typing import Final

from bot.engine import invites, machine
from bot.engine.flow import Flow, Question
from bot.engine.folding import tidy
from bot.engine.session import Session
from bot.texts import Texts

GESTURES: Final[Mapping[str, Mapping[str, str]]] = {
    "👍": {"yes_no": "👍", "faces": "🙂"},
    "👎": {"yes_no": "👎", "faces": "🙁"},
    "❤": {"yes_no": "👍", "faces": "😀"},
    "👏": {"yes_no": "👍", "faces": "🙂"},
    "👌": {"yes_no": "👍", "faces": "🙂"},
    "💯": {"yes_no": "👍", "faces": "😀"},
    "🔥": {"faces": "😀"},
    "🎉": {"faces": "😀"},
    "😁": {"faces": "😀"},
    "🤩": {"faces": "😀"},
    "😊": {"faces": "🙂"},
    "😢": {"faces": "😞"},
    "😭": {"faces": "😞"},
    "💔": {"faces": "😞"},
    "😡": {"faces": "😞"},
}
"""By emoji, without skin tone and variant: what it stands for in a type of question or a ready-made scale,
in marks that these understand by themselves.
"""


def spoken(emoji: str, open_now: tuple[Flow, Session] | None, texts: Texts) -> str:
    """What an emoji says to the open prompt, as words that it understands; empty where it says nothing."""
    if open_now is None or not emoji:
        return ""
    flow, session = open_now
    if machine.state(session) == "invited":
        return emoji if invites.meaning(emoji, texts) in ("start", "no_thanks") else ""
    if machine.state(session) != "asked" or session.awaiting:
        return ""
    question = flow.question(session.question or "")
    if question.type == "text":
        return ""
    said = said_by(emoji, question)
    return next((one for one in said if machine.understands(flow, session, one, texts)), "")


def said_by(emoji: str, question: Question) -> list[str]:
    """What an emoji may mean as an answer: itself, and at last what it stands for here."""
    stands_for = GESTURES.get(tidy(emoji), {})
    return [emoji, *(stands_for[key] for key in (question.type, question.preset) if key in stands_for)]

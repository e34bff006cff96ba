"""What is sent and not said: a photo, a voice message, any file, a place on the map.

The answer is the platform's own id of the file, with what the platform tells about it beside; whether the
file itself is fetched is not decided here. Words beside a photo are kept with it.
"""

import re
from dataclasses import dataclass
from typing import Final

from bot.engine.flow import Question
from bot.engine.folding import one_line
from bot.engine.questions.base import NOTHING, Offer, Prompt, Reading, Repair, Understood
from bot.engine.questions.select_one import with_words
from bot.engine.questions.text import SHOWN, too_long
from bot.engine.session import Answer, Detail, Media

_FILES: Final = ("photo", "document", "audio", "voice", "video", "video_note", "animation", "live_photo")
_COORDINATES: Final = re.compile(r"(-?\d{1,2}(?:\.\d{1,15})?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d{1,15})?)")
LATITUDES: Final = 90
LONGITUDES: Final = 180
MARKS: Final = {"photo": "📷", "voice": "🎤", "file": "📎"}
"""How an answer without words looks under its question."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A file of certain kinds. ``mime`` is how the kind of other files begins that are taken as well."""

    kinds: tuple[str, ...]
    mime: str
    hint: Repair
    seconds: int

    def offer(self, prompt: Prompt) -> Offer:
        """Nothing to press."""
        return NOTHING

    def read(self, words: str, prompt: Prompt) -> Reading:
        """Words alone are no file."""
        return self.hint

    def receive(self, media: Media, prompt: Prompt) -> Reading | None:
        """The file, unless it is of another kind."""
        sent = media.sent
        if sent is None or not sent.source or media.what not in _FILES:
            return None
        if media.what not in self.kinds and not (self.mime and sent.mime.startswith(self.mime)):
            return None
        if len(media.words) > prompt.question.max_length:
            return too_long(media.words, prompt.question)
        told: Detail = {"what": media.what, "name": one_line(sent.name, SHOWN), "mime": sent.mime[:SHOWN]}
        sizes: Detail = {"size": sent.size, "seconds": sent.seconds}
        detail = {key: value for key, value in (*told.items(), *sizes.items()) if value}
        return Understood(Answer(sent.source, other=media.words, detail=detail))

    def shown(self, answer: Answer, question: Question, language: str) -> str:
        """A mark for what was sent, its name and the words beside it."""
        name = one_line(str(answer.detail.get("name", "")), SHOWN)
        return with_words(f"{MARKS[question.type]} {name}".rstrip(), one_line(answer.other, SHOWN))


class Location:
    """A place: a pin on the map, coordinates, or the name of a place in words."""

    seconds: Final = 20

    def offer(self, prompt: Prompt) -> Offer:
        """Nothing to press."""
        return NOTHING

    def read(self, words: str, prompt: Prompt) -> Reading:
        """Coordinates, or else the words as they are: not every platform has a map."""
        found = _COORDINATES.fullmatch(words)
        if found is not None:
            place = _place(float(found[1]), float(found[2]))
            if place is not None:
                return Understood(Answer(place, detail={"as": "coordinates"}))
        if len(words) > prompt.question.max_length:
            return too_long(words, prompt.question)
        if not any(map(str.isalpha, words)):
            return Repair("hint.location")
        return Understood(Answer(words, detail={"as": "words"}))

    def receive(self, media: Media, prompt: Prompt) -> Reading | None:
        """A pin on the map."""
        sent = media.sent
        if sent is None or sent.latitude is None or sent.longitude is None:
            return None
        place = _place(sent.latitude, sent.longitude)
        if place is None:
            return None
        named: Detail = {"name": one_line(sent.name, SHOWN)} if sent.name else {}
        return Understood(Answer(place, detail={"as": "pin", **named}))

    def shown(self, answer: Answer, question: Question, language: str) -> str:
        """The place as it was told."""
        return f"📍 {one_line(str(answer.detail.get('name') or answer.value), SHOWN)}"


def _place(latitude: float, longitude: float) -> str | None:
    """``60.169900,24.938400``: six decimals are a tenth of a metre."""
    if abs(latitude) > LATITUDES or abs(longitude) > LONGITUDES:
        return None
    return f"{latitude:.6f},{longitude:.6f}"


PHOTO: Final = Sent(("photo", "live_photo"), "image/", Repair("hint.photo"), 30)
VOICE: Final = Sent(("voice", "audio"), "audio/", Repair("hint.voice"), 40)
FILE: Final = Sent(_FILES, "", Repair("hint.file"), 40)

"""What a Telegram message carries beside words: files, places, contacts (Bot API, Message). Pure.

Anything may be in it: what cannot be read is left out, never raised.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from bot.engine.messages import Attachment

SOURCE: Final = "telegram:"
"""Before Telegram's file id, so that it is known where the file can be fetched."""
LONGEST_ID: Final = 300
"""Letters of a file id; real ones have about 80."""


class _File(msgspec.Struct):
    file_id: str = ""
    file_name: str = ""
    mime_type: str = ""
    file_size: int = 0
    duration: int = 0


class _Location(msgspec.Struct):
    latitude: float
    longitude: float


class _Venue(msgspec.Struct):
    location: _Location
    title: str = ""


class _Contact(msgspec.Struct):
    phone_number: str = ""
    user_id: int = 0


def attachment(media: str, body: Mapping[str, object], sender: int) -> Attachment | None:
    """What stands under ``media`` in the message; None where it is nothing that could be kept.

    A contact counts only where it is the sender's own.
    """
    try:
        return _read(media, body.get(media), sender)
    except msgspec.ValidationError:
        return None


def _read(media: str, raw: Any, sender: int) -> Attachment | None:
    match media:
        case "location":
            place = msgspec.convert(raw, _Location)
            return Attachment(latitude=place.latitude, longitude=place.longitude)
        case "venue":
            venue = msgspec.convert(raw, _Venue)
            where = venue.location
            return Attachment(latitude=where.latitude, longitude=where.longitude, name=venue.title)
        case "contact":
            contact = msgspec.convert(raw, _Contact)
            number = contact.phone_number
            return Attachment(phone=f"+{number.lstrip('+')}" if number and contact.user_id == sender else "")
        case "photo":
            sizes = msgspec.convert(raw, list[_File])
            return _file(sizes[-1]) if sizes else None  # the last one is the largest
    return _file(msgspec.convert(raw, _File)) if isinstance(raw, Mapping) else None


def _file(found: _File) -> Attachment | None:
    if not 0 < len(found.file_id) <= LONGEST_ID:
        return None
    return Attachment(
        source=SOURCE + found.file_id,
        name=found.file_name,
        mime=found.mime_type,
        size=max(0, found.file_size),
        seconds=max(0, found.duration),
    )

"""Where the golden chats of the whole service begin: who is there, and what hangs on the wall."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy import insert

from bot.service import links, sharing
from storage import Connection, presence
from storage import tables as t
from tests.service.association import COURSE, DESK, PULSE, alerting, configured
from tests.service.rig import Rig

ENCOUNTERS: Final = {
    "fi": ("Siivouspäivä", "Kahvihetki"),
    "sv": ("Städdagen", "Kaffestunden"),
    "en": ("Clean-up day", "Coffee hour"),
}


Offered = Mapping[str, str | Callable[[], object]]
"""What a chat may name in braces, and what an admin may do in it."""


def encounters(rig: Rig, language: str) -> list[int]:
    """Two encounters: one that goes on, and one of yesterday."""
    found = []
    for number, name in enumerate(ENCOUNTERS[language]):
        start = rig.now - timedelta(hours=1 + 24 * number)
        values = {
            "key": f"test:{name}",
            "kind": "event",
            "name": name,
            "starts_at": start,
            "ends_at": start + timedelta(hours=2),
            "updated_at": rig.now,
        }
        found.append(rig.write(partial(_insert, values=values)))
    return found


def _insert(connection: Connection, values: Mapping[str, object]) -> int:
    key = connection.execute(insert(t.encounters).values(**values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def poster(rig: Rig, language: str) -> Offered:
    """A poster about an event, with a link to the course survey, and one to check in."""
    happening = f"#{encounters(rig, language)[0]}"
    asking = rig.write(
        lambda c: links.make(
            rig.context, c, survey="course", encounter=happening, lasts=timedelta(days=30), most=None,
            by="test", now=rig.now,
        )
    )  # fmt: skip
    coming = rig.write(
        lambda c: links.make_check_in(rig.context, c, encounter=happening, most=None, by="test", now=rig.now)
    )
    return {"link": asking.token, "here": coming.token}


def desk(rig: Rig, language: str) -> Offered:
    """Maija reads and answers; Aino was at two encounters; low answers to the pulse are told."""
    surveys = alerting(PULSE, "mood == 'bad'") + COURSE
    rig.restart(configured(surveys, DESK.format(language=language)))
    aino, maija = rig.person("Aino", language=language), rig.person("Maija", language=language, groups=())
    maija.says("kiitos")
    found = encounters(rig, language)
    for number in found:
        came = partial(presence.attend, encounter_id=number, person_id=aino.person, source="", now=rig.now)
        rig.write(came)
    return {}


TOLD: Final = {
    "fi": "Kolme neljästä voi hyvin. Avaamme iltakahvilan syksyllä.",
    "sv": "Tre av fyra mår bra. Vi öppnar ett kvällskafé i höst.",
    "en": "Three in four are well. We open an evening café this autumn.",
}


def told(rig: Rig, language: str) -> Offered:
    """A round that promises to tell what came of it. Three others answer."""
    rig.restart(configured(PULSE + 'results_by = "14d"\nk = 3\n'))
    others = [rig.person(name, language=language, platform="side") for name in ("Bo", "Cleo", "Dani")]
    rig.person("Aino", language=language)

    def others_answer() -> None:
        for one in others:
            for words in ("1", "2", "-"):
                one.says(words)

    def tell() -> None:
        rig.write(lambda c: sharing.share(rig.context, c, "pulse", TOLD, by="test", now=rig.now))

    return {"ask": rig.open_wave, "others answer": others_answer, "tell": tell}


SITUATIONS: Final[Mapping[str, Callable[[Rig, str], Offered]]] = {
    "poster": poster,
    "desk": desk,
    "told": told,
}

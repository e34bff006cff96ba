"""The words a member may write instead of pressing a button, and how a written word finds its meaning.

The tables are by language, but a word counts in whatever language the person has chosen: people mix them.
Nothing here decides what a meaning leads to; that is ``intent`` and ``machine``.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Generic, TypeVar

from bot.engine.folding import fold, loosen

Meaning = TypeVar("Meaning")

LONGEST: Final = 500
"""Characters beyond which a text is no word of ours and no choice of a flow: comparing stays cheap."""


class Vocabulary(Generic[Meaning]):
    """Words and their meanings. A word of an earlier rank hides later ones; one with two meanings has none.

    A word that is not known as written is looked up once more without accents and punctuation, and counts
    only where all ranks together leave a single meaning.
    """

    __slots__ = ("_exact", "_loose")

    def __init__(self, *ranks: Iterable[tuple[str, Meaning]]) -> None:
        self._exact: dict[str, Meaning | None] = {}
        self._loose: dict[str, Meaning | None] = {}
        for rank in ranks:
            own: dict[str, Meaning | None] = {}
            for word, meaning in rank:
                key = fold(word)
                _note(own, key, meaning)
                _note(self._loose, loosen(key), meaning)
            self._exact = own | self._exact

    def find(self, typed: str) -> Meaning | None:
        """The meaning of a whole message, or None."""
        if len(typed) > LONGEST:
            return None
        key = fold(typed)
        if key in self._exact:
            return self._exact[key]
        return self._loose.get(loosen(key))


def _note(words: dict[str, Meaning | None], key: str, meaning: Meaning) -> None:
    words[key] = meaning if words.get(key, meaning) == meaning else None


ByLanguage = Mapping[str, tuple[str, ...]]

COMMANDS: Final[Mapping[str, ByLanguage]] = {
    "start": {"fi": ("aloita", "alkuun"), "sv": ("börja", "starta"), "en": ("start", "begin")},
    "stop": {"fi": ("seis", "lopeta"), "sv": ("stopp", "sluta"), "en": ("stop", "unsubscribe")},
    "later": {"fi": ("myöhemmin",), "sv": ("senare",), "en": ("later", "snooze")},
    "less": {"fi": ("vähemmän", "harvemmin"), "sv": ("mindre", "mer sällan"), "en": ("less", "less often")},
    "normal": {"fi": ("normaali", "normaalisti"), "sv": ("normal", "normalt"), "en": ("normal", "usual")},
    "more": {"fi": ("enemmän", "useammin"), "sv": ("mer", "oftare"), "en": ("more", "more often")},
    "language": {"fi": ("kieli", "kielet"), "sv": ("språk",), "en": ("language", "languages")},
    "why": {"fi": ("miksi", "miksi minä"), "sv": ("varför", "varför jag"), "en": ("why", "why me")},
    "privacy": {
        "fi": ("tietosuoja", "yksityisyys"),
        "sv": ("integritet", "dataskydd"),
        "en": ("privacy", "data protection"),
    },
    "feedback": {
        "fi": ("palaute", "palautetta", "anna palautetta"),
        "sv": ("respons", "återkoppling", "ge respons"),
        "en": ("feedback", "give feedback"),
    },
    "help": {"fi": ("apua", "apu", "ohje", "ohjeet"), "sv": ("hjälp",), "en": ("help",)},
    "me": {
        "fi": ("minä", "omat tiedot", "tietoni"),
        "sv": ("jag", "mina uppgifter"),
        "en": ("me", "my data"),
    },
    "hours": {"fi": ("ajat", "kellonajat"), "sv": ("tider",), "en": ("hours",)},
    "days": {
        "fi": ("päivät", "hiljaiset päivät"),
        "sv": ("dagar", "tysta dagar"),
        "en": ("days", "quiet days"),
    },
    "where": {"fi": ("missä",), "sv": ("var",), "en": ("where",)},
    "topics": {"fi": ("aiheet",), "sv": ("ämnen",), "en": ("topics",)},
    "mydata": {
        "fi": ("tietopyyntö", "lähetä tietoni"),
        "sv": ("registerutdrag", "skicka mina uppgifter"),
        "en": ("mydata", "send me my data"),
    },
    "forget": {
        "fi": ("unohda", "unohda minut", "poista tietoni"),
        "sv": ("glöm", "glöm mig", "radera mina uppgifter"),
        "en": ("forget", "forget me", "erase my data"),
    },
    "link": {"fi": ("yhdistä",), "sv": ("koppla",), "en": ("link",)},
    "answers": {"fi": ("vastaukseni",), "sv": ("mina svar",), "en": ("answers", "my answers")},
}
"""What steers the bot as a whole. The names are the platform commands too."""

LANGUAGE_NAMES: Final[Mapping[str, ByLanguage]] = {
    "fi": {"fi": ("suomi", "suomeksi"), "sv": ("finska", "på finska"), "en": ("finnish", "in finnish")},
    "sv": {"fi": ("ruotsi", "ruotsiksi"), "sv": ("svenska", "på svenska"), "en": ("swedish", "in swedish")},
    "en": {
        "fi": ("englanti", "englanniksi"),
        "sv": ("engelska", "på engelska"),
        "en": ("english", "in english"),
    },
}
"""A language named is a language chosen."""

CONTROLS: Final[Mapping[str, ByLanguage]] = {
    "back": {
        "fi": ("takaisin", "edellinen", "taaksepäin"),
        "sv": ("tillbaka", "föregående", "bakåt"),
        "en": ("back", "go back", "previous"),
    },
    "skip": {
        "fi": ("ohita", "ohita kysymys", "väliin", "jätä väliin"),
        "sv": ("hoppa över", "hoppa"),
        "en": ("skip", "skip this", "pass"),
    },
    "refuse": {
        "fi": ("en halua sanoa", "en halua vastata", "en sano"),
        "sv": ("vill inte säga", "jag vill inte säga", "vill inte svara"),
        "en": ("prefer not to say", "rather not say", "i prefer not to say"),
    },
    "again": {
        "fi": ("jatka", "jatketaan", "uudestaan"),
        "sv": ("fortsätt", "igen"),
        "en": ("continue", "go on", "again"),
    },
    "not_now": {"fi": ("ei nyt",), "sv": ("inte nu",), "en": ("not now",)},
    "decline": {"fi": ("ei kiitos",), "sv": ("nej tack",), "en": ("no thanks", "no thank you")},
    "restart": {
        "fi": ("aloita alusta", "alusta", "alusta asti"),
        "sv": ("börja om", "från början", "börja från början"),
        "en": ("start over", "restart", "from the beginning"),
    },
}
"""What steers the open session."""

YES: Final[ByLanguage] = {
    "fi": ("kyllä", "kylla", "joo", "juu", "joo kiitos", "kyllä kiitos", "jep", "toki"),
    "sv": ("ja", "jo", "japp", "ja tack", "javisst", "jadå"),
    "en": ("yes", "y", "yeah", "yep", "yes please", "sure"),
    "": ("👍", "✅", "✔", "👌"),
}
NO: Final[ByLanguage] = {
    "fi": ("ei", "e", "en", "ei kiitos"),
    "sv": ("nej", "nä", "nix", "nej tack"),
    "en": ("no", "n", "nope", "no thanks", "no thank you"),
    "": ("👎", "❌", "✖"),
}
BEGIN: Final[ByLanguage] = {
    "fi": ("aloita", "aloitetaan", "ok", "okei", "sopii", "selvä", "valmis"),
    "sv": ("börja", "starta", "okej", "gärna", "visst"),
    "en": ("start", "begin", "okay", "go", "let's go", "ready"),
}
"""Said to an invite, besides yes."""

DONE: Final[ByLanguage] = {
    "fi": ("valmis", "valmista", "siinä"),
    "sv": ("klar", "klart", "färdig"),
    "en": ("done", "ready", "that's all"),
}
KEEP: Final[ByLanguage] = {
    "fi": ("pidä", "pidä vastaukseni"),
    "sv": ("behåll", "behåll mitt svar"),
    "en": ("keep", "keep my answer"),
}
GREETINGS: Final[ByLanguage] = {
    "fi": ("moi", "moikka", "hei", "heippa", "terve", "moro", "huomenta", "päivää", "iltaa", "täällä taas"),
    "sv": ("hej", "hejsan", "hallå", "tjena", "god morgon", "goddag", "god kväll", "här igen"),
    "en": ("hi", "hello", "hey", "good morning", "good afternoon", "good evening", "back again", "i'm back"),
    "": ("👋", "?", "??", "…"),
}
"""Said by somebody who comes back to a question after hours, and no answer to it then."""
JOINERS: Final = ("and", "ja", "och", "sekä", "samt", "&", "+")
"""Words between the parts of a typed list."""


def words(table: ByLanguage) -> tuple[str, ...]:
    """All words of a table, of every language."""
    return tuple(word for spoken in table.values() for word in spoken)


def vocabulary(tables: Mapping[str, ByLanguage]) -> Vocabulary[str]:
    """The words of several tables; the meaning is the table's name."""
    return Vocabulary((word, name) for name, table in tables.items() for word in words(table))

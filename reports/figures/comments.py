"""Free words put in order: by the language they are written in, and by what many of them speak of.

Language is read from the words themselves and from nothing that is known of the writer. Words of one stem are
counted once a comment; the stems are light ones, cut by endings alone, in the manner of Harman's S-stemmer
(JASIS 42, 1991) and Savoy's light stemmers for Finnish and Swedish (SAC 2006). Nothing is left out.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MOST_THEMES: Final = 8
FEWEST_SAY: Final = 3
"""Comments that make a theme."""

SHORTEST_WORD, SHORTEST_STEM = 3, 3

WORD: Final = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")

COMMON: Final = {
    "fi": frozenset(
        """
        ja on ei se ne oli että mutta kun niin kuin vaan myös olla olen ovat olivat voi olisi minä sinä
        hän me te he tämä nämä joka jotka mikä mitä miten jos tai sekä hyvin paljon enemmän vähän liian
        kaikki ihan nyt vielä aina kanssa meille minulle saisi pitäisi jälkeen kesken
        """.split()
    ),
    "sv": frozenset(
        """
        och det att i en ett som på är av för med den till inte om har de var vi jag ni man så men när
        kan ska skulle vore mycket mer lite bara också alla från eller vara hade blev där här nu än mig
        oss
        """.split()
    ),
    "en": frozenset(
        """
        the and a an of to in is it was that for on with as are be this have had not but they we you i
        he she my our your at or from so very too more much little would could should there here all
        just been out
        """.split()
    ),
}
"""Words that say in which language something is written, and nothing about its matter."""

ENDINGS: Final = {
    "fi": tuple(
        """
        issaan issään istamme essamme llekin ssakin issa issä ista istä illa illä ille ilta iltä ssa ssä
        sta stä lla llä lle lta ltä iin een aan ään oon ten ksi mme nne nsa nsä tta ttä jen ien ja jä ia
        iä ta tä at ät et it ot öt en in an än t n a ä i
        """.split()
    ),
    "sv": tuple(
        """
        heterna heten arnas ernas ornas arna erna orna andet ade ande are ens ets ar er or en et na an t
        n s a e
        """.split()
    ),
    "en": tuple(
        """
        ingly edly ings ing ies ely ed es ly s y e
        """.split()
    ),
}
"""Endings that are cut, the longest first. One is cut, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """What several comments speak of. ``said`` are their places."""

    label: str
    """The form in which it was said most often."""
    said: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """Places of comments by language, the greatest group first (empty: cannot be told), and the themes."""

    languages: tuple[tuple[str, tuple[int, ...]], ...]
    themes: tuple[Theme, ...]

    def of(self, place: int) -> tuple[int, ...]:
        """The numbers of the themes that a comment speaks of."""
        return tuple(number for number, theme in enumerate(self.themes) if place in theme.said)


def grouped(comments: Sequence[str]) -> Grouped:
    """Languages and themes of these comments."""
    spoken = [language_of(comment) for comment in comments]
    places = Counter(spoken)
    order = sorted(places, key=lambda language: (not language, -places[language], language))
    return Grouped(
        languages=tuple(
            (language, tuple(place for place, one in enumerate(spoken) if one == language))
            for language in order
        ),
        themes=_themes(comments, spoken),
    )


def language_of(comment: str) -> str:
    """fi, sv or en, whichever has most of its common words in it; empty where none or two have."""
    words = [word.lower() for word in WORD.findall(comment)]
    found = {language: sum(word in common for word in words) for language, common in COMMON.items()}
    best = max(found.values())
    leading = [language for language, n in found.items() if n == best]
    if best and len(leading) == 1:
        return leading[0]
    return "fi" if re.search(r"yy|ää|öö|uu|ii", comment.lower()) and "å" not in comment.lower() else ""


def stem(word: str, language: str) -> str:
    """A word without its ending. Languages that are not known here keep their words whole."""
    for ending in ENDINGS.get(language, ()):
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            return word.removesuffix(ending)
    return word


def _themes(comments: Sequence[str], spoken: Sequence[str]) -> tuple[Theme, ...]:
    said: dict[str, set[int]] = {}
    forms: dict[str, Counter[str]] = {}
    for place, (comment, language) in enumerate(zip(comments, spoken, strict=True)):
        for found in WORD.findall(comment):
            word = found.lower()
            if len(word) < SHORTEST_WORD or any(word in common for common in COMMON.values()):
                continue
            root = stem(word, language)
            said.setdefault(root, set()).add(place)
            forms.setdefault(root, Counter())[word] += 1
    most = sorted(said, key=lambda root: (-len(said[root]), root))
    return tuple(
        Theme(label=forms[root].most_common(1)[0][0], said=frozenset(said[root]))
        for root in most[:MOST_THEMES]
        if len(said[root]) >= FEWEST_SAY
    )

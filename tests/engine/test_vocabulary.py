"""A written word finds its meaning, or none where it has two."""

from bot.engine.vocabulary import LONGEST, Vocabulary


def test_an_earlier_rank_hides_a_later_one() -> None:
    """What the person's own language says goes before what another says."""
    words = Vocabulary([("fint", "good")], [("fint", "rain"), ("regn", "rain")])
    assert words.find("Fint!") == "good"
    assert words.find("regn") == "rain"


def test_two_meanings_are_none() -> None:
    """A word with two meanings in one rank is not guessed, and does not fall back to accents left out."""
    words = Vocabulary([("fint", "good"), ("fint", "rain"), ("fint", "good")])
    assert words.find("fint") is None


def test_accents_are_left_out_only_where_it_is_clear() -> None:
    """A loose word counts where all ranks together have one meaning for it."""
    words = Vocabulary([("hätä", 1), ("sää", 2)], [("saa", 3)])
    assert words.find("hata") == 1
    assert words.find("saa") == 3
    assert words.find("säa") is None


def test_half_a_word_is_none() -> None:
    """The beginning of a word is not the word."""
    assert Vocabulary([("always", 1)]).find("alw") is None


def test_a_letter_is_not_compared() -> None:
    """Beyond the longest choice nothing is looked up."""
    assert Vocabulary([("a" * (LONGEST + 1), 1)]).find("a" * (LONGEST + 1)) is None

"""An organisation's own words: in the right form, in any language, and told where they are missing."""

from pathlib import Path

from bot.config.load import load
from bot.config.model import OwnTexts
from bot.texts import Texts


def test_a_language_of_its_own() -> None:
    """What is written is said; the rest falls back to English, also in a language of three forms."""
    own: OwnTexts = {
        "pl": {"less.done": "Dobrze.", "later.days": {"one": "{n} dzień", "few": "{n} dni", "many": "{n}!"}}
    }
    texts = Texts.load().replaced(own)
    assert texts("less.done", "pl") == "Dobrze."
    assert texts("more.done", "pl") == Texts.load()("more.done", "en")
    assert [texts.plural("later.days", "pl", n) for n in (1, 3, 5)] == ["1 dzień", "3 dni", "5!"]
    assert texts.plural("choices.too_few", "pl", 3) == "Please choose at least 3."


def test_all_forms_at_once() -> None:
    """One text for a key that counts is every form of it."""
    texts = Texts.load().replaced({"en": {"later.days": "{n} d"}})
    assert [texts.plural("later.days", "en", n) for n in (1, 2)] == ["1 d", "2 d"]


def test_a_language_nobody_knows_counts_as_english_does() -> None:
    """Its words are said all the same."""
    texts = Texts.load().replaced({"xx": {"less.done": "Xx."}})
    assert texts("less.done", "xx") == "Xx."
    assert texts.plural("choices.too_few", "xx", 1) == "Please choose at least one."


def test_check_tells_what_is_not_translated(tmp_path: Path) -> None:
    """A language that the bot does not speak is spoken as far as it is written."""
    file = tmp_path / "config.toml"
    organisation = '[organisation]\nname = "X"\nlanguages = ["en", "et"]\n'
    file.write_text(f'{organisation}[texts.et]\n"less.done" = "Hästi."\n', encoding="utf-8")
    _, problems = load(file)
    (said,) = [problem.message for problem in problems if problem.path == "[texts]"]
    count = f"{len(Texts.load().keys) - 1} of the bot's {len(Texts.load().keys)} texts"
    assert said == f'et: {count} are not written; the first is "invite.hello".'

"""The bot's own words: complete and equal in every language, without markup, and there for whoever asks."""

import ast
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import bot.texts
from bot.engine.invites import CODES
from bot.engine.vocabulary import COMMANDS, CONTROLS, LANGUAGE_NAMES, Vocabulary, vocabulary, words
from bot.texts import LANGUAGES, Texts
from scheduler.verdicts import Reason

ROOT = Path(bot.texts.__file__).resolve().parents[2]


def _catalogue(language: str) -> Catalog:
    path = Path(bot.texts.__file__).parent / "locale" / language / "LC_MESSAGES" / "kuulolla.po"
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _forms(catalogue: Catalog) -> dict[str, tuple[str, ...]]:
    """Key to its text, or to its texts where it has plural forms."""
    found = {}
    for message in catalogue:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            found[key] = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    return found


FORMS = {language: _forms(_catalogue(language)) for language in LANGUAGES}
KEYS = sorted(FORMS["en"])
BUTTONS = (
    *(f"invite.{code}" for code in CODES),
    *(f"date.{day}" for day in ("today", "yesterday", "tomorrow")),
    *(f"slack.window.{part}" for part in ("open", "title", "answer", "send", "cancel")),
    "slack.choose",
)


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_same_keys(language: str) -> None:
    """Every language has every key, in the same order, and none is empty."""
    assert list(FORMS[language]) == list(FORMS["en"])
    assert [key for key, forms in FORMS[language].items() if not all(forms)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_same_placeholders(language: str) -> None:
    """A text asks for the same values in every language; only a plural may leave its number unsaid."""
    for key, forms in FORMS[language].items():
        wanted = set.union(*map(_names, FORMS["en"][key]))
        for form in forms:
            assert _names(form) | {"n"} == wanted | {"n"}, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_forms_are_complete(language: str) -> None:
    """A key that counts has as many forms as the language has plurals, and the same keys count everywhere."""
    plurals = {key for key, forms in FORMS["en"].items() if len(forms) > 1}
    for key, forms in FORMS[language].items():
        assert len(forms) == (_catalogue(language).num_plurals if key in plurals else 1), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_plain_and_calm(language: str) -> None:
    """Texts are plain: no markup, no shouting, no control signs, no space at the ends or doubled."""
    for key, forms in FORMS[language].items():
        for form in forms:
            assert not re.search(
                r"[<>*_`!]|[\x00-\x09\x0b-\x1f]|  ", form.replace("{", "").replace("}", "")
            ), key
            assert form == form.strip(), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_buttons_fit(language: str) -> None:
    """What stands on a button of ours fits the narrowest place for it: 24 characters in Slack's windows."""
    for key in (*BUTTONS, *(key for key in KEYS if key.startswith("control."))):
        assert len(FORMS[language][key][0]) <= 24, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_commands_fit(language: str) -> None:
    """What a chat shows beside a command has at most 256 characters, as Telegram allows."""
    for key, forms in FORMS[language].items():
        if key.startswith("command."):
            assert 3 <= len(forms[0]) <= 256, key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(reason: Reason, language: str) -> None:
    """The reason of a decision can be told to the person."""
    assert Texts.load()(f"why.{reason.name}", language).endswith(".")


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_names_words_that_work(language: str) -> None:
    """Each word that the help explains steers the bot or the session."""
    steering = vocabulary({**COMMANDS, **CONTROLS})
    for line in Texts.load()("help", language, organisation="Hauskala").splitlines()[1:]:
        for word in line.partition(":")[0].split(", "):
            assert steering.find(word) is not None, word


@pytest.mark.parametrize(
    ("key", "word"), [("stop.done", "start"), ("session.kept", "again"), ("repair.enough", "stop")]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_words_in_quotes_work(key: str, word: str, language: str) -> None:
    """A word that a text tells the member to write is understood."""
    quoted = re.search("[“”](.+?)”", Texts.load()(key, language))
    assert quoted is not None
    assert vocabulary({**COMMANDS, **CONTROLS}).find(quoted[1]) == word


@pytest.mark.parametrize(
    "tables", [COMMANDS, CONTROLS, LANGUAGE_NAMES], ids=("commands", "controls", "languages")
)
def test_every_command_has_words_in_every_language(tables: dict[str, dict[str, tuple[str, ...]]]) -> None:
    """Each command can be written in each language."""
    assert {name: set(table) for name, table in tables.items()} == {name: set(LANGUAGES) for name in tables}


def test_no_word_means_two_things() -> None:
    """No steering word has two meanings, not even without accents."""
    tables = {**COMMANDS, **CONTROLS, **LANGUAGE_NAMES}
    steering: Vocabulary[str] = vocabulary(tables)
    for name, table in tables.items():
        for word in words(table):
            assert steering.find(word) == name, word


def _asked_for() -> Iterator[tuple[str, str]]:
    """Every key that stands in the code as such: the file and the key."""
    for path in (*ROOT.glob("bot/**/*.py"), *ROOT.glob("adapters/**/*.py")):
        if "config" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            key = node.args[0]
            if called in SAYING and isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield path.name, key.value


SAYING = {"words", "_words", "texts", "plural", "Repair"}
"""What the functions are called that take a key first."""


def test_every_key_in_the_code_exists() -> None:
    """No text is asked for that nobody wrote."""
    assert sorted({(file, key) for file, key in _asked_for() if key not in FORMS["en"]}) == []


def test_every_key_is_used() -> None:
    """No text is written that nobody ever says: its key stands in the code, or the code can build it."""
    files = (*ROOT.glob("bot/**/*.py"), *ROOT.glob("adapters/**/*.py"))
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    whole = set(re.findall(r"""["']([a-z][\w.]*)["']""", code))
    built = {"[^.]+".join(map(re.escape, parts)) for parts in map(HOLE.split, TEMPLATE.findall(code))}
    patterns = [re.compile(one) for one in built if len(one.replace("[^.]+", "")) >= SHORTEST]
    assert [key for key in KEYS if key not in whole and not any(map(_fits(key), patterns))] == []


TEMPLATE = re.compile(r"""f["']((?:[\w.]|\{[^}]*\})*)["']""")
HOLE = re.compile(r"\{[^}]*\}")
SHORTEST = 4
"""Letters of a template that are sure; with fewer it would fit anything."""


def _fits(key: str) -> Callable[[re.Pattern[str]], bool]:
    return lambda pattern: pattern.fullmatch(key) is not None


def test_filled_in() -> None:
    """A text takes its values, and a plural its number."""
    texts = Texts.load()
    assert texts("reminder.invite", "en", asker="Hauskala").startswith("A small reminder: Hauskala")
    assert texts.plural("choices.too_few", "fi", 1) == "Valitse ainakin yksi."
    assert texts.plural("choices.too_few", "fi", 2) == "Valitse ainakin 2."


def test_values_are_not_read_as_texts() -> None:
    """Braces in a value stay what they are."""
    assert Texts.load()("invite.hello", "en", name="{asker.__class__}") == "Hello {asker.__class__}."


@pytest.mark.parametrize(
    ("language", "said"), [("fi", "Ohita"), ("sv-FI", "Hoppa över"), ("xx", "Skip"), ("", "Skip")]
)
def test_language_falls_back(language: str, said: str) -> None:
    """A region is left out, and an unknown language gets English."""
    assert Texts.load()("control.skip", language) == said


def test_unknown_key() -> None:
    """A key that nobody wrote is our bug and says so."""
    with pytest.raises(KeyError):
        Texts.load()("no.such.key", "fi")


def test_loaded_once() -> None:
    """The catalogues are read once for the whole process."""
    assert Texts.load() is Texts.load()


def test_dates_in_words() -> None:
    """A moment is shown as the day it is in the person's zone."""
    late = datetime(2026, 5, 4, 22, 30, tzinfo=UTC)
    assert Texts.load().date(late, "fi", "Europe/Helsinki") == "5. toukokuuta 2026"
    assert Texts.load().date(late, "en", "UTC") == "4 May 2026"

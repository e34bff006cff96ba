"""Every way to get a configuration wrong that we know of, and what is said about it.

Each file in ``tests/bad_toml`` ends with what must be said of it: ``#! line: place: message`` for errors,
``#?`` for warnings (looked at where the name begins with ``warn_``).
"""

from pathlib import Path

import pytest

from bot.config.load import load
from bot.errors import Problem

CASES = Path(__file__).parent.parent / "bad_toml"
ERROR, WARNING = "#! ", "#? "


def _expected(text: str, mark: str) -> list[str]:
    return [line.removeprefix(mark) for line in text.splitlines() if line.startswith(mark)]


def _said(problems: list[Problem], severity: str, file: Path) -> list[str]:
    lines = (str(problem) for problem in problems if problem.severity == severity)
    return [line.removeprefix(f"{file}:").strip().replace(f"{CASES}/", "") for line in lines]


@pytest.mark.parametrize("name", sorted(path.stem for path in CASES.glob("*.toml")))
def test_a_mistake_is_told_with_its_line_and_what_to_do(name: str) -> None:
    """All errors of a file are told at once, with line, place and advice, and leave no configuration."""
    file = CASES / f"{name}.toml"
    text = file.read_text(encoding="utf-8")
    config, problems = load(file)
    assert _said(problems, "error", file) == _expected(text, ERROR)
    if name.startswith("warn_"):
        assert _said(problems, "warning", file) == _expected(text, WARNING)
    assert (config is None) == bool(_expected(text, ERROR))


def test_there_are_many_cases() -> None:
    """The cases are found where they are looked for."""
    assert len(list(CASES.glob("*.toml"))) >= 150


def test_messages_speak_to_people() -> None:
    """No message repeats the words of a library or a type of the program."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in CASES.glob("*.toml"))
    strange = (
        "Input should",
        "validation",
        "Traceback",
        "Error:",
        "NoneType",
        " dict",
        "pydantic",
        "str type",
    )
    lines = [*_expected(text, ERROR), *_expected(text, WARNING)]
    assert [line for line in lines if any(word in line for word in strange)] == []

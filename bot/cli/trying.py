"""``kuulolla try``: play a flow in the terminal as a member would, see what is kept, and keep the chat."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bot.cli.common import config_option, load, open_store
from bot.errors import EXIT_USER_ERROR, Problem, UserError

if TYPE_CHECKING:
    from bot.config.model import Config
    from bot.engine.flow import Flow

OURS: Final = {"<": "", "=": "  kept  ", "@": "  waits ", "*": "  command ", ".": "  "}
"""How our lines begin in a chat's text, and in the terminal. What replaces an older message is not shown."""
LONGEST: Final = 200
"""Characters of what is known of a person, as far as texts may pipe it."""
HELP: Final = "A line may also be one of a golden chat: ! tap Label, ! send photo source=x, ! remind, ~ 2h."


@click.command("try")
@click.argument("flow")
@click.option("--lang", "language", help="The language to be spoken to in; without it the flow's first.")
@click.option("--as", "person", help="Play as this person of the database: a member number, an address, #id.")
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the chat to this file when it is over, as a golden test.",
)
@config_option
def try_(flow: str, language: str | None, person: str | None, save: Path | None, config_path: Path) -> None:
    """Play FLOW here, with the real engine, and see what is kept of each answer. Nothing is stored or sent.

    Type as a member would; the end of the input (Ctrl-D) ends it. The clock stands at noon on 4 May 2026.
    """
    from bot.engine.transcript import Chat

    config = load(config_path)
    played = _flow(config, flow)
    header = _header(config, played, language, person)
    chat = Chat(played, header)
    lines = [f"# Played with kuulolla try {flow}.", *(f"{key}: {value}" for key, value in header.items()), ""]
    click.echo(click.style(HELP, dim=True))
    lines += _shown(chat.begin())
    while chat.session is not None and chat.session.waiting:
        said = _line()
        if said is None:
            break
        lines += ["", said]
        try:
            lines += _shown(chat.after(said))
        except (ValueError, KeyError, IndexError) as problem:
            click.echo(click.style(f"  {problem}", fg="yellow"))
            del lines[-2:]
    if save is not None:
        _save(save, lines)


def _flow(config: "Config", name: str) -> "Flow":
    """The flow of this id, or that of the survey of this id. Raises UserError."""
    from bot.engine.suggest import did_you_mean

    if name in config.surveys and name not in config.flows:
        name = config.surveys[name].flow
    if name not in config.flows:
        advice = did_you_mean(name, list(config.flows))
        raise UserError(Problem(message=f'There is no flow "{name}".', advice=advice))
    return config.flows[name]


def _header(config: "Config", flow: "Flow", language: str | None, person: str | None) -> dict[str, str]:
    """What a chat's text opens with. Raises UserError for what cannot be played."""
    from bot.engine.transcript import NOT_PERSON

    if language is not None and language not in flow.languages:
        spoken = ", ".join(flow.languages)
        raise UserError(Problem(message=f'The flow is not written in "{language}", only in {spoken}.'))
    known = dict(_known_of(config, person)) if person is not None else {}
    taken = sorted(NOT_PERSON & known.keys() - {"language", "zone"})
    if taken:
        raise UserError(Problem(message=f"An attribute is called {taken[0]}, which is a word of chats."))
    spoken_to = known.pop("language", "")
    chosen = language or (spoken_to if spoken_to in flow.languages else flow.languages[0])
    zone = known.pop("zone", "") or config.organisation.timezone
    return {"flow": flow.id, "language": chosen, "zone": zone, **known}


def _known_of(config: "Config", person: str) -> Mapping[str, str]:
    """Language, zone, name and attributes of a person of the database; only what is known, on one line."""
    import msgspec

    from bot.engine.folding import one_line
    from bot.service.why import find_person
    from storage.people import card

    with open_store(config) as store, store.read() as connection:
        row, _, _ = card(connection, find_person(connection, person))
    attributes = msgspec.json.decode(row.attributes, type=dict[str, str])
    found = {**attributes, "name": row.name, "language": row.language or "", "zone": row.zone or ""}
    return {key: line for key, value in found.items() if (line := one_line(value, LONGEST))}


def _line() -> str | None:
    """The next line of the member in the way of chats; None at the end of the input."""
    from bot.engine.transcript import MEMBER

    while True:
        if sys.stdin.isatty():
            click.echo("› ", nl=False)
        typed = sys.stdin.readline()
        if not typed:
            return None
        words = typed.strip()
        if words:
            return words if words.startswith(MEMBER) else f"> {words}"


def _shown(happened: Iterator[str]) -> list[str]:
    """The lines of what happened, shown on their way."""
    lines = []
    for line in happened:
        lines.append(line)
        mark, rest = line[:1], line[2:]
        if mark == "<" or (mark == "^" and (rest.startswith("✓") or "] [" in rest)):
            click.echo(rest)
        elif mark in OURS:
            click.echo(click.style(OURS[mark] + rest, dim=True))
    return lines


def _save(path: Path, lines: list[str]) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write("\n".join(lines).rstrip() + "\n")
    except FileExistsError:
        click.echo(f"{path} is there already and was left as it is.", err=True)
        sys.exit(EXIT_USER_ERROR)
    except OSError as problem:
        raise UserError(Problem(message=f"{path} cannot be written: {problem.strerror}.")) from None
    click.echo(f"wrote {path}")

"""The command line. Each command's module is imported only when that command runs, so that help comes at
once.
"""

import sys
from importlib import import_module
from io import TextIOWrapper
from keyword import iskeyword
from typing import Any, Final

import click

from bot.errors import UserError

COMMANDS: Final = {
    "demo": (
        "bot.cli.demo",
        "See the whole thing at work: four weeks of a fictional association in a few seconds.",
    ),
    "init": ("bot.cli.check", "Write a commented starting configuration into a folder."),
    "check": (
        "bot.cli.check",
        "Tell everything that is wrong in a configuration, and what each flow asks of people.",
    ),
    "schema": (
        "bot.cli.check",
        "Write the JSON Schema with which editors complete and check the configuration.",
    ),
    "try": (
        "bot.cli.trying",
        "Play a flow here as a member would, see what is kept, and save the chat as a test.",
    ),
    "doctor": ("bot.cli.doctor", "Look at tokens, database, disk and clock, and say what to do."),
    "run": ("bot.cli.run", "Run the bot: everything that is configured, until it is stopped."),
    "people": ("bot.cli.people", "Import the member list."),
    "encounters": ("bot.cli.encounters", "Import events and who was there; list and show them."),
    "link": ("bot.cli.link", "Links and QR codes for passers-by, and for checking in at an encounter."),
    "wave": ("bot.cli.survey", "Open a wave of a survey now, by hand."),
    "plan": ("bot.cli.survey", "Who would be asked what, when, and why the others not. Sends nothing."),
    "why": ("bot.cli.survey", "One person's whole ledger: what they were asked, and why or why not."),
    "rehearse": (
        "bot.cli.rehearse",
        "Let simulated members live through your surveys, and hold every promise against it.",
    ),
    "feedback": (
        "bot.cli.voice",
        "What members say unasked: read it, reply to it, tally it.",
    ),
    "alerts": ("bot.cli.voice", "What needs a person: words that worry, low scores, technical trouble."),
    "share": ("bot.cli.share", "Tell those who were asked what they said, and what comes of it."),
    "report": ("bot.cli.report", "What the answers say, in the terminal, as JSON or as a page."),
    "export": ("bot.cli.export", "Write the answers as tables, with a codebook."),
    "forget": ("bot.cli.forget", "Erase everything about a person."),
    "backup": ("bot.cli.backup", "Write a complete, encrypted copy of the database while the bot runs."),
    "restore": ("bot.cli.backup", "Put a backup in the place of the database."),
}
"""Name -> the module that holds it, and its one line of help."""


class LazyGroup(click.Group):
    """A group that knows its commands' names and help without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of the list above."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the module of this command, and only that."""
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = getattr(import_module(COMMANDS[cmd_name][0]), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list for the help page, from the one lines above."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A misspelled command gets a suggestion."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, 1)
            if not near:
                raise
            raise click.UsageError(f"{error.message} Did you mean '{near[0]}'?", ctx) from None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kuulolla", message="Kuulolla %(version)s")
def kuulolla() -> None:
    """Kuulolla listens to an association's members in chat: short questions, at the right moment, seldom
    enough.
    """


def main(arguments: list[str] | None = None) -> Any:
    """Run a command. What the admin can mend is told in plain words with exit code 2; never a traceback."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, TextIOWrapper):
            # a terminal that cannot show a face, or types in another alphabet, is no reason to fall over
            stream.reconfigure(errors="replace")
    try:
        return kuulolla.main(args=arguments, prog_name="kuulolla", standalone_mode=False)
    except UserError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # the reader of our output has left (`| head`); there is nobody to tell
        sys.stderr.close()
        sys.exit(141)

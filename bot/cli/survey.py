"""``kuulolla wave``, ``plan`` and ``why``: open a round, see the future, explain the past."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from bot.cli.common import (
    config_option,
    context_of,
    json_option,
    load_with_holidays,
    looking,
    open_store,
    to_json,
)


@click.command()
@click.argument("survey")
@config_option
def wave(survey: str, config_path: Path) -> None:
    """Open a wave of SURVEY now. The running bot asks its audience within the contact policy."""
    from bot.cli.progress import progress
    from bot.service import rounds
    from storage import waves

    config = load_with_holidays(config_path)
    now = datetime.now(UTC)
    context = context_of(config)
    with open_store(config) as store:
        opened = store.write(lambda connection: rounds.by_hand(context, connection, survey, now))
        with progress("Writing down the audience") as told:
            for share, step in rounds.enrolments(context, store):
                store.write(step)
                told(share)
        with store.read() as connection:
            opened = waves.get(connection, opened.id)
    until = f"{opened.closes_at.astimezone(ZoneInfo(config.organisation.timezone)):%Y-%m-%d %H:%M}"
    click.echo(f"Opened '{opened.name}' of {survey}: {_people(opened.frame_size)}, until {until}.")
    click.echo(f"Who is asked, and when, the policy decides. See: kuulolla plan -c {config_path}")


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"


@click.command()
@click.option(
    "--days", type=click.IntRange(0, 731), default=7, show_default=True, help="How far to look ahead."
)
@click.option("--csv", "as_csv", is_flag=True, help="Print the weeks and surveys as CSV.")
@click.option(
    "--picture", type=click.Path(path_type=Path, dir_okay=False), help="Draw the weeks: FILE.svg or FILE.png."
)
@json_option
@config_option
def plan(days: int, as_csv: bool, picture: Path | None, as_json: bool, config_path: Path) -> None:
    """Who would be asked what, when, and why the others not: next week, or a whole year.

    Nothing is sent and nothing is changed.
    """
    from bot.cli import show, yearplan
    from bot.cli.progress import progress
    from bot.service import outlook

    config = load_with_holidays(config_path)
    with looking(config) as connection, progress("Planning ahead") as told:
        found = outlook.look_ahead(context_of(config), connection, days, datetime.now(UTC), told)
    if picture is not None:
        from reports import yearplan as drawing

        drawing.write(found.strategy, picture, ZoneInfo(config.organisation.timezone))
    if as_json:
        click.echo(to_json(found))
    elif as_csv:
        yearplan.as_csv(found, config)
    else:
        show.outlook(found, config)
        yearplan.show(found.strategy, config)
        if picture is not None:
            click.echo(f"Drawn: {picture}")


@click.command()
@click.argument("person")
@click.option(
    "--wave", "wanted", default="", help="Only this wave: a survey (its newest), SURVEY/NAME, or #id."
)
@json_option
@config_option
def why(person: str, wanted: str, as_json: bool, config_path: Path) -> None:
    """Everything that was asked of PERSON, and why or why not.

    PERSON is a member number, an address such as telegram:123, a name, or #id.
    """
    from bot.cli import show
    from bot.service import why as reasons
    from bot.service import why_wave

    config, now = load_with_holidays(config_path), datetime.now(UTC)
    with open_store(config) as store, store.read() as connection:
        context, found = context_of(config), reasons.find_person(connection, person)
        if wanted:
            one = why_wave.explained(context, connection, found, why_wave.find_wave(connection, wanted), now)
            click.echo(to_json(one) if as_json else f"{one.survey}, {one.wave}: {one.explanation}")
            return
        whole = reasons.for_admin(context, connection, found, now)
    click.echo(to_json(whole)) if as_json else show.person(whole, config)

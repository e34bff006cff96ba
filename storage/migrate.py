"""Bringing the tables up to date with Alembic. Forward only; an unknown newer version is refused."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, inspect, text

from bot.errors import Problem, UserError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD: Final = "0008"
"""The newest version. A test compares it with the scripts, so that a start need not import Alembic."""
_SCRIPTS: Final = Path(__file__).with_name("migrations")


def current(engine: Engine) -> str | None:
    """The version of the tables; None for an empty database."""
    with engine.connect() as connection:
        return version(connection)


def version(connection: Connection) -> str | None:
    """The version of the tables; None where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def configuration(engine: Engine) -> "Config":
    """Alembic's configuration for this database; there is no ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Raises UserError when the database was made by a newer program."""
    found = current(engine)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise UserError(
            Problem(
                message="This database was made by a newer Kuulolla "
                f"(its tables are version {found}, ours {HEAD}).",
                advice="Install that version, or restore an older backup.",
            )
        )
    from alembic import command

    command.upgrade(configuration(engine), "head")

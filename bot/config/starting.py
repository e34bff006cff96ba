"""``kuulolla init``: a commented configuration, a first flow, and what keeps secrets out of version control.

Writes new files into a folder and nothing else; a file that is there already is never touched. The key of the
database is made by who opens databases.
"""

import json
from importlib.resources import files
from pathlib import Path
from typing import Final

from bot.config.schema import schema
from bot.errors import Problem, UserError

KEY_FILE: Final = "kuulolla.key"
"""As the configuration that is written names it: beside it, outside the folder of the data."""

SCHEMA_FILE: Final = "kuulolla.schema.json"

IGNORED: Final = """\
# What must never come under version control: the data, its key, tokens.
/data/
*.key
*.token
*.secret
*.db
*.db-*
.env
"""


def contents() -> dict[str, str]:
    """File name -> what stands in it."""
    starter = files("bot.config") / "starter"
    return {
        "config.toml": (starter / "config.toml").read_text(encoding="utf-8"),
        "flows/first.toml": (starter / "flows" / "first.toml").read_text(encoding="utf-8"),
        ".gitignore": IGNORED,
        SCHEMA_FILE: json.dumps(schema(), ensure_ascii=False, indent=2) + "\n",
    }


def write(folder: Path) -> list[Path]:
    """Write the files and return their paths. Raises UserError and writes nothing if one is there already."""
    wanted = {folder / name: text for name, text in contents().items()}
    there = [path for path in (*wanted, folder / KEY_FILE) if path.exists() or path.is_symlink()]
    if there:
        advice = "Nothing was written. Name another folder, or move it away."
        raise UserError(
            *(Problem(file=str(path), message="It exists already.", advice=advice) for path in there)
        )
    try:
        for path, text in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        message = f"It cannot be written: {error.strerror}."
        raise UserError(Problem(file=str(error.filename or folder), message=message)) from None
    return list(wanted)

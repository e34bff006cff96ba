"""A small installation for the command line's tests: configuration, key and token in a folder."""

from pathlib import Path

from storage.engine import create_key

TOKEN = "123456789:" + "x" * 35
CONFIG = """
[organisation]
name = "Hauskala ry"
languages = ["fi"]
contact = "toimisto"
privacy = "Pidämme vastaukset."

[storage]
key_file = "keys/kuulolla.key"
ballast_mb = 0

[people]
columns = {{ id = "Nro", name = "Nimi", telegram = "Telegram" }}

[runtime]
health = ""
{more}
[[flow]]
id = "pulse"
title = "Kuulumiset"

[[flow.question]]
id = "mood"
type = "yes_no"
text = "Meneekö hyvin?"

[[survey]]
id = "weekly"
flow = "pulse"
owner = "toimisto"
purpose = "Kuulla kuulumiset."
"""


def settle(folder: Path, more: str = "", old: str = "", new: str = "") -> Path:
    """Write configuration (with a word replaced, if asked), key and token; returns where it stands."""
    create_key(folder / "keys" / "kuulolla.key")
    token = folder / "telegram.token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    path = folder / "config.toml"
    path.write_text(CONFIG.format(more=more).replace(old, new) if old else CONFIG.format(more=more))
    return path

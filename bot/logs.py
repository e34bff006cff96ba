"""The log: lines or JSON on standard output, and no secret on any path into it.

The redaction works on the finished text, tracebacks included, at the one handler of the root logger.
"""

import json
import logging
import re
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final, Literal

SECRETS: Final = re.compile(
    r"\b\d{6,12}:[A-Za-z0-9_-]{30,}"  # Telegram bot tokens
    r"|xox[a-z]-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+"  # Slack tokens
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"  # name and password in a URL
)
HIDDEN: Final = "***"
LONGEST: Final = 500
"""Characters of one value; a log is no place for messages."""
QUIET: Final = (
    "httpx", "httpcore", "telegram", "slack_bolt", "slack_sdk", "aiohttp", "apscheduler", "asyncio",
    "alembic",
)  # fmt: skip
"""Libraries whose lower levels write tokens, bodies or mere noise."""
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


class Formatter(logging.Formatter):
    """One record, one line (a traceback follows indented in line mode). ``secrets`` are exact values to
    hide.
    """

    def __init__(self, shape: Literal["lines", "json"], secrets: Collection[str] = ()) -> None:
        super().__init__()
        self._shape = shape
        self._secrets = sorted((secret for secret in secrets if secret), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """The finished text of one record, without secrets."""
        fields = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        text = self._json(record, fields) if self._shape == "json" else self._line(record, fields)
        return self.redact(text)

    def redact(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return SECRETS.sub(HIDDEN, text)

    def _json(self, record: logging.LogRecord, fields: dict[str, object]) -> str:
        entry: dict[str, object] = {
            "at": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _plain(record.getMessage()),
        }
        entry |= {
            key: value if isinstance(value, int | float | bool) else _plain(value)
            for key, value in fields.items()
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)

    def _line(self, record: logging.LogRecord, fields: dict[str, object]) -> str:
        details = "".join(f" {key}={_plain(value)}" for key, value in fields.items())
        line = f"{_moment(record)} {record.levelname.lower():7} {_plain(record.getMessage())}{details}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


def _moment(record: logging.LogRecord) -> str:
    return (
        datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def _plain(value: object) -> str:
    """No line breaks or control characters: nobody can forge a line."""
    text = str(value)
    cut = text if len(text) <= LONGEST else text[:LONGEST] + "…"
    return _CONTROL.sub("�", cut.replace("\r", "⏎").replace("\n", "⏎"))


def set_up(shape: Literal["lines", "json"], secrets: Collection[str] = (), *, aside: bool = False) -> None:
    """Log to standard output from INFO on. Call after the libraries are imported, as some set levels then.

    ``aside``: somebody is talked to on standard output, so only warnings are logged, to standard error.
    """
    handler = logging.StreamHandler(sys.stderr if aside else sys.stdout)
    handler.setFormatter(Formatter(shape, secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING if aside else logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)

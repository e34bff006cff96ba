"""House rules that no linter knows, as patterns over the files of the repository.

`make check` runs it. It prints one line per finding, `file:line: what is wrong, what to do`, and ends with 1
if there are any. It reads, and may not change anything.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent

# These two spell out what is forbidden.
EXEMPT = {"tools/house_rules.py", "tests/test_house_rules.py"}

CODE = ("bot/**/*.py", "adapters/**/*.py", "storage/**/*.py", "scheduler/**/*.py", "reports/**/*.py")

# Floors 0 to 2 (ARCHITECTURE.md): the moment comes in as an argument.
TIMELESS = (
    "bot/engine/**/*.py",
    "bot/service*.py",
    "bot/service/**/*.py",
    "bot/config*.py",
    "bot/config/**/*.py",
    "scheduler/*.py",
    "storage/**/*.py",
    "reports/rows.py",
    "reports/protection.py",
    "reports/counts.py",
    "reports/collect.py",
    "reports/figures/*.py",
    "reports/response.py",
    "reports/definitions.py",
    "reports/statistics/**/*.py",
    "reports/suppression*.py",
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern that no line of certain files may match, and what to do instead."""

    name: str
    files: tuple[str, ...]
    forbidden: re.Pattern[str]
    advice: str


RULES = (
    Rule(
        "unfinished",
        ("**/*",),
        re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|\braise NotImplementedError\b"),
        "finish it, or open an issue and leave no trace here",
    ),
    Rule(
        "skipped",
        ("tests/**/*.py", "benchmarks/**/*.py"),
        re.compile(r"\bpytest\.(mark\.)?(skip|skipif|xfail|importorskip)\b|\bunittest\.skip"),
        "a test runs or is removed",
    ),
    Rule(
        "sleep",
        ("tests/**/*.py",),
        re.compile(r"\btime\.sleep\("),
        "wait for an event, or hand the time in as an argument",
    ),
    Rule(
        "clock",
        TIMELESS,
        re.compile(r"\bdatetime\.(now|utcnow|today)\(|\bdate\.today\(|\btime\.time\("),
        "take `now` as an argument",
    ),
    Rule(
        "chance",
        CODE,
        re.compile(r"\brandom\.(random|randint|randrange|choices?|shuffle|sample|uniform|seed)\("),
        "take a random.Random as an argument",
    ),
    Rule(
        "machine",
        ("**/*",),
        re.compile(r"(?<![\w.~-])/(work|root|Users|home/[a-z]+)/|\.\./shared\b"),
        "name no path of one machine",
    ),
    Rule(
        "address",
        ("*.lock",),
        re.compile(r"://|--(extra-)?index-url|--find-links|^-[if]\s"),
        "a lock holds names, versions and hashes; where they come from is each machine's own setting",
    ),
    Rule(
        "secret",
        ("**/*",),
        re.compile(r"\b\d{8,10}:AA[\w-]{33}\b|\bxox[abpr]-\d{9,}-|\bxapp-1-[A-Z0-9]{9,}-\d{9,}-"),
        "no tokens, not even old ones; tests make up short ones",
    ),
)


def findings(path: str, text: str) -> Iterator[str]:
    """Yield `path:line: …` for each line of a file that breaks a rule; `path` is relative to the root."""
    rules = [rule for rule in RULES if _applies(rule, path)]
    for number, line in enumerate(text.splitlines(), start=1):
        for rule in rules:
            found = rule.forbidden.search(line)
            if found is not None:
                yield f"{path}:{number}: {rule.name}: `{found.group().strip()}`: {rule.advice}"


def _applies(rule: Rule, path: str) -> bool:
    return path not in EXEMPT and any(_matches(path, pattern) for pattern in rule.files)


def _matches(path: str, pattern: str) -> bool:
    """Tell whether a path matches a pattern, where `**/` stands for any folders or none."""
    if "**/" not in pattern:
        return PurePosixPath(path).match(pattern) and path.count("/") == pattern.count("/")
    start, name = pattern.split("**/")
    return path.startswith(start) and PurePosixPath(path).match(name)


def _files() -> list[str]:
    """List the files that are or would be committed."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return sorted(name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file())


def main() -> int:
    """Print every finding; return 1 if there are any."""
    found: list[str] = []
    for name in _files():
        try:
            found += findings(name, (ROOT / name).read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            continue  # a picture or a database holds no lines
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

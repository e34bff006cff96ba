"""The house rules bite on what they forbid, and only there."""

import pytest

from tools.house_rules import RULES, findings

BROKEN = {
    "unfinished": ("docs/guide.md", "TODO: tell about waves"),
    "skipped": ("tests/test_a.py", "@pytest.mark.skip"),
    "sleep": ("tests/engine/test_a.py", "time.sleep(1)"),
    "clock": ("storage/queues.py", "now = datetime.now(UTC)"),
    "chance": ("scheduler/sampling.py", "random.shuffle(people)"),
    "machine": ("README.md", "cd /home/anna/kuulolla"),
    "address": ("requirements.lock", "--extra-index-" + "url https://example.org/simple"),
    "secret": ("config.example.toml", 'token = "123456789:AA' + "x" * 33 + '"'),
}

KEPT = {
    "unfinished": ("docs/guide.md", "A to-do list is kept elsewhere."),
    "skipped": ("bot/engine/machine.py", "skip"),
    "sleep": ("bot/app.py", "time.sleep(1)"),
    "clock": ("bot/app.py", "now = datetime.now(UTC)"),
    "chance": ("scheduler/sampling.py", "chance = random.Random(seed)"),
    "machine": ("README.md", "GET /home/page, ~/work/kuulolla"),
    "address": ("README.md", "https://example.org"),
    "secret": ("config.example.toml", 'token_env = "TELEGRAM_TOKEN"'),
}


@pytest.mark.parametrize("name", [rule.name for rule in RULES])
def test_a_rule_bites(name: str) -> None:
    """Each rule finds its broken example and names the file, the line and itself."""
    path, line = BROKEN[name]
    (finding,) = findings(path, f"\n{line}\n")
    assert finding.startswith(f"{path}:2: {name}: ")


@pytest.mark.parametrize("name", [rule.name for rule in RULES])
def test_a_rule_lets_the_rest_be(name: str) -> None:
    """Each rule lets a near miss pass."""
    path, line = KEPT[name]
    assert list(findings(path, line)) == []

"""An accepted answer is never lost and no invite is sent twice, however often the process is killed."""

from pathlib import Path

from tests.durability.storm import Plan, storm


def test_no_kill_loses_or_doubles_an_answer_or_an_invite(tmp_path: Path) -> None:
    """Six kills at random points while 200 answers arrive and 120 invites are on their way leave no trace."""
    verdict = storm(tmp_path, Plan(kills=6, answers=200, invited=120))

    assert verdict.examples == []
    assert verdict.clean
    assert (verdict.answers, verdict.invites + verdict.in_doubt >= 120) == (200, True)

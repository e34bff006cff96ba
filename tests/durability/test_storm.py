"""An accepted answer is never lost and no invite is sent twice, however often the process is killed."""

from pathlib import Path

from tests.durability.storm import Plan, storm


def test_no_kill_loses_or_doubles_an_answer_or_an_invite(tmp_path: Path) -> None:
    """Five kills at random points while 120 answers arrive and 60 invites are on their way leave no trace."""
    verdict = storm(tmp_path, Plan(kills=5, answers=120, invited=60))

    assert verdict.examples == []
    assert verdict.clean
    assert (verdict.answers, verdict.invites + verdict.in_doubt >= 60) == (120, True)

"""Instruments are scored as their sources say, and every one of them says where it comes from."""

import pytest

from reports.instruments import instruments, of_group, score
from tests.oracles import figures

KNOWN = figures("instruments", "examples")


@pytest.mark.parametrize("row", KNOWN["rows"])
def test_scores(row: dict[str, object]) -> None:
    """Worked examples come out."""
    assert score(instruments()[str(row["id"])], row["answers"]) == row["score"]  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "ends"), KNOWN["ranges"].items())
def test_ranges(name: str, ends: list[float]) -> None:
    """The least and the greatest score are those that are printed, and are reached."""
    one = instruments()[name]
    assert list(one.range) == ends
    first, last = one.points
    worst = [last if item in one.reversed else first for item in range(1, one.items + 1)]
    best = [first if item in one.reversed else last for item in range(1, one.items + 1)]
    assert [score(one, worst), score(one, best)] == ends


@pytest.mark.parametrize("name", instruments())
def test_every_instrument_names_its_source(name: str) -> None:
    """Source and licence stand beside the rule; a cut-off says what it means."""
    one = instruments()[name]
    assert one.source
    assert one.licence
    assert (one.cut_off is None) == (one.cut_off_meaning == "")
    assert all(1 <= item <= one.items for item in one.reversed)


def test_a_missing_answer_leaves_no_score() -> None:
    """Nothing is guessed; too many answers and points that do not exist are refused."""
    assert score(instruments()["who5"], [4, 4, None, 4, 4]) is None
    with pytest.raises(ValueError, match="has 5 items"):
        score(instruments()["who5"], [4])
    with pytest.raises(ValueError, match="not between 0 and 3"):
        score(instruments()["phq2"], [4, 1])


def test_the_figure_of_a_group() -> None:
    """A mean, a net promoter score, a share of the best two; people without a score do not count."""
    found = {name: of_group(instruments()[name], scores) for name, scores in (
        ("who5", [80, 60, None, 100]), ("nps", [9, 10, 0, 7]), ("csat", [4, 5, 1, None, 2]),
    )}  # fmt: skip
    assert {name: one.estimate for name, one in found.items()} == {"who5": 80, "nps": 0.25, "csat": 0.5}
    assert [one.n for one in found.values()] == [3, 4, 4]

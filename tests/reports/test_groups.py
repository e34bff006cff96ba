"""Who answered: groups against the whole, small ones left out; and how soon people answered."""

from reports.figures.groups import representation
from reports.figures.speed import promptness
from reports.statistics import representativity


def test_groups_are_told_apart_from_the_whole_only_beyond_chance() -> None:
    """A group whose interval lies below the whole answered less often; a near one is as the others."""
    parts = [("members", 200, 120), ("staff", 100, 30), ("volunteers", 40, 24)]
    found = representation(parts, (340, 174), k=5, apart=True)
    assert found is not None
    assert [(group.name, group.people, group.answered.value, group.apart) for group in found.groups] == [
        ("members", 200, 60, 1), ("staff", 100, 30, -1), ("volunteers", 40, 60, 0),
    ]  # fmt: skip
    whole = representativity([(0.6, 200), (0.3, 100), (0.6, 40)])
    assert whole is not None
    assert found.indicator == round(whole.indicator, 2)


def test_small_groups_are_left_out() -> None:
    """A group of three hides itself and the next one; unanimous groups lose their exact share."""
    found = representation([("a", 3, 3), ("b", 40, 40), ("c", 60, 20)], (103, 63), k=5, apart=False)
    assert found is not None
    assert [(group.name, group.answered.sign) for group in found.groups] == [("c", "")]
    assert (found.hidden, found.indicator) == (2, None)
    alike = representation([("b", 40, 40), ("c", 60, 20)], (100, 60), k=5, apart=False)
    assert alike is not None
    assert [(group.name, group.answered.sign, group.answered.value) for group in alike.groups] == [
        ("c", "", 33), ("b", "≥", 95),
    ]  # fmt: skip


def test_nothing_to_tell() -> None:
    """No groups, only small ones, nobody asked: no section. A single stratum makes no indicator."""
    assert representation([], (100, 50), k=5, apart=True) is None
    assert representation([("a", 3, 1)], (3, 1), k=5, apart=True) is None
    assert representation([("a", 30, 0)], (0, 0), k=5, apart=True) is None
    alone = representation([("a", 30, 10)], (30, 10), k=5, apart=True)
    assert alone is not None
    assert alone.indicator is None


def test_how_soon_people_answer() -> None:
    """Half within two hours, nine of ten within a day; nothing below k sessions."""
    found = promptness({0: 4, 2: 4, 24: 2}, 5)
    assert found is not None
    assert (found.half, found.most) == (2, 24)
    assert promptness({1: 4}, 5) is None

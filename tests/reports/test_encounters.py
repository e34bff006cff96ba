"""The encounter map: what is felt where, holes as visible as bad cells, no small group to be found."""

from hypothesis import given
from hypothesis import strategies as st

from reports.figures.encounters import Column, Told, admitted, encounter_map

PEOPLE = range(200)
GLAD, SAD = Told(0, 0, 1, 1), Told(0, 0, 0, 1)


def column(kind: str, tales: dict[int, Told], *, asked: set[int] | None = None, met: int = 0) -> Column:
    """A kind of encounter of which these people told the same about feeling and coming again."""
    return Column(kind, set(tales) if asked is None else asked, set(range(met)), tales, tales)


def test_a_cell_tells_what_people_said() -> None:
    """Seventy glad and thirty sad: 70 %, for the group that all are in as for everybody."""
    tales = {person: GLAD if person < 70 else SAD for person in range(100)}
    found = encounter_map([column("course", tales, met=120)], {"members": set(range(100))}, 200, 5)
    assert found is not None
    assert (found.kinds, found.k, [row.group for row in found.rows]) == (("course",), 10, ["", "members"])
    (everybody,), (members,) = (row.cells for row in found.rows)
    assert everybody.felt is not None
    assert (everybody.state, everybody.felt.percent.value, everybody.felt.n) == ("shown", 70, 100)
    assert (everybody.again, members.felt) == (everybody.felt, everybody.felt)
    assert (everybody.met, members.met, everybody.trend) == (120, 100, 0)


def test_holes_are_told_apart() -> None:
    """Never asked, asked in vain, too few, hidden for another's sake: each says so."""
    roll = {"big": set(range(100)), "near": set(range(95)), "tiny": {1, 2}}
    columns = [
        column("article", {}),
        column("event", {}, asked=set(range(50))),
        column("shift", dict.fromkeys(range(4), GLAD)),
        column("group", {person: GLAD if person % 2 else SAD for person in range(100)}),
    ]
    found = encounter_map(columns, roll, 200, 5)
    assert found is not None
    states = {row.group: [cell.state for cell in row.cells] for row in found.rows}
    assert states == {
        "": ["never", "silent", "few", "shown"],
        "big": ["never", "silent", "few", "shown"],
        "near": ["never", "silent", "few", "hidden"],
    }
    assert found.never == (("big", "article"), ("near", "article"))
    assert [cell.met for cell in found.rows[0].cells] == [None, None, None, None]


def test_nobody_knows_which_group_spoke_without_a_name() -> None:
    """Answers without an author count for everybody; of a group that was asked nothing is said."""
    tales = {-person: GLAD if person > 8 else SAD for person in range(1, 31)}
    found = encounter_map([column("course", tales, asked=set(range(40)))], {"big": set(range(40))}, 200, 5)
    assert found is not None
    assert [row.cells[0].state for row in found.rows] == ["shown", "hidden"]


def test_a_trend_needs_people_on_both_sides_and_more_than_chance() -> None:
    """Thirty of forty lately after ten of forty is better; the other way round worse; few people: neither."""

    def tales(before: int, lately: int, people: int = 40) -> dict[int, Told]:
        return {person: Told(int(person < before), 1, int(person < lately), 1) for person in range(people)}

    def trend(told: dict[int, Told]) -> int:
        found = encounter_map([column("group", told)], {}, 200, 5)
        assert found is not None
        return found.rows[0].cells[0].trend

    assert [trend(tales(10, 30)), trend(tales(30, 10)), trend(tales(20, 22))] == [1, -1, 0]
    assert trend(tales(40, 10)) == 0  # before, all were glad: that share is withheld
    few = {person: Told(0, 1, 1 if person < 5 else 0, 1 if person < 5 else 0) for person in range(40)}
    assert trend({**few, 50: Told(1, 1, 0, 0), 51: Told(1, 1, 0, 0)}) == 0
    assert trend(dict.fromkeys(range(40), GLAD)) == 0


def test_no_kinds_no_map() -> None:
    """Without any kind of encounter there is nothing to draw."""
    assert encounter_map([], {}, 200, 5) is None


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from(PEOPLE))),
    st.sets(st.sampled_from(PEOPLE), max_size=80),
)
def test_no_small_rest_remains(groups: dict[str, set[int]], answered: set[int]) -> None:
    """Of what is let out, no set less one inside it, and not everybody less all groups, is a small group."""
    k = 10
    names = admitted(groups, answered, k)
    if len(answered) < k:
        assert not names
        return
    shown = [answered & groups[name] if name else answered for name in names]
    assert all(len(one) >= k for one in shown)
    for one in shown:
        for other in shown:
            if other <= one:
                assert not 0 < len(one - other) < k
    rest = answered - set().union(*(answered & groups[name] for name in names if name))
    assert not (0 < len(rest) < k and len(names) > 1)

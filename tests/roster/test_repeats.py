"""People who stand in a list twice are found, over any number of rows."""

import pytest

from bot.roster import repeats
from bot.roster.entries import Entry
from bot.roster.repeats import Repeats


def find(*entries: Entry) -> tuple[list[int], list[tuple[int, int]]]:
    """Same rows and differing rows."""
    found = Repeats()
    for entry in entries:
        found.note(entry)
    same, differing = found.find()
    return sorted(same), differing


def test_different_people_are_different() -> None:
    """The same name is no sign of the same person."""
    assert find(Entry(row=2, member_id="1", name="Aino"), Entry(row=3, member_id="2", name="Aino")) == (
        [],
        [],
    )


def test_equal_rows_are_one_person() -> None:
    """A row that says the same once more only repeats."""
    rows = [Entry(row=row, member_id="1", name="Aino", addresses=("telegram:5",)) for row in (2, 5, 9)]
    assert find(*rows) == ([5, 9], [])


@pytest.mark.parametrize(
    "other",
    [
        Entry(row=7, member_id="1", name="Bo"),
        Entry(row=7, member_id="1", name="Aino", addresses=("telegram:6",)),
        Entry(row=7, member_id="2", name="Aino", addresses=("telegram:5",)),
        Entry(row=7, name="Aino", addresses=("telegram:5", "slack:T1:U1")),
        Entry(row=7, member_id="1", name="Aino", groups=("g",), addresses=("telegram:5",)),
        Entry(row=7, member_id="1", name="Aino", attributes={"a": "b"}, addresses=("telegram:5",)),
    ],
)
def test_rows_that_share_an_identity_and_differ_are_told(other: Entry) -> None:
    """The number or any address is enough to be the same person; both rows are named."""
    first = Entry(row=3, member_id="1", name="Aino", addresses=("telegram:5",))
    assert find(first, other) == ([], [(3, 7)])


def test_a_number_is_no_address() -> None:
    """A member number that reads like an address is not mistaken for one."""
    assert find(Entry(row=2, member_id="telegram:5"), Entry(row=3, addresses=("telegram:5",)))[1] == []


def test_the_order_of_attributes_means_nothing() -> None:
    """What a row says is the same in any order."""
    one = Entry(row=2, member_id="1", attributes={"a": "1", "b": "2"})
    assert find(one, Entry(row=3, member_id="1", attributes={"b": "2", "a": "1"})) == ([3], [])


def test_a_long_list_is_looked_through_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many rows need several passes, and the same is found."""
    monkeypatch.setattr(repeats, "AT_ONCE", 10)
    rows = [Entry(row=row, member_id=str(row % 50)) for row in range(2, 102)]
    same, differing = find(*rows)
    assert (len(same), differing) == (50, [])

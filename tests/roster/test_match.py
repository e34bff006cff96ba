"""Who an entry of the list is, among the people we know, and what it changes about them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.roster.entries import Entry
from bot.roster.match import REPLACED, Change, Known, Mismatch, Place, Register

TEAM = "T1AB"
JOINED = datetime(2020, 1, 31, 22, tzinfo=UTC)


def known(id_: int, *places: str, **values: Any) -> Known:
    """Somebody known. An address may bear marks: ``!`` has written, ``~`` replaced, ``x`` has blocked us."""
    row: dict[str, Any] = {
        "member_id": None, "name": "", "language": None, "language_chosen": False, "zone": None,
        "attributes": "{}", "joined_at": None, "stopped": False, "asked": False, **values,
    }  # fmt: skip
    return Known(id=id_, places=tuple(place(id_, id_ * 10 + n, name) for n, name in enumerate(places)), **row)


def place(person: int, id_: int, name: str) -> Place:
    """An address; on Slack with its account."""
    address = name.strip("!~x")
    return Place(
        id=id_,
        person=person,
        address=address,
        heard="!" in name,
        account=TEAM if address.startswith("slack") or "!" in name else "",
        unreachable=REPLACED if "~" in name else "blocked" if name.endswith("x") else None,
    )


def entry(*addresses: str, member: str = "", row: int = 2, **values: Any) -> Entry:
    """A row of the list."""
    return Entry(row=row, member_id=member, addresses=addresses, **values)


def decide(entry_: Entry, *people: Known, team: str | None = TEAM) -> Change:
    """What one entry changes."""
    return Register(people, team).decide(entry_)


def refused(entry_: Entry, *people: Known) -> str:
    """Why an entry cannot be."""
    with pytest.raises(Mismatch) as mismatch:
        decide(entry_, *people)
    return mismatch.value.message


OTHER = "This address is that of another member, who writes from it."
TWO = "What this row names belongs to two people here, who are both known already."


# --- who it is --------------------------------------------------------------------------------------------


def test_somebody_new() -> None:
    """Unknown number, unknown addresses: a new person with everything the list says."""
    said: dict[str, Any] = {"name": "Aino", "language": "fi", "zone": "UTC", "joined": JOINED}
    facts = {"city": "Turku", "age": "50"}
    addresses = ("telegram:5", "slack:T1AB:U1")
    change = decide(entry(*addresses, member="7", groups=("a", "b"), attributes=facts, **said))
    assert change == Change(
        row=2,
        person=None,
        values={
            "member_id": "7", "name": "Aino", "language": "fi", "zone": "UTC", "joined_at": JOINED,
            "attributes": '{"age":"50","city":"Turku"}',
        },
        join=frozenset({"a", "b"}),
        add={"telegram:5": "", "slack:T1AB:U1": TEAM},
        reach="now",
    )  # fmt: skip


def test_the_number_tells_who_it_is() -> None:
    """A member keeps their row, whatever the list calls them now."""
    change = decide(
        entry(member="7", name="Aino"), known(1, member_id="7", name="Aina"), known(2, member_id="8")
    )
    assert (change.person, change.values) == (1, {"name": "Aino"})


def test_an_address_tells_who_it_is_where_there_is_no_number() -> None:
    """A list without numbers finds people by their addresses, members too."""
    for person in (known(1, "telegram:5"), known(1, "telegram:5!"), known(1, "telegram:5!", member_id="7")):
        change = decide(entry("telegram:5", name="Aino"), person)
        assert (change.person, change.values, change.add, change.move) == (1, {"name": "Aino"}, {}, ())


@pytest.mark.parametrize("mark", ["", "!"])
def test_somebody_who_pressed_start_gets_their_number(mark: str) -> None:
    """Who came by themselves, or by a list without numbers, is the member with this address."""
    change = decide(entry("telegram:5", member="7"), known(1, f"telegram:5{mark}", asked=True))
    assert (change.person, change.values) == (1, {"member_id": "7"})


def test_who_pressed_start_and_who_is_on_the_list_become_one() -> None:
    """The row with a history stays, the list's own row goes, and with it addresses that nobody uses."""
    member = known(1, "slack:T1AB:U1", "telegram:9", member_id="7", name="Aino")
    change = decide(
        entry("telegram:5", "slack:T1AB:U1", member="7", name="Aino"), member, known(2, "telegram:5!")
    )
    assert (change.person, change.absorb, change.move, change.drop, change.add) == (2, (1,), (10,), (), {})
    assert change.values == {"member_id": "7", "name": "Aino"}


def test_two_people_with_a_history_stay_two() -> None:
    """Nothing of what either has said may be lost, so the row is refused."""
    for member in (known(1, member_id="7", asked=True), known(1, "slack:T1AB:U1!", member_id="7")):
        assert refused(entry("telegram:5", member="7"), member, known(2, "telegram:5!")) == TWO


def test_two_addresses_that_two_people_write_from_are_two() -> None:
    """One row cannot be two people."""
    people = known(1, "telegram:5!"), known(2, "slack:T1AB:U1!")
    assert refused(entry("telegram:5", "slack:T1AB:U1"), *people) == TWO
    assert refused(entry("telegram:5", "slack:T1AB:U1", member="7"), *people) == TWO


def test_an_address_in_use_is_not_given_to_another_member() -> None:
    """Whoever writes from there is who they are."""
    assert refused(entry("telegram:5", member="7"), known(1, "telegram:5!", member_id="8")) == OTHER
    people = known(1, member_id="7"), known(2, "telegram:5!", member_id="8")
    assert refused(entry("telegram:5", member="7"), *people) == OTHER


def test_a_slip_in_an_earlier_list_is_put_right() -> None:
    """An address that nobody ever wrote from goes to the member whom the list names now, known or new."""
    slip = known(2, "telegram:5", member_id="8")
    change = decide(entry("telegram:5", member="7"), known(1, member_id="7"), slip)
    assert (change.person, change.move, change.absorb, change.add) == (1, (20,), (), {})
    change = decide(entry("telegram:5", member="7"), slip)
    assert (change.person, change.move, change.absorb, change.add) == (None, (20,), (), {})


def test_a_nameless_row_is_absorbed() -> None:
    """What an earlier list without numbers had made goes into the member, unless it has a history."""
    member = known(1, member_id="7")
    assert decide(entry("telegram:5", member="7"), member, known(2, "telegram:5")).absorb == (2,)
    for other in (known(2, "telegram:5", asked=True), known(2, "telegram:5", "slack:T1AB:U1")):
        change = decide(entry("telegram:5", member="7"), member, other)
        assert (change.move, change.absorb) == ((20,), ())


def test_two_nameless_rows_become_one() -> None:
    """A list that names both addresses of one person joins what two lists had made."""
    change = decide(entry("telegram:5", "slack:T1AB:U1"), known(1, "telegram:5"), known(2, "slack:T1AB:U1"))
    assert (change.person, change.move, change.absorb) == (1, (20,), (2,))
    change = decide(
        entry("telegram:5", "slack:T1AB:U1", member="7"), known(1, "telegram:5"), known(2, "slack:T1AB:U1")
    )
    assert (change.person, change.move, change.absorb) == (1, (20,), (2,))


def test_without_a_number_the_member_stays() -> None:
    """Of an address without a name and a member's address, the member is who it is."""
    change = decide(
        entry("telegram:5", "slack:T1AB:U1"), known(1, "telegram:5"), known(2, "slack:T1AB:U1", member_id="7")
    )
    assert (change.person, change.move, change.absorb) == (2, (10,), (1,))


def test_without_a_number_two_members_stay_two() -> None:
    """A row without a number cannot say which of two members is wrong."""
    people = known(1, "telegram:5", member_id="7"), known(2, "slack:T1AB:U1", member_id="8")
    assert refused(entry("telegram:5", "slack:T1AB:U1"), *people) == TWO


def test_with_a_new_number_members_keep_their_rows() -> None:
    """Somebody new takes addresses that earlier lists gave to others, and does not become those others."""
    people = known(1, "telegram:5", member_id="8"), known(2, "slack:T1AB:U1", member_id="9")
    change = decide(entry("telegram:5", "slack:T1AB:U1", member="7"), *people)
    assert (change.person, change.move, change.absorb) == (None, (10, 20), ())


# --- what changes -----------------------------------------------------------------------------------------


FULL: dict[str, Any] = {
    "member_id": "7", "name": "Aino", "language": "fi", "zone": "UTC", "attributes": '{"city":"Turku"}',
    "joined_at": JOINED, "groups": frozenset({"a"}),
}  # fmt: skip
SAME: dict[str, Any] = {
    "member": "7", "name": "Aino", "language": "fi", "zone": "UTC", "attributes": {"city": "Turku"},
    "joined": JOINED, "groups": ("a",),
}  # fmt: skip


def test_the_same_once_more_changes_nothing() -> None:
    """A list may be imported every night."""
    for address in ("telegram:5", "telegram:5!", "telegram:5x"):
        assert not decide(entry("telegram:5", **SAME), known(1, address, **FULL)).anything


def test_what_the_list_leaves_empty_stays() -> None:
    """An empty cell, or a column that is not there, takes nothing away."""
    assert not decide(entry(member="7"), known(1, "telegram:5", "slack:T1AB:U1", **FULL)).anything


@pytest.mark.parametrize(
    ("said", "column", "value"),
    [
        ({"name": "Aina"}, "name", "Aina"),
        ({"language": "sv"}, "language", "sv"),
        ({"zone": "Europe/Helsinki"}, "zone", "Europe/Helsinki"),
        ({"joined": datetime(2021, 1, 1, tzinfo=UTC)}, "joined_at", datetime(2021, 1, 1, tzinfo=UTC)),
        ({"attributes": {"city": "Oulu"}}, "attributes", '{"city":"Oulu"}'),
        ({"attributes": {}}, "attributes", "{}"),
    ],
)
def test_what_the_list_says_anew_is_taken(said: dict[str, Any], column: str, value: object) -> None:
    """Only what differs is written."""
    change = decide(entry(**{**SAME, **said}), known(1, **FULL))
    assert (change.values, change.anything) == ({column: value}, True)


def test_a_chosen_language_is_the_persons_own() -> None:
    """What somebody has told the bot is not overwritten by a list."""
    chosen = known(1, **{**FULL, "language_chosen": True})
    assert not decide(entry(**{**SAME, "language": "sv"}), chosen).anything


def test_groups_are_those_of_the_list() -> None:
    """New ones are joined, others left; an empty cell leaves all of them."""
    person = known(1, member_id="7", groups=frozenset({"a", "b"}))
    for groups, join, leave in ((("b", "c"), ["c"], ["a"]), ((), [], ["a", "b"])):
        change = decide(entry(member="7", groups=groups), person)
        assert (sorted(change.join), sorted(change.leave), change.anything) == (join, leave, True)


def test_a_new_address_is_added() -> None:
    """Beside one on another platform, and beside one that the person writes from."""
    change = decide(entry("telegram:6", member="7"), known(1, "telegram:5!", "slack:T1AB:U1", member_id="7"))
    assert (change.add, change.drop, change.retire) == ({"telegram:6": ""}, (), ())


def test_an_address_that_was_never_used_is_replaced() -> None:
    """A corrected number leaves no stranger's number behind; where the bot has written, the row must stay."""
    person = known(1, "telegram:5", member_id="7")
    change = decide(entry("telegram:6", member="7"), person)
    assert (change.add, change.drop, change.retire) == ({"telegram:6": ""}, (10,), ())
    change = decide(entry("telegram:6", member="7"), known(1, "telegram:5", member_id="7", asked=True))
    assert (change.add, change.drop, change.retire) == ({"telegram:6": ""}, (), (10,))


def test_a_replaced_address_is_replaced_once_and_may_come_back() -> None:
    """The same list again changes nothing; an older one brings the address back."""
    person = known(1, "slack:T1AB:U1~", "slack:T1AB:U2", member_id="7", asked=True)
    assert not decide(entry("slack:T1AB:U2", member="7"), person).anything
    change = decide(entry("slack:T1AB:U1", member="7"), person)
    assert (change.restore, change.retire, change.reach) == ((10,), (11,), "now")


# --- who can be written to --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "addresses", "team", "reach"),
    [
        ([], ("telegram:5",), TEAM, "press_start"),
        ([], ("slack:T1AB:U1",), TEAM, "now"),
        ([], ("slack:T1AB:U1",), None, "connect"),
        ([], ("telegram:5", "slack:T1AB:U1"), None, "press_start"),
        ([], (), TEAM, "no_address"),
        ([known(1, "telegram:5!", member_id="7")], (), TEAM, "now"),
        ([known(1, "telegram:5!x", member_id="7")], (), TEAM, "unreachable"),
        ([known(1, "telegram:5!", member_id="7", stopped=True)], (), TEAM, "stopped"),
        ([known(1, "telegram:5", member_id="7")], ("telegram:6",), TEAM, "press_start"),
    ],
)
def test_it_is_told_who_can_be_written_to(
    people: list[Known], addresses: tuple[str, ...], team: str | None, reach: str
) -> None:
    """Now, after pressing start, after the bot was in Slack, or not; a stop stands above all."""
    assert decide(entry(*addresses, member="7"), *people, team=team).reach == reach


# --- several entries --------------------------------------------------------------------------------------


def run(people: tuple[Known, ...], *entries: Entry) -> list[Change]:
    """What several entries change, one after the other."""
    register = Register(people, TEAM)
    return [register.decide(one) for one in entries]


def test_an_address_that_changes_hands_is_not_dropped_by_its_old_owner() -> None:
    """Two members were mixed up: each entry sees what the one before has done, in either order."""
    people = known(1, "telegram:5", member_id="7"), known(2, "telegram:6", member_id="8")
    seven, eight = entry("telegram:6", member="7", row=2), entry("telegram:5", member="8", row=3)
    for first, second in ((seven, eight), (eight, seven)):
        one, two = run(people, first, second)
        ids = {"7": (10, 20), "8": (20, 10)}
        mine, theirs = ids[first.member_id]
        assert (one.move, one.drop, one.add) == ((theirs,), (mine,), {})
        assert (two.move, two.drop, two.add) == ((), (), {second.addresses[0]: ""})


def test_a_retired_address_may_be_taken_by_the_next() -> None:
    """It is still in the database, so it moves instead of being added."""
    people = known(1, "slack:T1AB:U1", member_id="7", asked=True), known(2, member_id="8")
    one, two = run(people, entry("slack:T1AB:U2", member="7"), entry("slack:T1AB:U1", member="8"))
    assert (one.retire, two.move, two.add) == ((10,), (10,), {})


def test_who_was_absorbed_is_gone_for_the_next() -> None:
    """Addresses that went with a row are new again for whoever names them."""
    people = known(1, "telegram:9", member_id="7"), known(2, "telegram:5!")
    one, two = run(people, entry("telegram:5", member="7"), entry("telegram:9", member="8"))
    assert (one.absorb, two.person, two.add, two.move) == ((1,), None, {"telegram:9": ""}, ())


def test_a_refused_entry_enters_nothing() -> None:
    """What was refused has not happened."""
    register = Register((known(1, "telegram:5!", member_id="8"), known(2, member_id="7")), TEAM)
    with pytest.raises(Mismatch):
        register.decide(entry("telegram:5", member="7"))
    assert not register.decide(entry("telegram:5", member="8")).anything

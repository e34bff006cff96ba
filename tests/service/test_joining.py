"""One person, several places: a code joins two chats, everything follows, and an admin can undo it."""

import re
from datetime import timedelta

import pytest

from bot.errors import UserError
from bot.service import joining
from storage import tables as t
from storage.link_codes import MOST_TRIES
from tests.service.conftest import BOTH, MakeRig
from tests.service.rig import Member, Rig
from tests.service.test_commands import words


def code_of(member: Member) -> str:
    """The code that the bot gives in this chat."""
    found = re.search(r"link (\w{4}-\w{4})", " ".join(member.says("link")))
    assert found is not None
    return found[1]


def two(rig: Rig) -> tuple[Member, Member]:
    """One human being in two chats, of which the bot knows nothing yet."""
    here, there = rig.person("Aino", member_id="H-1"), rig.person("Aino2", platform="side", groups=())
    here.says("hello")
    there.says("hello")
    here.looks(), there.looks()
    return here, there


def test_a_code_joins_two_chats(rig: Rig) -> None:
    """Written in the other chat it makes them one person; both chats are told."""
    here, there = two(rig)
    assert there.says(f"link {code_of(here).lower()}") == [words("join.done", "en")]
    assert words("join.done_there", "en") in here.looks()
    assert rig.values(t.addresses, "person_id") == [here.person, here.person]
    assert rig.values(t.persons, "name") == ["Aino"]
    assert [row["action"] for row in rig.rows(t.audit)] == ["link"]
    assert "link" not in str(rig.rows(t.link_codes)[0]["digest"])


def test_the_ledger_of_both_follows(rig: Rig) -> None:
    """Asked in one chat, the person is not asked in the other; questions come where they were last."""
    here, there = two(rig)
    rig.wave()
    assert len(rig.invites(here)) == 1
    here.taps("Start")
    here.taps("Good")
    here.says("skip")
    there.says(f"link {code_of(here)}")
    rig.now += timedelta(days=1)
    rig.open_wave("shift")
    rig.wave()
    assert len(rig.invites()) == 1
    assert there.says("answers")[0].endswith("How are you? – Good [Back to the page]")
    rig.passes(days=30)
    rig.wave()
    assert [sent.platform for sent in rig.invites()][-1] == "side"


@pytest.mark.parametrize("kind", BOTH)
def test_waves_in_which_both_were_invited_stay_whole(make_rig: MakeRig, kind: str) -> None:
    """Two invites of one wave, two places in its audience, two open sessions: nothing breaks, both count."""
    rig = make_rig(kind=kind)
    here, there = rig.person("Aino"), rig.person("Aino2", platform="side")
    here.says("hello")
    there.says("hello")
    rig.wave()
    here.taps("Start")
    code = code_of(here)
    here.taps("Good")
    there.says(f"link {code}")
    person = rig.id_of(here)
    assert sorted(rig.values(t.contacts, "number", person_id=person, kind="invite")) == [1, 2]
    assert rig.values(t.wave_people, "state", person_id=person) == ["asked"]
    assert sorted(rig.statuses(here)) == ["active", "declined"]
    assert rig.answers(here) == {"mood": "good"}
    assert here.says("It went well")[-1] == "Thanks."


def test_the_stricter_wish_wins(rig: Rig) -> None:
    """Less, quiet days and a topic left hold for the whole person, whichever chat said so."""
    here, there = two(rig)
    there.says("less")
    here.says("days sun")
    there.says(f"link {code_of(here)}")
    assert rig.state(here)["preference"] == "less"
    assert rig.state(here)["quiet_days"] == "6"


def test_a_code_is_good_once_and_for_a_quarter_of_an_hour(rig: Rig) -> None:
    """Used, old, replaced or one's own: it joins nobody."""
    here, there = two(rig)
    third = rig.person("Bo", groups=())
    old = code_of(here)
    new = code_of(here)
    assert there.uses("link", old) == [words("join.wrong", "en")]
    assert here.uses("link", new) == [words("join.same", "en")]
    assert there.uses("link", new) == [words("join.wrong", "en")]
    late = code_of(here)
    rig.now += timedelta(minutes=15)
    assert there.uses("link", late) == [words("join.wrong", "en")]
    good = code_of(here)
    there.uses("link", good)
    assert third.uses("link", good) == [words("join.wrong", "en")]
    assert len(rig.rows(t.persons)) == 2


def test_codes_cannot_be_guessed(rig: Rig) -> None:
    """After ten wrong ones in an hour even the right one is not looked at."""
    here, there = two(rig)
    code = code_of(here)
    for _ in range(MOST_TRIES):
        assert there.uses("link", "AAAA-AAAA") == [words("join.wrong", "en")]
    assert there.uses("link", code) == [words("join.too_often", "en")]
    rig.now += timedelta(hours=1)
    assert there.uses("link", code_of(here)) == [words("join.done", "en")]


def test_two_members_of_the_list_are_not_joined(rig: Rig) -> None:
    """Which number is right only the association knows."""
    here = rig.person("Aino", member_id="H-1")
    there = rig.person("Bo", member_id="H-2", platform="side")
    assert there.uses("link", code_of(here)) == [words("join.two_members", "en")]
    assert len(rig.rows(t.persons)) == 2


def test_a_wrong_join_is_undone(each_rig: Rig) -> None:
    """The other person is back as they were, with their answers; what came since stays."""
    rig = each_rig
    here, there = two(rig)
    rig.wave()
    before = {**rig.state(there)}
    there.says("course")
    there.taps("Yes")
    answers = rig.answers(there)
    there.says(f"link {code_of(here)}")
    other = rig.write(lambda c: joining.unlink(c, there.address, "Chair", rig.now))
    there.person = 0
    assert rig.id_of(there) == other
    assert rig.answers(there) == answers
    state = rig.state(there)
    assert {key: state[key] for key in ("name", "language", "member_id", "preference")} == {
        key: before[key] for key in ("name", "language", "member_id", "preference")
    }
    assert rig.state(here)["name"] == "Aino"
    assert rig.values(t.merges, "id") == []
    assert [row["action"] for row in rig.rows(t.audit)] == ["link", "unlink"]


def test_an_address_that_was_never_joined_is_parted_too(rig: Rig) -> None:
    """An import put two chats together: the one that is somebody else's becomes a person of its own."""
    aino = rig.person("Aino")
    beside = rig.also_at(aino, "side")
    beside.says("course")
    rig.write(lambda c: joining.unlink(c, beside.address, "Chair", rig.now))
    beside.person = 0
    assert rig.id_of(beside) != aino.person
    assert rig.statuses(beside) == ["active"]
    with pytest.raises(UserError, match="only address"):
        rig.write(lambda c: joining.unlink(c, beside.address, "Chair", rig.now))
    with pytest.raises(UserError, match="Nobody"):
        rig.write(lambda c: joining.unlink(c, "chat:nobody", "Chair", rig.now))

"""Passers-by: whoever scans a poster is asked at once, on no list, and first of all whether they want to."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert

from bot.errors import UserError
from bot.service import links
from bot.service.links import Made
from storage import Connection
from storage import tables as t
from tests.service.conftest import MakeRig
from tests.service.rig import Rig
from tests.service.test_commands import words

DAY = timedelta(days=1)


def encounter(rig: Rig, name: str = "Clean-up day", **columns: Any) -> int:
    """An event that goes on now."""
    values = {
        "key": f"test:{name}",
        "kind": "event",
        "name": name,
        "starts_at": rig.now - timedelta(hours=1),
        "ends_at": rig.now + timedelta(hours=1),
        "updated_at": rig.now,
        **columns,
    }

    def job(connection: Connection) -> int:
        key = connection.execute(insert(t.encounters).values(**values)).inserted_primary_key
        assert key is not None
        return int(key[0])

    return rig.write(job)


def link(rig: Rig, survey: str = "course", **wanted: Any) -> Made:
    """A link as the admin makes it."""
    values = {"encounter": "", "lasts": 30 * DAY, "most": None, "by": "admin", **wanted}
    return rig.write(lambda c: links.make(rig.context, c, survey=survey, now=rig.now, **values))


def check_in(rig: Rig, encounter: str, most: int | None = None) -> Made:
    """A link for checking in."""
    return rig.write(
        lambda c: links.make_check_in(rig.context, c, encounter=encounter, most=most, by="admin", now=rig.now)
    )


def test_a_passer_by_is_asked_nothing_before_they_want_to_be(rig: Rig) -> None:
    """No answer is kept of anybody who has not begun; then the answers know their encounter."""
    happening = encounter(rig)
    made = link(rig, encounter="Clean-up day")
    aino = rig.stranger("Aino")
    assert aino.uses("start", made.token)[0].startswith("Hello Aino. / Hauskala has one short question")
    assert rig.rows(t.answers) == []
    aino.taps("Start")
    aino.says("yes")
    assert rig.answers(aino) == {"again": True}
    (session,) = rig.rows(t.sessions)
    assert (session["encounter_id"], session["self_started"], session["wave_id"]) == (happening, True, None)


def test_the_link_costs_no_contact_and_no_invite(rig: Rig) -> None:
    """Whoever comes by themselves is not counted as asked."""
    made = link(rig)
    aino = rig.stranger("Aino")
    aino.uses("start", made.token)
    assert rig.rows(t.contacts) == []
    assert rig.invites() == []


def test_no_is_taken_for_no(rig: Rig) -> None:
    """Nothing is kept of somebody who does not want to be asked but that they were here."""
    aino = rig.stranger("Aino")
    aino.uses("start", link(rig).token)
    assert aino.taps("No thanks")[-1] == words("invite.declined_done", "en")
    assert rig.statuses(aino) == ["declined"]
    assert rig.rows(t.answers) == []


def test_a_member_who_was_asked_before_begins_at_once(rig: Rig) -> None:
    """Somebody who knows what this is gets the first question straight away."""
    aino = rig.person("Aino")
    aino.says("course")
    aino.says("yes")
    aino.looks()
    assert aino.uses("start", link(rig).token) == ["Would you come again? [Yes] [No]"]


def test_the_token_may_be_written_where_a_link_cannot_carry_it(rig: Rig) -> None:
    """Slack's links carry no word of ours: the token is sent as a message."""
    made = link(rig)
    aino = rig.stranger("Aino", platform="side")
    assert aino.says(f" {made.token} ")[0].startswith("Hello Aino. / Hauskala has one short")


def test_a_link_by_name_works_as_before(rig: Rig) -> None:
    """The survey's own link starts without a token."""
    aino = rig.stranger("Aino")
    assert aino.uses("start", "course") == ["Would you come again? [Yes] [No]"]


def test_a_withdrawn_link_says_so_kindly(rig: Rig) -> None:
    """Also to somebody who used it while it stood."""
    made = link(rig)
    aino = rig.stranger("Aino")
    aino.uses("start", made.token)
    rig.write(lambda c: links.withdraw(c, made.number, "admin", rig.now))
    assert aino.uses("start", made.token) == [words("link.over", "en")]
    assert rig.stranger("Bo", language="fi").uses("start", made.token) == [words("link.over", "fi")]
    with pytest.raises(UserError, match="no link 1 that could be withdrawn"):
        rig.write(lambda c: links.withdraw(c, made.number, "admin", rig.now))


def test_a_link_expires(rig: Rig) -> None:
    """At its last moment it is over."""
    made = link(rig, lasts=timedelta(hours=2))
    rig.now += timedelta(hours=2)
    assert rig.stranger("Aino").uses("start", made.token) == [words("link.over", "en")]


def test_a_link_takes_so_many_people(rig: Rig) -> None:
    """Only people count, not how often they follow it."""
    made = link(rig, most=1)
    aino, bo = rig.stranger("Aino"), rig.stranger("Bo")
    aino.uses("start", made.token)
    assert bo.uses("start", made.token) == [words("link.over", "en")]
    assert aino.uses("start", made.token)[0].startswith("Hello Aino.")
    assert rig.row(t.links)["used"] == 1


def test_the_same_encounter_is_asked_about_once(rig: Rig) -> None:
    """Whoever has answered about it is thanked again."""
    encounter(rig)
    made = link(rig, encounter="Clean-up day")
    aino = rig.stranger("Aino")
    aino.uses("start", made.token)
    aino.taps("Start")
    aino.says("yes")
    aino.looks()
    assert aino.uses("start", made.token) == [words("link.answered", "en")]


def test_wrong_tokens_are_limited(each_rig: Rig) -> None:
    """Ten in an hour; then not even a right one is looked at, until the hour is over."""
    rig = each_rig
    made = link(rig)
    aino = rig.stranger("Aino")
    for number in range(links.MOST_MISSES):
        wrong = links.digest(str(number))[:21] + "A"
        assert aino.uses("start", wrong) == [words("link.unknown", "en")]
    assert aino.uses("start", made.token) == [words("link.enough", "en")]
    rig.now += timedelta(hours=1)
    assert aino.uses("start", made.token)[0].startswith("Hello Aino.")


@pytest.mark.parametrize(
    ("word", "is_one"),
    [
        ("AAAAAAAAAAAAAAAAAAAAAA", True),
        ("AAAAAAAAAAAAAAAAAAAAAB", False),  # another spelling of the same bytes
        ("AAAAAAAAAAAAAAAAAAAAA", False),
        ("AAAAAAAAAAAAAAAAAAAAAA==", False),
        ("ÅAAAAAAAAAAAAAAAAAAAAA", False),
        ("", False),
    ],
)
def test_a_token_has_one_spelling(word: str, is_one: bool) -> None:
    """Base64 is malleable: only what we would write ourselves is looked up."""
    assert links.is_token(word) is is_one


def test_the_token_is_kept_nowhere(rig: Rig) -> None:
    """The database holds its digest alone, and no word of the audit betrays it."""
    made = link(rig)
    assert len(made.token) <= 64
    assert rig.row(t.links)["digest"] == links.digest(made.token)
    assert made.token not in str([rig.rows(table) for table in (t.links, t.audit, t.meta)])
    assert [row["action"] for row in rig.rows(t.audit)] == ["link_made"]


def test_a_link_waits_for_the_questions_that_are_open(rig: Rig) -> None:
    """One conversation at a time: the link's survey follows, with its encounter."""
    happening = encounter(rig)
    made = link(rig, encounter="Clean-up day")
    aino = rig.person("Aino")
    rig.wave()
    aino.taps("Start")
    aino.looks()
    assert aino.uses("start", made.token)[0] == words("start.finish_first", "en")
    aino.taps("Good")
    aino.says("All is well.")
    rig.fire()
    rig.settle_down()
    assert aino.looks()[-1] == "Would you come again? [Yes] [No]"
    assert rig.values(t.sessions, "survey", "encounter_id") == [("pulse", None), ("course", happening)]


# --- checking in ------------------------------------------------------------------------------------------


def test_checking_in_records_who_is_here_once(each_rig: Rig) -> None:
    """Whatever the list expected, this person attended; scanning twice changes nothing."""
    rig = each_rig
    happening = encounter(rig)
    made = check_in(rig, "Clean-up day")
    aino = rig.stranger("Aino")
    said = [words("link.checked_in", "en", encounter="Clean-up day", date="1 September 2026")]
    assert aino.uses("start", made.token) == said
    rig.now += timedelta(minutes=5)
    assert aino.uses("start", made.token) == said
    row = rig.row(t.attendance)
    assert (row["encounter_id"], row["person_id"], row["state"]) == (happening, rig.id_of(aino), "attended")
    assert row["at"] == rig.now - timedelta(minutes=5)
    assert rig.row(t.links)["used"] == 1


def test_checking_in_turns_expected_into_attended(rig: Rig) -> None:
    """The role that the list gave stays."""
    happening = encounter(rig)
    aino = rig.person("Aino")
    rig.write(
        lambda c: c.execute(
            insert(t.attendance).values(
                encounter_id=happening, person_id=aino.person, role="volunteer", state="expected", at=rig.now
            )
        )
    )
    aino.uses("start", check_in(rig, f"#{happening}").token)
    row = rig.row(t.attendance)
    assert (row["state"], row["role"]) == ("attended", "volunteer")


def test_checking_in_ends_with_the_encounter(rig: Rig) -> None:
    """Two hours after its end the poster is over."""
    encounter(rig)
    made = check_in(rig, "Clean-up day")
    rig.now += timedelta(hours=3)
    assert rig.stranger("Aino").uses("start", made.token) == [words("link.over", "en")]


# --- the admin's side -------------------------------------------------------------------------------------


def test_what_cannot_be_linked_is_told(rig: Rig) -> None:
    """An unknown survey, an unknown, ambiguous, cancelled or past encounter."""
    encounter(rig, "Walk", key="one")
    encounter(rig, "Walk", key="two")
    encounter(rig, "Called off", cancelled=True)
    encounter(rig, "Past", ends_at=rig.now)
    for asked, said in (
        (partial(link, rig, "nothing"), "There is no survey 'nothing'. The surveys are: course, pulse"),
        (partial(link, rig, encounter="Elsewhere"), "no encounter 'Elsewhere'"),
        (partial(link, rig, encounter="Walk"), "Several encounters are called 'Walk': #1"),
        (partial(link, rig, encounter="Called off"), "'Called off' is cancelled"),
        (partial(check_in, rig, "Past"), "'Past' is over"),
    ):
        with pytest.raises(UserError, match=said):
            asked()


def test_a_survey_that_is_over_or_gone_closes_its_links(make_rig: MakeRig) -> None:
    """A survey taken out of the configuration asks nobody, whatever hangs on the wall."""
    rig = make_rig()
    made = link(rig)
    surveys = dict(rig.config.surveys)
    del surveys["course"]
    rig.restart(replace(rig.config, surveys=surveys))
    assert rig.stranger("Aino").uses("start", made.token) == [words("link.over", "en")]

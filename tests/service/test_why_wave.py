"""Why somebody was not in a wave: what was decided there, or what of its audience they do not fulfil."""

import pytest

from bot.errors import UserError
from bot.service import why_wave
from storage import tables as t
from tests.service.association import PULSE, configured
from tests.service.conftest import MakeRig
from tests.service.rig import Member, Rig
from tests.service.test_pulses import PULSE as AFTER
from tests.service.test_pulses import SETTINGS, listed, local, volunteer


def told(rig: Rig, member: Member, wanted: str = "pulse") -> str:
    """What the admin is told."""
    with rig.store.read() as connection:
        wave = why_wave.find_wave(connection, wanted)
        return why_wave.explained(rig.context, connection, member.person, wave, rig.now).explanation


def test_what_was_decided_is_told_with_its_reason(make_rig: MakeRig) -> None:
    """Asked, or held back by a rule, in the newest wave of a survey, by name, or by number."""
    rig = make_rig(configured(PULSE))
    aino, bo = rig.person("Aino"), rig.person("Bo", started=False)
    rig.wave()
    assert told(rig, aino) == "Was asked."
    assert told(rig, bo) == "UNREACHABLE, no address that can be written to."
    name = rig.row(t.waves)["name"]
    assert told(rig, aino, f"pulse/{name}") == told(rig, aino, "#1") == "Was asked."


def test_outside_the_audience_the_reason_is_looked_for(make_rig: MakeRig) -> None:
    """Groups, conditions, and whoever came later; else that they were not in it then."""
    survey = PULSE.replace(
        '["members"] }', '["members"], not_groups = ["staff"], where = \'city == "Turku"\' }'
    )
    rig = make_rig(
        configured(survey, '[people]\ncolumns = { id = "Nro" }\nattributes = { city = "Kunta" }\n')
    )
    outside = rig.person("Aino", groups=("others", "staff"))
    fits = rig.person("Bo", groups=(), attributes='{"city": "Turku"}')
    rig.open_wave()
    rig.passes(hours=1)
    assert told(rig, outside) == (
        "NOT_IN_AUDIENCE. Is in none of the groups members. Is in a group that is not asked: staff. "
        'The condition `city == "Turku"` does not hold.'
    )
    rig.write(lambda c: c.execute(t.person_groups.insert().values(person_id=fits.person, name="members")))
    assert told(rig, fits) == "NOT_IN_AUDIENCE. Was not in the audience when it was fixed on 1 Sep 12:00."
    late = rig.person("Cilla", attributes='{"city": "Turku"}')
    assert told(rig, late) == "NOT_IN_AUDIENCE. Became known only after the wave had opened."


def test_about_an_encounter_it_is_told_whether_they_came(make_rig: MakeRig) -> None:
    """Absent, expected, not known there."""
    rig = make_rig(configured(AFTER, SETTINGS))
    people = [volunteer(rig, name) for name in ("Aino", "Bo", "Cilla", "Dan")]
    row = f"1,Kahvio,{local(1, 10)},{local(1, 11)}"
    listed(rig, f"{row},Aino,yes,", f"{row},Bo,no,", f"{row},Cilla,,")
    rig.passes(hours=2)
    assert [told(rig, member, "after") for member in people] == [
        "Was asked.",
        "NOT_IN_AUDIENCE. Did not come to Kahvio.",
        "NOT_IN_AUDIENCE. Was expected at Kahvio; nobody has said that they came.",
        "NOT_IN_AUDIENCE. Is not known to have been at Kahvio.",
    ]


@pytest.mark.parametrize("wanted", ["nothing", "#99", "pulse/never"])
def test_a_wave_that_is_none_is_said(make_rig: MakeRig, wanted: str) -> None:
    """With how waves are named."""
    rig = make_rig(configured(PULSE))
    rig.open_wave()
    with rig.store.read() as connection, pytest.raises(UserError, match="There is no wave"):
        why_wave.find_wave(connection, wanted)

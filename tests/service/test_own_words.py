"""An organisation's own words stand in the chat in place of the bot's."""

from bot.texts import Texts
from tests.service.association import configured
from tests.service.conftest import MakeRig

OWN = """
[texts.en]
"hello.stranger" = "Welcome to {organisation}."
later.days = { one = "Tomorrow", other = "After {n} days" }
"less.done" = "Fewer, then."
"control.change" = "Alter"
"""


def test_own_words_are_said(make_rig: MakeRig) -> None:
    """What the admin wrote stands in the chat; the other languages keep the bot's own."""
    rig = make_rig(configured(more=OWN))
    aino, bo = rig.stranger("Aino"), rig.stranger("Bo", language="fi")
    assert aino.says("hello") == ["Welcome to Hauskala."]
    assert aino.says("less") == ["Fewer, then."]
    assert "[After 30 days]" in aino.says("later")[0]
    assert bo.says("vähemmän") == [Texts.load()("less.done", "fi")]

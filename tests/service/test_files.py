"""Files that members send: what is remembered of them, and when one is to be fetched."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.config.model import MediaConfig
from bot.engine.messages import Attachment
from storage.tables import answers, attachments
from tests.service.association import configured
from tests.service.rig import Rig
from tests.storage.fixtures import BOTH

FLOW = """
[[flow]]
id = "camp"
title = "Camp"

[[flow.question]]
id = "picture"
type = "photo"
text = "A picture?"

[[flow.question]]
id = "drawn"
type = "pool"
of = ["safe", "fun"]
pick = 1

[[flow.question]]
id = "safe"
type = "yes_no"
text = "Was it safe?"

[[flow.question]]
id = "fun"
type = "yes_no"
text = "Was it fun?"

[[survey]]
id = "camp"
flow = "camp"
owner = "Camp"
trigger = { keywords = ["camp"] }
purpose = "For the album"
"""
PHOTO = Attachment(source="telegram:A1", mime="image/jpeg", size=100)
MakeRig = Callable[..., Rig]


def _sent(rig: Rig, name: str = "Maija") -> None:
    maija = rig.stranger(name)
    maija.says("camp")
    maija.post("media", text="photo", attachment=PHOTO, caption="The fire")
    rig.settle_down()


@pytest.mark.parametrize("keep", ["reference", "download"])
def test_a_photo_is_kept_as_it_is_configured(make_rig: MakeRig, keep: str) -> None:
    """Its id and its words are the answer either way; only where it is wanted the file is to be fetched."""
    config = replace(configured(FLOW), media=MediaConfig(keep=keep))  # type: ignore[arg-type]
    rig = make_rig(config)
    _sent(rig)
    row = rig.row(answers, question="picture")
    assert (row["status"], row["value"], row["other"]) == ("answered", '"telegram:A1"', "The fire")
    assert row["detail"] == '{"what":"photo","mime":"image/jpeg","size":100}'
    found = [
        (one["platform"], one["source"], one["state"], one["file"].endswith(".jpg"))
        for one in rig.rows(attachments)
    ]
    assert found == ([("chat", "telegram:A1", "waiting", True)] if keep == "download" else [])


@pytest.mark.parametrize("kind", BOTH)
def test_draws_are_balanced_over_persons(make_rig: MakeRig, kind: str) -> None:
    """One after the other draw the next questions of the pool, so that each comes to as many people."""
    rig = make_rig(configured(FLOW), kind=kind)
    for name in ("Aino", "Eero", "Ilo", "Oiva"):
        _sent(rig, name)
    drawn = [one["value"] for one in rig.rows(answers, question="drawn")]
    assert sorted(drawn) == ['["fun"]', '["fun"]', '["safe"]', '["safe"]']
    assert {one["status"] for one in rig.rows(answers, question="drawn")} == {"computed"}
    assert min(one["detail"] for one in rig.rows(answers, question="drawn")).startswith('{"number":0,')

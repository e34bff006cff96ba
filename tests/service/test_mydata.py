"""What is kept about a person, as files: everything, to the chat that asked, once a day, at most once."""

import json
from datetime import timedelta

from bot.engine.messages import Delivery, Document
from storage import tables as t
from tests.service.conftest import MakeRig
from tests.service.rig import UNSURE, Fault, Member, Rig
from tests.service.test_commands import words


def files(rig: Rig, member: Member) -> list[Document]:
    """The files that were put on the wire for this member."""
    return [
        sent.outgoing.message.document
        for sent in rig.sent
        if sent.outgoing.message.document is not None and sent.outgoing.chat == member.chat
    ]


def answered(rig: Rig) -> Member:
    """A member with a past."""
    aino = rig.person("Aino", attributes='{"role":"coach"}')
    aino.says("hello")
    rig.wave()
    aino.taps("Start")
    aino.taps("Good")
    aino.says("Less <b>mud</b> & more tea")
    return aino


def test_everything_comes_as_two_files(rig: Rig) -> None:
    """One is JSON with every table's rows and the answers in words; one is a page with all of it escaped."""
    aino = answered(rig)
    rig.person("Bo")
    assert words("mydata.comes", "en") in aino.says("mydata")
    page, data = files(rig, aino)
    assert (page.name, data.name) == ("my-data.html", "my-data.json")
    found = json.loads(data.content)
    assert [(one["asked"], one["words"]) for one in found["answers"]] == [
        ("How are you?", "Good"),
        ("What would you tell?", "Less <b>mud</b> & more tea"),
    ]
    assert [one["name"] for one in found["persons"]] == ["Aino"]
    assert [one["address"] for one in found["addresses"]] == [aino.address]
    assert [one["kind"] for one in found["contacts"]] == ["invite"]
    assert [one["status"] for one in found["sessions"]] == ["completed"]
    assert {"wave_people", "person_groups"} <= set(found)
    assert "Less &lt;b&gt;mud&lt;/b&gt; &amp; more tea" in page.content
    assert "coach" in page.content
    assert "Bo" not in data.content.replace("Bob", "")


def test_the_files_come_once_a_day(rig: Rig) -> None:
    """Asked again, one is told when; a day later they come again."""
    aino = answered(rig)
    aino.says("mydata")
    assert aino.says("mydata") == [words("mydata.lately", "en", date="2 September 2026")]
    rig.now += timedelta(hours=24)
    aino.says("mydata")
    assert len(files(rig, aino)) == 4


def test_a_file_in_doubt_is_never_repeated_and_not_kept(rig: Rig) -> None:
    """The words come again where they must; the file does not, and nothing of it stays in line."""
    aino = answered(rig)
    rig.faults.append(Fault(UNSURE, delivery=Delivery.FILE, times=2))
    aino.says("mydata")
    rig.passes(hours=1)
    assert len(files(rig, aino)) == 2
    rows = rig.rows(t.outbox, delivery="F")
    assert [(row["state"], row["payload"]) for row in rows] == [("unknown", ""), ("unknown", "")]


def test_the_files_go_where_they_were_asked_for(make_rig: MakeRig) -> None:
    """A person with two chats gets them in the one that asked, wherever they would be asked."""
    rig = make_rig()
    aino = rig.person("Aino", wished_platform="side")
    rig.also_at(aino, "side").says("hello")
    aino.says("mydata")
    assert {sent.platform for sent in rig.sent if sent.outgoing.message.document} == {"chat"}


def test_the_page_leads_to_the_files(rig: Rig) -> None:
    """By two taps."""
    aino = rig.person("Aino", language="fi")
    aino.says("minä")
    assert aino.taps("Tietoni")[0].startswith("^ Voit saada kaiken")
    aino.taps("Lähetä tietoni")
    assert [file.name for file in files(rig, aino)] == ["omat-tiedot.html", "omat-tiedot.json"]

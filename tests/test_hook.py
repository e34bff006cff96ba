"""The hook: signed calls of other programs over real HTTP, each taken once, and what comes of them."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from bot.calls import MAX_BODY, SIGNATURE, TIMESTAMP, Call, signature
from bot.health import Health
from bot.hook import Hook
from bot.service import calls
from storage import tables as t
from tests.service.association import SHIFT, configured
from tests.service.conftest import empty_file, make_rig, sqlite_store
from tests.service.rig import Rig

__all__ = ["empty_file", "make_rig", "sqlite_store"]

SECRET = "s3cret"
SETTINGS = """
[people]
columns = { id = "Nro" }
attributes = { email = "E-mail" }
[hook]
secret = { env = "HOOK" }
"""
WANTED = SHIFT.replace("{ by_hand = true }", "{ hook = true }").replace("volunteers", "members")
MET = {
    "id": "77",
    "kind": "Support",
    "name": "Ticket 77",
    "starts": "2026-09-01T08:00:00+03:00",
    "ends": "2026-09-01T09:00:00+03:00",
    "attendees": [{"person": {"email": "Aino@Example.org"}}, {"person": {"id": "nobody"}}],
}


@dataclass
class Caller:
    """Another program: it signs, and calls the listener."""

    rig: Rig
    url: str
    session: aiohttp.ClientSession
    answer: Mapping[str, Any]

    async def calls(self, said: object, *, secret: str = SECRET, stamp: str = "", **headers: str) -> int:
        """Post a signed body; returns the status."""
        return await self.posts(json.dumps(said).encode(), secret=secret, stamp=stamp, **headers)

    async def posts(self, body: bytes, *, secret: str = SECRET, stamp: str = "", **headers: str) -> int:
        """Post bytes, signed."""
        stamp = stamp or str(int(self.rig.now.timestamp()))
        signed = {
            TIMESTAMP: stamp, SIGNATURE: signature(secret, stamp, body), "Content-Type": "application/json",
        }  # fmt: skip
        async with self.session.post(
            f"{self.url}/hook", data=body, headers={**signed, **headers}
        ) as response:
            self.answer = await response.json()
            return response.status


@pytest.fixture
async def caller(request: pytest.FixtureRequest) -> AsyncIterator[Caller]:
    """A caller of a listener in front of a real database."""
    rig: Rig = request.getfixturevalue("make_rig")(configured(WANTED, SETTINGS))

    async def take(call: Call, key: str, now: datetime) -> Mapping[str, object]:
        return rig.write(lambda c: calls.take(rig.context, c, call, key, now))

    async def figures() -> Mapping[str, object]:
        return {}

    health = Health("127.0.0.1:0", figures, Hook(SECRET, "Europe/Helsinki", take, lambda: rig.now))
    url = (await health.start()).removesuffix("/health")
    async with aiohttp.ClientSession() as session:
        yield Caller(rig, url, session, {})
    await health.stop()


async def test_an_encounter_is_kept_with_who_was_there(caller: Caller) -> None:
    """And the same call once more changes nothing, nor does a new call that says the same."""
    aino = caller.rig.person("Aino", attributes='{"email": "aino@example.org"}')
    assert await caller.calls({"encounter": MET}) == 200
    assert caller.answer == {"taken": True, "known": 1, "unknown": 1}
    assert await caller.calls({"encounter": MET}) == 200
    assert caller.answer == {"taken": True, "again": True}
    caller.rig.now += timedelta(seconds=1)
    assert await caller.calls({"encounter": MET}) == 200
    (row,) = caller.rig.rows(t.encounters)
    assert (row["key"], row["kind"], row["name"]) == ("hook:77", "support", "Ticket 77")
    assert row["ends_at"] == datetime(2026, 9, 1, 6, tzinfo=UTC)
    assert caller.rig.values(t.attendance, "person_id", "state") == [(aino.person, "attended")]
    assert await caller.calls({"encounter": {**MET, "cancelled": True}}) == 200
    assert caller.rig.row(t.encounters)["cancelled"] is True


async def test_a_survey_is_wanted_for_a_person(caller: Caller) -> None:
    """The policy decides as always; the same person is wanted once a day."""
    rig = caller.rig
    aino = rig.person("Aino", member_id="H-1")
    rig.person("Bo", member_id="H-2", groups=("others",))
    want = {"want": {"survey": "shift", "person": {"id": "H-1"}}}
    assert await caller.calls(want) == 200
    assert caller.answer == {"taken": True, "wanted": True}
    rig.tick()
    assert len(rig.invites(aino)) == 1
    rig.now += timedelta(minutes=1)
    assert await caller.calls(want) == 200
    assert caller.answer == {"taken": True, "wanted": False}
    assert await caller.calls({"want": {"survey": "shift", "person": {"id": "H-2"}}}) == 200
    assert caller.answer == {"taken": True, "wanted": False}
    rig.tick()
    assert len(rig.invites()) == 1


async def test_whoever_cannot_sign_learns_nothing(caller: Caller) -> None:
    """A wrong secret, an old or absurd timestamp, a changed body: the same answer, and no effect."""
    said = {"encounter": MET}
    now = int(caller.rig.now.timestamp())
    assert await caller.calls(said, secret="guess") == 401
    for stamp in (str(now - 301), str(now + 301), "abc", "1e9", "9" * 5000, "-1"):
        assert await caller.calls(said, stamp=stamp) == 401
    assert await caller.calls(said, **{SIGNATURE: "v1=ää"}) == 401
    assert await caller.calls(said, **{TIMESTAMP: str(now - 1)}) == 401
    assert caller.answer == {"error": "not signed"}
    assert caller.rig.rows(t.encounters) == []


async def test_a_call_that_cannot_be_taken_says_why(caller: Caller) -> None:
    """Nothing of it is kept, so that it may be mended and made again."""
    rig = caller.rig
    rig.person("Aino", member_id="H-1")
    naive = {**MET, "starts": "2026-09-01T08:00:00"}
    assert await caller.posts(b"{") == 400
    assert await caller.posts(b"[" * 60_000) == 400
    assert await caller.posts(b"x" * (MAX_BODY + 1)) == 413
    assert await caller.calls({}) == 400
    assert await caller.calls({"encounter": MET, "want": {"survey": "shift", "person": {}}}) == 400
    assert await caller.calls({"encounter": MET}, **{"Content-Type": "text/plain"}) == 415
    for wrong in (
        naive,
        {**MET, "ends": MET["starts"], "starts": MET["ends"]},
        {**MET, "name": " "},
        {**MET, "x": 1},
    ):
        assert await caller.calls({"encounter": wrong}) == 400
    for survey, person in (("nothing", "H-1"), ("shift", "H-9")):
        assert await caller.calls({"want": {"survey": survey, "person": {"id": person}}}) == 404
    many = [{"person": {"id": str(number)}} for number in range(501)]
    assert await caller.calls({"encounter": {**MET, "attendees": many}}) == 400
    assert (rig.rows(t.encounters), rig.rows(t.calls), rig.rows(t.waves)) == ([], [], [])


async def test_without_a_hook_there_is_no_such_address(caller: Caller) -> None:
    """The health page alone answers."""

    async def figures() -> Mapping[str, object]:
        return {"inbox": 0}

    health = Health("127.0.0.1:0", figures)
    url = await health.start()
    async with caller.session.get(url) as response:
        assert await response.json() == {"status": "ok", "inbox": 0}
    elsewhere = replace(caller, url=url.removesuffix("/health"))
    async with elsewhere.session.post(f"{elsewhere.url}/hook", data=b"{}") as response:
        assert response.status == 404
    await health.stop()

"""What must hold after a storm, found out from the server's record and the bare database rows.

It shares no code with the program. What a member pressed is known from the keyboards that the server showed;
what became of it, from the rows that its update left.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """``log``: (member, update id, callback data or words) of every answer given. ``requests``: as recorded.

    ``options``: question -> the values of its buttons in order;
    ``questions``: words in its message -> question.
    """

    log: Sequence[tuple[int, int, str]]
    requests: Sequence[Row]
    answers: Sequence[Row]
    """session, question, value, update (the external id of its inbox row), person's chat."""
    inbox: Sequence[Row]
    contacts: Sequence[Row]
    """chat and state of every invite."""
    outbox: Sequence[Row]
    invite: str
    """Words that only an invite holds."""
    questions: Mapping[str, str]
    options: Mapping[str, Sequence[str]]


@dataclass(slots=True)
class Verdict:
    """Counts of what must not be, with an example of each."""

    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    invited_twice: int = 0
    invites_unaccounted: int = 0
    left_over: int = 0
    examples: list[str] = field(default_factory=list)
    answers: int = 0
    invites: int = 0
    in_doubt: int = 0
    copies: int = 0
    """Questions that a member saw a second time: allowed, and told."""
    kills: int = 0

    @property
    def clean(self) -> bool:
        """Whether nothing is lost, doubled, changed or left lying about."""
        return not (
            self.lost
            or self.doubled
            or self.wrong
            or self.invited_twice
            or self.invites_unaccounted
            or self.left_over
        )

    def example(self, text: str) -> None:
        """Keep the first few."""
        if len(self.examples) < 10:
            self.examples.append(text)


def judge(evidence: Evidence) -> Verdict:
    """Hold what the members did against what is stored and what was sent."""
    verdict = Verdict()
    _answers(evidence, verdict)
    _invites(evidence, verdict)
    _left_over(evidence, verdict)
    return verdict


def _answers(evidence: Evidence, verdict: Verdict) -> None:
    stored: defaultdict[str, list[Row]] = defaultdict(list)
    for answer in evidence.answers:
        stored[str(answer["update"])].append(answer)
    keyboards = _keyboards(evidence)
    for member, update, what in evidence.log:
        found = stored.pop(str(update), [])
        verdict.answers += 1
        if not found:
            verdict.lost += 1
            verdict.example(f"lost: member {member}, update {update}, {what!r}")
        elif len(found) > 1:
            verdict.doubled += 1
            verdict.example(f"doubled: member {member}, update {update}")
        elif str(found[0]["chat"]) != str(member) or not _fits(found[0], what, keyboards):
            verdict.wrong += 1
            verdict.example(f"wrong: member {member} {what!r} became {dict(found[0])}")
    for unknown, rows in stored.items():
        verdict.doubled += len(rows)
        verdict.example(f"nobody gave this answer: update {unknown}, {dict(rows[0])}")
    given = Counter((answer["session"], answer["question"]) for answer in evidence.answers)
    for asked, times in given.items():
        if times > 1:
            verdict.doubled += 1
            verdict.example(f"answered twice: {asked}")


def _keyboards(evidence: Evidence) -> dict[str, tuple[str, str]]:
    """Callback data -> (question, value) as the member saw them."""
    found: dict[str, tuple[str, str]] = {}
    for request in _sends(evidence.requests):
        markup = request["params"].get("reply_markup") or {"inline_keyboard": []}
        buttons = [button for row in markup["inline_keyboard"] for button in row]
        text = request["params"]["text"]
        question = next((name for words, name in evidence.questions.items() if words in text), "")
        values = evidence.options.get(question, ())
        for button, value in zip(buttons, values, strict=False):
            found[button["callback_data"]] = question, value
    return found


def _fits(answer: Row, what: str, keyboards: Mapping[str, tuple[str, str]]) -> bool:
    if what in keyboards:
        return (answer["question"], answer["value"]) == keyboards[what]
    return bool(answer["value"] == f'"{what}"')


def _invites(evidence: Evidence, verdict: Verdict) -> None:
    """An invite that reached the server counts, whether or not its answer reached the bot."""
    sent = Counter(
        str(request["params"]["chat_id"])
        for request in _sends(evidence.requests)
        if evidence.invite in request["params"]["text"]
    )
    verdict.invites = len(sent)
    for chat, times in sent.items():
        if times > 1:
            verdict.invited_twice += 1
            verdict.example(f"chat {chat} was invited {times} times")
    for contact in evidence.contacts:
        arrived = sent[str(contact["chat"])] > 0
        verdict.in_doubt += contact["state"] == "unknown"
        if contact["state"] != "unknown" and arrived != (contact["state"] == "sent"):
            verdict.invites_unaccounted += 1
            verdict.example(f"chat {contact['chat']}: invite {contact['state']}, arrived: {arrived}")
    shown = Counter(_prompt(request) for request in _sends(evidence.requests))
    verdict.copies = sum(times - 1 for prompt, times in shown.items() if prompt is not None)


def _prompt(request: Row) -> str | None:
    """What makes a question itself: the data of its first button."""
    markup = request["params"].get("reply_markup")
    return markup["inline_keyboard"][0][0]["callback_data"] if markup else None


def _left_over(evidence: Evidence, verdict: Verdict) -> None:
    for row in evidence.inbox:
        if row["state"] != "done":
            verdict.left_over += 1
            verdict.example(f"inbox: {dict(row)}")
    for row in evidence.outbox:
        if row["state"] in ("ready", "sending"):
            verdict.left_over += 1
            verdict.example(f"outbox: {dict(row)}")


def _sends(requests: Iterable[Row]) -> Iterable[Row]:
    return (request for request in requests if request["method"] == "sendMessage")

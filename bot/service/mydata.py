"""What is kept about a person, given to that person: one file for machines, and one for reading.

Both hold the same. They go to the chat that asked and nowhere else, at most once, and not twice in a day.
"""

import html
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from bot.engine.flow import in_language
from bot.engine.messages import Delivery, Document, Outbound
from bot.service import page, past
from bot.service.case import Case
from storage import history, holdings, people, wishes

AGAIN_AFTER: Final = timedelta(hours=24)
"""How often a person gets the files; the data changes no faster than that."""
GOOD_FOR: Final = timedelta(hours=1)
"""How long a file waits for a platform that cannot be reached; then it is asked for again."""
_INTERNAL: Final[Mapping[str, frozenset[str]]] = {
    "persons": frozenset({"prn", "turn"}),
    "sessions": frozenset({"state", "turn", "prompt_key", "version"}),
    "wave_people": frozenset({"mask"}),
    "merges": frozenset({"taken"}),
}
"""Columns that are the program's own arithmetic, or repeat what stands beside them."""


def send(case: Case) -> None:
    """Send both files, unless they were sent within a day."""
    row, _, _ = people.card(case.work.connection, case.who.person_id)
    if row.data_sent_at is not None and case.now - row.data_sent_at < AGAIN_AFTER:
        case.say(case.words("mydata.lately", date=page.day(case, row.data_sent_at + AGAIN_AFTER)))
        return
    case.work.flush()  # what was said a moment ago belongs to it
    case.refresh()
    found = collected(case)
    case.work.change_person(case.who.person_id, data_sent_at=case.now)
    case.say(case.words("mydata.comes"))
    stem = case.words("mydata.file")
    readable = Document(f"{stem}.html", "text/html", _readable(case, found))
    machine = Document(f"{stem}.json", "application/json", _machine(found))
    for document, key in ((readable, "mydata.readable"), (machine, "mydata.machine")):
        case.work.send(
            case.who,
            case.key(),
            Outbound(text=case.words(key), document=document),
            delivery=Delivery.FILE,
            language=case.language,
            expires_at=case.now + GOOD_FOR,
        )


def collected(case: Case) -> dict[str, Any]:
    """Everything about the person, in plain values; answers with their questions in the person's words."""
    connection, person = case.work.connection, case.who.person_id
    rows = holdings.rows(connection, person)
    answers = past.answers(case.context, connection, person, case.language)
    return {
        "made_at": case.now,
        "organisation": in_language(case.context.config.organisation.name, case.language),
        "answers": [
            {
                "survey": one.survey,
                "question": one.question,
                "asked": one.asked,
                "status": one.status,
                "value": one.value,
                "words": one.words,
                "at": one.at,
            }
            for one in answers
        ],
        **{
            name: [
                {key: value for key, value in row.items() if key not in _INTERNAL.get(name, ())}
                for row in several
            ]
            for name, several in rows.items()
        },
    }


def _machine(found: Mapping[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(found, enc_hook=str), indent=2).decode()


# --- for reading --------------------------------------------------------------------------------------------

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}dt{font-weight:600;margin-top:.6rem}dd{margin:0}"
    "@media(prefers-color-scheme:dark){body{background:#161616;color:#ddd}}"
)


def _readable(case: Case, found: Mapping[str, Any]) -> str:
    """A page that a browser shows without anything else; every word of the member's is escaped."""
    title = case.words("mydata.title", organisation=found["organisation"])
    lines = [
        "<!doctype html>",
        f'<html lang="{html.escape(case.language)}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{html.escape(title)}</h1><p>{html.escape(page.day(case, case.now))}</p>",
    ]
    for key, pairs in _chapters(case, found):
        lines.append(f"<h2>{html.escape(case.words(key))}</h2><dl>")
        for name, value in pairs:
            shown = html.escape(value).replace("\n", "<br>")
            lines.append(f"<dt>{html.escape(name)}</dt><dd>{shown}</dd>")
        lines.append("</dl>")
    lines.append(f"<p>{html.escape(case.words('mydata.rest'))}</p></body></html>")
    return "\n".join(lines)


def _chapters(case: Case, found: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    yield "mydata.you", list(_you(case))
    yield (
        "page.b.answers",
        [
            (f"{page.day(case, one['at'])} · {one['asked']}", one["words"] or case.words("mydata.no_answer"))
            for one in found["answers"]
        ],
    )
    yield "page.b.asked", list(_asked(case))
    consents = found.get("consents", [])
    if consents:
        yield "mydata.consents", [(page.day(case, one["asked_at"]), _consent(case, one)) for one in consents]


def _you(case: Case) -> Iterator[tuple[str, str]]:
    row, places, groups = people.card(case.work.connection, case.who.person_id)
    unknown = case.words("me.unknown")
    yield case.words("mydata.name"), row.name or unknown
    if row.member_id:
        yield case.words("mydata.member_id"), row.member_id
    yield case.words("page.b.language"), case.context.texts("language.name", case.language)
    yield case.words("page.b.where"), ", ".join(place.address for place in places)
    if groups:
        yield case.words("mydata.groups"), ", ".join(groups)
    for name, value in sorted(case.who.facts.items()):
        if name != "name" and value:
            yield name, str(value)
    yield case.words("page.b.often"), case.words(f"me.{row.preference}")
    yield case.words("page.b.hours"), page.hours_in_words(case)
    yield case.words("page.b.days"), page.days_in_words(case)
    left = wishes.left(case.work.connection, case.who.person_id)
    if left:
        yield case.words("page.b.topics"), case.words("page.topics_left", topics=", ".join(sorted(left)))


def _asked(case: Case) -> Iterator[tuple[str, str]]:
    for one in history.contacts(case.work.connection, case.who.person_id):
        survey = case.context.config.surveys.get(one["survey"])
        purpose = in_language(survey.purpose, case.language) if survey is not None else one["survey"]
        if one["state"] in ("sent", "unknown"):
            yield page.day(case, one["at"]), purpose


def _consent(case: Case, one: Mapping[str, Any]) -> str:
    moments: tuple[tuple[str, datetime | None], ...] = (
        ("mydata.consent_given", one["given_at"]),
        ("mydata.consent_refused", one["refused_at"]),
        ("mydata.consent_withdrawn", one["withdrawn_at"]),
    )
    said = [case.words(key, date=page.day(case, at)) for key, at in moments if at is not None]
    return " ".join([case.words("mydata.consent_version", version=one["version"]), *said])

"""A golden chat through the whole service: who says what, and what everybody then sees.

A chat opens with ``situation:`` (a name in ``situations``) and ``language:``, then a blank line. A member's
name stands before their lines; without one it is Aino.

    > words, > /command word     writes                 < text and [buttons]      a message
    ! Label                      presses a button       ^ text                   a message, as it is now
    Maija> words                 somebody else writes   Maija< text              what they see
    + photo                      sends no words         ~ 2h                     time passes
    * name                       an admin does something that the situation offers under this name

Who is on the platform "side" is not shown. ``{names}`` in braces come from the situation; what is random
appears under its name.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from tests.conversations.situations import SITUATIONS
from tests.service.rig import Member, Rig

WHO = "Aino"
ACT = re.compile(r"(?P<who>\w*)(?P<how>[>!+]) (?P<what>.*)")
OURS = re.compile(r"\w*[<^](?: .*)?")
LINE = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def header(text: str) -> dict[str, str]:
    """What stands above the chat."""
    head = text.partition("\n\n")[0]
    return dict(re.split(r":\s*", line, maxsplit=1) for line in head.splitlines())


def run(text: str, rig: Rig) -> str:
    """The chat as the service has it now: the members' lines as they are, ours written anew."""
    head, _, body = text.partition("\n\n")
    said = header(text)
    offered = SITUATIONS[said["situation"]](rig, said["language"])
    known = {name: value for name, value in offered.items() if isinstance(value, str)}
    acts = {name: value for name, value in offered.items() if not isinstance(value, str)}
    for member in rig.members.values():
        member.looks()
    lines = [head, ""]
    for line in body.splitlines():
        if OURS.fullmatch(line):
            continue
        lines.append(line)
        if line.startswith("* "):
            acts[line[2:]]()
            rig.tick()
        elif line.startswith("~ "):
            rig.passes(seconds=int(line[2:-1]) * LINE[line[-1]])
        elif found := ACT.fullmatch(line):
            _act(rig, found, known, said["language"])
        lines += _seen(rig, known)
    return "\n".join(lines).rstrip() + "\n"


def _act(rig: Rig, found: re.Match[str], known: Mapping[str, str], language: str) -> None:
    who, what = _member(rig, found["who"] or WHO, language), found["what"]
    for name, value in known.items():
        what = what.replace(f"{{{name}}}", value)
    rig.now += timedelta(seconds=30)
    if found["how"] == "!":
        ref, button = who.button(what)
        who.post("tap", token=button.token, ref=ref, interaction=f"i{ref}")
    elif found["how"] == "+":
        who.post("media", text=what)
    elif what.startswith("/"):
        name, _, argument = what[1:].partition(" ")
        who.post("command", text=name, argument=argument)
    else:
        who.post("text", text=what)
    rig.settle_down()


def _member(rig: Rig, name: str, language: str) -> Member:
    known = rig.members.get(("chat", name.lower()))
    return known or rig.stranger(name, language=language)


def _seen(rig: Rig, known: Mapping[str, str]) -> Iterator[str]:
    for member in (one for one in rig.members.values() if one.platform == "chat"):
        name = "" if member.name == WHO else member.name
        for told in member.looks():
            mark, text = ("^", told[2:]) if told.startswith("^ ") else ("<", told)
            for secret, value in known.items():
                text = text.replace(value, f"{{{secret}}}")
            yield from (f"{name}{mark} {line}".rstrip() for line in text.split(" / "))

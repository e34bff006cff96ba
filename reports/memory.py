"""What was published of a survey's questions, and whether one more figure would give somebody away.

A figure is remembered by the people behind it: in which waves they answered, since when, and until when.
Another one is published only if no sum or difference of all of them isolates a small group; otherwise the
figure that was shown last is shown again. Values only; where they are kept is ``storage.publications``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from reports.definitions import Definition
from reports.disclosure import isolated
from reports.figures.shapes import Steps, Tally

STEPS: Final = ("asked", "answered", "skipped", "refused", "timed_out", "left")


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """One figure that somebody has seen.

    ``mark`` is the newest answer's row number at that time, ``people`` how many had answered in each of its
    waves, by the mark of the first report that could count them.
    """

    survey: str
    question: str
    role: str
    """What it was a figure of: total, open, unasked, or one wave."""
    mark: int
    people: Mapping[int, Mapping[int, int]]
    tally: "Kept"

    @property
    def n(self) -> int:
        """Number of answers."""
        return sum(sum(by_mark.values()) for by_mark in self.people.values())


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The counts behind a figure."""

    values: dict[str, int] = {}
    steps: tuple[int, ...] = (0,) * 6
    tenths: dict[str, int] = {}

    def into(self, tally: Tally) -> Tally:
        """The tally as it was shown; what people wrote is not kept."""
        return Tally(
            question=tally.question,
            values=self.values,
            steps=Steps(**dict(zip(STEPS, self.steps, strict=True))),
            tenths={float(key): n for key, n in self.tenths.items()},
            population=tally.population,
            k=tally.k,
            versions=tally.versions,
            retired=tally.retired,
        )


def kept(tally: Tally) -> Kept:
    """The counts of a tally."""
    return Kept(
        values=dict(tally.values),
        steps=tuple(getattr(tally.steps, name) for name in STEPS),
        tenths={f"{key:g}": n for key, n in tally.tenths.items()},
    )


def identity(definition: Definition) -> str:
    """What must stay for a question to be the same one, as a text."""
    question = definition.question
    measure = (question.preset, question.minimum, question.maximum) if question.type == "scale" else ()
    return "/".join(map(str, (question.id, question.type, *measure)))


@dataclass(slots=True)
class Memory:
    """The figures of one survey: those that were published, and those of the report that is being made."""

    survey: str
    mark: int
    """The newest answer's row number now."""
    known: Sequence[Published] = ()
    made: list[Published] = field(default_factory=list)
    """What this report adds."""

    def admit(self, name: str, role: str, people: Mapping[int, Mapping[int, int]], tally: Tally) -> Tally:
        """The tally, if it may be published; else the one shown last in this role, else an empty one.

        ``name`` is the question's ``identity``; ``people``: answers in each wave of the figure by the first
        of ``marks`` that counts them.
        """
        found = Published(
            survey=self.survey, question=name, role=role, mark=self.mark, people=people, tally=kept(tally)
        )
        before = [one for one in (*self.known, *self.made) if one.question == name]
        if found.n < tally.k or any(_same(one, found) for one in before):
            return tally
        if isolated(*_atoms([*before, found]), tally.k) is None:
            self.made.append(found)
            return tally
        last = next((one for one in reversed(before) if one.role == role), None)
        return (last.tally if last is not None else NOTHING).into(tally)


NOTHING: Final = Kept()


def _same(one: Published, other: Published) -> bool:
    """Whether the same people are behind both."""
    return _filled(one.people) == _filled(other.people)


def _filled(people: Mapping[int, Mapping[int, int]]) -> dict[tuple[int, int], int]:
    return {(wave, mark): n for wave, by_mark in people.items() for mark, n in by_mark.items() if n}


def row(one: Published) -> tuple[str, str, str, int, str, str]:
    """As it is stored: survey, question, role, mark, people and tally as JSON."""
    return (one.survey, one.question, one.role, one.mark, _json(one.people), _json(one.tally))


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def of_rows(rows: Iterable[tuple[str, str, str, int, str, str]]) -> tuple[Published, ...]:
    """What was stored, oldest first."""
    return tuple(
        Published(
            survey=survey,
            question=question,
            role=role,
            mark=mark,
            people=msgspec.json.decode(people, type=dict[int, dict[int, int]]),
            tally=msgspec.json.decode(tally, type=Kept),
        )
        for survey, question, role, mark, people, tally in rows
    )


def marks(published: Iterable[Published]) -> list[int]:
    """The moments at which something was published, oldest first."""
    return sorted({one.mark for one in published})


def _atoms(
    published: Sequence[Published],
) -> tuple[list[set[object]], dict[object, int]]:
    """Who is behind each figure, in groups that came and went together.

    People of a wave and a mark who are in one figure of it and fewer in a later one have withdrawn in
    between: they are an atom of their own.
    """
    order = sorted(range(len(published)), key=lambda place: published[place].mark)
    sizes: dict[object, int] = {}
    sets: list[set[object]] = [set() for _ in published]
    places = {(wave, mark) for one in published for wave, by_mark in one.people.items() for mark in by_mark}
    for wave, mark in places:
        having = [place for place in order if wave in published[place].people]
        counts = [published[place].people[wave].get(mark, 0) for place in having]
        left = 0
        for step in reversed(range(len(having))):
            gone = max(0, counts[step] - left)
            left = counts[step]
            atom = (wave, mark, step)
            sizes[atom] = gone
            for earlier in range(step + 1):
                if counts[earlier]:
                    sets[having[earlier]].add(atom)
    return sets, sizes


def audit(published: Sequence[Published], k: int) -> list[str]:
    """Questions of which a small group can be worked out from everything that was published."""
    by_question: dict[str, list[Published]] = {}
    for one in published:
        by_question.setdefault(one.question, []).append(one)
    return [name for name, all_of_it in by_question.items() if isolated(*_atoms(all_of_it), k) is not None]

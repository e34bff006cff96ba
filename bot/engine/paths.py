"""All the ways through a flow: how long they are, what is never reached, which conditions never hold.

The flow is walked with every kind of answer that its conditions tell apart (``domains``), so that an exit
``score > 8`` behind ``score <= 6`` is found out. Where there are too many combinations, conditions are taken
to go either way and ``complete`` is False. Pure; seconds come from the caller.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Final

from bot.engine.conditions import Known, Values, compiled
from bot.engine.domains import Answers, combined, domain, leaves
from bot.engine.expressions import Node, names, parse
from bot.engine.flow import END, Flow, Question
from bot.engine.graph import Graph, Lengths, Seconds, State, ring
from bot.engine.variables import ATTRIBUTE, variables

MOST_STEPS: Final = 30_000
"""Steps of the walk: about half a second. No flow that a person can follow comes near."""
MOST_STARTS: Final = 2_000
"""Combinations of a person's attributes to begin with."""


@dataclass(frozen=True, slots=True)
class Never:
    """A condition that holds on no way. ``exit`` is its number from 0; None is the question's ``ask_if``."""

    question: str
    exit: int | None
    unanswered: tuple[str, ...] = ()
    """Names it reads that have no answer wherever it is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """What was found. Notes are no questions; ``typical`` takes all answers for equally likely."""

    longest_questions: int
    longest_seconds: float
    typical_questions: float
    typical_seconds: float
    unreachable: tuple[str, ...] = ()
    never: tuple[Never, ...] = ()
    loops: bool = False
    """Whether a way leads round and round."""
    ring: tuple[str, ...] = ()
    """Notes and the like, and questions passed over, that lead round without ever waiting for an answer."""
    complete: bool = True


def measure(flow: Flow, seconds: Seconds) -> Paths:
    """The ways through a flow whose conditions have been checked."""
    plan = _Plan(flow)
    walk = _Walk(plan)
    complete = walk.go()
    graph = walk.graph if complete else _blind(plan)
    lengths = Lengths(graph, flow, seconds)
    lengths.run()
    ends = [(lengths.longest[start], lengths.typical[start]) for start in graph.starts]
    reached = {place for place, _ in graph.asked}
    # on a loop a question may be counted again with other answers behind it; it is still the same question
    asked = [question for place, question in enumerate(flow.questions) if place in reached]
    most_questions = sum(question.waits for question in asked)
    most_seconds = sum(seconds(question) for question in asked)
    return Paths(
        longest_questions=min(most_questions, max(longest[0] for longest, _ in ends)),
        longest_seconds=min(most_seconds, max(longest[1] for longest, _ in ends)),
        typical_questions=min(most_questions, sum(typical[0] for _, typical in ends) / len(ends)),
        typical_seconds=min(most_seconds, sum(typical[1] for _, typical in ends) / len(ends)),
        unreachable=tuple(question.id for question in flow.questions if question not in asked),
        never=tuple(walk.never()) if complete else (),
        loops=lengths.loops,
        ring=ring(graph, flow),
        complete=complete,
    )


@dataclass(frozen=True, slots=True)
class _Condition:
    test: Callable[[Values], Known]
    tree: Node
    read: tuple[str, ...]
    always: bool
    """Nothing was written, so it holds."""


_Spot = tuple[int, int | None]
"""Where a condition stands: the place of its question and the number of its exit."""


@dataclass
class _Plan:
    """What the walk needs to know of a flow, worked out once."""

    flow: Flow

    @cached_property
    def places(self) -> Mapping[str, int]:
        return {question.id: place for place, question in enumerate(self.flow.questions)}

    @cached_property
    def conditions(self) -> Mapping[_Spot, _Condition]:
        found: dict[_Spot, _Condition] = {}
        for place, question in enumerate(self.flow.questions):
            found[place, None] = _condition(question.ask_if)
            for number, way in enumerate(question.exits):
                found[place, number] = _condition(way.when)
        return found

    @cached_property
    def domains(self) -> Mapping[str, tuple[Answers, ...]]:
        """The kinds of answers of every name that some condition reads."""
        tests = [leaf for condition in self.conditions.values() for leaf in leaves(condition.tree)]
        read = sorted({name for condition in self.conditions.values() for name in condition.read})
        types = variables(self.flow.questions)
        return {name: domain(name, types.get(name, ATTRIBUTE), tests) for name in read}

    @cached_property
    def live(self) -> Sequence[frozenset[str]]:
        """For each place the names that conditions from there on may read; the others can be forgotten."""
        ways = [self.ways(place) for place in range(len(self.flow.questions))]
        live = [
            {name for (at, _), condition in self.conditions.items() if at == place for name in condition.read}
            for place in range(len(self.flow.questions))
        ]
        changed = True
        while changed:
            changed = False
            for place in reversed(range(len(live))):
                more = live[place].union(*(live[following] for following in ways[place]))
                changed = changed or more != live[place]
                live[place] = more
        return [frozenset(one) for one in live]

    def ways(self, place: int) -> set[int]:
        """The places that may follow, whatever the conditions say."""
        question = self.flow.questions[place]
        targets = {way.to for way in question.exits} | {question.timeout_to}
        ways = {self.places[to] for to in targets if to in self.places}
        return ways | ({place + 1} if place + 1 < len(self.flow.questions) else set())

    def state(self, place: int, values: Values) -> State:
        live = self.live[place]
        kept = ((name, value) for name, value in values.items() if name in live and value is not None)
        return place, tuple(sorted(kept, key=lambda pair: pair[0]))

    def following(self, place: int, values: Values) -> State | None:
        return self.state(place + 1, values) if place + 1 < len(self.flow.questions) else None

    def to(self, target: str, values: Values) -> State | None:
        return None if target == END else self.state(self.places[target], values)


def _condition(source: str) -> _Condition:
    tree = parse(source)
    return _Condition(compiled(tree), tree, tuple(names(tree)), not source.strip())


@dataclass(slots=True)
class _Seen:
    """What became of a condition on the walk."""

    held: bool = False
    known: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Walk:
    """One exploration with every kind of answer."""

    plan: _Plan
    graph: Graph = field(init=False)
    seen: dict[_Spot, _Seen] = field(default_factory=dict)

    def go(self) -> bool:
        """Walk all ways. False where there are too many of them."""
        self.graph = Graph(())
        plan = self.plan
        people = {name: kinds for name, kinds in plan.domains.items() if name not in plan.places}
        if combined(people) > MOST_STARTS:
            return False
        choices = [[(name, kind.value) for kind in kinds] + [(name, None)] for name, kinds in people.items()]
        self.graph.starts = list(dict.fromkeys(plan.state(0, dict(chosen)) for chosen in product(*choices)))
        waiting = list(self.graph.starts)
        taken = 0
        while waiting:
            state = waiting.pop()
            if state in self.graph.steps:
                continue
            steps = self.graph.steps[state] = list(self._leave(state))
            taken += len(steps)
            if taken > MOST_STEPS:
                return False
            waiting += [following for _, following in steps if following is not None]
        return True

    def _leave(self, state: State) -> Iterator[tuple[float, State | None]]:
        place, kept = state
        values: dict[str, object] = dict(kept)
        question = self.plan.flow.questions[place]
        if self._look((place, None), values) is not True:
            yield 1, self._target(place, question, {**values, question.id: None})
            return
        self.graph.asked.add(state)
        for kind in self._answers(question):
            after = {**values, question.id: kind.value}
            yield kind.weight, self._target(place, question, after)
        if question.timeout_to:
            yield 0, self.plan.to(question.timeout_to, {**values, question.id: None})

    def _answers(self, question: Question) -> Iterator[Answers]:
        """An answer that no condition reads is of one kind. Skipping is possible, but not typical."""
        yield from self.plan.domains.get(question.id, (Answers(None, 1),))
        if question.id in self.plan.domains and _may_stay_open(question):
            yield Answers(None, 0)

    def _target(self, place: int, question: Question, values: Values) -> State | None:
        for number, way in enumerate(question.exits):
            if self._look((place, number), values) is True:
                return self.plan.to(way.to, values)
        return self.plan.following(place, values)

    def _look(self, spot: _Spot, values: Values) -> Known:
        condition = self.plan.conditions[spot]
        seen = self.seen.setdefault(spot, _Seen())
        seen.known.update(name for name in condition.read if values.get(name) is not None)
        outcome = condition.test(values)
        seen.held = seen.held or outcome is True
        return outcome

    def never(self) -> Iterator[Never]:
        """Written conditions that held nowhere, of questions that are reached."""
        reached = {place for place, _ in self.graph.steps}
        asked = {place for place, _ in self.graph.asked}
        for spot, condition in self.plan.conditions.items():
            place, number = spot
            seen = self.seen.get(spot, _Seen())
            looked = place in (reached if number is None else asked) and not self._hidden(place, number)
            if looked and not condition.always and not seen.held:
                unanswered = tuple(name for name in condition.read if name not in seen.known)
                yield Never(self.plan.flow.questions[place].id, number, unanswered)

    def _hidden(self, place: int, number: int | None) -> bool:
        """Whether an exit stands behind one without a condition, so that nobody ever looks at it."""
        return any(self.plan.conditions[place, before].always for before in range(number or 0))


def _may_stay_open(question: Question) -> bool:
    return not question.required or question.refusable or question.timeout_minutes > 0


def _blind(plan: _Plan) -> Graph:
    """The graph when every condition may go either way."""
    start = (0, ())
    graph = Graph([start])
    waiting: list[State] = [start]
    while waiting:
        state = waiting.pop()
        if state in graph.steps:
            continue
        place, _ = state
        exits = plan.flow.questions[place].exits
        following = plan.ways(place)
        if any(plan.conditions[place, number].always for number in range(len(exits))):
            following -= {place + 1} - {plan.places[way.to] for way in exits if way.to in plan.places}
        steps: list[tuple[float, State | None]] = [(1, (one, ())) for one in sorted(following)]
        if any(way.to == END for way in exits) or not steps:
            steps.append((1, None))
        graph.steps[state] = steps
        graph.asked.add(state)
        waiting += [one for _, one in steps if one is not None]
    return graph

"""Ways through a flow as a graph: states, the steps between them, how long they are, where they go in rings.

Pure arithmetic over what ``paths`` has walked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.engine.flow import Flow, Question

Seconds = Callable[[Question], float]
"""How long a question takes to answer."""

State = tuple[int, tuple[tuple[str, object], ...]]
"""The place of the next question, and the answers so far that a later condition still reads."""


@dataclass(slots=True)
class Graph:
    """States and the steps between them: how likely, and where to (None: the end)."""

    starts: Sequence[State]
    steps: dict[State, list[tuple[float, State | None]]] = field(default_factory=dict)
    asked: set[State] = field(default_factory=set)
    """States in which the question is really put, not passed over."""


def ring(graph: Graph, flow: Flow) -> tuple[str, ...]:
    """The ids on a way that comes back to itself without a question being put; empty where there is none."""
    silent = {
        state for state in graph.steps if state not in graph.asked or not flow.questions[state[0]].waits
    }
    following = {state: [one for _, one in graph.steps[state] if one in silent] for state in silent}
    # take away whatever leads out, until only rings and what leads into them are left
    leaving = [state for state in silent if not following[state]]
    before: dict[State, list[State]] = {state: [] for state in silent}
    for state, several in following.items():
        for one in several:
            before[one].append(state)
    open_ways = {state: len(several) for state, several in following.items()}
    while leaving:
        for state in before[leaving.pop()]:
            open_ways[state] -= 1
            if not open_ways[state]:
                leaving.append(state)
    places = sorted({state[0] for state, ways in open_ways.items() if ways})
    return tuple(flow.questions[place].id for place in places)


Cost = tuple[float, float]
"""Questions and seconds."""


@dataclass(slots=True)
class Lengths:
    """The longest and the mean way from every state to the end; no way goes back to where it came from."""

    graph: Graph
    flow: Flow
    seconds: Seconds
    longest: dict[State, tuple[int, float]] = field(default_factory=dict)
    typical: dict[State, Cost] = field(default_factory=dict)
    loops: bool = False

    def run(self) -> None:
        """Depth first and without recursion: what follows a state is measured before the state itself."""
        entered: set[State] = set()
        for start in self.graph.starts:
            waiting = [start]
            while waiting:
                state = waiting[-1]
                if state in self.longest:
                    waiting.pop()
                elif state in entered:
                    self._measure(state)
                    waiting.pop()
                else:
                    entered.add(state)
                    waiting += [one for _, one in self.graph.steps[state] if one and one not in entered]

    def _measure(self, state: State) -> None:
        steps = self.graph.steps[state]
        known = [(weight, one) for weight, one in steps if one is None or one in self.longest]
        self.loops = self.loops or len(known) < len(steps)
        own = self._own(state)
        ends = [self.longest[one] if one is not None else (0, 0.0) for _, one in known]
        self.longest[state] = (
            own[0] + max((questions for questions, _ in ends), default=0),
            own[1] + max((seconds for _, seconds in ends), default=0.0),
        )
        means = [(weight, self.typical[one] if one is not None else (0.0, 0.0)) for weight, one in known]
        total = sum(weight for weight, _ in means)
        questions = sum(weight * cost[0] for weight, cost in means) / total if total else 0.0
        seconds = sum(weight * cost[1] for weight, cost in means) / total if total else 0.0
        self.typical[state] = (own[0] + questions, own[1] + seconds)

    def _own(self, state: State) -> tuple[int, float]:
        if state not in self.graph.asked:
            return 0, 0.0
        question = self.flow.questions[state[0]]
        return int(question.waits), self.seconds(question)

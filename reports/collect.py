"""From the database to a report: read quickly, count, hide small groups, and return a value.

``read`` needs the connection and does nothing but read, so that the transaction is short; ``build`` works on
what was read. Neither writes anything or knows a clock.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.config.model import Config
from bot.engine.flow import Flow
from bot.engine.predictions import OF_TEN
from bot.engine.suggest import did_you_mean
from bot.errors import Problem, UserError
from reports import counts, memory
from reports.counts import UNASKED, Counts
from reports.definitions import Definition, definitions
from reports.figures import Figure, Steps, Tally, figure
from reports.figures.change import change
from reports.figures.choices import number_of
from reports.figures.encounters import EncounterMap
from reports.figures.feedback import Feedback
from reports.figures.gap import Gap, gap
from reports.figures.groups import Representation, representation
from reports.figures.loop import Loop
from reports.figures.priorities import (
    ASKED,
    FEWEST_TOPICS,
    Priorities,
    Topic,
    is_outcome,
    priorities,
)
from reports.figures.speed import Promptness, promptness
from reports.figures.year import Year
from reports.report import Early, Gaps, Report, SurveyReport, Unasked, WaveReport, key_question
from reports.response import Case, Response, response
from reports.sections import encounters, voices, year
from reports.suppression import K_SCORES, shown
from storage import Connection, counting, flows, publications, respondents, results, waves
from storage.respondents import Guess, Lag, LateCount, Pair, Part
from storage.results import Arrival, Reaction
from storage.waves import Wave


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """One survey as it was read, nothing hidden yet."""

    survey: str
    versions: tuple[tuple[str, Flow], ...]
    """Digests and flows, the one used last first."""
    waves: tuple[Wave, ...]
    """The oldest first."""
    reactions: tuple[Reaction, ...]
    arrivals: tuple[Arrival, ...]
    counts: Counts
    first: datetime | None
    last: datetime | None
    late: tuple[LateCount, ...] = ()
    """Answers to the key question in waves that sent reminders."""
    lags: tuple[Lag, ...] = ()
    guesses: tuple[Guess, ...] = ()
    """What staff predicted of this survey."""
    pairs: tuple[Pair, ...] = ()
    """Topics beside the key question, where the flow has topics enough."""
    groups: tuple[Part, ...] = ()
    strata: tuple[Part, ...] = ()
    known: tuple[memory.Published, ...] = ()
    """What was published before."""
    newest: int = 0
    """Row number of the newest answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a report is to be about. Empty texts: everything."""

    about: str = ""
    """A survey, or a flow: then every survey that asks it."""
    wave: str = ""
    open_waves: bool = False
    """Figures of waves that are still open too; early answers tend to be happier than late ones."""


EVERYTHING: Final = Wish()


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a whole report says beside its surveys."""

    encounters: EncounterMap | None = None
    year: Year | None = None
    feedback: Feedback | None = None
    loop: Loop | None = None


NOTHING: Final = Around()


def make(connection: Connection, config: Config, wish: Wish, now: datetime) -> Report:
    """Read and build in one. Raises UserError for a survey, flow or wave that is not there."""
    return build(
        read(connection, config, wish.about), config, wish, now, around(connection, config, wish, now)
    )


# --- reading ----------------------------------------------------------------------------------------------


def read(connection: Connection, config: Config, about: str = "") -> list[Raw]:
    """Everything that the reports of these surveys need. Raises UserError for an unknown name."""
    known = sorted({*results.surveys(connection), *config.surveys})
    found = [_read(connection, config, survey) for survey in known if about in ("", survey)]
    if not found:
        everything = [_read(connection, config, survey) for survey in known]
        found = [raw for raw in everything if _flow_id(raw, config) == about]
    if not found and about:
        names = sorted({*known, *config.flows})
        raise UserError(
            Problem(message=f'There is no survey or flow "{about}".', advice=did_you_mean(about, names))
        )
    return found


def around(connection: Connection, config: Config, wish: Wish, now: datetime) -> Around:
    """What is about no single survey; nothing where the report is about one survey or wave."""
    if wish.about or wish.wave:
        return Around()
    return Around(
        encounters=encounters.read(connection, config, now),
        year=year.read(connection, config, now),
        feedback=voices.read_feedback(connection, config, now),
        loop=voices.read_loop(connection, config, now),
    )


def _flow_id(raw: Raw, config: Config) -> str:
    if raw.survey in config.surveys:
        return config.surveys[raw.survey].flow
    return raw.versions[0][1].id if raw.versions else ""


def _read(connection: Connection, config: Config, survey: str) -> Raw:
    versions = tuple(
        (digest, flows.get(connection, digest)) for digest in results.versions(connection, survey)
    )
    rounds = tuple(reversed(waves.of_survey(connection, survey)))
    ids = [wave.id for wave in rounds]
    texts = {
        digest: [question.id for question in flow.questions if question.type == "text"]
        for digest, flow in versions
    }
    first, last = results.period(connection, survey, ids)
    known = memory.of_rows(publications.of_survey(connection, survey))
    key = key_definition(definitions(versions))
    topics = [one.question.id for one in topic_definitions(definitions(versions), key)]
    predicting = [one.id for one in config.surveys.values() if one.predicts == survey]
    return Raw(
        survey=survey,
        versions=versions,
        waves=rounds,
        reactions=tuple(results.reactions(connection, ids)),
        arrivals=tuple(results.arrivals(connection, survey)),
        counts=counts.read(connection, survey, ids, texts, memory.marks(known)),
        known=known,
        newest=counting.newest(connection),
        first=first,
        last=last,
        late=tuple(respondents.late_counts(connection, ids, key.question.id)) if key else (),
        guesses=tuple(respondents.guesses(connection, predicting)) if predicting else (),
        pairs=tuple(respondents.pairs(connection, ids, key.question.id, topics)) if key and topics else (),
        lags=tuple(respondents.lags(connection, ids)),
        groups=tuple(respondents.groups(connection, ids)),
        strata=tuple(respondents.strata(connection, ids)),
    )


def key_definition(asked: Sequence[Definition]) -> Definition | None:
    """The survey's key question; None where it has none."""
    present = {one.question.id: one for one in asked if not one.retired}
    wanted = key_question([one.question for one in present.values()])
    return present[wanted] if wanted is not None else None


def topic_definitions(asked: Sequence[Definition], key: Definition | None) -> Sequence[Definition]:
    """What may lie behind the key question: other scales and yes-or-no questions, but no other outcome."""
    if key is None or key.question.type not in ("scale", "yes_no"):
        return ()
    found = [
        one
        for one in asked
        if one.question.type in ("scale", "yes_no")
        and one.question.id != key.question.id
        and not (one.retired or one.question.id.endswith(ASKED) or is_outcome(one.question))
    ]
    return found if len(found) >= FEWEST_TOPICS else ()


def remember(connection: Connection, report: Report) -> None:
    """Keep what a report publishes; whoever shows it calls this. Later reports give no small group away."""
    rows = [publications.Row._make(memory.row(one)) for one in report.published]
    publications.add(connection, rows, report.made_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What can be worked out from everything that was published of one survey."""

    survey: str
    figures: int
    exposed: tuple[str, ...]
    """Questions of which a group below k comes out of sums and differences."""


def audit(connection: Connection, config: Config, about: str = "") -> list[Audited]:
    """Every survey, or one, of which anything was published."""
    found = []
    for survey in results.surveys(connection):
        known = memory.of_rows(publications.of_survey(connection, survey))
        if known and about in ("", survey):
            k = config.surveys[survey].k if survey in config.surveys else K_SCORES
            exposed = tuple(memory.audit(known, max(k, K_SCORES)))
            found.append(Audited(survey=survey, figures=len(known), exposed=exposed))
    return found


# --- building ---------------------------------------------------------------------------------------------


def build(raws: Sequence[Raw], config: Config, wish: Wish, now: datetime, beside: Around = NOTHING) -> Report:
    """The report of what was read. Raises UserError when no survey has the wave that was asked for."""
    if wish.wave:
        names = [wave.name for raw in raws for wave in raw.waves]
        if wish.wave not in names:
            raise UserError(
                Problem(message=f'There is no wave "{wish.wave}".', advice=did_you_mean(wish.wave, names))
            )
        raws = [raw for raw in raws if any(wave.name == wish.wave for wave in raw.waves)]
    made = [_Survey(raw, config, wish, now) for raw in raws]
    return Report(
        organisation=config.organisation.name,
        made_at=now,
        zone=config.organisation.timezone,
        surveys=tuple(one.report() for one in made),
        published=tuple(figure for one in made for figure in one.memory.made),
        encounters=beside.encounters,
        year=beside.year,
        feedback=beside.feedback,
        loop=beside.loop,
    )


class _Survey:
    """One survey on its way from what was read to what may be shown."""

    def __init__(self, raw: Raw, config: Config, wish: Wish, now: datetime) -> None:
        survey = config.surveys.get(raw.survey)
        self.raw = raw
        self.flow = config.flows[survey.flow] if survey else None
        self.purpose = survey.purpose if survey else {}
        self.k = max(survey.k, K_SCORES) if survey else K_SCORES
        self.now = now
        self.definitions = definitions(raw.versions)
        self.chosen = [wave for wave in raw.waves if wish.wave in ("", wave.name)]
        self.memory = memory.Memory(raw.survey, raw.newest, raw.known)
        self.wish = wish
        self.published = [wave for wave in raw.waves if wish.open_waves or self.closed(wave)]
        """Waves whose answers are, or may be, in a report, whatever this one is about."""

    def closed(self, wave: Wave) -> bool:
        return wave.state != "open" or wave.closes_at <= self.now

    def report(self) -> SurveyReport:
        newest = self.raw.versions[0][1] if self.raw.versions else self.flow
        within = [wave for wave in self.chosen if wave in self.published]
        held_back = [wave for wave in self.chosen if wave not in self.published]
        key = key_definition(self.definitions)
        return SurveyReport(
            id=self.raw.survey,
            flow=newest.id if newest else "",
            title=newest.title if newest else {"": self.raw.survey},
            purpose=self.purpose,
            k=self.k,
            first=self.raw.first,
            last=self.raw.last,
            waves=tuple(self._wave(wave, key) for wave in self.chosen),
            response=self._response(self.chosen),
            figures=tuple(self._compared(definition, within) for definition in self.definitions),
            held_back=tuple(wave.name for wave in held_back),
            next_close=min((wave.closes_at for wave in held_back), default=None),
            unasked=self._unasked(),
            promptness=self._promptness(),
            early=self._early(key, within) if key else None,
            groups=self._represented(self.raw.groups, apart=False),
            strata=self._represented(self.raw.strata, apart=True),
            gaps=self._gaps(within),
            priorities=self._priorities(key, within) if key else None,
        )

    def _wave(self, wave: Wave, key: Definition | None) -> WaveReport:
        return WaveReport(
            id=wave.id,
            name=wave.name,
            opens_at=wave.opens_at,
            closes_at=wave.closes_at,
            closed=self.closed(wave),
            response=self._response([wave]),
            key=self._figure(key, [wave]) if key is not None and wave in self.published else None,
        )

    def _response(self, rounds: Sequence[Wave]) -> Response:
        closed = {wave.id: self.closed(wave) for wave in rounds}
        cases = (
            Case(
                people=row.people,
                reason=row.reason,
                invite=row.invite,
                status=row.status,
                cut_off=row.cut_off,
                answered=row.answered,
                applicable=row.applicable,
                closed=closed[row.wave_id],
            )
            for row in self.raw.reactions
            if row.wave_id in closed
        )
        return response(cases, counts.session_tenths(self.raw.counts, closed.keys()))

    def _figure(self, definition: Definition, rounds: Sequence[Wave]) -> Figure:
        return figure(self._tally(definition, rounds))

    def _tally(self, definition: Definition, rounds: Sequence[Wave]) -> Tally:
        told = self._told(definition, rounds)
        role = "open" if self.wish.open_waves else "total"
        if len(rounds) == 1 and len(self.published) > 1:
            role = f"wave {rounds[0].id}"
        ids = {wave.id for wave in told}
        tally = counts.tally(
            self.raw.counts, definition, ids, population=sum(wave.frame_size for wave in told), k=self.k
        )
        return self._admitted(definition, role, ids, tally)

    def _admitted(self, definition: Definition, role: str, ids: set[int], tally: Tally) -> Tally:
        """The tally, unless together with what was published before it would isolate a small group."""
        people = counts.answered_by_mark(self.raw.counts, definition, ids, self.raw.newest)
        return self.memory.admit(memory.identity(definition), role, people, tally)

    def _compared(self, definition: Definition, within: Sequence[Wave]) -> Figure:
        """The figure, with what changed from the round before to the newest of these."""
        found = self._figure(definition, within)
        place = self.published.index(within[-1]) if within else 0
        if place == 0 or definition.retired:
            return found
        before, after = (self._tally(definition, [wave]) for wave in self.published[place - 1 : place + 1])
        headlines = (figure(tally).picture.headline for tally in (before, after))
        return replace(found, change=change(before, next(headlines), after, next(headlines)))

    def _early(self, key: Definition, within: Sequence[Wave]) -> Early | None:
        """The key question before and after the reminder, in waves whose answers may be shown."""
        told = {wave.id for wave in self._told(key, within)}
        sides: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
        for row in self.raw.late:
            if row.wave_id in told and row.flow_digest in key.digests:
                sides[row.late][row.value] += row.answers
        before, after = (
            Tally(
                question=key.question,
                values=values,
                steps=Steps(asked=values.total(), answered=values.total()),
                k=self.k,
            )
            for values in (sides[False], sides[True])
        )
        first, second = figure(before).picture.headline, figure(after).picture.headline
        found = change(before, first, after, second)
        if found is None:
            return None
        return Early(question=key.question, before=before.answered, after=after.answered, change=found)

    def _gaps(self, within: Sequence[Wave]) -> Gaps | None:
        """The newest of these waves that staff predicted while it was still open."""
        closed = [wave for wave in self.published if self.closed(wave)]
        for wave in reversed([wave for wave in within if self.closed(wave)]):
            place = closed.index(wave)
            since = closed[place - 1].closes_at if place else None
            locked = [
                guess
                for guess in self.raw.guesses
                if guess.at < wave.closes_at and (since is None or guess.at >= since)
            ]
            items = [item for one in self.definitions if (item := self._gap(one, wave, locked)) is not None]
            if items:
                surprise = sorted(items, key=lambda item: -abs(item.value))
                return Gaps(closed_at=wave.closes_at, items=tuple(surprise))
        return None

    def _gap(self, definition: Definition, wave: Wave, guesses: Sequence[Guess]) -> Gap | None:
        question = definition.question
        if question.type not in ("scale", "yes_no") or definition.retired:
            return None
        said = Counter(guess.value for guess in guesses if guess.question == question.id)
        of_ten = Counter(guess.value for guess in guesses if guess.question == question.id + OF_TEN)
        own = Tally(
            question=question, values=said, steps=Steps(asked=said.total(), answered=said.total()), k=self.k
        )
        predicted = {int(float(value.strip('"'))): n for value, n in of_ten.items()}
        return gap(self._tally(definition, [wave]), predicted, own)

    def _priorities(self, key: Definition, within: Sequence[Wave]) -> Priorities | None:
        """What goes with the key question, against how it is."""
        asked = {one.question.id: one for one in self.definitions if not one.retired}
        topics = []
        for one in topic_definitions(self.definitions, key):
            told = {wave.id for wave in self._told(one, within)} & {
                wave.id for wave in self._told(key, within)
            }
            both: Counter[tuple[float, float]] = Counter()
            for row in self.raw.pairs:
                if row.wave_id in told and row.question == one.question.id and row.flow_digest in one.digests:
                    first, second = number_of(one.question, row.value), number_of(key.question, row.key)
                    if first is not None and second is not None:
                        both[first, second] += row.sessions
            matters = asked.get(one.question.id + ASKED)
            topics.append(
                Topic(self._tally(one, within), both, self._tally(matters, within) if matters else None)
            )
        return priorities(topics)

    def _promptness(self) -> Promptness | None:
        chosen = {wave.id for wave in self.chosen}
        hours: Counter[float] = Counter()
        for row in self.raw.lags:
            if row.wave_id in chosen:
                hours[row.hours] += row.sessions
        return promptness(hours, self.k)

    def _represented(self, parts: Sequence[Part], *, apart: bool) -> Representation | None:
        """Groups among those who were in the audience and those who answered, in closed waves."""
        closed = {wave.id for wave in self.chosen if self.closed(wave)}
        people: Counter[str] = Counter()
        answered: Counter[str] = Counter()
        for part in parts:
            if part.wave_id in closed:
                people[part.name] += part.audience
                answered[part.name] += part.answered
        whole = self._response([wave for wave in self.chosen if wave.id in closed])
        named = ((name, people[name], answered[name]) for name in people)
        return representation(named, (whole.audience, whole.started), k=self.k, apart=apart)

    def _told(self, definition: Definition, rounds: Sequence[Wave]) -> Sequence[Wave]:
        """Those of the waves whose answers to a question may be shown, given what other reports show.

        Neither the total less what stands beside it, nor a report with open waves less one without, may come
        down to a small group.
        """
        answered = counts.answered_by_wave(self.raw.counts, definition)
        if len(rounds) < len(self.published):
            by_wave = {str(wave.id): answered.get(wave.id, 0) for wave in self.published}
            single = shown(by_wave, self.k) or ()
            rounds = [wave for wave in rounds if str(wave.id) in single]
        return [wave for wave in rounds if self.closed(wave) or answered.get(wave.id, 0) >= self.k]

    def _unasked(self) -> Unasked:
        arrivals = self.raw.arrivals
        tallies = (
            self._admitted(
                definition,
                "unasked",
                {UNASKED},
                counts.tally(self.raw.counts, definition, {UNASKED}, population=None, k=self.k),
            )
            for definition in (self.definitions if arrivals else ())
        )
        return Unasked(
            started=sum(row.sessions for row in arrivals),
            completed=sum(row.sessions for row in arrivals if row.status == "completed"),
            figures=tuple(figure(tally) for tally in tallies),
        )

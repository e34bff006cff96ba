"""The shape of ``[[survey]]`` and its tables, as an admin writes them. What they mean is ``surveyfile``."""

from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue

from bot.config.shape import Clock, Duration, Identifier, Moment, Table, TextIn, Zone
from bot.config.tables import StopTable
from scheduler.surveys import Kind, Method

MAX_HOURS: Final = 24 * 365
MIN_K: Final = 3
"""Below three answers a figure is a person."""


class AudienceTable(Table):
    """Who is asked. All parts must hold; without any it is everybody."""

    groups: list[str] = Field(default=[], max_length=100)
    """Members of at least one of these groups."""
    not_groups: list[str] = Field(default=[], max_length=100)
    """But of none of these."""
    where: str = ""
    """A condition over attributes: `role == "coach" and city != "Turku"`."""


class TriggerTable(Table):
    """What makes the survey begin. Each trigger is of one kind."""

    at: Moment | None = None
    """At this moment: 2026-05-04T18:00:00."""
    cron: str | None = Field(default=None, max_length=100)
    """Again and again, "minute hour day month weekday": "0 10 * * mon"."""
    joined: Duration | None = None
    """So long after a person joined: "14d"."""
    after_encounter: str | None = Field(default=None, min_length=1, max_length=32, examples=['"shift"'])
    """After an encounter of this kind, to those who were there."""
    anniversary: str | None = Field(default=None, min_length=1, max_length=40, examples=['"joined"'])
    """Every year on the day of this attribute's date; "joined" is the day of joining."""
    follow_up: str | None = Field(default=None, min_length=1, max_length=40, examples=['"pulse"'])
    """After answers to this survey; say after how long with delay, and which answers with when."""
    random: int | None = Field(default=None, ge=1, le=12, examples=["3"])
    """So many times a day at moments by chance, for each person their own."""
    hook: bool | None = None
    """true: when another program asks for it, by the hook."""
    keywords: list[str] | None = Field(default=None, min_length=1, max_length=50)
    """When a person writes one of these words."""
    link: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=['"course"'])
    """When a person follows the link of this name."""
    by_hand: bool | None = None
    """true: with `kuulolla wave`."""
    time: Clock | None = None
    """With joined, anniversary and follow_up: at this time of the day, "10:00"."""
    series: str | None = Field(default=None, min_length=1, max_length=128)
    """With after_encounter: only those of this series or name."""
    roles: list[str] | None = Field(default=None, min_length=1, max_length=50)
    """With after_encounter: only people in one of these roles there."""
    presence: Literal["attended", "expected"] | None = None
    """With after_encounter: attended asks those who came; expected also those of whom nobody has said it."""
    delay: Duration | None = None
    """With after_encounter and follow_up: so long after it, "2h", "90d"."""
    when: str | None = Field(default=None, min_length=1, max_length=400)
    """With follow_up: a condition over the answers, "mood <= 2"."""
    between: list[Clock] | None = Field(default=None, min_length=2, max_length=2)
    """With random: on each person's clock, ["09:00", "20:00"]."""
    apart: Duration | None = None
    """With random: the least time between two moments of a day."""
    next_day_at: Clock | None = None
    """With after_encounter: what has to wait for the morning does not come before this time."""
    zone: Zone | None = None
    """With cron: on the clocks of this time zone."""
    catch_up: Literal["once", "skip"] | None = None
    """With cron: what happens after the program stood still."""
    max_late_hours: float | None = Field(default=None, gt=0, le=MAX_HOURS)
    """With cron: later than this a missed round is left out."""


class SurveyCapsTable(Table):
    """What the survey asks of itself beyond the policy: it may only ask less often."""

    min_gap_days: float | None = Field(default=None, ge=0, le=3650)
    invites_per_30d: int | None = Field(default=None, ge=0, le=10_000)
    invites_per_365d: int | None = Field(default=None, ge=0, le=10_000)


class RemindersTable(Table):
    """Reminders to people who have not answered."""

    max: int | None = Field(default=None, ge=0, le=2)
    """0, 1 or 2. A third one drives people away."""
    after_hours: list[Annotated[float, Field(gt=0, le=MAX_HOURS)]] | None = Field(
        default=None, min_length=1, max_length=2
    )
    """Hours after the invite."""
    min_hours_before_deadline: float | None = Field(default=None, ge=0, le=MAX_HOURS)


class ExpiryTable(Table):
    """When a conversation ends by itself. 0 switches a limit off."""

    start_by_hours: float | None = Field(default=None, ge=0, le=MAX_HOURS)
    """From the invite to the first answer."""
    grace_hours: float | None = Field(default=None, ge=0, le=MAX_HOURS)
    """What those who began are given beyond it."""
    idle_hours: float | None = Field(default=None, ge=0, le=MAX_HOURS)
    """From one answer to the next."""
    change_minutes: float | None = Field(default=None, ge=0, le=MAX_HOURS)
    """How long after the last answer the answers may still be changed."""


class AlertTable(Table):
    """Answers of which somebody hears at once."""

    when: str = Field(min_length=1, max_length=500, examples=['"score <= 2"'])
    """A condition over the flow's questions."""
    to: str = Field(min_length=1, max_length=100, examples=['"Maija, office"'])
    """The name of an [[admins]] entry with the right "alerts"."""


class SurveyExemptTable(Table):
    """For the two kinds of messages that pass some rules."""

    class_: Literal["safety", "statutory"] = Field(alias="class", examples=['"statutory"'])
    """safety: are you safe? statutory: a vote or notice that the law demands."""
    reason: str = Field(
        min_length=10, max_length=500, examples=['"Notice of the general meeting, bylaws 12"']
    )
    """Why, in writing."""
    admins: list[str] = Field(min_length=1, max_length=20, examples=['["Chair", "Secretary"]'])
    """Who decided it: one for statutory, two for safety."""


def _listed(value: object) -> object:
    return [value] if isinstance(value, dict) else value


class _OrOne:
    """In the JSON Schema: the list, or a single table."""

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        several = handler(core)
        return {"anyOf": [several["items"], several]}


class SurveyTable(Table):
    """A flow offered to an audience."""

    id: Identifier = Field(examples=['"course-feedback"'])
    """Its name in results and commands."""
    flow: str = Field(default="", examples=['"pulse"'])
    """The id of the flow that is asked."""
    predicts: Identifier | None = Field(default=None, examples=['"pulse"'])
    """Instead of a flow: the survey whose answers these people, usually staff, predict."""
    purpose: TextIn = Field(examples=['"To make the courses better; results in the spring newsletter"'])
    """What the answers are for. People read it when they are asked."""
    owner: str = Field(min_length=1, max_length=200, examples=['"Course office"'])
    """Who stands for it and looks at the answers."""
    kind: Kind = "census"
    """event: a short pulse after something; sample: some, by lot; census: everybody of the audience."""
    audience: AudienceTable = AudienceTable()
    trigger: Annotated[list[TriggerTable], BeforeValidator(_listed), _OrOne()] = Field(default=[])
    """What makes it begin; without one, `kuulolla wave` does."""
    priority: int = Field(default=3, ge=0, le=5)
    """5 goes first; 0 is a draft that is never sent."""
    open: Moment | None = None
    """Nobody is asked before."""
    close: Moment | None = None
    """Nobody is asked after."""
    open_hours: float | None = Field(default=None, gt=0, le=MAX_HOURS)
    """How long a round stays open."""
    good_until_hours: float | None = Field(default=None, gt=0, le=MAX_HOURS)
    """How long after the wanted moment an invite still makes sense."""
    sample: int | None = Field(default=None, ge=1, le=1_000_000)
    """With kind = "sample": answers wanted; without it they follow from margin."""
    margin: float | None = Field(default=None, ge=0.01, le=0.5)
    """With kind = "sample": the margin of error, 0.10 is ten points either way."""
    strata: list[str] = Field(default=[], max_length=10)
    """With kind = "sample": attributes whose groups are drawn from in proportion."""
    confidence: float | None = Field(default=None, ge=0.5, le=0.999)
    """With kind = "sample": how sure the margin is to hold, 0.95 unless written."""
    method: Method | None = None
    """With kind = "sample": turn_queue, random, or panel."""
    rotate: float | None = Field(default=None, gt=0, le=1)
    """With method = "panel": the share of the people that is replaced from wave to wave."""
    expected_response: float | None = Field(default=None, ge=0.01, le=1)
    """With kind = "sample": the share that answers, until there is experience with this survey."""
    allow_spill: bool | None = None
    """With kind = "sample": places that a group cannot fill go to the others."""
    stop: StopTable | None = None
    """With kind = "sample": when there are answers enough, { half_width = 0.1 }."""
    forms: list[Annotated[list[str], Field(min_length=1)]] = Field(default=[], max_length=20)
    """Split forms: each person gets one of these lists of questions, beside those that are in none."""
    topic: TextIn | None = Field(default=None, examples=['"Courses"'])
    """What it is about. Members may leave one topic and keep the others."""
    encounter: str = Field(default="", max_length=40)
    """What people met you in: course, event, shift, article, group, support."""
    heavy: bool = False
    """true: about grief, harassment, health; it counts half as much again."""
    recontact_days: float = Field(default=0, ge=0, le=3650)
    """The least time before the same person gets this survey again."""
    exempt: SurveyExemptTable | None = None
    caps: SurveyCapsTable = SurveyCapsTable()
    reminders: RemindersTable = RemindersTable()
    expiry: ExpiryTable = ExpiryTable()
    readers: TextIn | None = None
    """Who sees the answers, in one sentence."""
    k: int = Field(default=5, ge=MIN_K, le=1000)
    """Figures of fewer answers are not shown."""
    alert: Annotated[list[AlertTable], BeforeValidator(_listed), _OrOne()] = Field(default=[], max_length=10)
    """Low scores: { when = "score <= 2", to = "Maija, office" }."""
    results_by: Duration | None = None
    """A promise, told to those who are asked: so long after the round closes they hear what came of it."""
    anonymous: bool = False
    """true: nobody, the admin included, can find out later who said what."""
    below_k: Literal["destroy", "hold"] = "destroy"
    """With anonymous: what becomes of answers that are fewer than k at the end."""
    keep_days: int | None = Field(default=None, ge=1, le=36_500)
    """After so many days the answers are deleted."""


SYNONYMS: Final = {
    "name": 'Write id = "…".',
    "title": "The title stands in the flow.",
    "survey": 'Write flow = "…".',
    "schedule": 'Write trigger = { cron = "0 10 * * mon" }.',
    "cron": 'Write trigger = { cron = "0 10 * * mon" }.',
    "at": "Write trigger = { at = … }.",
    "joined": 'Write trigger = { joined = "14d" }.',
    "keyword": 'Write trigger = { keywords = ["…"] }.',
    "keywords": 'Write trigger = { keywords = ["…"] }.',
    "link": 'Write trigger = { link = "…" }.',
    "groups": "Write audience = { groups = [ … ] }.",
    "group": "Write audience = { groups = [ … ] }.",
    "where": 'Write audience = { where = "…" }.',
    "min_gap_days": "Write caps = { min_gap_days = … }.",
    "start_by_hours": "Write expiry = { start_by_hours = … }.",
    "idle_hours": "Write expiry = { idle_hours = … }.",
}
"""Keys that people try -> what to write here."""

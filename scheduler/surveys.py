"""A survey: a flow offered to an audience, with its trigger, window, priority, owner and purpose.

Frozen values as the configuration gives them. This module decides nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal

from bot.engine.flow import Text

Kind = Literal["event", "sample", "census"]
"""How a suppressed person is treated: an event pulse is dropped, a sample substituted, a census deferred."""

Method = Literal["turn_queue", "random", "panel"]
"""How a sample is drawn: whoever's turn it is, by lot, or a panel of which a part is replaced each wave."""

ExemptClass = Literal["", "service", "self", "safety", "statutory"]
"""The closed list of classes that pass some rules of the policy. Only code gives ``service`` and ``self``."""


@dataclass(frozen=True, slots=True)
class At:
    """One moment, aware UTC."""

    moment: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring:
    """A cron-like rule read on the wall clock of ``zone``: ``minute hour day month weekday``, five fields."""

    cron: str
    zone: str
    catch_up: Literal["once", "skip"] = "once"
    max_late: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Joined:
    """So long after the person joined the association (or, where that is unknown, the bot)."""

    after: timedelta
    at: time | None = None
    """The wall-clock time of that day, in the person's zone; None keeps the time of joining."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterEncounter:
    """So long after the end of an encounter, to those who were there."""

    kind: str
    series: str = ""
    """Only encounters of this series or name; empty: all of the kind."""
    roles: tuple[str, ...] = ()
    """Only people in one of these roles there; empty: everybody."""
    presence: Literal["attended", "expected"] = "attended"
    """``expected``: also those of whom nobody has said yet whether they came. Never those who did not."""
    delay: timedelta = timedelta(hours=2)
    not_before: time = time(10)
    """A pulse that had to wait for the next opening does not come before this time of the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anniversary:
    """Every year on the day of a date in the person's record, by their own clock."""

    attribute: str
    """The attribute that holds the date; ``joined`` is the day of joining."""
    at: time = time(10)
    date_format: str = "%Y-%m-%d"
    """How the member list writes dates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """So long after an earlier answer."""

    survey: str
    after: timedelta
    when: str = ""
    """A condition over the answers given then; empty: whoever answered at all."""
    at: time | None = None
    """The wall-clock time of that day, in the person's zone; None keeps the time of the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomMoments:
    """Every day some moments by chance, for each person their own (experience sampling)."""

    opens: time
    closes: time
    times: int = 1
    apart: timedelta = timedelta()
    """The least time between two of one day."""


@dataclass(frozen=True, slots=True)
class Called:
    """Another program wants it for a person, by the hook."""


@dataclass(frozen=True, slots=True)
class Keyword:
    """The person writes one of these words. Case and accents do not matter."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """The person follows a deep link with this name."""

    name: str


@dataclass(frozen=True, slots=True)
class Manual:
    """Only by hand: ``kuulolla wave SURVEY``."""


Trigger = (
    At
    | Recurring
    | Joined
    | AfterEncounter
    | Anniversary
    | FollowUp
    | RandomMoments
    | Called
    | Keyword
    | Link
    | Manual
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """A rule that selects persons. All given parts must hold; an empty audience is everybody.

    ``where`` is a condition over the person's attributes, in the same small language as a flow's exits.
    """

    groups: tuple[str, ...] = ()
    """Member of at least one of these."""
    not_groups: tuple[str, ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tighten:
    """What a survey asks of itself beyond the policy. It may only lower a cap or lengthen a gap."""

    min_gap_days: float | None = None
    invites_per_30d: int | None = None
    invites_per_365d: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """When a sample stops inviting: every key figure is known well enough, by these marks.

    Looks are rare and late on purpose: to look after every answer, or at very few, bends the figures.
    """

    half_width: float = 0.10
    """Of the interval of every key figure, at most."""
    n_min: int = 30
    look_every: int = 10
    open_hours_min: float = 48
    min_per_stratum: int = 5
    """Answers of every stratum that was planned to give so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Reminders and expiry of one survey. Hours; 0 switches a limit off."""

    reminders: int = 1
    reminder_after_hours: tuple[float, ...] = (48, 120)
    reminder_min_hours_before_deadline: float = 12
    start_by_hours: float = 168
    grace_hours: float = 24
    idle_hours: float = 72
    change_minutes: float = 30
    """How long after the end the answers of a completed session may still be changed; 0: not at all."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Where the condition over the answers holds, the admin of this name hears of it."""

    when: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the admin wrote in one ``[[survey]]``. Times are aware UTC."""

    id: str
    flow: str
    purpose: Text
    """Required, shown to the people who are asked."""
    owner: str
    kind: Kind = "census"
    audience: Audience = Audience()
    triggers: tuple[Trigger, ...] = (Manual(),)
    priority: int = 3
    """5 goes first; 0 is a draft that is never sent."""
    open_at: datetime | None = None
    close_at: datetime | None = None
    open_hours: float = 168
    """How long a wave stays open after it begins, unless ``close_at`` comes first."""
    good_until_hours: float | None = None
    """How long after the wanted moment an invite still makes sense; None: until the wave closes."""
    sample: int | None = None
    """For ``kind = "sample"``: answers wanted. None: from margin and confidence."""
    margin: float = 0.10
    confidence: float = 0.95
    method: Method = "turn_queue"
    rotate: float = 0.25
    """Of a panel: the share that is replaced from wave to wave."""
    expected_response: float = 0.40
    """The response rate to reckon with until waves of this survey have been closed."""
    strata: tuple[str, ...] = ()
    """Attributes whose combinations are the strata of a sample."""
    allow_spill: bool = False
    """Places that a stratum cannot fill go to the others, instead of staying empty and being reported."""
    stop: Stop | None = None
    """When a sample has answers enough before its time is over; None: it takes all it wanted."""
    forms: tuple[tuple[str, ...], ...] = ()
    """Split forms: the questions of the flow that each form asks beside those that are in no form."""
    topic: Text = field(default_factory=dict)
    """What it is about; people may leave a topic and keep the others. Empty: only all or nothing."""
    encounter: str = ""
    """What kind of encounter it asks about: course, event, shift, article, group, support."""
    predicts: str = ""
    """The survey whose answers the audience predicts; then the flow is made from that survey's own."""
    heavy: bool = False
    recontact_days: float = 0
    exempt: ExemptClass = ""
    exempt_reason: str = ""
    exempt_admins: tuple[str, ...] = ()
    tighten: Tighten = Tighten()
    timing: Timing = Timing()
    readers: Text = field(default_factory=dict)
    """Who sees the answers, one sentence; empty: the organisation's own sentence."""
    k: int = 5
    """Figures of fewer answers are not shown."""
    anonymous: bool = False
    """Whether answers are shuffled in batches of at least ``k`` and kept under nobody's name."""
    below_k: Literal["destroy", "hold"] = "destroy"
    """What becomes of anonymous answers that are fewer than ``k`` when their wave closes."""
    keep_days: int | None = None
    alerts: tuple[Alert, ...] = ()
    results_by: timedelta | None = None
    """So long after a wave closes the people asked are told what came of it."""

    def left_out(self, form: int | None) -> frozenset[str]:
        """Questions that somebody with this form is not asked: those of the other forms."""
        if form is None or not self.forms:
            return frozenset()
        own = self.forms[form % len(self.forms)]
        return frozenset(question for other in self.forms for question in other) - frozenset(own)

    @property
    def topic_id(self) -> str:
        """How the topic is known: its name in the first language that it is written in."""
        return next(iter(self.topic.values()), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A daily window on a wall clock, half-open: closed at ``closes``. Equal times mean closed all day."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True, kw_only=True)
class SendWindow:
    """When a person may be written to first. Read on the person's own wall clock."""

    weekday: Hours = Hours(opens=time(9), closes=time(20))
    weekend: Hours = Hours(opens=time(10), closes=time(18))
    holidays: Literal["closed", "weekend", "open"] = "closed"
    event_pulse_holidays: Literal["closed", "weekend", "open"] = "weekend"
    holiday_dates: frozenset[date] = frozenset()
    """Resolved by the caller: the region's public holidays and the organisation's extra dates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The organisation's contact rules. Defaults are those of the methods note; days may be fractions."""

    timezone_default: str = "Europe/Helsinki"
    invites_per_1d: int = 1
    invites_per_30d: int = 2
    invites_per_365d: int = 12
    messages_per_7d: int = 3
    min_gap_days: float = 7
    reserve_for_sampled_per_365d: int = 3
    group_cap_key: str = ""
    """The attribute that names a household or board; empty: no group cap."""
    group_cap_invites_per_30d: int = 1
    window: SendWindow = SendWindow()
    rest_days: Mapping[str, float] = field(
        default_factory=lambda: {
            "completed": 14,
            "partial": 21,
            "abandoned": 21,
            "not_now": 7,
            "declined": 30,
        }
    )
    backoff_factor: float = 2.0
    backoff_max_factor: float = 8
    dormant_after_ignored: int = 3
    dormant_check_days: float = 90
    preference: Mapping[str, float] = field(default_factory=lambda: {"less": 0.5, "normal": 1.0, "more": 2.0})
    min_gap_floor_days: float = 2
    scale_completed_rest: bool = True
    half_life_days: float = 30
    capacity: float = 4
    points_contact: float = 0.5
    points_reminder: float = 0.5
    points_results: float = 0.1
    heavy_factor: float = 1.5
    self_started_factor: float = 0.5
    points_piggyback: float = 0
    """For a contact while the person is here anyway: nothing is interrupted."""
    idle_cut_seconds: float = 120
    learn_after_answers: int = 30
    """From so many answers on a question's own median counts, not the time of its type."""
    seconds: Mapping[str, float] = field(
        default_factory=lambda: {
            "note": 3, "yes_no": 10, "select_one": 10, "scale": 10, "faces": 10, "integer": 12, "decimal": 12,
            "date": 12,
            "select_multiple": 15, "text": 25, "long_text": 45,
            "time": 12, "rank": 25, "email": 20, "phone": 15, "consent": 15,
            "photo": 30, "voice": 40, "file": 40, "location": 20,
            "hidden": 0, "calculate": 0, "pool": 0,
        }
    )  # fmt: skip
    reserve_days: float = 3
    piggyback_hours: float = 48
    """Whoever has just finished something is offered at once what is due within so long; 0 never."""
    statutory_min_gap_hours: float = 24

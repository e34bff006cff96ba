"""A whole configuration: what each table comes to, included files, and that nothing hidden is repeated."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import load_or_raise
from bot.config.load import MAX_FILES, load
from bot.config.model import (
    Config,
    Organisation,
    PeopleConfig,
    Runtime,
    SecretSource,
    SlackConfig,
    StorageConfig,
    TelegramConfig,
)
from bot.errors import UserError
from scheduler.surveys import (
    At,
    Audience,
    Hours,
    Joined,
    Keyword,
    Link,
    Manual,
    Policy,
    Recurring,
    SendWindow,
    Survey,
    Tighten,
    Timing,
)

ORGANISATION = """
[organisation]
name = "Hauskala"
languages = ["en"]
contact = "office"
privacy = "We keep it."
"""
FLOW = """
[[flow]]
id = "pulse"
title = "Pulse"

[[flow.question]]
id = "mood"
type = "yes_no"
text = "Well?"
"""
SURVEY = """
[[survey]]
id = "weekly"
flow = "pulse"
owner = "Office"
purpose = "To learn"
"""


def _problems(folder: Path, text: str) -> list[str]:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return [str(problem).replace(f"{folder}/", "") for problem in load(path)[1]]


def _config(folder: Path, text: str) -> Config:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    config, problems = load(path)
    told = [str(problem) for problem in problems if "what a member can give" not in problem.message]
    assert told == []
    assert config is not None
    return config


def _survey(folder: Path, text: str, before: str = "") -> Survey:
    return _config(folder, ORGANISATION + before + FLOW + SURVEY + text).surveys["weekly"]


# --- tables -----------------------------------------------------------------------------------------------


def test_what_is_left_out_keeps_its_default(tmp_path: Path) -> None:
    """The smallest configuration: paths lie beside the file, rules are those of the methods."""
    config = _config(tmp_path, ORGANISATION + FLOW + SURVEY)
    assert config.organisation == Organisation(
        name={"en": "Hauskala"}, languages=("en",), contact="office", privacy={"en": "We keep it."}
    )
    assert config.file == tmp_path / "config.toml"
    assert config.storage == StorageConfig(
        path=tmp_path / "data/kuulolla.db", key_file=tmp_path / "kuulolla.key"
    )
    assert (config.telegram, config.slack) == (None, None)
    assert (config.people, config.policy, config.runtime) == (PeopleConfig(), Policy(), Runtime())
    assert config.surveys["weekly"] == Survey(
        id="weekly", flow="pulse", purpose={"en": "To learn"}, owner="Office"
    )


def test_platforms(tmp_path: Path) -> None:
    """Tokens are named, addresses tidied, files absolute."""
    config = _config(
        tmp_path,
        ORGANISATION
        + """
[telegram]
token = { file = "telegram.token" }
base_url = "http://127.0.0.1:8081/"
mode = "webhook"
username = "@hauskala_bot"
messages_per_second = 20
per_chat_per_second = 0.5
webhook_url = "https://bot.example.org/telegram"
webhook_listen = "[::1]:8443"
webhook_secret = { env = "WEBHOOK_SECRET" }

[slack]
bot_token = { env = "SLACK_BOT" }
app_token = { file = "/etc/kuulolla/app.token" }
signing_secret = { env = "SLACK_SIGNING" }
base_url = "https://slack.example.org/api"
mode = "http"
listen = "0.0.0.0:3001"

[storage]
path = "data/a.db"
key_file = "/etc/kuulolla/a.key"
url = { env = "DATABASE_URL" }
ballast_mb = 0

[runtime]
log = "json"
health = ""
"""
        + FLOW
        + SURVEY,
    )
    assert config.telegram == TelegramConfig(
        token=SecretSource(file=tmp_path / "telegram.token"),
        base_url="http://127.0.0.1:8081",
        mode="webhook",
        username="hauskala_bot",
        messages_per_second=20,
        per_chat_per_second=0.5,
        webhook_url="https://bot.example.org/telegram",
        webhook_listen="[::1]:8443",
        webhook_secret=SecretSource(env="WEBHOOK_SECRET"),
    )
    assert config.slack == SlackConfig(
        bot_token=SecretSource(env="SLACK_BOT"),
        app_token=SecretSource(file=Path("/etc/kuulolla/app.token")),
        signing_secret=SecretSource(env="SLACK_SIGNING"),
        base_url="https://slack.example.org/api/",
        mode="http",
        listen="0.0.0.0:3001",
    )
    assert config.storage == StorageConfig(
        path=tmp_path / "data/a.db",
        key_file=Path("/etc/kuulolla/a.key"),
        url=SecretSource(env="DATABASE_URL"),
        ballast_mb=0,
    )
    assert config.runtime == Runtime(log="json", health="")


def test_people(tmp_path: Path) -> None:
    """Columns that were given, attributes, known groups, and how dates are written."""
    config = _config(
        tmp_path,
        ORGANISATION
        + """
[people]
groups = ["members", "staff"]
date_format = "%d.%m.%Y"
group_separator = ";"
max_rows = 1000
columns = { id = "No", telegram = "Telegram" }
attributes = { city = "Town" }
"""
        + FLOW
        + SURVEY,
    )
    assert config.people == PeopleConfig(
        columns={"id": "No", "telegram": "Telegram"},
        attributes={"city": "Town"},
        groups=("members", "staff"),
        date_format="%d.%m.%Y",
        group_separator=";",
        max_rows=1000,
    )


METHODS = """
[policy]                              # not configurable: rolling half-open windows, strictest wins
timezone_default = "Europe/Helsinki"  # set your own
reserve_days = 3
on_suppress = { event = "drop", sample = "substitute", census = "defer" }
exempt = { classes = ["service", "self", "safety", "statutory"], safety_requires_admins = 2, statutory_min_gap_hours = 24 }
[policy.caps]
invites_per_1d = 1
invites_per_30d = 2
invites_per_365d = 12
messages_per_7d = 3
min_gap_days = 7
reserve_for_sampled_per_365d = 3
group_cap = { enabled = false, key = "household", invites_per_30d = 1 }
[policy.send_window]
weekday = ["09:00", "20:00"]
weekend = ["10:00", "18:00"]
holidays = { default = "closed", event_pulse = "weekend", region = "", dates = [] }
[policy.person]
rest_days = { completed = 14, partial = 21, abandoned = 21, not_now = 7, declined = 30 }
backoff = { factor = 2.0, max_factor = 8, dormant_after_ignored = 3, dormant_check_days = 90 }
preference = { less = 0.5, normal = 1.0, more = 2.0, min_gap_floor_days = 2, scale_completed_rest = true }
[policy.burden]
half_life_days = 30.0
capacity = 4.0
points = { contact = 0.5, reminder = 0.5 }
factors = { heavy = 1.5, self_started = 0.5 }
timing = { idle_cut_seconds = 120 }
seconds = { choice = 10, scale = 10, faces = 10, number = 12, date = 12, multi = 15, short_text = 25, open = 45 }
"""  # noqa: E501 - a table of TOML stands on one line


def test_the_defaults_written_out_are_the_defaults(tmp_path: Path) -> None:
    """The recommended policy, key by key, comes to the same as no [policy] at all."""
    assert _config(tmp_path, ORGANISATION + METHODS + FLOW + SURVEY).policy == Policy()


def test_every_rule_can_be_set(tmp_path: Path) -> None:
    """Each key of [policy] reaches the rule it names."""
    policy = _config(
        tmp_path,
        ORGANISATION
        + """timezone = "Europe/Stockholm"
country = "DE"
region = "BY"

[people.attributes]
household = "Household"

[policy]
timezone_default = "Europe/Stockholm"
reserve_days = 2
exempt = { statutory_min_gap_hours = 48 }

[policy.caps]
invites_per_1d = 2
invites_per_30d = 5
invites_per_365d = 53
messages_per_7d = 6
min_gap_days = 0.5
reserve_for_sampled_per_365d = 0
group_cap = { enabled = true, invites_per_30d = 3 }

[policy.send_window]
weekday = [08:30:00, "21:00"]
weekend = ["12:00", "12:00"]
holidays = { default = "open", event_pulse = "closed", region = "DE-BY", dates = [2026-12-24] }

[policy.person]
rest_days = { completed = 1, declined = 60 }
backoff = { factor = 3, max_factor = 9, dormant_after_ignored = 5, dormant_check_days = 30 }
preference = { less = 0.25, more = 4, min_gap_floor_days = 1, scale_completed_rest = false }

[policy.burden]
half_life_days = 60
capacity = 8
points = { contact = 1, reminder = 0.2 }
factors = { heavy = 2, self_started = 0.1 }
timing = { idle_cut_seconds = 60 }

[policy.burden.seconds]
note = 1
choice = 2
scale = 3
faces = 4
number = 5
date = 6
multi = 7
short_text = 8
open = 9
"""
        + FLOW
        + SURVEY,
    ).policy
    assert policy == Policy(
        timezone_default="Europe/Stockholm",
        reserve_days=2,
        statutory_min_gap_hours=48,
        invites_per_1d=2,
        invites_per_30d=5,
        invites_per_365d=53,
        messages_per_7d=6,
        min_gap_days=0.5,
        reserve_for_sampled_per_365d=0,
        group_cap_key="household",
        group_cap_invites_per_30d=3,
        window=SendWindow(
            weekday=Hours(opens=time(8, 30), closes=time(21)),
            weekend=Hours(opens=time(12), closes=time(12)),
            holidays="open",
            event_pulse_holidays="closed",
            holiday_dates=frozenset({date(2026, 12, 24)}),
        ),
        rest_days={"completed": 1, "partial": 21, "abandoned": 21, "not_now": 7, "declined": 60},
        backoff_factor=3,
        backoff_max_factor=9,
        dormant_after_ignored=5,
        dormant_check_days=30,
        preference={"less": 0.25, "normal": 1, "more": 4},
        min_gap_floor_days=1,
        scale_completed_rest=False,
        half_life_days=60,
        capacity=8,
        points_contact=1,
        points_reminder=0.2,
        heavy_factor=2,
        self_started_factor=0.1,
        idle_cut_seconds=60,
        seconds={
            **Policy().seconds,
            "note": 1,
            "yes_no": 2,
            "select_one": 2,
            "scale": 3,
            "faces": 4,
            "integer": 5,
            "decimal": 5,
            "date": 6,
            "select_multiple": 7,
            "text": 8,
            "long_text": 9,
        },
    )


# --- surveys ----------------------------------------------------------------------------------------------


def test_a_whole_survey(tmp_path: Path) -> None:
    """Every key of [[survey]] reaches the value it names; local times are the organisation's."""
    survey = _survey(
        tmp_path,
        """kind = "sample"
audience = { groups = ["members"], not_groups = ["staff"], where = 'city == "Turku"' }
priority = 5
open = 2026-05-01T00:00:00
close = 2026-06-01T00:00:00Z
open_hours = 336
good_until_hours = 100
sample = 80
strata = ["city"]
encounter = "course"
topic = "Courses"
heavy = true
recontact_days = 330
exempt = { class = "safety", reason = "Are people safe?", admins = ["Ana", "Bo"] }
caps = { min_gap_days = 14, invites_per_30d = 1, invites_per_365d = 4 }
reminders = { max = 2, after_hours = [24, 72], min_hours_before_deadline = 6 }
expiry = { start_by_hours = 240, grace_hours = 12, idle_hours = 48 }
readers = "The board"
k = 10
keep_days = 365
trigger = { by_hand = true }
""",
        '\n[people]\ngroups = ["members", "staff"]\nattributes = { city = "Town" }\n',
    )
    assert survey == Survey(
        id="weekly",
        flow="pulse",
        purpose={"en": "To learn"},
        owner="Office",
        kind="sample",
        audience=Audience(groups=("members",), not_groups=("staff",), where='city == "Turku"'),
        triggers=(Manual(),),
        priority=5,
        open_at=datetime(2026, 4, 30, 21, tzinfo=UTC),
        close_at=datetime(2026, 6, 1, tzinfo=UTC),
        open_hours=336,
        good_until_hours=100,
        sample=80,
        strata=("city",),
        encounter="course",
        topic={"en": "Courses"},
        heavy=True,
        recontact_days=330,
        exempt="safety",
        exempt_reason="Are people safe?",
        exempt_admins=("Ana", "Bo"),
        tighten=Tighten(min_gap_days=14, invites_per_30d=1, invites_per_365d=4),
        timing=Timing(
            reminders=2,
            reminder_after_hours=(24, 72),
            reminder_min_hours_before_deadline=6,
            start_by_hours=240,
            grace_hours=12,
            idle_hours=48,
        ),
        readers={"en": "The board"},
        k=10,
        keep_days=365,
    )


def test_an_event_pulse_is_short_lived(tmp_path: Path) -> None:
    """It has its own defaults, which the admin may still change."""
    pulse = _survey(tmp_path, 'kind = "event"\n')
    assert (pulse.open_hours, pulse.good_until_hours, pulse.timing) == (72, 48, Timing(idle_hours=24))
    shorter = _survey(tmp_path, 'kind = "event"\nopen_hours = 24\ngood_until_hours = 12\n')
    assert (shorter.open_hours, shorter.good_until_hours) == (24, 12)


def test_statutory_needs_one_admin(tmp_path: Path) -> None:
    """The class, the reason and who decided are kept."""
    found = _survey(
        tmp_path, 'exempt = { class = "statutory", reason = "Notice of meeting", admins = ["Ana"] }\n'
    )
    assert (found.exempt, found.exempt_admins) == ("statutory", ("Ana",))


TRIGGERS = {
    "{ at = 2026-05-04T18:00:00+02:00 }": At(datetime(2026, 5, 4, 16, tzinfo=UTC)),
    "{ at = 2026-05-04T18:00:00 }": At(datetime(2026, 5, 4, 15, tzinfo=UTC)),
    "{ at = 2026-03-29T03:30:00 }": At(datetime(2026, 3, 29, 1, tzinfo=UTC)),
    '{ cron = "0 10 * * mon" }': Recurring(cron="0 10 * * mon", zone="Europe/Helsinki"),
    '{ cron = "0 10 * * mon", zone = "Asia/Tokyo", catch_up = "skip", max_late_hours = 1 }': Recurring(
        cron="0 10 * * mon", zone="Asia/Tokyo", catch_up="skip", max_late=timedelta(hours=1)
    ),
    '{ joined = "14d" }': Joined(timedelta(days=14)),
    '{ joined = " 1.5 h ", time = "10:00" }': Joined(timedelta(minutes=90), time(10)),
    '{ joined = "2w" }': Joined(timedelta(days=14)),
    '{ joined = "90min" }': Joined(timedelta(minutes=90)),
    '{ keywords = ["Kahvi", "coffee"] }': Keyword(("Kahvi", "coffee")),
    '{ link = "course_1" }': Link("course_1"),
    "{ by_hand = true }": Manual(),
}


@pytest.mark.parametrize("written", TRIGGERS)
def test_triggers(tmp_path: Path, written: str) -> None:
    """Each kind of trigger; a time that the clocks skip is the next one there is."""
    assert _survey(tmp_path, f"trigger = {written}\n").triggers == (TRIGGERS[written],)


def test_several_triggers(tmp_path: Path) -> None:
    """In the order of the file, as a list or one table each."""
    listed = _survey(tmp_path, 'trigger = [{ link = "a" }, { link = "b" }]\n')
    tables = _survey(tmp_path, '\n[[survey.trigger]]\nlink = "a"\n\n[[survey.trigger]]\nlink = "b"\n')
    assert listed.triggers == tables.triggers == (Link("a"), Link("b"))


# --- files ------------------------------------------------------------------------------------------------


def test_included_files(tmp_path: Path) -> None:
    """Flows and surveys of other files count as if they stood here; each problem names its file."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/a.toml").write_text(FLOW, encoding="utf-8")
    (tmp_path / "flows/b.toml").write_text(SURVEY, encoding="utf-8")
    config = _config(tmp_path, f'include = ["flows/*.toml", "flows/a.toml"]\n{ORGANISATION}')
    assert (list(config.flows), list(config.surveys)) == (["pulse"], ["weekly"])
    (tmp_path / "flows/c.toml").write_text(f"{FLOW}\n[runtime]\nlog = 5\n\n[nonsense]\n", encoding="utf-8")
    (tmp_path / "flows/d.toml").write_text("= 3", encoding="utf-8")
    assert _problems(tmp_path, f'include = ["flows/*.toml"]\n{ORGANISATION}') == [
        (
            'flows/c.toml:3: flow "pulse": There are two of the id "pulse"; '
            "the first is in flows/a.toml:2. Rename one."
        ),
        'flows/c.toml:11: "runtime" is not known here. It belongs into config.toml.',
        'flows/c.toml:14: "nonsense" is not known here. Possible: flow, survey.',
        "flows/d.toml:1: A key is expected here. Keys are letters, digits, - and _.",
    ]


def test_include_does_not_read_everything(tmp_path: Path) -> None:
    """A pattern that finds a crowd found the wrong folder; the file itself is not included again."""
    for number in range(MAX_FILES + 1):
        (tmp_path / f"{number}.toml").write_text("", encoding="utf-8")
    assert _problems(tmp_path, f'include = ["*.toml"]\n{ORGANISATION}{FLOW}{SURVEY}') == [
        "config.toml:1: include finds more than 100 files. Narrow it."
    ]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """One line, no configuration."""
    config, problems = load(tmp_path / "config.toml")
    assert (config, [problem.message for problem in problems]) == (None, ["There is no such file."])


def test_load_or_raise(tmp_path: Path) -> None:
    """Errors are raised together with the warnings; warnings alone are not."""
    path = tmp_path / "config.toml"
    path.write_text(FLOW, encoding="utf-8")
    with pytest.raises(UserError) as raised:
        load_or_raise(path)
    severities = [problem.severity for problem in raised.value.problems]
    assert (severities.count("error"), severities.count("warning") > 0) == (1, True)
    path.write_text('[organisation]\nname = "x"\nlanguages = ["en"]\n' + FLOW, encoding="utf-8")
    assert load_or_raise(path).organisation.name == {"en": "x"}


# --- secrets ----------------------------------------------------------------------------------------------

LEAKS = {
    "telegram": "123456789:" + "A" * 35,
    "slack bot": "xoxb-" + "1234567890-abcdef",
    "slack app": "xapp-" + "1-A000-0000-abcdef",
    "database": "postgresql://me:" + "pass@db/kuulolla",
}


@pytest.mark.parametrize("name", LEAKS)
@pytest.mark.parametrize(
    ("place", "said"),
    [
        ('[telegram]\ntoken = "{}"\n', "token must not stand in the configuration itself."),
        (
            '[telegram]\ntoken = {{ file = "{}" }}\n',
            "token holds the secret itself",
        ),
        ('[runtime]\nlog = "{}"\n', "Here stands what looks like a token or a password."),
        ('[people.attributes]\nrole = "x {} y"\n', "Here stands what looks like a token or a password."),
        ('[people]\ngroups = ["{}"]\n', "Here stands what looks like a token or a password."),
    ],
)
def test_a_secret_in_the_file_is_refused_and_never_repeated(
    tmp_path: Path, name: str, place: str, said: str
) -> None:
    """Wherever it stands; the message says what to do, and the secret is in none of them."""
    problems = _problems(tmp_path, f"{ORGANISATION}\n{place.format(LEAKS[name])}{FLOW}{SURVEY}")
    assert [line for line in problems if said in line] != []
    assert [line for line in problems if LEAKS[name] in line] == []


# --- anything ---------------------------------------------------------------------------------------------

VALUES = """
"" "x" "{name}" "fi" "mood" "end" "../x" "14d" 0 -1 3 1.5 inf nan true false [] {} [1] ["a","a"] {fi="x"}
2026-05-04 2026-05-04T10:00:00 10:00:00 {file="x"} {to="end"} "\\u001b" [{to="mood"}] ["a","b"] "scale" "{"
[{id="a",label="b"}] {cron="x"} "mood<=3" [["a"]] {en="x",en-GB="y"} "-" "faces" "text" "pulse"
"""
KEYS = """
name languages timezone readers id title type text hint preset min max choices exits ask_if pattern
earliest required closing question flow purpose owner kind audience trigger open close caps expiry reminders
k token mode path key_file columns attributes weekday include nonsense exempt strata health country url
"""
HEADERS = """
[organisation] [storage] [telegram] [slack] [people] [policy] [runtime] [policy.caps] [policy.send_window]
[[flow]] [[flow]] [[flow.question]] [[flow.question]] [[flow.question.choice]] [[flow.question.exit]]
[[survey]] [[survey.trigger]] [survey.audience] [flow.closing] [nonsense] #
"""
PAIRS = st.dictionaries(st.sampled_from(KEYS.split()), st.sampled_from(VALUES.split()), max_size=6)
TABLES = st.lists(st.tuples(st.sampled_from(HEADERS.split()), PAIRS), max_size=8)


def _toml(tables: Iterable[tuple[str, dict[str, str]]]) -> str:
    return "\n".join(
        f"{header}\n" + "\n".join(f"{key} = {value}" for key, value in pairs.items())
        for header, pairs in tables
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(TABLES.map(_toml))
def test_any_configuration_is_judged_without_a_traceback(tmp_path: Path, text: str) -> None:
    """There is a configuration or an error, and every message is one printable line."""
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    config, problems = load(path)
    assert (config is None) == any(problem.severity == "error" for problem in problems)
    assert all(str(problem).isprintable() for problem in problems)

"""A flow from its table: what the admin writes, and the value that comes of it. Mistakes are in bad_toml."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.document import Document, Place
from bot.engine.flow import Choice, Exit, Flow, Question
from bot.engine.flowfile import MAX_QUESTIONS, Surroundings, build, label
from bot.engine.placeholders import PlaceholderError, check, placeholders
from bot.engine.presets import SCALES, SPOKEN, scale_choices, spoken, yes_no_choices
from bot.engine.questionfile import usable_name

AROUND = Surroundings(languages=("fi", "en"), attributes=("city",))


def _build(text: str, around: Surroundings = AROUND) -> tuple[Flow | None, list[str]]:
    data = tomllib.loads(text)["flow"][0]
    flow, problems = build(data, Place(Document("f.toml", data), ("flow", 0)), around)
    return flow, [str(problem) for problem in problems]


HEAD = """
[[flow]]
id = "pulse"
title = { en = "Pulse", fi = "Pulssi" }
"""


def _question(text: str) -> Question:
    flow, problems = _build(f'{HEAD}[[flow.question]]\nid = "q"\n{text}')
    assert problems == []
    assert flow is not None
    return flow.questions[0]


BOTH = {"fi": "Miten?", "en": "How?"}
TEXT = 'text = { fi = "Miten?", en = "How?" }\n'


def test_a_whole_flow() -> None:
    """Texts come in the order of the languages, questions in that of the file."""
    flow, problems = _build(
        HEAD
        + """
closing = { fi = "Kiitos {name}", en = "Thanks {answers.mood}" }
back = false

[[flow.question]]
id = "mood"
type = "text"
text = { fi = "Miten {city}?", en = "How?" }
hint = { fi = "Sanoja", en = "Words" }
long = true
required = false
refusable = true
pattern = '\\pL+'
max_length = 50
tries = 2
timeout_minutes = 30
timeout_to = "end"
seconds = 20
key = true

[[flow.question.exit]]
when = 'city == "Turku"'
to = "day"

[[flow.question.exit]]
to = "end"

[[flow.question]]
id = "day"
type = "date"
text = { fi = "Milloin?", en = "When?" }
earliest = "today-30d"
latest = "2030-01-01"
ask_if = "mood is answered"
"""
    )
    assert problems == []
    assert flow == Flow(
        id="pulse",
        languages=("fi", "en"),
        title={"fi": "Pulssi", "en": "Pulse"},
        closing={"fi": "Kiitos {name}", "en": "Thanks {answers.mood}"},
        back=False,
        questions=(
            Question(
                id="mood",
                type="text",
                text={"fi": "Miten {city}?", "en": "How?"},
                hint={"fi": "Sanoja", "en": "Words"},
                long=True,
                required=False,
                refusable=True,
                pattern="\\pL+",
                max_length=50,
                tries=2,
                timeout_minutes=30,
                timeout_to="end",
                seconds=20,
                key=True,
                exits=(Exit(when='city == "Turku"', to="day"), Exit(when="", to="end")),
            ),
            Question(
                id="day",
                type="date",
                text={"fi": "Milloin?", "en": "When?"},
                earliest="today-30d",
                latest="2030-01-01",
                ask_if="mood is answered",
            ),
        ),
    )
    assert flow is not None
    assert list(flow.title) == ["fi", "en"]


def test_languages_of_its_own() -> None:
    """A flow may be written in fewer languages than the organisation speaks."""
    flow, problems = _build(
        '[[flow]]\nid = "a"\ntitle = "Pulse"\nlanguages = ["en"]\n'
        '[[flow.question]]\nid = "q"\ntype = "text"\ntext = "How?"\n'
    )
    assert problems == []
    assert flow is not None
    assert (flow.languages, flow.title) == (("en",), {"en": "Pulse"})


def test_a_note_awaits_nothing() -> None:
    """It is neither required nor optional."""
    note = _question(f'type = "note"\n{TEXT}')
    assert note == Question(id="q", type="note", text=BOTH, required=False)


def test_bounds_of_numbers() -> None:
    """Whole or not, with one bound or both."""
    assert _question(f'type = "integer"\nmin = 0\n{TEXT}').minimum == 0
    assert _question(f'type = "decimal"\nmin = 0.5\nmax = 2.5\n{TEXT}').maximum == 2.5


def test_short_choices() -> None:
    """A text is a choice whose id is made of its words; emoji alone are numbered."""
    question = _question(
        f'type = "select_one"\nchoices = ["1–2", {{ id = "b-2", label = "3" }}, "👍", "Yö"]\n{TEXT}'.replace(
            "Yö", "4+"
        )
    )
    assert question.choices == (
        Choice(id="1_2", label={"fi": "1–2"}),
        Choice(id="b-2", label={"fi": "3"}),
        Choice(id="choice_3", label={"fi": "👍"}),
        Choice(id="4", label={"fi": "4+"}),
    )


def test_long_choices() -> None:
    """Everything that a choice can have."""
    question = _question(
        f"""type = "select_multiple"
min = 0
max = 2
{TEXT}
[[flow.question.choice]]
id = "tea"
label = {{ fi = "Teetä", en = "Tea" }}
accept = ["chai "]
value = 1

[[flow.question.choice]]
id = "other"
label = {{ fi = "Muuta", en = "Other" }}
other = true

[[flow.question.choice]]
id = "none"
label = {{ fi = "En mitään", en = "Nothing" }}
exclusive = true
"""
    )
    assert question.choices == (
        Choice(id="tea", label={"fi": "Teetä", "en": "Tea"}, accept=("chai",), value=1),
        Choice(id="other", label={"fi": "Muuta", "en": "Other"}, other=True),
        Choice(id="none", label={"fi": "En mitään", "en": "Nothing"}, exclusive=True),
    )


def test_yes_and_no_speak_for_themselves() -> None:
    """yes_no has its two choices, in the flow's languages, with what people write for them."""
    yes, no = _question(f'type = "yes_no"\n{TEXT}').choices
    assert (yes.id, yes.label, yes.value) == ("yes", {"fi": "Kyllä", "en": "Yes"}, 1)
    assert (no.id, no.label, no.value) == ("no", {"fi": "Ei", "en": "No"}, 0)
    assert {"joo", "ja", "yep", "👍"} <= set(yes.accept)
    assert {"nej", "nope", "👎"} <= set(no.accept)


@pytest.mark.parametrize("preset", SCALES)
def test_every_preset_fills_in_its_choices(preset: str) -> None:
    """A scale has one choice for each number, with the number as id and value."""
    question = _question(f'type = "scale"\npreset = "{preset}"\n{TEXT}')
    scale = SCALES[question.preset] if question.preset else None
    assert scale is not None
    numbers = list(range(scale.first, scale.last + 1))
    assert [choice.id for choice in question.choices] == [str(number) for number in numbers]
    assert [choice.value for choice in question.choices] == numbers
    assert (question.minimum, question.maximum) == (scale.first, scale.last)


@pytest.mark.parametrize("preset", SCALES)
def test_every_preset_speaks_three_languages(preset: str) -> None:
    """No label is missing, and within one language no two are the same."""
    scale = SCALES[preset]  # type: ignore[index]
    for language in SPOKEN:
        labels = [label[language] for label in scale.labels]
        assert all(labels)
        assert len(set(labels)) == len(labels)
    for end in (scale.min_label, scale.max_label):
        assert end is None or set(end) == set(SPOKEN)


def test_the_ends_of_nps_are_named() -> None:
    """Nps has words for its ends unless the admin wrote better ones."""
    assert _question(f'type = "scale"\npreset = "nps"\n{TEXT}').min_label == {
        "fi": "en lainkaan todennäköisesti",
        "en": "not at all likely",
    }
    own = _question(f'type = "scale"\npreset = "nps"\nmax_label = {{ fi = "Aina", en = "Always" }}\n{TEXT}')
    assert own.max_label == {"fi": "Aina", "en": "Always"}
    assert _question(f'type = "scale"\npreset = "stars"\n{TEXT}').min_label == {}


def test_a_scale_of_its_own() -> None:
    """Numbers are their own labels, once for all languages."""
    question = _question(f'type = "scale"\nmin = -1\nmax = 1\n{TEXT}')
    assert question.choices == (
        Choice(id="-1", label={"fi": "-1"}, value=-1),
        Choice(id="0", label={"fi": "0"}, value=0),
        Choice(id="1", label={"fi": "1"}, value=1),
    )


def test_other_languages_hear_english() -> None:
    """Presets in a language that the bot does not speak are in English; regions count as their language."""
    assert spoken({"fi": "Ei", "sv": "Nej", "en": "No"}, ("de", "sv-FI")) == {"de": "No", "sv-FI": "Nej"}
    assert yes_no_choices(("de",))[0].label == {"de": "Yes"}
    assert scale_choices(1, 2, ("de",))[1].label == {"de": "2"}


def test_markup_is_left_alone() -> None:
    """What looks like markup to some platform is just text here."""
    words = "<b>bold <script> <!channel> *x* {{y}}"
    flow, problems = _build(
        f'[[flow]]\nid = "a"\ntitle = "x"\nlanguages = ["en"]\n'
        f'[[flow.question]]\nid = "q"\ntype = "text"\ntext = "{words}"\n'
    )
    assert (flow is not None and flow.questions[0].text, problems) == ({"en": words}, [])


def test_a_pattern_that_would_hang_others_is_taken() -> None:
    """RE2 has no catastrophic patterns."""
    assert _question(f'type = "text"\npattern = "^(0+)+$"\n{TEXT}').pattern == "^(0+)+$"


def test_labels_too_long_for_buttons_and_many_choices_are_taken() -> None:
    """Platforms show them in another way; nothing is refused."""
    choices = ", ".join(f'"{number} {"9" * 200}"' for number in range(101))
    assert len(_question(f'type = "select_one"\nchoices = [{choices}]\n{TEXT}').choices) == 101


def test_too_many_questions_are_not_read() -> None:
    """A flow is a conversation, not a census."""
    many = "".join(f'[[flow.question]]\nid = "q{n}"\n' for n in range(MAX_QUESTIONS + 1))
    assert _build(HEAD + many) == (
        None,
        ['f.toml: flow "pulse": The flow has more than 200 questions. Split it.'],
    )


def test_a_question_that_is_no_table() -> None:
    """Whatever stands in the list of questions, it is told what is expected."""
    assert _build(f'{HEAD}question = ["How?", {{ id = 5 }}]\n')[1] == [
        'f.toml: flow "pulse", question 1: A table is expected here, not "How?".',
        'f.toml: flow "pulse", question 2: id must be text in quotation marks: "…", not 5.',
        'f.toml: flow "pulse", question 2: type is missing. Add type = "select_one"',
        'f.toml: flow "pulse", question 2: text is missing. Add text = "How was it?"',
    ]


def test_both_forms_of_a_list_cannot_stand_together() -> None:
    """Choices and choice are the same; the second one is not known then."""
    text = (
        f'type = "select_one"\n{TEXT}choices = ["1", "2"]\n[[flow.question.choice]]\nid = "a"\nlabel = "3"\n'
    )
    flow, problems = _build(f'{HEAD}[[flow.question]]\nid = "q"\n{text}')
    assert flow is None
    assert problems == [
        'f.toml: flow "pulse", question "q": "choice" is not known here. Did you mean "choices"?'
    ]


def test_an_id_that_cannot_be_shown_is_a_number() -> None:
    """Nothing of a strange id reaches the terminal."""
    place = Place(Document("f.toml", {}), ("flow", 2))
    assert label("flow", {"id": "a\x1b[31m"}, place) == "flow 3"
    assert label("flow", {"id": ""}, place) == "flow 3"
    assert label("flow", {"id": "a" * 41}, place) == "flow 3"
    assert label("flow", {}, Place(Document("f.toml", {}))) == "flow 1"
    assert label("flow", {}, Place(Document("f.toml", {}), ("flow",))) == "flow flow"


@pytest.mark.parametrize(
    ("name", "better"),
    [("Mood!", "mood"), ("2nd", "q_2nd"), ("Yö öllä", "yo_olla"), ("???", "question"), ("class", "class_1")],
)
def test_a_better_name_is_offered(name: str, better: str) -> None:
    """A suggestion can be used as it stands."""
    assert usable_name(name) == better


# --- placeholders -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hello", []),
        ("Hello {name}, {answers.mood} and {name}", ["name", "answers.mood", "name"]),
        ("{{name}} is literal", []),
    ],
)
def test_placeholders_of_a_text(text: str, found: list[str]) -> None:
    """Names in braces, in order; a doubled brace is a brace."""
    assert placeholders(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{0}",
        "{name",
        "name}",
        "{name!r}",
        "{name:>10}",
        "{name.__class__}",
        "{a[0]}",
        "{ name }",
        "{Name}",
    ],
)
def test_nothing_but_names_is_filled_in(text: str) -> None:
    """No attribute, index, conversion, format or gap gets near the program."""
    with pytest.raises(PlaceholderError):
        placeholders(text)


def test_what_is_said_about_placeholders() -> None:
    """Each with what to write instead."""
    assert list(check("{mood} {citi} {answers.mod} {name} {answers.mood}", ["mood"], ["name", "city"])) == [
        ("{mood} cannot be filled in.", "An answer is written {answers.mood}."),
        ("{citi} cannot be filled in.", 'Did you mean "city"?'),
        ("{answers.mod} is no question whose answer could stand here.", 'Did you mean "mood"?'),
    ]


@given(st.text(alphabet="{}nameasw. !:[]0", max_size=30))
def test_any_braces_are_read_or_refused(text: str) -> None:
    """There is an answer for every text, and what is accepted is bare names."""
    try:
        found = placeholders(text)
    except PlaceholderError:
        return
    assert all(name.removeprefix("answers.").isidentifier() for name in found)

"""Predicting a survey: each item as members see it, then how many of ten would choose its best answers."""

from bot.engine.predictions import MOST_ITEMS, predictable, prediction, top_choices
from tests.reports.seed import faces, nps, plain, pulse, select, yes_no


def test_each_item_is_asked_twice() -> None:
    """First the staff's own answer, free to skip and leading nowhere else; then a number from 0 to 10."""
    flow = pulse(faces("mood"), plain("story", "text"), yes_no("again", ask_if="mood > 2"))
    made = prediction("guess", flow)
    assert [(question.id, question.type) for question in made.questions] == [
        ("mood", "scale"), ("mood_of_ten", "scale"), ("again", "yes_no"), ("again_of_ten", "scale"),
    ]  # fmt: skip
    own, of_ten = made.question("again"), made.question("mood_of_ten")
    assert (own.ask_if, own.required, own.text) == ("", False, flow.question("again").text)
    assert [choice.id for choice in of_ten.choices] == [str(number) for number in range(11)]
    assert of_ten.text["fi"] == "Entä jäsenet? Kuinka moni kymmenestä vastaa: 🙂 melko hyvä tai 😀 hyvä?"
    assert of_ten.text["sv"].startswith("Och medlemmarna?")
    assert made.title["en"] == "Your guess: How are things?"


def test_the_best_answers_of_each_kind() -> None:
    """The upper two of five and of eleven, the uppermost of three, yes."""
    three = faces("mood", choices=faces("mood").choices[:3])
    found = [[choice.id for choice in top_choices(one)] for one in (faces("a"), nps("b"), three, yes_no("c"))]
    assert found == [["4", "5"], ["9", "10"], ["3"], ["yes"]]


def test_what_cannot_be_predicted_is_left_out() -> None:
    """Choices, numbers and words make no prediction; the key question goes first; long flows are cut."""
    assert prediction("guess", pulse(plain("story", "text"), select("why", "a", "b"))).questions == ()
    many = pulse(*(yes_no(f"q{number}") for number in range(9)), faces("mood", key=True))
    assert [question.id for question in predictable(many)] == ["mood", "q0", "q1", "q2", "q3"]
    assert len(prediction("guess", many).questions) == 2 * MOST_ITEMS


def test_braces_in_a_label_stay_braces() -> None:
    """A label is no template: what stands in it is said as it is."""
    item = yes_no("again")
    choice = type(item.choices[0])(id="yes", label={"fi": "{name}"})
    made = prediction("guess", pulse(type(item)(id="x", type="yes_no", text=item.text, choices=(choice,))))
    assert "{{name}}" in made.question("x_of_ten").text["fi"]

"""The cost of an invite."""

from dataclasses import replace

from bot.engine.flow import Exit, Flow, Question
from bot.service import costs
from scheduler.surveys import Policy, Survey

WORDS = {"en": "?"}
SURVEY = Survey(id="s", flow="f", purpose=WORDS, owner="o")


def _flow(identifier: str = "f") -> Flow:
    """A yes/no question with an open text on either side: nobody is asked both."""
    questions = (
        Question(id="a", type="yes_no", text=WORDS, exits=(Exit(when="a", to="c"),)),
        Question(id="b", type="text", long=True, text=WORDS, exits=(Exit(when="", to="end"),)),
        Question(id="c", type="text", text=WORDS),
    )
    return Flow(id=identifier, languages=("en",), title=WORDS, questions=questions)


def test_branches_are_not_added_up() -> None:
    """The contact, one tap and the longer of the two texts: 0.5 + 55/60 points."""
    assert costs.invite(Policy(), _flow(), SURVEY) == 0.5 + 55 / 60


def test_heavy_questions_weigh_more() -> None:
    """The contact itself does not."""
    assert costs.invite(Policy(), _flow(), replace(SURVEY, heavy=True)) == 0.5 + 1.5 * 55 / 60


def test_the_policy_says_what_it_costs() -> None:
    """The same flow under another policy is reckoned anew."""
    flow = _flow()
    assert costs.invite(Policy(points_contact=1), flow, SURVEY) == 1 + 55 / 60
    assert costs.invite(Policy(points_contact=0), flow, SURVEY) == 55 / 60


def test_many_flows_are_not_all_kept() -> None:
    """The memory of what was measured is bounded, and forgetting changes nothing."""
    policy = Policy()
    flows = [_flow(f"f{number}") for number in range(costs.KEPT + 1)]
    assert {costs.invite(policy, flow, SURVEY) for flow in flows} == {0.5 + 55 / 60}


def test_a_split_form_costs_what_it_asks() -> None:
    """Of two forms the longer one: a yes/no question and the short text, without the long one."""
    forms = replace(SURVEY, forms=(("a",), ("a", "c")))
    assert costs.invite(Policy(), _flow(), forms) == 0.5 + 55 / 60
    without = replace(SURVEY, forms=(("c",), ("a", "c", "b")))
    assert costs.seconds(Policy(), _flow(), replace(without, forms=(("a",), ("a",), ("b",)))) == 45

"""Low scores: whoever asked to hear of an answer does, as soon as it is kept."""

from bot.engine.conditions import holds
from bot.engine.flow import Flow, in_language
from bot.engine.questions import ASKED
from bot.engine.session import Answer, Record, Session
from bot.service import voices
from bot.service.context import Context
from scheduler.surveys import Survey
from storage.work import OpenSession, Work


def weigh(
    context: Context,
    work: Work,
    survey: Survey,
    flow: Flow,
    before: OpenSession,
    effect: Record,
    after: Session,
) -> None:
    """Look at an answer that was just kept: whoever asked to hear of such answers does."""
    if effect.answer.status != "answered":
        return
    known = {key: answer.value for key, answer in after.answers.items() if answer.status == "answered"}
    known[effect.question] = effect.answer.value
    without = {key: value for key, value in known.items() if key != effect.question}
    for alert in survey.alerts:
        if holds(alert.when, known) and not holds(alert.when, without):
            voices.hear(
                context, work, "score", [alert.to], work.now,
                person_id=before.person_id, session_id=before.row, survey=survey.id, question=effect.question,
                words=_shown(context, flow, effect.question, effect.answer),
            )  # fmt: skip


def _shown(context: Context, flow: Flow, question_id: str, answer: Answer) -> str:
    """``How are you? Bad``, in the organisation's first language."""
    language = context.language()
    question = flow.question(question_id)
    shown = ASKED[question.type].shown(answer, question, language)
    return f"{in_language(question.text, language)} {shown}"

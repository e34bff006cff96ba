"""How a survey samples: its own keys over those of ``[sampling]``, and what is wrong with them together.

Reads no clock and knows no person; what the settings do is in ``scheduler``.
"""

from collections.abc import Mapping
from typing import Any, Final

from bot.config.document import Place
from bot.config.settings import Desk
from bot.config.surveyshape import SurveyTable
from bot.config.tables import SamplingTable, given
from bot.engine.suggest import did_you_mean
from scheduler.surveys import Stop

OWN: Final = ("margin", "confidence", "method", "rotate", "expected_response", "allow_spill")
"""Keys that a survey may set for itself, and ``[sampling]`` for all samples."""
ONLY_SAMPLES: Final = (*OWN, "sample", "strata", "stop")


def settings(
    table: SurveyTable, place: Place, desk: Desk, common: SamplingTable, attributes: Mapping[str, str]
) -> dict[str, Any]:
    """The sampling fields of a survey."""
    _check(table, place, desk, common, attributes)
    if table.kind != "sample":
        return {}
    stop = table.stop if table.stop is not None else common.stop
    written = {key: value for key, value in given(table).items() if key in OWN}
    return {
        **{key: value for key, value in given(common).items() if key in OWN},
        **written,
        "strata": tuple(_strata(table, common)),
        "stop": Stop(**given(stop)) if stop is not None else None,
    }


def _strata(table: SurveyTable, common: SamplingTable) -> list[str]:
    return table.strata if "strata" in table.model_fields_set else common.strata


def _check(
    table: SurveyTable, place: Place, desk: Desk, common: SamplingTable, attributes: Mapping[str, str]
) -> None:
    for key in ONLY_SAMPLES:
        if table.kind != "sample" and key in table.model_fields_set:
            advice = 'Write kind = "sample", or leave it out.'
            desk.say(place, key, f'{key} goes with kind = "sample".', advice)
    if table.sample is not None and table.margin is not None:
        desk.say(place, "margin", "sample and margin both say how many answers are wanted.", "Keep one.")
    if table.sample is not None and table.confidence is not None:
        message = "sample says how many answers are wanted, whatever the confidence."
        desk.say(place, "confidence", message, "Keep one.")
    if table.rotate is not None and (table.method or common.method) != "panel":
        desk.say(place, "rotate", 'rotate goes with method = "panel".', 'Write method = "panel".')
    check_strata(table.strata, place, desk, attributes)


def check_strata(strata: list[str], place: Place, desk: Desk, attributes: Mapping[str, str]) -> None:
    """Strata are attributes of people."""
    for number, name in enumerate(strata):
        if name not in attributes:
            message = f'strata: people have no attribute "{name[:40]}".'
            hint = did_you_mean(name, list(attributes)) or "Add it in [people], attributes."
            desk.problems.append(place.at("strata", number).problem(message, hint))


def common(table: SamplingTable, place: Place, desk: Desk, attributes: Mapping[str, str]) -> SamplingTable:
    """What ``[sampling]`` says for every sample."""
    check_strata(table.strata, place, desk, attributes)
    if table.rotate is not None and table.method != "panel":
        desk.say(place, "rotate", 'rotate goes with method = "panel".', 'Write method = "panel".')
    return table

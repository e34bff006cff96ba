"""The textbook formulas of the reports, from the standard library alone: no pandas, no clock, no database.

Functions take counts or value → count mappings, whoever counted them, and return frozen values. Shares are
fractions in [0, 1]; no answers and one answer have defined results, never an exception or a nan. Contents:

* `interval`: `Interval`, the shape of every estimate, and the usual confidence.
* `shares`: `share_interval` (Wilson), `share_of`, `top_box`, `share_difference` (Newcombe).
* `means`: `moments`, `mean_interval` (t), `mean_difference` (Welch), `quantile`, `median`.
* `nps`: `nps_interval` (adjusted Wald), `nps_of`.
* `aapor`: `Outcome`, `outcome_of_answers`, `response_rates` (RR1–RR6).
* `reliability`: `cronbach_alpha`, `feldt_interval`, `complete_rows`.
* `changes`: `change` between waves that share some of their people, none, or all.
* `gap`: `gap` between two distributions: mean, overlap, distance, Cliff's delta.
* `association`: `association` of two questions (chi-square, Cramér's V).
* `comparisons`: `holm`, `benjamini_hochberg`, `expected_by_chance`, `p_value`.
* `weighting`: `poststratified`, `relative_weights`, `trimmed`, `effective_n` (Kish), `raked`,
  `weighted_mean`, `design_effect`.
* `representativity`: `representativity` (the R-indicator).
* `distributions`: quantiles of the normal, beta, t and F distributions.

Shares, means and the score take an optional `population`, the number of people who could have been asked;
asking all of them leaves no sampling error. Small groups are hidden elsewhere, in `reports.suppression`.
"""

from reports.statistics.aapor import Outcome, ResponseRates, outcome_of_answers, response_rates
from reports.statistics.association import Association, association
from reports.statistics.changes import change
from reports.statistics.comparisons import benjamini_hochberg, expected_by_chance, holm, p_value
from reports.statistics.gap import Gap, gap
from reports.statistics.interval import CONFIDENCE, Counts, Interval
from reports.statistics.means import Moments, mean_difference, mean_interval, median, moments, quantile
from reports.statistics.nps import nps_interval, nps_of
from reports.statistics.reliability import complete_rows, cronbach_alpha, feldt_interval
from reports.statistics.representativity import Representativity, representativity
from reports.statistics.shares import share_difference, share_interval, share_of, top_box
from reports.statistics.weighting import (
    design_effect,
    effective_n,
    poststratified,
    raked,
    relative_weights,
    trimmed,
    weighted_mean,
)

__all__ = [
    "CONFIDENCE",
    "Association",
    "Counts",
    "Gap",
    "Interval",
    "Moments",
    "Outcome",
    "Representativity",
    "ResponseRates",
    "association",
    "benjamini_hochberg",
    "change",
    "complete_rows",
    "cronbach_alpha",
    "design_effect",
    "effective_n",
    "expected_by_chance",
    "feldt_interval",
    "gap",
    "holm",
    "mean_difference",
    "mean_interval",
    "median",
    "moments",
    "nps_interval",
    "nps_of",
    "outcome_of_answers",
    "p_value",
    "poststratified",
    "quantile",
    "raked",
    "relative_weights",
    "representativity",
    "response_rates",
    "share_difference",
    "share_interval",
    "share_of",
    "top_box",
    "trimmed",
    "weighted_mean",
]

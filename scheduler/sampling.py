"""How many answers a wave needs, how many people to invite for them, and when to ask everybody instead.

Pure arithmetic on numbers of people: nobody is chosen here, that is the planner's work. Sizes are computed
in exact fractions: what lands on a whole number must not be rounded up by floating-point noise.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from reports.statistics.distributions import beta_quantile, normal_quantile

CONFIDENCE = 0.95
Z = 1.96  # 95 % confidence, as printed tables use it
CHI_SQUARED = 3.841  # one degree of freedom, 95 %, as Krejcie and Morgan used it
MARGIN = 0.10  # half-width of the interval; 0.05 for a yearly survey
WORST_SHARE = 0.5  # the share that needs the most answers
EXPECTED_RESPONSE = 0.40  # without comparable waves (judgement)
CAUTION = 0.20  # with comparable waves: only one time in five is the true rate lower
CENSUS_FROM_SHARE = Fraction(8, 10)  # to spare one in five saves little and slights them (judgement)
CENSUS_BELOW = 60  # people; too few to hide anybody in a sample (judgement)


@dataclass(frozen=True, slots=True)
class Draw:
    """A wave's size: answers wanted, people to invite, and whether those are everybody (then say so)."""

    answers: int
    invitations: int
    census: bool


def sample_size(population: int, *, margin: float = MARGIN, share: float = WORST_SHARE, z: float = Z) -> int:
    """Answers needed to know a share to ± `margin` in a population of that many people, rounded up.

    n₀ = z² p(1 − p)/e², n = n₀ / (1 + (n₀ − 1)/N) (Cochran, Sampling Techniques, 3rd ed. 1977, §4.4).
    ValueError for a negative population, or a margin or share outside (0, 1).
    """
    _check(population, margin=margin, share=share)
    if population == 0:
        return 0
    p = _exact(share)
    infinite = (_exact(z) / _exact(margin)) ** 2 * p * (1 - p)
    return ceil(infinite / (1 + (infinite - 1) / population))


def sample_size_krejcie_morgan(population: int, *, margin: float = 0.05, share: float = WORST_SHARE) -> int:
    """The size in the table of Krejcie and Morgan, for boards that know it; rounded to nearest as they did.

    n = χ² N p(1 − p) / (d² (N − 1) + χ² p(1 − p)) (Educational and Psychological Measurement 30, 1970,
    607–610). ValueError as for `sample_size`.
    """
    _check(population, margin=margin, share=share)
    if population == 0:
        return 0
    p = _exact(share)
    spread = _exact(CHI_SQUARED) * p * (1 - p)
    return floor(population * spread / (_exact(margin) ** 2 * (population - 1) + spread) + Fraction(1, 2))


def z_of(confidence: float) -> float:
    """The factor of a confidence: 1.96 for 95 %, as printed tables have it, else the normal quantile.

    ValueError for a confidence outside (0, 1).
    """
    if confidence == CONFIDENCE:
        return Z
    return normal_quantile((1 + confidence) / 2)


def expected_response(answered: int, invited: int, *, without: float = EXPECTED_RESPONSE) -> float:
    """The response rate to plan with, from comparable past waves: a cautious one; ``without`` any, that one.

    The 20 % quantile of Beta(1 + answered, 1 + not answered), the posterior from a flat prior.
    ValueError unless 0 ≤ answered ≤ invited.
    """
    if not 0 <= answered <= invited:
        raise ValueError(f"{answered} of {invited} invitations cannot have been answered")
    if invited == 0:
        return without
    return beta_quantile(CAUTION, 1 + answered, 1 + invited - answered)


def invitations(answers: int, response: float = EXPECTED_RESPONSE) -> int:
    """People to invite for so many answers, rounded up; ValueError unless 0 < response ≤ 1."""
    if not 0 < response <= 1:
        raise ValueError(f"a response rate lies above 0 and up to 1, not {response}")
    return ceil(answers / _exact(response))


def draw(population: int, answers: int, response: float = EXPECTED_RESPONSE) -> Draw:
    """How many of `population` to invite; everybody if that is four in five or more, or if they are below 60.

    ValueError for a negative population or a response rate outside (0, 1].
    """
    _check(population)
    wanted = invitations(min(answers, population), response)
    if population < CENSUS_BELOW or wanted >= CENSUS_FROM_SHARE * population:
        return Draw(min(answers, population), population, census=True)
    return Draw(answers, wanted, census=False)


def _exact(value: float) -> Fraction:
    """The decimal that was written, not the binary fraction nearest to it: 0.1 is one tenth."""
    return Fraction(str(value))


def _check(population: int, **open_unit: float) -> None:
    if population < 0:
        raise ValueError(f"a population cannot be {population}")
    for name, value in open_unit.items():
        if not 0 < value < 1:
            raise ValueError(f"{name} lies between 0 and 1, not {value}")

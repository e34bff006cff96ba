"""How many answers, how many invitations, and when everybody is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics import share_interval
from scheduler import sampling
from scheduler.sampling import (
    Draw,
    draw,
    expected_response,
    invitations,
    sample_size,
    sample_size_krejcie_morgan,
)
from tests.oracles import figures

POPULATIONS = st.integers(0, 200_000)
MARGINS = st.sampled_from([0.03, 0.05, 0.1, 0.2])


def test_cochran() -> None:
    """Answers for a margin of 10, 5 and 3 points, rounded up."""
    known = figures("sampling", "cochran")
    for population, *expected in known["rows"]:
        assert [sample_size(population, margin=margin) for margin in known["margins"]] == expected, population


def test_krejcie_and_morgan() -> None:
    """All rows of the printed table come out, rounded to nearest as they did."""
    for population, expected in figures("sampling", "krejcie_morgan")["rows"]:
        assert sample_size_krejcie_morgan(population) == expected, population


def test_whole_numbers_are_not_rounded_up() -> None:
    """A size that is exactly whole stays so: z = 2 and a margin of 0.1 ask for 100, not 101."""
    assert sample_size(10**12, z=2) == 100
    assert sample_size(99, z=2) == 50
    assert invitations(78, 0.4) == 195


def test_nobody_needs_no_sample() -> None:
    """An empty audience needs no answers; a single person is asked."""
    assert (sample_size(0), sample_size_krejcie_morgan(0)) == (0, 0)
    assert (sample_size(1), sample_size_krejcie_morgan(1)) == (1, 1)


@pytest.mark.parametrize("size", [sample_size, sample_size_krejcie_morgan])
@pytest.mark.parametrize(("margin", "share"), [(0, 0.5), (1, 0.5), (0.1, 0), (0.1, 1)])
def test_margins_and_shares_are_checked(size: type, margin: float, share: float) -> None:
    """A margin or share of nought or one is refused."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        size(100, margin=margin, share=share)


@pytest.mark.parametrize("size", [sample_size, sample_size_krejcie_morgan])
def test_populations_are_checked(size: type) -> None:
    """There are no fewer than no people."""
    with pytest.raises(ValueError, match="population"):
        size(-1)


@given(POPULATIONS, POPULATIONS, MARGINS)
def test_sizes_grow_with_the_population(one: int, other: int, margin: float) -> None:
    """More people need no fewer answers, and never more answers than people."""
    few, many = sorted((one, other))
    assert sample_size(few, margin=margin) <= sample_size(many, margin=margin) <= many


@given(st.integers(40, 200_000), MARGINS)
def test_the_promised_margin_is_kept(population: int, margin: float) -> None:
    """The interval of a share of one half from so many answers is no wider than was asked for."""
    n = sample_size(population, margin=margin)
    share = share_interval(n / 2, n, population=population)
    assert share.low is not None
    assert 0.5 - share.low <= margin * 1.001


@pytest.mark.parametrize("row", figures("sampling", "invitations")["rows"])
def test_invitations(row: dict[str, float]) -> None:
    """A cautious response rate from past waves, and the invitations it takes."""
    response = expected_response(int(row["answered_before"]), int(row["invited_before"]))
    assert response == pytest.approx(row["expected_response"], abs=1e-6)
    assert invitations(int(row["needed"]), response) == row["invitations"]


@given(st.integers(50, 2000).flatmap(lambda n: st.tuples(st.integers(n // 10 + 1, n * 9 // 10), st.just(n))))
def test_the_cautious_rate_lies_near_the_score_bound(wave: tuple[int, int]) -> None:
    """From 50 invitations on it is within a point of Wilson's lower bound, which it approximates."""
    bound = share_interval(*wave, confidence=0.60).low
    assert expected_response(*wave) == pytest.approx(bound, abs=0.01)


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_good_wave_raises_the_expectation(answered: int, silent: int) -> None:
    """One more answer from the same people raises the rate to plan with; it stays inside (0, 1)."""
    before = expected_response(answered, answered + silent)
    after = expected_response(answered + 1, answered + silent)
    assert 0 < before < after < 1


@pytest.mark.parametrize(("answered", "invited"), [(3, 2), (-1, 2)])
def test_past_waves_are_checked(answered: int, invited: int) -> None:
    """Nobody answers without an invitation."""
    with pytest.raises(ValueError, match="answered"):
        expected_response(answered, invited)


@pytest.mark.parametrize("response", [0, -0.1, 1.1])
def test_response_rates_are_checked(response: float) -> None:
    """A rate of nought would invite without end."""
    with pytest.raises(ValueError, match="response rate"):
        invitations(10, response)


def test_draws_and_censuses() -> None:
    """Below some 200 people everybody is asked; above, the lot decides."""
    for population, expected in figures("sampling", "draw")["rows"]:
        wave = draw(population, sample_size(population))
        assert (wave.census, wave.invitations) == (expected is None, expected or population), population


def test_a_census_below_sixty() -> None:
    """59 people are all asked, however few answers are wanted; 60 are not."""
    assert draw(59, 10) == Draw(10, 59, census=True)
    assert draw(60, 10) == Draw(10, 25, census=False)


def test_a_census_from_four_in_five() -> None:
    """Exactly four fifths make a census, one invitation less does not."""
    assert draw(100, 80, 1.0) == Draw(80, 100, census=True)
    assert draw(100, 79, 1.0) == Draw(79, 79, census=False)


def test_nobody_is_a_census_of_none() -> None:
    """No audience gives no invitations; more answers than people cannot be wanted."""
    assert draw(0, 5) == Draw(0, 0, census=True)
    assert draw(70, 500) == Draw(70, 70, census=True)
    with pytest.raises(ValueError, match="population"):
        draw(-1, 5)


@given(st.integers(0, 5000), st.integers(0, 5000), st.floats(0.01, 1))
def test_a_draw_never_invites_more_than_there_are(population: int, answers: int, response: float) -> None:
    """Invitations cover the answers and stay within the audience."""
    wave = draw(population, answers, response)
    assert wave.answers <= wave.invitations <= population
    assert wave.census == (wave.invitations == population)


def test_confidence_is_told_by_its_factor() -> None:
    """1.96 for 95 %, as printed tables have it; the normal quantile for others."""
    assert sampling.z_of(0.95) == 1.96
    assert sampling.z_of(0.90) == pytest.approx(1.6448536, abs=1e-6)
    assert sampling.z_of(0.99) == pytest.approx(2.5758293, abs=1e-6)


def test_without_past_waves_the_survey_says_what_to_expect() -> None:
    """Its own rate, until one has been closed."""
    assert sampling.expected_response(0, 0, without=0.25) == 0.25
    assert sampling.expected_response(40, 100, without=0.25) == pytest.approx(0.360901, abs=1e-6)

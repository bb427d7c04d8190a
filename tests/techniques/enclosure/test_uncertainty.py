"""The interval of a contact fraction: does it hold the truth of the population of domains?"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from negatrode.core.estimate import coverage_factor
from negatrode.techniques.enclosure.uncertainty import ratio, ratio_error, scatter_uncertainty

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], tuple[Floats, Floats]]


def varying(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
    """Cover of every domain between bare and covered, larger domains covered less."""
    lengths = np.exp(0.4 * rng.normal(size=n))
    share = np.clip(0.6 + 0.15 * rng.normal(size=n) - 0.1 * np.log(lengths), 0.0, 1.0)
    return share * lengths, lengths


def bare_or_covered(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
    """Most domains nearly bare or nearly covered."""
    lengths = np.exp(0.3 * rng.normal(size=n))
    return rng.beta(0.5, 0.5, n) * lengths, lengths


def held(draw: Draw, n: int, trials: int) -> float:
    """Share of the intervals of n domains that hold the ratio of the population."""
    rng = np.random.default_rng(7)
    truth = ratio(*draw(rng, 400_000))
    inside = 0
    for _ in range(trials):
        contacts, lengths = draw(rng, n)
        u = scatter_uncertainty(contacts, lengths, rng)
        inside += abs(ratio(contacts, lengths) - truth) <= coverage_factor(n - 1.0) * u
    return inside / trials


@pytest.mark.parametrize("n", [8, 20])
@pytest.mark.parametrize("draw", [varying, bare_or_covered])
def test_intervals_hold_the_population(draw: Draw, n: int) -> None:
    """95 % intervals hold the truth in 93 to 97 % of 800 samples of 8 and of 20 domains."""
    assert 0.93 <= held(draw, n, 800) <= 0.97


def test_rarely_exposed_domains_are_not_forgotten() -> None:
    """Where 1 domain in 10 is exposed by half, intervals of 15 domains hold in at least 93 %."""

    def rare(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
        return 1.0 - 0.5 * (rng.random(n) < 0.1), np.ones(n)

    assert held(rare, 15, 800) >= 0.93


def test_error_of_a_mean_is_that_of_equal_lengths() -> None:
    """For equal lengths the jackknife is the standard error of the mean."""
    shares = np.array([0.2, 0.5, 0.6, 0.9, 0.4])
    expected = np.std(shares, ddof=1) / math.sqrt(5)
    assert ratio_error(shares, np.ones(5)) == pytest.approx(expected)


def test_enclosed_domains_leave_doubt_that_falls_with_their_number() -> None:
    """All domains covered: the doubt is 1/2 (1 - 0.05^(1/n)), not nothing; one domain says little."""
    rng = np.random.default_rng(0)
    for n in (5, 20, 100):
        u = scatter_uncertainty(np.ones(n), np.ones(n), rng)
        assert u * coverage_factor(n - 1.0) == pytest.approx(0.5 * (1.0 - 0.05 ** (1.0 / n)))
    assert scatter_uncertainty(np.ones(1), np.ones(1), rng) * coverage_factor(1.0) > 0.4

"""The list of numbers, and draws from it."""

from __future__ import annotations

import numpy as np
import pytest

from negatrode.core.errors import InputError
from negatrode.material.prior import MARKS, Draws, Prior, prior, priors, weakest


def test_every_number_says_where_it_comes_from() -> None:
    for row in priors().values():
        assert row.source, row.key
        assert row.mark in MARKS
        assert row.low <= row.value <= row.high


@pytest.mark.parametrize("key", [k for k, p in priors().items() if not p.is_exact and abs(p.least) == np.inf])
def test_quantiles_of_draws(key: str) -> None:
    """5 %, 50 % and 95 % of a hundred thousand draws are low, median and high."""
    p = prior(key)
    draws = p.at(np.random.default_rng(1).standard_normal(100_000))
    found = np.quantile(draws, [0.05, 0.5, 0.95])
    z = p.z_of(found)
    # A quantile of n draws is off by sqrt(q (1 - q) / n) / density: 0.007 standard deviations at 5 %.
    np.testing.assert_allclose(z, [-1.645, 0, 1.645], atol=0.04)


def test_draws_are_the_same_for_the_same_seed_and_independent_by_key() -> None:
    a, b = Draws(4000, 7), Draws(4000, 7)
    b.value("hc.j0")
    np.testing.assert_array_equal(a.value("hc.D_s"), b.value("hc.D_s"))
    assert a.value("hc.D_s")[0] == prior("hc.D_s").value
    assert abs(np.corrcoef(a["hc.D_s"], a["hc.j0"])[0, 1]) < 0.05  # 3 / sqrt(4000)


def test_inverse_of_a_prior() -> None:
    z = np.linspace(-3, 3, 13)
    for key in ("hc.level", "hc.Qirr_model", "hc.D_s"):
        np.testing.assert_allclose(prior(key).z_of(prior(key).at(z)), z, atol=1e-12)


def test_impossible_numbers_are_refused() -> None:
    with pytest.raises(InputError, match="low <= value <= high"):
        Prior("x", 1.0, 2.0, 3.0, "1", "V", "weak", "nowhere")
    with pytest.raises(InputError, match="marks"):
        Prior("x", 1.0, 0.5, 3.0, "1", "Q", "weak", "nowhere")
    with pytest.raises(InputError, match="no prior"):
        prior("hc.D")
    with pytest.raises(InputError, match="draws"):
        Draws(3, known={"hc.D_s": np.zeros(4)})


def test_a_chain_is_as_strong_as_its_weakest_link() -> None:
    assert weakest(["strong", "weak", "usable"]) == "weak"
    assert weakest([]) == "strong"

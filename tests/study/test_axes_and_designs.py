"""Axes and designs: what a share of an axis is, how points are spread, what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from negatrode.core.errors import InputError
from negatrode.study.axis import Axis
from negatrode.study.designs import from_shares, grid, latin_hypercube, sobol

LINEAR = Axis("a", low=2.0, high=6.0)
LOG = Axis("b", low=0.1, high=1000.0, scale="log")
NORMAL = Axis("c", mean=5.0, deviation=2.0)
LISTED = Axis("d", values=(1.0, 4.0, 9.0))
WORDS = Axis("e", values=("NMC811", "LFP"))


@given(st.floats(0, 1))
def test_shares_and_values_are_each_other_s_inverse(share: float) -> None:
    """On a range, linear or logarithmic."""
    for axis in (LINEAR, LOG):
        value = axis.of_share(share)
        assert axis.low <= value <= axis.high
        assert axis.share_of(value) == pytest.approx(share, abs=1e-9)


def test_a_normal_axis_is_its_distribution() -> None:
    """Shares are probabilities: the median is the mean, 97.7 % lie below two deviations."""
    assert NORMAL.of_share(0.5) == pytest.approx(5.0)
    assert NORMAL.of_share(0.977249868) == pytest.approx(9.0, abs=1e-6)
    assert math.isfinite(float(NORMAL.of_share(0.0)))
    assert NORMAL.ends == (1.0, 9.0)


def test_a_logarithmic_axis_is_even_in_ratios() -> None:
    """A decade a step."""
    assert LOG.levels(5) == pytest.approx((0.1, 1, 10, 100, 1000))


def test_a_grid_is_all_combinations_the_last_axis_fastest() -> None:
    """Listed axes are their own levels."""
    points = grid([LINEAR, LISTED, WORDS], [3, 99, 99])
    assert len(points) == 3 * 3 * 2
    assert points[1] == {"a": 2.0, "d": 1.0, "e": "LFP"}
    assert {p["a"] for p in points} == {2.0, 4.0, 6.0}


def test_a_longer_sobol_design_begins_with_the_shorter() -> None:
    """More points later cost only the new ones."""
    assert sobol([LINEAR, LOG], 64, 3)[:20] == sobol([LINEAR, LOG], 20, 3)
    assert sobol([LINEAR, LOG], 8, 3) != sobol([LINEAR, LOG], 8, 4)


def test_sobol_points_are_even() -> None:
    """Of 256 points each sixteenth of an axis holds sixteen."""
    shares = np.array([[a.share_of(p[a.name]) for a in (LINEAR, LOG)] for p in sobol([LINEAR, LOG], 256, 0)])
    for column in shares.T:
        assert (np.histogram(column, bins=16, range=(0, 1))[0] == 16).all()


def test_a_latin_hypercube_has_one_point_a_strip() -> None:
    """On every axis."""
    points = latin_hypercube([LINEAR, LOG], 50, 1)
    for axis in (LINEAR, LOG):
        strips = sorted(int(50 * axis.share_of(p[axis.name])) for p in points)
        assert strips == list(range(50))


def test_words_come_from_their_list() -> None:
    """Equal parts of the axis."""
    drawn = [p["e"] for p in from_shares([WORDS], np.linspace(0, 1, 11)[:, None])]
    assert drawn == ["NMC811"] * 5 + ["LFP"] * 6


@pytest.mark.parametrize(
    ("axis", "told"),
    [
        ({"low": 3.0, "high": 3.0}, "a range goes from low to high"),
        ({"low": math.nan, "high": 3.0}, "a range goes from low to high"),
        ({"low": 0.0, "high": 3.0, "scale": "log"}, "begins above zero"),
        ({"mean": 1.0, "deviation": 0.0}, "above zero"),
        ({"values": (1.0, 1.0)}, "twice"),
        ({"values": (1.0, 2.0), "at": 3.0}, "one of its values"),
    ],
)
def test_impossible_axes_are_refused(axis: dict[str, object], told: str) -> None:
    """With the rule."""
    with pytest.raises(InputError, match=told):
        Axis("x", **axis)  # type: ignore[arg-type]


def test_a_design_of_too_many_points_is_refused() -> None:
    """Before memory is."""
    with pytest.raises(InputError, match="points"):
        grid([LINEAR, LOG], [2000, 2000])

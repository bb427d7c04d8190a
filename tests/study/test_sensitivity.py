"""Sobol's indices against closed forms and against scipy's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from benchmarks.problems import AXES, FIRST, TOTAL, VARIANCE, entries
from scipy.stats import sobol_indices

from negatrode.core.errors import InputError, Refusal
from negatrode.study.journal import Entry
from negatrode.study.parts.sensitivity import estimates, indices, plan


@pytest.mark.parametrize("seed", [0, 1])
def test_ishigami(seed: int) -> None:
    """Within 0.01 of the exact indices at 2^14 rows, and inside the intervals."""
    found = indices(AXES, entries(2**14, seed), "f")
    for exact, got in ((FIRST, found.first), (TOTAL, found.total)):
        for name, value in exact.items():
            assert got[name].value == pytest.approx(value, abs=0.01)
            assert got[name].low - 0.01 <= value <= got[name].high + 0.01
    assert found.deviation == pytest.approx(math.sqrt(VARIANCE), rel=0.01)


def test_the_estimators_are_scipy_s() -> None:
    """On a whole sample the same numbers."""
    values = np.array([e.outputs["f"] for e in entries(256, 3)]).reshape(5, -1)
    oracle = sobol_indices(
        func={"f_A": values[:1], "f_B": values[1:2], "f_AB": values[2:][:, None, :]}, n=256
    )
    ours = estimates(values)
    np.testing.assert_allclose(ours[0], np.ravel(oracle.first_order), atol=1e-12)
    np.testing.assert_allclose(ours[1], np.ravel(oracle.total_order), atol=1e-12)


def test_rows_with_failed_points_are_left_out() -> None:
    """A few cost their rows; too many, or none that vary, are refused."""
    whole = entries(512, 0)
    some = [Entry(e.key, e.inputs, error="no") if i % 97 == 0 else e for i, e in enumerate(whole)]
    found = indices(AXES, some, "f")
    assert found.rows < found.planned == 512
    assert found.first["y"].value == pytest.approx(FIRST["y"], abs=0.1)
    many = [Entry(e.key, e.inputs, error="no") if i % 4 == 0 else e for i, e in enumerate(whole)]
    with pytest.raises(Refusal, match="hold a point without it"):
        indices(AXES, many, "f")
    with pytest.raises(Refusal, match="does not vary"):
        indices(AXES, [Entry(e.key, e.inputs, {"f": 2.0}) for e in whole], "f")


def test_a_sample_that_is_no_power_of_two_is_refused() -> None:
    """With the next ones."""
    with pytest.raises(InputError, match="write 64 or 128"):
        plan(AXES, 100, 0)
    with pytest.raises(InputError, match="two axes"):
        plan(AXES[:1], 64, 0)


def test_the_same_seed_gives_the_same_intervals() -> None:
    """Bootstrap included."""
    some = entries(64, 0)
    assert indices(AXES, some, "f", 5) == indices(AXES, some, "f", 5)

"""Calibration by a half cell with known truth; `make calibration-study` counts five hundred of them."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks import calibration as study

from negatrode.battery.calibrate import HalfCellData, calibrated
from negatrode.core.errors import InputError


@pytest.mark.parametrize("seed", [2, 5])
def test_truth_lies_inside_and_intervals_shrink(seed: int) -> None:
    """Four standard deviations: chance puts one of sixteen thousand outside."""
    found = study.repetition(seed)
    assert not isinstance(found, str), found
    for true, low, high, shrinks in found:
        middle, sigma = (low + high) / 2, (high - low) / 3.92
        assert abs(true - middle) < 4 * sigma
        assert shrinks > 3


def test_derivatives_are_those_of_differences() -> None:
    """Charges at potentials, moved by each unknown: sensitivities against two fits a little apart."""
    from negatrode.battery.calibrate import CARBON, Fit

    source, design = study.source(1), study.design()
    volts = np.linspace(0.02, 1.4, 40)
    data = HalfCellData(0.02, (400 * (1 - np.exp(-volts / 0.3)), volts), None, 500.0)
    names = tuple(k for k in CARBON if k in ("hc.level", "hc.U_s_delith", "hc.D_s", "hc.Qirr_model"))
    fit = Fit(source, design, data, names, {})
    z = np.array([0.3, -0.4, 0.2, 0.5, 0.0])
    _, slopes = fit.at(z)
    for k in range(len(z)):
        up, down = z.copy(), z.copy()
        up[k] += 0.02
        down[k] -= 0.02
        by_difference = (fit.at(up)[0] - fit.at(down)[0]) / 0.04
        # The solver's own error of 0.1 mV on a plateau of 0.2 mV a mAh/g, over the difference: 0.3.
        np.testing.assert_allclose(slopes[:, k], by_difference, rtol=0.03, atol=0.4)


def test_a_curve_that_is_no_branch_is_refused() -> None:
    q = np.linspace(0, 300, 30)
    v = np.linspace(0.02, 1.4, 30)
    with pytest.raises(InputError, match="falls by"):
        HalfCellData(0.02, (q, np.where(q > 150, v - 0.5, v)))
    with pytest.raises(InputError, match="ten or more"):
        HalfCellData(0.02, (q[:4], v[:4]))
    with pytest.raises(InputError, match="charges"):
        HalfCellData(0.02, (q[::-1], v))


def test_a_powder_far_from_its_priors_is_told() -> None:
    """Data of half the smallest capacity that the priors allow: unknowns beyond their priors, misfit told."""
    volts = np.linspace(0.02, 1.4, 60)
    data = HalfCellData(0.02, (60 * (volts / 1.4), volts), None, 90.0)
    found = calibrated(study.source(1), study.design(), data)
    assert np.abs(found.mean).max() > 2.5 or found.misfit > 3

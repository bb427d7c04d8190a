"""Potentials of the hosts: against PyBaMM, and the integrals of the plateaus."""

from itertools import pairwise

import numpy as np
import pytest

from negatrode.core.errors import InputError
from negatrode.material.alloy.elements import host, hosts
from negatrode.material.alloy.potentials import branches, confidence, drawn_branches, plateaus
from negatrode.material.prior import Draws

OTHERS = [s for s in hosts() if s != "Si"]
FINE = np.linspace(0.0, 1.0, 40001)


@pytest.mark.parametrize("symbol", list(hosts()))
@pytest.mark.parametrize("width", [0.008, 0.011, 0.015])
def test_both_branches_fall_everywhere_and_do_not_cross(symbol: str, width: float) -> None:
    down, up = branches(symbol, width, 0.075, 0.09)
    for table in (down, up):
        assert np.all(np.diff(table(FINE)) < 0)
        assert np.all(table.slope(FINE) < 0)
        assert (table.low, table.high) == (0.0, 1.0)
    assert np.all(up(FINE) > down(FINE))


def test_silicon_is_the_set_of_pybamm() -> None:
    """Within 0.1 mV of Chen2020_composite between 0.01 and 0.99."""
    module = pytest.importorskip("pybamm.input.parameters.lithium_ion.Chen2020_composite")
    z = np.linspace(0.01, 0.99, 1777)
    down, up = branches("Si", 0.011, 0.2)
    assert np.abs(down(z) - module.silicon_ocp_lithiation_Mark2016(z)).max() < 1e-4
    assert np.abs(up(z) - module.silicon_ocp_delithiation_Mark2016(z)).max() < 1e-4


def test_silicon_stays_between_zero_and_one_volt() -> None:
    """The poles of the lithiation branch are cut off."""
    for table in branches("Si", 0.011, 0.2):
        assert 0 < table(1.0) < table(0.0) < 1.1


@pytest.mark.parametrize("symbol", OTHERS)
def test_the_integral_is_the_mean_of_the_plateaus(symbol: str) -> None:
    """The mean of the branches integrates to the mean of the plateaus, raised where they were computed."""
    row, bias = plateaus(symbol), 0.09
    mean = sum((y - x) * u for x, y, u in row.plateaus) / host(symbol).lithium
    down, up = branches(symbol, 0.011, 0.1, bias)
    found = np.trapezoid((down(FINE) + up(FINE)) / 2, FINE)
    assert found == pytest.approx(mean + (0.0 if row.measured else bias), abs=1e-3)


@pytest.mark.parametrize("symbol", OTHERS)
def test_plateaus_cover_the_end_phase_and_fall(symbol: str) -> None:
    rows = plateaus(symbol).plateaus
    assert rows[0][0] == 0.0
    assert rows[-1][1] == host(symbol).lithium
    assert all(a[1] == b[0] and a[2] > b[2] for a, b in pairwise(rows))


def test_a_plateau_is_at_its_potential() -> None:
    """The middle of tin's widest plateau within 5 mV, half the hysteresis away on either branch."""
    z = (1.0 + 2.33) / 2 / 4.25
    down, up = branches("Sn", 0.008, 0.08)
    assert down(z) == pytest.approx(0.530 - 0.04, abs=0.005)
    assert up(z) == pytest.approx(0.530 + 0.04, abs=0.005)


def test_a_single_plateau_is_the_logistic_function() -> None:
    """Aluminium: U = U_1 + w ln((1 - z)/z)."""
    z = np.linspace(0.02, 0.98, 97)
    down, up = branches("Al", 0.011, 0.0)
    expected = 0.38 + 0.011 * np.log((1 - z) / z)
    assert np.abs(down(z) - expected).max() < 1e-5
    assert np.abs(up(z) - expected).max() < 1e-5


def test_bias_is_for_computed_potentials_only() -> None:
    assert branches("Ga", 0.011, 0.1, 0.09)[0](0.4) - branches("Ga", 0.011, 0.1, 0.0)[0](
        0.4
    ) == pytest.approx(0.09, abs=1e-6)
    assert branches("Sn", 0.011, 0.1, 0.09)[0](0.4) == branches("Sn", 0.011, 0.1, 0.0)[0](0.4)


def test_confidence_words() -> None:
    assert confidence("Si") == "strong"
    assert {confidence(s) for s in ("Sn", "Sb", "Bi", "Pb", "Al")} == {"usable"}
    assert {confidence(s) for s in ("Ga", "In")} == {"weak"}


def test_draws_of_the_branches() -> None:
    draws = Draws(4)
    first, second = drawn_branches("Al", draws, 0), drawn_branches("Al", draws, 1)
    assert first[1](0.5) - first[0](0.5) == pytest.approx(0.20)
    assert second[1](0.5) - second[0](0.5) == pytest.approx(draws.value("alloy.hysteresis_wide")[1])
    assert drawn_branches("Si", draws, 1)[0](0.5) == branches("Si", 0.011, 0.2)[0](0.5)


@pytest.mark.parametrize(
    ("symbol", "width", "gap", "bias"),
    [("Ti", 0.01, 0.1, 0), ("Sn", 0.0, 0.1, 0), ("Sn", 0.01, -0.1, 0), ("Sn", 0.01, 0.1, float("nan"))],
)
def test_wrong_numbers_are_refused(symbol, width, gap, bias) -> None:
    with pytest.raises(InputError):
        branches(symbol, width, gap, bias)


def test_silicon_has_no_plateaus() -> None:
    with pytest.raises(InputError):
        plateaus("Si")

"""Hard carbon: the numbers of the links, the potential, area and shape, and what was not measured."""

from __future__ import annotations

import numpy as np
import pytest

from negatrode.core.errors import InputError
from negatrode.material.hard_carbon.material import HardCarbon
from negatrode.material.hard_carbon.potential import Branch, branch_table, charge
from negatrode.material.hard_carbon.shape import spheroid_exponent
from negatrode.material.hard_carbon.temperature import hydrogen_to_carbon, temperature_of
from negatrode.material.predicted import Known
from negatrode.material.prior import Draws
from negatrode.material.table import FARADAY

STATED = {
    "carbonization_temperature": 1200.0, "hydrogen_to_carbon": 0.023, "d002": 0.378,
    "specific_surface_area": 4.0, "oxygen": 0.3, "dv50": 9.0, "d4_to_d1": 1.6, "sphericity": 0.95,
}  # fmt: skip


def carbon(n: int = 1, **changes: float) -> HardCarbon:
    """A carbon of 1200 degC on n draws; a change to nan leaves a property out."""
    values = {**STATED, **changes}
    return HardCarbon(Known({k: np.full(n, v) for k, v in values.items() if v == v}, Draws(n)))


def test_numbers_of_the_science_basis() -> None:
    """1200 degC, H/C 0.023, O 0.3 %, S 4 m2/g: 94 irreversible, efficiency 0.81; pores 0.159 cm3/g."""
    c = carbon().capacity
    assert c.irreversible.values[0] == pytest.approx(94, abs=1)
    assert c.efficiency.values[0] == pytest.approx(81, abs=0.6)
    assert c.sloping.values[0] == pytest.approx(240)
    assert c.hydrogen.values[0] == pytest.approx(0.65 * 2231 * 0.023)
    # Pore filling: 0.159 cm3/g x 2062 mAh/cm3 is 328 at most; the logistics leave 0.42 of it.
    onset, closure = 1 / (1 + np.exp(-250 / 60)), 1 / (1 + np.exp(-200 / 120))
    assert c.plateau.values[0] == pytest.approx(0.5 * 328 * onset * closure, rel=0.01)


@pytest.mark.parametrize(
    ("celsius", "ratio"), [(600, 0.275), (700, 0.198), (900, 0.095), (1000, 0.058), (1400, 0.006)]
)
def test_hydrogen_against_temperature(celsius: float, ratio: float) -> None:
    assert hydrogen_to_carbon(np.array([celsius]))[0] == pytest.approx(ratio)
    assert temperature_of(np.array([ratio]))[0] == pytest.approx(celsius)


def test_area_and_diameters_of_a_lognormal() -> None:
    """``D[3,2] = Dv50 exp(-s^2 / 2)``, ``D4/D1 = exp(3 s^2)``, smooth area ``6 / (rho D[3,2])``: exact."""
    c = carbon()
    sigma = (np.log(1.6) / 3) ** 0.5
    assert c.size.sigma[0] == pytest.approx(sigma)
    assert c.size.sauter[0] == pytest.approx(9e-6 * np.exp(-(sigma**2) / 2))
    smooth = 6 / (1.52 * c.size.sauter[0] * 1e6)
    assert c.area.external[0] == pytest.approx(smooth)
    assert c.area.external[0] + c.area.micropore[0] == pytest.approx(4.0)
    # S Dv50 of a dense smooth powder is its floor, (6 / rho) exp(s^2 / 2).
    assert smooth * 9 == pytest.approx(6 / 1.52 * np.exp(sigma**2 / 2))


def test_exponents_of_spheroids() -> None:
    """Mendelson and Cohen: 1.5 for spheres, 1.58, 1.73, 1.91, 3.11 for oblate 1/2, 1/3, 1/4, 1/10."""
    found = spheroid_exponent(np.array([1.0, 2.0, 3.0, 4.0, 10.0]))
    np.testing.assert_allclose(found, [1.5, 1.58, 1.73, 1.91, 3.11], atol=0.006)


@pytest.mark.parametrize("seed", range(20))
def test_potentials_fall_and_branches_keep_apart(seed: int) -> None:
    c = HardCarbon(Known({k: np.full(2, v) for k, v in STATED.items()}, Draws(2, seed)))
    rule = c.material(1).hysteresis
    assert rule is not None
    x = np.linspace(0.002, 0.998, 999)
    for branch in (rule.lithiation, rule.delithiation):
        assert np.all(np.diff(branch(x)) < 0)
        assert abs(float(branch(1.0))) < 1e-9  # full at 0 V
    assert np.all(rule.delithiation(x) >= rule.lithiation(x) - 1e-3)


def test_branch_is_the_inverse_of_the_charge() -> None:
    parts = (240.0, 140.0, 33.0)
    branch = Branch(0.28, 0.05, 0.012, 0.10, 0.05)
    table = branch_table(parts, branch, 1.5, "branch")
    volts = np.linspace(0.01, 1.2, 60)
    ends = charge(np.array([0.0, 1.5]), parts, branch, 1.5)
    x = (charge(volts, parts, branch, 1.5) - ends[1]) / (ends[0] - ends[1])
    # Linear between 3001 points, then a cubic through 513: 1 mV where it is steep.
    np.testing.assert_allclose(table(x), volts, atol=2e-3)


def test_concentration_holds_the_capacity() -> None:
    """``c_max = rho_B Q_rev / F``: 2.27e4 mol/m3 at 1.52 g/cm3 and 400 mAh/g."""
    c = carbon()
    q = c.capacity.reversible.values[0]
    assert c.maximum_concentration[0] == pytest.approx(1.52e6 * q / 1000 * 3600 / FARADAY)


def test_what_is_not_measured_is_told() -> None:
    c = carbon(
        500, hydrogen_to_carbon=float("nan"), carbonization_temperature=float("nan"), d002=float("nan")
    )
    width = np.ptp(np.quantile(c.capacity.reversible.values, [0.05, 0.95]))
    assert width > np.ptp(np.quantile(carbon(500).capacity.reversible.values, [0.05, 0.95]))
    assert {"hydrogen_to_carbon", "d002", "carbonization_temperature"} <= set(c.known.assumed)
    for p in c.predictions:
        assert p.confidence in ("strong", "usable", "weak")
        assert p.how
        low, high = p.interval()
        assert low <= p.median <= high


def test_draws_of_the_wrong_length_are_refused() -> None:
    with pytest.raises(InputError, match="draws of shape"):
        Known({"d002": np.zeros(3)}, Draws(4))

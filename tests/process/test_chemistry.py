"""Monomers and conversion against closed forms, handbooks and mass balances."""

from __future__ import annotations

import numpy as np
import pytest

from negatrode.core.errors import InputError
from negatrode.material.prior import Draws
from negatrode.process.chemistry.bead import drop_viscosity, frozen_conversion, linear_contraction
from negatrode.process.chemistry.copolymer import drift, propagation, reactivity_ratios
from negatrode.process.chemistry.kinetics import (
    Constants,
    gel_exponent,
    glass_conversion,
    initiator,
    polymerise,
)
from negatrode.process.chemistry.monomers import find, mixture, table
from negatrode.process.programme import GASES, Programme

N2 = GASES["N2"]
R = 8.31446261815324
STYRENE = mixture({"styrene": 1.0})


def _hold(celsius: float, hours: float) -> Programme:
    return Programme(np.array([0.0, 3600 * hours]), np.array([celsius, celsius]), (N2,))


def _constants(gel: float = 1.0) -> Constants:
    one = np.ones(1)
    return Constants(0.6 * one, (1.255e9, 7.017e3), gel * one, one, 0 * one)


# ---- monomers


def test_composition_of_polymers() -> None:
    assert 100 * find("AN").share("N") == pytest.approx(26.4, abs=0.05)
    for monomer in table().values():
        assert sum(monomer.share(e) for e in monomer.formula) == pytest.approx(1.0)
    san = mixture({"styrene": 0.75, "AN": 0.25})
    assert 100 * san.element("N") == pytest.approx(6.6, abs=0.02)
    assert sum(san.element(e) for e in ("C", "H", "N")) == pytest.approx(1.0)
    # Heat of polymerisation of styrene: 70 kJ/mol over 104.15 g/mol
    assert STYRENE.heat == pytest.approx(70e3 / 0.10415, rel=1e-3)


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ({"styrene": 0.6, "acrylonitrile": 0.3}, "0.9 in all"),
        ({"styrene": 1.2, "acrylonitrile": -0.2}, "from 0 to 1"),
        ({"styren": 1.0}, "Did you mean styrene"),
        ({"styrene": 0.5, "St": 0.5}, "given twice"),
        ({}, "0 in all"),
    ],
)
def test_mixtures_that_are_none(shares: dict[str, float], said: str) -> None:
    with pytest.raises(InputError) as error:
        mixture(shares)
    assert said in error.value.sentence()


def test_unknown_initiator() -> None:
    with pytest.raises(InputError, match="no initiator"):
        initiator("AIBNN")


# ---- copolymerisation


def test_two_monomers_follow_mayo_and_lewis() -> None:
    """dM1/dM2 = (r1 f1^2 + f1 f2) / (r2 f2^2 + f1 f2), and the mean k_p of the terminal model."""
    mix = mixture({"styrene": 0.6, "acrylonitrile": 0.4})
    r = reactivity_ratios(mix)
    feed, k = np.array([0.45, 0.55]), np.array([242.0, 2000.0])
    kp, made = propagation(feed, k, r)
    f1, f2, r1, r2 = *feed, r[0, 1], r[1, 0]
    ratio = (r1 * f1**2 + f1 * f2) / (r2 * f2**2 + f1 * f2)
    assert made[0] / made[1] == pytest.approx(ratio)
    closed = (r1 * f1**2 + 2 * f1 * f2 + r2 * f2**2) / (r1 * f1 / k[0] + r2 * f2 / k[1])
    assert kp == pytest.approx(closed)


def test_the_azeotrope_does_not_drift() -> None:
    mix = mixture({"styrene": 0.5, "acrylonitrile": 0.5})
    r = reactivity_ratios(mix)
    f = (1 - r[1, 0]) / (2 - r[0, 1] - r[1, 0])  # mole fraction of styrene
    w = f * 104.15 / (f * 104.15 + (1 - f) * 53.06)
    path = drift(mixture({"styrene": float(w), "acrylonitrile": float(1 - w)}))
    assert np.abs(path.feed[:-3, 0] - f).max() < 5e-3


def test_drift_keeps_the_mass() -> None:
    """Polymer made and monomer left add up to the feed at every conversion."""
    mix = mixture({"styrene": 0.8, "acrylonitrile": 0.2})
    path = drift(mix)
    masses = np.array([104.152, 53.064])
    feed = path.feed * masses
    left = feed / feed.sum(axis=1, keepdims=True) * (1 - path.conversions)[:, None]
    made = np.array([0.8, 0.2]) - left
    assert np.all(np.diff(made, axis=0) >= -1e-6)
    assert made.sum(axis=1) == pytest.approx(path.conversions, abs=1e-9)


# ---- conversion


def test_dead_end_polymerisation() -> None:
    """A. Tobolsky, 1958: -ln(1 - x) = 2 k_p (f I0 2 / (k_d k_t))^(1/2) (1 - exp(-k_d t / 2)), no gel effect.

    Volume contracts little at these conversions; the initiator's concentration by it is the tolerance.
    """
    hours, t = 5.0, 333.15
    done = polymerise(STYRENE, initiator("AIBN"), 0.002, _hold(60.0, hours), _constants(gel=0.0))
    kp = 1.051e7 * np.exp(-29.57e3 / (R * t))
    kt = 1.255e9 * np.exp(-7.017e3 / (R * t))
    kd = 1.58e15 * np.exp(-128.9e3 / (R * t))
    moles = 0.002 * 902.0 / 164.21
    exact = 2 * kp * np.sqrt(2 * 0.6 * moles / (kd * kt)) * (1 - np.exp(-kd * hours * 1800))
    assert -np.log1p(-done.conversion[0, -1]) == pytest.approx(exact, rel=0.02)


def test_styrene_at_60_degrees() -> None:
    """Bulk styrene, 0.0164 mol/L AIBN, 60 degC: some 4 % an hour at first, then the gel effect."""
    done = polymerise(STYRENE, initiator("AIBN"), 0.0164 * 164.21 / 902.0, _hold(60.0, 30.0), _constants())
    at = {h: float(np.interp(3600 * h, done.seconds, done.conversion[0])) for h in (1, 10, 30)}
    assert at[1] == pytest.approx(0.04, abs=0.01)
    assert at[10] > 10 * at[1]
    # Glass: polystyrene at 60 degC stops short of nine tenths (Fox: 0.87)
    assert at[30] == pytest.approx(float(glass_conversion(333.15, np.array(378.15))), abs=0.01)


def test_gel_effect_is_that_of_styrene() -> None:
    """A. Hui, A. Hamielec 1972, at 60 degC and half conversion: k_t falls by exp(-2 * 1.25)."""
    b, c, d = 2.57 - 5.05e-3 * 333.15, 9.56 - 1.76e-2 * 333.15, -3.03 + 7.85e-3 * 333.15
    assert gel_exponent(np.array(0.5), 333.15) == pytest.approx(b / 2 + c / 4 + d / 8)
    done = [
        polymerise(STYRENE, initiator("AIBN"), 0.005, _hold(60.0, 8.0), _constants(g)) for g in (0.0, 1.0)
    ]
    assert done[1].conversion[0, -1] > 1.2 * done[0].conversion[0, -1]


def test_heat_is_conversion_times_the_heat_of_polymerisation() -> None:
    done = polymerise(STYRENE, initiator("BPO"), 0.01, _hold(80.0, 10.0), _constants())
    total = np.sum(0.5 * (done.heat[0, 1:] + done.heat[0, :-1]) * np.diff(done.seconds))
    assert total == pytest.approx(done.conversion[0, -1] * STYRENE.heat, rel=5e-3)  # trapezoids of 2 min
    assert np.all(np.diff(done.conversion[0]) >= 0.0)


def test_time_steps_of_runge_kutta() -> None:
    """Corners halve the steps: the conversion changes by less than 1e-4."""
    once = polymerise(STYRENE, initiator("AIBN"), 0.005, _hold(70.0, 3.0), _constants())
    corners = np.linspace(0.0, 3 * 3600.0, 361)
    fine = Programme(corners, np.full(361, 70.0), (N2,) * 360)
    twice = polymerise(STYRENE, initiator("AIBN"), 0.005, fine, _constants())
    assert once.conversion[0, -1] == pytest.approx(twice.conversion[0, -1], abs=1e-4)


@pytest.mark.parametrize("share", [0.0, -0.01, 0.5])
def test_initiator_shares_that_cannot_be_meant(share: float) -> None:
    with pytest.raises(InputError, match="of initiator"):
        polymerise(STYRENE, initiator("AIBN"), share, _hold(70.0, 1.0), _constants())


def test_beads_freeze_earlier_with_crosslinks() -> None:
    draws = Draws(50)
    free = frozen_conversion(STYRENE, draws)
    held = frozen_conversion(mixture({"styrene": 0.9, "divinylbenzene": 0.1}), draws)
    assert np.all(held < free)
    viscosity = drop_viscosity(np.array([[0.0, 0.3, 1.0]]), Draws(1))
    assert np.all(np.diff(viscosity) > 0)
    assert linear_contraction(STYRENE) == pytest.approx((0.902 / 1.05) ** (1 / 3))

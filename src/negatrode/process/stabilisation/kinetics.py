"""Cyclisation, oxygen uptake and burn-off over a furnace programme.

``da_c/dt = k_c (1 - a_c)``; ``da_o/dt = k_o (p / 0.21)^n (1 - a_o) g`` with ``g = 1 - x + x a_c`` (what
acrylonitrile units, mass share x, take up needs their ladder); ``dm/dt = -k_b (p / 0.21) m`` above some
330 degC. Each is integrated in its exponent: exact for the rate constants, by trapezoids for g.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.material.prior import Draws, prior
from negatrode.material.table import GAS_CONSTANT
from negatrode.process.programme import AIR, ZERO_CELSIUS, Programme

Array = NDArray[np.float64]
# Oxidation is where all but this share of the oxygen at either end is consumed.
EDGE = 0.005


@dataclass(frozen=True, eq=False)
class Rate:
    """A rate constant: ``k = at exp(-E / R (1/T - 1/T_at))``, 1/s, J/mol, K; (n,) each."""

    at: Array
    energy: Array
    kelvin: float

    def __call__(self, kelvin: Array) -> Array:
        """(n, times) at temperatures (times,)."""
        x = 1.0 / np.asarray(kelvin)[None, :] - 1.0 / self.kelvin
        found: Array = self.at[:, None] * np.exp(-self.energy[:, None] / GAS_CONSTANT * x)
        return found

    @property
    def factor(self) -> Array:
        """k at infinite temperature, 1/s."""
        found: Array = self.at * np.exp(self.energy / (GAS_CONSTANT * self.kelvin))
        return found


@dataclass(frozen=True, eq=False)
class Constants:
    """Everything that oxidation takes, (n,) each."""

    cyclisation: Rate
    uptake: Rate
    burn: Rate
    order: Array
    oxygen: Array
    volatiles: Array
    heat_uptake: Array
    heat_cyclisation: Array
    heat_burn: Array

    @classmethod
    def drawn(cls, draws: Draws) -> Constants:
        """From the priors."""

        def value(key: str) -> Array:
            return draws.value(f"ox.{key}")

        def rate(name: str) -> Rate:
            kelvin = prior(f"ox.T_{name}").value + ZERO_CELSIUS
            return Rate(value(f"k_{name}"), value(f"E_{name}"), kelvin)

        return cls(
            rate("cyclisation"), rate("oxidation"), rate("burn"), value("order"), value("W_O"), value("W_v"),
            value("Q_oxidation"), value("Q_cyclisation"), value("Q_burn"),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Oxidised:
    """Histories: ``seconds``, ``kelvin`` (times,); (n, times) each: extents ``cyclised`` and ``taken`` (0 to
    1), ``burnt`` (share of the mass), ``mass`` over that of the bead before, ``heat`` (W/kg) and ``energy``
    (J/kg) released, ``consumed`` (oxygen over the bead's mass, taken up and burnt with).
    """

    seconds: Array
    kelvin: Array
    cyclised: Array
    taken: Array
    burnt: Array
    mass: Array
    heat: Array
    energy: Array
    consumed: Array


def oxidise(programme: Programme, nitrile: float, c: Constants, hindered: Array | None = None) -> Oxidised:
    """Extents of beads at the gas temperature.

    ``nitrile``: mass share of acrylonitrile units. ``hindered``: uptake (n, times) of beads that oxygen does
    not reach all of, where it was solved for (see ``bead``); else that of the surface.
    """
    times = programme.grid(2.0, 60.0)
    kelvin = programme.kelvin_at(times)
    pressure = over_air(programme, times)
    cyclised = -np.expm1(-_integral(c.cyclisation(kelvin), times))
    ratio = 1.0 - nitrile + nitrile * cyclised
    if hindered is None:
        power = np.where(pressure > 0.0, pressure, 0.0)[None, :] ** c.order[:, None]
        each = _pieces(c.uptake(kelvin), times) * power * 0.5 * (ratio[:, 1:] + ratio[:, :-1])
        taken = -np.expm1(-_cumulative(each))
    else:
        taken = hindered
    burning = -_cumulative(_pieces(c.burn(kelvin), times) * pressure[None, :])
    left = np.exp(burning)
    mass = (1.0 + (c.oxygen - c.volatiles)[:, None] * taken) * left
    energy = (
        c.heat_uptake[:, None] * taken + c.heat_cyclisation[:, None] * nitrile * cyclised
        + c.heat_burn[:, None] * (1.0 - left)
    )  # fmt: skip
    consumed = c.oxygen[:, None] * taken + prior("ox.O_burn").value * (1.0 - left)
    heat = np.gradient(energy, times, axis=1)
    return Oxidised(times, kelvin, cyclised, taken, 1.0 - left, mass, heat, energy, consumed)


def over_air(programme: Programme, times: Array) -> Array:
    """Oxygen between times over that of air, (times - 1,)."""
    found: Array = programme.oxygen_at(times[1:]) / AIR.oxygen
    return found


def _pieces(rates: Array, times: Array) -> Array:
    """Integral of rates that change exponentially between times, (n, times - 1)."""
    low, high = rates[:, :-1], rates[:, 1:]
    rise = np.log(high / low)
    near = np.abs(rise) < 1e-6
    mean = np.where(near, 0.5 * (low + high), (high - low) / np.where(near, 1.0, rise))
    found: Array = mean * np.diff(times)
    return found


def _cumulative(each: Array) -> Array:
    return np.concatenate([np.zeros((len(each), 1)), np.cumsum(each, axis=1)], axis=1)


def _integral(rates: Array, times: Array) -> Array:
    return _cumulative(_pieces(rates, times))


def oxidising_span(done: Oxidised) -> tuple[Array, Array]:
    """Lowest and highest temperature (K) at which the bead was oxidised, (n,) each; NaN where it was not.

    Between the times at which the first and all but the last half per cent of the oxygen is consumed.
    """
    total = done.consumed[:, -1]
    low, high = np.full(total.size, np.nan), np.full(total.size, np.nan)
    for i, whole in enumerate(total):
        if not whole > 1e-6:
            continue
        share = done.consumed[i] / whole
        first, last = np.interp([EDGE, 1.0 - EDGE], share, done.seconds)
        inside = (done.seconds > first) & (done.seconds < last)
        ends = np.interp([first, last], done.seconds, done.kelvin)
        seen = np.concatenate([ends, done.kelvin[inside]])
        low[i], high[i] = seen.min(), seen.max()
    return low, high

"""Conversion of the drops: free radicals, gel effect, glass effect, heat.

``dx/dt = k_p R (1 - x)``, ``R = (2 f k_d [I] / k_t)^(1/2)`` (radicals as fast made as ended),
``k_t = k_t0 exp(-2 (B x + C x^2 + D x^3))`` of styrene (A. Hui, A. Hamielec, J. Appl. Polym. Sci. 16 (1972)
749). Propagation stops where the swollen polymer turns glass (Fox).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError
from negatrode.material.prior import Draws, prior
from negatrode.material.table import GAS_CONSTANT
from negatrode.process.chemistry.copolymer import drift, mean_propagation
from negatrode.process.chemistry.monomers import Mixture
from negatrode.process.programme import Programme

Array = NDArray[np.float64]
_MOST_CONVERSION = 0.999


@dataclass(frozen=True)
class Initiator:
    """``mass`` g/mol; decomposition ``kd``: A (1/s), E (kJ/mol)."""

    name: str
    title: str
    mass: float
    kd: tuple[float, float]


@cache
def initiators() -> dict[str, Initiator]:
    """All initiators by name."""
    rows = tomllib.loads(
        resources.files("negatrode.process.chemistry").joinpath("initiators.toml").read_text("utf-8")
    )
    return {k: Initiator(k, r["title"], r["mass"], (r["kd"][0], r["kd"][1])) for k, r in rows.items()}


def initiator(name: str) -> Initiator:
    """An initiator by name; InputError with near matches."""
    by_name = {k.lower(): i for k, i in initiators().items()}
    if name.lower() not in by_name:
        hint = near_matches(name, list(initiators())) or f"Known: {', '.join(initiators())}"
        raise InputError(f"'{name}' is no initiator that is known", where="suspension.initiator", remedy=hint)
    return by_name[name.lower()]


@dataclass(frozen=True, eq=False)
class Constants:
    """Rate constants, (n,) or numbers: efficiency f; k_t0 as A (L/mol/s) and E (J/mol); ``gel`` scales the
    exponent of the gel effect; ``speed`` scales k_p; ``glass`` shifts the Tg of the mixture (K).
    """

    efficiency: Array
    kt: tuple[float, float]
    gel: Array
    speed: Array
    glass: Array

    @classmethod
    def drawn(cls, draws: Draws) -> Constants:
        """From the priors."""
        value = draws.value
        kt = (prior("poly.kt_factor").value, prior("poly.kt_energy").value)
        return cls(value("poly.efficiency"), kt, value("poly.gel"), value("poly.speed"), value("poly.glass"))


@dataclass(frozen=True, eq=False)
class Polymerised:
    """Histories, (n, times): ``conversion`` 0 to 1, ``heat`` W per kg of monomer; ``energy`` J/kg in all."""

    seconds: Array
    celsius: Array
    conversion: Array
    heat: Array
    energy: float

    @property
    def residual(self) -> Array:
        """Residual monomer, share of the monomer fed, (n,)."""
        found: Array = 1.0 - self.conversion[:, -1]
        return found


def polymerise(
    mix: Mixture, start: Initiator, share: float, programme: Programme, constants: Constants
) -> Polymerised:
    """Conversion over a programme; ``share``: initiator per monomer, by mass.

    Classical Runge-Kutta on the programme's grid with the conversion held below 0.999.
    """
    if not 0.0 < share < 0.2:
        raise InputError(
            f"{100 * share:g} % of initiator",
            where="suspension.initiator_share",
            rule="above 0 and below 20 %",
        )
    seconds = programme.grid(1.0, 120.0)
    kelvin = programme.kelvin_at(seconds)
    if kelvin.max() > 473.15:
        raise InputError(
            f"{kelvin.max() - 273.15:g} degC",
            where=programme.where,
            rule="suspensions in water stay below 200 degC",
        )
    rate = _Rates(mix, start, share, constants, kelvin)
    half = programme.kelvin_at(0.5 * (seconds[1:] + seconds[:-1]))
    x = np.zeros(np.broadcast(constants.efficiency, constants.gel).shape)
    rows, slopes = [x], [rate(x, kelvin[0], 0.0)]
    decay = _decay(start, seconds, kelvin)
    for k, h in enumerate(np.diff(seconds)):
        d0, d1 = decay[k], decay[k + 1]
        dm = 0.5 * (d0 + d1)
        k1 = rate(x, kelvin[k], d0)
        k2 = rate(x + 0.5 * h * k1, half[k], dm)
        k3 = rate(x + 0.5 * h * k2, half[k], dm)
        k4 = rate(x + h * k3, kelvin[k + 1], d1)
        x = np.clip(x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), x, _MOST_CONVERSION)
        rows.append(x)
        slopes.append(rate(x, kelvin[k + 1], d1))
    conversion, slope = np.stack(rows, axis=-1), np.stack(slopes, axis=-1)
    return Polymerised(seconds, kelvin - 273.15, conversion, mix.heat * slope, mix.heat)


def _decay(start: Initiator, seconds: Array, kelvin: Array) -> Array:
    """Integral of k_d over time, (times,)."""
    kd = start.kd[0] * np.exp(-start.kd[1] * 1e3 / (GAS_CONSTANT * kelvin))
    return np.concatenate([[0.0], np.cumsum(0.5 * (kd[1:] + kd[:-1]) * np.diff(seconds))])


class _Rates:
    """dx/dt for all draws at one temperature, from tables over the conversion."""

    def __init__(self, mix: Mixture, start: Initiator, share: float, c: Constants, kelvin: Array) -> None:
        self.mix, self.start, self.c = mix, start, c
        self.moles = share * mix.monomer_density * 1e3 / start.mass  # mol/L of the drop at the beginning
        path = drift(mix)
        self.conversions = path.conversions
        self.kelvins = np.linspace(kelvin.min() - 1.0, kelvin.max() + 1.0, 7)
        self.kp = np.log(mean_propagation(mix, path, self.kelvins))
        self.contraction = mix.monomer_density / mix.polymer_density - 1.0

    def __call__(self, x: Array, kelvin: float, decayed: float) -> Array:
        """``decayed``: integral of k_d dt, so that [I] = [I]_0 exp(-decayed)."""
        c = self.c
        x = np.clip(x, 0.0, _MOST_CONVERSION)
        place = (kelvin - self.kelvins[0]) / (self.kelvins[1] - self.kelvins[0])
        low = min(int(place), self.kelvins.size - 2)
        column = (low + 1 - place) * self.kp[:, low] + (place - low) * self.kp[:, low + 1]
        kp = np.exp(np.interp(x, self.conversions, column)) * c.speed * self._mobile(x, kelvin)
        kt = (
            c.kt[0]
            * np.exp(-c.kt[1] / (GAS_CONSTANT * kelvin))
            * np.exp(-2.0 * c.gel * gel_exponent(x, kelvin))
        )
        kd = self.start.kd[0] * np.exp(-self.start.kd[1] * 1e3 / (GAS_CONSTANT * kelvin))
        left = self.moles * np.exp(-decayed) / (1.0 + self.contraction * x)
        found: Array = kp * np.sqrt(2.0 * c.efficiency * kd * left / kt) * (1.0 - x)
        return found

    def _mobile(self, x: Array, kelvin: float) -> Array:
        """Falls to zero within two per cent of conversion of the glass."""
        glass = glass_conversion(kelvin, self.mix.glass_transition + self.c.glass)
        return np.asarray(-np.expm1(-np.maximum(glass - x, 0.0) / 0.02))


def gel_exponent(x: Array, kelvin: float) -> Array:
    """``B x + C x^2 + D x^3`` with B, C, D linear in T (A. Hui, A. Hamielec 1972, bulk styrene)."""
    b, c, d = 2.57 - 5.05e-3 * kelvin, 9.56 - 1.76e-2 * kelvin, -3.03 + 7.85e-3 * kelvin
    found: Array = b * x + c * x**2 + d * x**3
    return found


def glass_conversion(kelvin: float, polymer: Array, monomer: float = 185.0) -> Array:
    """Conversion at which polymer swollen by its monomer turns glass at a temperature (K), by Fox.

    ``1/T = x / Tg_p + (1 - x) / Tg_m``; ``monomer``: Tg of the monomer, 185 K [R].

    >>> round(float(glass_conversion(343.15, np.array(378.15))), 2)
    0.9
    """
    found: Array = (1.0 / kelvin - 1.0 / monomer) / (1.0 / np.asarray(polymer) - 1.0 / monomer)
    return np.clip(found, 0.0, 1.0)

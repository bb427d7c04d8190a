"""Open-circuit potential of the hosts over stoichiometry 0 to 1 of their end phase, both branches."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError
from negatrode.material.alloy.elements import host
from negatrode.material.prior import Draws
from negatrode.material.table import Table

Array = NDArray[np.float64]

INTERVALS = 2048
END = 1e-3  # of stoichiometry: nearer to 0 and 1 the logarithms of the steps go on straight
SI_END = 0.01  # the same for the poles of silicon's lithiation branch
_HALVINGS = 60
# M. Verbrugge, D. Baker, X. Xiao, J. Electrochem. Soc. 163 (2016) A262; highest power first
SI_LITHIATION = (-96.63, 372.6, -587.6, 489.9, -232.8, 62.99, -9.286, 0.8633)
SI_DELITHIATION = (-51.02, 161.3, -205.7, 140.2, -58.76, 16.87, -3.792, 0.9937)
SI_POLE = 1e-4  # V


@dataclass(frozen=True)
class Plateaus:
    """Two-phase regions of a host: ``[from, to, V]`` in mol of lithium per mol of host.

    ``measured``: at equilibrium, or else computed at 0 K and to be raised by a bias. ``hysteresis``: key of
    the prior of the distance between the branches.
    """

    plateaus: tuple[tuple[float, float, float], ...]
    measured: bool
    hysteresis: str
    mark: str
    confidence: str
    source: str


def branches(element: str, step_width: float, hysteresis: float, bias: float = 0.0) -> tuple[Table, Table]:
    """Lithiation and delithiation branch (V against lithium, 25 degC); strictly falling, C1.

    Silicon: the polynomials of Verbrugge, straight within 0.01 of the ends of the lithiation branch, where
    it has poles; they are measured branches, and the three numbers do not change them. Others: the
    inverse of a sum of logistic steps at the plateaus ``U_i`` of width ``dz_i``

        z(U) = sum dz_i / (1 + exp((U - U_i) / w)),   U_branch = U(z) -+ hysteresis / 2

    so that the integral of U over z is the mean of the plateaus (1 mV). Solid solution at the ends of
    phases, and the loss of plateaus in amorphous or very small domains, are not in it.

    Parameters
    ----------
    step_width:
        ``w`` in V (alloy.step_width).
    hysteresis:
        V between the branches, at all stoichiometries.
    bias:
        V, added to potentials that were computed at 0 K (alloy.mp_bias); measured ones stay.

    Examples
    --------
    >>> down, up = branches("Al", 0.011, 0.2)
    >>> float(down(0.5).round(3)), float(up(0.5).round(3))
    (0.28, 0.48)
    """
    host(element)
    _check(step_width, hysteresis, bias)
    z = np.linspace(0.0, 1.0, INTERVALS + 1)
    if element == "Si":
        both = silicon_lithiation(z), np.polyval(SI_DELITHIATION, z)
    else:
        mean = _steps(element, z, step_width, bias)
        both = mean - hysteresis / 2, mean + hysteresis / 2
    names = (f"{element}, lithiation", f"{element}, delithiation")
    down, up = (
        Table.from_points(z, u, intervals=INTERVALS, name=n) for u, n in zip(both, names, strict=True)
    )
    return down, up


def drawn_branches(element: str, draws: Draws, index: int) -> tuple[Table, Table]:
    """The branches with the numbers of one draw."""
    if element == "Si":
        return branches("Si", 0.011, 0.0)
    row = plateaus(element)
    keys = ("alloy.step_width", row.hysteresis, "alloy.mp_bias")
    return branches(element, *(float(draws.value(key)[index]) for key in keys))


def confidence(element: str) -> str:
    """Confidence word of a host's curve."""
    return "strong" if element == "Si" else plateaus(element).confidence


def plateaus(element: str) -> Plateaus:
    """Two-phase regions of a host other than silicon."""
    if element not in _rows():
        raise InputError(f"no plateaus of {element}", rule=f"known: {', '.join(_rows())}")
    return _rows()[element]


def silicon_lithiation(z: Array) -> Array:
    """Verbrugge's lithiation branch (V), straight on from 0.01 and 0.99 to the ends."""
    polynomial = np.poly1d(SI_LITHIATION)
    at = np.clip(z, SI_END, 1.0 - SI_END)
    value = polynomial(at) + SI_POLE * (1 / at + 1 / (at - 1))
    slope = polynomial.deriv()(at) - SI_POLE * (1 / at**2 + 1 / (at - 1) ** 2)
    return np.asarray(value + slope * (z - at))


def _steps(element: str, z: Array, width: float, bias: float) -> Array:
    """U(z) of the sum of logistic steps, by halving; straight beyond ``END``."""
    row = plateaus(element)
    low, high, u = np.array(row.plateaus).T
    u = u + (0.0 if row.measured else bias)
    dz = (high - low) / host(element).lithium
    at = np.clip(z, END, 1.0 - END)
    below = np.full(at.shape, u.min() + width * math.log(END / 4))
    above = np.full(at.shape, u.max() - width * math.log(END / 4))
    for _ in range(_HALVINGS):
        middle = (below + above) / 2
        full = _filled(middle, u, dz, width) > at
        below, above = np.where(full, middle, below), np.where(full, above, middle)
    value = (below + above) / 2
    share = _each(value, u, width)
    return np.asarray(value - width / (share * (1 - share) @ dz) * (z - at))


def _each(potential: Array, u: Array, width: float) -> Array:
    """Filled share of each plateau at a potential; shape (potentials, plateaus)."""
    return np.asarray(0.5 * (1 - np.tanh((potential[:, None] - u) / (2 * width))))


def _filled(potential: Array, u: Array, dz: Array, width: float) -> Array:
    return np.asarray(_each(potential, u, width) @ dz)


def _check(step_width: float, hysteresis: float, bias: float) -> None:
    if not 0 < step_width < 0.1:
        raise InputError(f"a step of {step_width:g} V", where="step_width", rule="0 < width < 0.1 V")
    if not 0 <= hysteresis < 1 or not abs(bias) < 1:
        raise InputError(
            f"a hysteresis of {hysteresis:g} V, a bias of {bias:g} V",
            where="hysteresis",
            rule="0 <= hysteresis < 1 V and -1 < bias < 1 V",
        )


@cache
def _rows() -> Mapping[str, Plateaus]:
    text = resources.files("negatrode.material.alloy").joinpath("potentials.toml").read_text("utf-8")
    found = {}
    for symbol, row in tomllib.loads(text).items():
        spans = tuple((float(x), float(y), float(u)) for x, y, u in row.pop("plateaus"))
        found[symbol] = Plateaus(spans, **row)
    return found

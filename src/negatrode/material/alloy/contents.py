"""Contents of oxygen and nitrogen in each phase, as the claims name them: W_ao, W_an, W_bo, W_bn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negatrode.core.errors import InputError
from negatrode.material.alloy.elements import LIGHT
from negatrode.material.alloy.lever import Lever

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Contents:
    """wt% of each phase, and the phases' shares of the mass with all they hold (their sum is one)."""

    oxygen_in_a: Array
    nitrogen_in_a: Array
    oxygen_in_b: Array
    nitrogen_in_b: Array
    mass_a: Array
    mass_b: Array
    share_in_b: Mapping[str, Array]

    @property
    def ratio(self) -> Array:
        """``(W_bo + W_bn) / (W_ao + W_an)``; infinite where A holds none, NaN where neither does."""
        with np.errstate(divide="ignore", invalid="ignore"):
            above = self.oxygen_in_b + self.nitrogen_in_b
            return np.asarray(above / (self.oxygen_in_a + self.nitrogen_in_a))


def contents_of_shares(particle: Lever, oxygen: ArrayLike, nitrogen: ArrayLike) -> Contents:
    """Contents from the share (0 to 1) of the particle's oxygen and nitrogen that is in B: mass balance.

        f_a W_ao + f_b W_bo = W_o,   f_a W_an + f_b W_bn = W_n,   f_a + f_b = 1

    Exact. F, S and P are taken to be spread evenly over the metals of both.
    """
    share = {"O": _share("oxygen", oxygen), "N": _share("nitrogen", nitrogen)}
    w = {s: particle.light[s] / 100 for s in LIGHT}
    f = particle.mass_fraction
    spread = 1.0 - w["O"] - w["N"]
    o_b, n_b = share["O"] * w["O"], share["N"] * w["N"]
    o_a, n_a = w["O"] - o_b, w["N"] - n_b
    mass_a, mass_b = f * spread + o_a + n_a, (1.0 - f) * spread + o_b + n_b
    shares = {s: x + np.zeros_like(mass_a) for s, x in share.items()}
    return Contents(
        _percent(o_a, mass_a),
        _percent(n_a, mass_a),
        _percent(o_b, mass_b),
        _percent(n_b, mass_b),
        mass_a,
        mass_b,
        shares,
    )


def predicted_contents(
    particle: Lever,
    oxygen: ArrayLike,
    nitrogen: ArrayLike,
    mixing: ArrayLike,
    processed: Mapping[str, ArrayLike] | None = None,
) -> Contents:
    """Contents by partition coefficients and the kinetic mixing of the process.

        s = (1 - theta) K f_b / (f_a + K f_b) + theta s_processed

    is the share in B, with ``f`` the phases without their light elements. Coefficients are of thermodynamics
    (partition.py), ``theta`` (alloy.ON_mixing) is an assumption: weak. Without a metal B all is in A.

    Parameters
    ----------
    oxygen, nitrogen:
        Coefficients ``K``, content in B over content in A.
    mixing:
        ``theta``: 0 at equilibrium, 1 as the process left them.
    processed:
        Share of "O" and of "N" that the process put into B; left out: spread by mass.
    """
    theta = _share("mixing", mixing)
    f_a = particle.mass_fraction
    f_b = 1.0 - f_a
    shares = []
    for symbol, given in (("O", oxygen), ("N", nitrogen)):
        k = np.asarray(given, dtype=np.float64)
        if not np.all(np.isfinite(k) & (k > 0)):
            raise InputError(f"a coefficient of {given!r}", where=symbol, rule="K is positive and finite")
        made = _share(f"processed.{symbol}", (processed or {}).get(symbol, f_b))
        even = (1.0 - theta) * k * f_b / (f_a + k * f_b) + theta * made
        shares.append(np.clip(even, 0.0, 1.0) if particle.b else np.zeros_like(f_a))
    return contents_of_shares(particle, *shares)


def _share(name: str, given: ArrayLike) -> Array:
    share = np.asarray(given, dtype=np.float64)
    if not np.all((share >= 0) & (share <= 1)):
        raise InputError(f"a share of {given!r}", where=name, rule="a share is from 0 to 1")
    return share


def _percent(part: Array, whole: Array) -> Array:
    return np.asarray(100 * np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0))

"""Whether phase B takes up lithium: hardly where it is coarse, partly where it is fine."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negatrode.core.errors import InputError
from negatrode.material.alloy.compounds import Compound
from negatrode.material.prior import Draws, prior

Array = NDArray[np.float64]


def is_inert(compound: Compound) -> bool:
    """Whether its first reaction with lithium lies below 0.05 V (an unknown potential does not count so)."""
    return compound.first is not None and compound.first < prior("alloy.B_threshold").value


def activity(compound: Compound, size: ArrayLike | None, draws: Draws) -> Array:
    """Share of what lithium could convert that does react, ``1 / (1 + (d / d_0)^1.5)``; zero where inert.

    The compounds rich in A are not inert by thermodynamics (TiSi2 reacts at 0.30 V): bulk TiSi2 is inactive
    for its kinetics only and nanonets of it are active (ACS Nano 2010). The form and ``d_0``
    (alloy.B_length) are assumptions; weak.

    Parameters
    ----------
    size:
        Size of the domains of B in m; None for coarse ones, which do not react.

    Examples
    --------
    >>> from negatrode.material.alloy.compounds import partner
    >>> float(activity(partner("Si", "Ti"), 20e-9, Draws(1))[0])
    0.5
    """
    if size is None or is_inert(compound):
        return np.zeros(draws.n)
    d = np.asarray(size, dtype=np.float64)
    if not np.all(np.isfinite(d) & (d > 0)):
        raise InputError(f"a domain of B of {size} m", where="size", rule="a size is positive, in m")
    return np.asarray(1.0 / (1.0 + (d / draws.value("alloy.B_length")) ** 1.5))


def reactive_capacity(compound: Compound, size: ArrayLike | None, draws: Draws) -> Array:
    """mAh per g of compound that takes part: activity times what can be converted."""
    return activity(compound, size, draws) * compound.convertible

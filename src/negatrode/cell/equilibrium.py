"""Stoichiometries at which hosts stand at one potential: alone, and sharing lithium."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from negatrode.material.active import ActiveMaterial

Array = NDArray[np.float64]
_POINTS = 4001
# Nearer to empty and full than this no host is taken: potentials run away there.
_EDGE = 1e-6
# The straight line between two points of the inverse is off by less than this; the tangent puts it right.
_NEAR = 1e-4


def filled(material: ActiveMaterial, volts: float, warm: float) -> float:
    """Stoichiometry at a potential (V, which falls as the host fills); at the edge beyond its range.

    ``warm`` is the temperature less the reference temperature (K).
    """
    x, u = _inverse(material, warm)
    found = float(np.interp(-volts, u, x))
    if not x[0] + _NEAR < found < x[-1] - _NEAR:
        return found
    off = float(material.potential(found) + warm * material.entropy(found)) - volts
    slope = float(material.potential.slope(found) + warm * material.entropy.slope(found))
    return found - off / slope if abs(off) < _NEAR * -slope else found


def ends(material: ActiveMaterial, warm: float) -> tuple[float, float]:
    """Potentials of the empty and of the full host, V."""
    _, u = _inverse(material, warm)
    return -float(u[0]), -float(u[-1])


def shared(
    weights: Sequence[float], total: float, at: Callable[[float], list[float]], span: tuple[float, float]
) -> list[float] | None:
    """Stoichiometries ``at(potential)`` that hold ``total``; None where none in the span does.

    ``weights`` are the capacities by which stoichiometries add up; the sum falls as the potential rises.
    """
    from scipy.optimize import brentq  # 0.2 s and 17 MB, which most simulations need not pay

    def excess(volts: float) -> float:
        return float(np.dot(weights, at(volts))) / total - 1.0

    low, high = span
    if not excess(high) <= 0.0 <= excess(low):
        return None
    return at(float(brentq(excess, low, high, xtol=1e-12, rtol=1e-14)))


@lru_cache(maxsize=64)
def _inverse(material: ActiveMaterial, warm: float) -> tuple[Array, Array]:
    """Stoichiometries, closer towards the ends, and the potentials there with the sign turned, to rise."""
    s = np.linspace(0.0, 1.0, _POINTS)
    # Potentials that run away at the very ends are not smooth within the first and the last interval.
    edge = max(_EDGE, 1.0 / material.potential.intervals) if material.potential.intervals >= 64 else _EDGE
    inner = edge + (1 - 2 * edge) * (1 - np.cos(np.pi * s)) / 2
    x = np.concatenate(([_EDGE], inner, [1 - _EDGE])) if edge > _EDGE else inner
    at = np.where(x < edge, 0.0, np.where(x > 1 - edge, 1.0, x))
    u = material.potential(at) + warm * material.entropy(at)
    return x, -np.minimum.accumulate(u) + 1e-9 * x

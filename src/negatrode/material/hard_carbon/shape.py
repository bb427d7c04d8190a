"""Size, area and shape of the particles: what they make of area, tortuosity and size classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.material.hard_carbon.temperature import heat_treatment, surface
from negatrode.material.predicted import Known

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Size:
    """Log-normal by volume: median diameter (m) and standard deviation of ln d; Sauter diameter (m)."""

    median: Array
    sigma: Array
    sauter: Array


def size(known: Known) -> Size:
    """From Dv50 and D4/D1 = exp(3 sigma^2): ``D[3,2] = Dv50 exp(-sigma^2 / 2)`` (exact for a log-normal)."""
    median = known.get("dv50", "hc.dv50") * 1e-6
    if known.has("d4_to_d1"):
        sigma = np.sqrt(np.log(np.maximum(known.measured["d4_to_d1"], 1.02)) / 3)
    else:
        sigma = np.abs(known.get("d4_to_d1", "hc.sigma_ln"))
    return Size(median, sigma, median * np.exp(-(sigma**2) / 2))


@dataclass(frozen=True, eq=False)
class Area:
    """External and micropore area (m2/g) and the ratio of the external to that of smooth spheres."""

    external: Array
    micropore: Array
    ratio: Array


def area(known: Known, sizes: Size, density: Array) -> Area:
    """Split S into external and micropore area.

    ``S_ext = roughness 6 / (rho D[3,2])``, not more than S; the rest is micropores, which hold no reaction of
    lithium with the electrolyte's whole molecules. ``density`` in g/cm3.
    """
    smooth = 6 / (density * sizes.sauter * 1e6)  # m2/g
    whole = surface(known, heat_treatment(known))
    external = np.minimum(known.value("hc.roughness") * smooth, np.maximum(whole, smooth))
    return Area(external, np.maximum(whole - external, 0.0), external / smooth)


def tortuosity_exponent(known: Known) -> Array:
    """Exponent m of ``transport efficiency = eps^m`` for the particles' shape.

    Circularity bounds the aspect ratio of an ellipse; as roughness lowers it too, the aspect is taken uniform
    between one and that bound, oblate. Exponent of spheroids in every direction:
    ``m = (1/3) sum 1 / (1 - L_i)`` (P. Sen, C. Scala, M. Cohen, Geophysics 46 (1981) 781; K. Mendelson,
    M. Cohen, Geophysics 47 (1982) 257).
    """
    circularity = np.clip(known.get("sphericity", "hc.sphericity"), 0.3, 1.0)
    most = np.interp(-circularity, -_CIRCULARITY, _ASPECT)
    share = 0.5 * (1 + np.array([_erf(z / 2**0.5) for z in known.draws["hc.aspect"]]))
    return spheroid_exponent(1 + share * (most - 1))


def spheroid_exponent(aspect: Array) -> Array:
    """Exponent of randomly oriented oblate spheroids of an aspect ratio (1 or more).

    >>> [round(float(m), 2) for m in spheroid_exponent(np.array([1.0, 2.0, 3.0, 10.0]))]
    [1.5, 1.58, 1.73, 3.11]
    """
    a = np.maximum(aspect, 1 + 1e-4)
    e = np.sqrt(a**2 - 1)
    axial = (1 + e**2) / e**3 * (e - np.arctan(e))
    value: Array = (1 / (1 - axial) + 2 / (1 - (1 - axial) / 2)) / 3
    return value


def _ellipse_circularity(aspect: Array) -> Array:
    """Perimeter of the circle of equal area over that of the ellipse."""
    t = (np.arange(2000) + 0.5) / 2000 * np.pi / 2
    arc = np.sqrt((aspect[:, None] * np.sin(t)) ** 2 + np.cos(t) ** 2).mean(axis=1) * 2 * np.pi
    value: Array = 2 * np.pi * np.sqrt(aspect) / arc
    return value


def _erf(z: float) -> float:
    from math import erf

    return erf(z)


_ASPECT = np.linspace(1.0, 12.0, 400)
_CIRCULARITY = _ellipse_circularity(_ASPECT)

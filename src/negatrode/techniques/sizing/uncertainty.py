"""The standard uncertainty of the sizes of a distribution by source, shared between the sizes.

ISO 13320 asks of an instrument: x50 within 3 %, x10 and x90 within 5 %, both doubled below 10 um, against
reference materials, and coefficients of variation under the same bounds in repeats. An error of which
only a bound is known is taken as uniform within it (GUM 4.3.7), one standard deviation bound / sqrt(3);
a coefficient of variation known only to lie under a bound has the root mean square bound / sqrt(3).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from negatrode.core.estimate import Component, shared_components
from negatrode.techniques.sizing import moments
from negatrode.techniques.sizing.histogram import Histogram

Array = NDArray[np.float64]

BOUND_MEDIAN, BOUND_ENDS = 0.03, 0.05
FINE = 10.0  # um; below it the bounds double
CLASS_NOISE = 0.02  # relative, of each class on its own
FINES_SHARE = 0.005  # of the volume: what scattering hardly tells from a tail of the inversion ...
FINES_LOG = 0.5  # ... is known to a factor exp(0.5)

MEANS = {"d4": (4, 3), "d1/number-length": (1, 0), "d1/length-moment": (2, 1)}
SIZES = ("dv50", *MEANS)


def sizes_of(low: Array, high: Array, volume: Array) -> dict[str, float]:
    """The four sizes by key of SIZES, in um."""
    means = {name: moments.mean_size(low, high, volume, p, q) for name, (p, q) in MEANS.items()}
    return {"dv50": moments.quantile(low, high, volume, 0.5), **means}


def components(h: Histogram) -> dict[str, tuple[Component, ...]]:
    """Components of each size of SIZES in um, signed, keys shared between the sizes of a file."""
    values = sizes_of(h.low, h.high, h.volume)
    bound = 2.0 if values["dv50"] < FINE else 1.0
    prefix = h.sha[:12]
    u_scale, u_ends = bound * BOUND_MEDIAN / math.sqrt(3.0), bound * BOUND_ENDS / math.sqrt(3.0)
    shifts = {
        "scale": ("size scale of the instrument (ISO 13320)", {k: u_scale * v for k, v in values.items()}),
        "repeat": ("sampling and dispersion (ISO 13320)", {k: u_scale * v for k, v in values.items()}),
        "width": ("width of the distribution (ISO 13320)", _stretched(h, values, u_ends, u_scale)),
        "fines": ("fraction of the fines", _fines(h, values)),
        "classes": ("class width", _within(h, values)),
    }
    noise = _noise(h, values)
    return {
        name: (
            *(Component(text, u[name], f"{prefix}:{key}") for key, (text, u) in shifts.items() if u[name]),
            *noise[name],
        )
        for name in SIZES
    }


def _stretched(h: Histogram, values: Mapping[str, float], u_ends: float, u_scale: float) -> dict[str, float]:
    """Change of the sizes when ln(D / x50) is stretched so that x10 and x90 move by what x50 does not."""
    d10, d90 = (moments.quantile(h.low, h.high, h.volume, share) for share in (0.1, 0.9))
    half = 0.5 * math.log(d90 / d10)
    if half <= 0.0:
        return dict.fromkeys(SIZES, 0.0)
    stretch = 1.0 + math.sqrt(u_ends**2 - u_scale**2) / half
    middle = values["dv50"]
    return _change(
        values, middle * (h.low / middle) ** stretch, middle * (h.high / middle) ** stretch, h.volume
    )


def _fines(h: Histogram, values: Mapping[str, float]) -> dict[str, float]:
    """Change of the sizes when the finest half per cent of the volume is larger by a factor exp(0.5)."""
    end = moments.quantile(h.low, h.high, h.volume, FINES_SHARE)
    below = np.clip(np.log(end / h.low) / np.log(h.high / h.low), 0.0, 1.0)
    slopes = _slopes(h)
    return {name: FINES_LOG * float(np.sum(slopes[name] * below * h.volume)) for name in values}


def _within(h: Histogram, values: Mapping[str, float]) -> dict[str, float]:
    """Difference of a class at its geometric mean and spread evenly in ln D, uniform between the two."""
    found = {
        name: (moments.mean_size_within(h.low, h.high, h.volume, p, q) - values[name]) / math.sqrt(3.0)
        for name, (p, q) in MEANS.items()
    }
    spline = moments.quantile_spline(h.low, h.high, h.volume, 0.5)
    return {"dv50": (spline - values["dv50"]) / math.sqrt(3.0), **found}


def _noise(h: Histogram, values: Mapping[str, float]) -> dict[str, tuple[Component, ...]]:
    """Independent noise of the classes; for counted particles their multinomial scatter."""
    slopes = np.array([_slopes(h)[name] for name in SIZES])
    if h.particles:
        number = moments.number_fractions(h.low, h.high, h.volume)
        by_number = slopes * h.volume / np.where(number > 0.0, number, 1.0)
        centred = by_number - by_number @ number[:, None]
        covariance = (centred * number / h.particles) @ centred.T
        text, key = f"counting of {h.particles:.6g} particles", "counts"
    else:
        covariance = (slopes * (CLASS_NOISE * h.volume) ** 2) @ slopes.T
        text, key = "noise of the class fractions", "noise"
    return shared_components(values, covariance, source=text, key=f"{h.sha[:12]}:{key}")


def _slopes(h: Histogram) -> dict[str, Array]:
    means = {name: moments.mean_size_slopes(h.low, h.high, h.volume, p, q) for name, (p, q) in MEANS.items()}
    return {"dv50": moments.quantile_slopes(h.low, h.high, h.volume, 0.5), **means}


def _change(values: Mapping[str, float], low: Array, high: Array, volume: Array) -> dict[str, float]:
    other = sizes_of(low, high, volume)
    return {name: other[name] - value for name, value in values.items()}

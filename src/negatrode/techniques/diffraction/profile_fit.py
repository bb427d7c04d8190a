"""The `fit` recipe: a pseudo-Voigt in s, modulated as a carbon pattern is, on a smooth background."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import Refusal

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BandFit:
    """Result of the fit: s of the band and its width at half height (1/nm), standard errors, curve, and
    the smooth background in the curve."""

    s: float
    s_error: float
    width: float
    width_error: float
    curve: Array
    background: Array


def pseudo_voigt(s: Array, centre: float, width: float, eta: float) -> Array:
    """Height 1, full width at half height ``width``, share ``eta`` Lorentzian.

    >>> float(pseudo_voigt(np.array([1.5]), 1.0, 1.0, 0.3)[0])
    0.5
    """
    t = (s - centre) / width
    curve: Array = eta / (1.0 + 4.0 * t * t) + (1.0 - eta) * np.exp(-4.0 * np.log(2.0) * t * t)
    return curve


def fit_band(x: Array, y: Array, variance: Array, modulation: Array, wavelength: float) -> BandFit:
    """Fit intensity = modulation * pseudo-Voigt(s) + b0 + b1 x + b2 / x over the points given.

    ``x`` in deg 2 theta (already corrected for the zero error), ``modulation`` the factor f^2 LP at each
    point. Raises Refusal where no band within d = 0.33 to 0.42 nm fits.
    """
    import lmfit

    groups = (160.0 * (x - x[0]) / (x[-1] - x[0])).astype(int)
    count = np.bincount(groups)
    full = count > 0

    def mean(v: Array) -> Array:
        return (np.bincount(groups, weights=v)[full] / count[full]).astype(float)

    xb, yb, mb = mean(x), mean(y), mean(modulation)
    # harmonic: a masked point with its huge variance must not take the weight of its bin's others
    sigma = np.sqrt(1.0 / (mean(1.0 / variance) * count[full]))
    s = 2.0 * np.sin(np.radians(xb) / 2.0) / wavelength
    scale = float(np.max(yb)) or 1.0
    mb = mb / float(np.max(mb))
    start = int(np.argmax(yb - np.interp(xb, [xb[0], xb[-1]], [yb[0], yb[-1]])))

    parameters = lmfit.Parameters()
    parameters.add("centre", value=float(np.clip(s[start], 1 / 0.41, 1 / 0.34)), min=1 / 0.43, max=1 / 0.32)
    parameters.add("width", value=0.6, min=0.02, max=3.0)
    parameters.add("eta", value=0.5, min=0.0, max=1.0)

    def design(centre: float, width: float, eta: float) -> Array:
        # amplitude and background enter linearly, so that only three parameters are searched for
        band = mb * pseudo_voigt(s, centre, width, eta)
        return np.stack([band, np.ones_like(xb), (xb - xb.mean()) / 10.0, 10.0 / xb], axis=1)

    def solved(p: lmfit.Parameters) -> tuple[Array, Array, Array]:
        columns = design(p["centre"].value, p["width"].value, p["eta"].value)
        weights, *_ = np.linalg.lstsq(columns / sigma[:, None], yb / sigma, rcond=None)
        below = columns[:, 1:] @ weights[1:]
        return columns @ weights, np.asarray(weights, dtype=float), below

    def residual(p: lmfit.Parameters) -> Array:
        return np.asarray((solved(p)[0] - yb) / sigma, dtype=float)

    found = lmfit.minimize(residual, parameters, method="leastsq", max_nfev=400)
    curve, weights, below = solved(found.params)
    centre, width = found.params["centre"], found.params["width"]
    if not found.success or weights[0] <= 0.001 * scale or not 1 / 0.42 < centre.value < 1 / 0.33:
        raise Refusal("no band within d = 0.33 to 0.42 nm fits", rule="the fitted band lies inside and rises")
    if centre.stderr is None or width.stderr is None or not np.isfinite(centre.stderr + width.stderr):
        raise Refusal("the fit does not determine the band", rule="its parameters have finite errors")
    return BandFit(
        centre.value,
        centre.stderr,
        width.value,
        width.stderr,
        np.asarray(np.interp(x, xb, curve), dtype=float),
        np.asarray(np.interp(x, xb, below), dtype=float),
    )

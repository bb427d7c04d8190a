"""From intensities to mass fractions: thin-film ratios, bulk standards, and maps already in per cent.

Every method is w_i = s_i I_i (standards, wt%) or w_i = 100 s_i I_i / sum_j s_j I_j (ratios, at%), with a
sensitivity s_i an element: k_i of Cliff and Lorimer, C_std F / I_std of a standard, the atomic mass, or 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import Refusal
from negatrode.core.estimate import Finding

Floats = NDArray[np.float64]

# one-sided 95 % quantile of the normal distribution, for false positives and false negatives alike
Z95 = 1.6449


@dataclass(frozen=True)
class RelativeError:
    """A relative standard uncertainty of one element's sensitivity; ``key`` names the independent input."""

    element: str
    source: str
    u: float
    key: str


@dataclass(frozen=True, eq=False)
class Calibration:
    """What turns intensities into mass fractions.

    Attributes
    ----------
    sensitivity:
        s_i by element, shape (n,): in wt% a count where not ``normalised``, else up to a common factor.
    normalised:
        Whether the contents are made to add up to 100 wt% over the analysed elements.
    method:
        "cliff-lorimer", "standards", "wt%" or "at%".
    errors, matrix_errors:
        Of the sensitivities: the same in both phases, and those that are independent in each phase.
    """

    elements: tuple[str, ...]
    sensitivity: Floats
    errors: tuple[RelativeError, ...]
    normalised: bool
    method: str
    findings: tuple[Finding, ...] = ()
    matrix_errors: tuple[RelativeError, ...] = ()


@dataclass(frozen=True, eq=False)
class Fractions:
    """Mass fractions in wt% and their first derivatives.

    ``by_intensity[i, j]`` is dw_i/dI_j, ``by_sensitivity[i, j]`` is dw_i/d ln s_j.
    """

    values: Floats
    by_intensity: Floats
    by_sensitivity: Floats
    total: float


def mass_fractions(intensity: Floats, sensitivity: Floats, *, normalised: bool) -> Fractions:
    """Mass fractions of the analysed elements in wt%.

    Cliff-Lorimer ratio equation w_i/w_j = k_i I_i/(k_j I_j), closed by sum w = 100 wt%
    (Cliff and Lorimer, J. Microsc. 103 (1975) 203), or w_i = s_i I_i with absolute sensitivities
    (k-ratio to a standard, Castaing 1951). ``total`` is the sum before
    normalisation (100 where s has no scale).

    >>> mass_fractions(np.array([300.0, 100.0]), np.array([1.0, 2.0]), normalised=True).values
    array([60., 40.])

    Raises Refusal where the intensities do not add up to something positive.
    """
    parts = sensitivity * intensity
    total = float(parts.sum())
    if not math.isfinite(total) or total <= 0.0:
        raise Refusal(
            f"net intensity of all elements together {total:.4g}",
            rule="a phase that holds the analysed elements gives counts above the background",
            remedy="Check the background of the maps and which elements they map",
        )
    if not normalised:
        return Fractions(parts, np.diag(sensitivity), np.diag(parts), total)
    w = 100.0 * parts / total
    unit = np.eye(len(w))
    return Fractions(
        w,
        (100.0 * unit - w[:, None]) * sensitivity[None, :] / total,
        w[:, None] * (unit - w[None, :] / 100.0),
        100.0,
    )


@dataclass(frozen=True)
class Limits:
    """Decision limit (critical value) and detection limit of a content, in wt%."""

    decision: float
    detection: float


def currie_limits(u_zero: float, wt_per_count: float, relative: float = 0.0) -> Limits:
    """Decision limit L_C and detection limit L_D at 5 % false positives and 5 % false negatives.

    L_C = z u_0;  L_D = L_C + z sqrt(u_0^2 + c L_D + (phi L_D)^2), z = 1.645. With phi = 0 this is Currie's
    L_D = 2.71 c + 3.29 u_0 (Anal. Chem. 40 (1968) 586); the form with phi is that of ISO 11843-1
    and ISO 11929-1.

    Parameters
    ----------
    u_zero:
        Standard uncertainty of the content where the true content is zero, wt%.
    wt_per_count:
        Content that one net count stands for, wt% (0 for data without counting statistics).
    relative:
        Relative standard uncertainty phi of the sensitivity; from about 0.6 on there is no limit (infinite).

    >>> limits = currie_limits(0.1, 0.01)
    >>> round(limits.decision, 4), round(limits.detection, 4)
    (0.1645, 0.356)
    """
    decision = Z95 * u_zero
    # (L - L_C)^2 = z^2 (u_0^2 + c L + phi^2 L^2), and (z u_0)^2 cancels: L (1 - z^2 phi^2) = 2 L_C + z^2 c
    left = 1.0 - (Z95 * relative) ** 2
    detection = (2.0 * decision + Z95**2 * wt_per_count) / left if left > 0.0 else math.inf
    return Limits(decision, detection)


def mass_share_a(area_fraction: float, density_a: float, density_b: float) -> tuple[float, float]:
    """Mass fraction of phase A from its area fraction, and its derivative by the area fraction.

    m = f rho_A / (f rho_A + (1 - f) rho_B); the area fraction of a random section is the volume fraction
    (Delesse 1848).

    >>> mass_share_a(0.5, 2.0, 6.0)[0]
    0.25
    """
    bottom = area_fraction * density_a + (1.0 - area_fraction) * density_b
    return area_fraction * density_a / bottom, density_a * density_b / bottom**2

"""Whether the domains of a phase differ in composition by more than their counts allow."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from negatrode.core.estimate import Component, Finding
from negatrode.techniques.phases.model import ElementMaps
from negatrode.techniques.phases.quantification import Calibration, Floats

FEWEST_DOMAINS = 3
# assumed: smaller domains say nothing of the spread
SMALLEST_DOMAIN = 10  # px of interior
_SIGNIFICANCE = 0.01


def domain_components(
    maps: ElementMaps,
    labelled: NDArray[np.bool_],
    inside: NDArray[np.bool_],
    calibration: Calibration,
    key: str,
) -> tuple[dict[str, Component], tuple[Finding, ...]]:
    """Components, by element, of the spread between domains where it is significant (counts only).

    With y_d the content of domain d and v_d its counting variance, the variance between domains is
    tau^2 = (Q - (n - 1))/(sum 1/v - sum 1/v^2 / sum 1/v), Q = sum (y_d - y)^2/v_d (DerSimonian and Laird,
    Control. Clin. Trials 7 (1986) 177); it is taken where Q exceeds its 99 % quantile, and gives the mean
    u = tau sqrt(sum g_d^2)/sum g_d, g_d the weight of a domain in the summed counts.
    """
    from scipy.ndimage import label
    from scipy.special import chdtri

    if maps.quantity != "counts":
        return {}, ()
    numbers = label(labelled, structure=np.ones((3, 3)))[0][inside]
    sizes = np.bincount(numbers)
    kept = np.flatnonzero(sizes >= SMALLEST_DOMAIN)
    kept = kept[kept > 0]
    n = len(kept)
    if n < FEWEST_DOMAINS:
        return {}, ()
    net, variance = _sums(maps, numbers, inside, calibration, kept)
    weight = calibration.sensitivity @ net if calibration.normalised else sizes[kept].astype(float)
    if np.any(weight <= 0.0):
        return {}, ()
    scale = 100.0 if calibration.normalised else 1.0
    found = {}
    for i, element in enumerate(calibration.elements):
        s = scale * calibration.sensitivity[i]
        tau = between_domains(
            s * net[i] / weight, s * s * variance[i] / weight**2, float(chdtri(n - 1, _SIGNIFICANCE))
        )
        if tau > 0.0:
            u = tau * math.sqrt(float(weight @ weight)) / float(weight.sum())
            words = f"{element} differs between {n} domains"
            found[element] = Component(words, u, f"{key}:domains-{element}", float(n - 1))
    if not found:
        return {}, ()
    text = f"{', '.join(found)} differ between {n} domains by more than the counts allow"
    return found, (Finding("domains-differ", text, warning=True),)


def _sums(
    maps: ElementMaps,
    numbers: NDArray[np.int32],
    inside: NDArray[np.bool_],
    calibration: Calibration,
    kept: NDArray[np.intp],
) -> tuple[Floats, Floats]:
    """Net counts and their variance by element and domain."""
    chosen = [maps.elements.index(e) for e in calibration.elements]
    gross = np.array([np.bincount(numbers, maps.values[c][inside])[kept] for c in chosen])
    if maps.background is None:
        return gross, np.maximum(gross, 1.0)
    under = np.array([np.bincount(numbers, maps.background[c][inside])[kept] for c in chosen])
    return gross - under, np.maximum(gross, 1.0)


def between_domains(y: Floats, v: Floats, threshold: float) -> float:
    """Standard deviation between domains, 0 where Q does not exceed ``threshold``.

    >>> round(between_domains(np.array([1.0, 2.0, 3.0]), np.full(3, 1e-6), 9.21), 3)
    1.0
    """
    g = 1.0 / v
    mean = float(g @ y) / float(g.sum())
    q = float(g @ (y - mean) ** 2)
    if q <= threshold:
        return 0.0
    return math.sqrt((q - (len(y) - 1)) / (float(g.sum()) - float(g @ g) / float(g.sum())))

"""The standard uncertainty of a mean sphericity by source.

Scatter of the particles: standard error of the mean, Student's t with n - 1 degrees of freedom.
Perimeter: an outline of noise or of few vertices is not the true one; its residual bias falls with size.
Segmentation: other thresholds and smoothings change the mean; the largest change is taken as the bound of
a uniform error (GUM 4.3.7).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from negatrode.core.estimate import Component
from negatrode.techniques.shape.morphology import Array
from negatrode.techniques.shape.particles import Particles

PERIMETER_BIAS = 0.015  # px: over the diameter, the relative error; found on simulated pictures
VERTEX_ERROR = 1.0 / 6.0  # px^2: variance of the difference of two vertices rounded to whole pixels


def components(pictures: Sequence[Particles], recipe: str, values: Array) -> tuple[Component, ...]:
    """Components of the mean of ``values`` (one a particle, all pictures pooled) under a recipe."""
    stem = pictures[0].sha[:12]
    n = len(values)
    power = 2.0 if recipe == "circularity" else 1.0
    mean = float(np.mean(values))
    scatter = Component(
        f"scatter of {n} particles",
        float(np.std(values, ddof=1)) / math.sqrt(n),
        f"{stem}:particles",
        n - 1.0,
    )
    outline = Component(
        "perimeter of the outline", power * mean * _outline_error(pictures), f"{stem}:perimeter"
    )
    found = [scatter, outline]
    # on the square a change doubles, times the value itself
    scale = 2.0 * math.sqrt(mean) if recipe == "circularity" else 1.0
    choices = (
        ("threshold and smoothing", "segmentation", [v for p in pictures for v in p.variants]),
        ("which particles count as whole", "selection", [v for p in pictures for v in p.selections]),
    )
    for text, key, changes in choices:
        if any(changes):
            bound = max(abs(v) for v in changes)
            found.append(Component(text, scale * bound / math.sqrt(3.0), f"{stem}:{key}"))
    return tuple(found)


def _outline_error(pictures: Sequence[Particles]) -> float:
    """Mean relative standard error of the l-ratio by the outline, the same in sign for all particles."""
    errors = []
    for p in pictures:
        for diameter, vertices in zip(p.diameter, p.traced, strict=True):
            if vertices:
                # chords of a circle by n vertices: P short by pi^2/(6 n^2), sqrt(A) by pi^2/(3 n^2);
                # rounded vertices lengthen a chord l by their variance / (2 l)
                chord = math.pi * diameter / vertices
                short, long = math.pi**2 / (6.0 * vertices**2), VERTEX_ERROR / (2.0 * chord**2)
                errors.append((short + long) / math.sqrt(3.0))
            else:
                errors.append(PERIMETER_BIAS / diameter)
    return float(np.mean(errors))

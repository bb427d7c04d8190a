"""Contents of the whole particle from its maps: balance of the phases, or the mean over its pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from negatrode.core.errors import InputError, Refusal
from negatrode.core.estimate import Component, Finding, Outcome
from negatrode.core.settings import Key, Settings
from negatrode.techniques.phases.composition import Blank, PhaseContents, measured_intensity
from negatrode.techniques.phases.model import OTHER, OUTSIDE, ElementMaps, Segmentation
from negatrode.techniques.phases.quantification import (
    Calibration,
    Limits,
    currie_limits,
    mass_fractions,
    mass_share_a,
)

# assumed: a third phase beyond this share of the material makes a balance of two phases wrong
MOST_OTHER = 0.05

KEYS = (
    Key("density_a", "g/cm3", "density of phase A", example="2.33 g/cm3"),
    Key("density_b", "g/cm3", "density of phase B", example="4.0 g/cm3"),
    Key("u_density", "%", "relative standard uncertainty of each density", example="2 %"),
)


def balance(
    element: str,
    contents: Mapping[str, PhaseContents],
    segmentation: Segmentation,
    settings: Settings,
    key: str,
) -> Outcome:
    """W = m w_A + (1 - m) w_B with the mass fraction m of A from its area fraction and the densities.

    Raises MissingInput for a density, Refusal where a third phase takes more than 5 % of the material.
    """
    other = _other_share(segmentation)
    if other > MOST_OTHER:
        raise Refusal(
            f"{100 * other:.1f} % of the material is neither A nor B",
            rule="a balance of two phases needs their contents to make up the particle",
            remedy="Ask for recipe 'map-mean', or measure the whole particle by inert-gas fusion",
        )
    why = "the contents of the phases are weighed by mass, the section shows areas"
    densities = [settings.quantity(f"density_{p}", why=why) for p in "ab"]
    if min(densities) <= 0.0:
        raise InputError(f"densities {densities[0]:g} and {densities[1]:g} g/cm3", rule="they are positive")
    u_density = 0.01 * (settings.optional_quantity("u_density") or 0.0)
    m, slope = mass_share_a(segmentation.fraction_a, *densities)
    a, b = (contents[p] for p in "AB")
    i, j = a.index(element), b.index(element)
    contrast = float(a.values[i] - b.values[j])
    parts = [replace(c, u=m * c.u) for c in a.components[i]]
    parts += [replace(c, u=(1.0 - m) * c.u) for c in b.components[j]]
    parts += [replace(c, u=slope * contrast * c.u) for c in segmentation.fraction_components]
    for phase, sign in (("a", 1.0), ("b", -1.0)):
        u = sign * m * (1.0 - m) * contrast * u_density
        parts.append(Component(f"density of phase {phase.upper()}", u, f"{key}:density-{phase}"))
    zero = math.hypot(m * a.limits[i].decision, (1.0 - m) * b.limits[j].decision)
    limits = Limits(zero, m * a.limits[i].detection + (1.0 - m) * b.limits[j].detection)
    value = m * float(a.values[i]) + (1.0 - m) * float(b.values[j])
    notes = [
        Finding(
            "mass-share", f"phase A is {100 * m:.1f} % of the mass, {other:.1%} of the area is a third phase"
        )
    ]
    if not u_density:
        notes.append(Finding("densities", "densities are taken as exact (phases.u_density)"))
    return _censored(value, [c for c in parts if c.u != 0.0], limits, tuple(notes))


def _other_share(segmentation: Segmentation) -> float:
    material = int((segmentation.labels != OUTSIDE).sum())
    return float((segmentation.labels == OTHER).sum()) / material if material else 0.0


def _censored(
    value: float, parts: Sequence[Component], limits: Limits, findings: tuple[Finding, ...]
) -> Outcome:
    if value > limits.decision:
        return Outcome(value, tuple(parts), findings=findings)
    return Outcome(None, below_limit=limits.detection, findings=findings)


def map_means(
    maps: ElementMaps,
    segmentation: Segmentation,
    calibration: Calibration,
    blank: Mapping[str, Blank],
    thin: bool,
) -> dict[str, Outcome]:
    """Contents of all pixels of the material together, by element.

    In a thin film of even thickness counts are proportional to mass, so that this is the mean by mass. In a
    bulk section it is a mean by area: computed, not admissible.
    """
    material = segmentation.labels != OUTSIDE
    chosen = [maps.elements.index(e) for e in calibration.elements]
    intensity = measured_intensity(maps, material, chosen)
    w = mass_fractions(intensity.mean, calibration.sensitivity, normalised=calibration.normalised)
    sd, u_zero = np.sqrt(intensity.variance), np.sqrt((w.by_intensity**2) @ intensity.zero_variance)
    place = {e: i for i, e in enumerate(calibration.elements)}
    found = {}
    for element, i in place.items():
        parts = [
            Component(f"counts of {e}, whole particle", float(w.by_intensity[i, j] * sd[j]),
                      f"{maps.key}:counts-{e}-whole")
            for e, j in place.items()
        ]  # fmt: skip
        for error in (*calibration.errors, *calibration.matrix_errors):
            shared = error in calibration.errors
            key = error.key if shared else f"{maps.key}:{error.key}-whole"
            u = float(w.by_sensitivity[i, place[error.element]] * error.u)
            parts.append(Component(error.source, u, key))
        value, zero = float(w.values[i]), float(u_zero[i])
        if element in blank:
            value -= blank[element].value
            zero = math.hypot(zero, blank[element].u)
            parts.append(Component(f"blank of {element}", blank[element].u, f"phases:blank-{element}"))
        relative = math.hypot(
            *(e.u for e in (*calibration.errors, *calibration.matrix_errors) if e.element == element), 0.0
        )
        per_count = float(w.by_intensity[i, i]) / intensity.pixels if intensity.counted else 0.0
        limits = currie_limits(zero, per_count, relative)
        outcome = _censored(value, [c for c in parts if c.u != 0.0], limits, ())
        why = "" if thin else "a mean over a bulk section is by area, not by mass (phases.specimen = thin)"
        found[element] = replace(outcome, admissible=thin, why_not=why)
    return found


def summed(outcomes: Mapping[str, Outcome]) -> Outcome:
    """The sum of several contents; those below their limit count as zero to their limit (uniform).

    Below the sum of the limits where none is above its own.
    """
    if all(o.value is None for o in outcomes.values()):
        return Outcome(None, below_limit=sum(o.below_limit or 0.0 for o in outcomes.values()))
    value = 0.0
    parts: list[Component] = []
    notes: list[Finding] = []
    for name, o in outcomes.items():
        if o.value is None:
            limit = o.below_limit or 0.0
            value += 0.5 * limit
            parts.append(Component(f"{name} below {limit:.2g} wt%", limit / math.sqrt(12.0), f"below-{name}"))
        else:
            value += o.value
            parts += o.components
        notes += o.findings
    kept = tuple(o for o in outcomes.values())
    why = next((o.why_not for o in kept if not o.admissible), "")
    return Outcome(value, tuple(parts), findings=tuple(notes), admissible=not why, why_not=why)

"""A mapped section divided into phase A, phase B, other phases and the outside, by several recipes.

- "gaussian-mixture": classes from a Gaussian mixture of all elements' shares in variance-stabilised
  coordinates (segment_pools, segment_modes);
- "otsu-log-ratio": classes from Otsu's threshold on the log ratio of the two marks, of pooled counts;
- "grey-otsu": Otsu's threshold on a levelled electron image (segment_grey).

The recipes differ in how they find the classes; where borders lie is decided by segment_labels for all.
The area fraction is that of the section at hand, not of the powder.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import MissingInput, NegatrodeError, Refusal
from negatrode.core.estimate import Component, Finding
from negatrode.core.settings import Key, Settings
from negatrode.techniques.phases.model import OUTSIDE, PHASE_A, ElementMaps, Segmentation
from negatrode.techniques.phases.segment_borders import blur_in_pixels, interior
from negatrode.techniques.phases.segment_classes import FWHM, OUT, Layout, layout, mosaic, settled, whole
from negatrode.techniques.phases.segment_diffuse import diffuse_border
from negatrode.techniques.phases.segment_fraction import Fraction, corrected
from negatrode.techniques.phases.segment_input import Signal, check, signal_of
from negatrode.techniques.phases.segment_labels import Classes, blurred
from negatrode.techniques.phases.segment_marks import (
    GREY_KEY,
    PHASE_A_KEY,
    PHASE_B_KEY,
    Marks,
    marks_of,
    roles,
)

Array = NDArray[np.float64]
Labels = NDArray[np.int8]
Mask = NDArray[np.bool_]

SEGMENT_KEYS = (
    PHASE_A_KEY,
    PHASE_B_KEY,
    GREY_KEY,
    Key(
        "outside",
        "",
        "whether the section shows resin, vacuum or pores (tested where absent)",
        ("auto", "yes", "no"),
    ),
    Key(
        "resolution",
        "um",
        "width at half height of the blur of borders (estimated where absent)",
        example="0.15 um",
    ),
)

ELEMENT_RECIPES = ("gaussian-mixture", "otsu-log-ratio")
GREY_RECIPE = "grey-otsu"
_LARGE_CORRECTION = 0.02
DIFFUSE = 4.0  # px of a border from which it matters what a border is (assumed)

ONE_PHASE = Refusal(
    "one phase is found",
    rule="no two phases are supported by the data",
    remedy="Map a section that shows both phases, count longer, or map the element that tells them apart",
)


def segmentations(maps: ElementMaps, settings: Settings) -> dict[str, Segmentation | NegatrodeError]:
    """The section divided by every recipe that the maps allow, or the reason why one gives nothing.

    Raises Refusal where the maps themselves cannot be divided (too small, empty, negative counts).
    """
    check(maps)
    made: dict[str, Segmentation | NegatrodeError] = {}
    if maps.elements:
        made |= _by_elements(maps, settings)
    if maps.grey is not None:
        from negatrode.techniques.phases.segment_grey import by_grey

        try:
            made[GREY_RECIPE] = by_grey(maps, settings)
        except NegatrodeError as error:
            made[GREY_RECIPE] = error
    return made


def _by_elements(maps: ElementMaps, settings: Settings) -> dict[str, Segmentation | NegatrodeError]:
    try:
        signal = signal_of(maps, _left_out(settings))
        marks = marks_of(signal.elements, settings)
        outside = settings.optional_word("outside") or "auto"
        found = layout(signal.values, signal.noise, signal.elements, outside)
        if found.classes.count < 2:
            raise ONE_PHASE.at(maps.path)
    except NegatrodeError as error:
        return dict.fromkeys(ELEMENT_RECIPES, error)
    made: dict[str, Segmentation | NegatrodeError] = {}
    for recipe in ELEMENT_RECIPES:
        try:
            made[recipe] = _finished(
                recipe, maps, *_divided(recipe, signal, marks, found, settings), settings
            )
        except NegatrodeError as error:
            made[recipe] = error
    return made


def _left_out(settings: Settings) -> tuple[str, ...]:
    word = settings.optional_word("leave_out") if "leave_out" in settings.keys else None
    return tuple(part.strip() for part in (word or "").split(",") if part.strip())


def _divided(
    recipe: str, signal: Signal, marks: Marks, found: Layout, settings: Settings
) -> tuple[Signal, Marks, Layout, int]:
    """The signal that the recipe looks at, its layout, and the number of phases of the data."""
    phases = found.classes.count
    if recipe == "gaussian-mixture":
        return signal, marks, found, phases
    if phases > 2:
        raise Refusal(
            f"{phases} phases are found",
            rule=f"recipe '{recipe}' divides in two",
            remedy="Use gaussian-mixture",
        )
    signal = _two_marks(signal, marks, settings)
    from negatrode.techniques.phases.segment_ratio import log_ratio_rates

    part = mosaic(signal.values)
    labels = mosaic(found.labels)
    rates = log_ratio_rates(part, labels)
    out = None if found.classes.outside is None else _mean(part, labels == OUT)
    again = settled(part, Classes(rates, out, signal.noise), sigma=found.sigma)
    again = again if part is signal.values else whole(signal.values, again)
    return signal, marks, replace(again, findings=found.findings), phases


def _two_marks(signal: Signal, marks: Marks, settings: Settings) -> Signal:
    if not marks.b:
        raise MissingInput(
            f"{settings.section}.phase_b is not known",
            key=f"{settings.section}.phase_b",
            rule="the log ratio is that of the two marks, and no mapped element is Ti, Zr or a rare earth",
            remedy='Give it as phase_b = "Ti" under [phases] in SAMPLE.toml, or --set "phase_b=Ti"',
        )
    rows = [signal.elements.index(e) for e in (marks.a, marks.b)]
    return Signal((marks.a, marks.b), signal.values[rows], signal.noise[rows], signal.findings)


def _mean(values: NDArray[np.float32], mask: Mask) -> Array:
    if not mask.any():
        return np.zeros(len(values))
    return np.asarray(values[:, mask].mean(axis=1, dtype=np.float64))


def _finished(
    recipe: str,
    maps: ElementMaps,
    signal: Signal,
    marks: Marks,
    found: Layout,
    phases: int,
    settings: Settings,
) -> Segmentation:
    named = np.array([OUTSIDE, *roles(found.classes.rates, signal.elements, marks, settings)], dtype=np.int8)
    labels = np.asarray(named[found.labels], dtype=np.int8)
    if not (labels == PHASE_A).any() or len(np.unique(labels[labels != OUTSIDE])) < 2:
        raise ONE_PHASE.at(maps.path)
    sigma, stated = blur_in_pixels(maps, found.sigma, settings)
    key = f"{maps.key}:{recipe}"
    fraction = corrected(
        labels, lambda part: named[_again(part, named, found)], key=key, fwhm=FWHM * found.sigma
    )
    value, components = fraction.value, fraction.components
    diffuse: tuple[Finding, ...] = ()
    if FWHM * found.sigma >= DIFFUSE:
        by_composition = recipe == "otsu-log-ratio"
        placed = diffuse_border(signal, labels, named, found, by_composition=by_composition)
        labels, value, diffuse = placed.labels, placed.fraction, (placed.finding,)
        components = (*components, Component(placed.source, placed.u, f"{key}:definition"))
    inner, thin = interior(labels, sigma)
    notes = (*signal.findings, *marks.findings, *found.findings, stated, *thin, *diffuse)
    notes = (*notes, *_notes(phases, fraction))
    return Segmentation(recipe, labels, inner, value, components, phases, notes)


def _again(part: Labels, named: Labels, found: Layout) -> Labels:
    """Class numbers found in counts simulated from a part of the labels."""
    rng = np.random.default_rng(1)
    numbers = np.argsort(named)[np.searchsorted(np.sort(named), part)].astype(np.int8)
    classes = found.classes
    names = (*range(1, classes.count + 1), *((OUT,) if classes.outside is not None else ()))
    rates = classes.rates if classes.outside is None else np.vstack([classes.rates, classes.outside])
    shares = blurred(numbers, names, found.sigma)
    means = np.clip(np.tensordot(rates.T.astype(np.float32), shares, axes=1), 0.0, None)
    under = classes.noise[:, None, None]
    counts = (rng.poisson(means + under) - under).astype(np.float32)
    return settled(counts, classes, rounds=1, sigma=found.sigma).labels


def _notes(phases: int, fraction: Fraction) -> tuple[Finding, ...]:
    notes = [Finding("section", "the area fraction is that of this section, not of the powder")]
    if phases > 2:
        text = f"{phases} phases are supported by the data; those that are neither A nor B are labelled other"
        notes.append(Finding("phases", text, warning=True))
    else:
        notes.append(Finding("phases", "two phases are supported by the data"))
    text = f"corrected by {fraction.correction:+.2g} for borders displaced by blur and noise"
    notes.append(Finding("correction", text, warning=abs(fraction.correction) > _LARGE_CORRECTION))
    if fraction.thin:
        text = "a phase is hardly thicker than the blur of the map: its area is uncertain"
        notes.append(Finding("unresolved", text, warning=True))
    return tuple(notes)

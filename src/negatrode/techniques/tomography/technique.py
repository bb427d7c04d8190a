"""TECHNIQUE "tomography": volume fraction of A, and how far B surrounds it, in a stack of voxels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import NegatrodeError, Refusal
from negatrode.core.estimate import Component, Finding, Outcome, Recipe
from negatrode.core.recording import Plane, Recording
from negatrode.core.settings import Key, Settings
from negatrode.techniques.enclosure.contact import (
    CONTACT_SHIFT,
    MINIMUM_SHELL,
    Enclosure,
    enclosure_of_clean,
    smallest_part,
)
from negatrode.techniques.enclosure.domains import without_specks
from negatrode.techniques.phases.model import PHASE_A
from negatrode.techniques.technique import Evaluation, Technique
from negatrode.techniques.tomography.figure import TomographyFigure
from negatrode.techniques.tomography.fraction import fraction_components, volume_fraction
from negatrode.techniques.tomography.stack import labels_of, plane_of

Labels = NDArray[np.int8]

_DELESSE = "Delesse, Annales des Mines 13 (1848) 379: the volume fraction is the expected area fraction"
_CONTACT = "Area of A's surface in contact with B over all of it; Coeurjolly et al., LNCS 2616 (2003) 101"
_OTSU = "thresholds by Otsu, IEEE Trans. SMC 9 (1979) 62"
_MIXTURE = (
    "thresholds midway between the classes of a Gaussian mixture with mixed voxels (Santago, Gage 1993)"
)
GREY = ("otsu-3d", "gaussian-mixture-3d")

RECIPES = tuple(
    Recipe(prop, name, "1", f"{what}: {how}", "definition", reference, default=name == "otsu-3d")
    for prop, what, reference in (
        ("area_fraction_a", "Volume fraction of A in the material", _DELESSE),
        ("a_surrounded_by_b", "Covered share of the surface of A", _CONTACT),
    )
    for name, how in (
        ("otsu-3d", _OTSU),
        ("gaussian-mixture-3d", _MIXTURE),
        ("labels", "labels as the file has them"),
    )
)

_RANKS = ("dark", "middle", "bright")
KEYS = (
    Key("label_a", "count", "the label of phase A in a stack of labels", example="1"),
    Key("label_b", "count", "the label of phase B in a stack of labels", example="2"),
    Key("label_outside", "count", "the label of resin, air or pores in a stack of labels", example="0"),
    Key("phase_a_grey", "", "which grey of the classes phase A has", _RANKS, example="bright"),
    Key(
        "outside_grey",
        "",
        "which grey the outside of the particles has; none where the frame holds A and B alone",
        (*_RANKS, "none"),
        example="dark",
    ),
    Key("denoise", "", "how noise of grey values is taken out; gaussian where absent",
        ("gaussian", "median", "none")),
    Key("minimum_shell", "count", "voxels below which a film of B is no cover; 2 where absent", example="2"),
    Key("pixel_size", "um", "side of a voxel; no result needs it", example="0.05 um"),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Segmented:
    """Labels by one recipe, and what they give."""

    labels: Labels
    fraction: Outcome
    surrounded: Outcome | NegatrodeError
    enclosure: Enclosure | None


def evaluate(recordings: Sequence[Recording], settings: Settings) -> Evaluation:
    """All recipes on one stack.

    Raises MissingInput where labels or grey classes are not named, Refusal for more than one stack, for grey
    values without a peak a class, or for a stack without A.
    """
    if len(recordings) != 1:
        raise Refusal(
            f"{len(recordings)} stacks of voxels",
            rule="one is measured at a time",
            remedy="Give one stack a sample, or measure each alone",
        )
    recording = recordings[0]
    stated = settings.with_stated(recording.settings)
    plane = plane_of(recording)
    key = recording.source.sha256[:12]
    shell = stated.optional_count("minimum_shell")
    minimum = MINIMUM_SHELL if shell is None else float(shell)
    found: dict[str, _Segmented | NegatrodeError] = {}
    findings: tuple[Finding, ...] = ()
    grey = plane.values[:0]
    if plane.quantity == "labels":
        found["labels"] = _measured(labels_of(plane, stated), key, minimum, ())
    else:
        found, findings, grey = _grey(plane, stated, key, minimum)
    found, scale = _with_shape(found, recording)
    if all(isinstance(f, NegatrodeError) for f in found.values()):
        raise next(f for f in found.values() if isinstance(f, NegatrodeError))
    shown = next(f for f in found.values() if isinstance(f, _Segmented))
    size = stated.optional_quantity("pixel_size")
    recipe = "labels" if plane.quantity == "labels" else next(iter(found))
    return Evaluation(
        {
            "area_fraction_a": {n: f.fraction if isinstance(f, _Segmented) else f for n, f in found.items()},
            "a_surrounded_by_b": {
                n: f.surrounded if isinstance(f, _Segmented) else f for n, f in found.items()
            },
        },
        {"": (*findings, *scale), "area_fraction_a": (Finding("volume-fraction", _DELESSE),)},
        figure_of(recording.source.path, shown, grey, size),
        preferred={"area_fraction_a": recipe, "a_surrounded_by_b": recipe},
    )


def _grey(
    plane: Plane, settings: Settings, key: str, minimum: float
) -> tuple[dict[str, _Segmented | NegatrodeError], tuple[Finding, ...], NDArray[np.float32]]:
    """Both grey recipes; what they differ by is a component of each."""
    from negatrode.techniques.tomography.grey_levels import BLUR, denoised
    from negatrode.techniques.tomography.segmentation import classes_of, grey_labels

    method = settings.optional_word("denoise") or "gaussian"
    clean = denoised(plane.values, method)
    classes = classes_of(clean, settings)
    found: dict[str, _Segmented | NegatrodeError] = {}
    for recipe in GREY:
        try:
            made = grey_labels(clean, classes, recipe, least_blur=BLUR[method])
            found[recipe] = _measured(made.labels, key, minimum, made.findings, film=made.film)
        except Refusal as refusal:
            found[recipe] = refusal
    return _with_spread(found, key), classes.findings, clean


def _measured(
    raw: Labels, key: str, minimum: float, findings: tuple[Finding, ...], *, film: float = 0.0
) -> _Segmented:
    minimum = max(minimum, round(film, 1))
    labels, specks = without_specks(raw, smallest_part(minimum, 3))
    if specks:
        text = f"{specks} parts below {smallest_part(minimum, 3)} voxels taken as errors of the segmentation"
        findings = (*findings, Finding("specks", text))
    fraction = volume_fraction(labels)
    components = fraction_components(labels, fraction, key)
    outcome = Outcome(fraction, components, findings=findings, bounds=(0.0, 1.0))
    try:
        # contact lines are not known better than half the layer of mixed voxels
        shift = max(CONTACT_SHIFT, 0.5 * film)
        made = enclosure_of_clean(
            labels, specks=0, seed=0, key=key, minimum_shell=minimum, contact_shift=shift
        )
    except Refusal as refusal:
        return _Segmented(labels, outcome, refusal, None)
    notes = (*findings, *made.findings)
    surrounded = Outcome(made.fraction, made.components, findings=notes, bounds=(0.0, 1.0))
    return _Segmented(labels, outcome, surrounded, made)


def _with_spread(
    found: dict[str, _Segmented | NegatrodeError], key: str
) -> dict[str, _Segmented | NegatrodeError]:
    """Both recipes with their difference as a component: bound of a uniform error (GUM 4.3.7)."""
    first, second = (found[name] for name in GREY)
    if not isinstance(first, _Segmented) or not isinstance(second, _Segmented):
        return found
    volume = _difference(first.fraction, second.fraction)
    contact = _difference(first.surrounded, second.surrounded)
    spread = dict(found)
    for name, made in zip(GREY, (first, second), strict=True):
        surrounded = made.surrounded
        if isinstance(surrounded, Outcome):
            surrounded = _added(surrounded, contact, f"{key}:thresholds-contact")
        fraction = _added(made.fraction, volume, f"{key}:thresholds-volume")
        spread[name] = replace(made, fraction=fraction, surrounded=surrounded)
    return spread


def _with_shape(
    found: dict[str, _Segmented | NegatrodeError], recording: Recording
) -> tuple[dict[str, _Segmented | NegatrodeError], tuple[Finding, ...]]:
    """Surfaces need voxels of equal sides: refused where the file states others, said where it is silent."""
    spacing = recording.metadata.get("slice spacing")
    if spacing is None:
        return found, ()
    if spacing == "not stated":
        text = "the file does not state the distance of slices; voxels are taken as cubes"
        return found, (Finding("voxel-shape", text, warning=True),)
    refusal = Refusal(
        f"slices {spacing} apart, which is not the side of a pixel",
        where=recording.source.path,
        rule="areas of surfaces are measured on voxels of equal sides",
        remedy="Resample the stack to cubes",
    )
    return {
        n: replace(f, surrounded=refusal, enclosure=None) if isinstance(f, _Segmented) else f
        for n, f in found.items()
    }, ()


def _difference(first: Outcome | NegatrodeError, second: Outcome | NegatrodeError) -> float:
    both = [o.value for o in (first, second) if isinstance(o, Outcome) and o.value is not None]
    return abs(both[0] - both[1]) if len(both) == 2 else 0.0


def _added(outcome: Outcome, bound: float, key: str) -> Outcome:
    extra = Component("choice of the thresholds", bound / math.sqrt(3.0), key)
    return replace(outcome, components=(*outcome.components, extra)) if bound > 0.0 else outcome


def figure_of(
    path: str, shown: _Segmented, grey: NDArray[np.float32], voxel_size: float | None
) -> TomographyFigure:
    """The arrays that the report draws: slices through the voxel of A nearest to the middle of the stack."""
    labels = shown.labels
    places = np.argwhere(labels == PHASE_A)
    middle = np.array(labels.shape) / 2.0
    z, y, x = (int(v) for v in places[np.abs(places - middle).sum(axis=1).argmin()])
    made = shown.enclosure
    return TomographyFigure(
        path,
        (labels[z].copy(), labels[:, y].copy(), labels[:, :, x].copy()),
        (grey[z].copy(), grey[:, y].copy(), grey[:, :, x].copy()) if grey.size else (),
        (z, y, x),
        made.contacts / made.lengths if made else np.empty(0),
        float(shown.fraction.value or 0.0),
        made.fraction if made else None,
        voxel_size,
    )


TECHNIQUE = Technique(
    "tomography", "tomography", "Phases in a stack of voxels", ("voxels",), RECIPES, KEYS, evaluate
)

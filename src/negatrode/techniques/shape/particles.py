"""Particles of pictures and of traced outlines: which are whole, and what each measures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError, Refusal
from negatrode.core.estimate import Finding
from negatrode.core.recording import Outline, Recording
from negatrode.core.settings import Settings
from negatrode.techniques.shape import contour as geometry
from negatrode.techniques.shape import morphology
from negatrode.techniques.shape.morphology import Array, Mask
from negatrode.techniques.shape.segmentation import SPECK, Scene, segment

MINIMUM_DIAMETER = 20  # px; below it a pixel at the outline is over 1 % of the perimeter
TOUCH = 1.0  # px from the frame: a hand-traced outline that near is cut by it
WHOLE_SOLIDITY = 0.85
CUT_SHARE = 0.20  # of the outline shared with neighbours; more hides too much of the particle
SELECTIONS = ((0.80, 0.30), (0.90, 0.12))  # other choices of the two, lax and strict
LARGEST_RASTER = 2000.0  # px: a larger outline is scaled down for the pixel recipes
VARIED = 24  # particles on which the choices of segmentation are varied
THRESHOLD_SHIFT = 0.15  # of the contrast
SMOOTHINGS = (0.75, 2.5)  # px

RECIPES = ("l-ratio", "l-ratio-crofton", "circularity", "pixel-4", "pixel-8")


@dataclass(frozen=True, eq=False)
class Particles:
    """The particles of one picture (or traced on one picture).

    ``values``: by recipe, one value a whole particle, shape (n,). ``variants``: mean change of the
    l-ratio under other thresholds and smoothings; ``selections``: its change under laxer and stricter rules
    of what is whole. ``traced``: vertices of each outline, 0 in pictures.
    """

    path: str
    sha: str
    picture: NDArray[np.uint8]
    outlines: tuple[Array, ...]
    excluded: tuple[tuple[Array, str], ...]
    values: dict[str, Array]
    diameter: Array
    counts: dict[str, int]
    variants: tuple[float, ...]
    selections: tuple[float, ...]
    traced: NDArray[np.int64]
    findings: tuple[Finding, ...]


def particles_of(recording: Recording, settings: Settings) -> list[Particles]:
    """Particles of one recording: of its picture, or of every picture that was traced."""
    if recording.picture is not None:
        return [_of_picture(recording, recording.picture.values, settings)]
    if not recording.outlines:
        raise Refusal("there is neither a picture nor an outline", where=recording.source.path)
    return _of_outlines(recording, settings)


def _of_picture(recording: Recording, values: Array, settings: Settings) -> Particles:
    smallest = settings.optional_count("minimum_diameter")
    least = MINIMUM_DIAMETER if smallest is None else smallest
    crop = settings.optional_count("crop_bottom")
    polarity = settings.optional_word("particles")
    path = recording.source.path
    scene = segment(values, polarity=polarity, crop_bottom=crop, where=path)
    candidates, excluded = _candidates(scene, float(max(least, SPECK)))
    whole = [c for c in candidates if c.is_whole(WHOLE_SOLIDITY, CUT_SHARE)]
    excluded += [(c.placed, "clump") for c in candidates if not c.is_whole(WHOLE_SOLIDITY, CUT_SHARE)]
    rows = [_measured(c.own, c.outline) for c in whole]
    outlines = tuple(c.outline for c in whole)
    counts = {"whole": len(whole)}
    for _, reason in excluded:
        counts[reason] = counts.get(reason, 0) + 1
    return Particles(
        path=path,
        sha=recording.source.sha256,
        picture=_as_bytes(values[: scene.rows]),
        outlines=tuple(c.placed for c in whole),
        excluded=tuple(excluded),
        values=_columns(rows),
        diameter=np.array([geometry.equal_area_diameter(geometry.area(o)) for o in outlines]),
        counts=counts,
        variants=_variants(scene, whole),
        selections=_selections(candidates, whole),
        traced=np.zeros(len(whole), dtype=np.int64),
        findings=_picture_findings(scene, len(values), polarity, crop, least, smallest is None),
    )


Box = tuple[slice, slice]


@dataclass(frozen=True, eq=False)
class _Candidate:
    """A particle away from the frame and large enough; its outline in the coordinates of its box."""

    box: Box
    own: Mask
    outline: Array
    solidity: float
    cut: float

    @property
    def placed(self) -> Array:
        """The outline in the coordinates of the picture."""
        return _placed(self.outline, self.box)

    def is_whole(self, least_solidity: float, most_cut: float) -> bool:
        """Whether it is convex enough, and shares little enough of its outline with neighbours."""
        return self.solidity >= least_solidity and self.cut <= most_cut


def _placed(outline: Array, box: Box) -> Array:
    return np.asarray(outline + np.array([box[1].start, box[0].start]), dtype=float)


def _grown(box: Box, shape: tuple[int, ...], by: int = 2) -> Box:
    rows, columns = (
        slice(max(s.start - by, 0), min(s.stop + by, size)) for s, size in zip(box, shape, strict=True)
    )
    return rows, columns


def _candidates(scene: Scene, least: float) -> tuple[list[_Candidate], list[tuple[Array, str]]]:
    """Particles that may be whole, and those at the frame or too small with the reason."""
    from scipy.ndimage import binary_fill_holes, find_objects

    candidates: list[_Candidate] = []
    excluded: list[tuple[Array, str]] = []
    shape = scene.labels.shape
    for number, found in enumerate(find_objects(scene.labels), start=1):
        if found is None:
            continue
        at_edge = any(s.start <= 1 or s.stop >= size - 1 for s, size in zip(found, shape, strict=True))
        box = _grown(found, shape)
        labels = scene.labels[box]
        own = np.asarray(binary_fill_holes(labels == number))
        outline = geometry.particle_contour(scene.field[box], own, ground=scene.ground)
        size = geometry.equal_area_diameter(geometry.area(outline)) if len(outline) >= 3 else 0.0
        if size < SPECK:
            continue
        if at_edge or size < least:
            excluded.append((_placed(outline, box), "edge" if at_edge else "small"))
            continue
        cut = _cut_share(labels, own, outline)
        candidates.append(_Candidate(box, own, outline, geometry.solidity(outline), cut))
    return candidates, excluded


def _selections(candidates: Sequence[_Candidate], whole: Sequence[_Candidate]) -> tuple[float, ...]:
    """Change of the mean l-ratio when what counts as whole is chosen laxer or stricter."""
    if not whole:
        return ()
    mean = float(np.mean([_ratio(c.outline) for c in whole]))
    changes = []
    for rule in SELECTIONS:
        chosen = [_ratio(c.outline) for c in candidates if c.is_whole(*rule)]
        changes.append(float(np.mean(chosen)) - mean if chosen else 0.0)
    return tuple(changes)


def _cut_share(labels: NDArray[np.int32], own: Mask, outline: Array) -> float:
    """Share of the outline that is a cut towards a neighbour."""
    other = (labels > 0) & ~own
    if not other.any():
        return 0.0
    touching = int((own[1:] & other[:-1]).sum() + (own[:-1] & other[1:]).sum())
    touching_across = int((own[:, 1:] & other[:, :-1]).sum() + (own[:, :-1] & other[:, 1:]).sum())
    return math.hypot(touching, touching_across) / geometry.perimeter(outline)


def _measured(own: Mask, outline: Array) -> tuple[float, ...]:
    """One particle under each of RECIPES."""
    ratio = geometry.l_ratio(geometry.area(outline), geometry.perimeter(outline))
    pixels = float(own.sum())
    lengths = morphology.pixel_perimeters(np.pad(own, 2))
    crofton, four, eight = (geometry.l_ratio(pixels, length) for length in lengths)
    return ratio, crofton, ratio**2, four, eight


def _columns(rows: Sequence[tuple[float, ...]]) -> dict[str, Array]:
    table = np.array(rows, dtype=float).reshape(-1, len(RECIPES))
    return {name: table[:, i] for i, name in enumerate(RECIPES)}


def _variants(scene: Scene, whole: Sequence[_Candidate]) -> tuple[float, ...]:
    """Mean change of the l-ratio under two other thresholds and two other smoothings."""
    chosen = whole[:: max(1, math.ceil(len(whole) / VARIED))]
    if not chosen:
        return ()
    settings = [(s, geometry.SMOOTHING) for s in (-THRESHOLD_SHIFT, THRESHOLD_SHIFT)]
    settings += [(0.0, sigma) for sigma in SMOOTHINGS]
    changes = []
    for shift, sigma in settings:
        found = []
        for c in chosen:
            other = geometry.particle_contour(
                scene.field[c.box], c.own, ground=scene.ground, shift=shift, sigma=sigma
            )
            if len(other) >= 3:
                found.append(_ratio(other) - _ratio(c.outline))
        changes.append(float(np.mean(found)) if found else 0.0)
    return tuple(changes)


def _ratio(outline: Array) -> float:
    return geometry.l_ratio(geometry.area(outline), geometry.perimeter(outline))


def _as_bytes(values: Array) -> NDArray[np.uint8]:
    low, high = float(values.min()), float(values.max())
    return np.asarray(np.rint((values - low) * (255.0 / max(high - low, 1e-300))), dtype=np.uint8)


def _picture_findings(
    scene: Scene, rows: int, polarity: str | None, crop: int | None, least: int, is_default: bool
) -> tuple[Finding, ...]:
    found = []
    if polarity is None:
        text = f"{scene.polarity} particles, read from the picture"
        if not scene.sure:
            text += "; both readings are possible, say it with images.particles"
        found.append(Finding("polarity", text, warning=not scene.sure))
    if crop is None and scene.rows < rows:
        found.append(
            Finding("info-bar", f"the lowest {rows - scene.rows} rows are an information bar, cropped")
        )
    if is_default:
        text = f"particles under {least} px across are left out: their perimeter is biased by the pixels"
        found.append(Finding("minimum-diameter", text))
    return tuple(found)


def _of_outlines(recording: Recording, settings: Settings) -> list[Particles]:
    names = list(dict.fromkeys(o.picture for o in recording.outlines))
    wanted = settings.optional_word("picture")
    if wanted is not None and wanted not in names:
        known = ", ".join(f"'{n}'" for n in names[:8])
        raise InputError(f"no picture '{wanted}'", where=recording.source.path, rule=f"the file has {known}")
    least = float(settings.optional_count("minimum_diameter") or 0)
    frame = _frame(recording.outlines)
    return [
        _traced(recording, [o for o in recording.outlines if o.picture == name], name, frame, least)
        for name in names
        if wanted in (None, name)
    ]


def _frame(outlines: Sequence[Outline]) -> tuple[Array, Array]:
    """Extent of all outlines of a file: the pictures are of one microscope, their size is not stated."""
    points = np.vstack([o.vertices for o in outlines])
    return points.min(axis=0), points.max(axis=0)


def _traced(
    recording: Recording, outlines: Sequence[Outline], name: str, frame: tuple[Array, Array], least: float
) -> Particles:
    kept: list[Array] = []
    excluded: list[tuple[Array, str]] = []
    for outline in outlines:
        points = outline.vertices
        size = geometry.equal_area_diameter(geometry.area(points))
        at_edge = bool(
            np.any(points.min(axis=0) <= frame[0] + TOUCH) or np.any(points.max(axis=0) >= frame[1] - TOUCH)
        )
        if at_edge and len(outlines) > 4:
            excluded.append((points, "edge"))
        elif size < max(least, 1.0):
            excluded.append((points, "small"))
        else:
            kept.append(points)
    rows = [_measured_polygon(points) for points in kept]
    counts = {"whole": len(kept)}
    for _, reason in excluded:
        counts[reason] = counts.get(reason, 0) + 1
    extent = f"{frame[0][0]:.0f}-{frame[1][0]:.0f} x {frame[0][1]:.0f}-{frame[1][1]:.0f} px"
    text = f"the size of '{name}' is not stated; outlines at the extent of all ({extent}) count as cut"
    return Particles(
        path=f"{recording.source.path} '{name}'",
        sha=recording.source.sha256,
        picture=np.zeros((0, 0), dtype=np.uint8),
        outlines=tuple(kept),
        excluded=tuple(excluded),
        values=_columns(rows),
        diameter=np.array([geometry.equal_area_diameter(geometry.area(p)) for p in kept]),
        counts=counts,
        variants=(),
        selections=(),
        traced=np.array([len(p) for p in kept], dtype=np.int64),
        findings=(Finding("frame-from-outlines", text),),
    )


def _measured_polygon(points: Array) -> tuple[float, ...]:
    """One traced outline under each of RECIPES; the pixel recipes on its raster."""
    extent = float(np.ptp(points, axis=0).max())
    scale = min(1.0, LARGEST_RASTER / extent)
    placed = (points - points.min(axis=0)) * scale + 1.0
    columns, rows = (int(n) for n in np.ceil(placed.max(axis=0)) + 2.0)
    own = morphology.raster(placed, (rows, columns))
    if own.any():
        return _measured(own, points)
    ratio = _ratio(points)
    return ratio, math.nan, ratio**2, math.nan, math.nan

"""The figure of a section, reduced to the size of a page."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import NegatrodeError
from negatrode.core.estimate import combined
from negatrode.core.recording import SpectrumImage
from negatrode.techniques.enclosure import Enclosure
from negatrode.techniques.phases.composition import PHASES, PhaseContents
from negatrode.techniques.phases.figure import Bar, PhasesFigure, binned, reduction, scaled
from negatrode.techniques.phases.model import ElementMaps, Segmentation


def drawn(
    maps: ElementMaps,
    segmentation: Segmentation,
    edges: Enclosure | None,
    contents: Mapping[str, PhaseContents | NegatrodeError],
    marks: tuple[str, str],
    spectra: SpectrumImage | None = None,
) -> PhasesFigure:
    """The figure of one segmentation; ``edges`` None where the enclosure is undecided.

    ``spectra``: a hypermap on the grid of the labels, for the sum spectra of the phases.
    """
    same = spectra is not None and spectra.counts.shape[:2] == segmentation.labels.shape
    sums = spectra if same else None
    step = reduction((segmentation.labels.shape[0], segmentation.labels.shape[1]))
    none = np.empty((0, 2), dtype=np.float32)
    planes = [scaled(binned(plane, step)) for plane in maps.values]
    labels = segmentation.labels[step // 2 :: step, step // 2 :: step]
    return PhasesFigure(
        path=maps.path,
        title=f"{maps.detector.upper()} maps".strip() if maps.elements else "electron image",
        recipe=segmentation.recipe,
        labels=labels,
        elements=maps.elements,
        maps=np.stack(planes) if planes else np.empty((0, *labels.shape), dtype=np.float32),
        grey=None if maps.grey is None else scaled(binned(maps.grey, step)),
        boundary_ab=none if edges is None else _reduced(edges.boundary_ab, step),
        boundary_other=none if edges is None else _reduced(edges.boundary_other, step),
        bars=tuple(b for phase, c in contents.items() for b in _bars(phase, c)),
        mark_a=marks[0],
        mark_b=marks[1],
        pixel_size=None if maps.pixel_size is None else maps.pixel_size * step,
        area_fraction_a=segmentation.fraction_a,
        energy=np.empty(0) if sums is None else spectrum_energies(sums),
        spectra={} if sums is None else phase_spectra(sums, segmentation),
    )


def drawn_points(
    contents: Mapping[str, PhaseContents | NegatrodeError], path: str, recipe: str
) -> PhasesFigure:
    """The contents of point analyses alone: no section to show."""
    none = np.empty((0, 2), dtype=np.float32)
    return PhasesFigure(
        path=path,
        title="point analyses",
        recipe=recipe,
        labels=np.empty((0, 0), dtype=np.int8),
        elements=(),
        maps=np.empty((0, 0, 0), dtype=np.float32),
        grey=None,
        boundary_ab=none,
        boundary_other=none,
        bars=tuple(b for phase, c in contents.items() for b in _bars(phase, c)),
        mark_a="",
        mark_b="",
        pixel_size=None,
        area_fraction_a=None,
        energy=np.empty(0),
        spectra={},
    )


def spectrum_energies(spectra: SpectrumImage) -> NDArray[np.float64]:
    """Energies of the channels in keV."""
    return spectra.offset + spectra.width * np.arange(spectra.counts.shape[2], dtype=float)


def phase_spectra(spectra: SpectrumImage, segmentation: Segmentation) -> dict[str, NDArray[np.float64]]:
    """Mean spectrum a pixel of the interior of each phase, counts by channel."""
    found = {}
    for phase, code in PHASES.items():
        inside = (segmentation.labels == code) & segmentation.interior
        if inside.any():
            found[phase] = spectra.counts[inside].sum(axis=0, dtype=float) / float(inside.sum())
    return found


def _reduced(places: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    """Places on the reduced grid (pixel centres are whole numbers on both)."""
    return ((places + 0.5) / step - 0.5).astype(np.float32)


def _bars(phase: str, contents: PhaseContents | NegatrodeError) -> list[Bar]:
    if isinstance(contents, NegatrodeError):
        return []
    bars = []
    for i, element in enumerate(contents.elements):
        found = contents.significant(element)
        value = float(contents.values[i]) if found else None
        limit = None if found else contents.limits[i].detection
        bars.append(Bar(phase, element, value, combined(contents.components[i]), limit))
    return bars

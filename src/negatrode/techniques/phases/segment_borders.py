"""How far the signal of a phase reaches over a border, and which pixels lie beyond that."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import MissingInput
from negatrode.core.estimate import Finding
from negatrode.core.settings import Settings
from negatrode.techniques.phases.model import OUTSIDE, ElementMaps
from negatrode.techniques.phases.segment_classes import FWHM, border_distance

Labels = NDArray[np.int8]
Mask = NDArray[np.bool_]

FEWEST_INNER = 40  # px of a phase's interior below which the distance kept from borders is halved


def blur_in_pixels(maps: ElementMaps, found: float, settings: Settings) -> tuple[float, Finding]:
    """Standard deviation of the blur, px: by the declared resolution, or as found; and what to say of it."""
    declared = settings.optional_quantity("resolution")
    if declared is not None:
        if maps.pixel_size is None:
            raise MissingInput(
                "the size of a pixel is not known",
                key=f"{settings.section}.pixel_size",
                rule="a resolution in um needs it",
                remedy='Give it as pixel_size = "0.1 um" under [phases] in SAMPLE.toml',
            )
        sigma = declared * 1e-6 / maps.pixel_size / FWHM
        return sigma, Finding("resolution", f"resolution {declared:.3g} um, as declared")
    size = f" ({FWHM * found * maps.pixel_size * 1e6:.3g} um)" if maps.pixel_size else ""
    text = f"borders are {FWHM * found:.2g} pixels{size} wide at half height, found from their blur"
    return found, Finding("resolution", text)


def interior(labels: Labels, sigma: float) -> tuple[Mask, tuple[Finding, ...]]:
    """Pixels at least one width at half height of the blur from any border: the neighbour adds under 1 %.

    A phase that has hardly any such pixel keeps half that distance (12 % mixed in at most), with a finding.
    """
    distance = border_distance(labels)
    inner = distance >= max(FWHM * sigma, 1.0)
    findings = []
    for k in np.unique(labels[labels != OUTSIDE]):
        held = labels == k
        if int((inner & held).sum()) >= FEWEST_INNER:
            continue
        inner |= held & (distance >= max(0.5 * FWHM * sigma, 1.0))
        name = {1: "A", 2: "B"}.get(int(k), "a further phase")
        text = (
            f"layers of {name} are thinner than the blur: up to 12 % of the neighbour mixes into its interior"
        )
        findings.append(Finding("thin-phase", text, warning=True))
    return inner & (labels != OUTSIDE), tuple(findings)

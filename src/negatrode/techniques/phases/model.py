"""What the steps of phase analysis hand to each other: element maps, and the labelled section.

The order of the steps is maps (extraction, registration) -> segmentation -> composition and enclosure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from negatrode.core.estimate import Component, Finding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Labels of a section. OUTSIDE is resin, vacuum or pore: not the material of a particle.
OUTSIDE, PHASE_A, PHASE_B, OTHER = 0, 1, 2, 3


@dataclass(frozen=True, eq=False)
class ElementMaps:
    """Element maps on one grid, registered.

    Attributes
    ----------
    elements:
        Chemical symbols, in the order of the first axis of ``values``.
    values:
        Shape (elements, rows, columns), in ``quantity``.
    quantity:
        "counts" (net or gross X-ray counts a pixel, Poisson distributed), "wt%" or "at%".
    detector:
        "eds" or "wds", "" where nobody says.
    lines:
        X-ray line by element ("Ka"), "" where not stated.
    grey:
        An electron image on the same grid, or None; shape (rows, columns).
    pixel_size:
        Side of a pixel in metres, or None.
    background:
        Counts a pixel that lie under each line (same shape as ``values``), or None where not known.
    key:
        Prefix of the keys of uncertainty components (the start of the file's hash).
    """

    elements: tuple[str, ...]
    values: NDArray[np.float32]
    quantity: str
    detector: str = ""
    lines: tuple[str, ...] = ()
    grey: NDArray[np.float32] | None = None
    pixel_size: float | None = None
    background: NDArray[np.float32] | None = None
    path: str = ""
    key: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return int(self.values.shape[1]), int(self.values.shape[2])


@dataclass(frozen=True, eq=False)
class Segmentation:
    """A section divided into phases by one recipe.

    Attributes
    ----------
    recipe:
        Its name ("otsu-log-ratio", "gaussian-mixture", "grey-otsu").
    labels:
        OUTSIDE, PHASE_A, PHASE_B or OTHER by pixel; int8, shape (rows, columns).
    interior:
        Pixels far enough from any boundary that no signal of another phase mixes in (erosion by the
        resolution found or declared); bool, same shape. Composition is taken there.
    fraction_a:
        Area of A over the area of the material (everything but OUTSIDE), corrected for misclassification
        where the recipe can.
    fraction_components:
        Its uncertainty by source.
    phases_found:
        Number of phases of the material that the data support (OUTSIDE not counted).
    """

    recipe: str
    labels: NDArray[np.int8]
    interior: NDArray[np.bool_]
    fraction_a: float
    fraction_components: tuple[Component, ...]
    phases_found: int
    findings: tuple[Finding, ...] = ()

"""Tables of elemental analysis of a known sample, as a CHN analyser's csv export has them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TrueComposition:
    """Dry composition in wt% and the water in the sample as analysed, in wt%."""

    carbon: float
    hydrogen: float
    nitrogen: float
    moisture: float = 0.0

    def atomic_ratio(self) -> float:
        """Hydrogen atoms per carbon atom of the dry sample (IUPAC 1997 standard atomic weights)."""
        return (self.hydrogen / 1.00794) / (self.carbon / 12.0107)


def simulate_analyses(
    truth: TrueComposition,
    n: int,
    rng: np.random.Generator,
    *,
    calibration: tuple[float, float, float] = (0.0, 0.0, 0.0),
    repeatability: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> NDArray[np.float64]:
    """Weight per cents (n, 3) of C, H, N of the moist sample.

    One calibration error an element for all analyses, drawn with the standard deviation given, and an
    error of each analysis of its own.
    """
    solid = 1.0 - truth.moisture / 100.0
    # water, H2O, brings 2.01588 g of hydrogen in 18.01528 g
    moist = np.array(
        [
            truth.carbon * solid,
            truth.hydrogen * solid + truth.moisture * 2.01588 / 18.01528,
            truth.nitrogen * solid,
        ]
    )
    common = rng.normal(0.0, 1.0, 3) * np.asarray(calibration)
    return np.asarray(moist + common + rng.normal(0.0, 1.0, (n, 3)) * np.asarray(repeatability))


def analyser_csv(analyses: NDArray[np.float64]) -> str:
    """The analyses as a csv export, a line an analysis."""
    lines = ["Sample,C [wt%],H [wt%],N [wt%]"]
    lines += [f"HC-{i},{c:.4f},{h:.4f},{n:.4f}" for i, (c, h, n) in enumerate(analyses, start=1)]
    return "\n".join(lines) + "\n"

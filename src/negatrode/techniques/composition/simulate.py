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


@dataclass(frozen=True)
class FusionRun:
    """Simulated readings of a fusion analyser: masses in g (n,), raw O and N in wt% (n, 2), blanks (k, 2).

    The blank readings are in wt% of a nominal mass of 1 g, as analysers book them.
    """

    masses: NDArray[np.float64]
    contents: NDArray[np.float64]
    blanks: NDArray[np.float64]


def simulate_fusion(
    contents: tuple[float, float],
    n: int,
    rng: np.random.Generator,
    *,
    calibration: tuple[float, float] = (0.0, 0.0),
    repeatability: tuple[float, float] = (0.0, 0.0),
    crucible: tuple[float, float] = (0.0, 0.0),
    crucible_spread: float = 0.0,
    blanks: int = 0,
) -> FusionRun:
    """Oxygen and nitrogen that a graphite crucible with sample and flux releases, over the sample's mass.

    ``contents`` true wt% of O and N; ``calibration`` standard deviations in wt%, one error for all runs;
    ``repeatability`` in wt% of each run; ``crucible`` the blank in 0.01 g of the element (so that it is
    wt% of 1 g) with the relative standard deviation ``crucible_spread`` from crucible to crucible.
    """
    masses = rng.uniform(0.05, 0.15, n)
    true = np.asarray(contents) + rng.normal(0.0, 1.0, 2) * np.asarray(calibration)
    released = np.asarray(crucible) * (1.0 + crucible_spread * rng.normal(0.0, 1.0, (n + blanks, 2)))
    raw = true + released[:n] / masses[:, None]
    return FusionRun(masses, raw + rng.normal(0.0, 1.0, (n, 2)) * np.asarray(repeatability), released[n:])


def fusion_csv(run: FusionRun) -> str:
    """The runs as an O/N analyser exports them: nitrogen in ppm, blanks as rows of 1 g."""
    lines = ["Name,Mass (g),Oxygen (%),Nitrogen (ppm)"]
    lines += [f"Blank,1.0000,{o:.7f},{1e4 * n:.4f}" for o, n in run.blanks]
    lines += [
        f"alloy-{i},{m:.6f},{o:.6f},{1e4 * n:.3f}"
        for i, (m, (o, n)) in enumerate(zip(run.masses, run.contents, strict=True), start=1)
    ]
    return "\n".join(lines) + "\n"


def simulate_minor(
    contents: tuple[float, float, float],
    n: int,
    rng: np.random.Generator,
    *,
    calibration: tuple[float, float, float] = (0.0, 0.0, 0.0),
    repeatability: float = 0.0,
    limit: float = 0.0,
) -> str:
    """F, S and P in wt% as a laboratory's report lists them; contents below ``limit`` as "<limit".

    Standard deviations in wt%: one calibration error an element for all runs, one error of each cell.
    """
    true = np.asarray(contents) + rng.normal(0.0, 1.0, 3) * np.asarray(calibration)
    cells = true + rng.normal(0.0, repeatability, (n, 3))
    lines = ["Sample,F [wt%],S [wt%],P [wt%]"]
    for i, row in enumerate(cells, start=1):
        shown = [f"<{limit:g}" if x < limit else f"{x:.5f}" for x in row]
        lines.append(f"alloy-{i},{','.join(shown)}")
    return "\n".join(lines) + "\n"

"""The diffraction pattern: background, fitted band, and the d002 of each recipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from negatrode.core.estimate import Estimate
from negatrode.report.figures.canvas import COLOURS, INK, SOFT, Drawing, Limits, legend, panels, svg
from negatrode.techniques.diffraction.figure import DiffractionFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(figure: DiffractionFigure, estimates: Mapping[str, Estimate], _limits: Limits) -> Iterator[Drawing]:
    """Two panels: the pattern around the 002 band, and d002 under every recipe."""
    canvas, axes = panels(2, height=4.3, width_ratios=(1.7, 1.0))
    _pattern(axes[0], figure)
    _recipes(axes[1], figure, estimates.get("d002"))
    shift = f"2 theta corrected by {-figure.zero:+.3f}°. " if figure.zero else "2 theta as measured. "
    yield Drawing(
        "X-ray diffraction: the 002 band",
        svg(canvas, name="xrd"),
        f"{figure.path}, wavelength {figure.wavelength:.5f} nm. {shift}Left: counts, the straight "
        "background between the feet, the fitted band; the short bars at the top are the positions that the "
        "recipes take, in the colours of the right panel. Right: d002 of each recipe (crosses: not "
        "admissible); the bar is the 95 % interval of the chosen one.",
    )


def _pattern(ax: Axes, figure: DiffractionFigure) -> None:
    low, high = figure.window
    seen = (figure.two_theta > low - 5.0) & (figure.two_theta < high + 8.0)
    x, y = figure.two_theta[seen], figure.intensity[seen]
    masked = figure.masked[seen]
    ax.plot(x, y, ".", ms=2.2, color="#9aa7b4", label="measured", rasterized=False)
    if masked.any():
        ax.plot(x[masked], y[masked], "x", ms=4, color=COLOURS[1], label="sharp lines, left out")
    inside = (figure.two_theta >= low) & (figure.two_theta <= high)
    ax.plot(
        figure.two_theta[inside], figure.background[inside], color=SOFT, lw=1.4, ls="--", label="background"
    )
    if np.isfinite(figure.fitted).any():
        ax.plot(figure.two_theta, figure.fitted, color=COLOURS[0], lw=1.8, label="fitted band and background")
    top = float(np.percentile(y[~masked], 99.8)) if (~masked).any() else float(y.max())
    ax.set_ylim(0.0, 1.18 * top)
    ax.set_xlim(x[0], x[-1])
    for name, (place, _) in figure.marks.items():
        ax.axvline(place, ymin=0.90, ymax=0.99, color=_colour(figure, name), lw=2)
    ax.set(xlabel="2θ / deg", ylabel="counts")
    legend(ax, loc="upper right")


def _colour(figure: DiffractionFigure, recipe: str) -> str:
    """The same colour in both panels."""
    return (*COLOURS[1:], INK)[list(figure.marks).index(recipe) % len(COLOURS)]


def _recipes(ax: Axes, figure: DiffractionFigure, estimate: Estimate | None) -> None:
    names = list(figure.marks)
    admissible = {a.recipe: a.admissible for a in estimate.alternatives} if estimate else {}
    for row, name in enumerate(names):
        good = admissible.get(name, True)
        marker = "o" if good else "x"
        ax.plot(figure.marks[name][1], row, marker, ms=7, mew=1.8, color=_colour(figure, name), mfc="white")
    if estimate is not None and estimate.value is not None and estimate.recipe in names:
        row = names.index(estimate.recipe)
        low, high = estimate.interval95
        ax.plot([low, high], [row, row], color=_colour(figure, estimate.recipe), lw=3)
        ax.plot(estimate.value, row, "o", ms=8, color=_colour(figure, estimate.recipe))
    ax.set_yticks(range(len(names)), names, fontsize=9)
    ax.invert_yaxis()
    ax.margins(x=0.15)
    ax.locator_params(axis="x", nbins=5)
    ax.set_xlabel("d002 / nm")

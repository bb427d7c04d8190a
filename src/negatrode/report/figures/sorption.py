"""The isotherm with its BET window, and all the windows that could have been chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from negatrode.core.estimate import Estimate
from negatrode.report.figures.canvas import COLOURS, INK, SOFT, Drawing, Limits, legend, panels, svg
from negatrode.techniques.sorption.figure import SorptionFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(figure: SorptionFigure, estimates: Mapping[str, Estimate], _limits: Limits) -> Iterator[Drawing]:
    """Three panels: isotherm, BET line, area of every admissible window."""
    canvas, axes = panels(3, height=3.9, width_ratios=(1.2, 1.0, 1.0))
    _isotherm(axes[0], figure)
    _bet_line(axes[1], figure)
    _windows(axes[2], figure, estimates.get("specific_surface_area"))
    yield Drawing(
        "Nitrogen isotherm and BET area",
        svg(canvas, name="sorption"),
        f"{figure.path}. Left: the branches, the chosen window shaded. Middle: the BET plot with its line. "
        f"Right: the area of each of the {len(figure.windows)} admissible windows. {figure.chosen_reason}",
    )


def _isotherm(ax: Axes, figure: SorptionFigure) -> None:
    style: dict[str, Any] = {"marker": "o", "ms": 3, "lw": 1}
    ax.plot(
        figure.adsorption_pressure, figure.adsorption_loading, color=COLOURS[0], label="adsorption", **style
    )
    if figure.desorption_pressure.size:
        ax.plot(
            figure.desorption_pressure,
            figure.desorption_loading,
            mfc="white",
            color=COLOURS[1],
            label="desorption",
            **style,
        )
    if figure.chosen:
        ax.axvspan(figure.chosen.low, figure.chosen.high, color="#cfe8d8", label="BET window")
    ax.set(xlabel="relative pressure p/p0", ylabel="adsorbed / cm³(STP) g⁻¹")
    legend(ax)


def _bet_line(ax: Axes, figure: SorptionFigure) -> None:
    ax.plot(figure.bet_pressure, figure.bet_ordinate, "o", ms=4, mfc="white", color=SOFT)
    if figure.chosen and figure.slope is not None and figure.intercept is not None:
        inside = (figure.bet_pressure >= figure.chosen.low) & (figure.bet_pressure <= figure.chosen.high)
        ax.plot(figure.bet_pressure[inside], figure.bet_ordinate[inside], "o", ms=5, color=COLOURS[0])
        x = np.array([0.0, figure.chosen.high * 1.15])
        ax.plot(x, figure.intercept + figure.slope * x, lw=1.2, color=INK)
        # points far beyond the window would flatten the line that matters
        ax.set_xlim(-0.02 * figure.chosen.high, max(2.5 * figure.chosen.high, 0.05))
        seen = figure.bet_pressure <= ax.get_xlim()[1]
        if seen.any():
            ax.set_ylim(0.0, 1.15 * float(np.max(figure.bet_ordinate[seen])))
    ax.set(xlabel="x = p/p0", ylabel="x / (v (1 - x))  /  g cm⁻³")


def _windows(ax: Axes, figure: SorptionFigure, estimate: Estimate | None) -> None:
    ordered = sorted(figure.windows, key=lambda w: (w.high, w.low))
    for i, w in enumerate(ordered):
        chosen = w == figure.chosen
        colour = COLOURS[0] if chosen else "#b5c0cb"
        ax.plot(
            [w.low, w.high],
            [w.area, w.area],
            lw=3 if chosen else 1.2,
            color=colour,
            zorder=3 if chosen else 2 - i * 1e-4,
        )
    if estimate is not None and estimate.value is not None:
        low, high = estimate.interval95
        ax.axhspan(low, high, color=COLOURS[0], alpha=0.12, lw=0, label="95 % interval")
        legend(ax)
    ax.set(xlabel="window, p/p0", ylabel="area / m² g⁻¹")

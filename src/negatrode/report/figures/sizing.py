"""The size distribution with its characteristic sizes, by volume and by number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negatrode.core.estimate import Estimate
from negatrode.report.figures.canvas import COLOURS, INK, SOFT, Drawing, Limits, legend, panels, svg
from negatrode.techniques.sizing.figure import SizingFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(figure: SizingFigure, _: Mapping[str, Estimate], _limits: Limits) -> Iterator[Drawing]:
    """Two panels: volume (density and cumulative) and number, which D1 rests on."""
    canvas, axes = panels(2, height=4.1)
    populated = np.flatnonzero(figure.volume > 0.0)
    limits = (
        0.7 * min(figure.size_low[populated[0]], figure.d1_number_length),
        1.4 * max(figure.size_high[populated[-1]], figure.d4),
    )
    _volume(axes[0], figure)
    _number(axes[1], figure)
    for ax in axes:
        ax.set_xscale("log")
        ax.set_xlim(*limits)
        ax.xaxis.set_major_formatter(_plain)
        # over many decades the labels between them would run into one another
        ax.xaxis.set_minor_formatter(_minor if limits[1] < 60.0 * limits[0] else _blank)
        ax.tick_params(axis="x", which="both", labelsize=9, labelcolor=SOFT)
        ax.set_xlabel("particle size / µm")
    runs = (
        "" if len(figure.runs) < 2 else f", the first of {len(figure.runs)} runs (the table holds their mean)"
    )
    yield Drawing(
        "Particle size distribution",
        svg(canvas, name="sizing"),
        f"{figure.path}{runs}. Left: by volume, with the cumulative undersize (line). Right: by number, "
        f"on which both readings of D1 rest; fine powder moves them much. D[3,2] = {figure.d32:.4g} µm, "
        f"D10 = {figure.d10:.4g}, D90 = {figure.d90:.4g} µm.",
    )


def _plain(value: float, _: object) -> str:
    return f"{value:g}"


def _blank(*_: object) -> str:
    return ""


def _minor(value: float, _: object) -> str:
    """Labels at 2 and 5 of each decade: more would run into one another."""
    return f"{value:g}" if f"{value:e}"[0] in "25" else ""


def _bars(ax: Axes, figure: SizingFigure, fractions: NDArray[np.float64], colour: str) -> None:
    # height per decade, so that classes of unequal width compare
    widths = np.log10(
        figure.size_high / np.where(figure.size_low > 0.0, figure.size_low, figure.size_high / 2.0)
    )
    ax.stairs(
        100.0 * fractions / widths,
        np.append(figure.size_low, figure.size_high[-1]),
        fill=True,
        color=colour,
        alpha=0.35,
        lw=0,
    )


def _line(ax: Axes, size: float, label: str, colour: str, style: str) -> None:
    ax.axvline(size, color=colour, lw=1.6, ls=style, label=f"{label} = {size:.4g} µm")


def _volume(ax: Axes, figure: SizingFigure) -> None:
    _bars(ax, figure, figure.volume, COLOURS[0])
    _line(ax, figure.d50, "Dv50", INK, "-")
    _line(ax, figure.d4, "D4 = D[4,3]", COLOURS[1], "--")
    ax.set_ylabel("volume % per decade")
    ax.set_ylim(bottom=0.0)
    below = ax.twinx()
    below.plot(figure.size_high, 100.0 * figure.cumulative, color=SOFT, lw=1.2)
    below.set_ylim(0.0, 105.0)
    below.set_ylabel("undersize, volume %", fontsize=9, color=SOFT)
    below.spines["top"].set_visible(False)
    below.tick_params(colors=SOFT, labelsize=8)
    legend(ax, loc="upper left")


def _number(ax: Axes, figure: SizingFigure) -> None:
    _bars(ax, figure, figure.number, COLOURS[2])
    _line(ax, figure.d1_number_length, "D1 = D[1,0]", COLOURS[1], "-")
    _line(ax, figure.d1_length_moment, "D1 = D[2,1]", COLOURS[3], "--")
    ax.set_ylabel("number % per decade")
    ax.set_ylim(bottom=0.0)
    legend(ax, loc="upper right")

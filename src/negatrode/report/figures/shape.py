"""The particles as they were outlined: what counted, what did not and why, and how round they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negatrode.core.estimate import Estimate
from negatrode.report.figures.canvas import COLOURS, INK, Drawing, Limits, legend, panels, photograph, svg
from negatrode.techniques.shape.figure import ShapeFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]


def draw(figure: ShapeFigure, estimates: Mapping[str, Estimate], _limits: Limits) -> Iterator[Drawing]:
    """The overlay (a JPEG, since it holds a micrograph) and the sphericities (SVG)."""
    counts = ", ".join(f"{n} {reason}" for reason, n in figure.counts.items() if n)
    canvas, (ax,) = panels(1, height=_height(figure))
    _overlay(ax, figure)
    yield Drawing(
        "Particles: what was measured",
        photograph(canvas, alt="outlines of the particles over the micrograph"),
        f"{figure.path}. Outlined: {len(figure.outlines)} particles that were measured (solid) and "
        f"{len(figure.excluded)} that were not (dashed). Counts: {counts}.",
    )
    canvas, axes = panels(2, height=3.4)
    _distribution(axes[0], figure, estimates.get("sphericity"))
    axes[1].plot(figure.diameter, figure.sphericity, "o", ms=4, mfc="white", color=COLOURS[0])
    axes[1].set(xlabel="equivalent diameter / pixels", ylabel="sphericity")
    yield Drawing(
        "Sphericity of the particles",
        svg(canvas, name="shape"),
        "Left: distribution over particles, with the mean and its 95 % interval. Right: against size; small "
        "outlines carry the bias of the pixel grid.",
    )


def _height(figure: ShapeFigure) -> float:
    rows, columns = figure.picture.shape if figure.picture.size else (2, 3)
    return float(min(10.2 * rows / columns, 9.0)) + 0.2


def _overlay(ax: Axes, figure: ShapeFigure) -> None:
    ax.grid(visible=False)
    if figure.picture.size:
        ax.imshow(figure.picture, cmap="gray", interpolation="bilinear")
    else:
        ax.invert_yaxis()
    reasons = list(dict.fromkeys(reason for _, reason in figure.excluded))
    # no green among them: it marks what was measured
    colours = dict(zip(reasons, (COLOURS[1], COLOURS[3], COLOURS[4], COLOURS[6]) * 3, strict=False))
    seen: set[str] = set()
    for outline, reason in figure.excluded:
        label = reason if reason not in seen else None
        seen.add(reason)
        ax.plot(*_closed(outline), color=colours[reason], lw=1.1, ls="--", label=label)
    for i, outline in enumerate(figure.outlines):
        ax.plot(*_closed(outline), color="#35d0a5", lw=1.3, label="measured" if i == 0 else None)
    ax.set_aspect("equal")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.legend(loc="upper right", fontsize=8.5, framealpha=0.9)


def _closed(outline: Array) -> tuple[Array, Array]:
    ring = np.vstack([outline, outline[:1]])
    return ring[:, 0], ring[:, 1]


def _distribution(ax: Axes, figure: ShapeFigure, estimate: Estimate | None) -> None:
    ax.hist(figure.sphericity, bins="auto", color=COLOURS[0], alpha=0.35)
    if estimate is not None and estimate.value is not None:
        low, high = estimate.interval95
        ax.axvspan(low, high, color=COLOURS[1], alpha=0.25, lw=0, label="95 % interval of the mean")
        ax.axvline(estimate.value, color=INK, lw=1.6, label=f"mean {estimate.value:.3f}")
        legend(ax, loc="upper left")
    ax.set(xlabel="sphericity", ylabel="particles")

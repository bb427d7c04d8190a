"""The section: phases in false colour with the boundary of A, element maps, contents against the limits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negatrode.core.estimate import Estimate
from negatrode.report.figures.canvas import (
    COLOURS,
    INK,
    SOFT,
    Drawing,
    Limits,
    legend,
    panels,
    photograph,
    svg,
)
from negatrode.techniques.phases.figure import Bar, PhasesFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# OUTSIDE, A, B, OTHER
PHASE_COLOURS = ("#f2f4f6", "#E69F00", "#0072B2", "#CC79A7")
_TOUCHING, _FREE = "#ffffff", "#c4003a"


def draw(figure: PhasesFigure, estimates: Mapping[str, Estimate], limits: Limits) -> Iterator[Drawing]:
    """Section and element maps (JPEG), contents (SVG), and spectra where a hypermap gave them."""
    if figure.labels.size:
        yield _section(figure, estimates)
    if figure.bars:
        yield _contents(figure.bars, figure.recipe, limits)
    if figure.energy.size and figure.spectra:
        yield _spectra(figure)


def _section(figure: PhasesFigure, estimates: Mapping[str, Estimate]) -> Drawing:
    rows, columns = figure.labels.shape
    shown = _maps_to_show(figure)
    height = min(max(10.2 / (1 + len(shown)) * rows / columns, 2.4), 8.0) + 0.9
    canvas, axes = panels(1 + len(shown), height=height, width=10.2)
    _labels(axes[0], figure)
    for ax, (title, plane) in zip(axes[1:], shown, strict=True):
        ax.imshow(plane, cmap="gray" if title == "electron image" else "viridis", interpolation="nearest")
        ax.set_title(title, fontsize=9.5, color=INK)
    for ax in axes:
        ax.grid(visible=False)
        ax.set_xticks([])
        ax.set_yticks([])
        for side in ax.spines.values():
            side.set_visible(False)
    _scale_bar(axes[0], figure)
    return Drawing(
        "Phases of the section",
        photograph(canvas, dpi=130, alt="phases in false colour beside the element maps"),
        _caption(figure, estimates),
    )


def _maps_to_show(figure: PhasesFigure) -> list[tuple[str, NDArray[np.float32]]]:
    by_name = dict(zip(figure.elements, figure.maps, strict=True))
    order = [m for m in (figure.mark_a, figure.mark_b, "O") if m in by_name]
    shown = [(f"{name} map", by_name[name]) for name in dict.fromkeys(order)][:2]
    if len(shown) < 2 and figure.grey is not None:
        shown.append(("electron image", figure.grey))
    return shown


def _labels(ax: Axes, figure: PhasesFigure) -> None:
    from matplotlib.colors import ListedColormap

    ax.imshow(figure.labels, cmap=ListedColormap(PHASE_COLOURS), vmin=0, vmax=3, interpolation="nearest")
    marks = (("A|B", figure.boundary_ab, _TOUCHING), ("A|other", figure.boundary_other, _FREE))
    size = min(max(420.0 / max(figure.labels.shape), 0.6), 3.0)
    for name, places, colour in marks:
        if len(places):
            ax.plot(places[:, 1], places[:, 0], ".", ms=size, color=colour, mew=0)
            ax.plot([], [], color=colour, lw=2.5, label=name)  # a point of the map's size is too small a key
    present = [int(v) for v in np.unique(figure.labels)]
    names = {
        1: f"A{f' (rich in {figure.mark_a})' if figure.mark_a else ''}",
        2: f"B{f' (rich in {figure.mark_b})' if figure.mark_b else ''}",
        3: "other phase",
    }
    for value in (v for v in present if v):
        ax.plot([], [], "s", color=PHASE_COLOURS[value], ms=7, label=names[value])
    ax.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.01),
        ncols=2,
        fontsize=8.5,
        facecolor="#8d99a6",
        framealpha=0.35,
        edgecolor="none",
        markerscale=1.2,
    )
    ax.set_title("phases", fontsize=9.5, color=INK)


def _scale_bar(ax: Axes, figure: PhasesFigure) -> None:
    from matplotlib.patches import Rectangle

    if figure.pixel_size is None:
        return
    rows, columns = figure.labels.shape
    width = columns * figure.pixel_size * 1e6
    length = max((v for v in _lengths() if v <= 0.3 * width), default=None)
    if length is None:
        return
    pixels = length / (figure.pixel_size * 1e6)
    x, y = 0.04 * columns, 0.95 * rows
    text = f"{length:g} µm" if length >= 1.0 else f"{1000.0 * length:g} nm"
    # on white, since particles may lie below
    pad, height = 0.02 * columns, 0.085 * rows
    ax.add_patch(
        Rectangle(
            (x - pad, y - height), pixels + 2.0 * pad, height + 0.025 * rows, color="white", alpha=0.85, lw=0
        )
    )
    ax.plot([x, x + pixels], [y, y], color=INK, lw=3, solid_capstyle="butt", zorder=3)
    ax.text(x + pixels / 2.0, y - 0.015 * rows, text, ha="center", va="bottom", fontsize=9, color=INK)


def _lengths() -> list[float]:
    return [m * 10.0**e for e in range(-3, 4) for m in (1, 2, 5)]


def _caption(figure: PhasesFigure, estimates: Mapping[str, Estimate]) -> str:
    text = f"{figure.path}, divided by recipe '{figure.recipe}'."
    fraction = estimates.get("area_fraction_a")
    if fraction is not None and fraction.value is not None:
        low, high = fraction.interval95
        text += f" A covers {fraction.value:.3f} of the material (95 %: {low:.3f} to {high:.3f})."
    contact = estimates.get("a_surrounded_by_b")
    if contact is not None and contact.value is not None:
        low, high = contact.interval95
        text += (
            f" {100.0 * contact.value:.1f} % of A's boundary touches B (95 %: {100.0 * low:.1f} to "
            f"{100.0 * min(high, 1.0):.1f} %): white where it does, red where it does not."
        )
    else:
        text += " How far B surrounds A is undecided (see the reasons above)."
    return text + " A plane section of a body in space."


def _contents(bars: Sequence[Bar], recipe: str, limits: Limits) -> Drawing:
    canvas, axes = panels(2, height=3.6, width=10.2, width_ratios=(1.0, 1.35))
    minor = [b for b in bars if b.element in ("O", "N", "F", "S", "P")]
    major = [b for b in bars if b not in minor]
    _bars(axes[0], major)
    axes[0].set_ylabel("content / wt%")
    _bars(axes[1], [*minor, *_sums(minor)])
    axes[1].set_ylabel("content / wt%")
    for phase, colour in (("a", PHASE_COLOURS[1]), ("b", PHASE_COLOURS[2])):
        for end in _ends(limits.get(f"oxygen_in_{phase} + nitrogen_in_{phase}", ())):
            axes[1].axhline(
                end, color=colour, lw=1.4, ls="--", label=f"claimed limit of O + N in {phase.upper()}"
            )
    top = axes[1].get_ylim()[1]
    axes[1].set_ylim(0.0, max(1.35 * top, 1.5))
    legend(axes[1], loc="upper left")
    return Drawing(
        "Contents of the phases",
        svg(canvas, name="phase-contents"),
        f"Recipe '{recipe}'. Bars: contents with 95 % intervals; a triangle marks an upper limit (below the "
        "limit of detection). Dashed: the limits of the total of oxygen and nitrogen.",
    )


def _ends(ranges: Sequence[tuple[float, float]]) -> list[float]:
    return [end for r in ranges for end in r if math.isfinite(end)]


def _sums(minor: Sequence[Bar]) -> list[Bar]:
    """O + N by phase; a content below its limit adds its limit (so the sum is an upper limit)."""
    found = []
    for phase in dict.fromkeys(b.phase for b in minor):
        parts = [b for b in minor if b.phase == phase and b.element in ("O", "N")]
        if len(parts) < 2:
            continue
        u = math.hypot(*(b.u if b.value is not None else 0.0 for b in parts))
        total = sum(b.value if b.value is not None else (b.limit or 0.0) for b in parts)
        below = any(b.value is None for b in parts)
        found.append(Bar(phase, "O + N", None if below else total, u, total if below else None))
    return found


def _bars(ax: Axes, bars: Sequence[Bar]) -> None:
    elements = list(dict.fromkeys(b.element for b in bars))
    phases = list(dict.fromkeys(b.phase for b in bars))
    width = 0.8 / max(len(phases), 1)
    for k, phase in enumerate(phases):
        colour = {"A": PHASE_COLOURS[1], "B": PHASE_COLOURS[2]}.get(phase, COLOURS[3])
        for bar in (b for b in bars if b.phase == phase):
            x = elements.index(bar.element) + (k - (len(phases) - 1) / 2.0) * width
            if bar.value is None:
                ax.plot([x], [bar.limit or 0.0], "v", color=colour, ms=7)
                ax.plot([x, x], [0.0, bar.limit or 0.0], color=colour, lw=1.0, ls=":")
            else:
                ax.bar(x, bar.value, 0.9 * width, color=colour, yerr=1.96 * bar.u, ecolor=INK, capsize=3)
        ax.plot([], [], "s", color=colour, label=f"phase {phase}")
    ax.set_xticks(range(len(elements)), elements)
    ax.tick_params(axis="x", labelsize=9.5, labelcolor=INK)
    legend(ax, loc="upper right")


def _spectra(figure: PhasesFigure) -> Drawing:
    canvas, (ax,) = panels(1, height=3.4)
    for k, (phase, counts) in enumerate(figure.spectra.items()):
        ax.step(
            figure.energy,
            np.maximum(counts, 0.5),
            where="mid",
            lw=1.1,
            color=PHASE_COLOURS[1 + k % 3],
            label=f"phase {phase}",
        )
    ax.set_yscale("log")
    ax.set(xlabel="energy / keV", ylabel="counts")
    ax.tick_params(colors=SOFT)
    legend(ax, loc="upper right")
    return Drawing(
        "Spectra of the phases",
        svg(canvas, name="phase-spectra"),
        "Sum of the spectra over the interior of each phase (pixels near a boundary left out).",
    )

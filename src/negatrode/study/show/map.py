"""The map: two axes, the output as contours, the claims' borders, the probability of being inside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from negatrode.claimsets.model import IntervalLimit
from negatrode.report.figures.canvas import COLOURS, INK, SOFT, Drawing, legend, panels, plain, svg
from negatrode.study.axis import Axis
from negatrode.study.chain.limits import ClaimsLimit, Limit, OutputLimit
from negatrode.study.file.sections import MapPlan
from negatrode.study.model import Column
from negatrode.study.parts.maps import Map
from negatrode.study.show.results import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INSIDE = "#009E73"


def draw_map(
    plan: MapPlan, m: Map, limits: tuple[Limit, ...], columns: tuple[Column, ...], name: str
) -> Drawing:
    """One map as a picture with its caption."""
    output = next(c for c in columns if c.name == plan.output)
    figure, (ax,) = panels(1, height=6.2, width=10.2)
    ax.grid(visible=False)
    whole = m.columns[plan.output]
    shaded = _shade(figure, ax, m, limits)
    _contours(ax, m, whole)
    _targets(ax, m, limits)
    _borders(ax, m, limits)
    if m.failed:
        xs, ys = zip(*m.failed, strict=True)
        ax.plot(xs, ys, "x", color=INK, markersize=7, label=f"failed ({len(m.failed)})")
    for scale, axis in ((ax.set_xscale, m.x_axis), (ax.set_yscale, m.y_axis)):
        scale("log" if axis.scale == "log" else "linear")
    ax.set_xlim(m.x[0], m.x[-1])
    ax.set_ylim(m.y[0], m.y[-1])
    _plain_ticks(ax, m)
    ax.set_xlabel(plain(m.x_axis.label))
    ax.set_ylabel(plain(m.y_axis.label))
    if ax.get_legend_handles_labels()[0]:
        legend(ax, loc="upper center", bbox_to_anchor=(0.5, -0.11), ncols=3)
    markup = svg(figure, name=name)
    return Drawing(f"{output.title or output.name} over {m.x_axis.title} and {m.y_axis.title}",
                   markup, _caption(m, output, shaded))  # fmt: skip


def _shade(figure: Any, ax: Axes, m: Map, limits: tuple[Limit, ...]) -> str:
    """The probability of being inside the claims (all of them at once, where there are several sets)."""
    claims = [limit for limit in limits if isinstance(limit, ClaimsLimit)]
    if not claims:
        return ""
    from matplotlib.colors import LinearSegmentedColormap

    p = np.min([m.columns[limit.column] for limit in claims], axis=0)
    if not np.isfinite(p).any():
        return ""
    fade = LinearSegmentedColormap.from_list("inside", ["#ffffff", "#bfe6d8"])
    drawn = ax.pcolormesh(m.x, m.y, p, cmap=fade, vmin=0, vmax=1, shading="gouraud", rasterized=True)
    bar = figure.colorbar(drawn, ax=ax, shrink=0.7, pad=0.02)
    bar.set_label("P(inside " + plain(" and ".join(limit.claims.text for limit in claims)) + ")", color=SOFT)
    for limit in claims:
        field = m.columns[limit.column] - limit.probability
        if np.isfinite(field).any() and np.nanmin(field) < 0 < np.nanmax(field):
            ax.contour(m.x, m.y, field, levels=[0.0], colors=[_INSIDE], linewidths=2.2)
            ax.plot([], [], color=_INSIDE, linewidth=2.2, label=plain(limit.name))
    return "Shaded: the probability of being inside the claims. "


def _contours(ax: Axes, m: Map, values: Any) -> None:
    finite = values[np.isfinite(values)]
    if not finite.size or np.ptp(finite) <= 1e-9 * max(abs(float(finite.max())), 1e-300):
        return
    lines = ax.contour(m.x, m.y, values, levels=9, colors=[INK], linewidths=0.9, alpha=0.85)
    ax.clabel(lines, fontsize=8.5, inline=True, fmt=lambda v: f"{v:.4g}")


def _targets(ax: Axes, m: Map, limits: tuple[Limit, ...]) -> None:
    """Borders of the targets: where the draw that decides meets the bound."""
    targets = [limit for limit in limits if isinstance(limit, OutputLimit)]
    for limit, colour in zip(targets, (COLOURS[1], COLOURS[3], COLOURS[4], COLOURS[5]), strict=False):
        field = m.violations[limit.name]
        if np.isfinite(field).any() and np.nanmin(field) < 0 < np.nanmax(field):
            ax.contour(m.x, m.y, field, levels=[0.0], colors=[colour], linewidths=2.2, linestyles="--")
            ax.plot([], [], "--", color=colour, linewidth=2.2, label=plain(limit.name))


def _borders(ax: Axes, m: Map, limits: tuple[Limit, ...]) -> None:
    """The claims' own limits on the two axes, as lines with their claim."""
    for limit in limits:
        if not isinstance(limit, ClaimsLimit):
            continue
        for axis, line, ends in (
            (m.x_axis, ax.axvline, ax.get_xaxis_transform),
            (m.y_axis, ax.axhline, None),
        ):
            for number, words, at in claimed_ends(limit, axis):
                line(at, color=COLOURS[0], linewidth=1.4, linestyle=":")
                label = f" claim {number}: {words}"
                if ends is not None:
                    ax.text(at, 0.985, label, transform=ends(), rotation=90, va="top", ha="right",
                            fontsize=8, color=COLOURS[0])  # fmt: skip
                else:
                    ax.text(0.01, at, label, transform=ax.get_yaxis_transform(), va="bottom", fontsize=8,
                            color=COLOURS[0])  # fmt: skip


def claimed_ends(limit: ClaimsLimit, axis: Axis) -> Iterator[tuple[int, str, float]]:
    """Ends of the claims' intervals on an axis that is a descriptor: claim, words, value within the axis."""
    kind, _, name = axis.name.partition(".")
    if kind != "sample" and axis.name != "electrode.coating_rate":
        return
    low, high = axis.ends
    for number in limit.claims.numbers:
        for x in limit.claims.claim_set.claim(number).limitations:
            if isinstance(x, IntervalLimit) and x.expression == name:
                for end in (x.interval.low, x.interval.high):
                    if low <= end <= high:
                        yield number, x.interval.text(x.expression, x.unit), end


def _plain_ticks(ax: Axes, m: Map) -> None:
    """Numbers and not powers on logarithmic axes of a decade or two."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    for place, axis in ((ax.xaxis, m.x_axis), (ax.yaxis, m.y_axis)):
        if axis.scale == "log":
            place.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            place.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
            place.set_minor_formatter(NullFormatter())


def _caption(m: Map, output: Column, shaded: str) -> str:
    word = f" (confidence: {output.confidence})" if output.confidence else ""
    fixed = ", ".join(f"{n} = {short(v)}" for n, v in m.fixed.items())
    text = f"Contours: {output.label}{word}, median over the draws. {shaded}"
    text += "Dotted: limits of the claims on these axes; dashed: targets. "
    text += f"{len(m.x)} x {len(m.y)} points"
    text += f", {len(m.failed)} failed (crosses)" if m.failed else ""
    return text + (f". Held: {fixed}." if fixed else ".")

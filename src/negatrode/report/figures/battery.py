"""The battery: half-cell curves, rate capability, retention, and what moves them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negatrode.battery.assembly import Battery
from negatrode.battery.trials import SHARES
from negatrode.report.battery_text import OUTCOMES, outcome_names
from negatrode.report.figures.canvas import COLOURS, INK, SOFT, Drawing, legend, panels, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]


def draw_battery(battery: Battery) -> Iterator[Drawing]:
    """The pictures of a battery, where there is something to draw."""
    canvas, axes = panels(2 if battery.bands.rates else 1, height=4.0)
    _half(axes[0], battery)
    caption = (
        "Left: first cycle against lithium at C/20, centre and the band that holds 90 % of "
        f"{len(battery.bands.trials)} joint draws at every potential; the first charge also takes the "
        "irreversible capacity, which the curve does not show. "
    )
    if battery.bands.rates:
        _rates(axes[1], battery)
        caption += (
            "Right: full cell, capacity by C-rate from full charge, as a share of the balanced capacity; "
            "centre and 90 % band."
        )
    yield Drawing("Half cell and rate capability", svg(canvas, name="battery"), caption)
    if battery.bands.retention is not None:
        canvas, axes = panels(2, height=3.6)
        _retention(axes[0], battery)
        _losses(axes[1], battery)
        yield Drawing(
            "Retention and where the lithium went",
            svg(canvas, name="battery-age"),
            f"Left: capacity by cycle, {battery.aged} of the draws, 90 % band. Right: lithium bound by "
            "the end of the last cycle, as a share of the cell's capacity, by mechanism. Weak: rates of side "
            "reactions are those of graphite and of assumptions, uncertain by a decade; compare powders, do "
            "not quote lives.",
        )
    if battery.movers:
        yield _movers(battery)


def _half(ax: Axes, battery: Battery) -> None:
    halves = [t.half for t in battery.bands.trials if t.half is not None]
    if not halves:
        ax.text(0.5, 0.5, "no draw could be tested", ha="center", transform=ax.transAxes, color=SOFT)
        return
    for name, colour in (("lithiation", COLOURS[0]), ("delithiation", COLOURS[1])):
        curves = [(h.discharged * SHARES, getattr(h, name)) for h in halves]
        volts = np.linspace(max(c[1].min() for c in curves), min(c[1].max() for c in curves), 160)
        at = np.array([_charge_at(charge, v, volts) for charge, v in curves])
        low, high = np.quantile(at, [0.05, 0.95], axis=0)
        ax.fill_betweenx(volts, low, high, color=colour, alpha=0.18, lw=0)
        ax.plot(*curves[0], color=colour, lw=1.8, label=name)
    ax.set(xlabel="capacity / mA h/g", ylabel="potential against Li / V", xlim=(0, None))
    legend(ax, loc="upper right")


def _charge_at(charge: Array, volts: Array, wanted: Array) -> Array:
    """Capacity at potentials: the curve as a function of potential, whichever way it runs."""
    order = np.argsort(volts, kind="stable")
    value: Array = np.interp(wanted, volts[order], charge[order])
    return value


def _rates(ax: Axes, battery: Battery) -> None:
    rates = np.array(list(battery.bands.rates))
    rows = list(battery.bands.rates.values())
    ax.fill_between(rates, [b.low for b in rows], [b.high for b in rows], color=COLOURS[2], alpha=0.2, lw=0)
    ax.plot(rates, [b.centre for b in rows], color=COLOURS[2], lw=1.8, marker="o", ms=4)
    ax.set(xscale="log", xlabel="C-rate of the discharge", ylabel="capacity / %", ylim=(0, 110))
    ax.set_xticks(rates, [f"{r:g}" for r in rates])
    ax.minorticks_off()


def _retention(ax: Axes, battery: Battery) -> None:
    kept = battery.bands.retention
    assert kept is not None  # asked by the caller
    cycles = np.arange(1, kept.shape[1] + 1)
    ax.fill_between(cycles, kept[0], kept[2], color=COLOURS[3], alpha=0.2, lw=0)
    ax.plot(cycles, kept[1], color=COLOURS[3], lw=1.8)
    ax.set(
        xlabel=f"cycle at {battery.plan.cycle_rate:g}C",
        ylabel="retention / %",
        ylim=(min(80.0, float(kept.min()) - 5), 102),
    )


def _losses(ax: Axes, battery: Battery) -> None:
    rows = list(battery.bands.lost.items())
    y = np.arange(len(rows))
    centre = np.array([b.centre for _, b in rows])
    least = 1e-3  # what is stripped again may leave less than nothing
    low, high = np.array([b.low for _, b in rows]), np.array([b.high for _, b in rows])
    centre, low, high = (np.maximum(v, least) for v in (centre, low, high))
    ax.hlines(y, low, high, color=SOFT, lw=2)
    ax.plot(centre, y, "o", color=INK, ms=5)
    ax.set_yticks(y, [name for name, _ in rows])
    ax.set(xlabel="lithium bound / % of the capacity")
    ax.set_xscale("log")
    ax.invert_yaxis()


def _movers(battery: Battery) -> Drawing:
    names = [n for n in outcome_names(battery) if any(n in m.changes for m in battery.movers)]
    block = np.array([[m.changes.get(n, np.nan) for n in names] for m in battery.movers])
    bands = {**battery.bands.outcomes, **{f"{r:g}C": b for r, b in battery.bands.rates.items()}}
    width = np.array([max(bands[n].high - bands[n].low, 1e-9) for n in names])
    canvas, (ax,) = panels(1, height=0.42 * len(battery.movers) + 2.2)
    ax.imshow(np.clip(block / width, -0.5, 0.5), cmap="RdBu", vmin=-0.5, vmax=0.5, aspect="auto")
    for i, row in enumerate(block):
        for j, value in enumerate(row):
            if np.isfinite(value):
                colour = "white" if abs(value / width[j]) > 0.35 else INK
                ax.text(j, i, f"{value:+.2g}", ha="center", va="center", fontsize=8, color=colour)
    ax.set_yticks(
        range(len(battery.movers)),
        [f"{m.title} {m.step:+g} {m.unit if m.unit != '1' else ''} (at {m.at:.3g})" for m in battery.movers],
    )
    ax.set_xticks(range(len(names)), [_short(n) for n in names], rotation=38, ha="right")
    ax.grid(visible=False)
    return Drawing(
        "Which descriptor moves what",
        svg(canvas, name="battery-movers"),
        "Change of every outcome (in its unit, below) by one step of a descriptor, all else as the centre; "
        "colour: that change over the width of the outcome's band. Pale: the step is lost in what is not "
        "known.",
    )


def _short(name: str) -> str:
    if name in OUTCOMES:
        title, unit = OUTCOMES[name][:2]
        return f"{title} / {unit}" if unit else title
    return f"capacity at {name} / %"

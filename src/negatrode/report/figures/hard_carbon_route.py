"""The making of a hard carbon: sizes, conversion, oxidation, carbonisation, each against the furnace."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negatrode.process.hard_carbon import HardCarbonRun, OxidationResult, has_core
from negatrode.process.knobs import Knob
from negatrode.process.stabilisation.kinetics import EDGE, Oxidised
from negatrode.report.figures.canvas import COLOURS, INK, SOFT, Drawing, Limits, legend, panels, svg
from negatrode.report.figures.furnace import Band, bands, temperature

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from negatrode.process.programme import Programme

Array = NDArray[np.float64]
_BAND = "Lines: medians; bands: 90 % of the joint draws."


def draw(run: HardCarbonRun, limits: Limits) -> Iterator[Drawing]:
    """All pictures of the route."""
    yield _sizes(run, limits)
    yield _polymerisation(run)
    if run.oxidation is not None:
        yield _oxidation(run, run.oxidation, limits)
        yield _heat(run.oxidation)
        if has_core(run.oxidation):
            yield _profile(run.oxidation)
    yield _carbonisation(run)
    yield _structure(run, limits)


def tables(run: HardCarbonRun, limits: Limits, turned: Sequence[Knob] = ()) -> list[dict[str, Any]]:
    """Where the oxidation leaves the claimed temperatures; what each knob moves."""
    return [*_programme_table(run, limits), *([_knob_table(turned)] if turned else [])]


_SHOWN = {
    "dv50": ("Dv50 (µm)", 1.0), "sphericity": ("sphericity", 1.0), "bulk_specific_gravity": ("ρ bulk", 1.0),
    "specific_surface_area": ("S (m²/g)", 1.0), "d002": ("d002 (pm)", 1000.0), "lc002": ("Lc (nm)", 1.0),
    "hydrogen_to_carbon": ("H/C", 1.0), "nitrogen": ("N (wt%)", 1.0), "silicon_compound": ("Si (wt%)", 1.0),
    "exothermic_peak_temperature": ("peak (°C)", 1.0), "total_yield": ("yield (%)", 100.0),
}  # fmt: skip


def _knob_table(turned: Sequence[Knob]) -> dict[str, Any]:
    """What each knob moves."""
    rows = []
    for knob in turned:
        if knob.why_not:
            rows.append([knob.words, knob.why_not, *[""] * (len(_SHOWN) - 1)])
        else:
            rows.append([knob.words, *(_change(knob.changes[k] * scale) for k, (_, scale) in _SHOWN.items())])
    return {
        "title": "What the maker can turn",
        "caption": "Change of the predicted powder by one step of a knob, at the central draw. What is not "
        "known (the bands) is the same at both ends.",
        "head": ["step", *(title for title, _ in _SHOWN.values())],
        "rows": rows,
    }


def _change(value: float) -> str:
    """A change with its sign and two digits; nothing below 0.0005, which no column can tell.

    >>> _change(-0.01234), _change(1e-6), _change(25.3)
    ('-0.012', '0', '+25')
    """
    if abs(value) < 5e-4:
        return "0"
    return f"{float(f'{value:.2g}'):+.10g}"


def _programme_table(run: HardCarbonRun, limits: Limits) -> list[dict[str, Any]]:
    """Every stretch of the oxidation against the claimed temperatures."""
    claimed = list(limits.get("oxidation_temperature", ()))
    if run.oxidation is None or run.route.oxidation is None or not claimed:
        return []
    rows = excursions(run.route.oxidation.programme, run.oxidation.history, claimed[0])
    low, high = claimed[0]
    return [
        {
            "title": f"The programme in an oxidizing gas against {low:g} to {high:g} °C",
            "caption": "Every stretch in a gas that holds oxygen, and how much of the oxygen is consumed in "
            "it (taken up and burnt with; central draw). What counts as the temperature of oxidation are "
            "those at which all but the first and last half per cent are consumed, with the bed's own heat.",
            "head": ["from", "to", "temperature", "gas", "oxygen consumed", "claimed range"],
            "rows": rows,
        }
    ]


def excursions(programme: Programme, history: Oxidised, claimed: tuple[float, float]) -> list[list[str]]:
    """Stretches of the oxidizing programme inside, below and above a range, each with its share of oxygen."""
    seconds = _with_crossings(history.seconds, history.kelvin - 273.15, claimed)
    celsius = np.interp(seconds, history.seconds, history.kelvin - 273.15)
    consumed = np.interp(seconds, history.seconds, history.consumed[0])
    middle = 0.5 * (seconds[1:] + seconds[:-1])
    mean = 0.5 * (celsius[1:] + celsius[:-1])
    side = np.where(mean < claimed[0], -1, np.where(mean > claimed[1], 1, 0))
    piece = programme.piece(middle)
    turns = np.flatnonzero((np.diff(side) != 0) | (np.diff(piece) != 0)) + 1
    edges = [0, *turns.tolist(), middle.size]
    whole = max(float(consumed[-1]), 1e-12)
    words = {-1: "below", 0: "inside", 1: "above"}
    rows = []
    for a, b in itertools.pairwise(edges):
        gas, span = programme.gases[int(piece[a])], celsius[a : b + 1]
        if gas.is_oxidizing:
            share = 100.0 * float(consumed[b] - consumed[a]) / whole
            rows.append(
                [
                    _clock(seconds[a]), _clock(seconds[b]), f"{span.min():.0f} to {span.max():.0f} °C",
                    gas.name,
                    f"{share:.2g} %", words[int(side[a])],
                ]
            )  # fmt: skip
    return rows


def _with_crossings(seconds: Array, celsius: Array, limits: tuple[float, float]) -> Array:
    """The times with those at which the temperature passes a limit among them."""
    found = [seconds]
    for limit in limits:
        above = celsius - limit
        k = np.flatnonzero(above[1:] * above[:-1] < 0)
        found.append(seconds[k] + (seconds[k + 1] - seconds[k]) * above[k] / (above[k] - above[k + 1]))
    return np.unique(np.concatenate(found))


def _clock(seconds: float) -> str:
    """Hours and minutes.

    >>> _clock(3725.0)
    '1:02 h'
    """
    minutes = round(float(seconds) / 60.0)
    return f"{minutes // 60}:{minutes % 60:02d} h"


def _sizes(run: HardCarbonRun, limits: Limits) -> Drawing:
    canvas, axes = panels(2, height=3.7)
    ax = axes[0]
    for name, sizes, colour in (("beads", run.sized.beads, 5), ("powder", run.powder.sizes, 0)):
        d = np.geomspace(0.3, 300.0, 400)
        x = np.log(d[None, :] / (sizes.dv50[:, None] * 1e6)) / np.maximum(sizes.sigma[:, None], 0.02)
        density = np.exp(-0.5 * x**2) / (np.sqrt(2 * np.pi) * np.maximum(sizes.sigma[:, None], 0.02))
        low, high = np.quantile(density, [0.05, 0.95], axis=0)
        wide, middle = max(float(np.median(sizes.sigma)), 0.02), float(np.median(sizes.dv50)) * 1e6
        mid = np.exp(-0.5 * (np.log(d / middle) / wide) ** 2) / (np.sqrt(2 * np.pi) * wide)
        ax.fill_between(d, low, high, color=COLOURS[colour], alpha=0.16, linewidth=0)
        ax.plot(
            d,
            mid,
            color=COLOURS[colour],
            linewidth=1.6,
            label=f"{name}, Dv50 {np.median(sizes.dv50) * 1e6:.3g} µm",
        )
    for low_limit, high_limit in limits.get("dv50", ()):
        ax.axvspan(low_limit, min(high_limit, 300.0), color=COLOURS[2], alpha=0.07, linewidth=0)
    mids = [np.median(s.dv50) * 1e6 for s in (run.sized.beads, run.powder.sizes)]
    ax.set_xscale("log")
    ax.set_xlim(min(mids) / 6, max(mids) * 6)
    ax.set_xlabel("diameter (µm)")
    ax.set_ylabel("volume density, per ln D")
    legend(ax)
    caption = (
        "Left: size distribution by volume of the beads and of the powder; the claimed Dv50 shaded. Lines: "
        "median size and width; bands: 90 % of the joint draws at every diameter. "
    )
    course = run.sized.course
    if course is None:
        axes[1].hist(run.powder.sizes.dv50 * 1e6, bins=40, color=COLOURS[0], alpha=0.75)
        axes[1].set_xlabel("Dv50 of the powder (µm)")
        axes[1].set_ylabel("draws")
        caption += "Right: draws of the powder's Dv50."
    else:
        d32 = 1.0 / (course.shares @ (1.0 / course.diameters)) * 1e6
        hours = np.maximum(course.seconds, 1.0) / 3600.0
        axes[1].plot(hours, d32, color=COLOURS[1], linewidth=1.6)
        axes[1].set_xscale("log")
        axes[1].set_yscale("log")
        axes[1].set_xlabel("time (h)")
        axes[1].set_ylabel("d32 of the drops (µm)")
        caption += "Right: Sauter diameter of the drops in the population balance, central draw."
    return Drawing("Sizes before and after", svg(canvas, name="route-sizes"), caption)


def _polymerisation(run: HardCarbonRun) -> Drawing:
    canvas, axes = panels(2, height=3.6)
    done = run.polymerised
    bands(axes[0], done.seconds, [Band("conversion", done.conversion, 0)], "conversion", legends=False)
    axes[0].set_ylim(0, 1.02)
    twin = axes[0].twinx()
    twin.plot(done.seconds / 3600.0, done.celsius, color=INK, linewidth=1.0, linestyle="--")
    twin.set_ylabel("temperature (°C), dashed", color=SOFT)
    bands(axes[1], done.seconds, [Band("heat", done.heat, 1)], "heat release (W/kg monomer)", legends=False)
    for ax in axes:
        ax.set_xlabel("time (h)")
    return Drawing(
        "Polymerisation",
        svg(canvas, name="route-polymerisation"),
        f"Left: conversion of the drops. Right: heat release; the peak is the gel effect. {_BAND}",
    )


def _oxidation(run: HardCarbonRun, found: OxidationResult, limits: Limits) -> Drawing:
    assert run.route.oxidation is not None
    canvas, axes = panels(3, height=3.7)
    claimed: Sequence[tuple[float, float]] = tuple(limits.get("oxidation_temperature", ()))
    programme, h = run.route.oxidation.programme, found.history
    temperature(axes[0], programme, claimed=claimed)
    _mark(axes[0], h, claimed)
    if found.bed is not None:
        axes[0].plot(found.bed.seconds / 3600.0, found.bed.middle - 273.15, color=COLOURS[1], linewidth=1.2)
    bands(
        axes[1], h.seconds, [Band("oxygen uptake", h.taken, 1), Band("cyclisation", h.cyclised, 0)],
        "extent",
    )  # fmt: skip
    axes[1].set_ylim(0, 1.02)
    rows = [Band("mass", h.mass, 2), Band("burnt", h.burnt, 3)]
    bands(axes[2], h.seconds, rows, "mass over the bead's")
    for ax in axes:
        ax.set_xlabel("time (h)")
    bed = " The orange line is the middle of the bed." if found.bed is not None else ""
    return Drawing(
        "Oxidation",
        svg(canvas, name="route-oxidation"),
        "Left: the programme, oxidizing gas in orange, inert in blue; dashed: the claimed temperatures; "
        f"red dots: oxidation outside of them.{bed} Middle: extents in a bead at the gas temperature. Right: "
        f"mass. {_BAND}",
    )


def _mark(ax: Axes, h: Oxidised, claimed: Sequence[tuple[float, float]]) -> None:
    """Dots where oxidation counts (all but half a per cent of the oxygen at either end) outside the range."""
    share = h.consumed[0] / max(float(h.consumed[0, -1]), 1e-12)
    counts = (share > EDGE) & (share < 1.0 - EDGE)
    celsius = h.kelvin - 273.15
    for low, high in claimed:
        outside = counts & ((celsius < low) | (celsius > high))
        ax.plot(h.seconds[outside] / 3600.0, celsius[outside], "o", markersize=3, color="#b3261e")


def _heat(found: OxidationResult) -> Drawing:
    canvas, axes = panels(2, height=3.6)
    h = found.history
    bands(axes[0], h.seconds, [Band("heat", h.heat, 1)], "heat release (W/kg)", legends=False)
    bands(
        axes[1], h.seconds, [Band("heat released", h.energy / 1e6, 3)], "heat released (MJ/kg)", legends=False
    )
    caption = f"Left: heat release of a bead at the gas temperature. Right: heat released. {_BAND}"
    if found.bed is not None and found.ends is not None:
        ax = axes[1]
        ax.clear()
        excess = np.clip(found.ends.peak - h.kelvin.max(), 0.0, None)
        ax.hist(np.minimum(excess, 100.0), bins=40, range=(0.0, 100.0), color=COLOURS[1], alpha=0.8)
        ax.set_xlabel("bed above the hottest of the programme (K)")
        ax.set_ylabel("draws")
        caption = (
            f"Left: heat release of a bead at the gas temperature. {_BAND} Right: how far the bed's own "
            "heat lifts it (100 K and more in the last bin), transient model; it runs away in "
            f"{100 * found.ran_away.mean():.0f} % of the draws."
        )
    axes[0].set_xlabel("time (h)")
    if found.bed is None:
        axes[1].set_xlabel("time (h)")
    return Drawing("Heat of oxidation", svg(canvas, name="route-heat"), caption)


def _profile(found: OxidationResult) -> Drawing:
    assert found.profile is not None
    canvas, axes = panels(1, height=3.2)
    p = found.profile
    times = found.history.seconds
    for k, share in enumerate((0.25, 0.5, 0.75, 1.0)):
        row = int(np.searchsorted(times, share * times[-1], side="right")) - 1
        axes[0].plot(p.radii, p.profile[row], color=COLOURS[k], label=f"{times[row] / 3600:.1f} h")
    axes[0].set_xlabel("radius over that of the bead")
    axes[0].set_ylabel("oxygen uptake")
    axes[0].set_ylim(0, 1.02)
    legend(axes[0])
    return Drawing(
        "Skin and core",
        svg(canvas, name="route-profile"),
        "Oxygen taken up against the radius, central draw.",
    )


def _carbonisation(run: HardCarbonRun) -> Drawing:
    canvas, axes = panels(3, height=3.7)
    c = run.carbon
    temperature(axes[0], run.route.carbonisation)
    bands(axes[1], c.seconds, [Band("mass", c.mass, 2), Band("shrinkage", c.shrinkage, 4)], "over the bead's")
    axes[1].set_ylim(bottom=0)
    bands(axes[2], c.seconds, [Band("H/C", c.hydrogen_to_carbon, 0)], "H/C (atomic)", legends=False)
    twin = axes[2].twinx()
    bands(twin, c.seconds, [Band("N", c.nitrogen, 1)], "N (wt%), orange", legends=False)
    twin.set_ylim(bottom=0)
    for ax in axes:
        ax.set_xlabel("time (h)")
    return Drawing(
        "Carbonisation",
        svg(canvas, name="route-carbonisation"),
        "Left: the programme. Middle: mass and linear shrinkage, bead to carbon. Right: H/C (blue) and N. "
        + _BAND,
    )


def _structure(run: HardCarbonRun, limits: Limits) -> Drawing:
    canvas, axes = panels(3, height=3.6)
    c = run.carbon
    rows: tuple[tuple[str, str, Array, int], ...] = (
        ("d002", "d002 (nm)", c.d002, 0),
        ("lc002", "Lc(002) (nm)", c.lc002, 2),
        ("", "area by temperature (m²/g)", c.area, 1),
    )
    for ax, (name, label, values, colour) in zip(axes, rows, strict=True):
        for low, high in limits.get(name, ()):
            ax.axhspan(low, high, color=COLOURS[2], alpha=0.07, linewidth=0)
        bands(ax, c.seconds, [Band(label, values, colour)], label, legends=False)
        seen = np.isfinite(values).all(axis=0)
        if seen.any():
            ax.set_xlim(c.seconds[seen][0] / 3600.0, c.seconds[-1] / 3600.0)
        ax.set_xlabel("time (h)")
    axes[2].set_yscale("log")
    return Drawing(
        "Structure as it grows",
        svg(canvas, name="route-structure"),
        "From 700 °C on: layer spacing, stack height, and area before the spheres' outer area. Claimed "
        f"ranges shaded. The width of the bands is that between precursors. {_BAND}",
    )

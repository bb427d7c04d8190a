"""Pictures of a sweep, of sensitivities and of a search."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np

from negatrode.report.figures.canvas import COLOURS, INK, SOFT, Drawing, legend, panels, plain, svg
from negatrode.study.axis import Axis
from negatrode.study.chain.limits import Limit, keeps
from negatrode.study.file.read import Study
from negatrode.study.journal import Entry
from negatrode.study.model import Column
from negatrode.study.parts.invert import Goals, Inverse
from negatrode.study.parts.sensitivity import Sensitivity

_MOST_PANELS = 4


def draw_sweep(study: Study, entries: Sequence[Entry], output: Column) -> Drawing:
    """An output against every axis, points inside the limits marked."""
    axes = [a for a in study.axes if not a.is_words][:_MOST_PANELS]
    figure, panes = panels(len(axes), height=4.0, sharey=True)
    good = [e for e in entries if e.outputs.get(output.name) is not None]
    inside = np.array([keeps(e, study.limits) for e in good], dtype=bool)
    y = np.array([_number(e, output.name) for e in good])
    low, high = (np.array([_number(e, f"{output.name}_{q}") for e in good]) for q in ("p5", "p95"))
    for pane, axis in zip(panes, axes, strict=True):
        x = np.array([float(e.inputs[axis.name]) for e in good])
        pane.vlines(x, low, high, color="#d9dfe6", linewidth=0.7, zorder=1)
        pane.plot(x[~inside], y[~inside], ".", color=SOFT, markersize=4, label="outside")
        pane.plot(x[inside], y[inside], "o", color=COLOURS[2], markersize=4, label="inside all limits")
        pane.set_xscale("log" if axis.scale == "log" else "linear")
        pane.set_xlabel(textwrap.fill(plain(axis.label), 22), fontsize=9)
    panes[0].set_ylabel(plain(output.label))
    legend(panes[-1], loc="best")
    told = (
        f"{int(inside.sum())} of {len(entries)} points keep every limit"
        if study.limits
        else f"{len(entries)} points"
    )
    bars = "; bars hold 90 % of the draws" if np.isfinite(low).any() else ""
    return Drawing(f"{output.title or output.name} over the sweep", svg(figure, name=f"sweep-{output.name}"),
                   f"{told}{bars}.")  # fmt: skip


def draw_sensitivities(study: Study, found: Sequence[Sensitivity]) -> Drawing:
    """Total and first-order indices, an output a panel."""
    shown = list(found)[:_MOST_PANELS]
    titles = {c.name: c.title or c.name for c in study.chain.columns}
    names = list(shown[0].total)
    figure, panes = panels(len(shown), height=1.8 + 0.5 * len(names), sharey=True)
    place = np.arange(len(names))
    for pane, s in zip(panes, shown, strict=True):
        for indices, shift, colour, label in (
            (s.total, -0.17, COLOURS[0], "total"),
            (s.first, 0.17, COLOURS[4], "first"),
        ):
            values = np.array([indices[n].value for n in names])
            ends = np.array([[indices[n].low, indices[n].high] for n in names]).T
            spread = np.maximum([values - ends[0], ends[1] - values], 0.0)
            pane.barh(place + shift, np.clip(values, 0, None), 0.32, color=colour, label=label,
                      xerr=np.nan_to_num(spread), error_kw={"ecolor": INK, "elinewidth": 0.9})  # fmt: skip
        pane.set_xlim(0, max(1.05, pane.get_xlim()[1]))
        pane.set_title(textwrap.fill(plain(titles.get(s.output, s.output)), 30), fontsize=10)
        pane.set_xlabel("share of the variance")
    panes[0].set_yticks(place, [_axis_title(study.axis(n)) for n in names])
    panes[0].invert_yaxis()
    legend(panes[-1], loc="upper left", bbox_to_anchor=(0.0, -0.25), ncols=2)
    rows = ", ".join(f"{s.output}: {s.rows} of {s.planned} rows" for s in shown)
    return Drawing("What moves the outputs", svg(figure, name="sensitivity"),
                   f"Sobol indices over the axes, with 95 % intervals by bootstrap ({rows}). Total: with all "
                   "that an axis does together with others.")  # fmt: skip


def draw_search(study: Study, inverse: Inverse, goals: Goals) -> Drawing:
    """How the search went (one objective), or what it found between two."""
    columns = {c.name: c for c in study.chain.columns}
    if len(goals.columns) == 1:
        return _progress(study, inverse, columns[goals.columns[0]], is_up=bool(goals.maximise))
    figure, (pane,) = panels(1, height=4.4)
    one, other = (columns[c] for c in goals.columns[:2])
    good = [e for e in inverse.entries if not e.is_failed and e.outputs.get(one.name) is not None]
    for kept, style, colour, label in (
        (False, ".", SOFT, "outside"),
        (True, "o", COLOURS[2], "inside all limits"),
    ):
        some = [e for e in good if keeps(e, study.limits) is kept]
        xs, ys = ([_number(e, c.name) for e in some] for c in (one, other))
        pane.plot(xs, ys, style, color=colour, markersize=5, label=label)
    front = sorted((_number(e, one.name), _number(e, other.name)) for e in inverse.best)
    pane.plot(
        [p[0] for p in front],
        [p[1] for p in front],
        "-",
        color=COLOURS[1],
        label="no other is better in both",
    )
    pane.set_xlabel(plain(one.label))
    pane.set_ylabel(plain(other.label))
    legend(pane, loc="best")
    return Drawing(
        "Between the objectives", svg(figure, name="front"), f"{len(inverse.entries)} evaluations."
    )


def _progress(study: Study, inverse: Inverse, column: Column, *, is_up: bool) -> Drawing:
    figure, (pane,) = panels(1, height=3.8)
    values = np.array([_number(e, column.name) for e in inverse.entries])
    inside = np.array([keeps(e, study.limits) for e in inverse.entries], dtype=bool)
    number = np.arange(1, len(values) + 1)
    pane.plot(number[~inside], values[~inside], ".", color=SOFT, label="outside a limit")
    pane.plot(number[inside], values[inside], "o", color=COLOURS[2], markersize=4, label="inside all limits")
    best = np.where(inside, values, -np.inf if is_up else np.inf)
    best = np.maximum.accumulate(best) if is_up else np.minimum.accumulate(best)
    pane.plot(number[np.isfinite(best)], best[np.isfinite(best)], color=COLOURS[1], label="best so far")
    pane.set_xlabel("evaluation")
    pane.set_ylabel(plain(column.label))
    legend(pane, loc="best")
    words = "largest" if is_up else "smallest"
    return Drawing(f"Search for the {words} {column.title or column.name}", svg(figure, name="search"),
                   f"{len(values)} evaluations, {int(inside.sum())} of them inside all limits.")  # fmt: skip


def _axis_title(axis: Axis) -> str:
    return plain(axis.title or axis.name)


def _number(entry: Entry, name: str) -> float:
    value = entry.outputs.get(name)
    return float("nan") if value is None else value


def shown_output(study: Study, limits: tuple[Limit, ...]) -> Column:
    """The column that a sweep is drawn by: the first output, else the first limit's probability."""
    columns = {c.name: c for c in study.chain.columns}
    if study.chain.outputs:
        return columns[study.chain.outputs[0].name]
    return columns[limits[0].column]

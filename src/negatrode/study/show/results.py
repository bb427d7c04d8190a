"""A study's findings as JSON (docs/json.md)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from negatrode import __version__
from negatrode.study.axis import Axis
from negatrode.study.chain.limits import keeps
from negatrode.study.journal import Entry
from negatrode.study.model import Value
from negatrode.study.parts.maps import Map
from negatrode.study.parts.sensitivity import Index, Sensitivity
from negatrode.study.parts.window import AxisWindow, End, Window
from negatrode.study.run import Findings
from negatrode.study.versions import catalogue_version, code_version


def results_json(findings: Findings) -> dict[str, Any]:
    """Everything that the page shows, as numbers; the points themselves are in points.csv."""
    study = findings.study
    goals = study.invert.maximise + study.invert.minimise if study.invert is not None else ()
    return {
        "study": study.name,
        "notes": study.notes,
        "version": __version__,
        "code": code_version(),
        "catalogue": catalogue_version(),
        "seed": study.seed,
        "draws": study.chain.draws,
        "axes": [_axis(a) for a in study.axes],
        "outputs": [
            {"name": c.name, "title": c.title, "unit": c.unit, "confidence": c.confidence}
            for c in study.chain.columns
        ],
        "constraints": [limit.name for limit in study.limits],
        "points": findings.points,
        "failed": findings.failed,
        "sweep": None if study.sweep is None else {
            "design": study.sweep.design, "points": len(findings.sweep),
            "inside": sum(keeps(e, study.limits) for e in findings.sweep),
            "failed": sum(e.is_failed for e in findings.sweep),
        },
        "sensitivities": [_sensitivity(s) for s in findings.sensitivities],
        "refused": list(findings.refused),
        "inverse": None if findings.inverse is None else {
            "is_inside": findings.inverse.is_inside,
            "evaluations": len(findings.inverse.entries),
            "best": [_best(e, goals) for e in findings.inverse.best],
        },
        "maps": [
            {"x": plan.x, "y": plan.y, "output": plan.output, **_map(m)} for plan, m in findings.maps
        ],
        "window": None if findings.window is None else _window(findings.window),
    }  # fmt: skip


def _axis(axis: Axis) -> dict[str, Any]:
    low, high = axis.ends
    return {
        "name": axis.name, "title": axis.title, "unit": axis.unit, "low": low, "high": high,
        "scale": axis.scale, "values": list(axis.values), "normal": axis.is_normal, "at": axis.centre,
    }  # fmt: skip


def _sensitivity(s: Sensitivity) -> dict[str, Any]:
    def one(by_axis: Mapping[str, Index]) -> dict[str, Any]:
        return {
            n: {"value": i.value, "low": _known(i.low), "high": _known(i.high)} for n, i in by_axis.items()
        }

    return {
        "output": s.output, "rows": s.rows, "planned": s.planned, "mean": s.mean, "deviation": s.deviation,
        "first": one(s.first), "total": one(s.total),
    }  # fmt: skip


def _known(value: float) -> float:
    """An interval of an index that never varies has no width."""
    return value if math.isfinite(value) else 0.0


def _best(entry: Entry, goals: Sequence[str]) -> dict[str, Any]:
    return {
        "inputs": dict(entry.inputs),
        "objectives": {g: entry.outputs.get(g) for g in goals},
        "outputs": dict(entry.outputs),
        "notes": dict(entry.notes),
    }


def _map(m: Map) -> dict[str, Any]:
    def rows(values: Any) -> list[list[float | None]]:
        return [[float(v) if math.isfinite(v) else None for v in row] for row in values]

    return {
        "fixed": dict(m.fixed),
        "x_values": m.x.tolist(),
        "y_values": m.y.tolist(),
        "columns": {name: rows(values) for name, values in m.columns.items()},
        "failed": [list(p) for p in m.failed],
    }


def _window(window: Window) -> dict[str, Any]:
    return {
        "reference": dict(window.reference),
        "is_inside": window.is_inside,
        "missed": list(window.missed),
        "rows": [_row(r) for r in window.rows],
    }


def _row(r: AxisWindow) -> dict[str, Any]:
    return {
        "axis": r.axis.name,
        "title": r.axis.title,
        "unit": r.axis.unit,
        "reference": r.reference,
        "low": _end(r.low),
        "high": _end(r.high),
        "kept": list(r.kept),
        "seen": None if r.seen is None else list(r.seen),
        "words": range_words(r),
        "ended_by": ended_words(r),
    }


def _end(end: End | None) -> dict[str, Any] | None:
    return None if end is None else {"at": end.at, "ended_by": end.ended_by}


def range_words(r: AxisWindow) -> str:
    """The range in words: "5.1 - 11.2", the values that are kept, or that there is none."""
    if r.axis.values:
        return ", ".join(short(v) for v in r.kept) or "none"
    if r.low is None or r.high is None:
        return "the reference is outside"
    return f"{short(r.low.at)} - {short(r.high.at)}"


def ended_words(r: AxisWindow) -> str:
    """What ends the range below and above."""
    if r.low is None or r.high is None:
        return ""
    below, above = (e.ended_by or "the axis" for e in (r.low, r.high))
    return below if below == above else f"{below}; {above}"


def short(value: Value | None) -> str:
    """A value as tables show it."""
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)

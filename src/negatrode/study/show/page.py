"""The page of a study: one self-contained HTML file, every text of the user's escaped."""

from __future__ import annotations

import datetime
from importlib import resources
from typing import Any

from negatrode import __version__
from negatrode.material.prior import WORDS
from negatrode.report.figures.canvas import Drawing
from negatrode.study.parts.invert import Goals
from negatrode.study.run import Findings
from negatrode.study.show.figures import draw_search, draw_sensitivities, draw_sweep, shown_output
from negatrode.study.show.map import draw_map
from negatrode.study.show.results import ended_words, range_words, short


def page(findings: Findings, command: str) -> str:
    """The whole page."""
    from jinja2 import Environment
    from markupsafe import Markup

    study = findings.study
    source = resources.files("negatrode.study.show").joinpath("study.html.j2").read_text("utf-8")
    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(source)
    return template.render(
        study=study,
        version=__version__,
        date=datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
        command=command,
        axes=[_axis_row(findings, a.name) for a in study.axes],
        outputs=_outputs(findings),
        words=[w for w in WORDS if any(c.confidence == w for c in study.chain.columns)],
        findings=findings,
        best=_best(findings),
        window=_window(findings),
        pictures=[
            {"title": d.title, "markup": Markup(d.markup), "caption": d.caption} for d in _pictures(findings)
        ],
        failures=_failures(findings),
    )


def _axis_row(findings: Findings, name: str) -> dict[str, str]:
    axis = findings.study.axis(name)
    low, high = axis.ends
    span = ", ".join(short(v) for v in axis.values) if axis.values else f"{low:.4g} to {high:.4g}"
    spread = findings.study.chain.spreads.get(name.partition(".")[2]) if name.startswith("sample.") else None
    told = ""
    if spread is not None:
        unit = "" if axis.unit == "1" else f" {axis.unit}"
        told = f"{100 * spread.amount:.3g} %" if spread.is_relative else f"{spread.amount:.3g}{unit}"
    kind = "normal, mean +- 2 sd" if axis.is_normal else "listed" if axis.values else axis.scale
    return {
        "name": name, "title": axis.title, "unit": axis.unit, "span": span, "at": short(axis.centre),
        "kind": kind, "uncertainty": told,
    }  # fmt: skip


def _outputs(findings: Findings) -> list[dict[str, str]]:
    return [
        {"name": o.name, "title": o.column.title, "unit": o.column.unit, "word": o.column.confidence or "-"}
        for o in findings.study.chain.outputs
    ]


def _best(findings: Findings) -> list[dict[str, Any]]:
    """The designs that the search found, with every output's interval."""
    if findings.inverse is None:
        return []
    study = findings.study
    rows = []
    for entry in findings.inverse.best[:12]:
        gives = []
        for o in study.chain.outputs:
            low, high = entry.outputs.get(f"{o.name}_p5"), entry.outputs.get(f"{o.name}_p95")
            text = short(entry.outputs.get(o.name))
            text += f" ({short(low)} to {short(high)})" if low is not None else ""
            gives.append({"title": o.column.label, "text": text, "word": o.column.confidence})
        gives += [
            {"title": limit.name, "text": f"P = {short(entry.outputs.get(limit.column))}", "word": ""}
            for limit in study.limits
        ]
        rows.append(
            {"inputs": [(study.axis(n).label, short(v)) for n, v in entry.inputs.items()], "gives": gives}
        )
    return rows


def _window(findings: Findings) -> list[dict[str, str]]:
    if findings.window is None:
        return []
    return [
        {
            "title": r.axis.title or r.axis.name, "unit": r.axis.unit, "reference": short(r.reference),
            "range": range_words(r), "ended": ended_words(r),
            "seen": "-" if r.seen is None else f"{short(r.seen[0])} - {short(r.seen[1])}",
        }
        for r in findings.window.rows
    ]  # fmt: skip


def _pictures(findings: Findings) -> list[Drawing]:
    study = findings.study
    found = [
        draw_map(plan, m, study.limits, study.chain.columns, f"map-{i}")
        for i, (plan, m) in enumerate(findings.maps)
    ]
    if findings.inverse is not None and study.invert is not None:
        goals = Goals(study.invert.maximise, study.invert.minimise)
        found.append(draw_search(study, findings.inverse, goals))
    if findings.sensitivities:
        found.append(draw_sensitivities(study, findings.sensitivities))
    if findings.sweep and any(not a.is_words for a in study.axes):
        found.append(draw_sweep(study, findings.sweep, shown_output(study, study.limits)))
    return found


def _failures(findings: Findings) -> list[tuple[str, int]]:
    reasons: dict[str, int] = {}
    for e in [*findings.sweep, *(findings.inverse.entries if findings.inverse is not None else ())]:
        if e.is_failed:
            reasons[e.error] = reasons.get(e.error, 0) + 1
    return sorted(reasons.items(), key=lambda item: -item[1])[:10]

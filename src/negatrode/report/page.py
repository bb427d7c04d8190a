"""The page: a Jinja template filled with plain strings; one self-contained HTML file."""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from typing import Any

from negatrode import __version__
from negatrode.core.catalogue import catalogue
from negatrode.core.estimate import Estimate, Recipe
from negatrode.flow.assess import Assessment
from negatrode.flow.text import unit_text, value_text
from negatrode.report.battery import Report
from negatrode.report.battery_text import section
from negatrode.report.calibration import calibration_section
from negatrode.report.drawings import drawings
from negatrode.report.figures.battery import draw_battery
from negatrode.report.figures.canvas import Drawing
from negatrode.report.strip import strip
from negatrode.report.verdicts import claim_ranges, claimed_limits, judgement_rows, next_steps


@dataclass(frozen=True)
class Telling:
    """How a powder is made, for the page: plain strings by place, and pictures."""

    words: dict[str, Any]
    pictures: tuple[Drawing, ...]


def page(
    assessment: Assessment, command: str, battery: Report | None = None, route: Telling | None = None
) -> str:
    """The whole report as HTML; every text of the user's is escaped."""
    from jinja2 import Environment
    from markupsafe import Markup

    source = resources.files("negatrode.report").joinpath("template.html.j2").read_text("utf-8")
    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(source)
    measured = assessment.measured
    ranges = claim_ranges(assessment.claim_sets)
    pictures = drawings(measured, claimed_limits(assessment.claim_sets))
    drawn = () if battery is None else tuple(draw_battery(battery.battery))
    order = list(catalogue())
    estimates = sorted(measured.sample.estimates.values(), key=lambda e: order.index(e.measurand))
    return template.render(
        sample=measured.sample,
        notes=measured.folder.notes,
        version=__version__,
        date=datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
        command=command,
        judgements=[judgement_rows(j) for j in assessment.judgements],
        properties=[
            _property(e) | {"strip": Markup(strip(e, ranges.get(e.measurand, ())))} for e in estimates
        ],
        unmeasured=list(measured.sample.unmeasured.items()),
        warnings=list(_warnings(estimates)),
        next_steps=list(next_steps(assessment.judgements)),
        figures=[_figure(d) for d in pictures],
        battery=None if battery is None else _section(battery),
        battery_figures=[_figure(d) for d in drawn],
        route=None if route is None else route.words,
        route_figures=[] if route is None else [_figure(d) for d in route.pictures],
        files=list(_files(assessment)),
        settings=list(_settings(assessment)),
        facts=[
            {"name": f.name, "value": _words(f.value), "by": f.declared_by, "evidence": f.evidence}
            for f in measured.sample.facts.values()
        ],
        recipes=list(_recipes(assessment)),
    )


def _figure(drawing: Drawing) -> dict[str, Any]:
    from markupsafe import Markup

    return {"title": drawing.title, "markup": Markup(drawing.markup), "caption": drawing.caption}


def _section(report: Report) -> dict[str, Any]:
    found = section(report.battery)
    if report.calibration is not None:
        found["calibration"] = calibration_section(report.calibration)
    if report.why_not:
        found["failed"] = [*found["failed"], report.why_not]
    return found


def _words(value: bool | str | tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else ", ".join(value)


def _property(estimate: Estimate) -> dict[str, Any]:
    row = catalogue()[estimate.measurand]
    low, high = estimate.interval95
    budget = sorted(estimate.components, key=lambda c: -abs(c.u))
    return {
        "symbol": row.symbol,
        "title": row.title,
        "unit": unit_text(row.unit) or "1",
        "value": value_text(estimate),
        "interval": f"{low:.4g} to {high:.4g}" if math.isfinite(low + high) else "",
        "recipe": estimate.recipe,
        "confidence": estimate.confidence,
        "declared_by": estimate.declared_by,
        "alternatives": [
            {
                "recipe": a.recipe,
                "value": "-" if a.value is None else f"{a.value:.5g}",
                "note": "yes" if a.admissible else f"no: {a.why_not}",
            }
            for a in estimate.alternatives
        ],
        "budget": [{"source": c.source, "u": f"{abs(c.u):.2g}"} for c in budget[:10]],
        "findings": list(estimate.findings),
    }


def _warnings(estimates: Iterable[Estimate]) -> Iterable[dict[str, str]]:
    """Each warning once, with the properties it touches; derived properties repeat those of their parts."""
    places: dict[str, list[str]] = {}
    for e in estimates:
        for f in e.findings:
            if f.warning and not catalogue()[e.measurand].expression:
                places.setdefault(f.text, []).append(catalogue()[e.measurand].symbol)
    for text, where in places.items():
        yield {"where": ", ".join(dict.fromkeys(where)), "text": text}


def _files(assessment: Assessment) -> Iterable[dict[str, Any]]:
    folder = assessment.measured.folder.path
    seen = Counter[str]()
    for trace in assessment.measured.traces:
        for r in trace.recordings:
            seen[r.source.path] += 1
            if seen[r.source.path] == 1:
                yield {
                    "path": r.source.path,
                    "format": r.format,
                    "sha256": r.source.sha256,
                    "unread": len(r.unread),
                }
    from negatrode.files.blob import load

    yield {
        "path": str(folder),
        "format": "sample description",
        "sha256": load(folder).source.sha256,
        "unread": 0,
    }


def _settings(assessment: Assessment) -> Iterable[dict[str, str]]:
    seen = set()
    for trace in assessment.measured.traces:
        for name in trace.technique.properties:
            e = assessment.measured.sample.estimates.get(name)
            for key, stated in (e.settings if e else {}).items():
                if (trace.technique.section, key) not in seen:
                    seen.add((trace.technique.section, key))
                    yield {
                        "section": trace.technique.title,
                        "key": key,
                        "value": stated.text(),
                        "where": stated.where,
                    }


def _recipes(assessment: Assessment) -> Iterable[Recipe]:
    for trace in assessment.measured.traces:
        for prop in trace.technique.properties:
            if prop in assessment.measured.sample.estimates:
                yield from trace.technique.recipes_of(prop)

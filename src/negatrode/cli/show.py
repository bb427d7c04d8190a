"""Results as text for a terminal, and the JSON of ``recipes`` and ``inspect``."""

from __future__ import annotations

import textwrap
from typing import Any

from negatrode.claimsets.verdict import Judgement
from negatrode.cli.console import colour, table
from negatrode.core.catalogue import catalogue, lookup
from negatrode.core.estimate import Estimate, Recipe
from negatrode.core.recording import Block, Plane, Recording, SpectrumImage
from negatrode.files.registry import readers
from negatrode.flow.text import value_text
from negatrode.process.made import Made
from negatrode.techniques.registry import techniques, techniques_of

_COLOURS = {"met": "32", "not met": "31", "undecided": "33", "recipe-dependent": "35"}


def estimate_text(estimate: Estimate) -> str:
    """An estimate with its interval, recipe, uncertainty budget, other recipes and findings."""
    row = catalogue()[estimate.measurand]
    low, high = estimate.interval95
    lines = [
        f"{row.title}: {row.symbol} = {value_text(estimate)}   (95 %: {low:.5g} to {high:.5g})",
        f"recipe: {estimate.recipe} (version {estimate.recipe_version})",
    ]
    if estimate.confidence:
        lines.append(f"confidence: {estimate.confidence}")
    if estimate.components:
        lines.append("uncertainty:")
        budget = sorted(estimate.components, key=lambda c: -abs(c.u))
        lines += [f"  {abs(c.u):.2g} {row.unit if row.unit != '1' else ''}  {c.source}" for c in budget[:8]]
    if estimate.alternatives:
        lines.append("other recipes:")
        for a in estimate.alternatives:
            shown = "-" if a.value is None else f"{a.value:.5g}"
            note = "" if a.admissible else f"  not admissible: {a.why_not}"
            lines.append(f"  {a.recipe}: {shown}{note}")
    for f in estimate.findings:
        lines.append(f"{'warning' if f.warning else 'note'} [{f.code}]: {f.text}")
    lines += [f"file: {s.path}  sha256 {s.sha256[:16]}" for s in estimate.sources]
    return "\n".join(lines)


def made_text(made: Made) -> str:
    """The predicted properties of a made powder: median, 90 % interval, confidence; then what to know."""
    rows = []
    for name, p in made.predictions.items():
        low, high = p.interval()
        rows.append([name, f"{p.median:.4g}", f"{low:.4g} to {high:.4g}", p.unit, p.confidence])
    lines = [f"{made.name}: predicted from its route, {made.draws.n} draws"]
    lines.append(table(rows, head=["property", "median", "90 %", "unit", "confidence"]))
    lines += [f"{'warning' if n.warning else 'note'}: {n.text}" for n in made.notes]
    return "\n".join(lines)


def study_text(results: dict[str, Any]) -> str:
    """What a study found: points, best designs, the window; its table and pictures are in its folder."""
    lines = [f"{results['study']}: {results['points']} points, {results['failed']} failed"]
    if results["inverse"] is not None:
        found = results["inverse"]
        words = "best design" if found["is_inside"] else "no design keeps every limit; the nearest"
        for best in found["best"][:5]:
            at = ", ".join(f"{n} = {_short(v)}" for n, v in best["inputs"].items())
            gives = ", ".join(f"{n} = {_short(v)}" for n, v in best["objectives"].items())
            lines.append(f"{words}: {at}: {gives}")
    if results["window"] is not None:
        rows = [
            [r["axis"], r["unit"], _short(r["reference"]), r["words"], r["ended_by"]]
            for r in results["window"]["rows"]
        ]
        lines.append(table(rows, head=["design window", "unit", "at", "from - to", "ended by"]))
    for s in results["sensitivities"]:
        order = sorted(s["total"].items(), key=lambda item: -item[1]["value"])
        told = ", ".join(f"{n} {i['value']:.2f} ({i['low']:.2f} to {i['high']:.2f})" for n, i in order)
        lines.append(f"{s['output']}, total indices: {told}")
    return "\n".join([*lines, *results["refused"]])


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def judgement_text(judgement: Judgement) -> str:
    """The verdict table of a claim set, a row a claim, its deciding limitations beneath."""
    lines = [f"{judgement.claim_set}: {judgement.title} - sample {judgement.sample}"]
    for claim in judgement.claims:
        verdict = colour(claim.verdict.ljust(17), _COLOURS.get(claim.verdict, "0"))
        lines.append(f"  claim {claim.claim:>2}  {verdict}{claim.reason}")
    return "\n".join(lines)


def recipes_json(prop: str | None) -> list[dict[str, Any]]:
    """The recipes as JSON rows."""
    return [
        {
            "property": r.measurand,
            "recipe": r.name,
            "version": r.version,
            "default": r.default,
            "basis": r.basis,
            "summary": r.summary,
            "reference": r.reference,
        }
        for r in _recipes(prop)
    ]


def _recipes(prop: str | None) -> list[Recipe]:
    if prop is None:
        return [r for t in techniques() for r in t.recipes]
    row = lookup(prop)
    if row.expression:
        from negatrode.core.expression import parse

        return [r for name in parse(row.expression).names for r in _recipes(name)]
    return [r for t in techniques_of(prop) for r in t.recipes_of(prop)]


def recipes_text(prop: str | None) -> str:
    """The recipes by property, and the settings of their technique."""
    found = _recipes(prop)
    lines: list[str] = []
    for name in dict.fromkeys(r.measurand for r in found):
        lines.append(f"{name} ({catalogue()[name].unit}): {catalogue()[name].definition}")
        able = techniques_of(name)
        for technique in able:
            if len(able) > 1:
                lines.append(f"  from [{technique.section}], {technique.title}:")
            for r in technique.recipes_of(name):
                mark = "*" if r.default else " "
                lines.append(f" {mark} {r.name} (version {r.version}, {r.basis})")
                lines += textwrap.wrap(r.summary, 96, initial_indent="     ", subsequent_indent="     ")
    for technique in dict.fromkeys(t for r in found for t in techniques_of(r.measurand)):
        lines.append(f"settings of [{technique.section}]:")
        lines += [f"   {k.name}{f' [{k.unit}]' if k.unit else ''}: {k.meaning}" for k in technique.keys]
    lines.append("* the default")
    return "\n".join(lines)


def formats_text() -> str:
    """The formats that are read."""
    return table([[r.NAME, r.KIND, r.TITLE] for r in readers()], head=["format", "kind", "what"])


def _block_json(block: Block) -> dict[str, Any]:
    return {
        "name": block.name,
        "points": len(block.columns[0].values) if block.columns else 0,
        "columns": [
            {
                "name": c.name,
                "unit": c.unit,
                "min": float(c.values.min()) if c.values.size else None,
                "max": float(c.values.max()) if c.values.size else None,
            }
            for c in block.columns
        ],
        "facts": {k: v.text() for k, v in block.facts.items()},
    }


def _plane_json(plane: Plane) -> dict[str, Any]:
    return {
        "name": plane.name,
        "quantity": plane.quantity,
        "line": plane.line,
        "shape": list(plane.values.shape),
        "min": float(plane.values.min()),
        "max": float(plane.values.max()),
    }


def recording_json(recording: Recording) -> dict[str, Any]:
    """What ``inspect --json`` prints."""
    picture = recording.picture
    return {
        "kind": recording.kind,
        "format": recording.format,
        "source": {"path": recording.source.path, "sha256": recording.source.sha256},
        "blocks": [_block_json(b) for b in recording.blocks],
        "sheets": [{"name": s.name, "rows": len(s.rows)} for s in recording.sheets],
        "picture": None
        if picture is None
        else {
            "rows": picture.values.shape[0],
            "columns": picture.values.shape[1],
            "pixel_size": picture.pixel_size,
        },
        "outlines": len(recording.outlines),
        "planes": [_plane_json(p) for p in recording.planes],
        "spectra": None
        if recording.spectra is None
        else {
            "shape": list(recording.spectra.counts.shape),
            "offset": recording.spectra.offset,
            "width": recording.spectra.width,
            "elements": list(recording.spectra.elements),
        },
        "parts": [{"path": p.path, "sha256": p.sha256} for p in recording.parts],
        "settings": {
            k: {"value": v.value, "unit": v.unit, "where": v.where} for k, v in recording.settings.items()
        },
        "metadata": dict(recording.metadata),
        "unread": [{"where": u.where, "what": u.what} for u in recording.unread],
    }


def _spectra_text(spectra: SpectrumImage) -> list[str]:
    rows, columns, channels = spectra.counts.shape
    end = spectra.offset + spectra.width * channels
    return [
        f"spectra: {columns} x {rows} pixels, {channels} channels, {spectra.offset:.3g} to {end:.3g} keV",
        f"  elements named: {', '.join(spectra.elements) or 'none'}",
    ]


def recording_text(recording: Recording) -> str:
    """What ``inspect`` prints."""
    lines = [
        f"{recording.source.path}: {recording.kind} ({recording.format})",
        f"sha256 {recording.source.sha256}",
    ]
    for block in (_block_json(b) for b in recording.blocks):
        lines.append(f"{block['name']}: {block['points']} points")
        for c in block["columns"]:
            span = "" if c["min"] is None else f"  {c['min']:.6g} to {c['max']:.6g}"
            lines.append(f"  {c['name']} [{c['unit']}]{span}")
        lines += [f"  {k}: {v}" for k, v in block["facts"].items()]
    lines += [f"sheet {s.name}: {len(s.rows)} rows" for s in recording.sheets]
    if recording.picture is not None:
        rows, columns = recording.picture.values.shape
        size = recording.picture.pixel_size
        lines.append(
            f"picture: {columns} x {rows} pixels, " + (f"pixel {size:.5g} m" if size else "no scale stated")
        )
    for p in (_plane_json(p) for p in recording.planes):
        shape = " x ".join(str(n) for n in p["shape"])
        name = f"{p['name']} {p['line']}".rstrip()
        lines.append(f"plane {name} [{p['quantity']}]: {shape}, {p['min']:.6g} to {p['max']:.6g}")
    if recording.spectra is not None:
        lines += _spectra_text(recording.spectra)
    lines += [f"read with {p.path}  sha256 {p.sha256[:16]}" for p in recording.parts]
    if recording.outlines:
        lines.append(f"outlines: {len(recording.outlines)}")
    lines += [f"{k} = {v.text()}   ({v.where})" for k, v in recording.settings.items()]
    lines += [f"  {k}: {v}" for k, v in list(recording.metadata.items())[:40]]
    lines += [f"not understood: {u.where}: {u.what}" for u in recording.unread] or ["nothing was left unread"]
    return "\n".join(lines)

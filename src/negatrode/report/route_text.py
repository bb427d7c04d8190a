"""How a powder is made, in words: stages, notes, sources; as rows for the page and as JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from negatrode.flow.text import unit_text
from negatrode.material.predicted import Predicted
from negatrode.material.prior import MARKS
from negatrode.process.knobs import Knob
from negatrode.process.made import Made


def number(value: float) -> str:
    """A number with three digits, as people write it.

    >>> number(0.2784), number(1234.0), number(3.2e-9), number(float("nan"))
    ('0.278', '1230', '3.2e-09', '-')
    """
    if not math.isfinite(value):
        return "-"
    if abs(value) < 1e-12:
        return "0"
    if 1e-3 <= abs(value) < 1e5:
        digits = max(0, 2 - math.floor(math.log10(abs(value))))
        rounded = round(value, digits) if digits else float(f"{value:.3g}")
        return f"{rounded:.{digits}f}" if digits else f"{rounded:.0f}"
    return f"{value:.3g}"


def row(p: Predicted) -> dict[str, Any]:
    """A prediction as a row of the page."""
    low, high = p.interval()
    return {
        "title": p.title,
        "median": number(p.median),
        "interval": f"{number(low)} to {number(high)}" if high > low else "",
        "unit": unit_text(p.unit),
        "word": p.confidence,
        "how": p.how,
        "sources": list(p.sources),
    }


def telling(made: Made, tables: list[dict[str, Any]]) -> dict[str, Any]:
    """The section of the page."""
    return {
        "draws": made.draws.n,
        "stages": [
            {"title": s.title, "settings": s.settings, "rows": [row(p) for p in s.rows]} for s in made.stages
        ],
        "tables": tables,
        "warnings": [n.text for n in made.notes if n.warning],
        "notes": [n.text for n in made.notes if not n.warning],
        "marks": MARKS,
    }


def made_json(made: Made, turned: Sequence[Knob] = ()) -> dict[str, Any]:
    """The route's part of results.json; ``turned``: what each knob moves."""

    def one(p: Predicted) -> dict[str, Any]:
        low, high = p.interval()
        return {
            "name": p.name, "title": p.title, "unit": p.unit, "median": _plain(p.median),
            "interval90": [_plain(low), _plain(high)], "confidence": p.confidence, "how": p.how,
            "sources": list(p.sources),
        }  # fmt: skip

    return {
        "draws": made.draws.n,
        "stages": [
            {"stage": s.title, "settings": s.settings, "quantities": [one(p) for p in s.rows]}
            for s in made.stages
        ],
        "predicted": [one(p) for p in made.predictions.values()],
        "knobs": [{"step": k.words, "changes": dict(k.changes), "why_not": k.why_not} for k in turned],
        "notes": [{"code": n.code, "text": n.text, "warning": n.warning} for n in made.notes],
    }


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None

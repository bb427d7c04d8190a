"""Estimates as the JSON that other programs read (keys are a promise; see docs/json.md)."""

from __future__ import annotations

import math
from typing import Any

from negatrode.core.estimate import Estimate


def plain(value: float | None) -> float | None:
    """A number that JSON can hold; None where it is absent or not finite."""
    return None if value is None or not math.isfinite(value) else float(value)


def estimate_json(estimate: Estimate) -> dict[str, Any]:
    """The JSON object of ``negatrode measure --json``.

    ``below_limit`` is null, or the limit in ``unit`` that the value lies below (``value`` is then null).
    """
    return {
        "property": estimate.measurand,
        "value": plain(estimate.value),
        "below_limit": plain(estimate.below_limit) if estimate.value is None else None,
        "unit": estimate.unit,
        "standard_uncertainty": plain(estimate.standard_uncertainty),
        "interval95": [plain(x) for x in estimate.interval95],
        "recipe": estimate.recipe,
        "recipe_version": estimate.recipe_version,
        "alternatives": [
            {
                "recipe": a.recipe,
                "value": plain(a.value),
                "admissible": a.admissible,
                "why_not": a.why_not,
            }
            for a in estimate.alternatives
        ],
        "findings": [{"code": f.code, "text": f.text} for f in estimate.findings],
        "sources": [{"path": s.path, "sha256": s.sha256} for s in estimate.sources],
    }


def uncertainty_json(estimate: Estimate) -> list[dict[str, Any]]:
    """The uncertainty budget: one row a component, for results.json."""
    return [
        {"source": c.source, "u": plain(c.u), "input": c.key, "degrees_of_freedom": plain(c.dof)}
        for c in estimate.components
    ]

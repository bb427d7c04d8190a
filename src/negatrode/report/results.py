"""results.json: everything a run found, for other programs (docs/json.md)."""

from __future__ import annotations

from typing import Any

from negatrode import __version__
from negatrode.claimsets.as_json import judgement_json
from negatrode.flow.as_json import estimate_json, uncertainty_json
from negatrode.flow.assess import Assessment
from negatrode.report.battery import Report
from negatrode.report.battery_text import battery_json
from negatrode.report.calibration import calibration_json


def _battery_json(report: Report) -> dict[str, Any]:
    found = battery_json(report.battery)
    found["calibration"] = None if report.calibration is None else calibration_json(report.calibration)
    return found


def results_json(assessment: Assessment, command: str, battery: Report | None = None) -> dict[str, Any]:
    """The whole of a run as JSON."""
    sample = assessment.measured.sample
    return {
        "negatrode": __version__,
        "command": command,
        "sample": {"name": sample.name, "material": sample.material},
        "properties": [
            {
                **estimate_json(e),
                "uncertainty": uncertainty_json(e),
                "declared_by": e.declared_by,
                "confidence": e.confidence,
                "span": None if e.outcome.span is None else [o.value for o in e.outcome.span],
                "settings": {
                    k: {"value": v.value, "unit": v.unit, "where": v.where} for k, v in e.settings.items()
                },
            }
            for e in sample.estimates.values()
        ],
        "facts": [
            {
                "fact": f.name,
                "value": list(f.value) if isinstance(f.value, tuple) else f.value,
                "declared_by": f.declared_by,
                "where": f.where,
                "evidence": f.evidence,
            }
            for f in sample.facts.values()
        ],
        "unmeasured": dict(sample.unmeasured),
        "judgements": [judgement_json(j) for j in assessment.judgements],
        "battery": None if battery is None else _battery_json(battery),
    }

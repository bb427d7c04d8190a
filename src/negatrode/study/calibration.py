"""A calibration of several samples: computed, told, written."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from negatrode import __version__
from negatrode.battery.assembly import Source
from negatrode.battery.calibrate_many import JointCalibration, calibrated_together, left_out
from negatrode.material.predicted import Predicted
from negatrode.report.write import check_free, write_files
from negatrode.study.file.calibration import CalibrationStudy
from negatrode.study.parts.posterior import posterior_json

FILES = ("posterior.json", "results.json", "report.html")
_SHOWN = ("reversible_capacity", "irreversible_capacity")


@dataclass(frozen=True, eq=False)
class Calibrated:
    """A finished calibration of several samples."""

    folder: Path
    joint: JointCalibration
    results: dict[str, Any]

    @property
    def report(self) -> Path:
        """The page."""
        return self.folder / "report.html"


def run_calibration(
    study: CalibrationStudy,
    folder: Path,
    *,
    say: Callable[[str], None],
    overwrite: bool = False,
    command: str = "",
) -> Calibrated:
    """Calibrate, predict every sample from the others, write posterior.json, results.json and report.html."""
    check_free(folder, list(FILES), overwrite=overwrite)
    say(f"Calibrating {len(study.samples)} samples at once")
    joint = calibrated_together(study.samples, study.shared, seed=study.seed)
    say("Predicting every sample from the others")
    others = left_out(study.samples, study.shared)
    results = _results(study, joint, others)
    files = {
        "posterior.json": _json(posterior_json(joint)),
        "results.json": _json(results),
        "report.html": _page(study, results, command).encode(),
    }
    write_files(folder, files, overwrite=overwrite)
    return Calibrated(folder, joint, results)


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False).encode()


def _results(study: CalibrationStudy, joint: JointCalibration, others: list[Source]) -> dict[str, Any]:
    rows = []
    for sample, after, predicted in zip(joint.samples, joint.sources, others, strict=True):
        for name in _SHOWN:
            before, own, foreign = (_of(s, name) for s in (sample.source, after, predicted))
            rows.append({
                "sample": sample.name, "quantity": before.title, "unit": before.unit,
                "prior": _band(before), "calibrated": _band(own), "from_others": _band(foreign),
                "agrees": _overlap(own, foreign),
            })  # fmt: skip
    return {
        "study": study.name,
        "notes": study.notes,
        "version": __version__,
        "samples": [s.name for s in joint.samples],
        "shared": posterior_json(joint)["numbers"],
        "misfit": joint.misfit,
        "noise_scale": joint.noise_scale,
        "rounds": joint.rounds,
        "rows": rows,
    }


def _of(source: Source, name: str) -> Predicted:
    found = {p.name: p for p in source.predictions}
    return found[name]


def _band(p: Predicted) -> list[float]:
    low, high = p.interval()
    return [low, p.median, high]


def _overlap(own: Predicted, foreign: Predicted) -> bool:
    """Whether what its own cell says lies within what the others predict (95 % intervals meet)."""
    a, b = own.interval(0.95), foreign.interval(0.95)
    return a[0] <= b[1] and b[0] <= a[1]


def _page(study: CalibrationStudy, results: dict[str, Any], command: str) -> str:
    from jinja2 import Environment

    source = resources.files("negatrode.study.show").joinpath("calibration.html.j2").read_text("utf-8")
    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(source)
    now = datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z")
    return template.render(
        study=study, r=results, version=__version__, date=now, command=command, band=_band_words
    )


def _band_words(values: list[float]) -> str:
    return f"{values[1]:.4g} ({values[0]:.3g} to {values[2]:.3g})"


def calibration_text(results: dict[str, Any]) -> str:
    """The same for the terminal."""
    lines = [
        f"{results['study']}: {', '.join(results['samples'])}, misfit {results['misfit']:.2g} of the noise"
    ]
    for row in results["rows"]:
        word = "agrees" if row["agrees"] else "does not agree"
        lines.append(
            f"  {row['sample']}, {row['quantity']} / {row['unit']}: {_band_words(row['calibrated'])}; "
            f"before {_band_words(row['prior'])}; from the others {_band_words(row['from_others'])}: {word}"
        )
    return "\n".join(lines)

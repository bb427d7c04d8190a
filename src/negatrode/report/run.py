"""One sample folder to one page: measure, judge, draw, write."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from negatrode.flow.assess import Assessment, assess
from negatrode.report.battery import Report, battery_of
from negatrode.report.results import results_json
from negatrode.report.write import check_free, write_files


@dataclass(frozen=True)
class Run:
    """What a run left behind."""

    assessment: Assessment
    results: dict[str, Any]
    report: Path
    battery: Report | None = None


def _silent(_: str) -> None:
    pass


def run(
    sample: str | Path,
    out: str | Path,
    *,
    claim_sets: Sequence[str] = (),
    overwrite: bool = False,
    say: Callable[[str], None] = _silent,
) -> Run:
    """Measure and judge the sample of a SAMPLE.toml; write report.html and results.json into ``out``.

    Raises InputError for a SAMPLE.toml that cannot be understood, and where a file in ``out`` is not
    one that negatrode left there (``overwrite`` replaces it).
    """
    folder = Path(out)
    check_free(folder, ["report.html", "results.json"], overwrite=overwrite)
    assessment = assess(sample, claim_sets=claim_sets, say=say)
    command = _command(sample, folder, claim_sets)
    battery = battery_of(assessment.measured, say=say)
    results = results_json(assessment, command, battery)
    say("Drawing the report")
    from negatrode.report.page import page

    html = page(assessment, command, battery)
    text = json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False)
    write_files(folder, {"report.html": html.encode(), "results.json": text.encode()}, overwrite=overwrite)
    return Run(assessment, results, folder / "report.html", battery)


def _command(sample: str | Path, out: Path, claim_sets: Sequence[str]) -> str:
    import shlex

    words = ["negatrode", "run", str(sample), "-o", str(out)]
    for name in claim_sets:
        words += ["--claims", name]
    return shlex.join(words)

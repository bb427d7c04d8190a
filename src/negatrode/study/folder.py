"""The folder of a study: its journal, and what it leaves when it is done."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from negatrode.core.errors import InputError
from negatrode.report.write import check_free, write_files
from negatrode.study.file.read import Study, read_study
from negatrode.study.journal import Journal
from negatrode.study.lanes.lanes import Lanes
from negatrode.study.points import Desk
from negatrode.study.run import Findings, part_names, perform
from negatrode.study.tables import as_csv, head_of, rows_of
from negatrode.study.watch import Silent, Watch

JOURNAL = "journal.sqlite"
RESULTS = ("points.csv", "results.json", "report.html")


@dataclass(frozen=True, eq=False)
class Done:
    """A finished study: its folder, what it found, the JSON of it."""

    folder: Path
    findings: Findings
    results: dict[str, Any]

    @property
    def report(self) -> Path:
        """The page."""
        return self.folder / "report.html"


def folder_of(path: str | Path, out: str | Path | None = None) -> Path:
    """Where a study goes: ``out``, else ``<name of the file>.study`` beside STUDY.toml."""
    if out is not None:
        return Path(out)
    place = Path(path)
    return place if place.is_dir() else place.with_suffix(".study")


def journal_of(path: str | Path) -> Path:
    """The journal that a STUDY.toml, a study's folder or the journal itself names."""
    place = Path(path)
    if place.suffix == ".toml" or place.is_dir():
        return folder_of(place) / JOURNAL
    return place


def run_study(
    path: str | Path,
    out: str | Path | None = None,
    *,
    lanes: Callable[[Study], Lanes],
    watch: Watch | None = None,
    overwrite: bool = False,
    retry_failed: bool = False,
    command: str = "",
) -> Done:
    """Run a STUDY.toml, or go on with it: points that its journal holds are not computed again.

    Raises InputError for a study that cannot be meant, and where a result file in the folder is not as
    negatrode left it; JournalError where the journal cannot be written.
    """
    watch = watch or Silent()
    folder = folder_of(path, out)
    check_free(folder, list(RESULTS), overwrite=overwrite)
    study = read_study(path, watch.say)
    with Journal.write(folder / JOURNAL) as journal:
        journal.set_meta({"name": study.name, "study": study.text, "parts": json.dumps(part_names(study))})
        workers = lanes(study)
        try:
            findings = perform(study, Desk(journal, workers, watch, retry_failed=retry_failed))
        finally:
            workers.close()
        plans = {p.part: p for p in journal.plans()}
        ordered = [plans[name] for name in part_names(study)]
        table = as_csv(head_of(ordered), rows_of(journal, ordered))
    watch.say("Drawing the report")
    from negatrode.study.show.page import page
    from negatrode.study.show.results import results_json

    results = results_json(findings)
    files = {
        "points.csv": table,
        "results.json": json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False).encode(),
        "report.html": page(findings, command).encode(),
    }
    write_files(folder, files, overwrite=overwrite)
    return Done(folder, findings, results)


def export(
    path: str | Path, parts: tuple[str, ...] = (), *, kind: str = "csv", timings: bool = False
) -> bytes:
    """The points of a study as CSV or Parquet, also while it runs; all parts, or those named."""
    from negatrode.study.tables import as_parquet

    with Journal.read(journal_of(path)) as journal:
        plans = {p.part: p for p in journal.plans()}
        names = parts or tuple(json.loads(journal.meta().get("parts", "[]"))) or tuple(plans)
        for name in parts:
            if name not in plans:
                raise InputError(
                    f"no part '{name}'",
                    where=str(journal.path),
                    rule=f"there are {', '.join(plans) or 'none yet'}",
                )
        chosen = [plans[n] for n in names if n in plans]
        write = as_parquet if kind == "parquet" else as_csv
        return write(head_of(chosen, timings=timings), rows_of(journal, chosen, timings=timings))

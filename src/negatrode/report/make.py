"""ROUTE.toml -> a predicted powder: its sample folder, its verdicts, the page that tells how it is made."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError
from negatrode.flow.assess import Assessment, assess
from negatrode.flow.made_folder import FILES, folder_files
from negatrode.flow.make import Making, make_powder
from negatrode.flow.route import read_route
from negatrode.process.knobs import Knob, knobs
from negatrode.report.page import Telling, page
from negatrode.report.results import results_json
from negatrode.report.route_text import made_json, telling
from negatrode.report.verdicts import claimed_limits
from negatrode.report.write import check_free, write_files

EXAMPLES = ("hard-carbon", "alloy")


@dataclass(frozen=True)
class Made:
    """What ``make`` left behind."""

    making: Making
    assessment: Assessment
    results: dict[str, Any]
    report: Path


def _silent(_: str) -> None:
    pass


def example_route(name: str) -> str:
    """The text of an example route; InputError with near matches for an unknown one."""
    if name not in EXAMPLES:
        hint = near_matches(name, list(EXAMPLES)) or f"Known: {', '.join(EXAMPLES)}"
        raise InputError(f"'{name}' is no example of a route", remedy=hint)
    place = resources.files("negatrode.report").joinpath("examples", "routes", f"{name}.toml")
    return place.read_text("utf-8")


def make(
    route: str | Path,
    out: str | Path,
    *,
    claim_sets: Sequence[str] = (),
    overwrite: bool = False,
    say: Callable[[str], None] = _silent,
) -> Made:
    """Predict the powder of a ROUTE.toml; write a sample folder with report.html and results.json.

    Raises InputError for a route that cannot be meant, and where a file in ``out`` is not one that
    negatrode left there (``overwrite`` replaces it).
    """
    folder = Path(out)
    check_free(folder, [*FILES, "report.html", "results.json"], overwrite=overwrite)
    file = read_route(route)
    making = make_powder(file, say=say)
    write_files(folder, folder_files(file, making.made, folder), overwrite=overwrite)
    assessment = assess(folder, claim_sets=claim_sets, say=say)
    command = _command(route, folder, claim_sets)
    turned = []
    if making.hard_carbon is not None:
        say("Turning the knobs")
        turned = knobs(making.hard_carbon.route)
    results = results_json(assessment, command) | {"route": made_json(making.made, turned)}
    say("Drawing the report")
    html = page(assessment, command, route=_telling(making, assessment, turned))
    text = json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False)
    write_files(folder, {"report.html": html.encode(), "results.json": text.encode()}, overwrite=overwrite)
    return Made(making, assessment, results, folder / "report.html")


def _telling(making: Making, assessment: Assessment, turned: Sequence[Knob]) -> Telling:
    from negatrode.report.figures.route import draw_route, route_tables

    limits = claimed_limits(assessment.claim_sets)
    tables = route_tables(making, limits, turned)
    return Telling(telling(making.made, tables), tuple(draw_route(making, limits)))


def _command(route: str | Path, out: Path, claim_sets: Sequence[str]) -> str:
    import shlex

    words = ["negatrode", "make", str(route), "-o", str(out)]
    for name in claim_sets:
        words += ["--claims", name]
    return shlex.join(words)

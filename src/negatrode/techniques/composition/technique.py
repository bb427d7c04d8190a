"""The technique `composition`: H/C and nitrogen from tables of elemental analysis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from negatrode.core.errors import NegatrodeError, ReadError, Refusal
from negatrode.core.estimate import Component, Finding, Outcome, Recipe
from negatrode.core.recording import Recording
from negatrode.core.settings import Key, Settings
from negatrode.techniques.table_columns import TableColumns, percent, read_columns
from negatrode.techniques.technique import Evaluation, Technique

# relative atomic masses as the claims' time used them (measurement conventions of the field)
MASS_H, MASS_C, MASS_O = 1.00794, 12.0107, 15.9994
HYDROGEN_OF_WATER = 2.0 * MASS_H / (2.0 * MASS_H + MASS_O)
# standard uncertainties of calibration in wt%: H and N 0.1 [C, R], C 0.3 (usual acceptance of an analyser)
DEFAULT_U = {"C": 0.3, "H": 0.1, "N": 0.1}

_PATTERNS = {
    "C": r"^\W*(c|carbon|kohlenstoff|炭素)\b(?!.*h\s*/)|%\s*c\b",
    "H": r"^\W*(h|hydrogen|wasserstoff|水素)\b(?!\s*/)|%\s*h\b",
    "N": r"^\W*(n|nitrogen|stickstoff|窒素)\b(?!\s*/)|%\s*n\b",
}
_CHN = "combustion analysis, moisture as received"

RECIPES = (
    Recipe(
        "hydrogen_to_carbon",
        "as-analysed",
        "1",
        f"(H/1.00794)/(C/12.0107) of the mean of the replicates; {_CHN}",
        "definition",
        default=True,
    ),
    Recipe(
        "hydrogen_to_carbon",
        "dry",
        "1",
        "as-analysed, with the hydrogen of the stated moisture taken off",
        "definition",
    ),
    Recipe("nitrogen", "as-analysed", "1", f"mean of the replicates; {_CHN}", "definition", default=True),
    Recipe("nitrogen", "dry", "1", "as-analysed, on the mass without the stated moisture", "definition"),
)

KEYS = (
    Key("moisture", "wt%", "water in the analysed powder", example="0.4 wt%"),
    Key("detection_limit", "wt%", "limit of detection of nitrogen", example="0.05 wt%"),
    Key("u_carbon", "wt%", "standard uncertainty of the calibration of C", example="0.3 wt%"),
    Key("u_hydrogen", "wt%", "standard uncertainty of the calibration of H", example="0.1 wt%"),
    Key("u_nitrogen", "wt%", "standard uncertainty of the calibration of N", example="0.1 wt%"),
    Key("row", "count", "one row only, from 1 (else all rows are replicates)"),
    Key("columns", "", "names of a plain table's columns", example="C [wt%], H [wt%], N [wt%]"),
)


@dataclass(frozen=True)
class _Element:
    """Mean in wt% with its components."""

    value: float
    components: tuple[Component, ...]


def evaluate(recordings: Sequence[Recording], settings: Settings) -> Evaluation:
    """H/C and nitrogen of the replicates of all tables.

    Raises ReadError for cells that are no numbers and for fractions that no sample has; a missing
    element leaves its property an error outcome.
    """
    key = recordings[0].source.sha256[:12]
    readings: dict[str, list[float]] = {"C": [], "H": [], "N": []}
    below: list[float | None] = []
    left_out: list[str] = []
    for recording in recordings:
        table = read_columns(recording, _PATTERNS, settings, what="C [wt%], H [wt%], N [wt%]")
        left_out += table.left_out
        _collect(table, readings, below, recording.source.path)
    findings = _findings(readings, left_out, settings)
    elements = {e: _element(e, readings[e], settings, key) for e in readings if readings[e]}
    moisture = settings.optional_quantity("moisture")
    if moisture is not None and not 0.0 <= moisture < 100.0:
        raise Refusal(
            f"a moisture of {moisture:g} wt%", where="composition.moisture", rule="it lies within 0 to 100"
        )
    outcomes: dict[str, Mapping[str, Outcome | NegatrodeError]] = {
        "hydrogen_to_carbon": _ratio(elements, moisture),
        "nitrogen": _nitrogen(elements, moisture, below, settings),
    }
    return Evaluation(outcomes, {"": tuple(findings)})


def _collect(
    table: TableColumns, readings: dict[str, list[float]], below: list[float | None], path: str
) -> None:
    for name in (n for n in readings if n in table.units):
        factor = percent(table.units[name], where=f"{path} column {name}")
        values = [factor * v for v in table.values(name)]
        for value in values:
            if not -0.5 <= value <= 100.5:
                raise ReadError(
                    f"{value:g} wt% of {name}", where=path, rule="mass fractions lie within 0 to 100 wt%"
                )
        readings[name] += values
        if name == "N":
            below += [
                None if r.below is None else factor * r.below
                for r in (row["N"] for row in table.rows if "N" in row)
                if r.value is None
            ]
    sums = [sum(_mean(readings[e]) for e in readings if readings[e])]
    if sums[0] > 102.0:
        raise ReadError(
            f"C, H and N add up to {sums[0]:.1f} wt%",
            where=path,
            rule="at most 102 wt%",
            remedy="Check the units",
        )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _findings(
    readings: Mapping[str, list[float]], left_out: Sequence[str], settings: Settings
) -> list[Finding]:
    found = []
    names = {"C": "u_carbon", "H": "u_hydrogen", "N": "u_nitrogen"}
    assumed = [f"{e} {DEFAULT_U[e]:g}" for e in readings if readings[e] and not settings.has(names[e])]
    if assumed:
        text = f"calibration uncertainties not given; usual ones taken: {', '.join(assumed)} wt% (recalled)"
        found.append(Finding("default-uncertainty", text))
    if left_out:
        found.append(Finding("rows-left-out", f"no readings of the sample: {', '.join(left_out)}"))
    if not settings.has("moisture"):
        found.append(Finding("moisture-unknown", "moisture is not stated: adsorbed water counts as hydrogen"))
    return found


def _element(name: str, values: Sequence[float], settings: Settings, key: str) -> _Element:
    given = settings.optional_quantity({"C": "u_carbon", "H": "u_hydrogen", "N": "u_nitrogen"}[name])
    calibration = DEFAULT_U[name] if given is None else given
    parts = [Component(f"calibration of {name}", calibration, f"{key}:calibration-{name}")]
    if len(values) > 1:
        mean = _mean(values)
        spread = math.sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1) / len(values))
        parts.append(
            Component(f"replicates of {name}", spread, f"{key}:replicates-{name}", len(values) - 1.0)
        )
    return _Element(_mean(values), tuple(parts))


def _ratio(elements: Mapping[str, _Element], moisture: float | None) -> dict[str, Outcome | NegatrodeError]:
    missing = [e for e in ("C", "H") if e not in elements]
    if missing:
        error = Refusal(f"no column of {' and '.join(missing)}", rule="H/C needs both carbon and hydrogen")
        return {"as-analysed": error, "dry": error}
    carbon, hydrogen = elements["C"], elements["H"]
    if carbon.value <= 0.0:
        error = Refusal(f"{carbon.value:g} wt% of carbon", rule="H/C needs carbon")
        return {"as-analysed": error, "dry": error}
    found: dict[str, Outcome | NegatrodeError] = {"as-analysed": _atomic(hydrogen.value, hydrogen, carbon)}
    if moisture is None:
        found["dry"] = Refusal("composition.moisture is not given", rule="the dry basis needs it")
    else:
        found["dry"] = _atomic(hydrogen.value - HYDROGEN_OF_WATER * moisture, hydrogen, carbon)
    return found


def _atomic(h: float, hydrogen: _Element, carbon: _Element) -> Outcome:
    scale = MASS_C / MASS_H
    ratio = scale * h / carbon.value
    parts = [Component(c.source, scale / carbon.value * c.u, c.key, c.dof) for c in hydrogen.components]
    parts += [Component(c.source, -ratio / carbon.value * c.u, c.key, c.dof) for c in carbon.components]
    return Outcome(ratio, tuple(parts))


def _nitrogen(
    elements: Mapping[str, _Element],
    moisture: float | None,
    below: Sequence[float | None],
    settings: Settings,
) -> dict[str, Outcome | NegatrodeError]:
    limit = settings.optional_quantity("detection_limit")
    found: dict[str, Outcome | NegatrodeError] = {}
    for recipe, scale in (
        ("as-analysed", 1.0),
        ("dry", None if moisture is None else 1.0 / (1.0 - moisture / 100.0)),
    ):
        if scale is None:
            found[recipe] = Refusal("composition.moisture is not given", rule="the dry basis needs it")
        else:
            found[recipe] = _nitrogen_on(scale, elements.get("N"), below, limit)
    return found


def _nitrogen_on(
    scale: float, nitrogen: _Element | None, below: Sequence[float | None], limit: float | None
) -> Outcome | NegatrodeError:
    if nitrogen is None and not below:
        return Refusal("no column of N", rule="nitrogen needs its readings")
    if nitrogen is None or (limit is not None and nitrogen.value < limit):
        limits = [b for b in below if b is not None] + ([limit] if limit is not None else [])
        if not limits:
            return Refusal(
                "'n.d.' without a limit of detection",
                rule="below-limit readings need their limit",
                remedy='Give detection_limit = "0.05 wt%" under [composition]',
            )
        return Outcome(None, below_limit=scale * max(limits))
    parts = tuple(Component(c.source, scale * c.u, c.key, c.dof) for c in nitrogen.components)
    return Outcome(scale * nitrogen.value, parts)


TECHNIQUE = Technique(
    name="composition",
    section="composition",
    title="Elemental analysis",
    kinds=("table",),
    recipes=RECIPES,
    keys=KEYS,
    evaluate=evaluate,
)

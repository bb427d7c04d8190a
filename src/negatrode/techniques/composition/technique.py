"""The technique `composition`: H/C and nitrogen from tables of elemental analysis (CHN)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import MissingInput, NegatrodeError, ReadError, Refusal
from negatrode.core.estimate import Component, Finding, Outcome, Recipe
from negatrode.core.recording import Recording
from negatrode.core.settings import Key, Settings
from negatrode.techniques.composition.figure import CompositionFigure
from negatrode.techniques.lab_table import LABEL, LabTable, Wanted, lab_table, of_one_sample
from negatrode.techniques.technique import Evaluation, Technique

# relative atomic masses as the claims' time used them (measurement conventions of the field)
MASS_H, MASS_C, MASS_O = 1.00794, 12.0107, 15.9994
HYDROGEN_OF_WATER = 2.0 * MASS_H / (2.0 * MASS_H + MASS_O)
# standard uncertainties of calibration in wt%: H and N 0.1 (usual repeat of an analyser), C 0.3 (its usual
# acceptance); of the moisture 0.1 (assumed)
DEFAULT_U = {"C": 0.3, "H": 0.1, "N": 0.1}
U_MOISTURE = 0.1
U_KEYS = {"C": "u_carbon", "H": "u_hydrogen", "N": "u_nitrogen"}
MAX_SUM = 102.0  # wt%
FRACTION = 1.2  # "wt%" of carbon below which the numbers look like g/g under a wrong unit
SCATTER = {"C": 1.0, "H": 0.3, "N": 0.3}  # wt%, above which replicates of one sample are suspect

_CHN = "combustion analysis, moisture as received"
_RATIO, _NITROGEN = "hydrogen_to_carbon", "nitrogen"

RECIPES = (
    Recipe(
        _RATIO,
        "as-analysed",
        "1",
        f"(H/1.00794)/(C/12.0107) of the mean of the replicates; {_CHN}",
        "definition",
        default=True,
    ),
    Recipe(
        _RATIO, "dry", "1", "as-analysed, with the hydrogen of the stated moisture taken off", "definition"
    ),
    Recipe(
        _RATIO,
        "dry-ash-free",
        "1",
        "dry; the ash is in neither H nor C and cancels (its bound water and carbonate neglected)",
        "definition",
    ),
    Recipe(_NITROGEN, "as-analysed", "1", f"mean of the replicates; {_CHN}", "definition", default=True),
    Recipe(_NITROGEN, "dry", "1", "as-analysed, on the mass without the stated moisture", "definition"),
)

KEYS = (
    Key("moisture", "wt%", "water in the analysed powder", example="0.4 wt%"),
    Key("ash", "wt%", "ash of the analysed powder, where the table has no column of it", example="0.5 wt%"),
    Key("detection_limit", "wt%", "limit of detection of hydrogen and of nitrogen", example="0.05 wt%"),
    Key("u_carbon", "wt%", "standard uncertainty of the calibration of C", example="0.3 wt%"),
    Key("u_hydrogen", "wt%", "standard uncertainty of the calibration of H", example="0.1 wt%"),
    Key("u_nitrogen", "wt%", "standard uncertainty of the calibration of N", example="0.1 wt%"),
    Key("u_moisture", "wt%", "standard uncertainty of the moisture", example="0.1 wt%"),
    Key("row", "count", "the one data row to take, from 1 (else all rows are replicates)", example="1"),
    Key("columns", "", "columns of the table in order", example="label, C [wt%], H [wt%], N [wt%]"),
)

_OF = r"(?i: (?:content|gehalt|conc|concentration|total|mass|weight|wt|gew|ma|in|by|fraction|含有量|含有率))*"


def _wanted(name: str, words: str) -> Wanted:
    return Wanted(name, rf"(?:(?i:total ))?(?:{name}|(?i:{words})){_OF}", "wt%", censored=True)


WANTED = (
    _wanted("C", "carbon|kohlenstoff|炭素"),
    _wanted("H", "hydrogen|wasserstoff|水素"),
    _wanted("N", "nitrogen|stickstoff|窒素"),
    _wanted("O", "oxygen|sauerstoff|酸素"),
    _wanted("S", "sulfur|sulphur|schwefel|硫黄"),
    _wanted("Ash", "ash|asche|灰分"),
    LABEL,
)


@dataclass(frozen=True)
class _Content:
    """An element's mean in wt% and components, or the limit it lies under, or why there is neither."""

    value: float = math.nan
    components: tuple[Component, ...] = ()
    below: float | None = None
    error: NegatrodeError | None = None


@dataclass(frozen=True)
class _Water:
    """Stated moisture in wt% and its standard uncertainty."""

    value: float
    u: float
    key: str


def evaluate(recordings: Sequence[Recording], settings: Settings) -> Evaluation:
    """H/C and nitrogen of the replicates of all tables.

    Raises ReadError for cells that are no numbers and for fractions that no sample has, MissingInput
    where the rows are of several samples; a missing element leaves its property an error outcome.
    """
    table = lab_table(recordings, WANTED, [{"C", "H"}, {"N"}], settings)
    table, notes = of_one_sample(table, settings)
    _require_plausible(table, settings)
    key = table.sha[:12]
    limit = settings.optional_quantity("detection_limit")
    contents = {e: _content(e, table, settings, limit, key) for e in U_KEYS if table.has(e)}
    water = _moisture(settings, key)
    ash = _ash(table, settings)
    outcomes: dict[str, Mapping[str, Outcome | NegatrodeError]] = {
        _RATIO: _ratios(table, contents, water, ash, limit, settings),
        _NITROGEN: _nitrogens(contents.get("N"), water, settings),
    }
    findings = (*table.findings, *notes, *_remarks(table, settings))
    return Evaluation(outcomes, {"": findings}, _figure(table))


def _require_plausible(table: LabTable, settings: Settings) -> None:
    """Each content within 0 to 100 wt%, their sum at most 102, carbon not a fraction under "%"."""
    means = {}
    for name, values in table.values.items():
        found = values[np.isfinite(values)]
        worst = next((float(v) for v in found if not -0.5 <= v <= 100.5), None)
        if worst is not None:
            raise ReadError(
                f"{worst:g} wt% of {name}", where=table.path, rule="mass fractions lie within 0 to 100 wt%"
            )
        means[name] = float(np.mean(found)) if len(found) else 0.0
    ash = 0.0 if "Ash" in means else settings.optional_quantity("ash") or 0.0
    total = sum(means.values()) + ash
    if total > MAX_SUM:
        raise Refusal(
            f"{', '.join(means)} add up to {total:.1f} wt%",
            where=table.path,
            rule=f"at most {MAX_SUM:g} wt%",
            remedy="Check the units and the columns",
        )
    if 0.0 < means.get("C", 0.0) <= FRACTION:
        raise Refusal(
            f"{means['C']:g} wt% of carbon",
            where=table.path,
            rule="a carbon holds more; this looks like a fraction in g/g",
            remedy=f"Correct the unit in the header, or give {settings.section}.columns with units",
        )


def _content(name: str, table: LabTable, settings: Settings, limit: float | None, key: str) -> _Content:
    """Mean of the rows with calibration and spread, or the limit where a row lies under one."""
    values = table.values[name]
    values = values[np.isfinite(values)]
    cells = [c for c in table.limits[name] if c is not None]
    if cells:
        why = f"a cell of {name} says 'not detected'"
        try:
            known = [settings.quantity("detection_limit", why=why) if math.isnan(c) else c for c in cells]
        except MissingInput as error:
            return _Content(error=error)
        return _Content(below=max([*known, *(float(v) for v in values)]))
    if not len(values):
        return _Content(error=Refusal(f"no row holds {name}", where=table.path))
    mean = float(np.mean(values))
    if name != "C" and limit is not None and mean < limit:
        return _Content(below=limit)
    if mean <= 0.0:
        found = f"{mean:g} wt% of {name}"
        if name == "C":
            return _Content(error=Refusal(found, where=table.path, rule="H/C needs carbon"))
        return _Content(error=_below_what(found, table, settings))
    parts = [_calibration(name, settings, key)]
    if len(values) > 1:
        parts.append(_spread(values, f"{len(values)} replicates of {name}", f"{key}:replicates-{name}"))
    return _Content(mean, tuple(parts))


def _below_what(found: str, table: LabTable, settings: Settings) -> MissingInput:
    return MissingInput(
        found,
        key=f"{settings.section}.detection_limit",
        where=table.path,
        rule="a content that is not above zero lies below a limit of detection",
        remedy=f'Give detection_limit = "0.05 wt%" under [{settings.section}]',
    )


def _calibration(name: str, settings: Settings, key: str) -> Component:
    given = settings.optional_quantity(U_KEYS[name])
    u = DEFAULT_U[name] if given is None else given
    return Component(f"calibration of {name}", u, f"{key}:calibration-{name}")


def _spread(values: NDArray[np.float64], source: str, key: str) -> Component:
    n = len(values)
    return Component(source, float(np.std(values, ddof=1)) / math.sqrt(n), key, n - 1.0)


def _moisture(settings: Settings, key: str) -> _Water | None:
    value = settings.optional_quantity("moisture")
    if value is None:
        return None
    if not 0.0 <= value < 100.0:
        raise Refusal(
            f"a moisture of {value:g} wt%", where="composition.moisture", rule="it lies within 0 to 100"
        )
    given = settings.optional_quantity("u_moisture")
    return _Water(value, U_MOISTURE if given is None else given, f"{key}:moisture")


def _ash(table: LabTable, settings: Settings) -> float | None:
    if table.has("Ash") and np.any(np.isfinite(table.values["Ash"])):
        return float(np.nanmean(table.values["Ash"]))
    return settings.optional_quantity("ash")


def _needs(settings: Settings, name: str) -> MissingInput:
    return MissingInput(
        f"{settings.section}.{name} is not known",
        key=f"{settings.section}.{name}",
        rule=f"the basis asked for needs the {name} of the analysed powder",
        remedy=f'Give it as {name} = "0.4 wt%" under [{settings.section}] in SAMPLE.toml',
    )


def _ratios(
    table: LabTable,
    contents: Mapping[str, _Content],
    water: _Water | None,
    ash: float | None,
    limit: float | None,
    settings: Settings,
) -> dict[str, Outcome | NegatrodeError]:
    missing = [e for e in ("C", "H") if e not in contents]
    if missing:
        error = Refusal(f"no column of {' and '.join(missing)}", rule="H/C needs both carbon and hydrogen")
        return dict.fromkeys(("as-analysed", "dry", "dry-ash-free"), error)
    carbon, hydrogen = contents["C"], contents["H"]
    found = {"as-analysed": _ratio(table, carbon, hydrogen, None, limit, settings)}
    found["dry"] = (
        _needs(settings, "moisture")
        if water is None
        else _ratio(table, carbon, hydrogen, water, limit, settings)
    )
    found["dry-ash-free"] = _needs(settings, "ash") if water is not None and ash is None else found["dry"]
    return found


def _ratio(
    table: LabTable,
    carbon: _Content,
    hydrogen: _Content,
    water: _Water | None,
    limit: float | None,
    settings: Settings,
) -> Outcome | NegatrodeError:
    """H/C of the means; the scatter is that of the rows' ratios, as H and C of a row share its weighing."""
    failed = carbon.error or hydrogen.error
    if failed is not None:
        return failed
    if carbon.below is not None:
        return Refusal(f"carbon below {carbon.below:g} wt%", where=table.path, rule="H/C needs carbon")
    per_wt = MASS_C / MASS_H / carbon.value
    if hydrogen.below is not None:
        return Outcome(None, below_limit=per_wt * hydrogen.below)
    of_water = HYDROGEN_OF_WATER * water.value if water else 0.0
    h = hydrogen.value - of_water
    if limit is not None and h < limit:
        return Outcome(None, below_limit=per_wt * limit)
    if h <= 0.0:
        found = f"the moisture holds {of_water:.3g} wt% of hydrogen, found are {hydrogen.value:.3g} wt%"
        return _below_what(found, table, settings)
    key, value = table.sha[:12], per_wt * h
    parts = [_scaled(hydrogen.components[0], per_wt), _scaled(carbon.components[0], -value / carbon.value)]
    rows_c, rows_h = table.values["C"], table.values["H"]
    whole = np.isfinite(rows_c) & np.isfinite(rows_h) & (rows_c > 0.0)
    if np.count_nonzero(whole) > 1:
        ratios = MASS_C / MASS_H * (rows_h[whole] - of_water) / rows_c[whole]
        parts.append(_spread(ratios, f"{len(ratios)} replicates of H/C", f"{key}:replicates-H/C"))
    if water is not None:
        parts.append(Component("moisture", -per_wt * HYDROGEN_OF_WATER * water.u, water.key))
    return Outcome(value, tuple(parts))


def _scaled(part: Component, slope: float) -> Component:
    return Component(part.source, slope * part.u, part.key, part.dof)


def _nitrogens(
    nitrogen: _Content | None, water: _Water | None, settings: Settings
) -> dict[str, Outcome | NegatrodeError]:
    """Nitrogen as analysed, and divided by the dry share of the mass."""
    if nitrogen is None:
        error = Refusal("no column of N", rule="nitrogen needs its readings")
        return {"as-analysed": error, "dry": error}
    if nitrogen.error is not None:
        return {"as-analysed": nitrogen.error, "dry": nitrogen.error}
    found: dict[str, Outcome | NegatrodeError] = {"as-analysed": _on_mass(nitrogen, None)}
    found["dry"] = _needs(settings, "moisture") if water is None else _on_mass(nitrogen, water)
    return found


def _on_mass(nitrogen: _Content, water: _Water | None) -> Outcome:
    scale = 1.0 / (1.0 - water.value / 100.0) if water else 1.0
    if nitrogen.below is not None:
        return Outcome(None, below_limit=scale * nitrogen.below)
    value = scale * nitrogen.value
    parts = [_scaled(c, scale) for c in nitrogen.components]
    if water is not None:
        parts.append(Component("moisture", value * scale * water.u / 100.0, water.key))
    return Outcome(value, tuple(parts))


def _remarks(table: LabTable, settings: Settings) -> list[Finding]:
    found = []
    assumed = [f"{e} {DEFAULT_U[e]:g}" for e in U_KEYS if table.has(e) and not settings.has(U_KEYS[e])]
    if assumed:
        text = f"calibration uncertainties not given; usual ones taken: {', '.join(assumed)} wt% (recalled)"
        found.append(Finding("default-uncertainty", text))
    if not settings.has("moisture"):
        found.append(Finding("moisture-unknown", "moisture is not stated: adsorbed water counts as hydrogen"))
    elif not settings.has("u_moisture"):
        found.append(Finding("default-u-moisture", f"{U_MOISTURE:g} wt% of the moisture assumed"))
    n = table.size
    found.append(Finding("repeats", f"{n} analyses") if n > 1 else Finding("single", "one analysis"))
    for name, most in SCATTER.items():
        values = table.values[name][np.isfinite(table.values[name])] if table.has(name) else np.empty(0)
        if len(values) > 1 and float(np.std(values, ddof=1)) > most:
            text = f"replicates of {name} scatter by {float(np.std(values, ddof=1)):.2g} wt%: one sample?"
            found.append(Finding("replicates-scatter", text, warning=True))
    return found


def _figure(table: LabTable) -> CompositionFigure:
    nothing = np.full(table.size, np.nan)
    labels = table.words["label"] if table.has("label") else tuple(str(i + 1) for i in range(table.size))
    return CompositionFigure(table.path, labels, *(table.values.get(e, nothing) for e in U_KEYS))


TECHNIQUE = Technique(
    name="composition",
    section="composition",
    title="Elemental analysis",
    kinds=("table",),
    recipes=RECIPES,
    keys=KEYS,
    evaluate=evaluate,
)

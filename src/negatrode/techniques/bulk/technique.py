"""TECHNIQUE "bulk": bulk specific gravity, poured or tapped."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import NegatrodeError, ReadError, Refusal
from negatrode.core.estimate import Component, Finding, Outcome, Recipe
from negatrode.core.recording import Recording
from negatrode.core.settings import Key, Settings
from negatrode.techniques.lab_table import LABEL, LabTable, Wanted, lab_table, of_one_sample
from negatrode.techniques.technique import Evaluation, Technique

METHODS = ("poured", "tapped")
U_REPEAT = 0.01  # g/cm3, of one reading
FEW = 3  # fillings below which their own scatter may count for less than the usual one
U_CYLINDER = 0.005  # of the cylinder's volume: graduation and reading, assumed

RECIPES = tuple(
    Recipe(
        "bulk_specific_gravity",
        method,
        "1",
        f"Mass over the volume of the powder as {method}",
        "convention",
        default=method == "poured",
    )
    for method in METHODS
)

KEYS = (
    Key("method", "", "how the cylinder was filled, where the table does not say", choices=METHODS),
    Key("cylinder_volume", "cm3", "volume of the cylinder filled", example="25 cm3"),
    Key("tare", "g", "mass of the empty cylinder, where the masses include it", example="35.12 g"),
    Key("row", "count", "the one data row to take, from 1", example="1"),
    Key("columns", "", "columns of the table in order", example="sample, mass [g], volume [cm3]"),
)

_OF = r"(?: of (?:the )?(?:sample|powder))?"
_MASS = rf"(?i:(?:sample |powder |net )?(?:mass|weight|masse|einwaage){_OF})|m"
_VOLUME = rf"(?i:(?:sample |powder |bulk )?(?:volume|volumen|vol){_OF})|V"
_POURED = r"(?i:(?:poured|loose|initial|untapped|aerated|unsettled)(?: bulk)? vol(?:ume)?|v ?0|v ?poured)"
_TAPPED = r"(?i:(?:tapped|tap|final|settled)(?: bulk)? vol(?:ume)?|v ?f|v ?tapped|v ?tap)"

WANTED = (
    LABEL,
    Wanted("mass", _MASS, "g"),
    Wanted("volume", _VOLUME, "cm3"),
    Wanted("poured_volume", _POURED, "cm3"),
    Wanted("tapped_volume", _TAPPED, "cm3"),
    Wanted("method", r"(?i:method|filling|state|mode|type|procedure)", ""),
)

_WORDS = {
    "poured": ("poured", "pour", "loose", "bulk", "untapped", "aerated"),
    "tapped": ("tapped", "tap", "tap density", "compacted", "settled"),
}


def evaluate(recordings: Sequence[Recording], settings: Settings) -> Evaluation:
    """Both recipes on the readings of all tables given."""
    cylinder = settings.optional_quantity("cylinder_volume")
    if cylinder is not None and cylinder <= 0.0:
        raise Refusal(f"cylinder_volume of {cylinder:g} cm3", where=settings.origin, rule="it is above zero")
    needs = [{"mass", "volume"}, {"mass", "poured_volume"}, {"mass", "tapped_volume"}]
    if cylinder is not None:
        needs.append({"mass"})
    table, notes = of_one_sample(lab_table(recordings, WANTED, needs, settings), settings)
    mass = _net(table, settings)
    readings = _readings(table, mass, cylinder, settings)
    outcomes: dict[str, Outcome | NegatrodeError] = {}
    for method in METHODS:
        volumes, masses = readings[method]
        other = next(m for m in METHODS if m != method)
        outcomes[method] = (
            _outcome(table, masses, volumes, cylinder, method)
            if len(volumes)
            else _not_measured(method, other, table)
        )
    findings = (*table.findings, *notes, *_remarks(outcomes))
    return Evaluation({"bulk_specific_gravity": outcomes}, {"": findings})


def _not_measured(method: str, other: str, table: LabTable) -> Refusal:
    return Refusal(
        f"{method} bulk specific gravity was not measured; the table holds {other} readings only",
        where=table.path,
        rule="poured and tapped powder differ",
        remedy=f"Measure it {method}, or ask for --recipe {other}",
    )


def _net(table: LabTable, settings: Settings) -> NDArray[np.float64]:
    mass = table.values["mass"] - (settings.optional_quantity("tare") or 0.0)
    if np.any(mass <= 0.0):
        raise Refusal(
            f"a mass of {np.nanmin(mass):.4g} g", where=table.path, rule="the powder's mass is above zero"
        )
    return mass


Readings = tuple[NDArray[np.float64], NDArray[np.float64]]


def _readings(
    table: LabTable, mass: NDArray[np.float64], cylinder: float | None, settings: Settings
) -> dict[str, Readings]:
    """Volumes in cm3 and masses in g of each method; rows with an empty cell are passed over."""
    split = [m for m in METHODS if table.has(f"{m}_volume")]
    if split:
        found = {
            m: table.values[f"{m}_volume"] if m in split else np.full(len(mass), np.nan) for m in METHODS
        }
    else:
        plain = table.values["volume"] if table.has("volume") else np.full(len(mass), cylinder or np.nan)
        methods = np.array(_methods(table, len(mass), settings))
        found = {m: np.where(methods == m, plain, np.nan) for m in METHODS}
    readings = {}
    for method, volume in found.items():
        if np.any(volume <= 0.0):
            raise Refusal(
                f"a volume of {np.nanmin(volume):.4g} cm3", where=table.path, rule="volumes are above zero"
            )
        kept = np.isfinite(volume) & np.isfinite(mass)
        readings[method] = (volume[kept], mass[kept])
    if not any(len(v) for v, _ in readings.values()):
        raise ReadError("no row holds both a mass and a volume", where=table.path)
    return readings


def _methods(table: LabTable, n: int, settings: Settings) -> list[str]:
    """How each row was filled: by the column, else by the setting."""
    why = "poured and tapped powder differ, and the table does not say which it is"
    if not table.has("method"):
        return [settings.word("method", why=why)] * n
    found = []
    for word in table.words["method"]:
        known = next((m for m in METHODS if word in _WORDS[m]), None)
        if known is None and word:
            raise ReadError(
                f"'{word}' in column '{table.headers['method']}'",
                where=table.path,
                rule=f"it is one of {', '.join(METHODS)}",
                remedy="Correct the cell",
            )
        found.append(known or settings.word("method", why=why))
    return found


def _outcome(
    table: LabTable,
    mass: NDArray[np.float64],
    volume: NDArray[np.float64],
    cylinder: float | None,
    method: str,
) -> Outcome:
    """Mean of mass over volume. The graduation's error is the same in all fillings of one cylinder."""
    densities = mass / volume
    value, n, key = float(np.mean(densities)), len(densities), table.sha[:12]
    full = cylinder if cylinder is not None else float(np.max(volume))
    graduation = -U_CYLINDER * full * float(np.mean(densities / volume))
    scatter = float(np.std(densities, ddof=1)) if n > 1 else 0.0
    if n < FEW and scatter < U_REPEAT:
        # one filling has no scatter, two agree by luck now and then: the usual repeatability stands in
        text = f"filling, {n} reading{'s' if n > 1 else ''}: 0.01 g/cm3 (recalled)"
        repeat = Component(text, U_REPEAT / math.sqrt(n), f"{key}:repeat-{method}")
        finding = Finding("few-fillings", f"{n} filling(s); the usual repeatability of 0.01 g/cm3 is taken")
    else:
        text = f"spread of {n} fillings"
        repeat = Component(text, scatter / math.sqrt(n), f"{key}:repeat-{method}", float(n - 1))
        finding = Finding("repeats", f"mean of {n} fillings")
    volume_reading = Component(
        f"volume, 0.5 % of {full:.4g} cm3 assumed of the cylinder", graduation, f"{key}:cylinder"
    )
    return Outcome(value, (repeat, volume_reading), findings=(finding,))


def _remarks(outcomes: dict[str, Outcome | NegatrodeError]) -> list[Finding]:
    text = "the claim names no standard for bulk specific gravity; poured or tapped is the recipe's choice"
    found = [Finding("no-standard", text)]
    values = [o.value for o in outcomes.values() if isinstance(o, Outcome) and o.value is not None]
    if len(values) == len(METHODS) and values[1] < values[0]:
        text = f"tapped {values[1]:.4g} g/cm3 is below poured {values[0]:.4g} g/cm3; are they exchanged?"
        found.append(Finding("tapped-below-poured", text, warning=True))
    return found


TECHNIQUE = Technique("bulk", "bulk", "Bulk specific gravity", ("table",), RECIPES, KEYS, evaluate)

"""The technique `bulk`: bulk specific gravity from readings of mass and volume, poured or tapped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from negatrode.core.errors import MissingInput, NegatrodeError, ReadError, Refusal
from negatrode.core.estimate import Component, Finding, Outcome, Recipe
from negatrode.core.recording import Recording
from negatrode.core.settings import Key, Settings
from negatrode.core.units import factor
from negatrode.techniques.table_columns import read_columns
from negatrode.techniques.technique import Evaluation, Technique

SINGLE_REPEAT = 0.01  # g/cm3, repeatability of one filling (recalled, default uncertainties of the field)
VOLUME = 0.005  # relative: reading and calibration of a graduated cylinder [assumed]

_PATTERNS = {
    "mass": r"\b(mass|weight|masse)\b|質量",
    "volume": r"\b(volume|vol|volumen)\b|体積",
}
_CLAIM = "the claims name no standard"

RECIPES = (
    Recipe(
        "bulk_specific_gravity",
        "poured",
        "1",
        "mass over volume of the powder as poured; mean of the fillings",
        "convention",
        _CLAIM,
        default=True,
    ),
    Recipe(
        "bulk_specific_gravity",
        "tapped",
        "1",
        "mass over volume after tapping; mean of the fillings",
        "convention",
        _CLAIM,
    ),
)

KEYS = (
    Key("method", "", "how the powder was filled", ("poured", "tapped")),
    Key("cylinder_volume", "cm3", "calibrated volume, where the table holds only masses", example="100 cm3"),
    Key("tare", "g", "mass of the empty vessel, where the readings include it", example="50.12 g"),
    Key("columns", "", "names of a plain table's columns", example="mass [g], volume [cm3]"),
)


@dataclass(frozen=True)
class _Filling:
    method: str
    density: float


def evaluate(recordings: Sequence[Recording], settings: Settings) -> Evaluation:
    """Poured and tapped density of the fillings of all tables.

    Raises MissingInput where neither table nor settings say how the powder was filled, ReadError for
    readings that are no masses or volumes.
    """
    fillings = [f for r in recordings for f in _fillings(r, settings)]
    key = recordings[0].source.sha256[:12]
    by_method = {m: [f.density for f in fillings if f.method == m] for m in ("poured", "tapped")}
    outcomes = {name: _outcome(name, densities, key) for name, densities in by_method.items()}
    text = "the claims name no standard of bulk specific gravity: the recipe says how the powder was filled"
    return Evaluation({"bulk_specific_gravity": outcomes}, {"": (Finding("no-standard-named", text),)})


def _fillings(recording: Recording, settings: Settings) -> list[_Filling]:
    table = read_columns(recording, _PATTERNS, settings, what="mass [g], volume [cm3]")
    path = recording.source.path
    fixed, tare = settings.optional_quantity("cylinder_volume"), settings.optional_quantity("tare") or 0.0
    given = settings.optional_word("method")
    if "mass" not in table.units or ("volume" not in table.units and fixed is None):
        raise MissingInput(
            "the table holds no volumes" if "mass" in table.units else "the table holds no masses",
            key="bulk.cylinder_volume",
            where=path,
            rule="a density needs both",
            remedy='Name the columns, or give cylinder_volume = "100 cm3" under [bulk]',
        )
    scale = {
        n: _scale(table.units[n], u, path, n)
        for n, u in (("mass", "g"), ("volume", "cm3"))
        if n in table.units
    }
    found = []
    for row, words in zip(table.rows, table.words, strict=True):
        mass = row["mass"].value if "mass" in row else None
        volume = fixed if "volume" not in row else row["volume"].value
        if mass is None or volume is None:
            raise ReadError("a row without mass or volume", where=path, rule="each filling has both")
        mass = scale["mass"] * mass - tare
        volume = volume * scale["volume"] if "volume" in row else volume
        if mass <= 0.0 or volume <= 0.0:
            raise ReadError(
                f"{mass:g} g in {volume:g} cm3", where=path, rule="masses and volumes are positive"
            )
        found.append(_Filling(_method(words, given, path), mass / volume))
    return found


def _scale(unit: str, target: str, path: str, name: str) -> float:
    if not unit:
        raise ReadError(
            f"column {name} has no unit",
            where=path,
            remedy=f"Write it in the header, as in '{name} [{target}]'",
        )
    return factor({"ml": "cm3", "cc": "cm3", "mL": "cm3"}.get(unit, unit), target)


def _method(words: str, given: str | None, path: str) -> str:
    text = words.lower()
    if "untapped" in text or "pour" in text or "loose" in text:
        return "poured"
    if "tap" in text:
        return "tapped"
    if given is None:
        raise MissingInput(
            "bulk.method is not known",
            key="bulk.method",
            where=path,
            rule="poured and tapped densities differ by a fifth and more",
            remedy='Give method = "poured" or "tapped" under [bulk] in SAMPLE.toml, or --set method=poured',
        )
    return given


def _outcome(name: str, densities: Sequence[float], key: str) -> Outcome | NegatrodeError:
    if not densities:
        other = "tapped" if name == "poured" else "poured"
        return Refusal(
            f"no {name} reading", rule=f"only {other} ones were given", remedy=f"Ask with --recipe {other}"
        )
    n = len(densities)
    mean = sum(densities) / n
    volume = Component("volume of the cylinder, 0.5 % (assumed)", VOLUME * mean, f"{key}:cylinder")
    if n == 1:
        repeat = Component("repeatability of one filling (recalled)", SINGLE_REPEAT, f"{key}:{name}-repeat")
    else:
        spread = math.sqrt(sum((d - mean) ** 2 for d in densities) / (n - 1) / n)
        repeat = Component(f"repeat of {n} fillings", spread, f"{key}:{name}-repeat", n - 1.0)
    return Outcome(mean, (repeat, volume))


TECHNIQUE = Technique(
    name="bulk",
    section="bulk",
    title="Bulk specific gravity",
    kinds=("table",),
    recipes=RECIPES,
    keys=KEYS,
    evaluate=evaluate,
)

"""TECHNIQUE "silicon": weight per cent of the silicon compound, from ash, ICP or EDS."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import MissingInput, NegatrodeError, Refusal
from negatrode.core.estimate import Component, Finding, Outcome, Recipe
from negatrode.core.recording import Recording
from negatrode.core.settings import Key, Settings
from negatrode.techniques.lab_table import LABEL, LabTable, Wanted, lab_table, of_one_sample
from negatrode.techniques.technique import Evaluation, Technique

# g/mol of the formula unit that holds one silicon atom; the siloxane is dimethylsiloxane, C2H6OSi
MOLAR_MASS = {"Si": 28.0855, "SiO2": 60.0843, "siloxane": 74.1539}
METHODS = ("ash", "icp", "eds")
U_ASH = 0.05  # wt% of silica by ash, of one laboratory

RECIPES = (
    Recipe(
        "silicon_compound",
        "declared-basis",
        "1",
        "Weight per cent of the compound named by silicon.basis",
        "convention",
        default=True,
    ),
    Recipe("silicon_compound", "as-sio2", "1", "All silicon counted as SiO2", "convention"),
    Recipe("silicon_compound", "as-si", "1", "All silicon counted as Si", "convention"),
)
_FIXED = {"as-sio2": "SiO2", "as-si": "Si"}

KEYS = (
    Key(
        "basis", "", "the compound whose weight per cent is stated", choices=tuple(MOLAR_MASS), example="SiO2"
    ),
    Key("method", "", "how it was determined, where the columns do not say", choices=METHODS),
    Key("ash_other", "wt%", "ash that is not silica, of the sample", example="0.05 wt%"),
    Key("detection_limit", "wt%", "detection limit, of what the table states", example="0.01 wt%"),
    Key(
        "u_silicon", "wt%", "standard uncertainty of the method, of what the table states", example="0.05 wt%"
    ),
    Key("row", "count", "the one data row to take, from 1", example="1"),
    Key("columns", "", "columns of the table in order", example="sample, silicon [wt%]"),
)

_BY = (
    r"(?i:(?: (?:icp|icp oes|icp aes|icp ms|eds|edx|edxs|content|total|conc|concentration|mass|wt|weight))*)"
)
_MASS = r"(?i:mass|weight|masse)"

WANTED = (
    LABEL,
    Wanted(
        "silicon",
        rf"(?i:(?:eds |edx |icp )?)(?:Si|(?i:silicon|silicium|silizium)){_BY}",
        "wt%",
        censored=True,
    ),
    Wanted("silica", rf"(?:SiO2|(?i:silica|silicon dioxide)){_BY}", "wt%", censored=True),
    Wanted("sample_mass", rf"(?i:(?:sample|initial|dry sample) ){_MASS}|(?i:einwaage|m sample)", "g"),
    Wanted("residue_mass", rf"(?i:(?:residue|ash|residual|final) ){_MASS}|(?i:m ash|m residue)", "g"),
    Wanted("blank_mass", rf"(?i:blank ){_MASS}|(?i:m blank|blank)", "g"),
)


@dataclass(frozen=True)
class _Reading:
    """What the table states: weight per cents of ``compound``, by row, with its uncertainty in wt%."""

    values: NDArray[np.float64]
    limit: float | None
    compound: str
    method: str
    u: float
    source: str
    findings: tuple[Finding, ...]


def evaluate(recordings: Sequence[Recording], settings: Settings) -> Evaluation:
    """All recipes on the rows of all tables given."""
    needs = [{"silicon"}, {"silica"}, {"sample_mass", "residue_mass"}]
    table, notes = of_one_sample(lab_table(recordings, WANTED, needs, settings), settings)
    reading = _by_ash(table, settings) if _method(table, settings) == "ash" else _by_analysis(table, settings)
    basis: str | MissingInput
    try:
        basis = settings.word("basis", why="a weight per cent of Si is not one of SiO2 or of siloxane")
    except MissingInput as error:
        basis = error
    outcomes: dict[str, Outcome | NegatrodeError] = {
        "declared-basis": basis if isinstance(basis, NegatrodeError) else _outcome(table, reading, basis)
    }
    for recipe, compound in _FIXED.items():
        why = "" if basis == compound else "another basis than the one declared"
        if isinstance(basis, NegatrodeError):
            why = "no basis is declared"
        outcomes[recipe] = _outcome(table, reading, compound, why)
    return Evaluation({"silicon_compound": outcomes}, {"": (*table.findings, *notes, *reading.findings)})


def _method(table: LabTable, settings: Settings) -> str:
    """ash, icp or eds: by the setting, else by the columns; "analysis" where icp or eds is left open."""
    given = settings.optional_word("method")
    ash = table.has("sample_mass") and table.has("residue_mass")
    analysis = table.has("silicon") or table.has("silica")
    if given is not None:
        if not (ash if given == "ash" else analysis):
            raise Refusal(
                f"silicon.method is '{given}', the table names {', '.join(table.headers)}",
                where=table.path,
                rule="ash needs sample and residue masses, ICP and EDS a column of silicon",
            )
        return given
    if ash and analysis:
        return settings.word("method", why="the table holds both an ash and an analysis of silicon")
    return "ash" if ash else "analysis"


def _by_ash(table: LabTable, settings: Settings) -> _Reading:
    """Silica in wt%: (residue - blank) / sample, less the ash that is not silica."""
    sample, residue = table.values["sample_mass"], table.values["residue_mass"]
    blank = np.nan_to_num(table.values["blank_mass"]) if table.has("blank_mass") else np.zeros(len(sample))
    if np.any(sample <= 0.0) or np.any(residue < 0.0) or np.any(residue > sample):
        raise Refusal(
            f"sample mass down to {np.nanmin(sample):.4g} g, residue up to {np.nanmax(residue):.4g} g",
            where=table.path,
            rule="a residue is at least zero and at most the sample burnt",
            remedy="Give net masses, without the crucible",
        )
    findings = []
    other = settings.optional_quantity("ash_other")
    if other is None:
        text = "all ash is counted as silica; silicon.ash_other states the part that is not"
        findings.append(Finding("ash-is-silica", text, warning=True))
    else:
        findings.append(Finding("ash-other", f"{other:g} wt% of ash is not silica, taken as exact"))
    u = settings.optional_quantity("u_silicon")
    words = f"silica by ash, {U_ASH:g} wt% assumed" if u is None else "silica by ash"
    if u is None:
        text = f"uncertainty of the ash not stated; {U_ASH:g} wt% of silica taken"
        findings.append(Finding("assumed-uncertainty", text))
    values = 100.0 * (residue - blank) / sample - (other or 0.0)
    limit = settings.optional_quantity("detection_limit")
    return _Reading(
        values[np.isfinite(values)], limit, "SiO2", "ash", U_ASH if u is None else u, words, tuple(findings)
    )


def _by_analysis(table: LabTable, settings: Settings) -> _Reading:
    """Silicon or silica in wt% as ICP or EDS state it; their uncertainty is asked for."""
    name, compound = ("silicon", "Si") if table.has("silicon") else ("silica", "SiO2")
    header = table.headers[name].lower()
    word = "icp" if "icp" in header else "eds" if _names_eds(header) else "icp or eds"
    method = settings.optional_word("method") or word
    u = settings.quantity("u_silicon", why=f"the calibration of {method} is not in the table")
    findings = []
    if "eds" in method:
        text = "EDS sees about 1 um of the surface; its weight per cent is not that of the whole particle"
        findings.append(Finding("surface-only", text, warning=True))
    values = table.values[name]
    values = values[np.isfinite(values)]
    limit = settings.optional_quantity("detection_limit")
    cells = [c for c in table.limits[name] if c is not None]
    if cells:
        if any(not math.isfinite(c) for c in cells):
            cells.append(settings.quantity("detection_limit", why="a cell says 'not detected'"))
        limit = float(max([c for c in cells if math.isfinite(c)] + [float(v) for v in values]))
        values = np.empty(0)
    words = f"{compound} by {method.upper()}"
    return _Reading(values, limit, compound, method, u, words, tuple(findings))


def _names_eds(header: str) -> bool:
    """Whether a header names energy-dispersive X-ray spectrometry."""
    return any(word in header for word in ("eds", "edx"))


def _outcome(table: LabTable, reading: _Reading, compound: str, why_not: str = "") -> Outcome | Refusal:
    """The mean on one basis: wt% times the ratio of molar masses per silicon atom."""
    ratio = MOLAR_MASS[compound] / MOLAR_MASS[reading.compound]
    values, n = reading.values, len(reading.values)
    mean = float(np.mean(values)) if n else -1.0
    if reading.limit is not None and (not n or mean < reading.limit):
        return Outcome(None, below_limit=reading.limit * ratio, admissible=not why_not, why_not=why_not)
    if not n or mean < 0.0:
        found = f"{mean:.4g} wt% of {reading.compound}" if n else "no row holds a value"
        return Refusal(
            found,
            where=table.path,
            rule="a weight per cent is not negative",
            remedy="Correct the blank, or give silicon.detection_limit",
        )
    if mean > 100.0:
        return Refusal(f"{mean:.5g} wt% of {reading.compound}", where=table.path, rule="at most 100 wt%")
    key = table.sha[:12]
    parts = [Component(reading.source, ratio * reading.u, f"{key}:silicon")]
    if n > 1:
        u = ratio * float(np.std(values, ddof=1)) / math.sqrt(n)
        parts.append(Component(f"spread of {n} replicates", u, f"{key}:repeat-si", float(n - 1)))
    note = Finding("repeats", f"mean of {n} analyses") if n > 1 else Finding("single", "one analysis")
    return Outcome(mean * ratio, tuple(parts), admissible=not why_not, why_not=why_not, findings=(note,))


TECHNIQUE = Technique("silicon", "silicon", "Silicon compound", ("table",), RECIPES, KEYS, evaluate)

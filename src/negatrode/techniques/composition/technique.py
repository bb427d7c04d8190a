"""The technique `composition`: H/C, N, O and F + S + P from tables of elemental analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import NegatrodeError, ReadError, Refusal
from negatrode.core.estimate import Outcome
from negatrode.core.recording import Recording
from negatrode.core.settings import Settings
from negatrode.techniques.composition.blank import BLANK_KEYS, NO_BLANK, blank_of
from negatrode.techniques.composition.columns import METALS, NEEDS, WANTED
from negatrode.techniques.composition.content import content
from negatrode.techniques.composition.elements import particle_elements
from negatrode.techniques.composition.figure import CompositionFigure
from negatrode.techniques.composition.gases import nitrogens, oxygens
from negatrode.techniques.composition.halogens import sums
from negatrode.techniques.composition.hydrogen import ratios
from negatrode.techniques.composition.methods import FUSION, HALOGENS_AND_LIKE, U_KEYS, analyte, method_of
from negatrode.techniques.composition.moisture import moisture
from negatrode.techniques.composition.recipes import FSP, KEYS, NITROGEN, OXYGEN, RATIO, RECIPES
from negatrode.techniques.composition.remarks import Analysis, remarks, remarks_by_property
from negatrode.techniques.lab_table import LabTable, lab_tables, of_one_sample
from negatrode.techniques.technique import Evaluation, Technique

MAX_SUM = 102.0  # wt%, of a combustion analysis
MAX_SUM_METALS = 110.0  # wt%, with metals, whose recoveries err by some per cent (assumed)
FRACTION = 1.2  # "wt%" of carbon below which the numbers look like g/g under a wrong unit


def evaluate(recordings: Sequence[Recording], settings: Settings) -> Evaluation:
    """H/C, nitrogen, oxygen and F + S + P of the replicates of all tables.

    Tables with the same columns are replicates, tables with other elements add to them. Raises ReadError
    for cells that are no numbers and for fractions that no sample has, MissingInput where the rows are of
    several samples; a missing element leaves its property an error outcome.
    """
    analyses, notes = [], []
    for table in lab_tables(recordings, WANTED, NEEDS, settings):
        table, found = of_one_sample(table, settings)
        _require_plausible(table, settings)
        analyses.append(_analysed(table, settings))
        notes += [*table.findings, *found]
    contents = {e: c for a in analyses for e, c in a.contents.items()}
    first = next((a for a in analyses if {"C", "H"} <= set(a.contents)), analyses[0])
    water = moisture(settings, first.table.sha[:12])
    ash = _ash(first.table, settings)
    limit = settings.optional_quantity("detection_limit")
    direct = next((a.table for a in analyses if "O" in a.contents), first.table)
    outcomes: dict[str, Mapping[str, Outcome | NegatrodeError]] = {
        RATIO: ratios(first.table, first.contents, water, ash, limit, settings),
        NITROGEN: nitrogens(contents.get("N"), water, settings),
        OXYGEN: oxygens(contents.get("O"), direct, first.contents, water, ash, settings),
        FSP: sums(contents, first.table.sha[:12], water, settings),
    }
    findings = {"": (*notes, *remarks(analyses, settings))}
    return Evaluation(
        outcomes,
        {**findings, **remarks_by_property(analyses, settings)},
        _figure(analyses),
        facts=particle_elements(contents, "; ".join(a.table.path for a in analyses)),
    )


def _analysed(table: LabTable, settings: Settings) -> Analysis:
    """The contents of all elements of a table. A combustion analyser takes its blank off by itself."""
    method = method_of(table, settings)
    blanks, contents = {}, {}
    for symbol in (e for e in (*U_KEYS, *METALS) if table.has(e)):
        takes_blank = symbol in HALOGENS_AND_LIKE or (method == FUSION and symbol in ("O", "N"))
        given = symbol in BLANK_KEYS and settings.has(BLANK_KEYS[symbol])
        blanks[symbol] = blank_of(symbol, table, settings) if takes_blank or given else NO_BLANK
        contents[symbol] = content(analyte(symbol, method), table, settings, blanks[symbol])
    return Analysis(table, method, contents, blanks)


def _require_plausible(table: LabTable, settings: Settings) -> None:
    """Each content within 0 to 100 wt%, their sum at most 102, carbon not a fraction under "%"."""
    means = {}
    for name, values in table.values.items():
        if name == "mass":
            continue
        found = values[np.isfinite(values)]
        worst = next((float(v) for v in found if not -0.5 <= v <= 100.5), None)
        if worst is not None:
            raise ReadError(
                f"{worst:g} wt% of {name}", where=table.path, rule="mass fractions lie within 0 to 100 wt%"
            )
        means[name] = float(np.mean(found)) if len(found) else 0.0
    ash = 0.0 if "Ash" in means else settings.optional_quantity("ash") or 0.0
    total = sum(means.values()) + ash
    metals = [n for n in means if n in METALS]
    most = MAX_SUM_METALS if metals else MAX_SUM
    if total > most:
        raise Refusal(
            f"{', '.join(means)} add up to {total:.1f} wt%",
            where=table.path,
            rule=f"at most {most:g} wt%",
            remedy="Check the units and the columns",
        )
    is_carbon = not metals and ("H" in means or "N" in means)
    if is_carbon and 0.0 < means.get("C", 0.0) <= FRACTION:
        raise Refusal(
            f"{means['C']:g} wt% of carbon",
            where=table.path,
            rule="a carbon holds more; this looks like a fraction in g/g",
            remedy=f"Correct the unit in the header, or give {settings.section}.columns with units",
        )


def _ash(table: LabTable, settings: Settings) -> float | None:
    if table.has("Ash") and np.any(np.isfinite(table.values["Ash"])):
        return float(np.nanmean(table.values["Ash"]))
    return settings.optional_quantity("ash")


def _figure(analyses: Sequence[Analysis]) -> CompositionFigure:
    tables = [a.table for a in analyses]
    elements = list(dict.fromkeys(e for a in analyses for e in a.contents))
    every = {e: np.concatenate([_column(t, e) for t in tables]) for e in ("C", "H", "N", *elements)}
    labels = [
        label
        for t in tables
        for label in (t.words["label"] if t.has("label") else [str(i + 1) for i in range(t.size)])
    ]
    return CompositionFigure(
        tables[0].path,
        tuple(labels),
        carbon=every["C"],
        hydrogen=every["H"],
        nitrogen=every["N"],
        contents={e: every[e] for e in elements},
    )


def _column(table: LabTable, element: str) -> NDArray[np.float64]:
    return table.values.get(element, np.full(table.size, np.nan))


TECHNIQUE = Technique(
    name="composition",
    section="composition",
    title="Elemental analysis",
    kinds=("table",),
    recipes=RECIPES,
    keys=KEYS,
    evaluate=evaluate,
)

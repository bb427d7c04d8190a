"""Hydrogen atoms per carbon atom, as analysed and on the dry and dry ash-free bases."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from negatrode.core.errors import NegatrodeError, Refusal
from negatrode.core.estimate import Component, Outcome
from negatrode.core.settings import Settings
from negatrode.techniques.composition.content import Content, below_what, scaled, spread
from negatrode.techniques.composition.moisture import HYDROGEN_OF_WATER, MASS_C, MASS_H, Water, needs
from negatrode.techniques.lab_table import LabTable


def ratios(
    table: LabTable,
    contents: Mapping[str, Content],
    water: Water | None,
    ash: float | None,
    limit: float | None,
    settings: Settings,
) -> dict[str, Outcome | NegatrodeError]:
    """H/C by recipe; ``limit`` is the limit of detection of hydrogen in wt%."""
    missing = [e for e in ("C", "H") if e not in contents]
    if missing:
        error = Refusal(f"no column of {' and '.join(missing)}", rule="H/C needs both carbon and hydrogen")
        return dict.fromkeys(("as-analysed", "dry", "dry-ash-free"), error)
    carbon, hydrogen = contents["C"], contents["H"]
    found = {"as-analysed": _ratio(table, carbon, hydrogen, None, limit, settings)}
    found["dry"] = (
        needs(settings, "moisture")
        if water is None
        else _ratio(table, carbon, hydrogen, water, limit, settings)
    )
    found["dry-ash-free"] = needs(settings, "ash") if water is not None and ash is None else found["dry"]
    return found


def _ratio(
    table: LabTable,
    carbon: Content,
    hydrogen: Content,
    water: Water | None,
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
        return below_what(found, table, settings)
    key, value = table.sha[:12], per_wt * h
    parts = [scaled(hydrogen.components[0], per_wt), scaled(carbon.components[0], -value / carbon.value)]
    rows_c, rows_h = table.values["C"], table.values["H"]
    whole = np.isfinite(rows_c) & np.isfinite(rows_h) & (rows_c > 0.0)
    if np.count_nonzero(whole) > 1:
        each = MASS_C / MASS_H * (rows_h[whole] - of_water) / rows_c[whole]
        parts.append(spread(each, f"{len(each)} replicates of H/C", f"{key}:replicates-H/C"))
    if water is not None:
        parts.append(Component("moisture", -per_wt * HYDROGEN_OF_WATER * water.u, water.key))
    return Outcome(value, tuple(parts))

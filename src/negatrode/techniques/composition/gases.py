"""Oxygen and nitrogen: on the mass as analysed, on the dry mass, and oxygen by difference."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from negatrode.core.errors import NegatrodeError, Refusal
from negatrode.core.estimate import Component, Finding, Outcome
from negatrode.core.settings import Settings
from negatrode.techniques.composition.content import Content, below_what
from negatrode.techniques.composition.methods import LIMIT_KEYS, STANDARD_RANGE
from negatrode.techniques.composition.moisture import OXYGEN_OF_WATER, Water, needs, on_mass
from negatrode.techniques.lab_table import LabTable

CLOSES = 0.011  # wt%: contents printed to 0.01 that close to 100 this well were made to
BY_DIFFERENCE = "oxygen by difference holds the errors and omissions of all other contents"
U_CLOSURE = 0.5  # wt%, of what no other column holds (recalled for oxygen by difference)
_CARBON_PARTS = ("C", "H", "N", "S")

Outcomes = dict[str, Outcome | NegatrodeError]


def nitrogens(nitrogen: Content | None, water: Water | None, settings: Settings) -> Outcomes:
    """Nitrogen as analysed, and divided by the dry share of the mass."""
    if nitrogen is None:
        error = Refusal("no column of N", rule="nitrogen needs its readings")
        return {"as-analysed": error, "dry": error}
    if nitrogen.error is not None:
        return {"as-analysed": nitrogen.error, "dry": nitrogen.error}
    dry = needs(settings, "moisture") if water is None else on_mass(nitrogen, water)
    return {"as-analysed": on_mass(nitrogen, None), "dry": dry}


def oxygens(
    oxygen: Content | None,
    table: LabTable,
    contents: Mapping[str, Content],
    water: Water | None,
    ash: float | None,
    settings: Settings,
) -> Outcomes:
    """Oxygen as analysed, dry (the water's own oxygen taken off), and by difference (inadmissible)."""
    by_difference = _by_difference(table, contents, ash)
    if oxygen is None:
        error = Refusal(
            "no column of O", rule="oxygen is measured directly, by inert-gas fusion or pyrolysis"
        )
        return {"as-analysed": error, "dry": error, "by-difference": by_difference}
    if oxygen.error is not None:
        return {"as-analysed": oxygen.error, "dry": oxygen.error, "by-difference": by_difference}
    found: Outcomes = {"as-analysed": on_mass(oxygen, None)}
    found["dry"] = needs(settings, "moisture") if water is None else _dry(oxygen, water, table, settings)
    if _closes(table):
        why = f"the contents of each row add up to 100 wt%: {BY_DIFFERENCE}"
        found = {
            name: Outcome(o.value, o.components, o.below_limit, admissible=False, why_not=why)
            if isinstance(o, Outcome)
            else o
            for name, o in found.items()
        }
    return {**found, "by-difference": by_difference}


def _dry(oxygen: Content, water: Water, table: LabTable, settings: Settings) -> Outcome | NegatrodeError:
    outcome = on_mass(oxygen, water, OXYGEN_OF_WATER)
    if outcome.value is not None and outcome.value <= 0.0:
        of_water = OXYGEN_OF_WATER * water.value
        found = f"the moisture holds {of_water:.3g} wt% of oxygen, found are {oxygen.value:.3g} wt%"
        return below_what(found, table, settings, LIMIT_KEYS["O"])
    return outcome


def _closes(table: LabTable) -> bool:
    """Whether carbon, hydrogen, nitrogen, sulfur, ash and oxygen of every row add up to 100 wt%."""
    names = [n for n in (*_CARBON_PARTS, "O", "Ash") if table.has(n)]
    if not {"C", "H", "O"} <= set(names):
        return False
    rows = np.array([table.values[n] for n in names])
    whole = np.isfinite(rows).all(axis=0)
    return bool(whole.any() and (np.abs(rows[:, whole].sum(axis=0) - 100.0) < CLOSES).all())


def _by_difference(
    table: LabTable, contents: Mapping[str, Content], ash: float | None
) -> Outcome | NegatrodeError:
    """100 wt% less carbon, hydrogen, nitrogen, sulfur and ash; never admissible."""
    parts = [contents[e] for e in _CARBON_PARTS if e in contents]
    if not {"C", "H"} <= set(contents) or any(c.error is not None or c.below is not None for c in parts):
        return Refusal("no oxygen by difference", rule=f"it needs C and H; {BY_DIFFERENCE}")
    value = 100.0 - sum(c.value for c in parts) - (ash or 0.0)
    components = [Component(c.source, -c.u, c.key, c.dof) for part in parts for c in part.components]
    components.append(Component("what no column holds", U_CLOSURE, f"{table.sha[:12]}:closure"))
    return Outcome(value, tuple(components), admissible=False, why_not=BY_DIFFERENCE)


def range_finding(symbol: str, found: Content) -> tuple[Finding, ...]:
    """A remark where a content lies above what the standard of inert-gas fusion covers."""
    most = STANDARD_RANGE[symbol]
    if found.error is not None or found.below is not None or found.value <= most:
        return ()
    text = (
        f"{found.value:.3g} wt% {symbol} lies above the {most:g} wt% that ASTM E1409 covers (for titanium): "
        "dilution or an own calibration is needed; the usual uncertainty is widened"
    )
    return (Finding("beyond-standard-range", text),)

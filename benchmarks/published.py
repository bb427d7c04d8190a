"""Published points with lithium against the prior intervals of the links: make published-points.

Every point is predicted from what its source states of the powder, and from nothing else: what it does not
state is drawn from the priors. The table goes to docs/published-points.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from negatrode.material.alloy.material import Alloy
from negatrode.material.hard_carbon.material import HardCarbon
from negatrode.material.predicted import Known
from negatrode.material.prior import Draws

Array = NDArray[np.float64]
N = 4000
PAGE = Path(__file__).resolve().parents[1] / "docs" / "published-points.md"


@dataclass(frozen=True)
class Point:
    """A published value.

    ``stated``: descriptors that the source gives (value, standard uncertainty); ``value``: what it reports
    of ``quantity``, or (low, high) where it gives a range.
    """

    name: str
    source: str
    quantity: str
    unit: str
    value: float | tuple[float, float]
    stated: dict[str, tuple[float, float]] = field(default_factory=dict)
    alloy: tuple[str, str | None] | None = None
    composition: dict[str, float] = field(default_factory=dict)
    range_of_a: tuple[float, float] | None = None
    note: str = ""


_PIOTROWSKA = "Piotrowska, Kierzek, Machnikowski, J. Chem. 2015, 370906"
_LLNL = "MRS Proc., Lithium intercalation in porous carbon electrodes (LLNL)"
# "Extensively oxidised": its oxygen is not that of a resin; no number is given.
_OXIDISED = {"carbonization_temperature": (1050.0, 10.0), "oxygen": (7.0, 3.0)}
_OXYGEN = "extensively oxidised, oxygen not stated: 7 +- 3 wt% taken"
POINTS = (
    Point("V4 polyacrylonitrile carbon, 1050 degC", _PIOTROWSKA, "reversible_capacity", "mAh/g", 420.0,
          {"carbonization_temperature": (1050, 10)}, note="used for nu_H"),
    Point("V4 the same, extensively oxidised", _PIOTROWSKA, "reversible_capacity", "mAh/g", 560.0,
          _OXIDISED, note=_OXYGEN),
    Point("V4 the same, extensively oxidised", _PIOTROWSKA, "irreversible_capacity", "mAh/g", 310.0,
          _OXIDISED, note=_OXYGEN),
    Point("V5 porous polyacrylonitrile carbon, 600 degC", _LLNL, "irreversible_capacity", "mAh/g", 440.0,
          {"carbonization_temperature": (600, 10), "specific_surface_area": (8, 2)}, note="used for Q_irr"),
    Point("V5 porous polyacrylonitrile carbon, 600 degC", _LLNL, "reversible_capacity", "mAh/g", (0.0, 550.0),
          {"carbonization_temperature": (600, 10), "specific_surface_area": (8, 2)},
          note="550 at most: whether it is reversible or total is not stated"),
    Point("V5 porous polyacrylonitrile carbon, 1050 degC", _LLNL, "reversible_capacity", "mAh/g", 270.0,
          {"carbonization_temperature": (1050, 10), "specific_surface_area": (8, 2)}),
    Point("V5 porous polyacrylonitrile carbon, 1050 degC", _LLNL, "irreversible_capacity", "mAh/g", 120.0,
          {"carbonization_temperature": (1050, 10), "specific_surface_area": (8, 2)}, note="used for Q_irr"),
    Point("V6 oxidised-pitch carbon, 800 degC", "record of the EDS catalogue, katalog.lib.cas.cz",
          "reversible_capacity", "mAh/g", 600.0,
          {"carbonization_temperature": (800, 10), "hydrogen_to_carbon": (0.22, 0.012)},
          note="used for nu_H"),
    Point("V7 hydrothermal spherules", "Wang, Li, Chen, Huang, Carbon 39 (2001) 2211", "reversible_capacity",
          "mAh/g", 430.0, {"specific_surface_area": (400, 40)}, note="temperature not stated here"),
    Point("V8 vacuum-fired biomass carbon", "Liu, Luo, Yoon, Mochida, Mater. Lett. 2010, 74",
          "irreversible_capacity", "mAh/g", 58.0, {}, note="temperature not stated here; used for Q_irr"),
    Point("V9 carbon nanospheres, 60-90 nm", "nanospheres of 30 m2/g", "reversible_capacity",
          "mAh/g", 420.0, {"specific_surface_area": (30, 2)}),
    Point("V9 carbon nanospheres, 60-90 nm", "nanospheres of 30 m2/g",
          "first_cycle_efficiency", "%", 85.0, {"specific_surface_area": (30, 2)}),
    Point("V13 Si-Ti-Ni, melt-spun", "Adv. Energy Mater. 2012, 10.1002/aenm.201200180", "reversible_capacity",
          "mAh/g", (900.0, np.inf), alloy=("Si", "Ti"), range_of_a=(0.3, 0.7),
          note="after 50 cycles; composition not stated here: A from 0.3 to 0.7 of the volume"),
    Point("V14 ball-milled SiO0.37", "Cao, Obrovac", "reversible_capacity", "mAh/g", (1500.0, 2000.0),
          alloy=("Si", None), composition={"Si": 82.6, "O": 17.4}, note="used for the accessible share"),
    Point("V14 ball-milled SixO", "2025 abstract", "reversible_capacity", "mAh/g", 2558.0, alloy=("Si", None),
          composition={"Si": 80.3, "O": 19.7}, note="O from its efficiency; used for the accessible share"),
    Point("V16 Sn-Fe-C", "Sn-Fe-C, C/10", "reversible_capacity", "mAh/g", 740.0, alloy=("Sn", "Ti"),
          range_of_a=(0.3, 0.7), note="composition not stated here: A from 0.3 to 0.7 of the volume"),
)  # fmt: skip


def draws_of(point: Point, seed: int = 0) -> tuple[Array, str]:
    """Draws of a point's quantity, and the confidence word."""
    rng = np.random.default_rng(seed)
    measured = {k: np.maximum(v + u * rng.standard_normal(N), 0.0) for k, (v, u) in point.stated.items()}
    if point.alloy is None:
        rows = HardCarbon(Known(measured, Draws(N, seed))).predictions
    else:
        a, b = point.alloy
        composition = dict(point.composition)
        if "O" in composition:
            measured["oxygen"] = np.full(N, composition.pop("O"))
        if point.range_of_a:
            measured["area_fraction_a"] = rng.uniform(*point.range_of_a, N)
        rows = Alloy(Known(measured, Draws(N, seed)), a, b, composition).predictions
    by_name = {p.name: p for p in rows}
    found = by_name[point.quantity]
    # What another laboratory reads of it: capacities within 3 %, efficiencies within 2 % (1 sd).
    noise = rng.standard_normal(N)
    if point.unit == "%":
        return found.values + 2.0 * noise, found.confidence
    spread = 0.03 * found.values
    if point.quantity == "irreversible_capacity":
        spread = 0.02 * (found.values + by_name["reversible_capacity"].values)
    return found.values + spread * noise, found.confidence


def compared() -> list[tuple[Point, float, float, float, str, bool]]:
    """Every point with the median and the 90 % interval of its prediction, and whether it lies inside."""
    table = []
    for point in POINTS:
        values, word = draws_of(point)
        low, median, high = np.quantile(values, [0.05, 0.5, 0.95])
        ends = point.value if isinstance(point.value, tuple) else (point.value, point.value)
        inside = bool(ends[0] <= high and ends[1] >= low)
        table.append((point, float(median), float(low), float(high), word, inside))
    return table


def main() -> None:
    """Print the table and write the page."""
    table = compared()
    held = sum(row[-1] for row in table)
    fresh = [row for row in table if "used for" not in row[0].note]
    lines = [
        "# Published points", "",
        "`make published-points` predicts capacities of published materials from what their sources state,",
        "before any calibration, and compares. A range overlaps or it does not. Points that served to set a",
        "number of the links say so: they are no test of it. Intervals hold what another laboratory would",
        "read: 3 % (1 sd) of a capacity, 2 % of an efficiency.", "",
        f"Inside the 90 % interval: **{held} of {len(table)}**; of the {len(fresh)} that set no number, "
        f"{sum(row[-1] for row in fresh)}.", "",
        "| material | quantity | published | predicted, 90 % interval | median off | inside | confidence "
        "| remark |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for p, median, low, high, word, inside in table:
        value = p.value if isinstance(p.value, tuple) else None
        if value is None:
            text, off = f"{p.value:g}", f"{100 * (median / float(p.value) - 1):+.0f} %"  # type: ignore[arg-type]
        else:
            text = f"{value[0]:g} to {value[1]:g}" if np.isfinite(value[1]) else f"> {value[0]:g}"
            text = f"<= {value[1]:g}" if value[0] == 0 else text
            off = "-"
        lines.append(
            f"| {p.name} ({p.source}) | {p.quantity.replace('_', ' ')} | {text} {p.unit} | {median:.0f} "
            f"({low:.0f} to {high:.0f}) | {off} | {'yes' if inside else '**no**'} | {word} | {p.note} |"
        )
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()

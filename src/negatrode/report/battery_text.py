"""Names, units and confidence words of what a battery is tested for; the section's tables and JSON."""

from __future__ import annotations

from typing import Any

from negatrode.battery.assembly import Battery
from negatrode.battery.bands import Band
from negatrode.material.prior import MARKS, priors

# Outcome: title, unit, confidence word, how.
OUTCOMES: dict[str, tuple[str, str, str, str]] = {
    "first_charge": (
        "first charge",
        "mAh/g",
        "weak",
        "half cell, C/20 and hold, with the irreversible capacity",
    ),
    "first_discharge": ("first discharge", "mAh/g", "weak", "half cell at C/20"),
    "first_efficiency": ("first-cycle efficiency", "%", "weak", "their ratio"),
    "volumetric_capacity": (
        "capacity of the layer",
        "mAh/cm3",
        "weak",
        "reversible, per volume of coated layer",
    ),
    "areal_capacity": ("capacity of the cell", "mAh/cm2", "weak", "after formation, balanced"),
    "discharge_power": (
        "discharge power",
        "W/g",
        "weak",
        "10 s pulse at 50 %, to the lower limit, per g of powder",
    ),
    "charge_power": (
        "charge power",
        "W/g",
        "weak",
        "10 s pulse at 50 %, to the upper limit, per g of powder",
    ),
    "discharge_resistance": ("pulse resistance", "ohm cm2", "weak", "10 s discharge pulse at 50 %"),
    "charge_resistance": ("pulse resistance on charge", "ohm cm2", "weak", "10 s charge pulse at 50 %"),
    "plating_margin": ("plating margin", "mV", "weak", "least potential against lithium on charge"),
    "retention": ("retention", "%", "weak", "last cycle over the first"),
    "layer_swelling": ("swelling of the layer", "%", "weak", "full over empty, pores kept"),
    "porosity": ("porosity", "", "usable", "from mass, density and recipe of the layer"),
    "thickness": ("thickness", "um", "usable", "from mass and density of the layer"),
}
# What the figure of movers leaves out.
_QUIET = ("porosity", "thickness", "first_charge", "areal_capacity", "charge_power", "charge_resistance")


def outcome_names(battery: Battery) -> list[str]:
    """Outcomes that the panel of movers shows, in the order of the table."""
    found = [n for n in OUTCOMES if n in battery.bands.outcomes and n not in _QUIET]
    rates = list(battery.bands.rates)
    return [*found, *(f"{r:g}C" for r in rates if r >= 1)]


def section(battery: Battery) -> dict[str, Any]:
    """What the template shows of a battery."""
    outcomes = battery.bands.outcomes
    rows = [
        {"title": title, "unit": unit or "1", "centre": f"{outcomes[name].centre:.4g}",
         "interval": _interval(outcomes[name]), "word": word, "how": how}
        for name, (title, unit, word, how) in OUTCOMES.items() if name in outcomes
    ]  # fmt: skip
    rows += [
        {"title": f"capacity at {rate:g}C", "unit": "%", "centre": f"{band.centre:.3g}",
         "interval": _interval(band), "word": "weak", "how": "full cell, from full charge"}
        for rate, band in battery.bands.rates.items()
    ]  # fmt: skip
    return {
        "draws": len(battery.bands.trials),
        "design": design_words(battery),
        "rows": rows,
        "links": [
            {"title": p.title, "unit": p.unit, "centre": f"{p.values[0]:.4g}",
             "interval": "{:.3g} to {:.3g}".format(*p.interval()), "word": p.confidence, "how": p.how,
             "sources": p.sources}
            for p in battery.source.predictions
        ],
        "unknown": [
            {"title": OUTCOMES[name][0] if name in OUTCOMES else f"capacity at {name}",
             "shares": ", ".join(f"{_cause(k)} {100 * v:.0f} %" for k, v in list(shares.items())[:4])}
            for name, shares in battery.unknown.items()
            if shares and name not in ("porosity", "thickness")
        ],
        "assumed": sorted(battery.source.known.assumed.items()),
        "failed": [
            f"{name}: {count} of {len(battery.bands.trials)} draws could not be tested ({why})"
            for name, (count, why) in battery.bands.failed.items()
        ],
        "marks": MARKS,
    }  # fmt: skip


def design_words(battery: Battery) -> str:
    """The design in one sentence."""
    d, c = battery.design, battery.design.coating
    layer = f"{c.rate:g} g/m2 of powder, {100 * c.binder:g} % binder, {100 * c.additive:g} % additive"
    layer += f", {c.density:g} g/cm3" if c.density is not None else f", porosity {c.porosity:g}"
    if d.counter is None:
        return f"Electrode of {layer}; against lithium in {d.electrolyte.name}."
    balance = (
        f"coated {d.counter_rate:g} g/m2"
        if d.counter_rate is not None
        else f"N/P {d.np_ratio:g} after formation"
    )
    low, high = d.voltage_limits or (d.counter.lower_voltage, d.counter.upper_voltage)
    return (
        f"Electrode of {layer}; against {d.counter.name} ({balance}) in {d.electrolyte.name}, "
        f"{low:g} to {high:g} V, {d.temperature - 273.15:g} degC."
    )


def battery_json(battery: Battery) -> dict[str, Any]:
    """The battery in results.json (docs/json.md)."""
    return {
        "draws": len(battery.bands.trials),
        "level": 0.9,
        "design": design_words(battery),
        "material": [
            {"name": p.name, "unit": p.unit, "centre": float(p.values[0]), "interval90": list(p.interval()),
             "confidence": p.confidence, "how": p.how, "sources": list(p.sources)}
            for p in battery.source.predictions
        ],
        "outcomes": [
            {"name": name, "unit": OUTCOMES[name][1] if name in OUTCOMES else "", **_band(band),
             "confidence": OUTCOMES[name][2] if name in OUTCOMES else "weak"}
            for name, band in battery.bands.outcomes.items()
        ],
        "rates": [{"c_rate": rate, "unit": "%", **_band(band)} for rate, band in battery.bands.rates.items()],
        "lost": [
            {"mechanism": name, "unit": "%", **_band(band)} for name, band in battery.bands.lost.items()
        ],
        "retention": None if battery.bands.retention is None else {
            "low": battery.bands.retention[0].tolist(), "centre": battery.bands.retention[1].tolist(),
            "high": battery.bands.retention[2].tolist(),
        },
        "movers": [
            {"descriptor": m.name, "unit": m.unit, "at": m.at, "step": m.step, "changes": dict(m.changes)}
            for m in battery.movers
        ],
        "variance_shares": {k: dict(v) for k, v in battery.unknown.items()},
        "assumed": dict(battery.source.known.assumed),
        "failed": {name: {"draws": n, "why": why} for name, (n, why) in battery.bands.failed.items()},
    }  # fmt: skip


def _band(band: Band) -> dict[str, Any]:
    return {"centre": band.centre, "interval90": [band.low, band.high], "draws": band.draws}


def _interval(band: Band) -> str:
    return f"{band.low:.3g} to {band.high:.3g}"


def _cause(key: str) -> str:
    """A prior in words: its key without its room; a property by its name."""
    name = key.removeprefix("prior:")
    known = priors().get(name)
    if known is not None and known.title:
        return known.title
    return name.split(".")[-1].replace("_", " ")

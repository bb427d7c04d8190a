"""The run of a hard-carbon route as a made powder: predictions, facts and stages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from negatrode.material.predicted import Predicted
from negatrode.process.hard_carbon import HardCarbonRun, OxidationResult, critical_share
from negatrode.process.hard_carbon_notes import notes_on
from negatrode.process.made import Made, MadeFact, Stage, as_sure_as_its_numbers, told
from negatrode.process.powder.properties import predictions
from negatrode.process.programme import Programme
from negatrode.process.stabilisation.bead import effectiveness

Array = NDArray[np.float64]
_HC = "hard-carbon"


def as_made(run: HardCarbonRun) -> Made:
    """Predictions by property, facts by name, stages and notes."""
    rows, others = predictions(run.powder)
    rows |= {name: replace(rows[name], confidence="weak") for name in _weakened(run)}
    rows = {name: as_sure_as_its_numbers(p, run.draws) for name, p in rows.items()}
    spans: dict[str, tuple[Predicted, Predicted]] = {}
    unpredicted: dict[str, str] = {}
    found = run.oxidation
    if found is None:
        unpredicted["oxidation_temperature"] = "the route has no oxidation"
    elif not np.isfinite(found.lowest).all():
        unpredicted["oxidation_temperature"] = "no oxygen was taken up: the gas holds none, or it stays cold"
    else:
        rows["oxidation_temperature"], spans["oxidation_temperature"] = _temperatures(found)
    return Made(
        name=run.route.name,
        material=_HC,
        predictions=rows,
        draws=run.draws,
        alternatives=others,
        spans=spans,
        facts=_facts(run),
        notes=notes_on(run),
        design={"process": {"carbonization_temperature": f"{_final(run):.0f} degC"}},
        stages=_stages(run),
        unpredicted=unpredicted,
    )


def _weakened(run: HardCarbonRun) -> set[str]:
    """Properties whose link is weaker on this route: shape, size and structure where beads fuse."""
    if float(np.median(run.fused)) > 0.05:
        return {"dv50", "d4", "d1", "bulk_specific_gravity", "sphericity", "d002"}
    return set()


def _final(run: HardCarbonRun) -> float:
    """Final temperature of the reference run that does the same to the layers (degC)."""
    return float(np.clip(np.median(run.carbon.end("growth")), 300.0, 2800.0))


def _temperatures(found: OxidationResult) -> tuple[Predicted, tuple[Predicted, Predicted]]:
    how = "temperatures at which all but half a per cent at either end of the oxygen is consumed"
    keys = "ox.E_oxidation ox.k_oxidation ox.E_burn ox.k_burn ox.Q_oxidation ox.lambda_bed"

    def one(title: str, values: Array) -> Predicted:
        return told("oxidation_temperature", title, "degC", values, how, keys)

    low, high = one("lowest", found.lowest), one("highest", found.highest)
    return one("oxidation temperature, highest", found.highest), (low, high)


# ---- facts


def _facts(run: HardCarbonRun) -> tuple[MadeFact, ...]:
    names = ", ".join(f"{100 * w:.3g} % {m.name}" for m, w in run.mix.parts)
    fire = run.route.carbonisation
    facts = [
        MadeFact("carbonized_vinyl_resin", True, f"polymerised from vinyl monomers ({names}) and carbonised"),
        MadeFact(
            "inert_carbonization",
            True,
            f"carbonised under {_gases(fire)} up to {fire.celsius.max():.0f} degC",
        ),
    ]
    if run.route.suspension.sizing != "given":
        facts.append(
            MadeFact("suspension_polymerized", True, "drops of monomer in water, by the route's suspension")
        )
    else:
        facts.append(
            MadeFact("suspension_polymerized", True, "the route's suspension, with the bead size given")
        )
    if run.route.oxidation is None:
        facts.append(MadeFact("oxidizing_gas_atmosphere", False, "the route has no oxidation"))
    else:
        programme = run.route.oxidation.programme
        facts.append(
            MadeFact(
                "oxidizing_gas_atmosphere", programme.is_oxidizing, f"oxidation under {_gases(programme)}"
            )
        )
    return tuple(facts)


def _gases(programme: Programme) -> str:
    return ", ".join(dict.fromkeys(g.name for g in programme.gases))


# ---- stages


def _stages(run: HardCarbonRun) -> tuple[Stage, ...]:
    stages = [_suspension(run)]
    if run.oxidation is not None:
        stages.append(_oxidation(run, run.oxidation))
    stages.append(_carbonisation(run))
    stages.append(_powder(run))
    return tuple(stages)


def _suspension(run: HardCarbonRun) -> Stage:
    s, done, beads = run.route.suspension, run.polymerised, run.sized.beads
    names = ", ".join(f"{100 * w:.3g} % {m.name}" for m, w in run.mix.parts)
    rows = [
        told("bead_dv50", "bead Dv50", "um", beads.dv50 * 1e6, _SIZING[s.sizing], _SIZING_KEYS[s.sizing],
           "usable" if s.sizing != "balance" else "weak"),
        told("bead_width", "width of the beads, D4/D1", "1", beads.d43 / beads.d10, _SIZING[s.sizing],
           "sus.gsd_limited sus.gsd_stirred" if s.sizing != "given" else ""),
        told("conversion", "conversion", "1", done.conversion[:, -1], "free radicals, gel and glass effect",
           "poly.efficiency poly.gel poly.speed poly.glass"),
        told("residual", "residual monomer", "%", 100 * done.residual, "1 - conversion", "poly.glass"),
        told("polymerisation_heat", "largest heat release", "W/kg", done.heat.max(axis=1),
           "heat of polymerisation times the rate", "poly.gel poly.speed", "weak"),
        told("adiabatic_rise", "rise of a drop left to itself", "K",
           np.full(run.draws.n, done.energy / 2000.0), "heat of polymerisation over 2 kJ/kg/K", "", "usable"),
    ]  # fmt: skip
    if run.sized.d32_stirred is not None and s.sizing != "correlation":
        rows.append(
            told("stirred_d32", "d32 that stirring alone makes", "um", run.sized.d32_stirred * 1e6,
               _SIZING["correlation"], _SIZING_KEYS["correlation"])
        )  # fmt: skip
    return Stage("Suspension polymerisation", f"{names}; {s.initiator}; sizes by {s.sizing}", tuple(rows))


_SIZING = {
    "balance": "population balance of break-up and coalescence until the drops are hard",
    "correlation": "d32 / D = C1 (1 + C2 phi) We^-0.6 (1 + B Vi)^0.6",
    "limited-coalescence": "D32 = 6 / (m_p a_s), or what stirring makes where that is coarser",
    "given": "given",
}
_SIZING_KEYS = {
    "balance": "sus.breakup sus.breakup_energy sus.collision sus.drainage sus.unprotected sus.zones",
    "correlation": "sus.C1 sus.C2 sus.viscous sus.correlation",
    "limited-coalescence": "sus.coverage sus.gsd_limited sus.C1 sus.C2",
    "given": "",
}


def _oxidation(run: HardCarbonRun, found: OxidationResult) -> Stage:
    assert run.route.oxidation is not None
    o = run.route.oxidation
    n = run.draws.n
    rows = [
        told("cyclised", "cyclisation", "1", found.cyclised, "first order, over the programme",
           "ox.k_cyclisation ox.E_cyclisation", "weak"),
        told("taken", "oxygen uptake", "1", found.taken, "first order in what is left, over the programme",
           "ox.k_oxidation ox.E_oxidation ox.order", "weak"),
        told("oxidised_mass", "mass over that of the bead", "1", found.mass, "uptake less what leaves",
           "ox.W_O ox.W_v ox.k_burn"),
        told("burnt", "burnt", "%", 100 * found.burnt, "first order, above some 330 degC",
           "ox.k_burn ox.E_burn", "weak"),
        told("thiele", "Thiele modulus, at the hottest", "1", found.thiele,
           "R (N_O k_o / (D c_ref))^(1/2)", "ox.D_O2 ox.K_O2 ox.W_O"),
        told("effectiveness", "effectiveness of the bead", "1", effectiveness(found.thiele),
           "3 / phi^2 (phi coth phi - 1)", "ox.D_O2 ox.K_O2"),
        told("oxidation_heat", "largest heat release", "W/kg", found.history.heat.max(axis=1),
           "heats of uptake, cyclisation and burn-off times their rates", "ox.Q_oxidation ox.Q_cyclisation"),
    ]  # fmt: skip
    share = critical_share(found)
    if share is not None:
        rows.append(
            told("delta", "Frank-Kamenetskii delta over critical", "1", share,
               "rho Q E k L^2 / (lambda R T^2) / 0.878, at the hottest", "ox.Q_oxidation ox.rho_bed "
               "ox.lambda_bed ox.k_oxidation ox.E_oxidation")
        )  # fmt: skip
    if found.ends is not None:
        excess = found.ends.peak - 273.15 - o.programme.celsius.max()
        rows.append(
            told("bed_excess", "bed above the programme's hottest", "K", excess,
               "transient heat balance of the bed (600 degC: it runs away)", "ox.Q_oxidation ox.lambda_bed "
               "ox.rho_bed", "usable")
        )  # fmt: skip
        rows.append(
            told("ran_away", "draws whose bed runs away", "%",
               np.full(n, 100.0 * float(found.ran_away.mean())), "transient heat balance of the bed",
               "ox.Q_oxidation")
        )  # fmt: skip
    depth = f", {1000 * o.depth:.3g} mm deep" if o.bed == "static" else ""
    settings = f"{_gases(o.programme)}, up to {o.programme.celsius.max():.0f} degC; {o.bed} bed{depth}"
    return Stage("Oxidation", settings, tuple(rows))


def _carbonisation(run: HardCarbonRun) -> Stage:
    c, p = run.carbon, run.route.carbonisation
    rows = (
        told("fused", "contacts that fuse", "1", run.fused, "ladder index of oxidation and crosslinks",
           "fuse.middle fuse.width fuse.crosslinks", "weak"),
        told("yield", "carbon over oxidised bead", "1", c.end("yield_"), "Y_0 + (Y_ox - Y_0) X, then H and N",
           "carb.yield_oxidised carb.yield_styrenic carb.yield_nitrile"),
        told("total_yield", "carbon over monomer", "1", run.total_yield, "yields of all stages",
           "carb.yield_oxidised poly.glass"),
        told("shrinkage", "linear shrinkage, bead to carbon", "1", c.end("shrinkage"),
           "1 - (m rho_bead / rho_carbon)^(1/3)", "hc.rho_B carb.yield_oxidised", "usable"),
        told("bonds_equivalent", "equivalent temperature, bonds", "degC", c.end("bonds"),
           "final temperature at 5 K/min and 1 h that breaks the same bonds", "carb.k0 carb.furnace"),
        told("growth_equivalent", "equivalent temperature, layers", "degC", c.end("growth"),
           "the same for layer growth", "carb.E_structure carb.furnace", "weak"),
    )  # fmt: skip
    return Stage("Carbonisation", f"{_gases(p)}, up to {p.celsius.max():.0f} degC", rows)


def _powder(run: HardCarbonRun) -> Stage:
    made, coating = run.powder, run.route.coating
    rows = [
        told("external_area", "outer area", "m2/g", made.external, "roughness of spheres of its sizes",
           "hc.roughness hc.rho_B"),
    ]  # fmt: skip
    if np.any(made.coat.share > 0.0):
        rows += [
            told("residual_silica", "silica from the suspension", "wt%", run.silica, "mass balance",
               "sus.silica_kept sus.monomer_density"),
            told("coat_thickness", "thickness of the silicon compound", "nm", made.coat.thickness,
               "spread evenly: mass over density and outer area", "hc.roughness"),
            told("covered", "surface covered", "1", made.coat.covered, "patches that fall where they fall",
               "coat.layer coat.most", "weak"),
        ]  # fmt: skip
    words = "uncoated" if coating is None else f"{coating.share:g} wt% of {coating.compound}"
    return Stage("Powder", words, tuple(rows))

"""The fired powder's properties, draw by draw, from what the furnace and the beads give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.material.predicted import Predicted
from negatrode.material.prior import Draws, prior
from negatrode.process.beads import Sizes
from negatrode.process.carbonisation.carbonise import Carbonised
from negatrode.process.fusing import circularity, lump_ratio
from negatrode.process.powder.coating import Coated, coated
from negatrode.process.powder.exotherm import ln_factor_at, ln_reactivity, peak_kelvin
from negatrode.process.powder.packing import poured_density

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Fired:
    """What becomes powder, (n,) each: bead sizes, share of doublets, share of contacts that fused, silicon
    compound (wt% of the powder, density in g/cm3), and the furnace's histories.
    """

    beads: Sizes
    doublets: Array
    fused: Array
    silicon: Array
    silicon_density: float
    carbon: Carbonised


@dataclass(frozen=True, eq=False)
class Powder:
    """Properties, (n,) each, in the catalogue's units; areas in m2/g."""

    sizes: Sizes
    external: Array
    area: Array
    sphericity: Array
    gravity: Array
    coat: Coated
    peak: Array
    hydrogen_to_carbon: Array
    nitrogen: Array
    d002: Array
    lc002: Array


def powder(fired: Fired, draws: Draws) -> Powder:
    """The properties of the powder that a fired bead becomes."""
    carbon = fired.carbon
    density = draws.value("hc.rho_B")
    sizes = fired.beads.scaled((1.0 - carbon.end("shrinkage")) * lump_ratio(fired.fused))
    external = draws.value("hc.roughness") * 6.0 / (density * sizes.d32 * 1e6)
    bare = np.maximum(external, carbon.end("area"))
    coat = coated(
        fired.silicon, external, fired.silicon_density, draws.value("coat.layer"), draws.value("coat.most")
    )
    carbon_share = 1.0 - coat.share / 100.0
    shape = circularity(
        draws.value("powder.cured"), fired.doublets, fired.fused, draws.value("fuse.sphericity")
    )
    return Powder(
        sizes=sizes,
        external=external,
        area=bare * carbon_share,
        sphericity=shape,
        gravity=poured_density(
            density, sizes.dv50 * 1e6, sizes.sigma, shape, draws.value("powder.bulk_model")
        ),
        coat=coat,
        peak=_peak(external, bare - external, carbon.end("bonds"), coat.covered, draws),
        hydrogen_to_carbon=carbon.end("hydrogen_to_carbon"),
        nitrogen=carbon.end("nitrogen") * carbon_share,
        d002=carbon.end("d002"),
        lc002=carbon.end("lc002"),
    )


def _peak(external: Array, micropores: Array, celsius: Array, covered: Array, draws: Draws) -> Array:
    """Exothermic peak in air at 10 K/min (degC)."""
    energy = draws.value("exo.energy")
    reference = ln_factor_at(draws.value("exo.peak") + 273.15, energy)
    moved = ln_reactivity(external, micropores, celsius, covered, prior("exo.area").value)
    return peak_kelvin(reference + moved, energy) - 273.15


# property: (title, unit, how, keys of the numbers behind it, confidence)
_ROWS: Mapping[str, tuple[str, str, str, str, str]] = {
    "sphericity": ("sphericity", "1", "cured beads, less what doublets and fusing cost",
                   "powder.cured fuse.middle fuse.sphericity sus.doublets", "usable"),
    "d002": ("d002", "nm", "line against the equivalent temperature of layer growth",
             "hc.d002_1200 hc.d002_slope carb.E_structure fuse.spacing carb.furnace", "usable"),
    "lc002": ("Lc(002)", "nm", "line against the equivalent temperature of layer growth",
              "hc.Lc_1200 hc.Lc_slope carb.E_structure carb.furnace", "usable"),
    "hydrogen_to_carbon": ("H/C", "1", "distributed activation energies fitted to H/C of hard carbons",
                           "carb.H_mean carb.H_sd hc.H_between carb.furnace", "usable"),
    "dv50": ("Dv50", "um", "bead size times linear shrinkage (mass balance)",
             "carb.yield_oxidised hc.rho_B", "usable"),
    "d4": ("D[4,3]", "um", "bead sizes times linear shrinkage", "carb.yield_oxidised hc.rho_B", "usable"),
    "d1": ("D[1,0]", "um", "bead sizes times linear shrinkage", "carb.yield_oxidised hc.rho_B", "usable"),
    "specific_surface_area": ("surface", "m2/g", "outer area of the spheres, or the area by temperature",
                              "carb.log10S_spheres hc.log10S_slope hc.roughness carb.S_burnt fuse.log10S",
                              "weak"),
    "bulk_specific_gravity": ("bulk specific gravity", "g/cm3", "loose packing of cohesive spheres",
                              "powder.bulk_model powder.cohesion_a hc.rho_B", "usable"),
    "exothermic_peak_temperature": ("exothermic peak", "degC", "Kissinger's relation, rate by area, firing "
                                    "temperature and coating",
                                    "exo.peak exo.energy exo.area coat.most coat.layer", "weak"),
    "silicon_compound": ("silicon compound", "wt%", "mass balance of silica on the beads and of the coating",
                         "sus.silica_kept coat.reach", "usable"),
    "nitrogen": ("nitrogen", "wt%", "nitrogen of the stabilised resin, released by temperature",
                 "carb.N_middle carb.N_width", "weak"),
}  # fmt: skip


def predictions(found: Powder) -> tuple[dict[str, Predicted], dict[str, dict[str, Predicted]]]:
    """Predictions by property of the catalogue, and those under the other reading of D1, D[2,1]."""
    values = {
        "sphericity": found.sphericity, "d002": found.d002, "lc002": found.lc002,
        "hydrogen_to_carbon": found.hydrogen_to_carbon, "dv50": found.sizes.dv50 * 1e6,
        "d4": found.sizes.d43 * 1e6, "d1": found.sizes.d10 * 1e6, "specific_surface_area": found.area,
        "bulk_specific_gravity": found.gravity, "exothermic_peak_temperature": found.peak,
        "silicon_compound": found.coat.share, "nitrogen": found.nitrogen,
    }  # fmt: skip
    rows = {name: _predicted(name, array) for name, array in values.items()}
    other = _predicted("d1", found.sizes.d21 * 1e6, "D[2,1]")
    return rows, {"d1": {"length-moment": other}}


def _predicted(name: str, values: Array, title: str = "") -> Predicted:
    own, unit, how, keys, word = _ROWS[name]
    return Predicted(name, title or own, unit, values, word, how, tuple(keys.split()))

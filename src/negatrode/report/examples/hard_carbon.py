"""Two synthetic hard carbons made by the forward models, seeds fixed.

``inside`` lies within every claim under every recipe; ``outside``, made by stirring alone from a resin
without acrylonitrile, fails two: D4/D1 (claim 4) and nitrogen (claim 8).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ExampleCarbon:
    """What the forward models need to make one powder's files; names and units as in the catalogue."""

    folder: str
    title: str
    seed: int
    d002: float
    lc002: float
    hydrogen: float
    carbon: float
    nitrogen: float
    dv50: float
    sigma: float
    external_area: float
    micropore_area: float
    roughness: float
    bulk: float
    exothermic_peak: float
    silicon_dioxide: float
    coating_rate: float


EXAMPLES = (
    ExampleCarbon(
        "inside", "Example A (synthetic), fired at 1150 degC", 11,
        d002=0.3745, lc002=1.5, hydrogen=0.31, carbon=96.4, nitrogen=1.6, dv50=8.5, sigma=0.24,
        external_area=1.05, micropore_area=0.55, roughness=0.05, bulk=0.50, exothermic_peak=668.0,
        silicon_dioxide=1.2, coating_rate=45.0,
    ),
    ExampleCarbon(
        "outside", "Example B (synthetic), no acrylonitrile, wide in size", 23,
        d002=0.3755, lc002=1.4, hydrogen=0.34, carbon=97.1, nitrogen=0.12, dv50=9.5, sigma=0.85,
        external_area=1.1, micropore_area=0.6, roughness=0.05, bulk=0.52, exothermic_peak=645.0,
        silicon_dioxide=0.8, coating_rate=52.0,
    ),
)  # fmt: skip


def example_files(example: ExampleCarbon) -> dict[str, bytes]:
    """Every file of an example folder by its path in it; the same on every machine."""
    streams = np.random.default_rng(example.seed).spawn(8)
    texts = {
        **_diffraction(example, streams[0]),
        "sorption/isotherm.csv": _isotherm(example, streams[1]),
        "sizing/mastersizer.csv": _sizes(example, streams[2]),
        "thermal/dta.txt": _thermogram(example, streams[3]),
        "composition/chn.csv": _composition(example, streams[4]),
        "bulk/poured.csv": _bulk(example, streams[5]),
        "silicon/ash.csv": _ash(example, streams[6]),
        "SAMPLE.toml": _sample_toml(example),
    }
    files = {name: text.encode() for name, text in texts.items()}
    files["images/sem.png"] = _micrograph(example, streams[7])
    return files


def _diffraction(example: ExampleCarbon, rng: np.random.Generator) -> dict[str, str]:
    from negatrode.techniques.diffraction import simulate

    carbon = simulate.Carbon(
        d002=example.d002, lc=example.lc002, peak=6000.0, rise=700.0, flat=500.0, shift=0.06
    )
    scan = simulate.xy_text(*simulate.simulate_pattern(carbon, rng), comment="synthetic carbon")
    standard = simulate.xy_text(*simulate.silicon_pattern(carbon, rng), comment="synthetic silicon standard")
    return {"xrd/scan.xy": scan, "xrd/silicon.xy": standard}


def _isotherm(example: ExampleCarbon, rng: np.random.Generator) -> str:
    from negatrode.techniques.sorption import simulate

    powder = simulate.Powder(
        external_area=example.external_area, c=120.0, layers=30.0, micropore_area=example.micropore_area
    )
    pressures = np.concatenate(
        [np.geomspace(1e-4, 0.02, 8), np.linspace(0.04, 0.34, 16), np.linspace(0.4, 0.97, 14)]
    )
    errors = simulate.InstrumentErrors(noise=0.002)
    return simulate.belsorp_csv(simulate.simulate_isotherm(powder, pressures, rng, mass=1.2, errors=errors))


def _sizes(example: ExampleCarbon, rng: np.random.Generator) -> str:
    from negatrode.techniques.sizing import simulate

    modes = [simulate.Mode(example.dv50, example.sigma)]
    errors = [simulate.SizingErrors(scale=float(rng.normal(0.0, 0.01)), noise=0.01) for _ in range(3)]
    runs = np.stack([simulate.simulate_histogram(modes, rng, errors=e) for e in errors])
    return simulate.mastersizer_csv(simulate.MASTERSIZER_BOUNDS, runs, sample=example.title.replace(",", ""))


def _thermogram(example: ExampleCarbon, rng: np.random.Generator) -> str:
    from negatrode.techniques.thermal import simulate

    burns = [simulate.Burn(peak=example.exothermic_peak)]
    return simulate.netzsch_text(simulate.simulate_dta(burns, rng), gas="Air")


def _composition(example: ExampleCarbon, rng: np.random.Generator) -> str:
    rows = ["run;C [wt%];H [wt%];N [wt%]"]
    for k in range(1, 4):
        c, h, n = rng.normal([example.carbon, example.hydrogen, example.nitrogen], [0.1, 0.02, 0.03])
        rows.append(f"{k};{c:.2f};{h:.3f};{n:.3f}".replace(".", ","))
    return "\n".join(rows) + "\n"


def _bulk(example: ExampleCarbon, rng: np.random.Generator) -> str:
    rows = ["method,mass [g],volume [cm3]"]
    for _ in range(5):
        density = rng.normal(example.bulk, 0.004)
        rows.append(f"poured,{density * 100.0:.2f},100.0")
    return "\n".join(rows) + "\n"


def _ash(example: ExampleCarbon, rng: np.random.Generator) -> str:
    rows = ["sample mass [mg],residue mass [mg]"]
    for _ in range(3):
        mass = rng.normal(1000.0, 15.0)
        rows.append(f"{mass:.2f},{mass * rng.normal(example.silicon_dioxide, 0.02) / 100.0:.3f}")
    return "\n".join(rows) + "\n"


def _micrograph(example: ExampleCarbon, rng: np.random.Generator) -> bytes:
    from negatrode.techniques.shape import simulate

    population = simulate.Population(radius=32.0, radius_sd=example.sigma / 2.0, roughness=example.roughness)
    scene = simulate.Scene(rows=840, columns=1120, particles=85, pairs=5)
    picture = simulate.simulate_micrograph(rng, population=population, scene=scene)
    return simulate.png_bytes(picture.values)


def _sample_toml(example: ExampleCarbon) -> str:
    return f"""# A synthetic powder of the forward models (seed {example.seed}); no real material.
[sample]
name = "{example.title}"
material = "hard-carbon"
notes = "Synthetic hard carbon from vinyl resin, for demonstration"

[xrd]
files = ["xrd/scan.xy", "xrd/silicon.xy"]
wavelength = "0.154187 nm"        # the text file does not state it
standard = "external-si"

[sorption]
files = ["sorption/isotherm.csv"]

[sizing]
files = ["sizing/mastersizer.csv"]
weighting = "volume"

[images]
files = ["images/sem.png"]

[thermal]
files = ["thermal/dta.txt"]

[composition]
files = ["composition/chn.csv"]

[bulk]
files = ["bulk/poured.csv"]

[silicon]
files = ["silicon/ash.csv"]
basis = "SiO2"
ash_other = "0 wt%"

[process]
declared_by = "Example batch sheet (synthetic)"
carbonized_vinyl_resin = true
suspension_polymerized = true
oxidizing_gas_atmosphere = true
inert_carbonization = true
oxidation_temperature = "260 degC"
oxidation_temperature_uncertainty = "5 degC"

[electrode]
declared_by = "Example coating log (synthetic)"
active_layer_of_this_material = true
coating_rate = "{example.coating_rate:g} g/m2"
coating_rate_uncertainty = "{0.02 * example.coating_rate:.2g} g/m2"
density = "0.95 g/cm3"            # of the coated layer
binder = 0.05
additive = 0.02

[battery]
declared_by = "Example cell sheet (synthetic)"
negative_electrode_of_claim_10 = true
counter_electrode = "NMC811"
electrolyte = "EC/EMC"
np_ratio = 1.1
"""


def examples() -> dict[str, dict[str, bytes]]:
    """The example folders by name."""
    return {example.folder: example_files(example) for example in EXAMPLES}

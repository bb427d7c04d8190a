"""Two synthetic alloy powders made by the forward models, seeds fixed.

``inside`` (Si domains within TiSi2) lies within claims 1 to 6; ``outside`` (Sn half covered by Ti6Sn5) meets
claims 1, 2 and 5 and fails three: A is not surrounded (3), the contents of the phases lie too near each
other (4), and it holds no F, S or P (6).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from negatrode.techniques.cycling import simulate as cycling
from negatrode.techniques.phases import simulate as phases


@dataclass(frozen=True)
class ExampleAlloy:
    """What the forward models need to make one powder's files; contents in wt%."""

    folder: str
    title: str
    seed: int
    make: Callable[[Mapping[str, float], Mapping[str, float]], phases.Alloy]
    minor_a: Mapping[str, float]
    minor_b: Mapping[str, float]
    style: str
    mark: str


EXAMPLES = (
    ExampleAlloy(
        "inside", "Example C (synthetic), Si domains in TiSi2", 41, phases.silicon_titanium,
        minor_a={"O": 0.10, "N": 0.05}, minor_b={"O": 2.2, "N": 1.1, "F": 0.6}, style="dispersed", mark="Si",
    ),
    ExampleAlloy(
        "outside", "Example D (synthetic), Sn half covered by Ti6Sn5", 43, phases.tin_titanium,
        minor_a={"O": 0.22, "N": 0.12}, minor_b={"O": 0.75, "N": 0.45}, style="half-covered", mark="Sn",
    ),
)  # fmt: skip
_K_UNCERTAINTY = 0.02
# Full lithiation of the element, mA h/g (computed from Li15Si4 and Li17Sn4); masses in mg
_CAPACITIES = {"Si": 3579.0, "Sn": 959.0}
_PARTICLE_MASS = 1.85
_B_MASS = 3.1


def examples() -> dict[str, dict[str, bytes]]:
    """The example folders by name."""
    return {example.folder: example_files(example) for example in EXAMPLES}


def example_files(example: ExampleAlloy) -> dict[str, bytes]:
    """Every file of an example folder by its path in it; the same on every machine."""
    streams = np.random.default_rng(example.seed).spawn(6)
    alloy = example.make(example.minor_a, example.minor_b)
    files, share = _maps(example, alloy, streams[0])
    files["composition/fusion.csv"] = _fusion(alloy, share, streams[1]).encode()
    files |= _cells(example, share, streams[2])
    files["SAMPLE.toml"] = _sample_toml(example, alloy).encode()
    return files


def _maps(
    example: ExampleAlloy, alloy: phases.Alloy, rng: np.random.Generator
) -> tuple[dict[str, bytes], float]:
    """The map files, and the mass fraction of A in the section."""
    section = phases.simulate_section(
        rng, example.style, shape=(290, 290), particles=16, radius=29.0, shell=6.0, covered=0.5
    )
    k = {e: math.exp(rng.normal(0.0, 0.3)) for e in (*alloy.a, *alloy.b)}
    scope = phases.Microscope(counts_per_pixel=150.0, minor_gain=8.0, k_factors=k)
    maps = phases.simulate_counts(rng, section, alloy, scope)
    files = phases.map_files(maps, folder="maps/")
    files["maps/k-factors.csv"] = phases.k_factor_csv(maps, _K_UNCERTAINTY, rng).encode()
    f = section.area_fraction
    mass_a, mass_b = f * alloy.density_a, (1.0 - f) * alloy.density_b
    return files, mass_a / (mass_a + mass_b)


def _fusion(alloy: phases.Alloy, share: float, rng: np.random.Generator) -> str:
    """Inert-gas fusion (O, N) and combustion (F) of the powder, three runs."""
    elements = [e for e in ("O", "N", "F") if e in alloy.a or e in alloy.b]
    true = [share * alloy.a.get(e, 0.0) + (1.0 - share) * alloy.b.get(e, 0.0) for e in elements]
    rows = ["run," + ",".join(f"{e} [wt%]" for e in elements)]
    for k in range(1, 4):
        rows.append(f"{k}," + ",".join(f"{w * rng.normal(1.0, 0.015):.3f}" for w in true))
    return "\n".join(rows) + "\n"


def _cells(example: ExampleAlloy, share: float, rng: np.random.Generator) -> dict[str, bytes]:
    """Half cells of the particles and of phase B alone, as EC-Lab writes them."""
    held = _CAPACITIES[example.mark] * share * 0.9
    particle = cycling.HalfCell(
        active=example.mark,
        mass=_PARTICLE_MASS,
        reversible=held,
        lost=0.18 * held,
        current=0.1 * held * _PARTICLE_MASS * 1e-3,
        resistance=40.0,
        exchange=0.05 * held * _PARTICLE_MASS * 1e-3,
        fade=0.012,
    )
    inert = cycling.HalfCell(
        active="C", mass=_B_MASS, reversible=4.5, lost=9.0, current=4e-3, resistance=40.0, exchange=4e-3
    )
    cells = {"particle": (particle, 6), "phase-b": (inert, 2)}
    return {
        f"cycling/{name}.mpt": cycling.mpt_text(
            cycling.simulate_cell(cell, rng, cycles=count, points=250), cell.mass
        ).encode()
        for name, (cell, count) in cells.items()
    }


def _sample_toml(example: ExampleAlloy, alloy: phases.Alloy) -> str:
    listed = sorted({*alloy.a, *alloy.b})
    elements = ", ".join(f'"{e}"' for e in listed)
    return f"""# A synthetic powder of the forward models (seed {example.seed}); no real material.
[sample]
name = "{example.title}"
material = "alloy"
notes = "Synthetic two-phase particles, phase A {example.mark} within a titanium compound, for demonstration"

[phases]
files = ["maps/maps.toml", "maps/k-factors.csv"]
phase_a = "{example.mark}"
phase_b = "Ti"
specimen = "thin"                 # a lamella: thin-film equation, no matrix correction
density_a = "{alloy.density_a} g/cm3"
density_b = "{alloy.density_b} g/cm3"
u_density = "2 %"

[composition]
files = ["composition/fusion.csv"]

[[cycling]]
files = ["cycling/particle.mpt"]
electrode = "working-is-alloy"
mass = "{_PARTICLE_MASS} mg"
mass_uncertainty = "0.01 mg"

[[cycling]]                       # an electrode of phase B alone, made from the same melt without A
files = ["cycling/phase-b.mpt"]
electrode = "working-is-alloy"
material = "phase-b"
mass = "{_B_MASS} mg"
mass_uncertainty = "0.02 mg"

[battery]
declared_by = "Example cell sheet (synthetic)"
positive_electrode_for_lithium = true
negative_electrode_for_lithium = true
lithium_salt_electrolyte = true
counter_electrode = "NMC811"
electrolyte = "EC/EMC"
np_ratio = 1.1

[electrode]
declared_by = "Example coating log (synthetic)"
coating_rate = "20 g/m2"
coating_rate_uncertainty = "0.4 g/m2"
density = "1.4 g/cm3"             # of the coated layer
binder = 0.1
additive = 0.1

[declared]
declared_by = "Example batch sheet (synthetic)"
particle_elements = [{elements}]
phase_b_lithium_permeable = true
"""

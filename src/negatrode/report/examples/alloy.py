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


def examples() -> dict[str, dict[str, bytes]]:
    """The example folders by name."""
    return {example.folder: example_files(example) for example in EXAMPLES}


def example_files(example: ExampleAlloy) -> dict[str, bytes]:
    """Every file of an example folder by its path in it; the same on every machine."""
    streams = np.random.default_rng(example.seed).spawn(6)
    alloy = example.make(example.minor_a, example.minor_b)
    files, share = _maps(example, alloy, streams[0])
    files["composition/fusion.csv"] = _fusion(alloy, share, streams[1]).encode()
    files |= _cells(example, streams[2])
    files["SAMPLE.toml"] = _sample_toml(example, alloy).encode()
    return files


def _maps(
    example: ExampleAlloy, alloy: phases.Alloy, rng: np.random.Generator
) -> tuple[dict[str, bytes], float]:
    """The map files, and the mass fraction of A in the section."""
    section = phases.simulate_section(
        rng, example.style, shape=(200, 200), particles=9, radius=29.0, shell=6.0, covered=0.5
    )
    k = {e: math.exp(rng.normal(0.0, 0.3)) for e in (*alloy.a, *alloy.b)}
    scope = phases.Microscope(counts_per_pixel=150.0, minor_gain=20.0, k_factors=k)
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

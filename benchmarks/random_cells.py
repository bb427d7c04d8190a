"""Random cells to their end: every one must stop for a stated physical reason.

Usage: python benchmarks/random_cells.py [N] [FIRST_SEED] [steep]

Each seed is one cell and one step: every parameter of Chen2020 times 0.7 to 1.3, diffusivities times 0.1 to
10 (evenly in the logarithm), C/20 to 5C, discharged from full or charged from empty. With ``steep`` the
diffusivities also fall or rise by up to three decades over 0.02 to 0.2 of stoichiometry, as measured ones do.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    # In place of this folder: its `coverage` would hide the package of that name, which numba looks for.
    sys.path[0] = str(ROOT)

from tests.cell.cells import chen2020  # noqa: E402

from negatrode.cell.accuracy import accuracy  # noqa: E402
from negatrode.cell.cell import Cell  # noqa: E402
from negatrode.cell.curve import Curve  # noqa: E402
from negatrode.cell.electrode import Electrode, Separator  # noqa: E402
from negatrode.cell.protocol import Protocol, Step  # noqa: E402
from negatrode.cell.run import perform  # noqa: E402
from negatrode.material.table import Table  # noqa: E402

# Stoichiometries (negative, positive) of Chen2020 at 2.5 V (C.-H. Chen and others, 2020, table VII).
EMPTY = (0.0279, 0.9084)


def random_case(seed: int) -> tuple[Cell, float]:
    """Cell and C-rate (negative: charge) of a seed."""
    draw = np.random.default_rng(seed)

    def near() -> float:
        return float(draw.uniform(0.7, 1.3))

    def far() -> float:
        return float(10 ** draw.uniform(-1.0, 1.0))

    cell = chen2020()
    charge = bool(draw.integers(2))
    rate = float(np.exp(draw.uniform(np.log(0.05), np.log(5.0))))
    assert isinstance(cell.negative, Electrode)
    starts = EMPTY if charge else tuple(e.particles[0].stoichiometry for e in (cell.negative, cell.positive))
    electrodes = [
        _electrode(e, x, near, far) for e, x in zip((cell.negative, cell.positive), starts, strict=True)
    ]
    s, salt = cell.separator, cell.electrolyte
    porosity = s.porosity * near()
    changed = replace(
        cell,
        negative=electrodes[0],
        positive=electrodes[1],
        separator=Separator(s.thickness * near(), porosity, min(s.transport_efficiency * near(), porosity)),
        electrolyte=replace(
            salt,
            initial_concentration=salt.initial_concentration * near(),
            conductivity=salt.conductivity.scaled(near()),
            diffusivity=salt.diffusivity.scaled(far()),
            transference=salt.transference.scaled(near()),
            thermodynamic_factor=salt.thermodynamic_factor.scaled(near()),
        ),
        area=cell.area * near(),
        nominal_capacity=cell.nominal_capacity * near(),
    )
    return changed, -rate if charge else rate


def _electrode(e: Electrode, start: float, near: Any, far: Any) -> Electrode:
    particle = e.particles[0]
    material = replace(
        particle.material,
        maximum_concentration=particle.material.maximum_concentration * near(),
        diffusivity=particle.material.diffusivity.scaled(far()),
        exchange_current=particle.material.exchange_current.scaled(near()),
    )
    porosity = e.porosity * near()
    fraction = min(particle.volume_fraction * near(), 0.99 - porosity)
    moved = replace(
        particle,
        material=material,
        radius=particle.radius * near(),
        volume_fraction=fraction,
        stoichiometry=min(max(start * near(), 0.005), 0.995),
    )
    return Electrode(
        e.thickness * near(), porosity, min(e.transport_efficiency * near(), porosity),
        e.conductivity * near(), (moved,),
    )  # fmt: skip


def steep_case(seed: int) -> tuple[Cell, float]:
    """The cell of a seed with diffusivities ``D 10^(-a (1 + tanh((x - x0) / w)) / 2)``."""
    cell, rate = random_case(seed)
    draw = np.random.default_rng([seed, 1])
    sides = {}
    for side in ("negative", "positive"):
        electrode = getattr(cell, side)
        particle = electrode.particles[0]
        decades, middle = draw.uniform(-3.0, 3.0), draw.uniform(0.2, 0.9)
        width = float(np.exp(draw.uniform(np.log(0.02), np.log(0.2))))
        base = float(particle.material.diffusivity.values[0, 0])
        table = Table.sample(
            lambda x, d=base, a=decades, m=middle, w=width: d * 10 ** (-a * (1 + np.tanh((x - m) / w)) / 2),
            0.0, 1.0, intervals=1024, name="diffusivity",
        )  # fmt: skip
        host = replace(particle.material, diffusivity=table)
        sides[side] = replace(electrode, particles=(replace(particle, material=host),))
    return replace(cell, **sides), rate


def run_case(seed: int, level: str = "standard", *, steep: bool = False) -> tuple[Curve, float, float]:
    """Curve, C-rate and seconds of a seed at a level of accuracy."""
    cell, rate = steep_case(seed) if steep else random_case(seed)
    begin = time.perf_counter()
    curve = perform(cell, Protocol((Step("c-rate", rate),)), accuracy(level))
    return curve, rate, time.perf_counter() - begin


def main(count: int, first: int, steep: bool) -> int:
    """Run the seeds and print the table; the number of cells without a physical reason."""
    reasons: Counter[tuple[str, str]] = Counter()
    worst: dict[tuple[str, str], tuple[float, int]] = defaultdict(lambda: (0.0, -1))
    drift, unphysical, spent = (0.0, -1), [], []
    run_case(first, steep=steep)  # loads the compiled kernels
    for seed in range(first, first + count):
        curve, rate, seconds = run_case(seed, steep=steep)
        key = ("charge" if rate < 0 else "discharge", curve.ended.reason.value)
        reasons[key] += 1
        worst[key] = max(worst[key], (seconds, seed))
        drift = max(drift, (abs(curve.lithium.drift), seed))
        spent.append(seconds)
        if not curve.ended.physical:
            unphysical.append(seed)
            print(f"seed {seed} at {rate:.3g} C: {curve.ended.text}")
    print("| step | ended because | cells | longest, ms | its seed |\n|---|---|---|---|---|")
    for key, cells in sorted(reasons.items()):
        print(f"| {key[0]} | {key[1]} | {cells} | {1e3 * worst[key][0]:.1f} | {worst[key][1]} |")
    print(
        f"{count - len(unphysical)} of {count} ended for a physical reason;"
        f" median {1e3 * np.median(spent):.2f} ms;"
        f" largest lithium drift {drift[0]:.1e} (seed {drift[1]})"
    )
    return len(unphysical)


if __name__ == "__main__":
    cells = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    start = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    sys.exit(1 if main(cells, start, "steep" in sys.argv[3:]) else 0)

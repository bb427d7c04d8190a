"""Particles of two layers, aged cycles, a report with battery bands: make bench-battery.

Ratios are of paired runs, alternating in one process, the least of many each; the whole command is timed in a
process of its own. The section goes to docs/performance.md.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.cell.cells import chen2020

from benchmarks.sections import machine, write_section
from negatrode.cell.ageing import ActiveLoss, Ageing, Cracking, Elastic, Film, Plating
from negatrode.cell.cell import Cell
from negatrode.cell.curve import Curve
from negatrode.cell.electrode import Electrode, Shell
from negatrode.cell.protocol import Protocol, Step
from negatrode.cell.simulate import simulate
from negatrode.material.active import ActiveMaterial
from negatrode.material.table import Table

AGEING = Ageing(
    film=Film(2.5e-22, 2636.0, 9.585e-5, 2.0, 5e-9, 2e5, activation_energy=38e3),
    plating=Plating(1e-9, 0.65, 1e-9, 1e-6),
    elastic=Elastic(15e9, 0.3, 3.1e-6),
    cracking=Cracking(20e-9, 15e-9, 3.18e15, 3.9e-20),
    loss=ActiveLoss(2.7778e-7, 60e6),
)


def changed(cell: Cell, **changes: object) -> Cell:
    """The cell with its negative particles changed."""
    assert isinstance(cell.negative, Electrode)
    particles = tuple(replace(p, **changes) for p in cell.negative.particles)
    return replace(cell, negative=replace(cell.negative, particles=particles))


def sloped(material: ActiveMaterial) -> ActiveMaterial:
    """The host with a diffusivity that varies (by half), so that its particles are solved by volumes."""
    table = Table.sample(lambda x: 3.3e-14 * (1 + 0.5 * (x - 0.5)), 0.0, 1.0, intervals=64)
    return replace(material, diffusivity=table)


def paired(runs: dict[str, Callable[[], Curve]], repeats: int) -> dict[str, float]:
    """Least time (s) of every run, alternating."""
    least = dict.fromkeys(runs, 1e9)
    for run in runs.values():
        run()
    for _ in range(repeats):
        for name, run in runs.items():
            began = time.perf_counter()
            run()
            least[name] = min(least[name], time.perf_counter() - began)
    return least


def shells() -> list[str]:
    """A discharge of one-layer particles beside those with a shell, and with a coordinate that moves."""
    base = chen2020()
    assert isinstance(base.negative, Electrode)
    host = base.negative.particles[0].material
    shell = Shell(0.2, Table.constant(5e-14), 0.01)
    grows = replace(host, expansion=1.0)
    cells = {
        "one layer, constant D": base,
        "core and shell, constant D": changed(base, shell=shell),
        "one layer, D(c)": changed(base, material=sloped(host)),
        "core and shell, D(c)": changed(base, material=sloped(host), shell=shell),
        "core and shell, swelling": changed(base, material=grows, shell=shell, moving=True),
    }
    step = Protocol((Step("c-rate", 1.0),))
    times = paired({name: (lambda c=cell: simulate(c, step)) for name, cell in cells.items()}, 40)
    first, second = times["one layer, constant D"], times["one layer, D(c)"]
    rows = ["| 1C discharge, DFN, standard level | ms | over one layer, constant D | over one layer, D(c) |",
            "|---|---|---|---|"]  # fmt: skip
    for name, t in times.items():
        rows.append(f"| {name} | {1e3 * t:.2f} | {t / first:.2f} | {t / second:.2f} |")
    return rows


def cycles() -> list[str]:
    """Two hundred aged cycles at every level."""
    cell = changed(chen2020(), ageing=AGEING)
    plan = Protocol.of(
        "Discharge at 1C until 2.5 V", "Charge at 1C until 4.2 V", "Hold at 4.2 V until C/20", cycles=200
    )
    rows = ["| 200 aged cycles, DFN | s (aim 3) | lithium, relative | retention |", "|---|---|---|---|"]
    for level in ("quick", "fast", "standard"):
        began = time.perf_counter()
        curve = simulate(cell, plan, accuracy_level=level)
        took = time.perf_counter() - began
        first, last = (curve.capacity[curve.step == k] for k in (0, 597))
        kept = (last[-1] - last[0]) / (first[-1] - first[0])
        rows.append(f"| {level} | {took:.2f} | {curve.lithium.drift:.0e} | {100 * kept:.2f} % |")
    return rows


def whole_run() -> list[str]:
    """``negatrode run`` on the first example folders, bands over 200 draws included."""
    rows = ["| `negatrode run`, bands over 200 draws | s (aim 15) |", "|---|---|"]
    program = [str(Path(sys.executable).parent / "negatrode")]
    with tempfile.TemporaryDirectory() as place:
        for name in ("hard-carbon", "alloy"):
            folder = Path(place) / name
            subprocess.run([*program, "demo", name, "-o", str(folder)], check=True, capture_output=True)
            times = []
            for k in range(3):
                began = time.perf_counter()
                out = str(Path(place) / f"{name}-{k}")
                subprocess.run(
                    [*program, "run", str(folder / "inside"), "-o", out], check=True, capture_output=True
                )
                times.append(time.perf_counter() - began)
            rows.append(f"| example of `demo {name}` | {min(times):.1f} (least of three) |")
    return rows


def main() -> None:
    """All three."""
    body = "\n\n".join("\n".join(rows) for rows in (shells(), cycles(), whole_run()))
    text = f"`make bench-battery`, {machine()}.\n\n{body}"
    print(text)
    write_section("Battery", text)


if __name__ == "__main__":
    main()

"""The cell engine beside PyBaMM, in one run, at matched accuracy; a section of docs/performance.md.

    python -m benchmarks.cell.side_by_side [--references DIR] [--repeats N]

Ours is timed as a user calls it (`perform`: laying out the mesh, solving, building the curve); PyBaMM as in
benchmarks/cell/peers.py (the solver's call alone, of a model built beforehand). For each goal ours is the
cheapest level of accuracy that meets it, PyBaMM the cheapest setting that the search found. Both are measured
against the same converged reference (benchmarks/cell/reference.py).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

# The folder of this script must not hide the package "coverage", which numba imports.
ROOT = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)
os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402

from benchmarks.cell import peers  # noqa: E402
from benchmarks.cell.ours import prepared  # noqa: E402
from benchmarks.cell.reference import DEFAULT_FOLDER, deviation  # noqa: E402
from benchmarks.sections import machine, write_section  # noqa: E402
from negatrode.cell.accuracy import LEVELS, accuracy  # noqa: E402
from negatrode.cell.batch import simulate_many  # noqa: E402
from negatrode.cell.curve import Curve  # noqa: E402
from negatrode.cell.protocol import End, Protocol, Step  # noqa: E402
from negatrode.cell.run import perform  # noqa: E402
from negatrode.cell.sensitivity import sensitivities  # noqa: E402
from negatrode.cell.simulate import simulate  # noqa: E402
from negatrode.cell.windows import balanced  # noqa: E402
from negatrode.exchange.pybamm_cell import from_pybamm  # noqa: E402

# System, goal, factor that the project aims at (0 for none).
ROWS = (
    ("SPM", "rms 0.5 mV", 0.0),
    ("SPMe", "rms 0.5 mV", 0.0),
    ("DFN", "rms 1 mV", 0.0),
    ("DFN", "rms 0.5 mV", 20.0),
    ("DFN", "rms 0.25 mV", 0.0),
    ("DFN", "max 2 mV", 0.0),
    ("DFN", "max 1 mV", 60.0),
    ("DFN", "rms 0.5 mV, equal spacing", 20.0),
    ("DFN", "max 1 mV, equal spacing", 60.0),
    ("DFN Marquis2019", "rms 0.5 mV", 0.0),
    ("half cell", "rms 0.5 mV", 0.0),
    ("composite", "rms 0.5 mV", 15.0),
    ("composite", "rms 0.5 mV, equal spacing", 15.0),
    ("thermal", "rms 0.5 mV", 0.0),
    ("D(c)", "rms 0.5 mV", 0.0),
    ("D(c), thermal", "rms 0.5 mV", 8.0),
    ("sizes", "rms 1 mV", 60.0),
)


def best(action: Callable[[], Any], repeats: int) -> float:
    """Least wall time of a few, s."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return min(times)


def ours(system: str, goal: str, repeats: int, folder: Path) -> tuple[str, float, float, float]:
    """Cheapest level that meets the goal: its name, seconds, rms and largest deviation (V)."""
    reference, cell, protocol, model = prepared(peers.SYSTEMS[system], folder)
    kind, bound = goal.split()[0], 1e-3 * float(goal.split()[1])
    for level in LEVELS:
        settings = accuracy(level)
        curve = perform(cell, protocol, settings, model=model)
        until = min(curve.duration, float(reference.t[-1]))
        times = reference.t[reference.t <= until]
        rms, largest = deviation(times, curve.at(times), reference)
        if (rms if kind == "rms" else largest) <= bound:
            seconds = best(lambda s=settings: perform(cell, protocol, s, model=model), 5 * repeats)
            return level, seconds, rms, largest
    return "none", float("nan"), float("nan"), float("nan")


def curve_rows(repeats: int, folder: Path) -> list[str]:
    """One row a system and goal."""
    rows = []
    for system, goal, aim in ROWS:
        name = f"{system}, {goal}"
        if name not in peers.CASES:
            continue
        theirs = peers.time_peer(name, repeats, folder)
        level, seconds, rms, largest = ours(system, goal, repeats, folder)
        wanted = f"{aim:g}" if aim else ""
        rows.append(
            f"| {name} | {1e3 * seconds:.2f} ({level}) | {1e3 * rms:.2f} / {1e3 * largest:.2f} | "
            f"{1e3 * theirs.seconds:.2f} | {1e3 * theirs.rms:.2f} / {1e3 * theirs.max:.2f} | "
            f"{theirs.seconds / seconds:.1f} | {wanted} |"
        )
        print(rows[-1], flush=True)
    return rows


def study_rows(repeats: int, folder: Path) -> list[str]:
    """Thickness sweep and cycles."""
    cell = from_pybamm("Chen2020")
    discharge = Protocol((Step("c-rate", 1.0),))
    cells = [
        replace(cell, positive=replace(cell.positive, thickness=cell.positive.thickness * f))
        for f in peers.SWEEP_FACTORS
    ]
    settings = accuracy("quick")
    each = best(lambda: [perform(c, discharge, settings) for c in cells], repeats) / len(cells)
    rows = []
    for name, aim in (("thickness sweep, symbolic mesh, rms 0.5 mV", 20), ("thickness sweep, rebuilt", 300)):
        theirs = peers.time_peer(name, 1 if "rebuilt" in name else repeats, folder).seconds
        rows.append(
            f"| {name}, each | {1e3 * each:.2f} (quick) | | {1e3 * theirs:.1f} | "
            f"| {theirs / each:.0f} | {aim} |"
        )
        print(rows[-1], flush=True)
    cycle = (
        Step("c-rate", 1.0, (End("voltage", 2.5),)),
        Step("c-rate", -1.0, (End("voltage", 4.2),)),
        Step("voltage", 4.2, (End("c-rate", 0.05),)),
    )
    many = Protocol.of(*cycle, cycles=100)
    whole = best(lambda: perform(cell, many, settings), 1)
    theirs = peers.time_peer("100 cycles", 1, folder).seconds
    rows.append(
        f"| 100 CC-CV cycles | {1e3 * whole:.0f} (quick) | | {1e3 * theirs:.0f} | "
        f"| {theirs / whole:.0f} | 20 |"
    )
    print(rows[-1], flush=True)
    return rows


PARAMETERS = (
    "negative.particles[0].material.diffusivity",
    "positive.particles[0].material.diffusivity",
    "negative.porosity",
    "positive.conductivity",
    "electrolyte.transference",
)


def sensitivity_rows(repeats: int, folder: Path) -> list[str]:
    """Five sensitivities over the plain solve, of both; the parameters of peers.SENSITIVITY_INPUTS."""
    cell = from_pybamm("Chen2020")
    particle = replace(cell.negative.particles[0], volume_fraction=0.74)  # room for porosity to move
    cell = replace(cell, negative=replace(cell.negative, particles=(particle,)))
    rows = []
    plain_peer = peers.time_peer("five parameters without sensitivities", repeats, folder).seconds
    peer = peers.time_peer("five forward sensitivities", repeats, folder).seconds
    for level in ("quick", "standard"):
        plain = best(lambda v=level: simulate(cell, "Discharge at 1C", accuracy_level=v), 5 * repeats)
        whole = best(
            lambda v=level: sensitivities(cell, "Discharge at 1C", PARAMETERS, accuracy_level=v), 5 * repeats
        )
        rows.append(
            f"| five sensitivities ({level}) | {1e3 * plain:.2f} | {1e3 * whole:.2f} | {whole / plain:.1f} "
            f"| 2 | {1e3 * plain_peer:.1f} | {1e3 * peer:.1f} | {peer / plain_peer:.1f} |"
        )
        print(rows[-1], flush=True)
    return rows


def process_rows() -> list[str]:
    """Compiling for the first time, a process from shell to curve, memory, a batch on threads."""
    example = str(ROOT / "docs" / "examples" / "cell.toml")
    command = [sys.executable, "-m", "negatrode", "simulate", example, "-q"]
    run = lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: E731
    warm_seconds = best(run, 5)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    with tempfile.TemporaryDirectory() as cache:
        fresh = os.environ | {"NUMBA_CACHE_DIR": cache}
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "negatrode", "simulate", example], env=fresh, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        cold = time.perf_counter() - began
    cell = from_pybamm("Chen2020")
    cells = [
        balanced(replace(cell, positive=replace(cell.positive, thickness=cell.positive.thickness * f)))
        for f in np.linspace(0.8, 1.2, 400)
    ]
    if not all(isinstance(c, Curve) for c in simulate_many(cells, "Discharge at 1C", accuracy_level="quick")):
        raise RuntimeError("a cell of the batch was refused")
    one = best(lambda: simulate_many(cells, "Discharge at 1C", workers=1, accuracy_level="quick"), 2)
    two = best(lambda: simulate_many(cells, "Discharge at 1C", workers=2, accuracy_level="quick"), 2)
    rows = [
        f"| first `negatrode simulate`, nothing compiled | {cold:.1f} s | 12 s |",
        f"| `negatrode simulate`, compiled, shell to curve and estimate | {warm_seconds:.2f} s | 1.5 s |",
        f"| largest memory of these | {memory:.0f} MB | 250 MB |",
        f"| 400 thicknesses in one call, one thread | {1e3 * one / len(cells):.2f} ms each | |",
        f"| the same on two threads | {1e3 * two / len(cells):.2f} ms each | |",
    ]
    print("\n".join(rows), flush=True)
    return rows


def write(rows: list[str], derivatives: list[str], process: list[str]) -> None:
    """The section of docs/performance.md."""
    import pybamm

    head = f"""
`make bench-cell`: ours and PyBaMM {pybamm.__version__} (IDAKLU) in one run on {machine()};
best of several, 1C discharge of Chen2020 unless said. Deviations (rms / largest beyond the first second, mV)
are to the same converged curve. Ours is the whole call; PyBaMM's is the solver's call of a model built
beforehand, on the cheapest mesh that a search found for the goal (`benchmarks/cell/peers.py`).

| case | ours, ms (level) | off, mV | PyBaMM, ms | off, mV | factor | aim |
|---|---|---|---|---|---|---|
"""
    more = """

"Equal spacing": PyBaMM's own meshes, as its `var_pts` gives them, the cheapest of 72 searched. The other
rows: the cheapest that a wider search found with points graded towards the surface of the particles and a
quadratic value there, which a user has to write (`benchmarks/cell/reference.py`).

| | plain, ms | with, ms | ratio | aim | PyBaMM plain | with | ratio |
|---|---|---|---|---|---|---|---|
"""
    last = """

| process | measured | aim |
|---|---|---|
"""
    parts = [head, "\n".join(rows), more, "\n".join(derivatives), last, "\n".join(process)]
    write_section("Cell engine", "".join(parts))


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--references", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    process = process_rows()
    rows = curve_rows(given.repeats, given.references) + study_rows(given.repeats, given.references)
    write(rows, sensitivity_rows(given.repeats, given.references), process)
    print(json.dumps({"rows": len(rows)}))


if __name__ == "__main__":
    main()

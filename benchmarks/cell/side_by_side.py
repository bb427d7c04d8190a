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
import platform
import sys
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
from benchmarks.cell.reference import DEFAULT_FOLDER, Reference, cached, deviation  # noqa: E402
from negatrode.cell.accuracy import LEVELS, accuracy  # noqa: E402
from negatrode.cell.cell import Cell  # noqa: E402
from negatrode.cell.electrode import Electrode  # noqa: E402
from negatrode.cell.protocol import End, Protocol, Step  # noqa: E402
from negatrode.cell.run import perform  # noqa: E402
from negatrode.exchange.pybamm_cell import from_pybamm  # noqa: E402

MARK = "## Cell engine"
# System, goal, factor that the project aims at (0 for none).
ROWS = (
    ("SPM", "rms 0.5 mV", 0.0),
    ("SPMe", "rms 0.5 mV", 0.0),
    ("DFN", "rms 1 mV", 0.0),
    ("DFN", "rms 0.5 mV", 20.0),
    ("DFN", "rms 0.25 mV", 0.0),
    ("DFN", "max 2 mV", 0.0),
    ("DFN", "max 1 mV", 60.0),
    ("DFN Marquis2019", "rms 0.5 mV", 0.0),
    ("half cell", "rms 0.5 mV", 0.0),
    ("composite", "rms 0.5 mV", 15.0),
    ("thermal", "rms 0.5 mV", 0.0),
    ("D(c)", "rms 0.5 mV", 8.0),
    ("sizes", "rms 1 mV", 60.0),
)


def our_cell(reference: Reference, sizes: dict[str, Any]) -> Cell:
    """The reference's cell, from the initial stoichiometries and the size classes that PyBaMM used."""
    about = reference.about
    options = {k: _tuples(v) for k, v in about["options"].items()}
    thermal = options.pop("thermal", None) == "lumped"
    for key in ("particle size", "working electrode"):
        options.pop(key, None)
    cell = from_pybamm(about["set_name"], options=options or None, thermal=thermal)
    for side in ("negative", "positive"):
        electrode = getattr(cell, side)
        if isinstance(electrode, Electrode):
            cell = replace(cell, **{side: _as_in(reference, sizes, electrode, side)})
    return cell


def _as_in(reference: Reference, sizes: dict[str, Any], electrode: Electrode, side: str) -> Electrode:
    state = reference.about["initial_state"]
    start = [v for k, v in state.items() if "stoichiometry" in k and side in k]
    particles = electrode.particles
    start = start if len(start) == len(particles) else start[:1] * len(particles)
    moved = [replace(p, stoichiometry=x) for p, x in zip(particles, start, strict=True)]
    if f"R_{side[0]}" in sizes:
        radii, share = sizes[f"R_{side[0]}"], sizes[f"area_share_{side[0]}"]
        share = share / share.sum()
        mean, whole = float(share @ radii), moved[0]
        moved = [
            replace(whole, radius=float(r), volume_fraction=whole.volume_fraction * float(w * r) / mean)
            for r, w in zip(radii, share, strict=True)
        ]
    return replace(electrode, particles=tuple(moved))


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value


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
    case = peers.SYSTEMS[system]
    reference = cached(case, folder)
    with np.load(folder / f"{case.name}.npz") as stored:
        sizes = {key: stored[key] for key in stored.files if key[-2:] in ("_n", "_p")}
    model = "SPM" if case.model == "MPM" else case.model
    cell = our_cell(reference, sizes)
    protocol = Protocol((Step("current", float(reference.about["current_A"])),))
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


def write(rows: list[str]) -> None:
    """Replace the section of docs/performance.md."""
    path = ROOT / "docs" / "performance.md"
    text = path.read_text(encoding="utf-8").split(MARK)[0].rstrip()
    import pybamm

    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    head = f"""{MARK}

`make bench-cell`: ours and PyBaMM {pybamm.__version__} (IDAKLU) in one run on {machine};
best of several, 1C discharge of Chen2020 unless said. Deviations (rms / largest beyond the first second, mV)
are to the same converged curve. Ours is the whole call; PyBaMM's is the solver's call of a model built
beforehand, on the cheapest mesh that a search found for the goal (`benchmarks/cell/peers.py`).

| case | ours, ms (level) | off, mV | PyBaMM, ms | off, mV | factor | aim |
|---|---|---|---|---|---|---|
"""
    path.write_text(text + "\n\n" + head + "\n".join(rows) + "\n", encoding="utf-8")


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--references", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    rows = curve_rows(given.repeats, given.references) + study_rows(given.repeats, given.references)
    write(rows)
    print(json.dumps({"rows": len(rows)}))


if __name__ == "__main__":
    main()

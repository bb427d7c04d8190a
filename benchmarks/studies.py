"""Studies: workers against one, overhead, discharges a second, sensitivity, search, joint calibration.

make bench-study; writes a section of docs/performance.md. The tests assert what no machine changes.
"""

from __future__ import annotations

import math
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks import problems
from benchmarks.calibration import MASS, MEASURED, NOISE, POINTS, design
from benchmarks.problems import AXES, FIRST, TOTAL, AtMost, entries, search, unit
from benchmarks.sections import machine, write_section
from negatrode.battery.build import Powder, charged, full_cell, half_cell
from negatrode.battery.calibrate import CARBON, HalfCellData
from negatrode.battery.calibrate_many import SHARED, Cycled, calibrated_together
from negatrode.battery.carbon import CarbonSource
from negatrode.cell.batch import simulate_many
from negatrode.cell.cell import Cell
from negatrode.cell.protocol import End, Step
from negatrode.cell.simulate import simulate
from negatrode.material.hard_carbon.material import HardCarbon
from negatrode.material.predicted import Known
from negatrode.material.prior import Draws
from negatrode.report.battery import design_of
from negatrode.study.axis import Axis
from negatrode.study.chain.evaluate import powder_of
from negatrode.study.chain.turn import turned
from negatrode.study.examples import write_example
from negatrode.study.file.read import Study, read_study
from negatrode.study.journal import Journal
from negatrode.study.lanes.local import LocalLanes
from negatrode.study.parts.sensitivity import indices
from negatrode.study.points import Desk

_SWEEP = '[sweep]\ndesign = "sobol"\npoints = {}\n'


def study_of(folder: Path, draws: int, points: int) -> Study:
    """The worked hard carbon with one test a point."""
    write_example("hard-carbon", folder)
    path = folder / "STUDY.toml"
    text = path.read_text().partition("[sweep]")[0].replace("draws = 30", f"draws = {draws}")
    path.write_text(text + _SWEEP.format(points))
    return read_study(path)


def workers() -> Iterator[tuple[str, str, str]]:
    """Points a second of one and of two workers, in turn, and what the parent costs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = study_of(folder, 20, 64)
        assert study.sweep is not None
        points = study.sweep.points
        rates: dict[int, list[float]] = {1: [], 2: []}
        shares: list[float] = []
        for turn in range(3):
            for count in (1, 2):
                lanes = LocalLanes(count)
                with Journal.write(folder / f"{turn}-{count}.sqlite") as journal:
                    desk = Desk(journal, lanes)
                    # Workers load the compiled engine with their first point.
                    desk.compute("warm", study.chain, points[: 2 * count], study.units)
                    began = time.perf_counter()
                    found = desk.compute("sweep", study.chain, points[4:], study.units)
                    wall = time.perf_counter() - began
                lanes.close()
                rates[count].append(len(points[4:]) / wall)
                if count == 1:
                    shares.append(1 - sum(e.seconds for e in found) / wall)
    ratio = statistics.median(b / a for a, b in zip(rates[1], rates[2], strict=True))
    one, two = (statistics.median(rates[n]) for n in (1, 2))
    yield (
        "two workers over one, points a second (median of three pairs)",
        f"{two:.2f} / {one:.2f} = {ratio:.2f}",
        "1.8",
    )
    yield "share of one worker's time that is not points", f"{100 * statistics.median(shares):.1f} %", "5 %"


def discharges() -> Iterator[tuple[str, str, str]]:
    """DFN discharges a second of one core: one call for a batch of cells, as built by a study's draws."""
    with tempfile.TemporaryDirectory() as name:
        study = study_of(Path(name), 200, 2)
        point = turned(study.chain.base, study.centre, study.chain.spreads, 200)
        source = powder_of(point, 200, 0)
        plan = design_of(point.sample, point.design)
        began = time.perf_counter()
        powders: list[Powder] = [source.powder(k) for k in range(200)]
        cells: list[Cell] = [charged(full_cell(p, plan)) for p in powders]
        built = time.perf_counter() - began
        for level in ("quick", "fast"):
            best = math.inf
            for _ in range(3):
                began = time.perf_counter()
                curves = simulate_many(
                    cells, "Discharge at 1C until 2.8 V", workers=1, accuracy_level=level, soc=1.0
                )
                best = min(best, time.perf_counter() - began)
            failed = sum(isinstance(c, Exception) for c in curves)
            yield (
                f"1C discharges of draws' cells, DFN, '{level}', one call, one core ({failed} of 200 failed)",
                f"{200 / best:.0f} a second", "300",
            )  # fmt: skip
        yield "the same with building and balancing the cells", f"{200 / (best + built):.0f} a second", ""


def sensitivity() -> Iterator[tuple[str, str, str]]:
    """Ishigami's indices."""
    for rows in (2**11, 2**14):
        worst = []
        for seed in range(8):
            found = indices(AXES, entries(rows, seed), "f")
            worst.append(max(
                max(abs(found.first[n].value - v) for n, v in FIRST.items()),
                max(abs(found.total[n].value - v) for n, v in TOTAL.items()),
            ))  # fmt: skip
        aim = "0.01" if rows == 2**14 else ""
        text = f"{max(worst):.4f} (median {statistics.median(worst):.4f})"
        yield (
            f"Ishigami, {rows} rows ({5 * rows} points): largest error of an index, worst of 8 seeds",
            text,
            aim,
        )


def searches() -> Iterator[tuple[str, str, str]]:
    """Known optima from 100 evaluations."""
    wide = [Axis("x", low=-5.0, high=10.0), Axis("y", low=0.0, high=15.0)]
    kept = (AtMost("c1"), AtMost("c2"))
    cases = (
        ("Branin", problems.branin, wide, ("f",), (), 0.397887),
        ("Hartmann, three axes", problems.hartmann, unit("x", "y", "z"), ("f",), (), -3.86278),
        ("Gramacy, two constraints", problems.gramacy, unit("x", "y"), ("f", "c1", "c2"), kept, 0.599788),
    )
    with tempfile.TemporaryDirectory() as name:
        for title, function, axes, columns, limits, exact in cases:
            off = []
            for seed in range(16):
                path = Path(name) / f"{title}{seed}.sqlite"
                best = search(path, function, axes, columns, seed=seed, limits=limits).best[0].outputs["f"]
                assert best is not None
                off.append(100 * abs(best - exact) / abs(exact))
            reached = sum(x <= 1 for x in off)
            yield (
                f"{title}: optimum from 100 evaluations, 16 seeds",
                f"{reached} of 16 within 1 %, median {statistics.median(off):.2g} %",
                "1 %",
            )  # fmt: skip


def make_powder_with_half_cell(seed: int, shared: dict[str, float], shift: float) -> tuple[Cycled, float]:
    """A powder with a half cell, of a maker whose shared numbers are ``shared``; and its true capacity."""
    rng = np.random.default_rng(seed)
    n = 200
    measured = MEASURED | {"d002": (0.382 + shift, 0.002), "hydrogen_to_carbon": (0.035 + 2 * shift, 0.003)}
    known = {k: np.r_[v, v + u * rng.standard_normal(n - 1)] for k, (v, u) in measured.items()}
    before = CarbonSource(HardCarbon(Known(known, Draws(n, seed))))
    z = {k: float(rng.standard_normal()) for k in CARBON} | {k: v for k, v in shared.items() if k in CARBON}
    powder = before.moved({}, z).powder(0)
    grams = design().coating.rate
    amps = 0.02 * grams
    steps = [
        Step("current", amps, (End("voltage", 0.005),)),
        Step("voltage", 0.005, (End("current", amps / 5),)),
        Step("current", -amps, (End("voltage", 1.5),)),
    ]
    curve = simulate(half_cell(powder, design()), steps)
    branches = []
    mass = 1 + MASS * float(rng.standard_normal())
    for step in (2, 0):
        times = curve.time[curve.step == step]
        fine = np.linspace(times[0] + 1e-3, times[-1] - 1e-3, POINTS)
        at = (fine - times[0]) * amps / 3.6 / grams
        noisy = np.sort(mass * (at + NOISE * rng.standard_normal(POINTS)))
        branches.append((noisy, curve.at(fine), (times[-1] - times[0]) * amps / 3.6 / grams))
    first = mass * (branches[0][2] + powder.irreversible + NOISE * float(rng.standard_normal()))
    data = HalfCellData(0.02, branches[0][:2], branches[1][:2], first, noise=NOISE, mass_uncertainty=MASS)
    return Cycled(f"s{seed}", before, design(), data), powder.reversible


def _repetition(seed: int) -> tuple[list[bool], float]:
    """Whether 95 % intervals hold the truth: of three powders calibrated together, and of a fourth one that
    nobody cycled; and by how much the fourth one's interval shrank.
    """
    rng = np.random.default_rng(50_000 + seed)
    shared = {k: float(rng.standard_normal()) for k in SHARED}
    made = [
        make_powder_with_half_cell(4 * seed + k, shared, s) for k, s in enumerate((-0.006, 0.0, 0.006, 0.003))
    ]
    joint = calibrated_together([c for c, _ in made[:3]])
    held = []
    for source, (_, truth) in zip(joint.sources, made[:3], strict=True):
        low, high = _capacity(source)
        held.append(low <= truth <= high)
    last, truth = made[3]
    before, after = _capacity(last.source), _capacity(joint.learnt.applied(last.source))
    held.append(after[0] <= truth <= after[1])
    return held, (before[1] - before[0]) / (after[1] - after[0])


def _capacity(source: object) -> tuple[float, float]:
    found = {p.name: p for p in source.predictions}  # type: ignore[attr-defined]
    low, high = found["reversible_capacity"].interval(0.95)
    return float(low), float(high)


def joint(repetitions: int = 40) -> Iterator[tuple[str, str, str]]:
    """Coverage of calibrations of three powders at once, and of a fourth one of the same maker."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(_repetition, range(repetitions)))
    own = [h for held, _ in found for h in held[:3]]
    other = [held[3] for held, _ in found]
    shrunk = statistics.median(s for _, s in found)
    yield "95 % intervals of the capacity that hold the truth, three powders at once", _share(own), "95 %"
    yield "the same, a fourth powder of the maker that was not cycled", _share(other), "95 %"
    yield "its interval before over after, median", f"{shrunk:.1f}", ""


def _share(held: list[bool]) -> str:
    p = sum(held) / len(held)
    return f"{100 * p:.0f} % (+-{100 * math.sqrt(p * (1 - p) / len(held)):.0f}, of {len(held)})"


def main() -> None:
    """All of it into docs/performance.md."""
    os.environ["OMP_NUM_THREADS"] = "1"
    rows = []
    for part in (workers, discharges, sensitivity, searches, joint):
        for row in part():
            rows.append(row)
            print(*row, sep=" | ", flush=True)
    body = f"`make bench-study`, {machine()}.\n\n| | measured | aim |\n|---|---|---|\n"
    body += "".join(f"| {what} | {value} | {aim} |\n" for what, value, aim in rows)
    write_section("Studies", body)


if __name__ == "__main__":
    main()

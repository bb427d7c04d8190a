"""The making of powders: population balance, hydrogen, equivalence, slopes, margins, time.

make bench-process; writes a section of docs/performance.md. The tests assert these figures' limits.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq

from benchmarks.sections import machine, write_section
from negatrode.flow.make import make_powder
from negatrode.flow.route import read_route
from negatrode.material.prior import Draws
from negatrode.process.carbonisation.carbonise import Bead, Carbonised, carbonise
from negatrode.process.carbonisation.hydrogen import hydrogen_to_carbon, of_reference_run
from negatrode.process.droplets.balance import Events, course
from negatrode.process.droplets.breakage import break_up_rate, collision_shapes, merging_constants
from negatrode.process.droplets.grid import bell, grid, uniform
from negatrode.process.programme import GASES, Programme, Step, from_steps
from negatrode.process.stabilisation.bead import Diffusion, effectiveness, thiele_squared
from negatrode.process.stabilisation.kinetics import Constants
from negatrode.process.stabilisation.margin import BedProperties, critical_depth
from negatrode.report.make import example_route

N2 = GASES["N2"]
H_TO_C = {
    600: 0.275, 700: 0.198, 800: 0.139, 900: 0.095, 1000: 0.058, 1100: 0.038, 1200: 0.023, 1300: 0.013,
    1400: 0.006,
}  # fmt: skip
# Spherical and resin carbons of Targeted-Screened-Hard-Carbon: degC, d002 (nm), Lc (nm), S (m2/g)
PUBLISHED = (
    (900, 0.373, 1.96, 3.3), (1100, 0.374, 2.08, 9.5), (1300, 0.370, 2.13, 24.0), (1500, 0.366, 2.41, 11.6),
    (1700, 0.363, 2.81, 9.6), (1400, 0.387, None, 5.7), (1400, 0.397, None, 6.9), (1400, 0.399, None, 2.3),
    (1400, 0.401, None, 4.6), (1500, 0.380, 1.58, 2.8), (1200, 0.410, 2.5, 14.5), (1400, 0.370, 3.0, 8.6),
    (800, 0.380, None, 7.0),
)  # fmt: skip


def run_of(celsius: float, hours: float = 1.0, rate: float = 5.0) -> Programme:
    """A carbonisation of one ramp and one hold."""
    return from_steps([Step(N2, to=celsius, rate=rate / 60), Step(N2, hold=hours * 3600)])


def fired(celsius: float, draws: Draws, hours: float = 1.0, rate: float = 5.0) -> Carbonised:
    """A well oxidised bead of a nitrile resin."""
    one = np.ones(draws.n)
    bead = Bead(0.95 * one, 0.35, 8.5 * one, 1.10 * one, 1.05 * one, 0 * one, 0 * one)
    return carbonise(run_of(celsius, hours, rate), bead, draws)


def steady(breaks: np.ndarray, kernel: np.ndarray, fraction: float = 1.0) -> Events:
    """Events whose rates do not change."""
    return Events(breaks, kernel, fraction, np.array([0.0, 1.0]), np.ones(2), np.ones(2))


def break_up_errors() -> list[float]:
    """Mean error of the cumulative volume against R. Ziff, E. McGrady (S = v, uniform daughters)."""
    found = []
    for m in (31, 61, 121):
        g = grid(1e-4, 1.0, m)
        start = np.zeros(m)
        start[-1] = 1.0
        x = course(g, start, steady(g.volumes.copy(), np.zeros((m, m))), uniform, np.array([0.0, 5.0]), 1e-7)[
            -1
        ]
        edges = np.sqrt(g.volumes[1:] * g.volumes[:-1])
        exact = [quad(lambda v: v * np.exp(-5 * v) * (10 + 25 * (1 - v)), 0.0, b)[0] for b in edges]
        found.append(float(np.abs(np.cumsum(x)[:-1] - exact).mean()))
    return found


def merging_errors() -> list[float]:
    """The same against W. Scott (constant kernel, exponential start)."""
    found = []
    for m in (31, 61, 121):
        g = grid(1e-4, 1e3, m)
        edges = np.sqrt(g.volumes[1:] * g.volumes[:-1])
        below = 1 - np.exp(-edges) * (1 + edges)
        start = np.diff(np.concatenate([[0.0], below, [1.0]]))
        x = course(g, start, steady(np.zeros(m), np.ones((m, m))), uniform, np.array([0.0, 10.0]), 1e-7)[-1]
        exact = 1 - np.exp(-edges / 6) * (1 + edges / 6)
        found.append(float(np.abs(np.cumsum(x)[:-1] - exact).mean()))
    return found


def ten_hours() -> tuple[float, float]:
    """Least time (s) of a ten-hour vessel with 72 classes, and the largest drift of its mass."""
    pivots = grid(1e-17, 1e-10, 72)
    one = np.ones(1)
    eps, tension = 2.4 * one, 5e-3 * one
    breaks = break_up_rate(pivots.diameters, eps, tension, 0.2, 900.0, 0.336 * one, 0.106 * one)[0]
    meets, drains = collision_shapes(pivots.diameters)
    rate, weaken = merging_constants(eps, tension, 0.2, 985.0, 4.7e-4, 7e-4 * one, 3.8e13 * one)
    kernel = rate[0] * meets * np.exp(-np.minimum(weaken[0] * drains, 700.0))
    events = steady(breaks, kernel, 0.2)
    start = np.exp(-0.5 * (np.log(pivots.diameters / 2e-4) / 0.5) ** 2)
    times = np.concatenate([[0.0], np.geomspace(1.0, 36000.0, 60)])
    least, drift = 1e9, 0.0
    for _ in range(4):
        began = time.perf_counter()
        rows = course(pivots, start, events, bell, times)
        least = min(least, time.perf_counter() - began)
        drift = float(np.abs(rows.sum(axis=1) - 1).max())
    return least, drift


def decades() -> list[tuple[int, float]]:
    """By how much ten hours count above one, by the hydrogen channel (K)."""
    found = []
    for celsius in (900, 1100, 1200):
        run = run_of(celsius, 10.0)
        times = run.grid()
        ratio = float(hydrogen_to_carbon(times, run.kelvin_at(times))[-1])
        same = brentq(lambda t, r=ratio: of_reference_run(t) - r, celsius, celsius + 200, xtol=0.1)
        found.append((celsius, same - celsius))
    return found


def slopes(holds: tuple[float, ...], rates: tuple[float, ...]) -> dict[str, tuple[float, float]]:
    """Least and largest slope by temperature over papers that fire by their own programmes, per 1000 degC."""
    celsius = np.arange(900.0, 1501.0, 100.0)
    draws = Draws(1)
    found: dict[str, list[float]] = {"d002": [], "lc002": [], "log10 S": []}
    for hours in holds:
        for rate in rates:
            rows = [fired(t, draws, hours, rate) for t in celsius]
            for name, values in (
                ("d002", [r.end("d002")[0] for r in rows]),
                ("lc002", [r.end("lc002")[0] for r in rows]),
                ("log10 S", [np.log10(r.end("area")[0]) for r in rows]),
            ):
                found[name].append(1000 * float(np.polyfit(celsius, values, 1)[0]))
    return {name: (min(values), max(values)) for name, values in found.items()}


def covered() -> Iterator[tuple[str, int, int]]:
    """How many published sphere and resin carbons lie within the predicted 90 % intervals."""
    draws = Draws(2000, seed=1)
    runs = {t: fired(float(t), draws) for t in {row[0] for row in PUBLISHED}}
    for k, name in ((1, "d002"), (2, "lc002"), (3, "area")):
        known = [row for row in PUBLISHED if row[k] is not None]
        inside = 0
        for row in known:
            low, high = np.quantile(runs[row[0]].end(name), [0.05, 0.95])
            inside += bool(low <= float(row[k] or 0.0) <= high)
        yield {"area": "S"}.get(name, name), inside, len(known)


def route_times() -> tuple[float, float, float]:
    """Least time (s) of 500 draws of the example, by limited coalescence and by a balance; whole command."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "ROUTE.toml"
        least = []
        for text in (
            example_route("hard-carbon"),
            example_route("hard-carbon").replace('sizing = "limited-coalescence"', 'sizing = "balance"'),
        ):
            place.write_text(text, "utf-8")
            file = read_route(place)
            assert file.draws == 500
            times = []
            for _ in range(4):
                began = time.perf_counter()
                make_powder(file)
                times.append(time.perf_counter() - began)
            least.append(min(times))
        began = time.perf_counter()
        command = [
            sys.executable,
            "-m",
            "negatrode",
            "make",
            str(place),
            "-o",
            str(Path(folder) / "out"),
            "-q",
        ]
        subprocess.run(command, check=True, capture_output=True)
        return least[0], least[1], time.perf_counter() - began


def main() -> None:
    """Measure and write the section."""
    broken, merged = break_up_errors(), merging_errors()
    seconds, drift = ten_hours()
    rms = float(np.sqrt(np.mean([np.log(of_reference_run(t) / h) ** 2 for t, h in H_TO_C.items()])))
    one = fired(1100.0, Draws(1))
    c, bed = Constants.drawn(Draws(1)), BedProperties.drawn(Draws(1))
    depth = {t: 1e3 * float(critical_depth(bed, c, t + 273.15)[0]) for t in (200, 250, 290)}
    inside = Diffusion(3e-11 * np.ones(1), np.ones(1), 1100.0)
    eta = {
        t: float(effectiveness(np.sqrt(thiele_squared(
            10e-6 * np.ones(1), c.uptake(np.array([t + 273.15]))[:, 0], c.oxygen, inside, t + 273.15)))[0])
        for t in (250, 290)
    }  # fmt: skip
    bounds = slopes((1.0, 2.0, 5.0), (1.0, 2.0, 5.0, 10.0))
    slow = slopes((10.0,), (0.5,))
    limited, balanced, command = route_times()

    def order(errors: list[float]) -> str:
        return ", ".join(f"{np.log2(a / b):.2f}" for a, b in itertools.pairwise(errors))

    rows = [
        ("population balance, break-up S = v, 31 / 61 / 121 classes: error, order",
         f"{broken[0]:.1e} / {broken[1]:.1e} / {broken[2]:.1e}, {order(broken)}", "first order"),
        ("population balance, constant kernel: error, order",
         f"{merged[0]:.1e} / {merged[1]:.1e} / {merged[2]:.1e}, {order(merged)}", "first order"),
        ("ten hours of a stirred vessel, 72 classes: drift of the mass", f"{drift:.0e}", "1e-10"),
        ("the same: time", f"{seconds:.3f} s", "2 s"),
        ("H/C against the published curve, rms of ln", f"{rms:.3f}", "0.04"),
        ("ten hours over one, at 900 / 1100 / 1200 degC",
         " / ".join(f"+{k:.0f}" for _, k in decades()) + " K",
         "+68 to +84 K"),
        ("carbon over oxidised bead, well oxidised, 1100 degC", f"{one.end('yield_')[0]:.3f}",
         "0.55 at most"),
        ("linear shrinkage", f"{one.end('shrinkage')[0]:.3f}", "0.27 to 0.30"),
        ("critical depth of a static bed at 200 / 250 / 290 degC",
         " / ".join(f"{d:.1f}" for d in depth.values()) + " mm", "16 / 5.4 / 2.6 mm"),
        ("effectiveness of a bead of 10 um at 250 / 290 degC", " / ".join(f"{e:.3f}" for e in eta.values()),
         "not limited by diffusion"),
        *(
            (f"slope of {name} per 1000 degC, 1-10 K/min and 1-5 h", f"{low:.4f} to {high:.4f}", aim)
            for (name, (low, high)), aim in zip(
                bounds.items(), ("-0.0318 +- 0.0028 nm", "0.55 +- 0.06 nm", "-1.32 +- 0.14"), strict=True)
        ),
        ("500 draws of the example route, limited coalescence", f"{limited:.2f} s", "10 s"),
        ("500 draws with the population balance", f"{balanced:.2f} s", "10 s"),
        ("the whole command with its report (balance), in a process of its own", f"{command:.1f} s", ""),
    ]  # fmt: skip
    table = "\n".join(f"| {name} | {value} | {aim} |" for name, value, aim in rows)
    published = "; ".join(f"{name} {n} of {m}" for name, n, m in covered())
    body = (
        f"`make bench-process`, {machine()}.\n\n| | measured | aim |\n|---|---|---|\n{table}\n\n"
        "Published spherical and resin carbons (13 rows, science basis) within the predicted 90 % intervals: "
        f"{published}. Spacing and stack height are those of all precursors, of which these spheres are few; "
        "the four missed in d002 (0.397 to 0.410 nm) come from two laboratories. The level of S was taken "
        "from these rows.\n\n"
        "At 0.5 K/min with 10 h at the end the slopes are "
        + ", ".join(f"{low:.4f} ({name})" for name, (low, _) in slow.items())
        + ": such a furnace counts as hotter the hotter it is, which no published slope has in it."
    )
    write_section("The making of powders", body)
    print(body)


if __name__ == "__main__":
    main()

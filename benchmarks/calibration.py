"""Coverage of the calibration by a half cell: make calibration-study [repetitions].

In every repetition the truth is drawn from the priors of the links and from the uncertainties of the measured
descriptors; its half cell is simulated (standard level), read off at forty charges, given noise (3 mAh/g a
point) and one error of the mass (1.5 %), and calibrated from the priors. Counted is how often the 95 %
interval holds the truth; the aim is 93 to 97 % of 500, and an interval of the capacity that shrinks
threefold.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from benchmarks.sections import write_section
from negatrode.battery.build import Design, half_cell
from negatrode.battery.calibrate import CARBON, DESCRIPTORS, HalfCellData, calibrated
from negatrode.battery.carbon import CarbonSource
from negatrode.battery.coating import Coating
from negatrode.cell.protocol import End, Step
from negatrode.cell.simulate import simulate
from negatrode.core.errors import NegatrodeError
from negatrode.material.hard_carbon.material import HardCarbon
from negatrode.material.library import electrolyte, lithium_metal
from negatrode.material.predicted import Known
from negatrode.material.prior import Draws

DRAWS = 400
NOISE, MASS = 3.0, 0.015
POINTS = 40
MEASURED = {
    "hydrogen_to_carbon": (0.035, 0.004), "d002": (0.382, 0.002), "specific_surface_area": (3.0, 0.1),
    "dv50": (9.0, 0.3), "d4_to_d1": (1.6, 0.05), "sphericity": (0.95, 0.01),
}  # fmt: skip
QUANTITIES = ("reversible", "irreversible", "plateau on delithiation")


def source(seed: int) -> CarbonSource:
    """The powder as measured, on draws of its own."""
    rng = np.random.default_rng(seed)
    known = {k: np.r_[v, v + u * rng.standard_normal(DRAWS - 1)] for k, (v, u) in MEASURED.items()}
    return CarbonSource(HardCarbon(Known(known, Draws(DRAWS, seed))))


def design() -> Design:
    """The half cell."""
    return Design(Coating(55.0, density=0.95), electrolyte("EC/EMC"), lithium_metal())


def repetition(seed: int) -> list[tuple[float, float, float, float]] | str:
    """(truth, low, high, shrinkage) of every quantity; or why there is none."""
    rng = np.random.default_rng(10_000 + seed)
    before = source(seed)
    z = {k: float(rng.standard_normal()) for k in CARBON}
    moved = {k: u * float(rng.standard_normal()) for k, (_, u) in MEASURED.items() if k in DESCRIPTORS}
    truth = before.moved(moved, z)
    powder = truth.powder(0)
    amps = 0.02 * design().coating.rate
    steps = [
        Step("current", amps, (End("voltage", 0.005),)),
        Step("voltage", 0.005, (End("current", amps / 5),)),
        Step("current", -amps, (End("voltage", 1.5),)),
    ]
    curve = simulate(half_cell(powder, design()), steps)
    mass = 1 + MASS * float(rng.standard_normal())
    branches = []
    for step in (2, 0):
        times = curve.time[curve.step == step]
        fine = np.linspace(times[0] + 1e-3, times[-1] - 1e-3, POINTS)
        volts = curve.at(fine)  # at equal steps of time, which are those of charge
        at = (fine - times[0]) * amps / 3.6 / design().coating.rate
        charge = (times[-1:] - times[0]) * amps / 3.6 / design().coating.rate
        noisy = np.sort(mass * (at + NOISE * rng.standard_normal(POINTS)))
        branches.append((noisy, volts, charge[-1]))
    first = mass * (branches[0][2] + powder.irreversible + NOISE * float(rng.standard_normal()))
    data = HalfCellData(0.02, branches[0][:2], branches[1][:2], first, noise=NOISE, mass_uncertainty=MASS)
    try:
        after = calibrated(before, design(), data).source
    except NegatrodeError as error:
        return error.sentence()
    found = []
    for name, true in (
        ("reversible_capacity", powder.reversible), ("irreversible_capacity", powder.irreversible),
        ("", float(truth.known.value("hc.U_p_delith")[0])),
    ):  # fmt: skip
        old = _values(before, name)
        new = _values(after, name)
        low, high = np.quantile(new, [0.025, 0.975])
        found.append((true, float(low), float(high), float(np.std(old) / np.std(new))))
    return found


def _values(of: CarbonSource, name: str) -> np.ndarray:
    if not name:
        return of.known.value("hc.U_p_delith")
    return next(p.values for p in of.predictions if p.name == name)


def main(repetitions: int) -> None:
    """Count, and write the section of docs/performance.md."""
    with ProcessPoolExecutor(2) as pool:
        results = []
        for k, r in enumerate(pool.map(repetition, range(repetitions), chunksize=5), start=1):
            results.append(r)
            if k % 20 == 0:
                print(f"{k} of {repetitions}", file=sys.stderr, flush=True)
    done = np.array([r for r in results if not isinstance(r, str)])
    lines = [
        f"`make calibration-study`, {len(done)} of {repetitions} repetitions calibrated.", "",
        "| quantity | 95 % intervals that hold the truth | prior over posterior standard deviation, median |",
        "|---|---|---|",
    ]  # fmt: skip
    for k, name in enumerate(QUANTITIES):
        inside = (done[:, k, 1] <= done[:, k, 0]) & (done[:, k, 0] <= done[:, k, 2])
        error = 100 * float(np.sqrt(inside.mean() * (1 - inside.mean()) / len(inside)))
        lines.append(
            f"| {name} | {100 * inside.mean():.1f} % (+-{error:.1f}) | {np.median(done[:, k, 3]):.1f} |"
        )
    print("\n".join(lines))
    for why in [r for r in results if isinstance(r, str)]:
        print("not calibrated:", why)
    write_section("Calibration", "\n".join(lines))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)

"""Distance of our curves from converged ones of PyBaMM; a section of docs/performance.md.

    python -m benchmarks.cell.agreement [--references DIR] [--level LEVEL] [--made-only] [CASE ...]

Every case of benchmarks/cell/reference.py (or those named), beyond the first second, against its bounds. The
command fails where a bound is missed that is not among the explained ones.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

# The folder of this script must not hide the package "coverage", which numba imports.
ROOT = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)
os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402

from benchmarks.cell.ours import prepared  # noqa: E402
from benchmarks.cell.reference import CASES, DEFAULT_FOLDER, Case, cached  # noqa: E402
from benchmarks.sections import machine, write_section  # noqa: E402
from negatrode.cell.accuracy import LEVELS, accuracy  # noqa: E402
from negatrode.cell.run import perform  # noqa: E402

# Root mean square and largest difference (mV); composites and size distributions by their mean square alone.
BOUNDS, LOOSE = (0.5, 1.0), (1.0, float("inf"))
# PyBaMM's SPMe takes another average of the salt (tests/exchange/test_spme.py): 0.7 mV at 2C.
EXPLAINED = frozenset({"Chen2020_SPMe_2C_dis"})


def measure(case: Case, level: str, folder: Path) -> tuple[float, float, float, float, str]:
    """Mean-square and largest difference, the reference's error (mV), duration against its (s), ending."""
    reference, cell, protocol, model = prepared(case, folder)
    curve = perform(cell, protocol, accuracy(level), model=model)
    t, last = reference.t, min(curve.duration, float(reference.t[-1]))
    inside = (t >= 1.0) & (t <= last * (1 - 1e-9))
    off = 1e3 * (curve.at(t[inside]) - reference.V[inside])
    rms = float(np.sqrt(np.mean(off**2)))
    error = 1e3 * reference.error_estimate
    return rms, float(np.abs(off).max()), error, curve.duration - float(t[-1]), curve.ended.reason.name


def bounds(case: Case) -> tuple[float, float]:
    """What the case must keep to, mV."""
    return LOOSE if case.sized or case.set_name.endswith("_composite") else BOUNDS


def main() -> int:
    """Measure, write, and count what is missed without an explanation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="CASE")
    parser.add_argument("--references", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--level", choices=list(LEVELS), default="standard")
    parser.add_argument("--made-only", action="store_true", help="leave out cases without a reference yet")
    given = parser.parse_args()
    rows, missed, unsolved = [], [], []
    for name in given.names or CASES:
        case = CASES[name]
        if given.made_only and not (given.references / f"{name}.npz").exists():
            continue
        try:
            cached(case, given.references)
        except Exception as problem:  # noqa: BLE001  a set that PyBaMM does not solve must not stop the others
            unsolved.append(name)
            print(f"{name}: PyBaMM has no converged curve: {problem!r}"[:200], flush=True)
            continue
        rms, largest, error, later, ended = measure(case, given.level, given.references)
        most_rms, most = bounds(case)
        kept = rms <= most_rms and largest <= most
        if not kept and name not in EXPLAINED:
            missed.append(name)
        verdict = "yes" if kept else "explained" if name in EXPLAINED else "no"
        rows.append(
            f"| {name} | {rms:.3f} | {largest:.3f} | {error:.3f} | {later:+.3f} | {ended} | {verdict} |"
        )
        print(rows[-1], flush=True)
    if not given.names:
        write_section("Agreement with PyBaMM", _text(rows, given.level))
    print(f"{len(rows)} cases; missed without an explanation: {', '.join(missed) or 'none'}")
    print(f"without a converged curve of PyBaMM: {', '.join(unsolved) or 'none'}")
    return min(len(missed), 1)


def _text(rows: list[str], level: str) -> str:
    import pybamm

    head = f"""
`make agreement`: our curves at `{level}` accuracy against converged ones of PyBaMM {pybamm.__version__},
beyond the first second, in mV; on {machine()}. The references are two
families of refined meshes, extrapolated (`benchmarks/cell/reference.py`); "reference" is their own stated
error. Bounds: 0.5 rms and 1 at most; composites and size distributions 1 rms. "Explained": PyBaMM's SPMe
takes another average of the salt (`tests/exchange/test_spme.py`). Rough potentials (OKane2022's is a spline
through measured points) cost both codes accuracy.

| case | rms | at most | reference | duration, s | ended | kept |
|---|---|---|---|---|---|---|
"""
    return head + "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())

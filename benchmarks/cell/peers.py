"""What PyBaMM needs for a curve of given accuracy: the peer's side of the cell engine's tables.

How each time is measured
-------------------------
Curves: the model is built and discretised beforehand; one solve warms up (and compiles, where asked).
Timed is ``IDAKLUSolver.solve(model, [0, t_end])`` alone, best of `repeats`, with the voltage as the only
output (``output_variables``) at the solver's own steps: less than a user gets from ``Simulation.solve``.
The same settings are run once more with output at the reference's times, for the deviation.
Deviations are `reference.deviation`: root mean square over time, and largest from 1 s on, to the earlier
of both ends, against `reference.cached`.

`SETTINGS` holds the cheapest settings found for each goal by ``python -m benchmarks.cell.peers --search``:
points a layer (two ways of sharing them), points a particle (uniform with PyBaMM's linear surface value,
uniform and graded ones with the quadratic), and three pairs of tolerances. ``compiled`` adds
``IDAKLUSolver(options={"compile": True})``, which needs a C compiler; what that costs once is in
`PeerTiming.setup_seconds`.

Sweeps over the thickness: `SWEEP_FACTORS` times the positive electrode's, DFN, 1C of the set; either
rebuilding model and solver for each, or once with the thickness as an input on `SymbolicUniform1DSubMesh`;
seconds a curve. Cycles: 100 of discharge at 1C to 2.5 V, charge at 1C to 4.2 V and hold to C/20, by
``pybamm.Experiment`` without eSOH variables; seconds for all.
Sensitivities: ``calculate_sensitivities`` of the voltage to `SENSITIVITY_INPUTS`.
"""

from __future__ import annotations

import argparse
import itertools
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cell.reference import (
    COMPOSITE,
    DEFAULT_FOLDER,
    HALF,
    LUMPED,
    SIZES,
    VOLTAGE,
    Case,
    Mesh,
    Reference,
    cached,
    deviation,
    prepare,
)

SYSTEMS: dict[str, Case] = {
    "SPM": Case("Chen2020", "SPM"),
    "SPMe": Case("Chen2020", "SPMe"),
    "DFN": Case("Chen2020"),
    "DFN 2C": Case("Chen2020", rate=2.0),
    "DFN Marquis2019": Case("Marquis2019"),
    "half cell": Case("Xu2019", "DFN", 1.0, "set", HALF, "half"),
    "composite": Case("Chen2020_composite", "DFN", 1.0, "set", COMPOSITE),
    "thermal": Case("Chen2020", "DFN", 1.0, "set", LUMPED, "lumped"),
    "D(c)": Case("Ecker2015"),
    "D(c), thermal": Case("Ecker2015", "DFN", 1.0, "set", LUMPED, "lumped"),
    "sizes": Case("Marquis2019", "DFN", 1.0, "set", SIZES, "sizes"),
}
GOALS: dict[str, tuple[str, float]] = {
    "rms 1 mV": ("rms", 1.0e-3),
    "rms 0.5 mV": ("rms", 0.5e-3),
    "rms 0.25 mV": ("rms", 0.25e-3),
    "max 2 mV": ("max", 2.0e-3),
    "max 1 mV": ("max", 1.0e-3),
}
SWEEP_FACTORS = np.linspace(0.8, 1.2, 11)
THICKNESS = "Positive electrode thickness [m]"
SENSITIVITY_INPUTS = (
    "Negative particle diffusivity [m2.s-1]",
    "Positive particle diffusivity [m2.s-1]",
    "Negative electrode porosity",
    "Positive electrode conductivity [S.m-1]",
    "Cation transference number",
)

EQUAL, UNEQUAL = (1.0, 1.0, 1.0), (1.2, 0.6, 1.0)  # points of the three layers, in shares


@dataclass(frozen=True)
class Settings:
    """A mesh and the solver's tolerances. `shares` multiplies `x` for each layer."""

    x: int = 20
    r: int = 20
    stretch: float | None = None
    quadratic: bool = False
    shares: tuple[float, float, float] = EQUAL
    rtol: float = 1e-4
    atol: float = 1e-6
    compiled: bool = False

    @property
    def mesh(self) -> Mesh:
        """Points a layer and a particle."""
        negative, separator, positive = (max(2, round(self.x * share)) for share in self.shares)
        return Mesh((negative, separator, positive), self.r, self.stretch, self.quadratic)


DEFAULT = Settings()


@dataclass(frozen=True)
class PeerTiming:
    """Best time of a solve (s), its settings and deviations (V; nan where there is no reference)."""

    seconds: float
    settings: Settings
    rms: float
    max: float
    setup_seconds: float = float("nan")


def _solver(settings: Settings, variables: list[str] | None = None) -> Any:
    import pybamm

    return pybamm.IDAKLUSolver(
        rtol=settings.rtol,
        atol=settings.atol,
        output_variables=[VOLTAGE] if variables is None else variables,
        options={"compile": True} if settings.compiled else {},
    )


def best_of(action: Callable[[], Any], repeats: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Shortest of `repeats` calls, s: wall time, unless `clock` is another."""
    times = []
    for _ in range(repeats):
        start = clock()
        action()
        times.append(clock() - start)
    return min(times)


def curve_deviation(
    built: Any, settings: Settings, against: Reference, solver: Any = None
) -> tuple[float, float]:
    """Deviation of a built model's voltage, at the reference's times, under the tolerances of `settings`."""
    solver = solver or _solver(settings)
    solution = solver.solve(built, [0.0, float(against.t[-1])], t_interp=against.t)
    reached = int(np.searchsorted(against.t, float(solution.t[-1]), side="right"))
    reached -= int(reached == 0 or solution.t[reached - 1] != against.t[reached - 1])
    return deviation(against.t[:reached], np.asarray(solution[VOLTAGE].data).ravel()[:reached], against)


def time_curve(case: Case, settings: Settings, repeats: int, folder: Path = DEFAULT_FOLDER) -> PeerTiming:
    """Time of one prebuilt solve of `case`, and its deviation from the reference."""
    against = cached(case, folder)
    started = time.perf_counter()
    built, _ = prepare(case, settings.mesh, beyond=0.0)
    span = [0.0, 1.2 * float(against.t[-1])]
    solver = _solver(settings)
    solver.solve(built, span)
    setup = time.perf_counter() - started
    seconds = best_of(lambda: solver.solve(built, span), repeats)
    return PeerTiming(
        seconds, settings, *curve_deviation(built, replace(settings, compiled=False), against), setup
    )


def _varied(case: Case, settings: Settings, values: dict[str, Any], symbolic: bool) -> Any:
    """Discretised model of `case` with some parameters replaced ("[input]" makes one an input)."""
    return prepare(case, settings.mesh, beyond=0.0, replaced=values, symbolic=symbolic)[0]


def time_thickness_sweep(
    case: Case, settings: Settings, repeats: int, folder: Path = DEFAULT_FOLDER, symbolic: bool = True
) -> PeerTiming:
    """Seconds a curve over `SWEEP_FACTORS`: one symbolic mesh, or everything rebuilt for each thickness."""
    import pybamm

    nominal = float(pybamm.ParameterValues(case.set_name)[THICKNESS])
    against = cached(case, folder)
    span = [0.0, 1.5 * float(against.t[-1])]
    deviations = time_curve(case, settings, 1, folder)
    if symbolic:
        started = time.perf_counter()
        built = _varied(case, settings, {THICKNESS: "[input]"}, symbolic=True)
        solver = _solver(settings)
        solver.solve(built, span, inputs={THICKNESS: nominal})
        setup = time.perf_counter() - started

        def sweep() -> None:
            for factor in SWEEP_FACTORS:
                solver.solve(built, span, inputs={THICKNESS: nominal * factor})
    else:
        setup = float("nan")

        def sweep() -> None:
            for factor in SWEEP_FACTORS:
                made = _varied(case, settings, {THICKNESS: nominal * factor}, symbolic=False)
                _solver(settings).solve(made, span)

    seconds = best_of(sweep, repeats) / len(SWEEP_FACTORS)
    return PeerTiming(seconds, settings, deviations.rms, deviations.max, setup)


def time_cycles(settings: Settings, repeats: int, cycles: int = 100, ageing: bool = False) -> PeerTiming:
    """Seconds of `cycles` CC-CV cycles of the DFN: Chen2020, or OKane2022 with solvent-diffusion SEI."""
    import pybamm

    options = {"SEI": "solvent-diffusion limited", "SEI porosity change": "true"} if ageing else {}
    values = pybamm.ParameterValues("OKane2022" if ageing else "Chen2020")
    steps = ("Discharge at 1C until 2.5 V", "Charge at 1C until 4.2 V", "Hold at 4.2 V until C/20")
    points = dict(zip(("x_n", "x_s", "x_p"), settings.mesh.x, strict=True)) | {
        "r_n": settings.r,
        "r_p": settings.r,
    }
    simulation = pybamm.Simulation(
        pybamm.lithium_ion.DFN(options),
        parameter_values=values,
        experiment=pybamm.Experiment([steps] * cycles),
        var_pts=points,
        solver=_solver(settings, variables=[]),
    )
    started = time.perf_counter()
    simulation.build_for_experiment()
    setup = time.perf_counter() - started

    def run() -> None:
        solution = simulation.solve(calc_esoh=False)
        if len(solution.cycles) < cycles:
            raise RuntimeError(f"PyBaMM ended after {len(solution.cycles)} of {cycles} cycles")

    return PeerTiming(best_of(run, repeats), settings, float("nan"), float("nan"), setup)


def time_sensitivities(
    case: Case, settings: Settings, repeats: int, folder: Path = DEFAULT_FOLDER, wanted: bool = True
) -> PeerTiming:
    """Seconds of a curve with `SENSITIVITY_INPUTS` as inputs, with or without forward sensitivities."""
    import pybamm

    values = pybamm.ParameterValues(case.set_name)
    inputs = {name: float(values[name]) for name in SENSITIVITY_INPUTS}
    built = _varied(case, settings, dict.fromkeys(inputs, "[input]"), symbolic=False)
    against = cached(case, folder)
    span = [0.0, 1.2 * float(against.t[-1])]
    solver = _solver(settings)

    def run() -> None:
        solver.solve(built, span, inputs=inputs, calculate_sensitivities=wanted)

    started = time.perf_counter()
    run()
    setup = time.perf_counter() - started
    seconds = best_of(run, repeats)
    accuracy = time_curve(case, settings, 1, folder)
    return PeerTiming(seconds, settings, accuracy.rms, accuracy.max, setup)


# Found by --search; a goal absent was met by no mesh searched.
SETTINGS: dict[str, dict[str, Settings]] = {
    "SPM": {
        "rms 1 mV": Settings(4, 16, 2.0, True, EQUAL, 0.001, 1e-05),
        "rms 0.5 mV": Settings(4, 40, None, False, EQUAL, 0.001, 1e-05),
        "rms 0.25 mV": Settings(4, 40, None, False, EQUAL, 0.001, 1e-05),
        "max 2 mV": Settings(4, 40, 2.0, True, UNEQUAL, 0.001, 1e-05),
        "max 1 mV": Settings(4, 40, 3.0, True, UNEQUAL, 0.001, 1e-05),
    },
    "SPMe": {
        "rms 1 mV": Settings(10, 20, None, False, UNEQUAL, 0.001, 1e-05),
        "rms 0.5 mV": Settings(8, 40, 2.0, True, UNEQUAL, 0.001, 1e-05),
        "rms 0.25 mV": Settings(16, 40, None, True, UNEQUAL, 0.001, 1e-05),
        "max 2 mV": Settings(8, 30, 2.0, True, EQUAL, 0.001, 1e-05),
        "max 1 mV": Settings(13, 30, 3.0, True, UNEQUAL, 0.001, 1e-05),
    },
    "DFN": {
        "rms 1 mV": Settings(10, 15, None, True, UNEQUAL, 0.001, 1e-05),
        "rms 0.5 mV": Settings(10, 16, 2.0, True, UNEQUAL, 0.001, 1e-05),
        "rms 0.25 mV": Settings(20, 16, 2.0, True, UNEQUAL, 0.001, 1e-05),
        "max 2 mV": Settings(8, 20, 3.0, True, EQUAL, 0.001, 1e-05),
        "max 1 mV": Settings(20, 30, 3.0, True, UNEQUAL, 0.001, 1e-05),
        # Of PyBaMM's own equal spacing, which `var_pts` gives a user (72 meshes searched).
        "rms 1 mV, equal spacing": Settings(16, 30, rtol=1e-3, atol=1e-5),
        "rms 0.5 mV, equal spacing": Settings(40, 40, rtol=1e-3, atol=1e-5),
        "max 2 mV, equal spacing": Settings(16, 120, rtol=1e-3, atol=1e-5),
        "max 1 mV, equal spacing": Settings(20, 240),
    },
    "DFN 2C": {
        "rms 1 mV": Settings(20, 20, 2.0, True, EQUAL, 0.001, 1e-05),
        "rms 0.5 mV": Settings(30, 20, 2.0, True, EQUAL, 0.001, 1e-05),
        "rms 0.25 mV": Settings(80, 30, 2.0, True, EQUAL, 0.001, 1e-05),
        "max 2 mV": Settings(16, 40, 3.0, True, EQUAL, 0.001, 1e-05),
        "max 1 mV": Settings(40, 30, 3.0, True, UNEQUAL, 1e-06, 1e-08),
    },
    "DFN Marquis2019": {
        "rms 1 mV": Settings(10, 8, 2.0, True, EQUAL, 0.001, 1e-05),
        "rms 0.5 mV": Settings(20, 20, 2.0, True, EQUAL, 0.001, 1e-05),
        "rms 0.25 mV": Settings(40, 13, 2.0, True, UNEQUAL, 0.001, 1e-05),
        "max 2 mV": Settings(10, 15, None, True, UNEQUAL, 0.001, 1e-05),
        "max 1 mV": Settings(10, 16, 2.0, True, UNEQUAL, 0.001, 1e-05),
    },
    "half cell": {
        "rms 1 mV": Settings(8, 16, 2.0, True, EQUAL, 0.001, 1e-05),
        "rms 0.5 mV": Settings(8, 16, 2.0, True, EQUAL, 0.001, 1e-05),
        "rms 0.25 mV": Settings(10, 16, 2.0, True, EQUAL, 0.001, 1e-05),
        "max 2 mV": Settings(8, 16, 2.0, True, EQUAL, 0.001, 1e-05),
        "max 1 mV": Settings(10, 16, 2.0, True, EQUAL, 0.001, 1e-05),
    },
    "composite": {
        "rms 1 mV": Settings(8, 16, 2.0, True, EQUAL, 0.001, 1e-05),
        "rms 0.5 mV": Settings(8, 16, 2.0, True, EQUAL, 0.001, 1e-05),
        "rms 0.25 mV": Settings(10, 16, 2.0, True, EQUAL, 0.001, 1e-05),
        "max 2 mV": Settings(8, 20, 3.0, True, EQUAL, 0.001, 1e-05),
        "max 1 mV": Settings(8, 20, 3.0, True, UNEQUAL, 0.001, 1e-05),
        "rms 0.5 mV, equal spacing": Settings(10, 60, rtol=1e-3, atol=1e-5),
    },
    "thermal": {
        "rms 1 mV": Settings(8, 16, 2.0, True, EQUAL, 0.001, 1e-05),
        "rms 0.5 mV": Settings(8, 16, 2.0, True, UNEQUAL, 0.001, 1e-05),
        "max 2 mV": Settings(8, 20, 3.0, True, EQUAL, 0.001, 1e-05),
        "max 1 mV": Settings(20, 30, 3.0, True, EQUAL, 0.001, 1e-05),
    },
    "D(c)": {
        "rms 1 mV": Settings(8, 20, 3.0, True, EQUAL, 0.001, 1e-05),
        "rms 0.5 mV": Settings(20, 30, 3.0, True, UNEQUAL, 0.001, 1e-05),
    },
    "D(c), thermal": {
        "rms 1 mV": Settings(8, 20, 3.0, True, EQUAL, 0.001, 1e-05),
        "rms 0.5 mV": Settings(20, 30, 3.0, True, UNEQUAL, 0.001, 1e-05),
    },
    "sizes": {
        "rms 1 mV": Settings(10, 10, None, True, UNEQUAL, 0.0001, 1e-06),
    },
}

SPECIAL: dict[str, Callable[[int, Path], PeerTiming]] = {
    "thickness sweep, rebuilt": lambda n, folder: time_thickness_sweep(
        SYSTEMS["DFN"], DEFAULT, n, folder, symbolic=False
    ),
    "thickness sweep, symbolic mesh": lambda n, folder: time_thickness_sweep(
        SYSTEMS["DFN"], DEFAULT, n, folder
    ),
    "thickness sweep, symbolic mesh, rms 0.5 mV": lambda n, folder: time_thickness_sweep(
        SYSTEMS["DFN"], SETTINGS["DFN"]["rms 0.5 mV"], n, folder
    ),
    "100 cycles": lambda n, _: time_cycles(DEFAULT, n),
    "100 cycles, SEI": lambda n, _: time_cycles(DEFAULT, n, ageing=True),
    "five parameters without sensitivities": lambda n, folder: time_sensitivities(
        SYSTEMS["DFN"], DEFAULT, n, folder, wanted=False
    ),
    "five forward sensitivities": lambda n, folder: time_sensitivities(SYSTEMS["DFN"], DEFAULT, n, folder),
}


def _curve(system: str, settings: Settings) -> Callable[[int, Path], PeerTiming]:
    return lambda n, folder: time_curve(SYSTEMS[system], settings, n, folder)


def _cases() -> dict[str, Callable[[int, Path], PeerTiming]]:
    found: dict[str, Callable[[int, Path], PeerTiming]] = {}
    for system in SYSTEMS:
        for goal, settings in {"default": DEFAULT, **SETTINGS.get(system, {})}.items():
            found[f"{system}, {goal}"] = _curve(system, settings)
            if system != "sizes":  # hours of compiling for tens of thousands of states
                found[f"{system}, {goal}, compiled"] = _curve(system, replace(settings, compiled=True))
    return found | SPECIAL


CASES = _cases()


def time_peer(case: str, repeats: int = 5, folder: Path = DEFAULT_FOLDER) -> PeerTiming:
    """Time one of `CASES`, best of `repeats`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return CASES[case](repeats, folder)


FOCUS: tuple[tuple[int, int, float | None], ...] = (
    (8, 16, 2.0),
    (10, 16, 2.0),
    (8, 20, 3.0),
    (20, 30, 3.0),
    (20, 16, 2.0),
    (10, 20, 3.0),
    (13, 16, 2.0),
    (8, 15, None),
    (10, 15, None),
    (13, 20, 3.0),
    (16, 16, 2.0),
    (16, 30, 3.0),
    (25, 16, 2.0),
    (25, 30, 3.0),
    (30, 20, 2.0),
    (20, 40, 2.0),
    (40, 20, 2.0),
)  # points a layer, points a particle, grading: where the good ones lay in the wide search


def _candidates(system: str) -> Iterator[Settings]:
    """Meshes tried for `system`, without tolerances."""
    sized = SYSTEMS[system].sized
    if system == "SPM":
        xs: tuple[int, ...] = (4,)
    elif sized:
        xs = (6, 8, 10, 15, 20)
    else:
        xs = (8, 10, 13, 16, 20, 25, 30, 40, 60)
    linear = [(r, None, False) for r in ((10, 20) if sized else (20, 40, 80))]
    uniform = [(r, None, True) for r in ((10, 20) if sized else (15, 20, 30, 40, 80))]
    graded = [
        (r, s, True) for s in (2.0, 3.0) for r in ((8, 12, 16, 24) if sized else (8, 10, 13, 16, 20, 30, 40))
    ]
    for shares, x in itertools.product((EQUAL, UNEQUAL), xs):
        for r, stretch, quadratic in (*linear, *uniform, *graded):
            yield Settings(x, r, stretch, quadratic, shares)


def search(
    system: str, folder: Path = DEFAULT_FOLDER, limit: float = float("inf")
) -> tuple[dict[str, Settings], list[tuple[float, float, float, Settings]]]:
    """Cheapest settings of `system` for every goal met, and all that met one (s, rms, max, settings).

    Those that meet a goal are timed (best of two) and the best ten of every goal timed again, best of seven.
    Processor time, since other work disturbs it less; PyBaMM solves on one thread.
    The search stops after `limit` seconds: first `FOCUS`, then all others in random order (fixed seed).
    """
    case, against = SYSTEMS[system], cached(SYSTEMS[system], folder)
    tolerances = ((1e-3, 1e-5), (1e-4, 1e-6), (1e-5, 1e-7))
    wide = list(_candidates(system))
    order = [
        *(Settings(x, r, stretch, True, shares) for (x, r, stretch) in FOCUS for shares in (EQUAL, UNEQUAL)),
        *(wide[i] for i in np.random.default_rng(1).permutation(len(wide))),
    ]
    span, began = [0.0, 1.2 * float(against.t[-1])], time.perf_counter()
    tried: list[tuple[float, float, float, Settings]] = []
    for mesh in order:
        if time.perf_counter() - began > limit:
            break
        built, _ = prepare(case, mesh.mesh, beyond=0.0)
        for rtol, atol in tolerances:
            settings = replace(mesh, rtol=rtol, atol=atol)
            solver = _solver(settings)
            try:
                rms, largest = curve_deviation(built, settings, against, solver)
                if not any((rms if kind == "rms" else largest) <= bound for kind, bound in GOALS.values()):
                    continue
                seconds = best_of(lambda s=solver, b=built: s.solve(b, span), 2, time.process_time)
            except Exception as problem:  # noqa: BLE001  a mesh that fails is not a candidate
                print(f"{system}: {settings} failed: {problem!r}"[:300], flush=True)
                continue
            tried.append((seconds, rms, largest, settings))
    return {
        goal: found
        for goal, (kind, bound) in GOALS.items()
        if (found := _cheapest(case, tried, kind, bound, span)) is not None
    }, tried


def _cheapest(
    case: Case, tried: list[tuple[float, float, float, Settings]], kind: str, bound: float, span: list[float]
) -> Settings | None:
    column = 1 if kind == "rms" else 2
    meets = sorted((row for row in tried if row[column] <= bound), key=lambda row: row[0])[:10]
    timed = []
    for _, _, _, settings in meets:
        built, _ = prepare(case, settings.mesh, beyond=0.0)
        solver = _solver(settings)
        solver.solve(built, span)
        timed.append((best_of(lambda s=solver, b=built: s.solve(b, span), 7, time.process_time), settings))
    return min(timed, key=lambda pair: pair[0])[1] if timed else None


def main() -> None:
    """Time the cases named (all when none is), or search settings anew with ``--search``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="cases to time, or systems to search")
    parser.add_argument("--search", action="store_true")
    parser.add_argument("--limit", type=float, default=float("inf"), help="seconds of searching a system")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--references", type=Path, default=DEFAULT_FOLDER)
    given = parser.parse_args()
    if given.search:
        for system in given.names or SYSTEMS:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found, tried = search(system, given.references, given.limit)
            print(f"    {system!r}: {{  # of {len(tried)} that met a goal", flush=True)
            for goal, settings in found.items():
                print(f"        {goal!r}: {settings!r},", flush=True)
            print("    },", flush=True)
        return
    for name in given.names or CASES:
        try:
            peer = time_peer(name, given.repeats, given.references)
        except Exception as problem:  # noqa: BLE001  one that fails must not stop the others
            print(f"{name:45s} failed: {problem!r}"[:300], flush=True)
            continue
        print(
            f"{name:45s} {1e3 * peer.seconds:9.2f} ms  rms {1e3 * peer.rms:.3f} max {1e3 * peer.max:.3f} mV"
            f"  (prepared in {peer.setup_seconds:.1f} s)",
            flush=True,
        )


if __name__ == "__main__":
    main()

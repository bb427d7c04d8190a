"""Converged solutions of PyBaMM: what the cell engine is judged against.

No single mesh of PyBaMM is a reference: its error is first order in the number of points through the
cell and second order in the particle. Each reference is therefore extrapolated to the limit of
infinitely many points (Richardson), through the cell and in the particle apart, from an anchor mesh
``(x0, r0)``::

    V = Vx(r0) + Vr(x0) - V(x0, r0) + mixed

``Vx(r0)`` is the limit in x at ``r0`` points a particle, ``Vr(x0)`` the limit in r at ``x0`` points a
domain, and ``mixed`` the leading term in ``hx * hr**2``, measured on one further mesh. It is done for
two unlike families of meshes (points shared otherwise between the layers, particles graded otherwise);
their difference, or the last step of either extrapolation where that is larger, is the stated error.

The particle's surface value is extrapolated quadratically (PyBaMM's default is linear; kept for the sets
of `STEEP`), and meshes are graded towards the surface (`Exponential1DSubMesh`). Runs go 50 mV beyond the
cut-off, so that the end is found on the extrapolated curve and not on that of one mesh.

``python -m benchmarks.cell.reference --out build/references`` makes all of `CASES` that are missing;
names after it choose some.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

DEFAULT_FOLDER = Path("build/references")
VOLTAGE = "Voltage [V]"
TEMPERATURE = "Volume-averaged cell temperature [K]"
BEYOND_CUTOFF = 0.05  # V
TOLERANCES = (1e-8, 1e-7, 1e-6)  # relative, absolute a hundredth of it; the next where one does not start
LOOSER = 10.0  # factor on both for the run that bounds the error in time; tighter ones do not start
SIZE_CLASSES = 30

HALF: dict[str, Any] = {"working electrode": "positive"}
COMPOSITE: dict[str, Any] = {
    "particle phases": ("2", "1"),
    "open-circuit potential": (("single", "current sigmoid"), "single"),
}
SIZES: dict[str, Any] = {"particle size": "distribution"}
LUMPED: dict[str, Any] = {"thermal": "lumped"}
DOUBLE_LAYER: dict[str, Any] = {"surface form": "differential"}


@dataclass(frozen=True)
class Case:
    """One constant-current run of a PyBaMM parameter set.

    `rate` is in multiples of the set's nominal capacity per hour, positive on discharge. `initial` is
    "set" for the concentrations of the parameter set, else the state of charge.
    """

    set_name: str
    model: str = "DFN"
    rate: float = 1.0
    initial: str | float = "set"
    options: dict[str, Any] = field(default_factory=dict)
    label: str = ""

    @property
    def name(self) -> str:
        """File name without its ending, such as ``Chen2020_DFN_1C_dis``."""
        rates = {0.05: "C20", 0.1: "C10", 1 / 3: "C3", 0.5: "C2"}
        rate = rates.get(abs(self.rate), f"{abs(self.rate):g}C")
        direction = "dis" if self.rate > 0 else "cha"
        return "_".join(filter(None, [self.set_name, self.model, self.label, rate, direction]))

    @property
    def sized(self) -> bool:
        """Whether the particles have a distribution of sizes."""
        return self.model == "MPM" or self.options.get("particle size") == "distribution"


@dataclass(frozen=True)
class Mesh:
    """Points of one run: in each layer, in each particle, and the particle's grading.

    No `stretch` is the uniform mesh. The particle's surface value is extrapolated quadratically or
    linearly.
    """

    x: tuple[int, int, int]
    r: int
    stretch: float | None
    quadratic: bool = True


@dataclass(frozen=True)
class Family:
    """Meshes that are refined together.

    The layers (negative, separator, positive) have ``x * shares`` points each, the particle `r`; the
    first of each is the anchor. `stretch` grades the particle towards its surface.
    """

    x: tuple[int, ...]
    r: tuple[int, ...]
    shares: tuple[float, float, float] = (1.0, 1.0, 1.0)
    stretch: float = 2.0
    quadratic: bool = True

    def mesh(self, x: int, r: int) -> Mesh:
        """Mesh of `x` points a layer, before shares, and `r` points a particle."""
        negative, separator, positive = (round(x * share) for share in self.shares)
        return Mesh((negative, separator, positive), r, self.stretch, self.quadratic)


FAMILIES = (
    Family(x=(20, 40, 80, 160), r=(40, 80, 160, 320), stretch=2.0),
    Family(x=(16, 32, 64, 128), r=(30, 60, 120, 240), shares=(1.5, 0.5, 1.0), stretch=3.0),
)
SIZED_FAMILIES = (
    Family(x=(8, 16, 32), r=(16, 32, 64), stretch=2.0),
    Family(x=(6, 12, 24), r=(12, 24, 48), shares=(1.5, 0.5, 1.0), stretch=3.0),
)
STEEP = frozenset({"ORegan2022"})  # diffusivity falls by decades: a quadratic surface value overshoots
STEEP_FAMILIES = (
    Family(x=(10, 20, 40), r=(80, 160, 320), stretch=2.0, quadratic=False),
    Family(x=(8, 16, 32), r=(100, 200, 400), shares=(1.5, 0.5, 1.0), stretch=2.5, quadratic=False),
)


@dataclass(frozen=True)
class Reference:
    """A converged curve: times (s), voltage (V), the stated error of each (V) and what made it."""

    t: FloatArray
    V: FloatArray
    error: FloatArray
    T: FloatArray | None
    about: dict[str, Any]

    @property
    def error_estimate(self) -> float:
        """Largest stated error of the voltage from 1 s on, V."""
        return float(self.error[self.t >= 1.0].max())


def deviation(t: FloatArray, V: FloatArray, against: Reference) -> tuple[float, float]:
    """Distance of a curve from a reference: root mean square over time and largest from 1 s on, V.

    `V` stands at those times of the reference that the curve reached, ``against.t[: len(V)]``, whose
    last is `t`'s; the mean square is an integral over time, since the times are not even.
    """
    count = min(len(V), len(against.t))
    if count < 2 or not np.array_equal(t[:count], against.t[:count]):
        raise ValueError("the curve must stand at the reference's own times")
    squared = (V[:count] - against.V[:count]) ** 2
    rms = float(np.sqrt(np.trapezoid(squared, t[:count]) / (t[count - 1] - t[0])))
    return rms, float(np.sqrt(squared[t[:count] >= 1.0].max()))


def richardson(values: list[FloatArray], orders: tuple[int, ...], ratio: float = 2.0) -> list[FloatArray]:
    """Limits of `values` on meshes refined by `ratio`, removing one order of the error after another.

    Returns the last entry of every column of the table: the finest value, then the limit by the first
    order, and so on; the last is the best, and the last two bound the error.
    """
    column, last = list(values), [values[-1]]
    for order in orders[: len(values) - 1]:
        factor = ratio**order
        column = [(factor * fine - coarse) / (factor - 1.0) for coarse, fine in itertools.pairwise(column)]
        last.append(column[-1])
    return last


def build_model(case: Case) -> Any:
    """The PyBaMM model of `case`."""
    import pybamm

    return getattr(pybamm.lithium_ion, case.model)(dict(case.options) or None)


def starting_parameters(case: Case, model: Any) -> Any:
    """Parameter set with current and initial concentrations of `case` put in."""
    import pybamm

    values = pybamm.ParameterValues(case.set_name)
    if case.sized:
        values = pybamm.get_size_distribution_parameters(values)
    if case.initial != "set":
        values.set_initial_state(float(case.initial), param=model.param, options=model.options)
    values["Current function [A]"] = case.rate * values["Nominal cell capacity [A.h]"]
    return values


def initial_concentrations(values: Any) -> dict[str, float]:
    """Initial concentrations and stoichiometries (mol/m3, and their ratio to the maximum)."""
    found: dict[str, float] = {}
    for key in values:
        phase, _, rest = key.rpartition("nitial concentration in ")
        if not rest or "electrode [" not in rest or "urrent" in phase:
            continue
        prefix = phase[:-1]
        maximum = f"{prefix}Maximum concentration in {rest}"
        if maximum not in values:
            continue
        concentration = float(values.evaluate(values[key])) if not callable(values[key]) else float("nan")
        found[key] = concentration
        electrode = rest.removesuffix(" [mol.m-3]")
        found[f"{prefix}Initial stoichiometry in {electrode}"] = concentration / float(values[maximum])
    return found


def prepare(
    case: Case,
    mesh: Mesh,
    beyond: float = BEYOND_CUTOFF,
    replaced: dict[str, Any] | None = None,
    symbolic: bool = False,
) -> tuple[Any, Any]:
    """Discretised model of `case` on `mesh`, ready for a solver, and the simulation that made it.

    The cut-offs are moved outwards by `beyond` (V); parameters of `replaced` take its values; `symbolic`
    makes the mesh of the layers symbolic, so that their thicknesses can be inputs.
    """
    import pybamm

    model = build_model(case)
    values = starting_parameters(case, model)
    values["Lower voltage cut-off [V]"] -= beyond
    values["Upper voltage cut-off [V]"] += beyond
    values.update(replaced or {})
    submeshes = dict(model.default_submesh_types)
    methods = dict(model.default_spatial_methods)
    quadratic = {"extrapolation": {"order": {"gradient": "quadratic", "value": "quadratic"}}}
    for domain in submeshes:
        if domain.endswith("particle"):
            if mesh.stretch is not None:
                submeshes[domain] = pybamm.MeshGenerator(
                    pybamm.Exponential1DSubMesh, {"side": "right", "stretch": mesh.stretch}
                )
            if mesh.quadratic:
                methods[domain] = pybamm.FiniteVolume(quadratic)
    if symbolic:
        submeshes |= dict.fromkeys(
            ("negative electrode", "separator", "positive electrode"), pybamm.SymbolicUniform1DSubMesh
        )
    points = dict(model.default_var_pts)
    points.update({key: mesh.r for key in points if key.startswith("r_")})
    points.update({key: SIZE_CLASSES for key in points if key.startswith("R_")})
    points.update(zip(("x_n", "x_s", "x_p"), mesh.x, strict=True))
    simulation = pybamm.Simulation(
        model, parameter_values=values, submesh_types=submeshes, spatial_methods=methods, var_pts=points
    )
    simulation.build()
    return simulation.built_model, simulation


def outputs(case: Case) -> list[str]:
    """What is asked of a run."""
    return [VOLTAGE, TEMPERATURE] if "thermal" in case.options else [VOLTAGE]


def solve(
    case: Case,
    mesh: Mesh,
    t: FloatArray,
    beyond: float = BEYOND_CUTOFF,
    rtol: float = TOLERANCES[0],
) -> tuple[FloatArray, FloatArray]:
    """Times reached of `t` and the outputs there, one row each; the last time is that of the ending."""
    import pybamm

    built, _ = prepare(case, mesh, beyond)
    names = outputs(case)
    solver = pybamm.IDAKLUSolver(rtol=rtol, atol=0.01 * rtol, output_variables=names)
    solution = solver.solve(built, [0.0, float(t[-1])], t_interp=t)
    return np.asarray(solution.t), np.array([np.asarray(solution[name].data).ravel() for name in names])


def time_grid(end: float, double_layer: bool) -> FloatArray:
    """About 400 times: close at the start, even in between, close about the expected `end`."""
    decades = [0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 80, 100, 130, 160]
    if double_layer:
        decades = [1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, *decades]
    early = np.array([0.0, *decades])
    even = np.linspace(0.0, end, 321)[1:-4]
    step = end / 320.0
    near = step * np.geomspace(1e-3, 3.0, 14)
    late = np.concatenate([end - near[::-1], [end], end + near])
    first = max(early[early < 4.0 * step][-1], step) if end > 0 else 0.0
    return np.unique(np.concatenate([early[early <= first], even[even > first + 0.2 * step], late]))


class _Family:
    """Runs of one family of meshes, and their limit."""

    def __init__(self, case: Case, family: Family, t: FloatArray, rtol: float) -> None:
        self.case, self.family, self.t, self.rtol = case, family, t, rtol
        self.known: dict[tuple[int, int], FloatArray] = {}

    def run(self, x: int, r: int) -> FloatArray:
        if (x, r) not in self.known:
            reached, values = solve(self.case, self.family.mesh(x, r), self.t, rtol=self.rtol)
            count = int(np.sum(np.isin(self.t, reached)))
            self.known[x, r] = values[:, :count]
        return self.known[x, r]

    def limit(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Extrapolated outputs, and the last step of the extrapolation in x and in r."""
        xs, rs = self.family.x, self.family.r
        if self.case.model in ("SPM", "MPM"):  # nothing varies through the cell
            xs = xs[:1]
        in_x = [self.run(x, rs[0]) for x in xs]
        in_r = [self.run(xs[0], r) for r in rs]
        further = self.run(xs[1], rs[1]) if len(xs) > 1 else in_r[1]
        count = min(values.shape[1] for values in self.known.values())
        in_x, in_r = [v[:, :count] for v in in_x], [v[:, :count] for v in in_r]
        to_x, to_r = richardson(in_x, (1, 2, 3)), richardson(in_r, (2, 3, 4))
        limit = to_x[-1] + to_r[-1] - in_x[0]
        if len(xs) > 1:
            # mixed term C hx hr^2: seen through (1 - 1/2)(1 - 1/4) of it
            limit = limit + (further[:, :count] - in_x[1] - in_r[1] + in_x[0]) / (0.5 * 0.75)
        step_x = np.abs(to_x[-1] - to_x[-2]) if len(xs) > 1 else np.zeros_like(limit)
        return limit, step_x, np.abs(to_r[-1] - to_r[-2])


def crossing(t: FloatArray, V: FloatArray, cutoff: float) -> float | None:
    """Last time at which the curve passes `cutoff`, by monotone cubic interpolation."""
    from scipy.interpolate import PchipInterpolator
    from scipy.optimize import brentq

    curve = PchipInterpolator(t, V - cutoff)
    signs = np.sign(V - cutoff)
    places = np.nonzero(signs[1:] * signs[:-1] < 0)[0]
    if not len(places):
        return None
    return float(brentq(curve, t[places[-1]], t[places[-1] + 1], xtol=1e-9))


def converge(case: Case) -> Reference:
    """Compute the reference of `case`: see the module's text for how."""
    import pybamm

    for rtol in TOLERANCES:
        try:
            return _converge(case, rtol)
        except pybamm.SolverError as problem:
            last = problem
    raise last


def _converge(case: Case, rtol: float) -> Reference:
    families = SIZED_FAMILIES if case.sized else FAMILIES
    families = STEEP_FAMILIES if case.set_name in STEEP else families
    began = time.perf_counter()
    values = starting_parameters(case, build_model(case))
    low, high = float(values["Lower voltage cut-off [V]"]), float(values["Upper voltage cut-off [V]"])
    cutoff = low if case.rate > 0 else high
    coarse = families[0].mesh(10, 80 if case.set_name in STEEP else 20)
    longest = 1.6 * 3600.0 / abs(case.rate)
    expected = float(solve(case, coarse, np.linspace(0.0, longest, 200), 0.0, rtol)[0][-1])
    grid = time_grid(expected, "surface form" in case.options)
    limits = [_Family(case, family, grid, rtol).limit() for family in families]
    count = min(limit.shape[1] for limit, _, _ in limits)
    t = grid[:count]
    (best, *best_steps), (other, *other_steps) = ([part[:, :count] for part in limit] for limit in limits)
    step_x, step_r = (np.minimum(a, b)[0] for a, b in zip(best_steps, other_steps, strict=True))
    apart = np.abs(best - other)[0]
    in_time = _time_error(case, coarse, t, rtol)
    error = np.maximum.reduce([apart, step_x, step_r]) + in_time
    late = t > 0.5 * t[-1]
    end = crossing(t[late], best[0][late], cutoff)
    final = end if end is not None else float(t[-1])
    rows = [_until(t, row, final) for row in (*best, error)]
    if end is not None:
        rows[0][-1] = cutoff
    parts = {"families_differ_V": apart, "step_x_V": step_x, "step_r_V": step_r, "in_time_V": in_time}
    about = _about(case, values, final, rtol) | {
        "cutoff_V": cutoff,
        "ended_by": "cut-off voltage" if end is not None else "PyBaMM, before the cut-off voltage",
        **{name: float(part[t >= 1.0].max()) for name, part in parts.items()},
        "coarse_mesh_end_s": expected,
        "seconds_to_make": time.perf_counter() - began,
    }
    temperature = rows[1] if len(best) > 1 else None
    return Reference(np.append(t[t < final], final), rows[0], rows[-1], temperature, about)


def _time_error(case: Case, mesh: Mesh, t: FloatArray, rtol: float) -> FloatArray:
    """Difference that tolerances ten times looser make to the voltage on `mesh`: a bound, not an estimate."""
    (one, usual), (two, loose) = (solve(case, mesh, t, rtol=rtol * factor) for factor in (1.0, LOOSER))
    count = min(len(one), len(two), len(t))
    difference = np.abs(usual[0][:count] - loose[0][:count]) * (one[:count] == two[:count])
    return np.pad(difference, (0, len(t) - count), mode="edge")


def _until(t: FloatArray, row: FloatArray, final: float) -> FloatArray:
    from scipy.interpolate import PchipInterpolator

    return np.append(row[t < final], PchipInterpolator(t, row)(final))


def _about(case: Case, values: Any, final: float, rtol: float) -> dict[str, Any]:
    import pybamm

    current = float(values["Current function [A]"])
    return {
        "set_name": case.set_name,
        "model": case.model,
        "options": case.options,
        "rate_C": case.rate,
        "initial": case.initial,
        "current_A": current,
        "nominal_capacity_Ah": float(values["Nominal cell capacity [A.h]"]),
        "t_end_s": final,
        "capacity_Ah": abs(current) * final / 3600.0,
        "initial_state": initial_concentrations(values),
        "initial_temperature_K": float(values["Initial temperature [K]"]),
        "pybamm": pybamm.__version__,
        "rtol": rtol,
        "atol": 0.01 * rtol,
    }


def size_classes(case: Case) -> dict[str, FloatArray]:
    """Edges and centres (m) of the size classes of each electrode and each class's share of the area."""
    _, simulation = prepare(case, SIZED_FAMILIES[0].mesh(4, 5))
    found: dict[str, FloatArray] = {}
    for electrode, mark in (("negative", "n"), ("positive", "p")):
        submesh = simulation.mesh[f"{electrode} particle size"]
        scale = 1.0
        radius, edges = np.asarray(submesh.nodes) * scale, np.asarray(submesh.edges) * scale
        density = simulation.parameter_values[
            f"{electrode.capitalize()} area-weighted particle-size distribution [m-1]"
        ]
        values = np.array([float(simulation.parameter_values.evaluate(density(R))) for R in radius])
        area = values * np.diff(edges)
        found |= {f"R_{mark}": radius, f"R_{mark}_edges": edges, f"area_share_{mark}": area / area.sum()}
    return found


def save(reference: Reference, path: Path, extra: dict[str, FloatArray] | None = None) -> None:
    """Write a reference as ``.npz``; the record of what made it is JSON in ``about``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    about = reference.about
    arrays: dict[str, Any] = {
        "t": reference.t,
        "V": reference.V,
        "error": reference.error,
        "error_estimate": reference.error_estimate,
        "current": about["current_A"],
        "capacity": about["capacity_Ah"],
        "t_end": about["t_end_s"],
        "about": json.dumps(about),
        **(extra or {}),
    }
    if reference.T is not None:
        arrays["T"] = reference.T
    partial = path.with_suffix(".part.npz")
    np.savez(partial, **arrays)
    partial.replace(path)


def load(path: Path) -> Reference:
    """Read what `save` wrote."""
    with np.load(path) as data:
        about = json.loads(str(data["about"]))
        T = data.get("T")
        return Reference(data["t"], data["V"], data["error"], T, about)


def cached(case: Case, folder: Path = DEFAULT_FOLDER) -> Reference:
    """The reference of `case`, made and kept in `folder` when it is not there yet."""
    path = folder / f"{case.name}.npz"
    if not path.exists():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            save(converge(case), path, size_classes(case) if case.sized else None)
    return load(path)


def reference(
    set_name: str,
    model: str = "DFN",
    rate: float = 1.0,
    initial: str | float = "set",
    options: dict[str, Any] | None = None,
    label: str = "",
    folder: Path = DEFAULT_FOLDER,
) -> tuple[FloatArray, FloatArray]:
    """Converged times (s) and voltage (V) of a constant-current run of a PyBaMM parameter set.

    Parameters
    ----------
    set_name, model
        Names of a PyBaMM parameter set and lithium-ion model (DFN, SPMe, SPM, MPM).
    rate
        Current over the set's nominal capacity, 1/h; positive on discharge.
    initial
        "set" for the set's own concentrations, else the state of charge.
    options, label
        PyBaMM model options, and the word that tells them apart in the file's name.
    folder
        Where the result is kept and looked for.
    """
    found = cached(Case(set_name, model, rate, initial, options or {}, label), folder)
    return found.t, found.V


def _runs(set_name: str, options: dict[str, Any], label: str) -> list[Case]:
    discharges = [Case(set_name, "DFN", rate, "set", options, label) for rate in (1.0, 2.0, 0.05)]
    return discharges + [Case(set_name, "DFN", -rate, 0.0, options, label) for rate in (1.0, 1 / 3)]


def _all_cases() -> list[Case]:
    plain, charged = _runs("Chen2020", {}, ""), _runs("Marquis2019", {}, "")
    listed = [*plain, *charged]
    listed += [Case(name, model) for name in ("Chen2020", "Marquis2019") for model in ("SPM", "SPMe")]
    listed += [Case("Chen2020_composite", "DFN", rate, "set", COMPOSITE) for rate in (1.0, 2.0, 0.05)]
    listed += _runs("Xu2019", HALF, "half")
    listed += [
        Case("Ecker2015"),
        Case("ORegan2022"),
        Case("Ecker2015", rate=2.0),
        Case("ORegan2022", rate=2.0),
    ]
    listed += [
        Case(name, "DFN", r, "set", LUMPED, "lumped")
        for name in ("Chen2020", "Ecker2015", "ORegan2022")
        for r in (1.0, 2.0)
    ]
    listed += [Case("Marquis2019", "MPM"), Case("Marquis2019", "DFN", 1.0, "set", SIZES, "sizes")]
    listed += [
        Case("Chen2020", "DFN", 1.0, "set", DOUBLE_LAYER, "dl"),
        Case("Marquis2019", "DFN", 1.0, "set", DOUBLE_LAYER, "dl"),
    ]
    listed += [*_runs("OKane2022", {}, "")]
    listed += [Case("Chen2020_composite", "DFN", -rate, 0.0, COMPOSITE) for rate in (1.0, 1 / 3)]
    listed += [Case(name, model, 2.0) for name in ("Chen2020", "Marquis2019") for model in ("SPM", "SPMe")]
    listed += [Case("Ecker2015", rate=0.05), Case("ORegan2022", rate=0.05)]
    listed += [Case(name, "DFN", -r, 0.0) for name in ("Ecker2015", "ORegan2022") for r in (1.0, 1 / 3)]
    listed += [
        Case("Marquis2019", "DFN", 2.0, "set", SIZES, "sizes"),
        Case("Chen2020", "DFN", 1.0, "set", SIZES, "sizes"),
    ]
    listed += [Case("Chen2020", "MPM"), Case("Marquis2019", "DFN", -1.0, 0.0, SIZES, "sizes")]
    listed += [Case("Chen2020", "DFN", -1.0, 0.0, LUMPED, "lumped")]
    listed += [Case(name) for name in ("Ai2020", "Mohtat2020", "NCA_Kim2011", "Prada2013", "Ramadass2004")]
    return listed


CASES: dict[str, Case] = {case.name: case for case in _all_cases()}


def main() -> None:
    """Make the references named, or all that are missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "names", nargs="*", choices=[*CASES, []], help="references to make; all when none is named"
    )
    parser.add_argument("--out", type=Path, default=DEFAULT_FOLDER)
    given = parser.parse_args()
    for name in given.names or CASES:
        started = time.perf_counter()
        try:
            found = cached(CASES[name], given.out)
        except Exception as problem:  # noqa: BLE001  a set that does not solve must not stop the others
            print(f"{name:36s} failed: {problem!r}"[:400], flush=True)
            continue
        print(
            f"{name:36s} {found.about['t_end_s']:10.3f} s {found.about['capacity_Ah']:.5f} Ah"
            f"  error {1e3 * found.error_estimate:.4f} mV"
            f" (first second {1e3 * found.error[found.t < 1.0].max():.3f} mV)"
            f"  {found.about['ended_by']}; {time.perf_counter() - started:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()

"""Write a Cell as a PyBaMM parameter set, and offer sets to PyBaMM through its entry point.

Tables become cubic interpolants, which PyBaMM differentiates and CasADi compiles. Functions of the entry
point group ``pybamm_parameter_sets`` return the dictionary of one set; ``pybamm.ParameterValues("name")``
then finds it as one of PyBaMM's own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode, Particle, Separator
from negatrode.core.errors import Refusal
from negatrode.exchange.plain import refuse_layers_and_ageing
from negatrode.exchange.pybamm_source import import_pybamm
from negatrode.material.active import REFERENCE_CONCENTRATION
from negatrode.material.electrolyte import Electrolyte, LithiumMetal
from negatrode.material.table import GAS_CONSTANT, REFERENCE_TEMPERATURE, Array, Table

LITHIUM_MOLAR_VOLUME = (
    1.3e-5  # m3 mol-1, as in PyBaMM's sets; the exchange current here does not depend on it
)
SERIES = 8  # terms in temperature, where a table has rows


def to_pybamm(cell: Cell) -> dict[str, Any]:
    """The parameters of a cell for PyBaMM's lithium-ion models.

    The model options that go with them are those of :func:`pybamm_options`. Effective electronic
    conductivities are written with a Bruggeman exponent of nought, transport efficiencies as the exponent
    that gives them. PyBaMM's barrier at the ends of the potential is taken off, since PyBaMM adds it.

    Raises
    ------
    Refusal
        More than two populations of particles in an electrode, film resistances, and reactive areas that are
        not those of the spheres: PyBaMM's standard models have no place for them.

    Examples
    --------
    >>> from negatrode.exchange.pybamm_cell import from_pybamm
    >>> parameters = to_pybamm(from_pybamm("Chen2020"))
    >>> parameters["Negative electrode thickness [m]"]
    8.52e-05
    """
    refuse_layers_and_ageing(cell, "a parameter set")
    parameters: dict[str, Any] = {
        "chemistry": "lithium_ion",
        "Nominal cell capacity [A.h]": cell.nominal_capacity,
        "Current function [A]": cell.nominal_capacity,
        "Lower voltage cut-off [V]": cell.voltage_limits[0],
        "Upper voltage cut-off [V]": cell.voltage_limits[1],
        "Open-circuit voltage at 0% SOC [V]": cell.voltage_limits[0],
        "Open-circuit voltage at 100% SOC [V]": cell.voltage_limits[1],
        "Reference temperature [K]": cell.reference_temperature,
        "Ambient temperature [K]": cell.ambient_temperature,
        "Initial temperature [K]": cell.initial_temperature,
        "Electrode height [m]": cell.area**0.5,
        "Electrode width [m]": cell.area**0.5,
        "Number of electrodes connected in parallel to make a cell": 1.0,
        "Number of cells connected in series to make a battery": 1.0,
        "Contact resistance [Ohm]": cell.contact_resistance / cell.area,
    }
    parameters |= _electrolyte(cell.electrolyte) | _layer("Separator", cell.separator)
    if isinstance(cell.negative, LithiumMetal):
        parameters |= _lithium(cell.negative)
    else:
        parameters |= _electrode("negative", cell.negative, cell)
    return parameters | _electrode("positive", cell.positive, cell) | _heat(cell)


def pybamm_options(cell: Cell) -> dict[str, Any]:
    """The PyBaMM model options that a cell needs: half cell, phases, hysteresis, double layer, heat.

    Examples
    --------
    >>> from negatrode.exchange.pybamm_cell import from_pybamm
    >>> pybamm_options(from_pybamm("Xu2019"))
    {'working electrode': 'positive'}
    """
    options: dict[str, Any] = {}
    electrodes = [e for e in (cell.negative, cell.positive) if isinstance(e, Electrode)]
    if cell.is_half_cell:
        options["working electrode"] = "positive"
    phases = tuple(str(len(e.particles)) for e in electrodes)
    if "2" in phases:
        options["particle phases"] = phases if len(phases) == 2 else phases[0]
    potentials = tuple(tuple(_potential_option(p) for p in e.particles) for e in electrodes)
    if any(option != "single" for per in potentials for option in per):
        flat = tuple(per[0] if len(per) == 1 else per for per in potentials)
        options["open-circuit potential"] = flat if len(flat) == 2 else flat[0]
    if any(e.double_layer_capacitance > 0 for e in electrodes):
        options["surface form"] = "differential"
    if cell.thermal is not None:
        options |= {"thermal": "lumped", "use lumped thermal capacity": "true"}
    if cell.contact_resistance > 0:
        options["contact resistance"] = "true"
    return options


def chen2020_tables() -> dict[str, Any]:
    """The cell of C.-H. Chen and others, J. Electrochem. Soc. 167 (2020) 080534, from the tables it is
    simulated with here: an example of a set offered through the entry point.
    """
    from negatrode.exchange.pybamm_cell import from_pybamm

    return to_pybamm(from_pybamm("Chen2020"))


def _potential_option(particle: Particle) -> str:
    hysteresis = particle.material.hysteresis
    if hysteresis is None:
        return "single"
    return "current sigmoid" if hysteresis.kind == "current-sigmoid" else "one-state hysteresis"


def _layer(name: str, layer: Electrode | Separator) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        f"{name} thickness [m]": layer.thickness,
        f"{name} porosity": layer.porosity,
    }
    # 1 ** b is one whatever b; a layer of electrolyte alone has an efficiency of one.
    exponent = 1.0
    if layer.porosity < 1:
        exponent = math.log(layer.transport_efficiency) / math.log(layer.porosity)
    elif layer.transport_efficiency < 1:
        raise Refusal(
            f"{name}: a transport efficiency of {layer.transport_efficiency:g} at porosity one",
            rule="PyBaMM writes it as a power of the porosity",
        )
    return parameters | {f"{name} Bruggeman coefficient (electrolyte)": exponent}


def _electrolyte(electrolyte: Electrolyte) -> dict[str, Any]:
    def over_root(table: Table) -> Callable[..., Any]:
        function = _function(table)
        return lambda c_e, T: function(import_pybamm().sqrt(c_e), T)

    return {
        "Initial concentration in electrolyte [mol.m-3]": electrolyte.initial_concentration,
        "Electrolyte conductivity [S.m-1]": over_root(electrolyte.conductivity),
        "Electrolyte diffusivity [m2.s-1]": over_root(electrolyte.diffusivity),
        "Cation transference number": over_root(electrolyte.transference),
        "Thermodynamic factor": over_root(electrolyte.thermodynamic_factor),
    }


def _lithium(lithium: LithiumMetal) -> dict[str, Any]:
    j0 = _function(lithium.exchange_current)
    return {
        # Without a thickness there is no ohmic drop: thin and conducting enough for a nanovolt.
        "Negative electrode thickness [m]": lithium.thickness or 1e-9,
        "Negative electrode conductivity [S.m-1]": lithium.conductivity,
        "Negative electrode OCP [V]": 0.0,
        "Negative electrode OCP entropic change [V.K-1]": 0.0,
        "Lithium metal partial molar volume [m3.mol-1]": LITHIUM_MOLAR_VOLUME,
        "Exchange-current density for lithium metal electrode [A.m-2]": (
            lambda c_e, _lithium, T: j0(import_pybamm().sqrt(c_e), T)
        ),
    }


def _electrode(domain: str, electrode: Electrode, cell: Cell) -> dict[str, Any]:
    Domain = domain.capitalize()
    count = len(electrode.particles)
    if count > 2:
        raise Refusal(
            f"{count} populations of particles in the {domain} electrode",
            where=cell.name,
            rule="PyBaMM's models have two phases at most",
        )
    parameters = _layer(f"{Domain} electrode", electrode) | {
        f"{Domain} electrode conductivity [S.m-1]": electrode.conductivity,
        f"{Domain} electrode Bruggeman coefficient (electrode)": 0.0,
        f"{Domain} electrode double-layer capacity [F.m-2]": electrode.double_layer_capacitance,
        f"{Domain} electrode charge transfer coefficient": 0.5,
    }
    for prefix, particle in zip(
        ("Primary: ", "Secondary: ") if count == 2 else ("",), electrode.particles, strict=True
    ):
        parameters |= _particle(prefix, domain, particle, cell)
    return parameters


def _particle(prefix: str, domain: str, particle: Particle, cell: Cell) -> dict[str, Any]:
    _refuse_particle(particle, cell)
    Domain, material = domain.capitalize(), particle.material
    electrode, spheres = f"{prefix}{Domain} electrode", f"{prefix}{Domain} particle"
    c_max = material.maximum_concentration
    entropy = _function(material.entropy)
    parameters = {
        f"{prefix}Maximum concentration in {domain} electrode [mol.m-3]": c_max,
        f"{prefix}Initial concentration in {domain} electrode [mol.m-3]": c_max * particle.stoichiometry,
        f"{electrode} active material volume fraction": particle.volume_fraction,
        f"{spheres} radius [m]": particle.radius,
        f"{spheres} diffusivity [m2.s-1]": _function(material.diffusivity),
        f"{electrode} OCP [V]": _potential(material.potential),
        f"{electrode} OCP entropic change [V.K-1]": lambda sto: entropy(sto, cell.reference_temperature),
        f"{electrode} exchange-current density [A.m-2]": _exchange_current(particle),
    }
    if material.hysteresis is not None:
        for branch in ("lithiation", "delithiation"):
            table: Table = getattr(material.hysteresis, branch)
            parameters[f"{electrode} {branch} OCP [V]"] = _potential(table)
            if material.hysteresis.kind == "one-state":
                parameters[f"{spheres} {branch} hysteresis decay rate"] = material.hysteresis.decay
        parameters[f"{prefix}Initial hysteresis state in {domain} electrode"] = material.hysteresis.initial
    return parameters


def _refuse_particle(particle: Particle, cell: Cell) -> None:
    if particle.film_resistance > 0:
        raise Refusal(
            f"{particle.material.name}: a film resistance of {particle.film_resistance:g} ohm m2",
            where=cell.name,
            rule="PyBaMM's films belong to its SEI models",
        )
    spheres = 3 * particle.volume_fraction / particle.radius
    if not math.isclose(particle.area, spheres, rel_tol=1e-9):
        raise Refusal(
            f"{particle.material.name}: an area of {particle.area:g} per m, of its spheres {spheres:g}",
            where=cell.name,
            rule="PyBaMM's particles are spheres",
        )


def _heat(cell: Cell) -> dict[str, Any]:
    if cell.thermal is None:
        return {}
    conductor = 1e12  # S m-1: no heat in current collectors, which a cell here does not have
    return {
        "Cell volume [m3]": 1.0,
        "Cell heat capacity [J.K-1.m-3]": cell.thermal.heat_capacity,
        "Cell cooling surface area [m2]": 1.0,
        "Total heat transfer coefficient [W.m-2.K-1]": cell.thermal.cooling,
        "Negative current collector thickness [m]": 1e-9,
        "Positive current collector thickness [m]": 1e-9,
        "Negative current collector conductivity [S.m-1]": conductor,
        "Positive current collector conductivity [S.m-1]": conductor,
    }


def _function(table: Table) -> Callable[..., Any]:
    """A table as a function of PyBaMM symbols (coordinate, temperature)."""
    if len(table.temperatures) > 1:
        return _with_rows(table)
    energy, reference = table.activation_energy, table.reference_temperature
    table = _refined(table)

    def function(x: Any, T: Any) -> Any:
        pybamm = import_pybamm()
        value = _spline(table, x)
        if energy:
            value = value * pybamm.exp(energy / GAS_CONSTANT * (1 / reference - 1 / T))
        return value

    return function


def _refined(table: Table) -> Table:
    """The same cubics on a grid four times as fine, where a spline through the values follows them."""
    if not 1 < table.intervals <= 1024:
        return table
    x = np.linspace(table.low, table.high, 4 * table.intervals + 1)
    return replace(table, values=table(x)[None, :], slopes=table.slope(x)[None, :])


def _with_rows(table: Table) -> Callable[..., Any]:
    """A power series in temperature about the middle row, or its exponential, of splines in the coordinate.

    (Two-dimensional interpolants come out wrong where PyBaMM hands them to CasADi.)
    """
    middle = int(np.argmin(np.abs(table.temperatures - REFERENCE_TEMPERATURE)))
    base, reference = table.values[middle], float(table.temperatures[middle])
    u = (table.temperatures - reference) / 50.0
    basis = u[:, None] ** np.arange(1, min(SERIES, len(u) - 1) + 1)
    terms, exponential = _series(basis, table.values, base)

    def function(x: Any, T: Any) -> Any:
        at = (T - reference) / 50.0
        series = sum(_spline(table, x, term) * at**k for k, term in enumerate(terms, start=1))
        first = _spline(table, x, base)
        return first * import_pybamm().exp(series) if exponential else first + series

    return function


def _series(basis: Array, rows: Array, base: Array) -> tuple[Array, bool]:
    """Coefficients of ``rows - base`` or, where that follows the rows better, of ``log(rows / base)``."""
    plain = np.asarray(np.linalg.lstsq(basis, rows - base, rcond=None)[0], dtype=np.float64)
    if np.any(rows <= 0):
        return plain, False
    logs = np.log(rows / base)
    logarithmic = np.asarray(np.linalg.lstsq(basis, logs, rcond=None)[0], dtype=np.float64)
    # The half of the coordinate that cells use most decides; fits run wild beyond it.
    half = slice(rows.shape[1] // 10, rows.shape[1] * 3 // 4)
    errors = [
        np.max(np.abs(fit / rows - 1)[:, half])
        for fit in (base + basis @ plain, base * np.exp(basis @ logarithmic))
    ]
    return (logarithmic, True) if errors[1] < errors[0] else (plain, False)


def _spline(table: Table, x: Any, values: Array | None = None) -> Any:
    pybamm = import_pybamm()
    rows = table.values[0] if values is None else values
    if np.all(rows == rows[0]) and np.all(table.slopes == 0) and values is None:
        return pybamm.Scalar(float(rows[0]))
    points = np.linspace(table.low, table.high, len(rows))
    return pybamm.Interpolant(points, rows, x, interpolator="cubic", name=_casadi_name(table))


def _casadi_name(table: Table) -> str:
    """CasADi takes letters and digits with single underscores between them."""
    return "table_" + re.sub("[^A-Za-z0-9]+", "_", table.name).strip("_")


def _potential(table: Table) -> Callable[..., Any]:
    def function(sto: Any) -> Any:
        from pybamm.parameters.lithium_ion_parameters import U_asymptotes

        points = np.linspace(table.low, table.high, table.intervals + 1)
        barrier = np.ravel(U_asymptotes(import_pybamm().Array(points)).evaluate())
        if table.intervals < 4096:  # too coarse to hold the barrier: take it off as a function
            return _spline(table, sto) - U_asymptotes(sto)
        return _spline(table, sto, table.values[0] - barrier)

    return function


def _exchange_current(particle: Particle) -> Callable[..., Any]:
    """``j0(c_e, c_s_surf, c_s_max, T)``; the root of x (1 - x) is in the interpolant."""
    material = particle.material
    host, factor = material.exchange_current, _function(material.electrolyte_factor)
    n = max(host.intervals, 4096)
    x = np.linspace(0, 1, n + 1)
    root = np.sqrt(x * (1 - x))
    if len(host.temperatures) == 1:
        values = host(x) * root
        whole = Table(
            0.0,
            1.0,
            values[None, :],
            np.ones((1, n + 1)),
            temperatures=host.temperatures,
            activation_energy=host.activation_energy,
            name=host.name,
        )
    else:
        rows = np.array([host(x, float(T)) for T in host.temperatures]) * root
        whole = Table(0.0, 1.0, rows, np.ones_like(rows), temperatures=host.temperatures, name=host.name)
    function = _function(whole)

    def exchange_current(c_e: Any, c_s_surf: Any, c_s_max: Any, T: Any) -> Any:
        pybamm = import_pybamm()
        salt = pybamm.sqrt(c_e)
        return function(c_s_surf / c_s_max, T) * salt * factor(salt, T) / REFERENCE_CONCENTRATION**0.5

    return exchange_current

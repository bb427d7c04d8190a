"""Read a PyBaMM lithium-ion parameter set into a Cell.

PyBaMM: V. Sulzer and others, J. Open Res. Softw. 9 (2021) 14, doi:10.5334/jors.309. What is read is what its
Doyle-Fuller-Newman model solves; see :mod:`negatrode.exchange.pybamm_source`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from negatrode.cell.cell import Cell, Thermal
from negatrode.cell.electrode import Electrode, Particle, Separator
from negatrode.core.errors import Refusal
from negatrode.exchange.pybamm_source import KNOWN_POTENTIALS, Source, import_pybamm, open_source
from negatrode.exchange.pybamm_tables import (
    INSIDE,
    PROBED_TEMPERATURES,
    coefficient_table,
    exchange_current_tables,
    potential_table,
)
from negatrode.exchange.pybamm_windows import stoichiometry_windows
from negatrode.material.active import ActiveMaterial, Hysteresis
from negatrode.material.electrolyte import Electrolyte, LithiumMetal
from negatrode.material.table import Array, Table

HIGHEST_CONCENTRATION = 5000.0  # mol m-3: electrolyte tables reach at least this far


def from_pybamm(
    name_or_values: Any,
    *,
    half_cell: bool | None = None,
    options: Mapping[str, Any] | None = None,
    thermal: bool = False,
) -> Cell:
    """Sample a PyBaMM lithium-ion parameter set into a cell.

    Tables hold the functions as PyBaMM's DFN uses them: the potential with its barrier at the ends, exchange
    currents with regularised roots. The start is that of the set (its initial concentrations); one cell is
    read, whatever the number of cells in series. Electronic conductivities, double-layer capacities and heat
    capacities are taken at the initial temperature of the set.

    Parameters
    ----------
    name_or_values:
        A name in ``pybamm.parameter_sets``, a ``pybamm.ParameterValues``, or a mapping of parameters.
    half_cell:
        Whether the counter-electrode is lithium metal; by default where the set has no negative host.
    options:
        PyBaMM model options. By default two phases and hysteresis are used where the set holds them
        (``"one-state hysteresis"`` where it also holds a decay rate). ``{"surface form": "differential"}``
        adds the double layer, ``{"contact resistance": "true"}`` the contact resistance.
    thermal:
        Whether the cell has a lumped heat balance.

    Raises
    ------
    InputError
        A name or an option that PyBaMM does not know, or a parameter that cannot be evaluated.
    MissingInput
        A parameter that is needed and not in the set.
    Refusal
        A set of another chemistry, an MSMR set, a parameter that varies over the cell, an exchange current
        that is not a product of functions of c_e and of stoichiometry, or physics that cells here lack.

    Examples
    --------
    >>> cell = from_pybamm("Chen2020")
    >>> round(cell.area, 4), cell.voltage_limits
    (0.1027, (2.5, 4.2))
    """
    source = open_source(name_or_values, half_cell=half_cell, options=options, thermal=thermal)
    p = source.parameters
    electrolyte = _electrolyte(source)
    windows = stoichiometry_windows(source)
    area = source.number(p.A_cc, "Electrode width [m]")
    initial = source.number(p.T_init, "Initial temperature [K]")
    return Cell(
        name=source.name,
        negative=(
            _lithium(source, electrolyte)
            if source.half_cell
            else _electrode(source, "negative", electrolyte, windows)
        ),
        separator=Separator(
            thickness=source.number(p.s.L, "Separator thickness [m]"),
            porosity=source.number(p.s.epsilon_init, "Separator porosity"),
            transport_efficiency=_transport_efficiency(source, "separator"),
        ),
        positive=_electrode(source, "positive", electrolyte, windows),
        electrolyte=electrolyte,
        area=area,
        nominal_capacity=source.number(p.Q, "Nominal cell capacity [A.h]"),
        voltage_limits=(
            source.number(p.voltage_low_cut, "Lower voltage cut-off [V]"),
            source.number(p.voltage_high_cut, "Upper voltage cut-off [V]"),
        ),
        ambient_temperature=_ambient(source),
        initial_temperature=initial,
        reference_temperature=source.reference_temperature,
        thermal=_thermal(source, initial) if source.options["thermal"] == "lumped" else None,
        contact_resistance=_contact_resistance(source, initial) * area,
    )


def _ambient(source: Source) -> float:
    pybamm = import_pybamm()
    nowhere = pybamm.Scalar(0)
    return source.number(source.parameters.T_amb(nowhere, nowhere, pybamm.t), "Ambient temperature [K]")


def _contact_resistance(source: Source, temperature: float) -> float:
    if source.options["contact resistance"] != "true":
        return 0.0
    symbol = source.parameters.R_contact(import_pybamm().Scalar(temperature))
    return source.number(symbol, "Contact resistance [Ohm]")


def _thermal(source: Source, temperature: float) -> Thermal:
    """``rho c_p V`` and ``h A`` as in PyBaMM's lumped model: current collectors are part of the cell."""
    p = source.parameters
    if source.options["use lumped thermal capacity"] == "true":
        density = source.number(p.cell_heat_capacity, "Cell heat capacity [J.K-1.m-3]")
    else:
        at = import_pybamm().Scalar(temperature)
        density = source.number(p.rho_c_p_eff(at), "Specific heat capacity [J.kg-1.K-1]")
    return Thermal(
        heat_capacity=density * source.number(p.V_cell, "Cell volume [m3]"),
        cooling=source.number(p.h_total, "Total heat transfer coefficient [W.m-2.K-1]")
        * source.number(p.A_cooling, "Cell cooling surface area [m2]"),
    )


def _electrolyte(source: Source) -> Electrolyte:
    p = source.parameters
    initial = source.number(p.c_e_init, "Initial concentration in electrolyte [mol.m-3]")
    high = max(4 * initial, HIGHEST_CONCENTRATION) ** 0.5

    def table(function: Any, name: str) -> Table:
        evaluated = source.function(function, name)
        return coefficient_table(
            lambda root, T: evaluated(root**2, T),
            (0.0, high),
            (5.0, high),
            source.reference_temperature,
            name,
        )

    return Electrolyte(
        name=f"{source.name} electrolyte",
        initial_concentration=initial,
        conductivity=table(p.kappa_e, "Electrolyte conductivity [S.m-1]"),
        diffusivity=table(p.D_e, "Electrolyte diffusivity [m2.s-1]"),
        transference=table(p.t_plus, "Cation transference number"),
        thermodynamic_factor=table(p.thermodynamic_factor, "Thermodynamic factor"),
    )


def _highest_root(electrolyte: Electrolyte) -> float:
    return float(max(4 * electrolyte.initial_concentration, HIGHEST_CONCENTRATION) ** 0.5)


def _lithium(source: Source, electrolyte: Electrolyte) -> LithiumMetal:
    p, name = source.parameters, "Exchange-current density for lithium metal electrode [A.m-2]"
    j0 = source.function(lambda c_e, T: p.j0_Li_metal(c_e, 1 / p.V_bar_Li, T), name)
    high = _highest_root(electrolyte)
    table = coefficient_table(
        lambda root, T: j0(np.maximum(root, 1e-3) ** 2, T),
        (0.0, high),
        (5.0, high),
        source.reference_temperature,
        name,
    )
    temperature = import_pybamm().Scalar(source.number(p.T_init, "Initial temperature [K]"))
    return LithiumMetal(
        exchange_current=table,
        conductivity=source.number(p.n.sigma(None, temperature), "Negative electrode conductivity [S.m-1]"),
        thickness=source.number(p.n.L, "Negative electrode thickness [m]"),
    )


def _transport_efficiency(source: Source, layer: str, component: str = "electrolyte") -> float:
    p = getattr(source.parameters, layer[0])
    label = "Separator" if layer == "separator" else f"{layer.capitalize()} electrode"
    volume = source.number(p.epsilon_init, f"{label} porosity")
    if component == "electrode":
        volume = 1 - volume  # PyBaMM's solid phase is all that is not electrolyte
    exponent, factor = (p.b_e, p.tau_e) if component == "electrolyte" else (p.b_s, p.tau_s)
    kind = source.options["transport efficiency"]
    if kind == "Bruggeman":
        return float(volume ** source.number(exponent, f"{label} Bruggeman coefficient ({component})"))
    if kind == "tortuosity factor":
        return volume / source.number(factor, f"{label} tortuosity factor ({component})")
    raise Refusal(
        f"the transport efficiency {kind!r}", where=source.name, rule='"Bruggeman" or "tortuosity factor"'
    )


def _electrode(
    source: Source,
    domain: str,
    electrolyte: Electrolyte,
    windows: Mapping[tuple[str, str], tuple[float, float]],
) -> Electrode:
    p = getattr(source.parameters, domain[0])
    Domain = domain.capitalize()
    return Electrode(
        thickness=source.number(p.L, f"{Domain} electrode thickness [m]"),
        porosity=source.number(p.epsilon_init, f"{Domain} electrode porosity"),
        transport_efficiency=_transport_efficiency(source, domain),
        conductivity=_conductivity(source, domain) * _transport_efficiency(source, domain, "electrode"),
        particles=tuple(
            _particle(source, domain, phase, electrolyte, windows.get((domain, phase)))
            for phase in source.phases(domain)
        ),
        double_layer_capacitance=_double_layer(source, domain),
    )


def _conductivity(source: Source, domain: str) -> float:
    """Electronic, at the initial temperature; refused where it depends on stoichiometry."""
    name = f"{domain.capitalize()} electrode conductivity [S.m-1]"
    sigma = source.function(getattr(source.parameters, domain[0]).sigma, name)
    initial = source.number(source.parameters.T_init, "Initial temperature [K]")
    values = sigma(np.linspace(*INSIDE, 33), initial)
    if np.ptp(values) > 1e-9 * abs(float(values[0])):
        raise Refusal(
            f"{name} goes from {values.min():g} to {values.max():g} with stoichiometry",
            where=source.name,
            rule="an electrode here has one electronic conductivity",
            remedy="give the value around which the electrode is used",
        )
    return float(values[0])


def _double_layer(source: Source, domain: str) -> float:
    if source.options["surface form"] != "differential":
        return 0.0
    pybamm, p = import_pybamm(), source.parameters
    temperature = pybamm.Scalar(source.number(p.T_init, "Initial temperature [K]"))
    name = f"{domain.capitalize()} electrode double-layer capacity [F.m-2]"
    return source.number(getattr(p, domain[0]).C_dl(temperature), name)


def _particle(
    source: Source, domain: str, phase: str, electrolyte: Electrolyte, window: tuple[float, float] | None
) -> Particle:
    p = _phase(source, domain, phase)
    prefix = _prefix(source, domain, phase)
    c_max = source.number(p.c_max, f"{prefix}Maximum concentration in {domain} electrode [mol.m-3]")
    initial = source.number(p.c_init, f"{prefix}Initial concentration in {domain} electrode [mol.m-3]")
    return Particle(
        material=_material(source, domain, phase, c_max, electrolyte),
        radius=source.number(p.R, f"{prefix}{domain.capitalize()} particle radius [m]"),
        volume_fraction=source.number(
            p.epsilon_s, f"{prefix}{domain.capitalize()} electrode active material volume fraction"
        ),
        stoichiometry=initial / c_max,
        window=window,
    )


def _material(
    source: Source, domain: str, phase: str, c_max: float, electrolyte: Electrolyte
) -> ActiveMaterial:
    p, reference = _phase(source, domain, phase), source.reference_temperature
    prefix, Domain = _prefix(source, domain, phase), domain.capitalize()
    label = f"{source.name} {domain}" + (f" {phase}" if prefix else "")
    diffusivity = f"{prefix}{Domain} particle diffusivity [m2.s-1]"
    entropic = f"{prefix}{Domain} electrode OCP entropic change [V.K-1]"
    exchange = f"{prefix}{Domain} electrode exchange-current density [A.m-2]"
    host, factor = exchange_current_tables(
        source,
        source.function(lambda c_e, x, T: p.j0(c_e, x * p.c_max, T), exchange),
        electrolyte.initial_concentration,
        _highest_root(electrolyte),
        label,
    )
    entropy = source.function(lambda x, _T: p.dUdT(x), entropic)
    hysteresis = _hysteresis(source, domain, phase)
    return ActiveMaterial(
        name=label,
        maximum_concentration=c_max,
        potential=_mean(hysteresis) if hysteresis else _potential(source, domain, phase, ""),
        diffusivity=coefficient_table(
            source.function(lambda x, T: p.D(x * p.c_max, T), diffusivity),
            (0.0, 1.0),
            INSIDE,
            reference,
            diffusivity,
        ),
        exchange_current=host,
        electrolyte_factor=factor,
        entropy=coefficient_table(entropy, (0.0, 1.0), INSIDE, reference, entropic, finest=2048),
        hysteresis=hysteresis,
    )


def _potential(source: Source, domain: str, phase: str, branch: str) -> Table:
    p = _phase(source, domain, phase)
    kind = f"{branch} OCP" if branch else "OCP"
    name = f"{_prefix(source, domain, phase)}{domain.capitalize()} electrode {kind} [V]"
    evaluated = source.function(lambda x, T: p.U(x, T, branch or None), name)
    return potential_table(evaluated, source.reference_temperature, name)


def _hysteresis(source: Source, domain: str, phase: str) -> Hysteresis | None:
    options = getattr(source.options, domain)
    kind = getattr(options, phase)["open-circuit potential"]
    if kind == "single":
        return None
    if kind not in KNOWN_POTENTIALS:
        raise Refusal(
            f"the open-circuit potential {kind!r} of the {domain} electrode",
            where=source.name,
            rule="one of " + ", ".join(KNOWN_POTENTIALS),
        )
    lithiation = _potential(source, domain, phase, "lithiation")
    delithiation = _potential(source, domain, phase, "delithiation")
    if lithiation.intervals != delithiation.intervals:
        lithiation, delithiation = _on_one_grid(lithiation, delithiation)
    if kind == "current sigmoid":
        return Hysteresis("current-sigmoid", lithiation, delithiation)
    p, prefix = _phase(source, domain, phase), _prefix(source, domain, phase)
    initial = source.number(p.h_init, f"{prefix}Initial hysteresis state in {domain} electrode")
    return Hysteresis(
        "one-state", lithiation, delithiation, decay=_decay(source, domain, phase), initial=initial
    )


def _decay(source: Source, domain: str, phase: str) -> float:
    p, prefix = _phase(source, domain, phase), _prefix(source, domain, phase)
    found: list[Array] = []
    for branch in ("lithiation", "delithiation"):
        name = f"{prefix}{domain.capitalize()} particle {branch} hysteresis decay rate"
        gamma = source.function(lambda x, T, b=branch: p.hysteresis_decay(x, T, b), name)
        found.extend(gamma(np.linspace(*INSIDE, 33), T) for T in PROBED_TEMPERATURES)
    values = np.concatenate(found)
    if np.ptp(values) > 1e-9 * abs(float(values[0])):
        raise Refusal(
            f"a hysteresis decay rate of {values.min():g} to {values.max():g} in the {domain} electrode",
            where=source.name,
            rule="a host here has one decay rate, on both branches, at every stoichiometry and temperature",
            remedy="give one number for lithiation and delithiation",
        )
    return float(values[0])


def _mean(hysteresis: Hysteresis) -> Table:
    a, b = hysteresis.lithiation, hysteresis.delithiation
    return replace(
        a, values=(a.values + b.values) / 2, slopes=(a.slopes + b.slopes) / 2, name="mean potential"
    )


def _on_one_grid(a: Table, b: Table) -> tuple[Table, Table]:
    """The coarser of two tables over the same range on the grid of the finer: the same cubics, refined."""
    coarse, fine = (a, b) if a.intervals < b.intervals else (b, a)
    x = np.linspace(fine.low, fine.high, fine.intervals + 1)
    refined = replace(coarse, values=coarse(x)[None, :], slopes=coarse.slope(x)[None, :])
    return (refined, b) if coarse is a else (a, refined)


def _phase(source: Source, domain: str, phase: str) -> Any:
    return getattr(source.parameters, domain[0]).phase_params[phase]


def _prefix(source: Source, domain: str, phase: str) -> str:
    return f"{phase.capitalize()}: " if len(source.phases(domain)) > 1 else ""

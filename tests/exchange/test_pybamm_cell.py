"""PyBaMM parameter sets as cells, held against PyBaMM's own evaluation of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from negatrode.cell.electrode import Electrode, Particle
from negatrode.core.errors import InputError, MissingInput, Refusal
from negatrode.exchange.pybamm_cell import from_pybamm
from negatrode.material.electrolyte import LithiumMetal
from negatrode.material.table import FARADAY
from tests.exchange.pybamm_sets_read import FULL, HALF, import_pybamm, model_options, read

TEMPERATURES = (281.3, 298.15, 312.9)


def _values(name: str) -> Any:
    return import_pybamm().ParameterValues(name)


def _parameters(name: str) -> Any:
    return import_pybamm().LithiumIonParameters(model_options(name))


def _evaluate(values: Any, build: Callable[..., Any], *coordinates: Any) -> Any:
    """PyBaMM's value, point by point on columns that stand for discretised states."""
    pybamm = import_pybamm()
    size = len(coordinates[0])
    vectors = [pybamm.StateVector(slice(k * size, (k + 1) * size)) for k in range(len(coordinates))]
    found = values.process_symbol(build(*vectors)).evaluate(y=np.concatenate(coordinates)[:, None])
    return np.broadcast_to(np.ravel(found), (size,))


def _hosts(name: str) -> list[tuple[Particle, Any]]:
    cell, parameters = read(name), _parameters(name)
    hosts = []
    for electrode, domain in ((cell.negative, parameters.n), (cell.positive, parameters.p)):
        if isinstance(electrode, Electrode):
            phases = [domain.prim, domain.sec][: len(electrode.particles)]
            hosts.extend(zip(electrode.particles, phases, strict=True))
    return hosts


@pytest.mark.parametrize("name", FULL + HALF)
@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_tables_of_the_hosts_are_pybamms_functions(name: str, temperature: float) -> None:
    """U within 1e-5 V, D and j0 within one part in 10 000, at random states and three temperatures."""
    values, cell = _values(name), read(name)
    rng = np.random.default_rng(7)
    x, c_e = rng.uniform(0.004, 0.996, 400), rng.uniform(100.0, 3000.0, 400)
    T = np.full_like(x, temperature)
    for particle, p in _hosts(name):
        host = particle.material
        assert host.maximum_concentration == pytest.approx(values.evaluate(p.c_max), rel=1e-12)
        assert particle.radius == pytest.approx(values.evaluate(p.R_typ), rel=1e-12)
        shift = (temperature - cell.reference_temperature) * host.entropy(x)
        if host.hysteresis is None:
            exact = _evaluate(values, p.U, x, T)
            usual = (exact > -1) & (exact < 5.5)  # the rational fit of Ramadass2004 has a pole
            found = host.potential(x) + shift
            np.testing.assert_allclose(found[usual], exact[usual], rtol=0, atol=1e-5)
        else:
            for branch in ("lithiation", "delithiation"):
                exact = _evaluate(values, lambda x, T, b=branch, p=p: p.U(x, T, b), x, T)
                table = getattr(host.hysteresis, branch)
                np.testing.assert_allclose(table(x) + shift, exact, rtol=0, atol=1e-5)
        exact = _evaluate(values, lambda x, T, p=p: p.D(x * p.c_max, T), x, T)
        np.testing.assert_allclose(host.diffusivity(x, temperature), exact, rtol=1e-4)
        exact = _evaluate(values, lambda c, x, T, p=p: p.j0(c, x * p.c_max, T), c_e, x, T)
        root = np.sqrt(c_e)
        j0 = host.exchange_current(x, temperature) * np.sqrt(x * (1 - x)) * root / 1000**0.5
        np.testing.assert_allclose(j0 * host.electrolyte_factor(root), exact, rtol=1e-4)


@pytest.mark.parametrize("name", FULL + HALF)
@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_tables_of_the_electrolyte_are_pybamms_functions(name: str, temperature: float) -> None:
    """Conductivity, diffusivity, transference and thermodynamic factor within one part in 10 000."""
    values, parameters, electrolyte = _values(name), _parameters(name), read(name).electrolyte
    c_e = np.random.default_rng(11).uniform(30.0, 3500.0, 400)
    T = np.full_like(c_e, temperature)
    for table, function in (
        (electrolyte.conductivity, parameters.kappa_e),
        (electrolyte.diffusivity, parameters.D_e),
        (electrolyte.transference, parameters.t_plus),
        (electrolyte.thermodynamic_factor, parameters.thermodynamic_factor),
    ):
        exact = _evaluate(values, function, c_e, T)
        found = table(np.sqrt(c_e), temperature)
        np.testing.assert_allclose(found, exact, rtol=1e-4, atol=1e-5 * np.max(np.abs(exact)))


@pytest.mark.parametrize("name", HALF)
def test_lithium_has_pybamms_exchange_current(name: str) -> None:
    """Over concentration and temperature, within one part in 10 000."""
    values, parameters, lithium = _values(name), _parameters(name), read(name).negative
    assert isinstance(lithium, LithiumMetal)
    c_e = np.random.default_rng(3).uniform(30.0, 3500.0, 200)
    exact = _evaluate(
        values,
        lambda c, T: parameters.j0_Li_metal(c, 1 / parameters.V_bar_Li, T),
        c_e,
        np.full_like(c_e, 305.0),
    )
    np.testing.assert_allclose(lithium.exchange_current(np.sqrt(c_e), 305.0), exact, rtol=1e-4)
    assert lithium.thickness == values["Negative electrode thickness [m]"]


@pytest.mark.parametrize("name", FULL + HALF)
def test_areas_capacities_and_lithium_are_pybamms(name: str) -> None:
    """Electrode area, capacity of each phase and lithium at the start equal PyBaMM's own parameters."""
    values, parameters, cell = _values(name), _parameters(name), read(name)
    assert cell.area == pytest.approx(values.evaluate(parameters.A_cc), rel=1e-12)
    for particle, p in _hosts(name):
        electrode = cell.positive if p.domain == "positive" else cell.negative
        assert isinstance(electrode, Electrode)
        capacity = particle.volume_fraction * particle.material.maximum_concentration * FARADAY / 3600
        volume = electrode.thickness * cell.area
        assert capacity * volume == pytest.approx(values.evaluate(p.Q_init), rel=1e-9)
        assert particle.area == pytest.approx(values.evaluate(p.a_typ), rel=1e-12)
    for electrode, p in ((cell.negative, parameters.n), (cell.positive, parameters.p)):
        if isinstance(electrode, Electrode):
            assert cell.lithium(electrode) == pytest.approx(values.evaluate(p.Q_Li_init), rel=1e-9)


@pytest.mark.parametrize("name", FULL + HALF)
def test_windows_hold_the_cut_off_voltages(name: str) -> None:
    """The open-circuit voltage at the ends of the windows is that of 0 % and 100 % state of charge."""
    cell = read(name)
    if name in ("Bonkile2024", "Chen2020_composite"):  # the branch of silicon depends on the direction
        assert isinstance(cell.negative, Electrode)
        for particle in (*cell.negative.particles, *cell.positive.particles):
            assert particle.window is not None
        low, high = cell.negative.particles[0].window or (1.0, 0.0)
        assert low < high
        return
    values, parameters = _values(name), _parameters(name)
    for end, symbol in ((0, parameters.ocp_soc_0), (1, parameters.ocp_soc_100)):
        voltage = 0.0
        for particle, p in _hosts(name):
            assert particle.window is not None
            potential = float(particle.material.potential(particle.window[end]))
            voltage += potential if p.domain == "positive" else -potential
        assert voltage == pytest.approx(values.evaluate(symbol), abs=2e-3)


def test_heat_capacity_includes_current_collectors() -> None:
    """``rho c_p V`` and ``h A`` of the lumped model of PyBaMM."""
    cell, values, parameters = (
        from_pybamm("Chen2020", thermal=True),
        _values("Chen2020"),
        _parameters("Chen2020"),
    )
    assert cell.thermal is not None
    capacity = values.evaluate(parameters.rho_c_p_eff(298.15) * parameters.V_cell)
    assert cell.thermal.heat_capacity == pytest.approx(capacity, rel=1e-12)
    assert cell.thermal.cooling == pytest.approx(10.0 * 0.00531, rel=1e-12)
    assert read("Chen2020").thermal is None


def test_double_layer_and_contact_resistance_follow_the_options() -> None:
    """They are read where PyBaMM's options ask for them, and absent as in PyBaMM by default."""
    values = _values("Chen2020")
    values.update({"Contact resistance [Ohm]": 0.003})
    plain = from_pybamm(values)
    asked = from_pybamm(values, options={"contact resistance": "true", "surface form": "differential"})
    assert (plain.contact_resistance, plain.positive.double_layer_capacitance) == (0.0, 0.0)
    assert asked.contact_resistance == pytest.approx(0.003 * asked.area)
    assert asked.positive.double_layer_capacitance == 0.2


def test_tortuosity_factors_are_read() -> None:
    """``porosity / tau`` for the electrolyte and ``(1 - porosity) / tau`` for the solid."""
    values = _values("Chen2020")
    for layer in ("Negative electrode", "Positive electrode", "Separator"):
        values.update({f"{layer} tortuosity factor (electrolyte)": 2.5}, check_already_exists=False)
        values.update({f"{layer} tortuosity factor (electrode)": 4.0}, check_already_exists=False)
    cell = from_pybamm(values, options={"transport efficiency": "tortuosity factor"})
    assert cell.separator.transport_efficiency == pytest.approx(0.47 / 2.5)
    assert cell.positive.conductivity == pytest.approx(0.18 * (1 - 0.335) / 4.0)


def test_the_double_layer_of_two_phases_is_read() -> None:
    """The surface form of PyBaMM is algebraic for two phases; it may still be asked for."""
    cell = from_pybamm("Chen2020_composite", options={"surface form": "differential"})
    assert cell.positive.double_layer_capacitance > 0


def test_two_phases_are_two_populations() -> None:
    """The composite set has graphite and silicon in the negative electrode, the second with hysteresis."""
    cell = read("Chen2020_composite")
    assert isinstance(cell.negative, Electrode)
    graphite, silicon = cell.negative.particles
    assert graphite.material.hysteresis is None
    assert silicon.material.hysteresis is not None
    assert silicon.material.hysteresis.kind == "current-sigmoid"


def test_a_decay_rate_makes_it_one_state_hysteresis() -> None:
    """Axen's model is chosen where the set holds its decay rates, with the state at the start."""
    values = _values("Chen2020_composite")
    values.update(
        {
            "Secondary: Negative particle lithiation hysteresis decay rate": 12.0,
            "Secondary: Negative particle delithiation hysteresis decay rate": 12.0,
            "Secondary: Initial hysteresis state in negative electrode": -0.5,
        },
        check_already_exists=False,
    )
    cell = from_pybamm(values)
    assert isinstance(cell.negative, Electrode)
    hysteresis = cell.negative.particles[1].material.hysteresis
    assert hysteresis is not None
    assert (hysteresis.kind, hysteresis.decay, hysteresis.initial) == ("one-state", 12.0, -0.5)
    values.update({"Secondary: Negative particle lithiation hysteresis decay rate": lambda sto, T: 12 + sto})
    with pytest.raises(Refusal):
        from_pybamm(values)


def test_a_users_functions_are_sampled() -> None:
    """A Python function of the user stands where a number stood."""
    values = _values("Chen2020")
    values.update(
        {"Negative particle diffusivity [m2.s-1]": lambda sto, T: 3e-14 * (1.2 - sto) * (T / 298.15)}
    )
    cell = from_pybamm(values)
    assert isinstance(cell.negative, Electrode)
    table = cell.negative.particles[0].material.diffusivity
    assert float(table(0.4, 310.0)) == pytest.approx(3e-14 * 0.8 * 310 / 298.15, rel=1e-5)


def test_measured_points_as_an_interpolant_are_sampled() -> None:
    """PyBaMM's interpolants, in one coordinate and in two, are followed."""
    pybamm = import_pybamm()
    x = np.linspace(0, 1, 41)
    values = _values("Chen2020")
    roots = np.linspace(0, 6000, 61)
    warm = np.array([240.0, 280.0, 320.0, 360.0])
    grid = (0.5 + 2e-4 * roots)[:, None] * (1 + 0.01 * (warm - 298.15))

    def conductivity(c_e: Any, T: Any) -> Any:
        return pybamm.Interpolant((roots, warm), grid, [c_e, T], interpolator="linear")

    values.update(
        {
            "Negative electrode OCP [V]": lambda sto: pybamm.Interpolant(x, 1 - 0.8 * x, sto),
            "Electrolyte conductivity [S.m-1]": conductivity,
        }
    )
    cell = from_pybamm(values)
    assert isinstance(cell.negative, Electrode)
    assert float(cell.negative.particles[0].material.potential(0.313)) == pytest.approx(
        1 - 0.8 * 0.313, abs=1e-6
    )
    found = float(cell.electrolyte.conductivity(900**0.5, 310.0))
    assert found == pytest.approx((0.5 + 0.18) * (1 + 0.01 * 11.85), rel=1e-5)


def test_an_exchange_current_that_does_not_separate_is_refused() -> None:
    """A rate constant that depends on both concentrations is no product."""
    values = _values("Chen2020")

    def mixed(c_e: Any, c_s_surf: Any, c_s_max: Any, T: Any) -> Any:
        shape = c_s_surf**0.5 * (c_s_max - c_s_surf) ** 0.5
        return 1e-6 * shape * c_e**0.5 * (1 + 1e-3 * c_e * c_s_surf / c_s_max)

    values.update({"Positive electrode exchange-current density [A.m-2]": mixed})
    with pytest.raises(Refusal) as caught:
        from_pybamm(values)
    assert "positive" in caught.value.found


def test_a_concentration_power_other_than_one_half_is_a_factor() -> None:
    """``j0 ~ c_e**0.7`` gives f = (c_e / c_e0)**0.2."""
    values = _values("Chen2020")

    def power(c_e: Any, c_s_surf: Any, c_s_max: Any, T: Any) -> Any:
        return 1e-7 * c_e**0.7 * c_s_surf**0.5 * (c_s_max - c_s_surf) ** 0.5

    values.update({"Positive electrode exchange-current density [A.m-2]": power})
    factor = from_pybamm(values).positive.particles[0].material.electrolyte_factor
    assert float(factor(1000**0.5)) == pytest.approx(1.0, abs=1e-6)
    assert float(factor(2500**0.5)) == pytest.approx(2.5**0.2, rel=1e-5)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Negative electrode porosity", lambda x, y, z: 0.2 + 1e3 * x),
        ("Positive particle radius [m]", lambda x: 5e-6 + 1e-3 * x),
        ("Initial concentration in negative electrode [mol.m-3]", lambda r, x: 2e4 + 1e8 * x),
        ("Ambient temperature [K]", lambda y, z, t: 298.15 + t),
        ("Negative electrode conductivity [S.m-1]", lambda sto, T: 100 + sto),
    ],
)
def test_parameters_that_vary_are_refused_by_name(key: str, value: Any) -> None:
    """Layers here are uniform: the parameter that is not is named."""
    values = _values("Chen2020")
    values.update({key: value})
    with pytest.raises(Refusal) as caught:
        from_pybamm(values)
    assert key in caught.value.found


@pytest.mark.parametrize("name", ["ECM_Example", "Chayambuka2022", "Sulzer2019", "MSMR_Example"])
def test_other_chemistries_and_models_are_refused(name: str) -> None:
    """By name and as values: equivalent circuits, sodium, lead acid, sites of a multi-species model."""
    with pytest.raises(Refusal):
        from_pybamm(name)
    with pytest.raises(Refusal):
        from_pybamm(import_pybamm().parameter_sets[name])


def test_an_unknown_name_brings_near_ones() -> None:
    """A misspelt set is told apart, with its neighbours."""
    with pytest.raises(InputError) as caught:
        from_pybamm("Chen2021")
    assert "Chen2020" in caught.value.remedy
    with pytest.raises(InputError):
        from_pybamm(3.5)


def test_a_missing_parameter_is_asked_for_by_its_key() -> None:
    """The refusal carries the key."""
    pybamm = import_pybamm()
    whole = dict(_values("Chen2020"))
    del whole["Separator porosity"]
    with pytest.raises(MissingInput) as caught:
        from_pybamm(pybamm.ParameterValues(whole))
    assert caught.value.key == "Separator porosity"
    with pytest.raises(MissingInput) as caught:
        from_pybamm("Ramadass2004", thermal=True)
    assert caught.value.key == "Cell volume [m3]"
    with pytest.raises(MissingInput) as caught:
        from_pybamm("Chen2020", half_cell=True)
    assert "ithium metal" in caught.value.key


def test_an_input_without_a_value_is_asked_for() -> None:
    """PyBaMM's "[input]" has no number to sample."""
    values = _values("Chen2020")
    values.update({"Positive electrode thickness [m]": "[input]"})
    with pytest.raises(MissingInput) as caught:
        from_pybamm(values)
    assert "Positive electrode thickness [m]" in caught.value.key


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"SEI": "reaction limited"}, Refusal),
        ({"intercalation kinetics": "Marcus"}, Refusal),
        ({"thermal": "x-full"}, Refusal),
        ({"particle size": "distribution", "surface form": "algebraic"}, Refusal),
        ({"no such option": "true"}, InputError),
        ({"thermal": "warm"}, InputError),
        (["thermal"], InputError),
        ({"open-circuit potential": "current sigmoid"}, MissingInput),
        ({"particle phases": ("2", "1")}, MissingInput),
    ],
)
def test_options_that_cells_lack_are_refused(options: Any, error: type[Exception]) -> None:
    """Physics that is not read is not left out silently."""
    with pytest.raises(error):
        from_pybamm("Chen2020", options=options)


@pytest.mark.parametrize(
    "broken",
    [lambda sto: None, lambda sto: sto + "a", lambda: 0.1, lambda sto: sto[5, 5, 5]],
    ids=["none", "type", "arguments", "index"],
)
def test_a_function_that_does_not_work_is_an_input_error(broken: Any) -> None:
    """What PyBaMM cannot call is said by name, never raised raw."""
    values = _values("Chen2020")
    values.update({"Negative electrode OCP [V]": broken})
    with pytest.raises(InputError) as caught:
        from_pybamm(values)
    assert "Negative electrode OCP [V]" in caught.value.found

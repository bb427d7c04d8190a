"""Sensitivities against differences of whole simulations and against closed forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from negatrode.cell.cell import Cell, Thermal
from negatrode.cell.electrode import Electrode
from negatrode.cell.parameters import Parameter, moved
from negatrode.cell.protocol import End, Step
from negatrode.cell.sensitivity import sensitivities
from negatrode.cell.simulate import simulate
from negatrode.core.errors import InputError
from negatrode.material.active import Hysteresis
from negatrode.material.table import Table
from tests.cell.cells import chen2020, electrode, full_cell, half_cell, line, once, plain_host

DISCHARGE = once(Step("c-rate", 1.0, (End("voltage", 2.6),)))
# A whole simulation changes by this share of the parameter; its own error (about a microvolt) then stands at
# 1e-3 of a derivative of 0.1 V, and its bend at 1e-4.
SHARE = 5e-3


def chen() -> Cell:
    """With a contact resistance, and with room beside particles and pores for either to grow."""
    cell = replace(chen2020(), contact_resistance=1e-3)
    particle = replace(cell.positive.particles[0], volume_fraction=0.6)
    return replace(cell, positive=replace(cell.positive, particles=(particle,)))


def half_charged() -> Cell:
    cell = chen()
    negative, positive = cell.negative, cell.positive
    assert isinstance(negative, Electrode)
    return replace(
        cell,
        negative=replace(negative, particles=(replace(negative.particles[0], stoichiometry=0.45),)),
        positive=replace(positive, particles=(replace(positive.particles[0], stoichiometry=0.6),)),
    )


def differences(
    cell: Cell, protocol: Any, name: str | Parameter, t: Any, **options: Any
) -> tuple[Any, float]:
    """Derivatives of the voltage at ``t`` and of the duration, by two whole simulations."""
    parameter = name if isinstance(name, Parameter) else Parameter(name)
    up, above = moved(cell, parameter, SHARE)
    down, below = moved(cell, parameter, -SHARE)
    high = simulate(up, protocol, accuracy_level="reference", **options)
    low = simulate(down, protocol, accuracy_level="reference", **options)
    by = above - below
    return (high.at(t) - low.at(t)) / by, (high.duration - low.duration) / by


def agree(
    cell: Cell, protocol: Any, names: list[str | Parameter], within: float, **options: Any
) -> None:  # fmt: skip
    """The voltage's derivatives agree within a share of their largest value, in the mean."""
    found = sensitivities(cell, protocol, names, accuracy_level="fine", **options)
    t = np.linspace(20.0, 0.9 * found.curve.duration, 80)
    mine = found.at(t)
    for k, name in enumerate(names):
        wanted, later = differences(cell, protocol, name, t, **options)
        # Two curves to a tenth of a microvolt each, over a hundredth of the parameter: 2e-5 V.
        bound = within * np.abs(wanted).max() + 2e-5 / abs(found.sizes[k])
        assert np.sqrt(np.mean((mine[:, k] - wanted) ** 2)) <= bound, name
        # The end, in units of the whole time.
        size = abs(found.sizes[k]) / found.curve.duration
        assert found.duration[k] * size == pytest.approx(later * size, rel=0.01, abs=2e-5), name


FULL: list[str | Parameter] = [
    "negative.thickness",
    "positive.porosity",
    "separator.transport_efficiency",
    "negative.conductivity",
    "positive.particles[0].radius",
    "positive.particles[0].volume_fraction",
    "positive.particles[0].stoichiometry",
    "negative.particles[0].material.diffusivity",
    "negative.particles[0].material.exchange_current",
    "positive.particles[0].material.maximum_concentration",
    "electrolyte.conductivity",
    "electrolyte.transference",
    "electrolyte.initial_concentration",
    "contact_resistance",
    "area",
    "nominal_capacity",
    "initial_temperature",
]


def test_a_full_cell_by_every_kind_of_number_and_table() -> None:
    agree(chen(), DISCHARGE, FULL, within=4e-3)


@pytest.mark.parametrize("model", ["SPM", "SPMe"])
def test_the_reduced_models(model: str) -> None:
    names: list[str | Parameter] = [
        "negative.thickness",
        "negative.particles[0].material.diffusivity",
        "area",
    ]
    agree(chen(), DISCHARGE, names, within=4e-3, model=model)


def test_a_hold_at_a_voltage_and_what_follows_an_end_that_moves() -> None:
    """At a fixed voltage the current answers; the capacity of the hold moves with the parameter."""
    steps = once(
        Step("c-rate", 1.0, (End("time", 1500.0),)),
        Step("voltage", 3.7, (End("time", 300.0),)),
        Step("power", 8.0, (End("time", 300.0),)),
        Step("resistance", 0.3, (End("time", 300.0),)),
    )
    names: list[str | Parameter] = ["negative.thickness", "electrolyte.diffusivity", "contact_resistance"]
    agree(chen(), steps, names, within=4e-3)
    found = sensitivities(chen(), steps, ["area"], accuracy_level="fine")
    held = found.curve.step == 1
    assert np.abs(found.voltage[held][1:]).max() < 1e-6 * np.abs(found.voltage[~held]).max()
    assert np.all(found.current[held][1:] != 0)


def test_the_end_of_a_hold_by_current_and_of_a_step_by_capacity() -> None:
    steps = once(
        Step("c-rate", -0.5, (End("voltage", 4.1),)),
        Step("voltage", 4.1, (End("current", 0.5),)),
        Step("c-rate", 0.5, (End("capacity", 1.0),)),
    )
    cell = half_charged()
    found = sensitivities(cell, steps, ["electrolyte.conductivity", "area"], accuracy_level="reference")
    for k, name in enumerate(found.names):
        _, later = differences(cell, steps, name, np.array([1.0]))
        assert found.duration[k] == pytest.approx(later, rel=0.01)
        assert found.begins[0, k] == 0.0
        assert found.begins[2, k] != 0.0


def test_a_half_cell_with_its_lithium_electrode() -> None:
    cell = half_cell(electrode(plain_host(potential=line(4.4, 3.4)), 0.3))
    names: list[str | Parameter] = ["negative.exchange_current", "separator.thickness", "positive.thickness"]
    agree(cell, once(Step("c-rate", 1.0, (End("time", 600.0),))), names, within=4e-3)


def test_finite_volumes_hysteresis_heat_and_the_double_layer() -> None:
    host = plain_host(potential=line(1.0, 0.1))
    varying = replace(host, diffusivity=Table.sample(lambda x: 2e-14 * (1 + x), 0.0, 1.0, intervals=32))
    split = replace(host, hysteresis=Hysteresis("one-state", line(0.95, 0.05), line(1.05, 0.15), decay=10.0))
    top = plain_host(potential=line(4.4, 3.4))
    for material, changes in (
        (varying, {}),
        (split, {}),
        (host, {"thermal": Thermal(200.0, 0.5), "ambient_temperature": 283.15}),
    ):
        positive = replace(electrode(top, 0.3), double_layer_capacitance=0.5)
        cell = full_cell(electrode(material, 0.8), positive, **changes)
        names: list[str | Parameter] = ["negative.thickness", "negative.particles[0].material.diffusivity"]
        if changes:
            names += ["thermal.cooling", "ambient_temperature"]
        agree(cell, once(Step("c-rate", 1.0, (End("time", 900.0),))), names, within=0.01)


def test_closed_forms() -> None:
    """A resistance in series costs ``-I / A`` an ohm m2; a shift of a potential is the voltage's."""
    shift: Callable[[Any], Any] = np.ones_like
    found = sensitivities(
        chen(),
        DISCHARGE,
        [
            "contact_resistance",
            Parameter("positive.particles[0].material.potential", shift),
            Parameter("negative.particles[0].material.potential", shift),
        ],
    )
    inside = slice(1, -1)
    amps = found.curve.current[inside]
    assert found.voltage[inside, 0] == pytest.approx(-amps / chen().area, rel=1e-6)
    assert found.voltage[inside, 1] == pytest.approx(1.0, rel=1e-6)
    assert found.voltage[inside, 2] == pytest.approx(-1.0, rel=1e-6)
    assert found.sizes[0] == pytest.approx(1e-3)
    # An end by voltage comes when the slope has made up for the shift.
    end = found.curve.duration
    slope = found.curve.voltage[-1] - found.curve.at(end - 1.0)
    assert found.duration[1] == pytest.approx(-1.0 / slope, rel=0.02)


def test_the_curve_is_that_of_simulate() -> None:
    plain = simulate(chen(), DISCHARGE)
    assert np.array_equal(sensitivities(chen(), DISCHARGE, ["area"]).curve.voltage, plain.voltage)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("negative.thicknes", "thickness"),
        ("negative", "number or a table"),
        ("negative.particles", "number or a table"),
        ("negative.particles[3].radius", "1 entries"),
        ("negative[0]", "no list"),
        ("name", "number or a table"),
        ("thermal.cooling", "no thermal"),
        ("positive.double_layer_capacitance", "is 0"),
        ("negative..thickness", "dots between"),
        ("", "dots between"),
    ],
)
def test_what_is_no_parameter_is_refused(name: str, says: str) -> None:
    with pytest.raises(InputError, match=says.replace("(", r"\(")):
        sensitivities(chen(), DISCHARGE, [name])


def test_directions_are_of_tables_and_something_is_asked_for() -> None:
    with pytest.raises(InputError, match="direction"):
        sensitivities(chen(), DISCHARGE, [Parameter("area", np.ones_like)])
    with pytest.raises(InputError, match="no parameters"):
        sensitivities(chen(), DISCHARGE, [])
    found = sensitivities(chen(), DISCHARGE, ["area"])
    with pytest.raises(InputError, match="the curve holds"):
        found.at([-5.0])


def test_one_object_in_several_places_is_moved_as_one() -> None:
    host = plain_host(potential=line(1.0, 0.1))
    negative = electrode(host, 0.8)
    two = replace(
        negative,
        particles=tuple(replace(negative.particles[0], volume_fraction=0.25, radius=r) for r in (1e-6, 3e-6)),
    )
    cell = full_cell(two, electrode(plain_host(potential=line(4.4, 3.4)), 0.3))
    other, _ = moved(cell, Parameter("negative.particles[*].material.diffusivity"), 0.1)
    assert other.negative.particles[0].material is other.negative.particles[1].material  # type: ignore[union-attr]
    with pytest.raises(InputError, match="different values"):
        moved(cell, Parameter("negative.particles[*].radius"), 0.1)

"""Impossible cells are refused before the first step, and by the rule that they break."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from negatrode.cell.cell import Cell, Thermal
from negatrode.cell.electrode import Electrode, Separator
from negatrode.cell.simulate import simulate
from negatrode.core.errors import InputError
from negatrode.material.table import Table
from tests.cell.cells import chen2020, electrode, full_cell, line, plain_electrolyte, plain_host

TOP = plain_host(potential=line(4.4, 3.4))
BOTTOM = plain_host(potential=line(1.0, 0.1))


def cell(negative: Electrode | None = None, **changes: Any) -> Cell:
    return full_cell(negative or electrode(BOTTOM, 0.8), electrode(TOP, 0.3), **changes)


def particle(**changes: Any) -> Electrode:
    whole = electrode(BOTTOM, 0.8)
    return replace(whole, particles=(replace(whole.particles[0], **changes),))


def host(**changes: Any) -> Electrode:
    return particle(material=replace(BOTTOM, **changes))


def dipping() -> Table:
    """Positive at its points, negative between them."""
    return Table(0.0, 1.0, np.array([[1.0, 1.0]]), np.array([[-10.0, 10.0]]))


def windows(negative: tuple[float, float], positive: tuple[float, float]) -> Cell:
    made = chen2020()
    assert isinstance(made.negative, Electrode)
    first = replace(made.negative, particles=(replace(made.negative.particles[0], window=negative),))
    second = replace(made.positive, particles=(replace(made.positive.particles[0], window=positive),))
    return replace(made, negative=first, positive=second)


NAN = float("nan")
BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "negative thickness": (lambda: electrode(BOTTOM, 0.8, thickness=-5e-5), "thickness"),
    "thickness nan": (lambda: electrode(BOTTOM, 0.8, thickness=NAN), "thickness"),
    "porosity zero": (lambda: electrode(BOTTOM, 0.8, porosity=0.0), "porosity"),
    "porosity above one": (lambda: electrode(BOTTOM, 0.8, porosity=1.2), "porosity"),
    "tortuosity below one": (
        lambda: electrode(BOTTOM, 0.8, transport_efficiency=0.9),
        "transport efficiency",
    ),
    "overfull": (lambda: particle(volume_fraction=0.9), "fill the electrode"),
    "no particles": (lambda: electrode(BOTTOM, 0.8, particles=()), "at least one population"),
    "no conductivity": (lambda: electrode(BOTTOM, 0.8, conductivity=0.0), "conductivity"),
    "negative capacitance": (
        lambda: electrode(BOTTOM, 0.8, double_layer_capacitance=-1.0),
        "double-layer capacitance",
    ),
    "radius zero": (lambda: particle(radius=0.0), "radius"),
    "stoichiometry": (lambda: particle(stoichiometry=1.2), "stoichiometry"),
    "stoichiometry nan": (lambda: particle(stoichiometry=NAN), "stoichiometry"),
    "window of no width": (lambda: particle(window=(0.5, 0.5)), "window"),
    "area": (lambda: particle(area_per_volume=-1.0), "area"),
    "film": (lambda: particle(film_resistance=-1.0), "film resistance"),
    "separator": (lambda: Separator(0.0, 0.4, 0.2), "thickness"),
    "limits": (lambda: cell(voltage_limits=(4.2, 2.5)), "lower < upper"),
    "area of the cell": (lambda: cell(area=0.0), "both are positive"),
    "capacity": (lambda: cell(nominal_capacity=-1.0), "both are positive"),
    "contact resistance": (lambda: cell(contact_resistance=-1.0), "contact resistance"),
    "temperature in celsius": (lambda: cell(initial_temperature=25.0), "150 K"),
    "heat capacity": (lambda: Thermal(0.0, 1.0), "heat capacity"),
    "maximum concentration": (lambda: host(maximum_concentration=0.0), "maximum concentration"),
    "diffusivity": (lambda: host(diffusivity=Table.constant(-1e-14)), "diffusivity"),
    "exchange current": (lambda: host(exchange_current=Table.constant(0.0)), "exchange_current"),
    "salt": (lambda: replace(plain_electrolyte(), initial_concentration=0.0), "holds salt"),
    "conductivity of the salt": (
        lambda: plain_electrolyte(conductivity=Table.constant(-1.0)),
        "conductivity is positive",
    ),
    "table that is not finite": (lambda: Table.constant(NAN), "finite"),
    "table backwards": (
        lambda: Table(1.0, 0.0, np.ones((1, 2)), np.zeros((1, 2))),
        "low < high",
    ),
    # Only as a whole:
    "dips between its points": (lambda: cell(host(diffusivity=dipping())), "between the points"),
    "potential in millivolts": (
        lambda: cell(host(potential=line(1000.0, 900000.0))),
        "volts against lithium",
    ),
    "rising potential": (lambda: cell(host(potential=line(0.1, 1.0))), "falls as the host fills"),
    "potential that does not cover": (
        lambda: cell(host(potential=Table.sample(lambda x: 1.0 - x, 0.3, 0.7, intervals=8))),
        "cover the stoichiometries",
    ),
    "salt table that does not cover": (
        lambda: cell(
            electrolyte=plain_electrolyte(
                conductivity=Table.sample(lambda s: 1.0 + 0.0 * s, 30.0, 33.0, intervals=8)
            )
        ),
        "0.5 to 1.5 times",
    ),
    "transference": (
        lambda: cell(electrolyte=plain_electrolyte(transference=Table.constant(1.5))),
        "-1 < t",
    ),
    "thermodynamic factor": (
        lambda: cell(electrolyte=plain_electrolyte(thermodynamic_factor=Table.constant(-1.0))),
        "it is positive",
    ),
    "windows that do not balance": (lambda: windows((0.03, 0.5), (0.9, 0.26)), "windows balance"),
    "windows the wrong way": (lambda: windows((0.9106, 0.0263), (0.2638, 0.8539)), "the negative fills"),
    "swapped electrodes": (
        lambda: full_cell(electrode(TOP, 0.3), electrode(BOTTOM, 0.8), voltage_limits=(2.5, 4.2)),
        "swapped",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_refused(case: str) -> None:
    """At the latest by `simulate`, before it solves anything."""
    make, says = BAD[case]
    with pytest.raises(InputError) as caught:
        simulate(make(), "Discharge at 1C")
    assert says in str(caught.value)


def test_the_plain_cells_are_not() -> None:
    """What the cases above change one thing in."""
    for made in (cell(), windows((0.0263, 0.9106), (0.8539, 0.2638)), chen2020()):
        assert simulate(made, "Discharge at 1C for 10 s").duration == 10.0


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ("Rest", "end"),
        ("Hold at 4 V", "end"),
        ("Discharge at 0 A", "end"),
        ("Hold at 9 V for 1 hour", "limits"),
        ("Discharge at 1C until 1 V", "limits"),
        ("Charge at 1C until 9 V", "limits"),
        ("Charge backwards", "Charge backwards"),
        ("Discharge at -1C", "Discharge at -1C"),
        ("", "step"),
        ([], "step"),
    ],
)
def test_a_protocol_that_can_not_end_is_refused(steps: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        simulate(chen2020(), steps)


@pytest.mark.parametrize("given", [("cell", "protocol"), "Chen2020", None])
def test_what_is_no_cell_is_refused(given: object) -> None:
    """What read_cell returns as a whole, or a name, is told from a cell."""
    with pytest.raises(InputError, match="where a cell is expected"):
        simulate(given, "Discharge at 1C")  # type: ignore[arg-type]

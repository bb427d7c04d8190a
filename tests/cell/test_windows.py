"""Windows from lithium and voltage limits, against PyBaMM's state-of-health models and by what they mean."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from negatrode.cell.cell import Cell
from negatrode.cell.cell_check import check_cell, window_capacity
from negatrode.cell.electrode import Electrode
from negatrode.cell.initial import initial_cell, open_circuit_voltage
from negatrode.cell.windows import balanced
from negatrode.core.errors import InputError
from tests.cell.cells import chen2020, electrode, full_cell, half_cell, line, plain_host

os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"


def found(cell: Cell) -> list[tuple[float, float] | None]:
    electrodes = [e for e in (cell.negative, cell.positive) if isinstance(e, Electrode)]
    return [p.window for e in electrodes for p in e.particles]


@pytest.mark.parametrize("name", ["Chen2020", "Marquis2019", "OKane2022", "Ecker2015", "Prada2013", "Xu2019"])
def test_as_pybamm(name: str) -> None:
    """Two independent ways to the same stoichiometries; tables and their inverses hold 1e-4."""
    pytest.importorskip("pybamm")
    from negatrode.exchange.pybamm_cell import from_pybamm

    cell = from_pybamm(name)
    assert np.array(found(balanced(cell))) == pytest.approx(np.array(found(cell)), abs=1e-4)


@pytest.mark.parametrize("share", [0.9, 1.0, 1.3])
def test_the_limits_are_met_at_the_ends(share: float) -> None:
    """Whatever was changed: the windows balance, and the ends lie at the limits with the same lithium."""
    cell = chen2020()
    cell = balanced(replace(cell, positive=replace(cell.positive, thickness=share * cell.positive.thickness)))
    check_cell(cell)
    negative, positive = cell.negative, cell.positive
    assert isinstance(negative, Electrode)
    # The inverse of a potential is straight between 4000 points.
    assert window_capacity(cell, negative) == pytest.approx(window_capacity(cell, positive), rel=1e-5)
    lithium = cell.lithium(negative) + cell.lithium(positive)
    for soc, volts in zip((0.0, 1.0), cell.voltage_limits, strict=True):
        at = initial_cell(cell, soc=soc)
        assert open_circuit_voltage(at) == pytest.approx(volts, abs=1e-3)
        assert isinstance(at.negative, Electrode)
        assert at.lithium(at.negative) + at.lithium(at.positive) == pytest.approx(lithium, rel=1e-5)


def test_closed_form_of_straight_potentials() -> None:
    """Equal hosts, ``U_p - U_n = 4.4 - y - (1 - 0.9 x)`` with ``x + y = 1.1`` of equal electrodes."""
    cell = full_cell(
        electrode(plain_host(potential=line(1.0, 0.1)), 0.8),
        electrode(plain_host(potential=line(4.4, 3.4)), 0.3),
        voltage_limits=(2.8, 4.0),
    )
    window = found(balanced(cell))[0]
    wanted = [(volts - 3.4 + 1.1) / 1.9 for volts in (2.8, 4.0)]
    assert window == pytest.approx(tuple(wanted), abs=1e-5)


def test_a_half_cell_stands_at_its_limits() -> None:
    cell = half_cell(electrode(plain_host(potential=line(4.4, 3.4)), 0.3), voltage_limits=(3.5, 4.2))
    assert found(balanced(cell))[0] == pytest.approx((0.9, 0.2), abs=1e-6)


def test_no_equilibrium_is_refused() -> None:
    """Limits that this lithium cannot reach."""
    cell = full_cell(
        electrode(plain_host(potential=line(1.0, 0.1)), 0.05),
        electrode(plain_host(potential=line(4.4, 3.4)), 0.05),
        voltage_limits=(2.0, 4.2),
    )
    with pytest.raises(InputError, match="a host not used"):
        balanced(replace(cell, voltage_limits=(9.0, 9.5)))

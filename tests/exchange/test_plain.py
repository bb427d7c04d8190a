"""What a file cannot hold is not dropped in silence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from negatrode.cell.ageing import Ageing, Plating
from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode, Shell
from negatrode.cell.simulate import simulate
from negatrode.core.errors import InputError, Refusal
from negatrode.exchange.bpx import write_bpx
from negatrode.exchange.cell_file import write_cell
from negatrode.exchange.pybamm_sets import to_pybamm
from negatrode.material.table import Table
from tests.cell.cells import chen2020

CHANGES = (
    {"shell": Shell(0.2, Table.constant(1e-15))},
    {"moving": True},
    {"ageing": Ageing(plating=Plating(1e-9))},
)


def changed(change: dict[str, object]) -> Cell:
    """Chen2020 with its negative particles changed."""
    cell = chen2020()
    assert isinstance(cell.negative, Electrode)
    return replace(
        cell,
        negative=replace(
            cell.negative, particles=tuple(replace(p, **change) for p in cell.negative.particles)
        ),
    )


@pytest.mark.parametrize("change", CHANGES)
def test_shells_and_ageing_are_refused_by_every_format(tmp_path: Path, change: dict[str, object]) -> None:
    cell = changed(change)
    with pytest.raises(Refusal, match="graphite"):
        write_cell(cell, tmp_path / "cell.toml")
    with pytest.raises(Refusal, match="graphite"):
        write_bpx(cell, tmp_path / "cell.json")
    with pytest.raises(Refusal, match="graphite"):
        to_pybamm(cell)
    assert not list(tmp_path.iterdir())


def test_no_start_from_the_curve_of_an_aged_cell() -> None:
    cell = changed(CHANGES[2])
    curve = simulate(cell, "Discharge at 1C for 60 seconds")
    with pytest.raises(InputError, match="particles that age"):
        simulate(cell, "Rest for 60 seconds", start=curve)

"""Cells written as BPX files: valid by the bpx package, and the same cell when read back."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode, Particle
from negatrode.core.errors import InputError, MissingInput, Refusal
from negatrode.exchange.bpx import read_bpx, write_bpx
from negatrode.material.electrolyte import LithiumMetal
from negatrode.material.table import Table
from tests.exchange.bpx_files import blended, current, old, write

os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
SIZES = {"density": 2100.0, "volume": 3e-5, "external_surface_area": 6e-3}


def _particles(cell: Cell) -> list[Particle]:
    return [p for e in (cell.negative, cell.positive) if isinstance(e, Electrode) for p in e.particles]


def _same(a: Table, b: Table, x: Any, **tolerance: float) -> None:
    if a.intervals > 1:
        x = x[(x >= a.low) & (x <= a.high)]  # beyond, a small difference in slope grows
    for kelvin in (280.0, 320.0):
        np.testing.assert_allclose(b(x, kelvin), a(x, kelvin), **({"rtol": 0, "atol": 0} | tolerance))


@pytest.mark.parametrize("make", [current, old, blended])
def test_round_trip(make: Callable[[], Any], tmp_path: Path) -> None:
    """The bpx package takes the file, and reading it gives the cell back."""
    bpx = pytest.importorskip("bpx")
    cell = read_bpx(write(tmp_path, make()))
    path = tmp_path / "out.json"
    write_bpx(cell, path, **SIZES)
    parsed = bpx.parse_bpx_file(path)
    assert parsed.header.bpx == "1.1.0"
    again = read_bpx(path)
    for name in (
        "name", "area", "nominal_capacity", "voltage_limits", "ambient_temperature", "initial_temperature",
        "reference_temperature", "separator",
    ):  # fmt: skip
        assert getattr(again, name) == getattr(cell, name)
    assert (again.thermal is None) == (cell.thermal is None)
    if again.thermal is not None and cell.thermal is not None:
        assert again.thermal.heat_capacity == pytest.approx(cell.thermal.heat_capacity, rel=1e-12)
        assert again.thermal.cooling == pytest.approx(cell.thermal.cooling, rel=1e-12)
    roots = np.linspace(1.0, 60.0, 500)
    for key in ("conductivity", "diffusivity", "transference", "thermodynamic_factor"):
        _same(getattr(cell.electrolyte, key), getattr(again.electrolyte, key), roots, rtol=4e-6)
    assert len(_particles(cell)) == len(_particles(again))
    for p, q in zip(_particles(cell), _particles(again), strict=True):
        assert (q.radius, q.window) == (p.radius, p.window)
        assert q.volume_fraction == pytest.approx(p.volume_fraction, rel=1e-12)
        assert q.stoichiometry == pytest.approx(p.stoichiometry, rel=1e-12)
        m, n = p.material, q.material
        assert n.maximum_concentration == m.maximum_concentration
        x = np.linspace(0.0, 1.0, 997)
        _same(m.potential, n.potential, x, atol=3e-6)
        _same(m.diffusivity, n.diffusivity, x, rtol=4e-6)
        _same(m.entropy, n.entropy, x, atol=2e-8)
        _same(m.exchange_current, n.exchange_current, x, rtol=1e-12)
        assert (m.hysteresis is None) == (n.hysteresis is None)
        if m.hysteresis is not None and n.hysteresis is not None:
            assert n.hysteresis.kind == m.hysteresis.kind
            assert (n.hysteresis.decay, n.hysteresis.initial) == (m.hysteresis.decay, m.hysteresis.initial)
            _same(m.hysteresis.lithiation, n.hysteresis.lithiation, x, atol=3e-6)


def test_pybamm_takes_it(tmp_path: Path) -> None:
    """PyBaMM reads what is written, and its functions are the tables'."""
    pybamm = pytest.importorskip("pybamm")
    cell = read_bpx(write(tmp_path, current()))
    write_bpx(cell, tmp_path / "out.json", **SIZES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = pybamm.ParameterValues.create_from_bpx(str(tmp_path / "out.json"))
    x = np.linspace(0.05, 0.9, 60)
    found = values["Negative electrode OCP [V]"](pybamm.Vector(x)).evaluate().ravel()
    negative = _particles(cell)[0].material
    np.testing.assert_allclose(found, negative.potential(x), atol=1e-4)  # PyBaMM's tables are linear
    assert values["Total heat transfer coefficient [W.m-2.K-1]"] == pytest.approx(12 * 5.31e-3 / 6e-3)


def test_nothing_is_replaced_unasked(tmp_path: Path) -> None:
    """A file that stands there stays, unless overwriting is asked for."""
    cell = read_bpx(write(tmp_path, current()))
    path = tmp_path / "cell.json"
    before = path.read_bytes()
    with pytest.raises(InputError) as caught:
        write_bpx(cell, path, **SIZES)
    assert caught.value.where == str(path)
    assert path.read_bytes() == before
    write_bpx(cell, path, overwrite=True, **SIZES)
    assert json.loads(path.read_text())["Header"]["BPX"] == "1.1.0"


def _positive(cell: Cell, **change: Any) -> Cell:
    return replace(cell, positive=replace(cell.positive, **change))


def _host(cell: Cell, **change: Any) -> Cell:
    return _positive(cell, particles=(replace(cell.positive.particles[0], **change),))


def _material(cell: Cell, **change: Any) -> Cell:
    return _host(cell, material=replace(cell.positive.particles[0].material, **change))


_LINE = Table.sample(lambda x: 1 + 0.1 * x, 0.0, 1.0)
_RISING = Table.sample_with_temperature(
    lambda x, T: 1e-14 * T / 300 + 0 * x, 0, 1, temperatures=[280, 300, 320]
)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: replace(c, negative=LithiumMetal(Table.constant(10.0))),
        lambda c: replace(c, contact_resistance=1e-4),
        lambda c: replace(c, electrolyte=replace(c.electrolyte, thermodynamic_factor=Table.constant(1.5))),
        lambda c: replace(c, electrolyte=replace(c.electrolyte, transference=_LINE)),
        lambda c: _positive(c, double_layer_capacitance=0.2),
        lambda c: _host(c, film_resistance=1e-3),
        lambda c: _host(c, area_per_volume=1e5),
        lambda c: _host(c, stoichiometry=0.5),
        lambda c: _host(c, window=(0.2638, 0.8539)),
        lambda c: _material(c, electrolyte_factor=_LINE),
        lambda c: _material(c, exchange_current=_LINE),
        lambda c: _material(c, entropy=Table.constant(1e-4, activation_energy=1e3)),
        lambda c: _material(c, diffusivity=_RISING),
    ],
)  # fmt: skip
def test_what_the_standard_cannot_hold(change: Callable[[Cell], Cell], tmp_path: Path) -> None:
    """Physics without a field in the standard is refused, not left out, and no file is written."""
    cell = change(read_bpx(write(tmp_path, current())))
    with pytest.raises(Refusal):
        write_bpx(cell, tmp_path / "out.json", **SIZES)
    assert not (tmp_path / "out.json").exists()


def test_what_must_be_given(tmp_path: Path) -> None:
    """A window, and the sizes that split a heat balance, are asked for."""
    cell = read_bpx(write(tmp_path, current()))
    with pytest.raises(MissingInput):
        write_bpx(cell, tmp_path / "out.json")
    write_bpx(replace(cell, thermal=None), tmp_path / "out.json")
    with pytest.raises(MissingInput) as caught:
        write_bpx(_host(cell, window=None), tmp_path / "other.json", **SIZES)
    assert caught.value.key == "window"
    with pytest.raises(InputError):
        write_bpx(cell, tmp_path / "other.json", **(SIZES | {"volume": -1.0}))


def test_another_reference_temperature(tmp_path: Path) -> None:
    """Tables that hold at another temperature than the cell's reference are brought to it."""
    cell = read_bpx(write(tmp_path, current()))
    host = cell.positive.particles[0].material
    warm = replace(host.exchange_current, temperatures=np.array([310.0]))
    cell = _material(cell, exchange_current=warm)
    write_bpx(cell, tmp_path / "out.json", **SIZES)
    again = _particles(read_bpx(tmp_path / "out.json"))[1].material.exchange_current
    assert again(0.5, 330.0) == pytest.approx(warm(0.5, 330.0), rel=1e-12)

"""Curves in the Battery Data Format, through our own reader and through others."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import negatrode as nt
from negatrode.core.errors import InputError
from negatrode.exchange.battery_data import write_battery_data

NAMES = ["a.csv", "a.bdf.csv", "a.bdf", "a.bdf.gz", "a.parquet", "a.bdf.parquet", "A.BDF.CSV"]


@dataclass(frozen=True)
class Points:
    """A curve of a discharge, a rest and a charge."""

    time: Any
    voltage: Any
    current: Any
    capacity: Any
    temperature: Any
    step: Any
    cycle: Any


@pytest.fixture
def curve() -> Points:
    time = np.concatenate([np.linspace(0, 3600, 40), [3600.0], np.linspace(3700, 7200, 40)])
    current = np.concatenate([np.full(40, 5.0), [0.0], np.full(40, -2.5)]) / 3
    return Points(
        time,
        4.2 - 0.3 * np.sin(time / 1000) / 7,
        current,
        np.cumsum(current) / 41,
        298.15 + time / 3000,
        np.repeat([0, 1, 2], [40, 1, 40]),
        np.repeat([0, 1], [41, 40]),
    )


@pytest.mark.parametrize("name", NAMES)
def test_round_trip(name: str, curve: Points, tmp_path: Path) -> None:
    """What is written is read back to the last digit, with the sign of the current of the standard."""
    path = tmp_path / name
    write_battery_data(curve, path)
    found = nt.read(path)
    assert found.kind == "cycling"
    assert found.unread == ()
    columns = {c.name: c for c in found.blocks[0].columns}
    assert {n: columns[n].unit for n in ("time", "voltage", "current")} == {
        "time": "s", "voltage": "V", "current": "A"
    }  # fmt: skip
    np.testing.assert_array_equal(columns["time"].values, curve.time)
    np.testing.assert_array_equal(columns["voltage"].values, curve.voltage)
    np.testing.assert_array_equal(columns["current"].values, -curve.current)
    np.testing.assert_array_equal(columns["net_capacity"].values, -curve.capacity)
    np.testing.assert_array_equal(columns["temperature"].values, curve.temperature - 273.15)
    np.testing.assert_array_equal(columns["step"].values, curve.step)
    np.testing.assert_array_equal(columns["cycle"].values, curve.cycle)


def test_labels_and_other_readers(curve: Points, tmp_path: Path) -> None:
    """The first row holds the preferred labels; csv and pandas read the same numbers."""
    pandas = pytest.importorskip("pandas")
    write_battery_data(curve, tmp_path / "a.bdf.csv")
    write_battery_data(curve, tmp_path / "a.bdf.gz")
    write_battery_data(curve, tmp_path / "a.bdf.parquet")
    with (tmp_path / "a.bdf.csv").open() as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == [
        "Test Time / s", "Voltage / V", "Current / A", "Net Capacity / Ah", "Surface Temperature T1 / degC",
        "Cycle Count / 1", "Step Count / 1",
    ]  # fmt: skip
    assert {len(row) for row in rows} == {7}
    assert float(rows[1][2]) == -5.0 / 3
    assert rows[41][2] == "0.0"
    frame = pandas.read_parquet(tmp_path / "a.bdf.parquet")
    np.testing.assert_array_equal(frame["Current / A"], -curve.current)
    assert frame["Step Count / 1"].dtype == np.int64
    assert gzip.decompress((tmp_path / "a.bdf.gz").read_bytes()) == (tmp_path / "a.bdf.csv").read_bytes()


def test_steps_that_repeat_are_counted(curve: Points, tmp_path: Path) -> None:
    """Where the number of the step falls back with a new cycle the count goes on growing."""
    again = replace(curve, step=np.repeat([0, 1, 0, 1], [20, 20, 20, 21]))
    write_battery_data(again, tmp_path / "a.csv")
    step = {c.name: c.values for c in nt.read(tmp_path / "a.csv").blocks[0].columns}["step"]
    np.testing.assert_array_equal(step, np.repeat([0, 1, 2, 3], [20, 20, 20, 21]))


def test_nothing_is_replaced_unasked(curve: Points, tmp_path: Path) -> None:
    """A file that stands there is left alone unless overwriting is asked for; a folder always is."""
    path = tmp_path / "a.csv"
    path.write_text("mine")
    with pytest.raises(InputError) as caught:
        write_battery_data(curve, path)
    assert caught.value.where == str(path)
    assert path.read_text() == "mine"
    write_battery_data(curve, path, overwrite=True)
    assert path.read_text().startswith("Test Time / s,")
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(InputError):
        write_battery_data(curve, tmp_path / "b.csv", overwrite=True)
    with pytest.raises(InputError):
        write_battery_data(curve, tmp_path / "missing" / "a.csv")
    assert not list(tmp_path.glob(".writing-*"))


@pytest.mark.parametrize("name", ["a.txt", "a", "a.xlsx", "a.csv.zip"])
def test_other_endings(name: str, curve: Points, tmp_path: Path) -> None:
    """An ending that the standard does not know is refused before anything is written."""
    with pytest.raises(InputError):
        write_battery_data(curve, tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("field", ["time", "voltage", "current", "capacity", "temperature", "step", "cycle"])
@pytest.mark.parametrize("spoil", ["nan", "inf", "short", "square", "one"])
def test_spoiled_curves(field: str, spoil: str, curve: Points, tmp_path: Path) -> None:
    """A column that is not finite, of another length or shape is refused, and nothing is written."""
    values = np.asarray(getattr(curve, field), dtype=float).copy()
    if spoil in ("nan", "inf"):
        values[3] = float(spoil)
    values = {"short": values[:-1], "square": values.reshape(9, 9), "one": values[:1]}.get(spoil, values)
    with pytest.raises(InputError):
        write_battery_data(replace(curve, **{field: values}), tmp_path / "a.csv")
    assert not list(tmp_path.iterdir())


def test_time_and_counts(curve: Points, tmp_path: Path) -> None:
    """Time never falls, and counts are whole numbers."""
    for spoiled in (replace(curve, time=curve.time[::-1]), replace(curve, step=curve.step + 0.5)):
        with pytest.raises(InputError):
            write_battery_data(spoiled, tmp_path / "a.csv")

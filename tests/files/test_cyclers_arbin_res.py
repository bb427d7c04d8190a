"""Arbin .res: values of the database, order of records, what is refused; another library agrees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from negatrode.core.errors import ReadError
from negatrode.files.blob import Blob
from negatrode.files.registry import read_blob
from tests.files.build_cyclers_arbin_res import database
from tests.files.build_cyclers_text import MASS, run


@pytest.mark.parametrize("jet", [3, 4])
@pytest.mark.parametrize("order", [1, -1])
def test_values_come_back_sorted_by_data_point(jet: int, order: int) -> None:
    """Both Jet versions, records forwards and backwards: the same recording; the mass in mg."""
    truth = run()
    found = read_blob(Blob("hc.res", database(jet=jet, order=order)))
    assert (found.format, found.kind) == ("arbin-res", "cycling")
    block = found.blocks[0]
    for name, values in (
        ("time", truth.time),
        ("voltage", truth.voltage),
        ("current", truth.current),
        ("charge_capacity", truth.charge),
        ("discharge_capacity", truth.discharge),
        ("cycle", truth.cycle),
        ("step", truth.step),
    ):
        np.testing.assert_allclose(block.column(name).values, values, rtol=1e-6, atol=1e-9)
    assert found.settings["mass"].value == pytest.approx(MASS)
    assert found.metadata["Test_Name"] == "hc_01"
    assert block.facts["current_sign"].value == "charge-positive"


@pytest.mark.parametrize("mass", [0.0, 1.0])
def test_a_preset_mass_is_no_mass(mass: float) -> None:
    """MITS writes 0 or 1 g where nobody entered one."""
    assert "mass" not in read_blob(Blob("hc.res", database(mass=mass))).settings


def test_gaps_and_repeated_records_are_refused() -> None:
    """A Data_Point that is missing, or there twice, is named."""
    count = len(run().time)
    gap = [*range(1, 11), *range(12, count + 2)]
    twice = [*range(1, 11), *range(10, count)]
    for points in (gap, twice):
        with pytest.raises(ReadError) as caught:
            read_blob(Blob("hc.res", database(points=points)))
        assert "Data_Point" in caught.value.found


def test_two_tests_in_a_file_are_refused() -> None:
    """Which is meant is not guessed."""
    with pytest.raises(ReadError) as caught:
        read_blob(Blob("hc.res", database(tests=2)))
    assert "tests" in caught.value.found


@pytest.mark.parametrize("missing", [1, 4096, 3 * 4096])
def test_a_cut_file_is_refused(missing: int) -> None:
    """By its length in pages, or by fewer records than the table declares."""
    with pytest.raises(ReadError):
        read_blob(Blob("hc.res", database()[:-missing]))


def test_another_library_reads_the_same_numbers(tmp_path: Path) -> None:
    """access_parser, where it is installed, finds the same tables in the synthetic file."""
    other = pytest.importorskip("access_parser")
    place = tmp_path / "hc.res"
    place.write_bytes(database())
    table = other.AccessParser(str(place)).parse_table("Channel_Normal_Table")
    assert table["Data_Point"] == list(range(1, len(run().time) + 1))
    np.testing.assert_allclose(table["Voltage"], run().voltage, rtol=1e-6)

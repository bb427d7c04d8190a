"""Arbin .res: values of the database, order of records, what is refused; another library agrees."""

from __future__ import annotations

import logging
import struct
from pathlib import Path

import numpy as np
import pytest

from negatrode.core.errors import ReadError
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob
from negatrode.files.jet_rows import decode
from negatrode.files.registry import read_blob
from tests.files.build_cyclers_arbin_res import database
from tests.files.build_cyclers_text import MASS, run


def read(data: bytes) -> Recording:
    return read_blob(Blob("hc.res", data))


def refused(data: bytes) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read(data)
    return caught.value


def check_values(found: Recording) -> None:
    truth = run()
    for name, values in (
        ("time", truth.time),
        ("step_time", truth.step_time),
        ("voltage", truth.voltage),
        ("current", truth.current),
        ("charge_capacity", truth.charge),
        ("discharge_capacity", truth.discharge),
        ("cycle", truth.cycle),
        ("step", truth.step),
    ):
        np.testing.assert_allclose(found.blocks[0].column(name).values, values, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("jet", [3, 4])
@pytest.mark.parametrize("order", [1, -1])
def test_values_come_back_sorted_by_data_point(jet: int, order: int) -> None:
    """Both Jet versions, records forwards and backwards: the same recording in canonical units."""
    found = read(database(jet=jet, order=order))
    assert (found.format, found.kind) == ("arbin-res", "cycling")
    check_values(found)
    block = found.blocks[0]
    assert [c.unit for c in block.columns][:3] == ["s", "V", "A"]
    assert block.facts["current_sign"].value == "charge-positive"
    assert "capacity_reset" not in block.facts


def test_other_columns_keep_their_names() -> None:
    """Numbers outside the vocabulary stay, a yes/no column as 1 and 0; empty columns are named."""
    found = read(database())
    block = found.blocks[0]
    np.testing.assert_array_equal(block.column("Is_FC_Data").values[:4], [0.0, 1.0, 0.0, 1.0])
    assert block.column("dV/dt").unit == "V/s"
    assert (block.column("resistance").values == 0.25).all()
    left = {u.where for u in found.unread}
    assert {"column AC_Impedance", "column ACI_Phase_Angle", "table Event_Table"} <= left


@pytest.mark.parametrize("jet", [3, 4])
def test_the_test_is_described(jet: int) -> None:
    """Global_Table gives name, comment (a long text), start, mass in mg and nominal capacity."""
    found = read(database(jet=jet))
    assert found.settings["mass"].value == pytest.approx(MASS)
    assert found.settings["mass"].unit == "mg"
    assert found.settings["nominal_capacity"].value == pytest.approx(2e-3)
    assert found.metadata["Test_Name"] == "hc_01"
    assert found.metadata["Comments"] == "half cell, Å"
    assert found.metadata["Start_DateTime"] == "2014-12-27 12:00:00"
    assert "Schedule_File_Name" not in found.metadata


@pytest.mark.parametrize("jet", [3, 4])
@pytest.mark.parametrize("length", [*range(150, 300, 5), 500, 700])
def test_long_comments_come_back_whole(jet: int, length: int) -> None:
    """Rows of more than 256 bytes, whose offsets Jet 3 writes with jumps."""
    comment = "".join(chr(ord("a") + k % 26) for k in range(length))
    found = read(database(jet=jet, comment=comment))
    assert found.metadata["Comments"] == comment
    assert found.metadata["Creator"] == "me"
    assert found.metadata["Item_ID"] == "item 7"


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_presets_are_not_stated(value: float) -> None:
    """MITS writes 0 or 1 where nobody entered a mass or a capacity."""
    assert not read(database(mass=value, capacity=value)).settings


@pytest.mark.parametrize("jet", [3, 4])
def test_a_row_on_another_page_and_an_indirect_usage_map(jet: int) -> None:
    """Rows that moved are found in their new place, pages through a usage map on its own page."""
    found = read(database(jet=jet, moved=True, indirect=True))
    check_values(found)
    assert found.metadata["Test_Name"] == "hc_01"


def test_pages_that_a_table_gave_up_are_not_read() -> None:
    """They still hold records, which would stand twice; that they are there is said."""
    found = read(database(given_up=True))
    check_values(found)
    assert any("given up" in u.what for u in found.unread)


def test_a_part_of_a_test_says_so() -> None:
    """Records may begin with a later Data_Point (a test over several files)."""
    count = len(run().time)
    found = read(database(points=range(501, 501 + count)))
    check_values(found)
    assert any("501" in u.what for u in found.unread)


def test_gaps_and_repeated_records_are_refused() -> None:
    """A Data_Point that is missing, or there twice, is named."""
    count = len(run().time)
    assert "12 follows 10" in refused(database(points=[*range(1, 11), *range(12, count + 2)])).found
    assert "10 stands twice" in refused(database(points=[*range(1, 11), *range(10, count)])).found


def test_two_tests_in_a_file_are_refused() -> None:
    """Which is meant is not guessed; both are named."""
    error = refused(database(tests=2))
    assert "Test_ID 1, 2" in error.found
    assert error.remedy


@pytest.mark.parametrize("volts", [None, float("nan"), float("inf"), 1e30])
def test_records_without_a_voltage_are_refused(volts: float | None) -> None:
    """Empty cells, no numbers and values beyond all range, with the record."""
    assert refused(database(voltages=[3.0, 3.0, volts])).where.endswith("Data_Point 3")


def test_negative_cycles_are_refused() -> None:
    """Counters of cycles and steps have no sign."""
    data = database()
    cell = struct.pack("<hh", 1, 1)
    place = data.index(cell, 7 * 4096)
    assert "_Index -32" in refused(data[:place] + struct.pack("<hh", 1, -32767) + data[place + 4 :]).found


def test_a_voltage_that_stands_out_is_said() -> None:
    """One record of 60 off both of its neighbours, still a voltage that a cell may have."""
    volts = run().voltage.tolist()
    assert not any(u.where.startswith("voltage") for u in read(database(voltages=volts)).unread)
    volts[6] += 2.0
    assert any(u.where == "voltage, record 7" for u in read(database(voltages=volts)).unread)


@pytest.mark.parametrize("missing", [1, 4096, 3 * 4096])
def test_a_cut_file_is_refused(missing: int) -> None:
    """By its length in pages, or by fewer records than the table declares."""
    error = refused(database()[:-missing])
    assert ("pages" if missing % 4096 else "declared") in f"{error.found} {error.rule}"


def test_a_page_lost_within_the_file_is_refused() -> None:
    """Zeros in place of a page of records: fewer than the table declares."""
    data = database()
    assert "declared" in refused(data[:-4096] + bytes(4096)).found


def test_other_jet_databases_and_versions_are_refused() -> None:
    """A database without Arbin's table names what it holds; later versions are named."""
    other = database().replace(b"Channel_Normal_Table", b"Something_else_again")
    assert "Global_Table" in refused(other).rule
    later = bytearray(database())
    later[20] = 2
    assert "version" in refused(bytes(later)).found


def test_definitions_that_lead_in_circles_end() -> None:
    """The next page of a definition is the definition itself."""
    data = bytearray(database())
    struct.pack_into("<I", data, 4 * 4096 + 4, 4)
    error = refused(bytes(data))
    assert "goes on in page 4" in error.found


@pytest.mark.parametrize(
    ("raw", "wide", "text"),
    [
        (b"\xff\xfehc 1", True, "hc 1"),
        (b"\xff\xfea\x00\x0d\x26\x00b", True, "a\u260db"),
        ("Zelle Å".encode("utf-16-le"), True, "Zelle Å"),
        (b"Zelle \xc5", False, "Zelle Å"),
        (b"\xff\xfe\x00\x0d", True, "\ufffd"),
    ],
)
def test_texts_of_both_versions(raw: bytes, wide: bool, text: str) -> None:
    """Windows letters, UTF-16, and UTF-16 with runs of one byte a letter."""
    assert decode(raw, wide=wide) == text


@pytest.mark.parametrize("jet", [3, 4])
def test_another_library_reads_the_same_numbers(
    jet: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """access_parser, where it is installed, finds the same cells in the synthetic file."""
    other = pytest.importorskip("access_parser")
    caplog.set_level(logging.CRITICAL)
    place = tmp_path / "hc.res"
    place.write_bytes(database(jet=jet))
    parser = other.AccessParser(str(place))
    table = parser.parse_table("Channel_Normal_Table")
    assert table["Data_Point"] == list(range(1, len(run().time) + 1))
    found = read(place.read_bytes()).blocks[0]
    for theirs, ours in (("Test_Time", "time"), ("Voltage", "voltage"), ("Current", "current"),
                         ("Charge_Capacity", "charge_capacity"), ("Cycle_Index", "cycle"),
                         ("Internal_Resistance", "resistance"), ("Is_FC_Data", "Is_FC_Data")):  # fmt: skip
        np.testing.assert_array_equal(np.asarray(table[theirs], dtype=float), found.column(ours).values)
    about = parser.parse_table("Global_Table")
    assert about["Test_Name"] == ["hc_01"]
    assert about["MASS"] == [MASS * 1e-3]

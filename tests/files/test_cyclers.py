"""Cycler exports: what was built is read back, directions are stated and never guessed, damage is named."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob, load
from negatrode.files.readers import (
    arbin_csv,
    arbin_xlsx,
    battery_data_format,
    biologic_mpt,
    biologic_text,
    cycler_text,
    maccor_text,
    neware_layers,
)
from negatrode.files.readers.cycler_rows import RUN as RUN_LENGTH
from negatrode.files.registry import choose, read_blob
from tests.files import build_cyclers_text as build
from tests.files.formats import builders
from tests.files.mutations import damaged

RUN = build.run()
READERS = {
    m.NAME: m
    for m in (
        biologic_mpt, biologic_text, maccor_text, arbin_csv, arbin_xlsx, battery_data_format, cycler_text,
        neware_layers,
    )
}  # fmt: skip


def reader_of(name: str) -> ModuleType:
    """The reader of a builder's format."""
    return READERS[name.split(" ")[0]]


def values(recording: Recording, name: str) -> NDArray[np.float64]:
    """A column of the data block."""
    return recording.blocks[0].column(name).values


def fact(recording: Recording, name: str) -> str | float | None:
    """A fact of the data block, None where it is not stated."""
    found = recording.blocks[0].facts.get(name)
    return found.value if found else None


def text(data: str, name: str = "export.csv") -> Recording:
    """What the registry makes of a text."""
    return read_blob(Blob(name, data.encode()))


@pytest.mark.parametrize("name", list(build.BUILDERS))
def test_recordings_come_back(name: str) -> None:
    """read(build(x)) == x in seconds, volts and signed amperes, whatever the file's units."""
    file, data = build.BUILDERS[name]()
    found = reader_of(name).read(Blob(file, data))
    assert (found.kind, found.blocks[0].name) == ("cycling", "data")
    assert values(found, "voltage") == pytest.approx(RUN.voltage, abs=1e-8)
    assert values(found, "cycle") - values(found, "cycle")[0] == pytest.approx(RUN.cycle - 1.0)
    for channel, truth, tolerance in (("time", RUN.time, 1e-6), ("current", RUN.current, 1e-10)):
        if name != "biologic-text":  # that export has neither
            assert values(found, channel) == pytest.approx(truth, abs=tolerance)
    for channel, truth in (("charge_capacity", RUN.charge), ("discharge_capacity", RUN.discharge)):
        if found.blocks[0].has(channel) and name != "cycler-text neware":  # its counters are of the step
            assert values(found, channel) == pytest.approx(truth, abs=1e-11)


@pytest.mark.parametrize("name", list(build.BUILDERS))
def test_each_export_has_one_reader(name: str) -> None:
    """The reader of the format is chosen by content alone, against all other readers of the registry."""
    chosen = choose(Blob("unnamed", build.BUILDERS[name]()[1]))
    assert READERS[name.split(" ")[0]] is chosen


def test_no_file_of_another_kind_is_taken() -> None:
    """None of the cycler readers claims a thermogram, an isotherm, a scan, a sizing run or a picture."""
    for name, make in builders().items():
        if name in build.BUILDERS or "cycl" in name or name.startswith(("neware", "arbin", "biologic")):
            continue
        file, data = make()
        chosen = choose(Blob(file, data))
        assert chosen.NAME not in READERS, name


@pytest.mark.parametrize("units", ["mA", "uA", "A"])
@pytest.mark.parametrize("comma", [False, True])
def test_mpt_units_and_decimal_marks(units: str, comma: bool) -> None:
    """Currents in mA, uA or A and decimal commas are the same recording."""
    found = biologic_mpt.read(Blob("a.mpt", build.mpt(units=units, comma=comma)))
    assert values(found, "current") == pytest.approx(RUN.current, abs=1e-12)
    assert values(found, "capacity") == pytest.approx(RUN.half_cycle_capacity, abs=1e-12)
    assert found.blocks[0].column("dq/mA.h").unit == "mA*h"


def test_mpt_header_is_believed_but_its_placeholders() -> None:
    """Mass, area and capacity are stated where someone entered them; EC-Lab's 0.001 is no mass."""
    found = biologic_mpt.read(Blob("a.mpt", build.mpt()))
    assert found.settings["mass"].value == pytest.approx(build.MASS)
    assert (found.settings["mass"].unit, found.settings["area"].unit) == ("mg", "cm2")
    assert found.settings["nominal_capacity"].value == pytest.approx(0.36e-3)
    assert found.metadata["technique"] == build.MPT_HEADER[0]
    assert found.metadata["Number of loops"] == "2"
    assert fact(found, "capacity_reset") == "half-cycle"
    empty = [h.replace("1.234 mg", "0.001 mg").replace("1.131", "0.001") for h in build.MPT_HEADER]
    placeholders = biologic_mpt.read(Blob("a.mpt", build.mpt(header=empty)))
    assert not {"mass", "area"} & set(placeholders.settings)


def test_mpt_absolute_times_count_from_the_first() -> None:
    """Times exported as month/day/year become seconds from the first point."""
    found = biologic_mpt.read(Blob("a.mpt", build.mpt(absolute=True)))
    assert values(found, "time") == pytest.approx(RUN.time, abs=1e-3)


@pytest.mark.parametrize("count", [5, 20, 22, 5000])
def test_mpt_header_of_another_length_is_refused(count: int) -> None:
    """The header declares its length; a file in which that line does not name the columns is refused."""
    with pytest.raises(ReadError) as caught:
        biologic_mpt.read(Blob("a.mpt", build.mpt(count=count)))
    assert caught.value.where.startswith("line")


def test_impedance_file_is_refused() -> None:
    """An .mpt without a potential or a current holds no cycling data."""
    data = "EC-Lab ASCII FILE\nNb header lines : 3\nfreq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\n"
    data += "1E3\t1.0\t2.0\n1E2\t1.0\t2.0\n"
    with pytest.raises(ReadError) as caught:
        biologic_mpt.read(Blob("a.mpt", data.encode()))
    assert caught.value.where == "line 3"


def test_cell_potential_goes_before_that_of_an_electrode() -> None:
    """Of Ewe and Ewe-Ece the cell's is the voltage; the other keeps its own name and unit."""
    data = "time/s\tEwe/mV\tEwe-Ece/V\tI/mA\n0\t100\t0.09\t1\n1\t110\t0.1\t1\n"
    found = read_blob(Blob("a.txt", data.encode()))
    assert found.format == "biologic-text"
    assert values(found, "voltage").tolist() == [0.09, 0.1]
    assert (values(found, "Ewe/mV").tolist(), found.blocks[0].column("Ewe/mV").unit) == ([100.0, 110.0], "mV")


def test_real_biologic_text(shared_data: Path) -> None:
    """The carbon-black half cell: 8098 rows of cycle, potential and capacity; no current is made up."""
    found = read_blob(load(shared_data / "cycling/attia_cellC_10C_CF3.txt"))
    assert found.format == "biologic-text"
    assert found.blocks[0].names() == ["voltage", "cycle", "capacity"]
    assert len(values(found, "voltage")) == 8098
    assert values(found, "voltage")[[0, -1]].tolist() == [2.9881921, 1.1998814]
    assert values(found, "capacity")[-1] == pytest.approx(2.070257674762258e-4)
    assert fact(found, "capacity_reset") == "half-cycle"
    assert "current_sign" not in found.blocks[0].facts


@pytest.mark.parametrize(("clock", "separator", "thousands"), [(True, "\t", False), (False, "\t", True)])
def test_maccor_currents_get_the_sign_of_their_state(clock: bool, separator: str, thousands: bool) -> None:
    """Unsigned amperes are signed by State, which the fact says; clocks and grouped thousands are read."""
    found = maccor_text.read(
        Blob("a.001", build.maccor(clock=clock, separator=separator, thousands=thousands))
    )
    assert values(found, "time") == pytest.approx(RUN.time)
    assert values(found, "current") == pytest.approx(RUN.current)
    sign = found.blocks[0].facts["current_sign"]
    assert sign.value == "charge-positive"
    assert "State" in sign.where
    assert np.array_equal(values(found, "direction"), np.sign(RUN.current))
    assert found.metadata["Date of Test"] == "11 December 2020"


def test_maccor_without_states_is_unsigned() -> None:
    """Amperes without a state have no direction, and the fact says so."""
    found = text(
        "Today's Date ,28-Nov-23\nDate of Test:,23-Nov-23 3:56:08 PM\n"
        "Rec,Cycle C,Step,Test Time (sec),Step Time (sec),Capacity,Energy,Current,Voltage,DPT Time,Temp 1\n"
        "1,1,1,0.0,0.0,0,0,0,3.668,23-Nov-23 3:56:11 PM,22.26\n"
        "2,1,2,1.0,0.06,0.1,0.002,28.8,3.7,23-Nov-23 3:56:21 PM,22.26\n"
    )
    assert found.format == "maccor-text"
    assert found.blocks[0].column("current").unit == "A"
    assert fact(found, "current_sign") == "unsigned"


@pytest.mark.parametrize("heads", [build.ARBIN_OLD, build.ARBIN_NEW])
def test_both_spellings_of_arbin(heads: tuple[str, ...]) -> None:
    """The old and the new heads are the same recording."""
    found = read_blob(Blob("a.csv", build.arbin(heads)))
    assert found.format == "arbin-csv"
    assert {"step", "cycle", "charge_capacity", "discharge_capacity", "step_time"} <= set(
        found.blocks[0].names()
    )
    assert fact(found, "current_sign") == "charge-positive"
    assert fact(found, "capacity_reset") is None


def test_arbin_workbook_goes_on_over_sheets() -> None:
    """Three sheets are one recording; the mass in grams of the info sheet is stated in mg."""
    found = read_blob(Blob("a.xlsx", build.arbin_book()))
    assert len(values(found, "time")) == len(RUN.time)
    assert found.settings["mass"].value == pytest.approx(build.MASS)
    with pytest.raises(ReadError) as caught:
        read_blob(Blob("a.xlsx", build.arbin_book(restart=True)))
    assert "Channel_1-2" in caught.value.where


@pytest.mark.parametrize("heads", [build.BDF_LABELS, build.BDF_NAMES])
@pytest.mark.parametrize("form", ["text", "gzip", "parquet"])
def test_battery_data_format(heads: tuple[str, ...], form: str) -> None:
    """Preferred labels and machine-readable names, as text, packed and as Parquet, are one recording."""
    data = build.bdf_parquet(heads) if form == "parquet" else build.bdf(heads, packed=form == "gzip")
    found = read_blob(Blob("a.bdf", data))
    assert found.format == "battery-data-format"
    assert values(found, "current") == pytest.approx(RUN.current)
    assert values(found, "temperature").tolist() == [25.0] * len(RUN.time)
    assert fact(found, "current_sign") == "charge-positive"


def test_bdf_with_other_units_and_sign() -> None:
    """A table in hours whose discharge is positive: the label is believed, the fact says the sign."""
    found = text(
        "Test Time / h,Current / A,Voltage / V,Step Type / 1,Cycle Count / 1,Current\n"
        "0,0.006,3.3,discharge,1,7\n1,0.006,3.2,discharge,1,7\n2,0,3.25,rest,1,7\n3,-0.006,3.3,charge,1,7\n"
    )
    assert values(found, "time").tolist() == [0.0, 3600.0, 7200.0, 10800.0]
    assert values(found, "current")[0] == 0.006
    assert fact(found, "current_sign") == "discharge-positive"
    assert values(found, "Current")[0] == 7.0


@pytest.mark.parametrize("cut", [10, 100, -1])
def test_cut_packing_is_refused(cut: int) -> None:
    """A gzip stream or a Parquet file that ends early is refused."""
    for data in (build.bdf(packed=True), build.bdf_parquet()):
        with pytest.raises(ReadError):
            battery_data_format.read(Blob("a.bdf", data[:cut]))


@pytest.mark.parametrize(
    ("heads", "separator", "comma"),
    [
        (("Time[s]", "U [V]", "I/mA", "Cycle"), ";", True),
        (("t/s", "E/V", "I/mA", "cycle"), " ", False),
        (("Time (s)", "Voltage(V)", "Current(mA)", "Cycle Index"), ",", False),
        (("test_time_s", "voltage_V", "current_mA", "cycle_index"), "\t", True),
        (("Program Duration#s", "Voltage#V", "Current#mA", "Cycle#"), ",", False),
        (("总时间(s)", "电压(V)", "电流(mA)", "循环号"), ",", False),
        (("Time, s", "Potential (V vs. Li/Li+)", "<I>/mA", "cycle"), "\t", False),
    ],
)
def test_plain_heads(heads: tuple[str, ...], separator: str, comma: bool) -> None:
    """Common spellings, separators and decimal marks are understood by any reader of the family."""
    if "_mA" in heads[2]:
        heads = (*heads[:2], "Current_mA", heads[3])
    found = read_blob(Blob("a", build.plain(heads, separator=separator, comma=comma)))
    assert found.kind == "cycling"
    assert values(found, "time") == pytest.approx(RUN.time)
    assert values(found, "current") == pytest.approx(RUN.current)
    assert values(found, "cycle").tolist() == RUN.cycle.tolist()


def test_units_in_a_row_of_their_own() -> None:
    """Heads without units above a row of units."""
    found = text("Time\tVoltage\tCurrent\ns\tmV\tuA\n0\t100\t5\n1\t110\t-5\n")
    assert values(found, "voltage").tolist() == [0.1, 0.11]
    assert values(found, "current") == pytest.approx([5e-6, -5e-6], rel=1e-12)


def test_chinese_heads_in_their_own_encoding() -> None:
    """A Neware export in GB 18030."""
    data = "循环号,工步号,工步类型,总时间(h:min:s.ms),电流(mA),电压(V),容量(mAh)\n"
    data += "1,1,恒流放电,00:00:10.000,1,2.9,0.1\n1,2,恒流充电,00:00:20.500,1,3.0,0.1\n"
    found = read_blob(Blob("a.csv", data.encode("gb18030")))
    assert values(found, "time").tolist() == [10.0, 20.5]
    assert values(found, "current").tolist() == [-1e-3, 1e-3]


def test_heads_without_units_stay_plain() -> None:
    """A table that names no units is no cycling recording: the user's ``columns`` name it."""
    assert text("Time,Voltage,Current\n0,3,1\n1,3,1\n").kind == "table"


def test_capacity_and_voltage_alone_are_enough() -> None:
    """A curve of a paper: specific capacity keeps its own name, since no mass is known."""
    found = text("Specific capacity (mAh/g),Voltage (V vs. Li/Li+)\n0,3\n10,2\n20,1\n")
    assert found.blocks[0].names() == ["voltage", "specific_capacity"]
    assert found.blocks[0].column("specific_capacity").unit == "mA*h/g"


def test_counters_tell_the_sign() -> None:
    """Positive currents under which the discharge counter rises are discharging ones."""
    both = text(
        "Time [s],Voltage [V],Current [A],Charge capacity [A.h],Discharge capacity [A.h]\n0,4.0,1,0,0\n"
        "10,3.9,1,0,0.01\n20,3.8,1,0,0.02\n30,3.9,-1,0.01,0.02\n40,4.0,-1,0.02,0.02\n"
    )
    assert fact(both, "current_sign") == "discharge-positive"
    assert values(both, "current").tolist() == [1.0, 1.0, 1.0, -1.0, -1.0]
    unsigned = text(
        "Time [s],Voltage [V],Current [A],Charge capacity [A.h],Discharge capacity [A.h]\n0,4.0,1,0,0\n"
        "10,3.9,1,0,0.01\n20,3.8,1,0,0.02\n30,3.9,1,0.01,0.02\n40,4.0,1,0.02,0.02\n"
    )
    assert fact(unsigned, "current_sign") == "charge-positive"
    assert values(unsigned, "current").tolist() == [-1.0, -1.0, -1.0, 1.0, 1.0]


def test_times_of_steps_are_put_one_after_another() -> None:
    """Time that starts anew with each step becomes one time; what was done is listed."""
    found = text("Time[s],Voltage[V],Current[A],Step\n0,3,1,1\n10,3,1,1\n20,3,1,1\n0,3,-1,2\n10,3,-1,2\n")
    assert values(found, "time").tolist() == [0.0, 10.0, 20.0, 20.0, 30.0]
    assert any(u.where == "time" for u in found.unread)


@pytest.mark.parametrize("bad", ["nan", "inf", "1e999", "1_000", "abc", ""])
@pytest.mark.parametrize("column", [0, 1, 2])
def test_bad_cells_are_named(bad: str, column: int) -> None:
    """A cell of time, voltage or current that is no finite number stops the reading with its line."""
    lines = [f"{i * 10.0},{3.0 + i / 100},{0.5}" for i in range(100)]
    cells = lines[70].split(",")
    cells[column] = bad
    lines[70] = ",".join(cells)
    with pytest.raises(ReadError) as caught:
        text("Time[s],Voltage[V],Current[A]\n" + "\n".join(lines) + "\n")
    assert "line 72" in caught.value.where


def test_other_columns_with_words_are_left_out() -> None:
    """A column outside the vocabulary with a cell of words is left out and listed; the rest is read."""
    found = text("Time[s],Voltage[V],Current[A],Note\n0,3,1,4\n1,3,-1,5\n2,3,1,off\n3,3,1,7\n4,3,1,7\n")
    assert "Note" not in found.blocks[0].names()
    assert any("line 4" in u.what for u in found.unread)


def test_short_and_repeated_lines() -> None:
    """A short line is refused with its line; rows that stand twice are refused; a second header is listed."""
    head = "Time[s],Voltage[V],Current[A]\n"
    body = [f"{i},3.{i},0.5\n" for i in range(30)]
    with pytest.raises(ReadError) as short:
        text(head + "".join(body) + "30,3.1\n" + "31,3.1,0.5\n")
    assert short.value.where.endswith("line 32")
    with pytest.raises(ReadError) as twice:
        text(head + "".join(body) + "".join(body[10:]))
    assert twice.value.where.endswith("line 32")
    found = text(head + "".join(body) + head + "30,3.1,0.5\n")
    assert len(values(found, "time")) == 31
    assert found.unread[0].where == "line 32"


def test_impossible_values_are_refused() -> None:
    """A voltage beyond all cyclers is damage or a wrong unit, with its line."""
    with pytest.raises(ReadError) as caught:
        text("Time[s],Voltage[V],Current[A]\n0,3.1,1\n1,3100,1\n2,3.1,1\n")
    assert caught.value.where.endswith("line 3")


def test_damaged_statistics_of_parquet_do_not_end_the_process() -> None:
    """Footers whose column statistics are damaged are refused or read, by this process, which goes on."""
    table = pa.table({name: np.arange(60.0) for name in build.BDF_LABELS[:3]})
    out = io.BytesIO()
    pq.write_table(table, out)
    for kind, copy in damaged(out.getvalue(), seed=5, count=400):
        with contextlib.suppress(ReadError):
            assert battery_data_format.read(Blob("a.parquet", copy)).kind == "cycling", kind


def test_rows_beyond_one_run_are_all_read() -> None:
    """More rows than are taken at once come back in order, and a bad cell in a later run has its line."""
    lines = [f"{i},{3.0 + i % 7},{1 - 2 * (i % 2)}" for i in range(RUN_LENGTH * 2 + 17)]
    found = text("Time[s],Voltage[V],Current[A]\n" + "\n".join(lines) + "\n")
    assert np.array_equal(values(found, "time"), np.arange(len(lines)))
    place = RUN_LENGTH + 5
    lines[place] = f"{place},3.x,1"
    with pytest.raises(ReadError) as caught:
        text("Time[s],Voltage[V],Current[A]\n" + "\n".join(lines) + "\n")
    assert f"line {place + 2}" in caught.value.where


def test_quoted_cells() -> None:
    """Cells in quotes, with separators inside, are cells."""
    found = text('"Time[s]","Voltage[V]","Current[A]","Note"\n"0","3.1","1","a, b"\n"1","3.2","-1","c"\n')
    assert values(found, "voltage").tolist() == [3.1, 3.2]


def test_clock_times_under_a_head_in_seconds() -> None:
    """Clock times are understood whatever unit the head claims; a voltage that is a time is refused."""
    found = text("Time[s],Voltage[V],Current[A]\n00:00:10,3.1,1\n00:01:10.5,3.2,-1\n")
    assert values(found, "time").tolist() == [10.0, 70.5]
    with pytest.raises(ReadError):
        text("Time[s],Voltage[V],Current[A]\n10,00:00:10,1\n20,00:00:11,-1\n30,00:00:12,-1\n")

"""Neware's binaries: what was built is read back, the real file obeys physics, damage is named."""

from __future__ import annotations

import logging
import struct
import tempfile
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob, load
from negatrode.files.readers import neware_nda, neware_ndax
from negatrode.files.readers.neware_library import FAILURES, Notes, guarded, load_library
from negatrode.files.registry import choose, read_blob
from tests.files import build_cyclers_neware as build
from tests.files.build_cyclers_text import INTERVAL, POINTS, run

RUN = run()
# Steps are put one after another: the first record of a step stands at the time of the last before
TIME = np.repeat(np.arange(5), POINTS) * (POINTS - 1) * INTERVAL + RUN.step_time
REAL = "cycling/newarenda_new_nda_file.nda"


def built(name: str) -> Recording:
    """The recording of a builder's file, through the registry."""
    return read_blob(Blob(*build.BUILDERS[name]()))


def values(recording: Recording, name: str) -> NDArray[np.float64]:
    """A column of the data block."""
    return recording.blocks[0].column(name).values


def fact(recording: Recording, name: str) -> str | float | None:
    """A fact of the data block, None where it is not stated."""
    found = recording.blocks[0].facts.get(name)
    return found.value if found else None


def refused(data: bytes, name: str = "hc.nda") -> ReadError:
    """The refusal of some bytes."""
    with pytest.raises(ReadError) as caught:
        read_blob(Blob(name, data))
    return caught.value


def said(recording: Recording, word: str) -> bool:
    """Whether an entry of what was not understood is about that."""
    return any(word in f"{u.where} {u.what}" for u in recording.unread)


@pytest.mark.parametrize("name", sorted(build.BUILDERS))
def test_what_was_built_is_read_back(name: str) -> None:
    """Time, voltage, current, cycle, step and mode of every record, in SI units."""
    recording = built(name)
    assert recording.kind == "cycling"
    assert recording.format == name.split(" ")[0]
    np.testing.assert_allclose(values(recording, "time"), TIME)
    np.testing.assert_allclose(values(recording, "voltage"), RUN.voltage, atol=5.1e-5)
    np.testing.assert_allclose(values(recording, "current"), RUN.current, rtol=1e-6)
    np.testing.assert_array_equal(values(recording, "cycle"), RUN.cycle)
    np.testing.assert_array_equal(values(recording, "step"), RUN.step)
    np.testing.assert_array_equal(values(recording, "mode"), [build.MODES[s] for s in RUN.state])
    assert fact(recording, "current_sign") == "charge-positive"
    assert fact(recording, "capacity_reset") == "step"
    assert "2 CC_DChg" in str(fact(recording, "modes"))
    if name.endswith("130"):  # where BTS 9 keeps the mass is not known for certain
        assert "mass" not in recording.settings
        return
    assert recording.settings["mass"].value == build.MASS
    assert recording.settings["mass"].unit == "mg"


@pytest.mark.parametrize(
    "name", ["neware-nda", "neware-nda version 22", "neware-nda version 130", "neware-ndax"]
)
def test_counters_of_each_direction(name: str) -> None:
    """They count from the start of each step, in A h; interpolated records of .ndax carry on linearly."""
    recording = built(name)
    for column, state in (("charge_capacity", "C"), ("discharge_capacity", "D")):
        expected = np.where([s == state for s in RUN.state], build.moved(RUN), 0.0)
        np.testing.assert_allclose(values(recording, column), expected, rtol=1e-5, atol=1e-12)


def test_a_single_counter_stays_as_in_the_file() -> None:
    """Version 8 counts upwards in both directions."""
    recording = built("neware-nda version 8")
    np.testing.assert_allclose(values(recording, "capacity"), build.moved(RUN), rtol=1e-5, atol=1e-12)


def test_nothing_of_the_nda_is_left_over() -> None:
    """Every record was understood."""
    assert built("neware-nda").unread == ()


def test_the_ndax_says_what_was_interpolated_and_left_out() -> None:
    """Half of the records have no time of their own; the log is not understood; aux 1 is a temperature."""
    recording = built("neware-ndax")
    assert any(u.where == "data_runInfo.ndc" and "30 of 60" in u.what for u in recording.unread)
    assert any(u.where == "data_log.ndc" for u in recording.unread)
    np.testing.assert_allclose(values(recording, "temperature"), build.TEMPERATURE)


def test_the_preset_mass_is_not_believed() -> None:
    """BTS writes 1 mg where nobody entered a mass."""
    recording = read_blob(Blob("hc.nda", build.nda(mass=1.0)))
    assert "mass" not in recording.settings
    assert said(recording, "active mass")


def test_a_mass_that_was_not_selected_is_not_believed() -> None:
    """Step.xml says by Is_Select whether the active material was entered."""
    parts = build.parts()
    parts["Step.xml"] = parts["Step.xml"].replace(b'Is_Select="1"', b'Is_Select="0"')
    assert "mass" not in read_blob(Blob("hc.ndax", build.container(parts))).settings


def test_a_step_that_jumps_to_itself_counts_on() -> None:
    """Step time that starts anew under the same step number does not run back."""
    first = [build.record8(RUN, i) for i in range(POINTS)]
    again = [r[:1] + struct.pack("<I", POINTS + 1 + i) + r[5:] for i, r in enumerate(first)]
    recording = read_blob(Blob("hc8.nda", build.nda(8, [*first, *again])))
    last = (POINTS - 1) * INTERVAL
    np.testing.assert_allclose(
        values(recording, "time"), [*RUN.step_time[:POINTS], *RUN.step_time[:POINTS] + last]
    )


@pytest.mark.parametrize("version", [8, 22, 29])
def test_a_nda_cut_anywhere_is_refused(version: int) -> None:
    """The header declares how long the records are."""
    data = build.nda(version)
    for size in (*range(16, 300, 31), *range(300, len(data), 97)):
        error = refused(data[:size])
        assert error.where
        assert error.rule


def test_a_nda_of_bts9_cut_in_its_records_is_refused() -> None:
    """Its header declares the block of records in eight bytes each."""
    data = build.nda130()
    for size in range(260, len(data), 61):
        assert refused(data[:size]).where
    assert said(read_blob(Blob("hc.nda", data[:-104] + bytes(104))), "passed over")


@pytest.mark.parametrize("version", [8, 22, 29])
def test_records_that_came_back_as_zeros_are_refused(version: int) -> None:
    """In the middle and at the end, where no number would be missed."""
    data = build.nda(version)
    for stop in (len(data), len(data) - 10 * 86):
        assert refused(data[: stop - 200] + bytes(200) + data[stop:]).where


def test_records_that_stand_twice_are_said() -> None:
    """The library keeps one of each without a word; with bytes left over as well, the file is refused."""
    data = build.nda(22)
    recording = read_blob(Blob("hc.nda", data[: -40 * 86] + data[-50 * 86 : -10 * 86]))
    assert len(values(recording, "time")) == len(RUN.time) - 10
    assert said(recording, "stand twice")
    assert "after record" in refused(data[: -20 * 86] + data[-40 * 86 :]).found


def test_an_unknown_version_is_named() -> None:
    """Version 77."""
    data = bytearray(build.nda())
    data[14] = 77
    assert "77" in refused(bytes(data)).found


def test_time_that_runs_back_within_a_step_is_refused() -> None:
    """A step time that falls to the middle of the step is no new step."""
    records = [build.record8(RUN, i) for i in range(len(RUN.time))]
    records[10] = records[10][:11] + struct.pack("<I", 1500) + records[10][15:]
    assert "runs back" in refused(build.nda(8, records)).found


@pytest.mark.parametrize(("at", "value", "unit"), [(15, 2**31 - 1, "V"), (19, 2**31 - 1, "A")])
def test_impossible_values(at: int, value: int, unit: str) -> None:
    """2e5 V is refused; 200 A in a coin cell, possible for a cycler, breaks the counter and is said."""
    records = [build.record8(RUN, i) for i in range(len(RUN.time))]
    records[15] = records[15][:at] + struct.pack("<i", value) + records[15][at + 4 :]
    data = build.nda(8, records)
    if unit == "V":
        error = refused(data)
        assert error.where == "hc.nda record 16"
        assert "V" in error.found
    else:
        assert said(read_blob(Blob("hc8.nda", data)), "integral of the current")


@pytest.mark.parametrize(("column", "at", "value"), [("mode", 12, 2), ("step", 10, 7)])
def test_a_single_record_of_another_step_is_said(column: str, at: int, value: int) -> None:
    """One byte of one record, in the middle of a step."""
    records = [build.record29(RUN, i) for i in range(len(RUN.time))]
    middle = int(np.flatnonzero(np.array(RUN.state) == "C")[3])
    records[middle] = records[middle][:at] + bytes([value]) + records[middle][at + 1 :]
    assert said(read_blob(Blob("hc.nda", build.nda(29, records))), f"{column}, record {middle + 1}")


def test_a_counter_that_contradicts_the_current_is_said() -> None:
    """One wrong bit in a counter: a finding, no refusal."""
    records = [build.record22(RUN, i) for i in range(len(RUN.time))]
    i = POINTS + 5
    records[i] = records[i][:46] + struct.pack("<q", 2**40) + records[i][54:]
    recording = read_blob(Blob("hc.nda", build.nda(22, records)))
    assert said(recording, "discharge_capacity")
    assert fact(recording, "capacity_reset") is None


def test_step_types_that_contradict_the_current_take_its_sign_away() -> None:
    """Half of the steps say charge while the current is negative: nothing is stated."""
    swapped = [i for i in range(len(RUN.time)) if RUN.step[i] in (2, 3)]
    records = []
    for i in range(len(RUN.time)):
        r = build.record22(RUN, i)
        records.append(r[:12] + bytes([3 - r[12]]) + r[13:] if i in swapped else r)
    recording = read_blob(Blob("hc.nda", build.nda(22, records)))
    assert fact(recording, "current_sign") is None
    assert said(recording, "step types")


@pytest.mark.parametrize("part", ["data.ndc", "data_runInfo.ndc", "data_step.ndc"])
def test_a_container_without_a_part_is_refused(part: str) -> None:
    """Version 14 keeps times and steps apart; the library would go on without."""
    parts = build.parts()
    del parts[part]
    assert refused(build.container(parts), "hc.ndax").rule


def test_parts_that_do_not_belong_together_are_refused() -> None:
    """Times of records that are not there, records without times at the end, steps not described."""
    parts = build.parts()
    short = build.pages(1, 14, [struct.pack("<ff", 1.0, 0.0)] * 20)
    assert "not there" in refused(build.container({**parts, "data.ndc": short}), "hc.ndax").found
    long = build.pages(1, 14, [struct.pack("<ff", 1.0, 0.0)] * 400)
    assert "no times" in refused(build.container({**parts, "data.ndc": long}), "hc.ndax").found
    steps = build.pages(7, 14, [struct.pack("<II16xB12x", 0, 1, 4)])
    assert "1 steps" in refused(build.container({**parts, "data_step.ndc": steps}), "hc.ndax").found


def test_a_part_of_broken_pages_is_refused() -> None:
    """Pages have 4096 bytes."""
    parts = build.parts()
    parts["data_runInfo.ndc"] = parts["data_runInfo.ndc"][:-1]
    assert "pages" in refused(build.container(parts), "hc.ndax").rule


def test_a_voltage_that_is_no_number_is_refused_with_its_record() -> None:
    """In a .ndax voltages are floats."""
    parts = build.parts()
    at = 4096 + 132 + 8 * 30
    main = parts["data.ndc"]
    parts["data.ndc"] = main[:at] + struct.pack("<f", float("nan")) + main[at + 4 :]
    error = refused(build.container(parts), "hc.ndax")
    assert "nan" in error.found
    assert "record 31" in error.where


def test_the_real_file_obeys_physics(shared_data: Path) -> None:
    """Counters are the integral of the current within 2 %, step by step; all 439 records are there."""
    recording = read_blob(load(shared_data / REAL))
    assert recording.format == "neware-nda"
    assert len(values(recording, "time")) == 439
    assert not said(recording, "integral")
    assert not said(recording, "records")
    assert "mass" not in recording.settings  # 1 mg: the preset
    time, current, step = (values(recording, n) for n in ("time", "current", "step"))
    assert (np.diff(time) >= 0).all()
    for number, name in ((1, "discharge_capacity"), (3, "charge_capacity"), (5, "discharge_capacity")):
        rows = step == number
        integral = abs(float(np.trapezoid(current[rows], time[rows]))) / 3600.0
        assert integral == pytest.approx(float(np.ptp(values(recording, name)[rows])), rel=0.02)
    # 0.1 % once the current has settled: BTS integrates the switching-on between two records, too
    for number, name in ((3, "charge_capacity"), (5, "discharge_capacity")):
        rows = np.flatnonzero(step == number)[1:]
        integral = abs(float(np.trapezoid(current[rows], time[rows]))) / 3600.0
        assert integral == pytest.approx(float(np.ptp(values(recording, name)[rows])), rel=0.001)
    clock = values(recording, "unix_time")
    assert time[-1] == pytest.approx(clock[-1] - clock[0], abs=2.0)


def test_the_real_file_as_another_library_reads_it(shared_data: Path) -> None:
    """NewareNDA, written by others, finds the same numbers."""
    oracle = pytest.importorskip("NewareNDA")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = oracle.read(str(shared_data / REAL), software_cycle_number=False, log_level="ERROR")
    recording = read_blob(load(shared_data / REAL))
    for ours, theirs, factor, within in (
        ("voltage", "Voltage", 1.0, 1e-6),
        ("current", "Current(mA)", 1e-3, 1e-9),
        ("charge_capacity", "Charge_Capacity(mAh)", 1e-3, 1e-12),
        ("discharge_capacity", "Discharge_Capacity(mAh)", 1e-3, 1e-12),
        ("cycle", "Cycle", 1.0, 0.0),
        ("step_count", "Step", 1.0, 0.0),
        ("step_time", "Time", 1.0, 1e-9),
        ("index", "Index", 1.0, 0.0),
    ):
        np.testing.assert_allclose(
            values(recording, ours), table[theirs].to_numpy(dtype=float) * factor, rtol=1e-5, atol=within
        )


def test_the_real_file_in_pieces(shared_data: Path) -> None:
    """Cut off anywhere, it is refused."""
    data = (shared_data / REAL).read_bytes()
    for size in range(20, len(data), 5003):
        assert refused(data[:size]).where


def test_the_library_neither_talks_nor_leaves_traces(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No output, no warning, no file left, zlib as it was, the log as it was."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = zlib.decompress, zlib.decompressobj
    log = logging.getLogger("fastnda")
    handlers = list(log.handlers)
    parts = build.parts()
    parts["TestInfo.xml"] = parts["TestInfo.xml"].replace(b"Aux1", b"Other")  # the library complains of this
    recording = read_blob(Blob("hc.ndax", build.container(parts)))
    assert said(recording, "aux channels")
    assert (zlib.decompress, zlib.decompressobj) == before
    assert log.handlers == handlers
    assert log.propagate
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_every_failure_of_the_library_is_typed() -> None:
    """Each class that it raises over damaged files becomes a ReadError with place, rule and remedy."""
    load_library()
    from polars.exceptions import ComputeError, PanicException, SchemaError

    for kind in (*FAILURES, ComputeError, SchemaError, PanicException):

        def fail(kind: type[BaseException] = kind) -> None:
            raise kind("damaged")

        with pytest.raises(ReadError) as caught:
            guarded("records", fail, Notes())
        assert caught.value.where == "records"
        assert caught.value.rule
        assert caught.value.remedy


def test_the_readers_are_chosen_by_content() -> None:
    """Whatever the suffix is; other zips and other words in capitals are not claimed."""
    assert choose(Blob("a.dat", build.nda())) is neware_nda
    assert choose(Blob("a.zip", build.container(build.parts()))) is neware_ndax
    assert neware_nda.sniff(Blob("a.nda", b"NEWARE is a maker of cyclers")) == 0
    assert neware_nda.sniff(Blob("a.nda", b"NEWARE")) == 0
    assert neware_ndax.sniff(Blob("a.ndax", build.container({"other.bin": b"x"}))) == 0

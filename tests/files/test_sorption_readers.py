"""Sorption readers: what is built is read back; real files give the numbers that they state."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from negatrode.core.errors import NegatrodeError, ReadError
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob, load
from negatrode.files.readers import (
    aif,
    belsorp_text,
    belsorp_xls,
    isotherm_text,
    micromeritics_text,
    micromeritics_xls,
    pygaps_json,
)
from negatrode.files.registry import read_blob
from tests.files import build_sorption as build

READERS = (belsorp_xls, belsorp_text, micromeritics_text, micromeritics_xls, aif, pygaps_json, isotherm_text)


def relative(recording: Recording, branch: str) -> np.ndarray:
    """p/p0 of a branch, from its own column or from pressure and saturation pressure."""
    block = recording.block(branch)
    assert block is not None
    if block.has("relative_pressure"):
        return block.column("relative_pressure").values
    return block.column("pressure").values / block.column("saturation_pressure").values


@pytest.mark.parametrize("name", sorted(build.BUILDERS))
def test_points_are_read_back(name: str) -> None:
    """Every format gives back the points, their unit and what the file states of mass and gas."""
    recording = read_blob(Blob(*build.BUILDERS[name]()))
    assert recording.kind == "isotherm"
    for branch, points in (("adsorption", build.ADSORPTION), ("desorption", build.DESORPTION)):
        found = recording.block(branch)
        assert found is not None
        np.testing.assert_allclose(relative(recording, branch), [x for x, _ in points], rtol=1e-5)
        loading = found.column("loading")
        np.testing.assert_allclose(loading.values, [v for _, v in points], rtol=1e-12)
        assert loading.unit == "cm3(STP)/g"
    if name != "isotherm-pairs":
        assert recording.settings["adsorptive"].value == "N2"
        if name != "pygaps-json":
            assert recording.settings["mass"].value == build.MASS
            assert recording.settings["mass"].unit == "g"


@pytest.mark.parametrize(
    "name", ["belsorp-xls", "micromeritics-text", "micromeritics-columns", "micromeritics-xls"]
)
def test_printed_bet_results_are_facts(name: str) -> None:
    """The instrument's own BET results are kept beside the points, never among them."""
    bet = read_blob(Blob(*build.BUILDERS[name]())).block("bet")
    assert bet is not None
    assert bet.facts["printed_area"].value == build.AREA
    assert bet.facts["printed_area"].unit == "m2/g"
    assert bet.facts["printed_monolayer"].unit == "cm3(STP)/g"
    assert bet.facts["printed_c"].value == build.CONSTANT


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("tabs", [True, False])
def test_micromeritics_encodings(encoding: str, tabs: bool) -> None:
    """The report reads the same in any encoding the software writes, by tabs or by places."""
    data = build.micromeritics_text(encoding=encoding, tabs=tabs)
    recording = micromeritics_text.read(Blob("a.TXT", data))
    block = recording.block("adsorption")
    assert block is not None
    assert block.column("pressure").unit == "mmHg"
    np.testing.assert_allclose(
        block.column("pressure").values, [x * 760 for x, _ in build.ADSORPTION], atol=1e-5
    )
    assert recording.settings["saturation_pressure"].value == 760.0
    assert recording.settings["cross_section"].value == 0.162
    assert recording.settings["temperature"].value == 77.3


@pytest.mark.parametrize("make", [build.belsorp_csv, build.belsorp_xls])
def test_declared_number_of_points_holds(make: Callable[..., bytes]) -> None:
    """A file that declares another number of points than it lists is refused, with both numbers."""
    reader = belsorp_xls if make is build.belsorp_xls else belsorp_text
    with pytest.raises(ReadError) as caught:
        reader.read(Blob("a", make(declared=9)))
    assert "9" in caught.value.found
    assert str(len(build.ADSORPTION)) in caught.value.found


def test_open_dat_is_cut_off() -> None:
    """A .DAT branch without its closing line of zeros is refused."""
    with pytest.raises(ReadError):
        belsorp_text.read(Blob("a.DAT", build.belsorp_dat(closed=False)))


def test_lost_point_is_noticed_by_its_number() -> None:
    """Points are numbered; a lost line is refused with the line where the gap is."""
    lines = build.belsorp_dat().split(b"\r\n")
    at = next(i for i, line in enumerate(lines) if line.startswith(b"3\t"))
    with pytest.raises(ReadError) as caught:
        belsorp_text.read(Blob("a.DAT", b"\r\n".join(lines[:at] + lines[at + 1 :])))
    assert caught.value.where == f"line {at + 1}"


def test_loop_that_is_not_full_is_refused() -> None:
    """An AIF loop holds whole rows."""
    with pytest.raises(ReadError):
        aif.read(Blob("a.aif", build.aif(cut=True)))


@pytest.mark.parametrize("bad", ["nan", "inf", "1e999", "abc", "", "1,5,5"])
@pytest.mark.parametrize(
    "name", sorted(set(build.BUILDERS) - {"belsorp-xls", "micromeritics-xls", "micromeritics-plot"})
)
def test_a_cell_that_is_no_number_is_refused(name: str, bad: str) -> None:
    """Non-numbers in a data cell are refused with their place, in every text format."""
    file, data = build.BUILDERS[name]()
    encoding = "utf-16" if data[:2] == b"\xff\xfe" else "cp932" if "japanese" in name else "utf-8"
    old = "45,5" if name == "isotherm-pairs" else "45.5000" if "micromeritics" in name else "45.5"
    text = data.decode(encoding)
    assert old in text
    with pytest.raises(NegatrodeError) as caught:
        read_blob(Blob(file, text.replace(old, bad, 1).encode(encoding)))
    assert caught.value.where
    assert caught.value.found


def test_json_without_branches_is_parted_at_its_maximum() -> None:
    """Without branch marks the points after the highest pressure are desorption."""
    recording = pygaps_json.read(Blob("a.json", build.pygaps(labelled=False, mode="absolute")))
    block = recording.block("desorption")
    assert block is not None
    assert block.column("pressure").unit == "kPa"
    assert block.column("loading").values.tolist() == [v for _, v in build.DESORPTION]


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("p/p0,V (cm3/g)", "cm3/g"),
        ("p/p0,V (cm3(STP)/g)", "cm3(STP)/g"),
        ("P/Po,Volume @ STP (cc)", "cm3(STP)"),
        ("P/Po,Volume @ STP (cc/g)", "cm3(STP)/g"),
        ("Relative pressure,Loading [mmol/g]", "mmol/g"),
        ("relative_pressure,loading_mmol_g", ""),
        ("p/p0,na/mol g^-1", "mol/g"),
        ("p/p0,uptake (mol/kg)", "mol/kg"),
        ("p/p0,Va/cm3(STP) g-1", "cm3(STP)/g"),
    ],
)
def test_volumes_are_not_taken_for_stp(head: str, unit: str) -> None:
    """Units of amount stay what the file says: STP only where it says STP, per gram only where it says so."""
    recording = isotherm_text.read(Blob("a.csv", f"{head}\n0.05,10\n0.1,11\n0.2,12\n".encode()))
    assert recording.blocks[0].column("loading").unit == unit


def test_csv_without_heading_is_not_claimed(shared_data: Path) -> None:
    """Two columns of bare numbers say nothing of themselves: no sorption reader takes them."""
    blob = load(shared_data / "sorption" / "beatmap_vulcan_chex.csv")
    assert [r.sniff(blob) for r in READERS] == [0] * len(READERS)


def test_report_workbook_of_a_real_instrument(shared_data: Path) -> None:
    """BET.xls: 21 + 11 points, 790.62 m2/g from points 3-9, as the report prints."""
    blob = load(shared_data / "sorption" / "BET.xls")
    assert belsorp_xls.sniff(blob) == 95
    recording = belsorp_xls.read(blob)
    branches = {b.name: b for b in recording.blocks}
    assert branches["adsorption"].column("loading").values.size == 21
    assert branches["desorption"].column("loading").values.size == 11
    assert branches["adsorption"].column("loading").unit == "cm3(STP)/g"
    facts = branches["bet"].facts
    assert facts["printed_area"].value == 790.62
    assert facts["printed_monolayer"].value == 181.65
    assert facts["printed_c"].value == 11950.0
    assert facts["printed_points"].value == "3-9"
    stated = {k: v.value for k, v in recording.settings.items()}
    assert stated["adsorptive"] == "N2"
    assert stated["mass"] == 0.033
    assert stated["cross_section"] == 0.162
    assert stated["temperature"] == 77.0


def test_report_csv_of_a_real_instrument(shared_data: Path) -> None:
    """belsorp.csv: 48 + 34 points in mol/g."""
    recording = belsorp_text.read(load(shared_data / "sorption" / "belsorp.csv"))
    branches = {b.name: b for b in recording.blocks}
    assert branches["adsorption"].column("loading").values.size == 48
    assert branches["desorption"].column("loading").values.size == 34
    assert branches["adsorption"].column("loading").unit == "mol/g"
    assert branches["adsorption"].column("relative_pressure").values[-1] == 0.9502
    assert recording.settings["mass"].value == 0.0813


@pytest.mark.parametrize(
    ("file", "counts"), [("pygaps_SiO2_N2_77K.json", (27, 15)), ("pygaps_Takeda_5A_N2_77K.json", (96, 35))]
)
def test_pygaps_files(shared_data: Path, file: str, counts: tuple[int, int]) -> None:
    """Pressures in bar, amounts in mmol/g, unmarked points are adsorption where others are marked."""
    recording = pygaps_json.read(load(shared_data / "sorption" / file))
    assert tuple(b.column("loading").values.size for b in recording.blocks) == counts
    assert recording.blocks[0].column("loading").unit == "mmol/g"
    assert recording.blocks[0].column("pressure").unit == "bar"
    assert recording.settings["adsorptive"].value == "N2"
    assert recording.settings["temperature"].value == 77.355


def test_damaged_cell_address_is_refused_before_memory_is_reserved() -> None:
    """A cell address or a declared rectangle of billions of cells is refused, not allocated."""
    data = bytearray(build.belsorp_xls())
    at = data.find(b"\x03\x02\x0e\x00")
    data[at + 4 : at + 8] = b"\xff\xff\xff\x7f"
    with pytest.raises(ReadError) as caught:
        belsorp_xls.read(Blob("a.xls", bytes(data)))
    assert "32768" in caught.value.found


def test_one_loop_with_both_branches_is_parted() -> None:
    """Early converters wrote adsorption and desorption into one loop."""
    text = build.aif().decode()
    first, second = (
        text.index("_desorp_pressure") - len("loop_\n\n"),
        text.index("_desorp_amount\n") + len("_desorp_amount\n"),
    )
    recording = aif.read(Blob("a.aif", (text[:first] + "\n" + text[second:]).encode()))
    assert [b.column("loading").values.size for b in recording.blocks] == [6, 3]

"""Thermal exports: what was built is read back, the header's words are believed, real files are whole."""

from __future__ import annotations

import random
import subprocess
import sys
import zlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from negatrode.core.errors import NegatrodeError, ReadError
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob, load
from negatrode.files.readers import mettler_text, netzsch_ngb, netzsch_text, ta_text, thermal_text
from negatrode.files.readers.thermal_channels import atmosphere_of, channel_of, direction_of, gas_name
from tests.files import build_thermal as build
from tests.files.mutations import damaged

RUN = build.thermogram()
READERS = {
    "netzsch-text": netzsch_text,
    "ta-text": ta_text,
    "mettler-text": mettler_text,
    "thermal-text": thermal_text,
}


def stated(recording: Recording, name: str) -> float | str | None:
    """What the file states of a setting, None where it does not."""
    found = recording.settings.get(name)
    return found.value if found else None


def values(recording: Recording, name: str) -> np.ndarray:
    """A column of the first block."""
    return recording.blocks[0].column(name).values


def reader_of(name: str) -> ModuleType:
    """The reader of a builder's format."""
    return next(module for key, module in READERS.items() if name.startswith(key))


def outcome(reader: ModuleType, blob: Blob) -> Recording | NegatrodeError:
    """What a reader makes of bytes; anything but a typed error goes through."""
    try:
        found: Recording = reader.read(blob)
    except NegatrodeError as error:
        return error
    return found


@pytest.mark.parametrize("name", list(build.BUILDERS))
def test_temperatures_and_times_come_back(name: str) -> None:
    """read(build(x)) == x: temperature in degC and time in s, whatever unit and separator the file has."""
    file, data = build.BUILDERS[name]()
    reader = reader_of(name)
    blob = Blob(file, data)
    assert reader.sniff(blob) >= 80
    found = reader.read(blob)
    assert found.kind == "thermal"
    assert len(found.blocks) == 1
    assert values(found, "temperature") == pytest.approx(RUN["temperature"], abs=2e-4)
    assert values(found, "time") == pytest.approx(RUN["time"], abs=2e-3)


@pytest.mark.parametrize("name", list(build.BUILDERS))
def test_each_export_has_one_reader(name: str) -> None:
    """The reader of the format is the most certain one, and no file name decides."""
    blob = Blob("unnamed", build.BUILDERS[name]()[1])
    scores = {key: module.sniff(blob) for key, module in READERS.items()}
    assert max(scores, key=lambda k: scores[k]) == next(k for k in READERS if name.startswith(k))


@pytest.mark.parametrize("comma", [False, True])
def test_netzsch_export(comma: bool) -> None:
    """Mass in %, heat flow in W/g, sample mass, rate of the heating segment, the gas that flowed."""
    found = netzsch_text.read(Blob("carbon.txt", build.netzsch(comma=comma)))
    assert values(found, "heat_flow") == pytest.approx(-RUN["heat_flow"], abs=1e-5)
    assert values(found, "mass_percent") == pytest.approx(RUN["mass"] * 20, abs=1e-4)
    assert found.blocks[0].column("heat_flow").unit == "W/g"
    assert (stated(found, "mass"), stated(found, "heating_rate")) == (5.0, 10.0)
    assert stated(found, "atmosphere") == "air"
    assert stated(found, "direction") == "exo-down"


def test_netzsch_exo_mark_decides_the_direction() -> None:
    """#EXO: 1 is up, -1 is down, and without it nothing is said."""
    assert stated(netzsch_text.read(Blob("a", build.netzsch(exo=1))), "direction") == "exo-up"
    silent = build.netzsch().replace(b"#EXO:-1\n", b"")
    assert stated(netzsch_text.read(Blob("a", silent)), "direction") is None


def test_netzsch_declared_decimal_mark_holds() -> None:
    """A decimal comma where the header declares a point is refused."""
    data = build.netzsch(comma=True).replace(b"#DECIMAL:COMMA", b"#DECIMAL:POINT")
    with pytest.raises(ReadError) as caught:
        netzsch_text.read(Blob("a", data))
    assert caught.value.where == "line 25"


def test_netzsch_lost_degree_sign() -> None:
    """Exports on a foreign code page write another sign for the degree."""
    data = build.netzsch().replace("##Temp./°C".encode("cp1252"), b"##Temp./\x9bC")
    assert values(netzsch_text.read(Blob("a", data)), "temperature")[0] == pytest.approx(30.0)


def test_netzsch_comparison_is_refused() -> None:
    """Several measurements side by side are not taken for one."""
    data = build.netzsch().replace(b"DATA ALL", b"DATA COMPARE")
    with pytest.raises(ReadError):
        netzsch_text.read(Blob("a", data))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "cp1252"])
def test_universal_analysis_export(encoding: str) -> None:
    """Mass, heat flow in mW, the selected gas of two, the heating ramp of two, exotherm up."""
    found = ta_text.read(Blob("carbon.txt", build.universal_analysis(encoding=encoding)))
    assert values(found, "mass") == pytest.approx(RUN["mass"], abs=1e-5)
    assert found.blocks[0].column("heat_flow").unit == "mW"
    assert (stated(found, "mass"), stated(found, "heating_rate")) == (5.0, 10.0)
    assert (stated(found, "atmosphere"), stated(found, "direction")) == ("air", "exo-up")


def test_universal_analysis_exotherm_down() -> None:
    """The header's word decides."""
    found = ta_text.read(Blob("a", build.universal_analysis(exotherm="Down")))
    assert stated(found, "direction") == "exo-down"


def test_universal_analysis_event_marks_are_no_data() -> None:
    """A row of negative time is a mark: reported, not among the points."""
    found = ta_text.read(Blob("a", build.universal_analysis()))
    assert len(values(found, "time")) == build.POINTS
    assert [u.what for u in found.unread] == ["an event mark (negative time)"]


def test_universal_analysis_switched_gas_is_not_stated() -> None:
    """Where the method switches gases, which one the peak was in is not said."""
    data = build.universal_analysis(encoding="utf-8")
    data = data.replace(b"OrgMethod\t2: Ramp", b"OrgMethod\t2: Select gas: 2 Ramp")
    assert stated(ta_text.read(Blob("a", data)), "atmosphere") is None


def test_universal_analysis_number_of_signals_must_hold() -> None:
    """Nsig declares the columns."""
    data = build.universal_analysis(encoding="utf-8").replace(b"Nsig\t4", b"Nsig\t5")
    with pytest.raises(ReadError):
        ta_text.read(Blob("a", data))


def test_universal_analysis_without_a_start_line() -> None:
    """Older exports begin their data right below OrgFile."""
    data = build.universal_analysis(encoding="utf-8").replace(b"StartOfData\r\n", b"")
    assert len(values(ta_text.read(Blob("a", data)), "time")) == build.POINTS


def test_trios_steps_are_joined() -> None:
    """Two steps of the same columns are one run."""
    found = ta_text.read(Blob("a", build.trios()))
    assert len(values(found, "time")) == build.POINTS
    assert values(found, "heat_flow") == pytest.approx(RUN["heat_flow"], abs=1e-5)
    assert (stated(found, "mass"), stated(found, "heating_rate")) == (5.0, 10.0)
    assert (stated(found, "atmosphere"), stated(found, "direction")) == ("air", "exo-up")


def test_trios_csv_and_steps_without_a_gap() -> None:
    """The csv layout is the same table; the end of a step is not the end of the file."""
    data = build.trios().replace(b"\t", b",").replace(b"\n\n[step]", b"\n[step]")
    found = ta_text.read(Blob("a", data))
    assert len(values(found, "time")) == build.POINTS
    assert stated(found, "mass") == 5.0
    assert found.unread == ()


def test_mettler_curves_are_joined() -> None:
    """A mass and a heat-flow curve on one time axis are columns of one block; Ts is the temperature."""
    found = mettler_text.read(Blob("a", build.mettler()))
    assert values(found, "mass") == pytest.approx(RUN["mass"], abs=1e-5)
    assert values(found, "heat_flow") == pytest.approx(RUN["heat_flow"] * 5, abs=1e-5)
    assert values(found, "furnace_temperature") == pytest.approx(RUN["temperature"] + 2, abs=1e-4)
    assert (stated(found, "mass"), stated(found, "heating_rate")) == (5.0, 10.0)
    assert (stated(found, "atmosphere"), stated(found, "direction")) == ("air", "exo-up")


@pytest.mark.parametrize(("mark", "expected"), [("^endo", "exo-down"), ("", None)])
def test_mettler_direction(mark: str, expected: str | None) -> None:
    """The mark decides; without it nothing is said."""
    assert stated(mettler_text.read(Blob("a", build.mettler(direction=mark))), "direction") == expected


def test_mettler_lost_row_is_refused() -> None:
    """A gap in the index is a lost row, with its line."""
    lines = build.mettler().split(b"\r\n")
    del lines[20]
    with pytest.raises(ReadError) as caught:
        mettler_text.read(Blob("a", b"\r\n".join(lines)))
    assert caught.value.where == "line 21"


def test_plain_table_with_a_row_of_units() -> None:
    """K becomes degC, "W g-1" W/g; rate, gas and direction in the file's name are no statement."""
    found = thermal_text.read(Blob("TGA_air_10K_exo_up.csv", build.plain()))
    assert values(found, "heat_flow") == pytest.approx(RUN["heat_flow"], abs=1e-5)
    assert found.blocks[0].column("heat_flow").unit == "W/g"
    assert found.settings == {}


def test_plain_table_header_words_are_settings() -> None:
    """Mass, rate, gas and direction above the table are stated."""
    found = thermal_text.read(Blob("a", build.labelled()))
    assert (stated(found, "mass"), stated(found, "heating_rate")) == (5.0, 10.0)
    assert (stated(found, "atmosphere"), stated(found, "direction")) == ("air", "exo-down")
    assert found.blocks[0].column("dta").unit == "uV"


@pytest.mark.parametrize("bad", ["nan", "1e999", "inf", "-", "12abc", ""])
@pytest.mark.parametrize(
    "name", ["thermal-text-units-row", "thermal-text-labelled", "netzsch-text", "ta-text-trios"]
)
def test_cells_that_are_no_numbers_are_refused_with_their_line(name: str, bad: str) -> None:
    """A canonical column holds finite numbers only."""
    data = build.BUILDERS[name]()[1]
    encoding = "cp1252" if name == "netzsch-text" else "utf-8"
    lines = data.decode(encoding).split("\n")
    line = len(lines) - 8
    separator = {"thermal-text-units-row": ",", "netzsch-text": ";"}.get(name, "\t")
    cells = lines[line].split(separator)
    cells[1] = bad
    lines[line] = separator.join(cells)
    with pytest.raises(ReadError) as caught:
        reader_of(name).read(Blob("a", "\n".join(lines).encode(encoding)))
    assert f"line {line + 1}" in caught.value.where


def test_a_short_row_is_refused() -> None:
    """A row cut off in the middle is not padded."""
    data = build.plain()
    with pytest.raises(ReadError) as caught:
        thermal_text.read(Blob("a", data[: data.rstrip().rfind(b",")]))
    assert caught.value.where == f"line {build.POINTS + 2}"


def test_a_number_cut_off_at_the_end_is_refused() -> None:
    """Where all numbers have five decimals, a last one of three in a line without end was cut."""
    with pytest.raises(ReadError):
        thermal_text.read(Blob("a", build.plain()[:-3]))


def test_rows_that_stand_twice_are_refused() -> None:
    """A block of lines copied twice makes time go back."""
    lines = build.plain().split(b"\n")
    with pytest.raises(ReadError):
        thermal_text.read(Blob("a", b"\n".join([*lines[:20], *lines[10:]])))


def test_header_inside_the_table_is_passed_over() -> None:
    """A header repeated among the rows is no data and no error."""
    lines = build.plain().split(b"\n")
    found = thermal_text.read(Blob("a", b"\n".join([*lines[:20], *lines[:2], *lines[20:]])))
    assert len(values(found, "time")) == build.POINTS
    assert [u.where for u in found.unread] == ["line 21", "line 22"]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("Time,Temperature,Heat Flow,\n[s],[K],[W/g],\n0,298,2E-02,\n60.9,303,2.7E-02,\n",
         ["time", "temperature", "heat_flow"]),
        ("Temp./°C;Zeit/min;DTA/(µV/mg);Masse/%\n25,1;0,0;0,5;100\n26,2;0,1;0,6;99,5\n",
         ["temperature", "time", "dta", "mass_percent"]),
        ("Time\tTemp\tTG\tDTA\tDTG\nsec\tCel\tug\tuV\tug/min\n"
         "0\t25\t5000\t1\t0\n1\t26\t4999\t2\t1\n",
         ["time", "temperature", "mass", "dta", "DTG"]),
        ("Time (s)\tFurnace Temperature (°C)\tSample Temperature (°C)\tTG (mg)\tHeatFlow (mW)\n"
         "0\t30\t28\t0\t1\n1\t31\t29\t-0.1\t2\n",
         ["time", "furnace_temperature", "temperature", "mass", "heat_flow"]),
        ('"Temperature (C)","Heat Flow Endo Up (mW)"\n"30.0","1.5"\n"31.0","1.6"\n',
         ["temperature", "heat_flow"]),
    ],
    ids=["row of units, trailing comma", "German", "SII", "Setaram", "quoted"],
)  # fmt: skip
def test_headers_of_other_makers(text: str, columns: list[str]) -> None:
    """Headers as other instruments and data bases write them."""
    blob = Blob("a.txt", text.encode())
    assert thermal_text.sniff(blob) == 80
    assert thermal_text.read(blob).blocks[0].names() == columns


@pytest.mark.parametrize("mark", ["\u203a", ">", "\u00b0", ""])
def test_netzsch_units_with_any_degree_sign(mark: str) -> None:
    """Segments and units are understood whatever became of the degree sign."""
    text = (
        f"#EXPORTTYPE:DATA ALL\n#DECIMAL:POINT\n#SEPARATOR:SEMICOLON\n#SAMPLE MASS /mg:4.28\n"
        f"#EXO:-1\n#RANGE:37{mark}C/15,0(K/min)/1000{mark}C/00:00/1000{mark}C/\n#SEGMENT:S1-2/2\n"
        f"#SEG. 1:37{mark}C/15,0(K/min)/1000{mark}C\n#SEG. 2:1000{mark}C/00:30/1000{mark}C\n\n"
        f"##Temp./{mark}C;Time/min;Mass/%;Gas Flow(purge2)/(ml/min);Gas Flow(protective)/(ml/min);Segment\n"
        "  31.06100; 0.00000;100.00000;50.00000;40.00000;1\n"
        "  31.04500; 0.01000;100.00000;50.00000;40.00000;1\n\n"
    )
    found = netzsch_text.read(Blob("a", text.encode("utf-8")))
    assert stated(found, "heating_rate") == 15.0
    assert values(found, "temperature")[0] == pytest.approx(31.061)
    assert "atmosphere" not in found.settings


def test_mettler_file_with_texts_above_the_curve() -> None:
    """The other layout of STARe: file, sample and method names first, then "Curve:"."""
    text = (
        "Title                         01.01.2024 18:00\n______________\n\nTitle\n\n\nFileName:\n"
        "  TGA_PP, 01.01.2024 18:00:00\n  Sample Weight\nSampleID:\n  TGA_PP, 4.9292 mg\nRemarks:\n  \n"
        "Method:\n  PP_cracking\nResults:\nCurve:\n      Index       t      Ts       Tr     Value\n"
        "                  [s]    [°C]     [°C]      [mg]\n"
        "          0       0  45.647   50.000   4.92915\n          1       1  45.699   50.083    4.9291\n"
        "          2       2  45.774   50.167   4.92905\n"
    )
    found = mettler_text.read(Blob("a", text.encode("cp1252")))
    assert values(found, "mass") == pytest.approx([4.92915, 4.9291, 4.92905])
    assert stated(found, "mass") == pytest.approx(4.9292)


def test_table_without_units_is_no_thermogram() -> None:
    """Names without units are left to the plain-table reader, which asks."""
    assert thermal_text.sniff(Blob("a.csv", b"Time,Temperature,Mass\n0,25,5\n1,26,5\n")) == 0


def test_trailing_separators_are_no_columns() -> None:
    """Spreadsheets end each line with empty cells."""
    data = b"\n".join(line + b",," for line in build.plain().strip().split(b"\n")) + b"\n"
    assert len(values(thermal_text.read(Blob("a", data)), "mass")) == build.POINTS


@pytest.mark.parametrize(
    ("label", "unit", "name"),
    [
        ("Sample Temperature", "°C", "temperature"),
        ("T", "K", "temperature"),
        ("t", "s", "time"),
        ("Temp", "Cel", "temperature"),
        ("Program Temp.", "C", "furnace_temperature"),
        ("TG", "ug", "mass"),
        ("Mass Change", "%", "mass_percent"),
        ("HeatFlow", "µW", "heat_flow"),
        ("Temperature Difference", "µV", "dta"),
        ("Deriv. Weight", "%/min", "Deriv. Weight"),
        ("Heat Capacity", "mJ/°C", "Heat Capacity"),
    ],
)
def test_column_names(label: str, unit: str, name: str) -> None:
    """Labels of several makers give the canonical channel, or keep their own name."""
    assert channel_of(label, unit).name == name


def test_contradicting_directions_say_nothing() -> None:
    """ "exo up" and "endo up" in one header leave the direction open."""
    assert direction_of("exo up\nendo up") is None
    assert direction_of("exothermic is up") == "exo-up"


def test_gases() -> None:
    """One spelling for the common gases, each once, none for a dash."""
    assert (
        atmosphere_of([gas_name("N2"), gas_name("NITROGEN"), gas_name("---"), gas_name("O2")])
        == "nitrogen + oxygen"
    )


@pytest.mark.parametrize("name", list(build.BUILDERS))
def test_damage_gives_typed_errors(name: str) -> None:
    """No damaged copy raises anything but a typed error."""
    file, data = build.BUILDERS[name]()
    copies = [copy for _, copy in damaged(data, seed=zlib.crc32(name.encode()), count=60)]
    found = [outcome(reader_of(name), Blob(file, copy)) for copy in copies]
    errors = [e for e in found if isinstance(e, NegatrodeError)]
    assert len(errors) > 10
    assert all(e.where or e.rule or e.remedy for e in errors)


def test_real_wood_tga(shared_data: Path) -> None:
    """1520 points, 313.14 K to 1072.64 K, 2.3484 mg to 0.0009 mg."""
    found = thermal_text.read(load(shared_data / "thermal" / "UMET_Wood_TGA_O2-21_10K_R1.csv"))
    assert values(found, "temperature")[[0, -1]] == pytest.approx([39.99, 799.49])
    assert values(found, "mass")[[0, -1]] == pytest.approx([2.3484, 0.0009])
    assert len(values(found, "time")) == 1520
    assert found.settings == {}


def test_real_pmma_dsc(shared_data: Path) -> None:
    """4351 points in W/g; the direction stands in a README, not in the file."""
    found = thermal_text.read(load(shared_data / "thermal" / "TIFP_DSC_O2-21_10K_1.csv"))
    assert found.blocks[0].column("heat_flow").unit == "W/g"
    assert values(found, "heat_flow")[0] == -0.19889
    assert len(values(found, "time")) == 4351
    assert "direction" not in found.settings


@pytest.mark.parametrize(
    ("file", "gas", "mass", "points"),
    [
        ("01_Messung_Probe_G_300_Grad_Ar.ngb-ds3", "argon", 10.848, 5801),
        ("Red_Oak_STA_10K_250731_R7.ngb-ss3", "nitrogen", 4.044, 9171),
    ],
)
def test_real_netzsch_binary(shared_data: Path, file: str, gas: str, mass: float, points: int) -> None:
    """The gas that flowed (oxygen is connected but shut), the sample mass, 10 K/min."""
    blob = load(shared_data / "thermal" / file)
    assert netzsch_ngb.sniff(blob) == 100
    found = netzsch_ngb.read(blob)
    assert stated(found, "atmosphere") == gas
    assert stated(found, "heating_rate") == pytest.approx(10.0)
    assert values(found, "mass")[0] == pytest.approx(mass)
    assert found.blocks[0].column("heat_flow").unit == "uV"
    assert len(values(found, "temperature")) == points
    assert "direction" not in found.settings


def test_damaged_netzsch_binary_gives_typed_errors(shared_data: Path) -> None:
    """Damaged copies of a real file are refused with a reason, or read; nothing else escapes."""
    data = (shared_data / "thermal" / "Red_Oak_STA_10K_250731_R7.ngb-ss3").read_bytes()
    found = [outcome(netzsch_ngb, Blob("a.ngb-ss3", c)) for _, c in damaged(data, seed=11, count=40)]
    errors = [e for e in found if isinstance(e, NegatrodeError)]
    assert len(errors) > 20
    assert all(e.where or e.rule or e.remedy for e in errors)
    for kept in random.Random(5).sample(range(len(data)), 10):
        with pytest.raises(ReadError):
            netzsch_ngb.read(Blob("a.ngb-ss3", data[:kept]))


def test_importing_the_readers_is_light() -> None:
    """Listing the readers loads neither pyngb nor tifffile nor Pillow."""
    names = ", ".join(
        ("picture", "via_outlines", "netzsch_ngb", *(m.__name__.split(".")[-1] for m in READERS.values()))
    )
    code = (
        f"import sys; from negatrode.files.readers import {names}\n"
        "sys.exit(bool({'pyngb', 'polars', 'tifffile', 'PIL'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

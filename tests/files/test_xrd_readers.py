"""Diffraction readers and plain tables: what is written is read, what is damaged is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from negatrode.core.errors import ReadError
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob
from negatrode.files.readers import workbook
from negatrode.files.registry import choose, read, read_blob
from tests.files import build_xrd as build

MEAN = (2.0 * build.KA1 + build.KA2) / 3.0


def opened(data: bytes | str, name: str = "scan.dat") -> Recording:
    """The recording of these bytes, by whatever reader recognises them."""
    return read_blob(Blob(name, data.encode() if isinstance(data, str) else data))


def built(name: str) -> Recording:
    """The recording of a builder's file."""
    file, data = build.BUILDERS[name]()
    return opened(data, file)


def refusal(data: bytes | str, name: str = "scan.dat") -> ReadError:
    """The refusal of these bytes."""
    with pytest.raises(ReadError) as caught:
        opened(data, name)
    return caught.value


def number(recording: Recording, key: str) -> float:
    """A stated number."""
    return float(recording.settings[key].value)


SCANS = [n for n in build.BUILDERS if n not in ("delimited", "spreadsheet-xls", "spreadsheet-xlsx")]
FORMATS = {
    "xrdml": "panalytical-xrdml", "rasx": "rigaku-rasx", "ras": "rigaku-ras", "brml": "bruker-brml",
    "bruker": "bruker-raw", "uxd": "bruker-uxd", "xrd": "xrd-text",
}  # fmt: skip


@pytest.mark.parametrize("name", SCANS)
def test_what_is_built_is_read(name: str) -> None:
    """read(build(x)) == x for angles and intensities of every range, by the reader meant for the format."""
    found = built(name)
    assert found.format == FORMATS[name.split("-")[0]]
    assert found.kind == "diffraction"
    for block in found.blocks:
        angles = block.column("two_theta").values
        assert angles == pytest.approx(build.angles(round(float(angles[0]), 3)), abs=2e-6)
        assert block.column("intensity").values == pytest.approx(build.counts(), rel=1e-9)
    starts = [float(b.column("two_theta").values[0]) for b in found.blocks]
    assert starts == sorted(starts)


@pytest.mark.parametrize("name", [n for n in SCANS if "-text" not in n or "panalytical" in n])
def test_both_lines_give_the_weighted_wavelength(name: str) -> None:
    """With both K-alpha lines present, the wavelength is (2 ka1 + ka2) / 3."""
    found = built(name)
    assert found.settings["wavelength"].unit == "angstrom"
    assert number(found, "wavelength") == pytest.approx(MEAN, abs=1e-7)
    assert number(found, "wavelength_ka1") == pytest.approx(build.KA1, abs=1e-7)


@pytest.mark.parametrize(
    ("file", "points", "first", "last", "wavelength"),
    [
        ("CG20396_jdb12-1.xrdml", 7181, 5.00835563, 124.99526689, 1.541874),
        ("HL1-2_5-90_60min.xrdml", 6474, 5.00116514, 89.99348491, 1.541874),
        ("nomad_XRD-918-16_10.xrdml", 5027, 4.00656514, 69.99936587, 1.541874),
        ("JO_KL_16_ZF_3_60deg_0.02step_12degpermin_001.rasx", 2851, 3.0, 60.0, 1.5418667),
        ("nomad_TwoTheta_scan_powder.rasx", 2726, 10.0, 119.0, 1.540593),
        ("TiOF.brml", 2469, 9.998839261, 60.012776015, 1.5418633),
        ("example_bmb.xye", 575, 0.5, 1.073103125, 0.414581),
        ("example_ocx.xy", 1876, 5.0, 80.0, None),
    ],
)
def test_real_files(
    shared_data: Path, file: str, points: int, first: float, last: float, wavelength: float | None
) -> None:
    """Points, ends and wavelength of real files are those that the files print."""
    found = read(shared_data / "xrd" / file)
    angles = found.blocks[0].column("two_theta").values
    assert (len(found.blocks), len(angles)) == (1, points)
    assert angles[[0, -1]] == pytest.approx([first, last], abs=1e-8)
    stated = found.settings.get("wavelength")
    assert (None if stated is None else float(stated.value)) == pytest.approx(wavelength, abs=1e-6)


def test_intended_k_alpha_1_without_a_crystal_has_both_lines(shared_data: Path) -> None:
    """The file says K-Alpha 1, but its quartz lines at 68 deg are split: both are there, and it is said."""
    found = read(shared_data / "xrd" / "nomad_XRD-918-16_10.xrdml")
    x, y = (found.blocks[0].column(n).values for n in ("two_theta", "intensity"))
    split = 2.0 * np.degrees(np.tan(np.radians(33.87)) * (build.KA2 / build.KA1 - 1.0))
    window = (x > 67.5) & (x < 67.95)
    main = x[window][np.argmax(y[window])]
    near = (x > main + split - 0.03) & (x < main + split + 0.03)
    between = (x > main + 0.3 * split) & (x < main + 0.7 * split)
    assert y[near].max() > 1.4 * y[between].min()
    assert any("both lines" in u.what for u in found.unread)


@pytest.mark.parametrize("lost", [1, 7, 100, 1000, 3000])
@pytest.mark.parametrize(
    "file", ["CG20396_jdb12-1.xrdml", "HL1-2_5-90_60min.xrdml", "nomad_XRD-918-16_10.xrdml"]
)
def test_lost_counts_of_a_strip_detector_are_noticed(shared_data: Path, file: str, lost: int) -> None:
    """Only first and last angle are stated; yet a scan that lost counts no longer steps by whole pixels."""
    text = (shared_data / "xrd" / file).read_text()
    name = "intensities" if "<intensities" in text else "counts"
    head, _, tail = text.partition(f"</{name}>")
    cut = head.rsplit(" ", lost)[0] + f"</{name}>" + tail
    error = refusal(cut, file)
    assert "angles but" in error.found
    assert "pixels" in error.rule


@pytest.mark.parametrize("kind", ["pointDetectorType", ""])
def test_lost_counts_of_other_detectors(kind: str) -> None:
    """A point detector steps by whole 0.0001 deg; of an unknown detector, an odd step is only reported."""
    detector = f'<detector xmlns:xsi="urn:x" name="some" xsi:type="{kind}"><mode>Point</mode></detector>'
    whole = build.xrdml(build.xrdml_scan(), diffracted=detector)
    assert opened(whole).unread == ()
    cut = build.xrdml(build.xrdml_scan(values=build.counts()[:-2], end=12.0), diffracted=detector)
    if kind:
        assert "39 counts" in refusal(cut).found
    else:
        assert "not round" in opened(cut).unread[0].what


def test_xrdml_attenuation() -> None:
    """counts are multiplied by the factors, intensities are not; sigma is that of what was seen."""
    factors = np.where(np.arange(build.COUNT) > 20, 10.0, 1.0)
    raw = opened(build.xrdml(build.xrdml_scan(factors=factors))).blocks[0]
    assert raw.column("intensity").values == pytest.approx(build.counts() * factors)
    assert raw.column("sigma").values == pytest.approx(factors * np.sqrt(build.counts()))
    done = opened(build.xrdml(build.xrdml_scan(intensity="intensities", factors=factors))).blocks[0]
    assert done.column("intensity").values == pytest.approx(build.counts())
    assert done.column("sigma").values == pytest.approx(np.sqrt(build.counts() * factors))


def test_xrdml_counting_time_that_varies_gives_a_rate() -> None:
    """Counts of points that were counted for different times are no pattern; the rate is."""
    times = np.where(np.arange(build.COUNT) > 20, 4.0, 1.0)
    block = opened(build.xrdml(build.xrdml_scan(times=times))).blocks[0]
    assert block.column("intensity").unit == "cps"
    assert block.column("intensity").values == pytest.approx(build.counts() / times)


def test_xrdml_selected_lines() -> None:
    """Germanium in the incident beam leaves K-alpha1; graphite in either beam leaves both."""
    crystal = '<monochromator name="Ge 111"><crystal type="Symmetrical">Ge</crystal></monochromator>'
    assert number(opened(build.xrdml(incident=crystal)), "wavelength") == build.KA1
    graphite = crystal.replace("Ge", "Graphite")
    after = opened(build.xrdml(diffracted=graphite))
    assert number(after, "wavelength") == pytest.approx(MEAN)
    assert after.settings["monochromator"].value == "yes"
    assert number(opened(build.xrdml(incident=graphite)), "wavelength") == pytest.approx(MEAN)
    assert number(opened(build.xrdml(intended="K-Beta")), "wavelength") == build.KBETA


def test_xrdml_scans_not_along_two_theta_or_not_completed_are_reported() -> None:
    """A rocking curve is left out and listed; an aborted scan is read and listed."""
    found = opened(build.xrdml(build.xrdml_scan(status="Aborted"), build.xrdml_scan(axis="Omega")))
    assert [b.name for b in found.blocks] == ["scan 1"]
    assert [u.where for u in found.unread] == ["scan 1", "scan 2"]
    assert "Aborted" in found.unread[0].what
    assert "Omega" in refusal(build.xrdml(build.xrdml_scan(axis="Omega"))).rule


@pytest.mark.parametrize(
    ("scan", "found"),
    [
        (build.xrdml_scan(listed=build.angles(count=40)), "40 angles but 41 counts"),
        (build.xrdml_scan(factors=np.ones(40)), "40 beamAttenuationFactors but 41 counts"),
        (build.xrdml_scan(times=np.ones(40)), "40 countingTimes but 41 counts"),
        (
            build.xrdml_scan(listed=build.angles()[[0, 1, 2, 2, *range(4, 41)]]),
            "2 theta goes from 10.1 to 10.1",
        ),
        (build.xrdml_scan(values=np.array([5.0])), "1 points"),
        (build.xrdml_scan(end=900.0), "2 theta of 900 deg"),
        (build.xrdml_scan().replace(" 1", " nan ", 3), "'nan' stands where"),
        (build.xrdml_scan(values=np.full(41, 1e13)), "an intensity of 1e+13"),
    ],
)
def test_xrdml_refusals(scan: str, found: str) -> None:
    """Unequal lists, angles that stand still, impossible numbers: refused with what was found."""
    error = refusal(build.xrdml(scan))
    assert error.found.startswith(found)
    assert "scan 1" in error.where


def test_xrdml_in_utf16() -> None:
    """XML may come in UTF-16."""
    assert len(opened(build.xrdml(encoding="UTF-16")).blocks) == 1


def test_rasx_folders() -> None:
    """Each Data folder is a block, in the order of their numbers, each under its own conditions."""
    rows = build.three_columns()
    folders = [(rows, build.rasx_conditions()) for _ in range(11)]
    folders[3] = (rows, build.rasx_conditions(axis="Omega"))
    found = opened(build.rasx(folders))
    assert [b.name for b in found.blocks] == [f"Data{i}" for i in range(11) if i != 3]
    assert [u.where for u in found.unread] == ["Data3/Profile3.txt"]
    assert number(found, "counting_time") == pytest.approx(0.5)


def test_rasx_declared_count_and_lines() -> None:
    """DataCount must be the number of rows; Ka1 or a Ge crystal leave K-alpha1."""
    rows = build.three_columns()
    assert "DataCount says 42" in refusal(build.rasx([(rows, build.rasx_conditions(count=42))])).found
    for conditions in (build.rasx_conditions(wave="Ka1"), build.rasx_conditions(incident="Ge(220)x2")):
        assert number(opened(build.rasx([(rows, conditions)])), "wavelength") == build.KA1


def test_ras_attenuator_and_header() -> None:
    """The third column multiplies; sigma keeps the counting statistics; Japanese text is read as such."""
    factors = np.where(np.arange(build.COUNT) > 20, 11.23, 1.0)
    found = opened(build.ras(factors=factors, sample="炭素粉末"))
    block = found.blocks[0]
    assert block.column("intensity").values == pytest.approx(build.counts() * factors)
    assert block.column("sigma").values == pytest.approx(np.sqrt(build.counts()) * factors)
    assert found.metadata["FILE_SAMPLE"] == "炭素粉末"
    assert found.settings["monochromator"].value == "yes"
    assert opened(build.ras(sample="Prüfung", encoding="cp1252")).metadata["FILE_SAMPLE"] == "Prüfung"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (build.ras(count=42), "41 rows but MEAS_DATA_COUNT says 42"),
        (build.ras(sections=2).rpartition(b"*RAS_HEADER_START")[0], "*RAS_DATA_END is missing"),
        (build.ras().replace(b"*RAS_INT_END", b""), "*RAS_INT_END is missing"),
        (build.ras(axis="Omega"), "no *RAS_INT_START section along 2 theta"),
        (build.ras().replace(b"10.1000 ", b"1e999 "), "'1e999' stands where"),
    ],
)
def test_ras_refusals(data: bytes, found: str) -> None:
    """Counts that do not agree, sections not closed, other axes, numbers that are none."""
    assert refusal(data).found.startswith(found)


def test_brml_stopped_scan_is_read_and_reported() -> None:
    """Fewer points than planned are fine where MeasuredSteps says so; otherwise the file is damaged."""
    found = opened(build.brml(build.brml_raw(declared=100, measured=41, status="Aborted")))
    assert len(found.blocks[0].column("intensity").values) == 41
    assert len(found.unread) == 2
    assert "MeasuredSteps says 100" in refusal(build.brml(build.brml_raw(declared=100, measured=100))).found
    assert "MeasuredSteps says 40" in refusal(build.brml(build.brml_raw(measured=40))).found


def test_brml_ranges_axes_and_absorber() -> None:
    """One block a range; other axes and an absorber are reported; rows are read without views, too."""
    raws = [build.brml_raw(start=10.0 + 5.0 * i, views=i % 2 == 0) for i in range(11)]
    raws[5] = build.brml_raw(axis="Chi")
    found = opened(build.brml(*raws))
    starts = [float(b.column("two_theta").values[0]) for b in found.blocks]
    assert starts == [10.0 + 5.0 * i for i in range(11) if i != 5]
    assert ["Chi" in u.what for u in found.unread] == [True]
    assert "absorber" in opened(build.brml(build.brml_raw(absorber=8.0))).unread[0].what


def test_brml_rows_of_frames_are_refused() -> None:
    """A Datum with more numbers than the views name is no single count."""
    raw = build.brml_raw().replace(b"</Datum>", b",5,6</Datum>")
    assert refusal(build.brml(raw)).found == "7 values"


RAW: dict[str, Callable[..., bytes]] = {
    "1": build.raw1, "2": build.raw2, "3": build.raw3, "4": build.raw4,
}  # fmt: skip


@pytest.mark.parametrize("version", sorted(RAW))
def test_raw_ranges_and_length(version: str) -> None:
    """Three ranges give three blocks; a byte too few or too many is refused, padding with zeros is not."""
    data = RAW[version](ranges=3)
    found = opened(data)
    starts = [float(b.column("two_theta").values[0]) for b in found.blocks]
    assert starts == pytest.approx([10.0, 20.0, 30.0])
    for cut in (1, 4, 170, len(data) // 2):
        assert refusal(data[:-cut]).where
    assert refusal(data + b"\x07" * 20).rule
    if version != "4":
        assert opened(data + bytes(100)).unread[-1].what.startswith("100 zeros")


@pytest.mark.parametrize("version", [b"RAW3.00", b"RAW4.01", b"RAW5.00", b"RAW1.02"])
def test_raw_of_an_unknown_version_is_refused_by_its_mark(version: bytes) -> None:
    """An unknown version is named, not guessed."""
    assert repr(version) in refusal(version + build.raw3()[7:]).found


def test_raw_gates() -> None:
    """Counts that no detector gives, steps of no goniometer, wrong numbers of steps."""
    good = build.raw3()
    huge = good[:1016] + np.array([1e29], "<f4").tobytes() + good[1020:]
    assert refusal(huge).found == "an intensity of 1e+29"
    nan = good[:1016] + np.array([np.nan], "<f4").tobytes() + good[1020:]
    assert refusal(nan).rule == "raw counts are finite and not negative"
    step = good[: 712 + 176] + np.array([-0.05]).tobytes() + good[712 + 184 :]
    assert refusal(step).found == "a step of -0.05 deg"
    assert "42 points declared but only 41 stored" in refusal(build.raw3(count=42)).found
    assert "bytes after the last range" in refusal(build.raw3(count=40)).found


def test_raw_status_and_other_scans() -> None:
    """An interrupted measurement is reported; a rocking curve is no scan along 2 theta."""
    assert "interrupted" in opened(build.raw3(status=4)).unread[0].what
    assert "type 3" in refusal(build.raw3(kind=3)).rule
    assert "Rocking" in refusal(build.raw4(scan=b"Rocking Curve")).rule
    assert "not along 2 theta" in refusal(build.raw4(at=5.0)).rule


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (build.uxd(ranges=2).rpartition(b"_START")[0], "the header of a range without its data"),
        (build.uxd(declared=42), "41 counts but _STEPCOUNT says 42"),
        (build.uxd(mark="_2THETACOUNTS", drive="THETA"), "no range along 2 theta"),
        (build.uxd().replace(b"_COUNTS", b"_FRAMES"), "mark '_FRAMES'"),
        (build.uxd(mark="_2THETACOUNTS").replace(b"10.1000", b"inf"), "'inf' stands where"),
        (build.uxd().replace(b"_STEPSIZE=0.05\n", b""), "no _STEPSIZE"),
    ],
)
def test_uxd_refusals(data: bytes, found: str) -> None:
    """Counts that do not agree, another drive, unknown marks, numbers that are none, no step."""
    assert refusal(data, "scan.uxd").found.startswith(found)


HEADS = [
    ("2Theta;Intensity\n", ";", False, 85),
    ('"2-Theta [deg]";"Counts"\n', ";", True, 85),
    ("Angle (deg)\tIntensity (cps)\n", "\t", False, 85),
    ("two_theta,intensity\n", ",", False, 85),
    ("2θ (°)\tI\n", "\t", True, 85),
    ("# tth  counts\n", "  ", False, 85),
    ('\'Id: "x" Anode: "Cu" Scantype: "Coupled TwoTheta/Theta"\n', " ", False, 60),
    ("! diffraction of a carbon\n", " ", False, 60),
    ("[Data]\nAngle, Det1Disc1,\n", ",", False, 85),
]


@pytest.mark.parametrize(("head", "separator", "comma", "certainty"), HEADS)
def test_text_headers(head: str, separator: str, comma: bool, certainty: int) -> None:
    """Labels and comments of many programs, decimal points and commas, in three encodings."""
    text = build.text_scan(head, separator=separator, comma=comma)
    for encoding in ("utf-8", "utf-16", "utf-8-sig"):
        blob = Blob("scan.txt", text.encode(encoding))
        assert choose(blob).sniff(blob) == certainty
        block = read_blob(blob).blocks[0]
        assert block.column("two_theta").values == pytest.approx(build.angles())
        assert block.column("intensity").values == pytest.approx(build.counts())


def test_text_without_a_word_of_diffraction_is_a_table() -> None:
    """Two bare columns are a table; a suffix is a weak hint, and what was taken for granted is said."""
    bare = build.text_scan("", separator=" ")
    assert opened(bare, "scan.dat").kind == "table"
    assert opened("Time (s),Voltage (V)\n" + build.text_scan("", separator=","), "scan.csv").kind == "table"
    hinted = opened(bare, "scan.xy")
    assert hinted.kind == "diffraction"
    assert "no label" in hinted.unread[0].what


def test_text_column_labelled_theta(shared_data: Path) -> None:
    """A column labelled theta is kept as 2 theta, and that is said."""
    found = read(shared_data / "xrd" / "example_ocx.xy")
    assert found.blocks[0].names() == ["two_theta", "intensity"]
    assert "labelled 'theta'" in found.unread[0].what


@pytest.mark.parametrize(
    ("line", "value", "unit"),
    [
        ("# wavelength = 0.413651", 0.413651, "angstrom"),
        ("# Wavelength (A): 1.5406", 1.5406, "angstrom"),
        ("# lambda = 0.15406 nm", 0.15406, "nm"),
        ("# wave length [nm] 0,0729", 0.0729, "nm"),
        ("# wavelength: 0.1665 angstrom", 0.1665, "angstrom"),
    ],
)
def test_text_wavelength(line: str, value: float, unit: str) -> None:
    """A wavelength in a comment is a setting, with its line."""
    stated = opened(build.text_scan(f"# title\n{line}\n# 2theta intensity\n", separator=" ")).settings[
        "wavelength"
    ]
    assert (stated.value, stated.unit, stated.where) == (value, unit, "line 2")


def test_text_wavelength_without_a_unit_that_cannot_be_told() -> None:
    """0.1541 may be nanometres, or angstroms of a hard beam: it is not stated, and that is said."""
    found = opened(build.text_scan("# wavelength = 0.1541\n# 2theta intensity\n", separator=" "))
    assert "wavelength" not in found.settings
    assert "unit cannot be told" in found.unread[0].what


def test_text_scattering_vector_becomes_two_theta() -> None:
    """q = 4 pi sin(theta) / lambda with the stated wavelength; without it, refused."""
    wavelength = 0.5
    q = 4.0 * np.pi * np.sin(np.radians(build.angles() / 2.0)) / wavelength
    rows = "".join(f"{a:.12f} {c:g}\n" for a, c in zip(q, build.counts(), strict=True))
    found = opened(f"# wavelength = {wavelength} angstrom\nq[1/A] intensity\n{rows}")
    assert found.blocks[0].column("two_theta").values == pytest.approx(build.angles(), abs=1e-9)
    assert "scattering vector" in refusal(f"q[1/A] intensity\n{rows}").found


def test_text_sigma_and_other_columns() -> None:
    """A third column is sigma by its label or in an .xye; other columns are listed as not used."""
    labelled = opened(build.text_scan("2theta,counts,esd\n", separator=",", sigma=True)).blocks[0]
    assert labelled.column("sigma").values == pytest.approx(np.sqrt(build.counts()), abs=1e-4)
    other = opened(build.text_scan("2theta,counts,fit\n", separator=",", sigma=True))
    assert not other.blocks[0].has("sigma")
    assert other.unread[0].where == "column 3"
    assert opened(build.advanced_photon_source(), "scan.xye").blocks[0].has("sigma")


@pytest.mark.parametrize("word", ["nan", "1e999", "inf", "--1", "abc", "1,5,5", ""])
@pytest.mark.parametrize("line", [2, 3, 20, 42])
def test_text_cells_that_are_no_numbers(word: str, line: int) -> None:
    """A cell that is no finite number is refused with its line, also in the first and the last row."""
    lines = build.text_scan("2theta\tintensity\n", separator="\t").splitlines()
    lines[line - 1] = lines[line - 1].split("\t")[0] + "\t" + word
    error = refusal("\n".join(lines) + "\n")
    assert f"line {line}" in error.where


def test_text_repeated_header_and_declared_points() -> None:
    """A header within the table and a number of points that is not there are refused."""
    twice = build.text_scan("2theta,intensity\n", separator=",") * 2
    assert "line 43" in refusal(twice).where
    short = build.text_scan(build.PANALYTICAL_CSV, separator=",").rsplit("\n", 3)[0] + "\n"
    assert refusal(short).found == "39 rows but the header declares 41 points"


def test_text_cut_off_or_with_gaps() -> None:
    """A last number that stops short is refused; rows missing between others are reported."""
    text = build.text_scan("2theta,intensity\n", separator=",")
    assert "line 42" in refusal(text[:-3]).where
    assert opened(text[:-1]).unread == ()
    lines = text.splitlines(keepends=True)
    gap = opened("".join(lines[:20] + lines[24:])).unread[0]
    assert gap.what.startswith("1 gaps")


def test_delimited_table() -> None:
    """Quoted cells keep separators, decimal commas are numbers, ragged rows and blank lines stay."""
    rows = opened(build.table()).sheets[0].rows
    assert rows[0] == ("Sample", "Mass; mg", "Note")
    assert rows[1] == ("A", 1.25, "first; dried")
    assert [len(r) for r in rows] == [3, 3, 2, 0, 4]


@pytest.mark.parametrize("word", ["nan", "NaN", "1e999", "-inf", "9" * 400])
def test_delimited_cells_that_are_no_numbers(word: str) -> None:
    """They are refused with their line."""
    assert "line 3" in refusal(f"a,b\n1,2\n3,{word}\n", "table.csv").where


@pytest.mark.parametrize("data", [b"\n\n", b"word\nword\n"])
def test_delimited_without_columns(data: bytes) -> None:
    """No rows or no columns: no table."""
    assert refusal(data).rule


@pytest.mark.parametrize("name", ["spreadsheet-xls", "spreadsheet-xlsx"])
def test_spreadsheets(name: str) -> None:
    """Cells come back; an empty sheet and a chart sheet are listed."""
    found = built(name)
    assert found.sheets[0].rows == tuple(tuple(row) for row in build.CELLS)
    assert [u.where for u in found.unread] == ["sheet 'blank'" if name.endswith("xls") else "sheet 'picture'"]


@pytest.mark.parametrize("build_file", [build.xls, build.xlsx])
def test_damaged_spreadsheets(build_file: Callable[[], bytes]) -> None:
    """A cut off workbook is refused, also where the library panics."""
    data = build_file()
    for part in (0.2, 0.5, 0.9):
        assert refusal(data[: int(part * len(data))], "table.xls").remedy


def test_a_panic_of_the_library_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """pyo3's PanicException is no Exception; it must not pass the door, while an interrupt must."""
    import python_calamine

    class PanicException(BaseException):
        """As pyo3 names it."""

    class Panics:
        """A library that gives up."""

        error: type[BaseException] = PanicException

        @classmethod
        def from_filelike(cls, _: object) -> None:
            raise cls.error("index out of bounds")

    data = build.xlsx()
    workbook.sheets.cache_clear()
    monkeypatch.setattr(python_calamine, "CalamineWorkbook", Panics)
    assert "index out of bounds" in refusal(data, "table.xlsx").found
    monkeypatch.setattr(Panics, "error", KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        opened(data, "table.xlsx")

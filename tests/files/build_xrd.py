"""Small diffraction scans and tables in every format, written byte by byte."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

START, STEP, COUNT = 10.0, 0.05, 41
KA1, KA2, KBETA, RATIO = 1.540598, 1.544426, 1.392250, 0.5
SECONDS = 2.5


def angles(start: float = START, count: int = COUNT) -> NDArray[np.float64]:
    """The angles of the scan, deg."""
    return np.round(start + STEP * np.arange(count), 4)


def counts(count: int = COUNT, *, seed: int = 5) -> NDArray[np.float64]:
    """A band on a ground, whole counts."""
    x = np.linspace(-2.0, 2.0, count)
    return np.random.default_rng(seed).poisson(120.0 + 900.0 * np.exp(-x * x)).astype(float)


def zipped(members: dict[str, bytes]) -> bytes:
    """A zip container with dates that do not change."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for name, body in members.items():
            box.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def words(values: NDArray[np.float64], form: str = "g") -> str:
    """Numbers separated by blanks."""
    return " ".join(f"{v:{form}}" for v in values)


def xrdml_scan(
    *,
    start: float = START,
    end: float | None = None,
    intensity: str = "counts",
    values: NDArray[np.float64] | None = None,
    listed: NDArray[np.float64] | None = None,
    factors: NDArray[np.float64] | None = None,
    times: NDArray[np.float64] | None = None,
    axis: str = "Gonio",
    status: str = "Completed",
) -> str:
    """One <scan>."""
    numbers = counts() if values is None else values
    last = start + STEP * (len(numbers) - 1) if end is None else end
    place = (
        f"<startPosition>{start:.8f}</startPosition><endPosition>{last:.8f}</endPosition>"
        if listed is None
        else f"<listPositions>{words(listed, '.4f')}</listPositions>"
    )
    if axis == "Omega":
        place = "<commonPosition>25.0</commonPosition>"
    attenuation = (
        "" if factors is None else f"<beamAttenuationFactors>{words(factors)}</beamAttenuationFactors>"
    )
    time = (
        f'<commonCountingTime unit="seconds">{SECONDS}</commonCountingTime>'
        if times is None
        else f'<countingTimes unit="seconds">{words(times)}</countingTimes>'
    )
    return (
        f'<scan appendNumber="0" mode="Continuous" scanAxis="{axis}" status="{status}"><header>'
        "<startTimeStamp>2024-03-08T11:13:20-06:00</startTimeStamp></header><dataPoints>"
        f'<positions axis="2Theta" unit="deg">{place}</positions>'
        '<positions axis="Omega" unit="deg"><startPosition>5</startPosition><endPosition>6</endPosition>'
        "</positions>"
        f'{time}{attenuation}<{intensity} unit="counts">{words(numbers)}</{intensity}></dataPoints></scan>\n'
    )


def xrdml(
    *scans: str,
    schema: str = "2.0",
    intended: str = "K-Alpha",
    incident: str = "",
    diffracted: str = "",
    encoding: str = "UTF-8",
) -> bytes:
    """A PANalytical file of these scans."""
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n'
        f'<xrdMeasurements xmlns="http://www.xrdml.com/XRDMeasurement/{schema}" status="Completed">\n'
        "<comment><entry>Configuration=Flat stage, Owner=someone</entry></comment>\n"
        '<xrdMeasurement measurementType="Scan" status="Completed">'
        f'<usedWavelength intended="{intended}"><kAlpha1 unit="Angstrom">{KA1}</kAlpha1>'
        f'<kAlpha2 unit="Angstrom">{KA2}</kAlpha2><kBeta unit="Angstrom">{KBETA}</kBeta>'
        f"<ratioKAlpha2KAlpha1>{RATIO}</ratioKAlpha2KAlpha1></usedWavelength>"
        f"<incidentBeamPath><xRayTube><anodeMaterial>Cu</anodeMaterial></xRayTube>{incident}</incidentBeamPath>"
        f'<diffractedBeamPath><radius unit="mm">240.00</radius>{diffracted}</diffractedBeamPath>\n'
        + "".join(scans or (xrdml_scan(),))
        + "</xrdMeasurement></xrdMeasurements>\n"
    )
    return text.encode(encoding)


STRIP_DETECTOR = (
    '<detector name="PIXcel1D-Medipix3 detector"><mode>Scanning</mode>'
    '<activeLength unit="deg">3.3482</activeLength></detector>'
)


def rasx_conditions(
    *, axis: str = "TwoThetaTheta", count: int = COUNT, wave: str = "Ka", incident: str = "CBO"
) -> bytes:
    """MesurementConditions of one profile, spelt as the instrument spells it."""
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<MeasurementConditions><GeneralInformation>'
        "<SampleName>hard carbon</SampleName></GeneralInformation><HWConfigurations><Categories>"
        f'<Category Name="IncidentMonochromator" SelectedUnit="{incident}" />'
        '<Category Name="DetectorMonochromator" SelectedUnit="None" /></Categories><XrayGenerator>'
        f"<TargetName>Cu</TargetName><WaveType>{wave}</WaveType><WavelengthKbeta>{KBETA}</WavelengthKbeta>"
        f"<WavelengthKalpha1>{KA1}</WavelengthKalpha1><WavelengthKalpha2>{KA2}</WavelengthKalpha2>"
        f"</XrayGenerator></HWConfigurations><ScanInformation><AxisName>{axis}</AxisName><Mode>CONTINUOUS</Mode>"
        f"<Step>{STEP}</Step><Speed>6.0</Speed><SpeedUnit>deg/min</SpeedUnit><IntensityUnit>counts</IntensityUnit>"
        f"<DataCount>{count}</DataCount></ScanInformation></MeasurementConditions>\n"
    )
    return b"\xef\xbb\xbf" + text.encode()


def three_columns(
    factors: NDArray[np.float64] | None = None, *, start: float = START, separator: str = "\t"
) -> str:
    """Rows of angle, counts and attenuator factor with Windows line ends."""
    ones = np.ones(COUNT) if factors is None else factors
    rows = zip(angles(start), counts(), ones, strict=True)
    return "".join(separator.join((f"{a:.4f}", f"{c:g}", f"{f:g}")) + "\r\n" for a, c, f in rows)


def rasx(folders: Sequence[tuple[str, bytes]] | None = None) -> bytes:
    """A Rigaku container; ``folders`` are profile text and conditions of Data0, Data1 ..."""
    members = {"root.xml": b'<Root Version="1.1.0.0" />'}
    for i, (profile, conditions) in enumerate(folders or [(three_columns(), rasx_conditions())]):
        members[f"Data{i}/Profile{i}.txt"] = b"\xef\xbb\xbf" + profile.encode()
        members[f"Data{i}/MesurementConditions{i}.xml"] = conditions
    return zipped(members)


def ras(
    *,
    sections: int = 1,
    count: int = COUNT,
    factors: NDArray[np.float64] | None = None,
    sample: str = "hard carbon",
    axis: str = "TwoThetaTheta",
    encoding: str = "cp932",
) -> bytes:
    """A Rigaku text of one or more sections."""
    header = {
        "FILE_SAMPLE": sample, "HW_XG_TARGET_NAME": "Cu", "HW_XG_WAVE_LENGTH_ALPHA1": f"{KA1}",
        "HW_XG_WAVE_LENGTH_ALPHA2": f"{KA2}", "HW_XG_WAVE_LENGTH_BETA": f"{KBETA}",
        "HW_COUNTER_MONOCHRO_NAME": "Bent", "MEAS_COND_XG_WAVE_TYPE": "Ka", "MEAS_DATA_COUNT": f"{count}",
        "MEAS_SCAN_AXIS_X": axis, "MEAS_SCAN_MODE": "CONTINUOUS", "MEAS_SCAN_SPEED": "6.0",
        "MEAS_SCAN_SPEED_UNIT": "deg/min", "MEAS_SCAN_STEP": f"{STEP}", "MEAS_SCAN_UNIT_Y": "counts",
    }  # fmt: skip
    head = "".join(f'*{key} "{value}"\r\n' for key, value in header.items())
    parts = [
        f"*RAS_HEADER_START\r\n{head}*RAS_HEADER_END\r\n*RAS_INT_START\r\n"
        + three_columns(factors, start=START + 10.0 * i, separator=" ")
        + "*RAS_INT_END\r\n"
        for i in range(sections)
    ]
    return ("*RAS_DATA_START\r\n" + "".join(parts) + "*RAS_DATA_END\r\n").encode(encoding)


def brml_raw(
    *,
    start: float = START,
    declared: int = COUNT,
    measured: int = COUNT,
    axis: str = "TwoTheta",
    status: str = "Measured",
    views: bool = True,
    absorber: float = 1.0,
) -> bytes:
    """A RawData document of one range."""
    rows = "".join(
        f"<Datum>{SECONDS},{absorber:g},{a:.4f},{a / 2:.5f},{c:g}</Datum>\n"
        for a, c in zip(angles(start), counts(), strict=True)
    )
    data_views = (
        '<DataViews><RawDataView Start="0" Length="1" LogicName="MeasuredTime" />'
        '<RawDataView Start="1" Length="1" LogicName="AbsorptionFactor" />'
        f'<RawDataView Start="2" Length="2"><Varying><FieldDefinitions AxisId="{axis}" />'
        '<FieldDefinitions AxisId="Theta" /></Varying></RawDataView>'
        '<RawDataView Start="4" Length="1"><Recording LogicName="ScanCounter" /></RawDataView></DataViews>'
        if views
        else ""
    )
    text = (
        f'<?xml version="1.0"?>\n<RawData><MeasurementStatus>{status}</MeasurementStatus><DataRoutes>'
        '<DataRoute RouteFlag="Measured" ProcLevel="0"><ScanInformation ScanName="LockedCoupled">'
        f"<MeasurementPoints>{declared}</MeasurementPoints><TimePerStep>{SECONDS}</TimePerStep><ScanAxes>"
        f'<ScanAxisInfo AxisId="{axis}" /><ScanAxisInfo AxisId="Theta" /></ScanAxes></ScanInformation>'
        f'<SubScans><SubScanInfo Steps="{declared}" MeasuredSteps="{measured}" /></SubScans>\n'
        f"{rows}{data_views}"
        "</DataRoute></DataRoutes><FixedInformation><Instrument><PrimaryTracks><Tube>"
        f'<WaveLengthAlpha1 Unit="Å" Value="{KA1}" /><WaveLengthAlpha2 Unit="Å" Value="{KA2}" />'
        f'<WaveLengthRatio Unit="" Value="{RATIO}" /><TubeMaterial>Cu</TubeMaterial></Tube></PrimaryTracks>'
        "</Instrument></FixedInformation></RawData>\n"
    )
    return text.encode()


def brml(*raws: bytes) -> bytes:
    """A Bruker container of these RawData documents."""
    members = {"experimentCollection.xml": b"<ExperimentCollection />"}
    for i, raw in enumerate(raws or (brml_raw(),)):
        members[f"Experiment0/RawData{i}.xml"] = raw
    return zipped(members)


def _floats(values: NDArray[np.float64]) -> bytes:
    return values.astype("<f4").tobytes()


def _placed(size: int, fields: dict[int, bytes]) -> bytes:
    """Zeros with these fields at their offsets."""
    out = bytearray(size)
    for offset, body in fields.items():
        out[offset : offset + len(body)] = body
    return bytes(out)


def raw1(*, ranges: int = 1) -> bytes:
    """DIFFRAC-AT version 1."""
    out = b"RAW "
    for i in range(ranges):
        follow = ranges - 1 - i
        fields = {
            0: struct.pack("<Iff", COUNT, SECONDS, STEP), 20: struct.pack("<f", START + 10.0 * i),
            36: b"hard carbon", 68: struct.pack("<ff", KA1, KA2), 148: struct.pack("<I", follow),
        }  # fmt: skip
        out += (b"RAW " if i else b"") + _placed(152, fields) + _floats(counts())
    return out


def raw2(*, ranges: int = 1, count: int = COUNT) -> bytes:
    """DIFFRAC-AT version 2."""
    fields = {
        0: b"RAW2" + struct.pack("<H", ranges), 168: b"01-JAN-2001", 188: b"Cu",
        190: struct.pack("<fff", KA1, KA2, RATIO),
    }  # fmt: skip
    out = _placed(256, fields)
    for i in range(ranges):
        body = struct.pack("<HH4xfff", 48, count, SECONDS, STEP, START + 10.0 * i)
        out += _placed(48, {0: body}) + _floats(counts())
    return out


def raw3(
    *, ranges: int = 1, count: int = COUNT, kind: int = 0, status: int = 1, supplement: int = 0
) -> bytes:
    """DIFFRAC plus, magic RAW1.01."""
    fields = {
        0: b"RAW1.01", 8: struct.pack("<II", status, ranges), 326: b"hard carbon", 608: b"Cu",
        616: struct.pack("<5d", 1.5418, KA1, KA2, KBETA, RATIO),
    }  # fmt: skip
    out = _placed(712, fields)
    for i in range(ranges):
        start = START + 10.0 * i
        part = {
            0: struct.pack("<IIdd", 304, count, start / 2.0, start), 176: struct.pack("<d", STEP),
            192: struct.pack("<fI", SECONDS, kind), 252: struct.pack("<II", 4, supplement),
        }  # fmt: skip
        out += _placed(304, part) + bytes(supplement) + _floats(counts())
    return out


def raw4(
    *, ranges: int = 1, count: int = COUNT, scan: bytes = b"Locked Coupled", width: int = 4, at: float = 0.0
) -> bytes:
    """DIFFRAC.SUITE, magic RAW4.00; ``at`` moves the 2Theta drive away from the start of the scan."""
    out = _placed(61, {0: b"RAW4.00", 12: b"01/02/2024", 24: b"10:11:12"})
    out += _placed(50, {0: struct.pack("<II", 10, 50), 12: b"SAMPLEID", 36: b"hard carbon"})
    tube = struct.pack("<5d", 1.5418, KA1, KA2, KBETA, RATIO)
    out += _placed(120, {0: struct.pack("<II", 30, 120), 72: tube, 116: b"Cu"})
    for i in range(ranges):
        start = START + 10.0 * i
        drives = b"".join(
            _placed(64, {0: struct.pack("<II", 50, 64), 12: name, 56: struct.pack("<d", place)})
            for name, place in ((b"Theta", start / 2.0), (b"2Theta", start + at))
        )
        part = {
            32: scan, 72: struct.pack("<ddIf", start, STEP, count, SECONDS),
            136: struct.pack("<II", width, len(drives)),
        }  # fmt: skip
        records = np.zeros((COUNT, width), np.uint8)
        records[:, :4] = counts().astype("<f4").view(np.uint8).reshape(COUNT, 4)
        out += _placed(160, part) + drives + records.tobytes()
    return out


def uxd(*, mark: str = "_COUNTS", drive: str = "COUPLED", ranges: int = 1, declared: int = COUNT) -> bytes:
    """A Bruker UXD of one or more ranges."""
    text = (
        f"; (Data for Range number 1)\n_FILEVERSION=2\n_SAMPLE='hard carbon'\n_WL_UNIT='A'\n_WL1={KA1}\n"
        f"_WL2={KA2}\n_WL3={KBETA}\n_WLRATIO={RATIO}\n_ANODE='Cu'\n"
    )
    for i in range(ranges):
        start = START + 10.0 * i
        text += (
            f"_DRIVE='{drive}'\n_STEPTIME={SECONDS}\n_STEPSIZE={STEP}\n_STEPCOUNT={declared}\n_START={start}\n"
            f"_2THETA={start}\n{mark}\n"
        )
        if mark.startswith("_2THETA"):
            text += "".join(f"   {a:.4f}      {c:g}\n" for a, c in zip(angles(start), counts(), strict=True))
        else:
            text += (
                "".join(f"      {c:g}" + ("\n" if k % 8 == 7 else "") for k, c in enumerate(counts())) + "\n"
            )
    return text.encode()


def text_scan(
    head: str = "2Theta (deg);Intensity (counts)\n",
    *,
    separator: str = ";",
    comma: bool = False,
    sigma: bool = False,
) -> str:
    """Columns under a header."""
    rows = (
        separator.join([f"{a:.4f}", f"{c:.1f}", *([f"{np.sqrt(c):.4f}"] if sigma else [])])
        for a, c in zip(angles(), counts(), strict=True)
    )
    body = "\n".join(rows) + "\n"
    return head + (body.replace(".", ",") if comma else body)


def advanced_photon_source() -> str:
    """The layout of an 11-BM .xye: a comment block with the calibrated wavelength, three columns."""
    head = (
        "/* scan\n# No. steps =  41\n# Calibrated wavelength = 0.413651\n# Time per step (sec) = 0.1\n# */\n"
    )
    return text_scan(head, separator=" ", sigma=True)


PANALYTICAL_CSV = (
    f"[Measurement conditions]\nSample identification,carbon\nAnode material,Cu\nK-Alpha1 wavelength,{KA1}\n"
    f"K-Alpha2 wavelength,{KA2}\nRatio K-Alpha2/K-Alpha1,{RATIO}\nNo. of points,{COUNT}\n\n[Scan points]\n"
    "Angle,Intensity\n"
)


def table() -> str:
    """A table that is no scan: semicolons, decimal commas, quoted cells, a ragged row."""
    return 'Sample;"Mass; mg";Note\nA;1,25;"first; dried"\nB;2,50\n\nC;3,75;last;extra\n'


CELLS: list[list[object]] = [["sample", "mass"], ["A", 1.25], ["B", 2.5]]


def xls() -> bytes:
    """An .xls of two sheets, the second empty, written by xlwt."""
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("results")
    for r, row in enumerate(CELLS):
        for c, cell in enumerate(row):
            sheet.write(r, c, cell)
    book.add_sheet("blank")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xlsx(*, chart: bool = False) -> bytes:
    """An .xlsx, with a chart sheet in front on demand, written by openpyxl."""
    import openpyxl
    from openpyxl.chart import LineChart, Reference

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "results"
    for row in CELLS:
        sheet.append(row)
    if chart:
        front = book.create_chartsheet("picture", 0)
        line = LineChart()
        line.add_data(Reference(sheet, min_col=2, min_row=2, max_row=3))
        front.add_chart(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


BUILDERS: dict[str, Callable[[], tuple[str, bytes]]] = {
    "xrdml": lambda: ("scan.xrdml", xrdml(diffracted=STRIP_DETECTOR.replace("PIXcel1D", "Other"))),
    "xrdml-intensities": lambda: (
        "scan.xrdml",
        xrdml(xrdml_scan(intensity="intensities", listed=angles()), xrdml_scan(start=30.0), schema="1.0"),
    ),
    "rasx": lambda: ("scan.rasx", rasx()),
    "ras": lambda: ("scan.ras", ras(sections=2, sample="炭素粉末")),
    "brml": lambda: ("scan.brml", brml()),
    "bruker-raw-1": lambda: ("scan.raw", raw1()),
    "bruker-raw-2": lambda: ("scan.raw", raw2(ranges=2)),
    "bruker-raw-3": lambda: ("scan.raw", raw3(ranges=2, supplement=40)),
    "bruker-raw-4": lambda: ("scan.raw", raw4(ranges=2, width=8)),
    "uxd": lambda: ("scan.uxd", uxd(ranges=2)),
    "uxd-pairs": lambda: ("scan.uxd", uxd(mark="_2THETACPS")),
    "xrd-text": lambda: ("scan.csv", text_scan(comma=True).encode()),
    "xrd-text-xye": lambda: ("scan.xye", advanced_photon_source().encode()),
    "xrd-text-utf16": lambda: ("scan.txt", text_scan(separator="\t").encode("utf-16")),
    "xrd-text-panalytical": lambda: ("scan.csv", text_scan(PANALYTICAL_CSV, separator=",").encode()),
    "delimited": lambda: ("table.csv", table().encode()),
    "spreadsheet-xls": lambda: ("table.xls", xls()),
    "spreadsheet-xlsx": lambda: ("table.xlsx", xlsx(chart=True)),
}

"""Small valid sorption files of every format, written from one set of points."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import xlwt

MASS = 0.0813
P0 = 101.325  # kPa
ADSORPTION = ((0.0012, 20.5), (0.052, 41.25), (0.105, 45.5), (0.198, 50.75), (0.297, 56.0), (0.95, 120.5))
DESORPTION = ((0.81, 95.25), (0.52, 70.0), (0.305, 57.5))
AREA, MONOLAYER, CONSTANT = 178.2, 40.94, 105.5

Builder = Callable[[], tuple[str, bytes]]


def belsorp_csv(*, japanese: bool = False, separator: str = ",", declared: int | None = None) -> bytes:
    """The labelled lines, then ADS and DES points."""
    count = len(ADSORPTION) if declared is None else declared
    labels = [
        ("File Name", "a.DAT", ""),
        ("Sample weight", f"{MASS:.4E}", "[g]"),
        ("Dead volume", "30.402", "[cm^3]"),
        ("Adsorptive", "N2", ""),
        ("Apparatus temperature", "0.0000", "[C]"),
        ("Adsorption temperature", "77.000", "[K]"),
        ("Saturated vapor pressure", f"{P0}", "[kPa]"),
        ("Adsorptive cross section area", "0.1620", "[nm^2]"),
        ("Number of adsorption data point :", str(count), ""),
        ("Number of desorption data point :", str(len(DESORPTION)), ""),
    ]
    if japanese:
        words = {
            "Sample weight": "サンプル質量",
            "Adsorptive": "吸着質名称",
            "Adsorption temperature": "吸着温度",
        }
        labels = [(words.get(a, a), b, c) for a, b, c in labels]
    lines = [separator.join(c for c in label if c or label.index(c) < 2) for label in labels]
    lines += ["", separator.join(("No", "pi/kPa", "pe/kPa", "pe2/kPa", "p0/kPa", "p/p0", "Va/cm3(STP) g-1"))]
    for word, points in (("ADS", ADSORPTION), ("DES", DESORPTION)):
        lines.append(word)
        for i, (x, v) in enumerate(points, start=1):
            lines.append(
                separator.join((str(i), "0.0000", f"{x * P0:.6g}", "0.0000", f"{P0}", f"{x}", f"{v}"))
            )
    text = "\r\n".join(lines) + "\r\n"
    return text.encode("cp932" if japanese else "utf-8")


def belsorp_dat(*, closed: bool = True) -> bytes:
    """Sections under rules; each branch ends in a line of zeros."""
    rule = "=" * 20
    lines = [
        rule, " System property Ver1.2.6", rule, '"Instrument S/N:"\t00218', rule,
        " Measurement condition", rule,
        '"Adsorptive:"\tN2', '"Meas. Temp./K:"\t77.00', '"Molecular cross-sectional area:"\t0',
        f'"Sample weight/g:"\t{MASS:.5f}', '"Comment1:"\t"a"', '"Initial dead volume/ml:"\t41.331',
    ]  # fmt: skip
    for word, points in (("Adsorption", ADSORPTION), ("Desorption", DESORPTION)):
        lines += [rule, f" {word} data", rule, '"No."\t"Pe/kPa"\t"P0/kPa"\t"Vd/ml"\t"V/ml(STP) g-1"\t']
        lines += [f"{i}\t{x * P0:.6E}\t{P0}\t41.331\t{v}\t" for i, (x, v) in enumerate(points, start=1)]
        lines += ["0\t0\t0\t0\t0\t"] if closed else []
    return ("\r\n".join(lines) + "\r\n").encode("cp1252")


def _save(book: xlwt.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def belsorp_xls(*, declared: int | None = None) -> bytes:
    """A sheet that is something else, then AdsDes and BET."""
    book = xlwt.Workbook()
    book.add_sheet("Chart1").write(0, 0, "a picture")
    sheet = book.add_sheet("AdsDes")
    left = [("Sample weight", MASS, "[g]"), ("Dead volume", 16.683, "[cm3]"), ("Adsorptive", "N2", "")]
    left += [("Adsorption temperature", "77.000", "[K]")]
    right = [("Saturated vapor pressure", P0, "[kPa]"), ("Adsorption cross section area", 0.162, "[nm2]")]
    right += [("Number of adsorption data", len(ADSORPTION) if declared is None else declared, "")]
    right += [("Number of desorption data", len(DESORPTION), "")]
    sheet.write(0, 0, "[Adsorption / desorption isotherm]")
    for i, ((a, b, c), (d, e, f)) in enumerate(zip(left, right, strict=True), start=11):
        for j, value in ((0, a), (2, b), (3, c), (5, d), (7, e), (8, f)):
            sheet.write(i, j, value)
    heads = ("No", "pi/kPa", "pe/kPa", "pe2/kPa", "p0/kPa", "p/p0", "Va/cm3(STP) g-1")
    at = 20
    for j, head in enumerate(heads):
        sheet.write(at, j, head)
    for word, points in (("ADS", ADSORPTION), ("DES", DESORPTION)):
        at += 1
        sheet.write(at, 0, word)
        for i, (x, v) in enumerate(points, start=1):
            at += 1
            for j, value in enumerate((i, 0.0, x * P0, 0.0, P0, x, v)):
                sheet.write(at, j, value)
    bet = book.add_sheet("BET")
    results = [("Starting point", 2, ""), ("End point", 5, ""), ("Vm", MONOLAYER, "[cm3(STP) g-1]")]
    results += [("as,BET", AREA, "[m2 g-1]"), ("C", CONSTANT, "")]
    for i, (a, b, c) in enumerate(results, start=19):
        bet.write(i, 0, a)
        bet.write(i, 3, b)
        bet.write(i, 4, c)
    return _save(book)


def micromeritics_text(*, encoding: str = "utf-16", tabs: bool = True) -> bytes:
    """Page head, labels, the table over two pages, and the BET report."""
    gap = "\t" if tabs else "   "
    head = ["Gemini VII 2390 V1.03", "", f"Sample: HC-1{gap}Analysis adsorptive: N2", "Operator: a"]
    head += [f"Sample mass: {MASS} g{gap}Analysis bath temp.: 77.300 K", ""]
    if tabs:
        heads = [
            "Relative Pressure (P/Po)\tAbsolute Pressure (mmHg)\tQuantity Adsorbed (cm³/g STP)\t"
            "Elapsed Time (h:min)\tSaturation Pressure (mmHg)"
        ]
        form = "{:.9f}\t{:.5f}\t{:.4f}\t01:{:02d}\t"
        blank = "\t\t\t00:41\t760.00000"
    else:
        heads = [
            f"{'Relative':^16}{'Absolute':^16}{'Quantity':^16}{'Elapsed Time':^16}{'Saturation':^16}",
            f"{'Pressure':^16}{'Pressure':^16}{'Adsorbed':^16}{'(h:min)':^16}{'Pressure':^16}",
            f"{'(P/Po)':^16}{'(mmHg)':^16}{'(cm³/g STP)':^16}{'':^16}{'(mmHg)':^16}",
        ]
        form = "{:^16.9f}{:^16.5f}{:^16.4f}     01:{:02d}"
        blank = f"{'':48}{'00:41':^16}{'760.00000':^16}"
    points = [form.format(x, x * 760.0, v, i) for i, (x, v) in enumerate(ADSORPTION + DESORPTION)]
    title = f"{'':20}Isotherm Tabular Report"
    lines = [
        *head,
        title,
        "",
        *heads,
        "",
        blank,
        *points[:4],
        "",
        *head,
        title,
        "",
        *heads,
        "",
        *points[4:],
        "",
    ]
    lines += ["Micromeritics Instrument Corporation", f"{'':20}BET Surface Area Report", ""]
    lines += [
        f"BET Surface Area:{gap}{AREA} ± 0.5124 m²/g",
        f"C:{gap}{CONSTANT}",
        f"Qm:{gap}{MONOLAYER} cm³/g STP",
    ]
    lines += [f"Molecular Cross-Sectional Area:{gap}0.1620 nm²"]
    return "\r\n".join(lines).encode(encoding)


def micromeritics_xls(*, tabular: bool = True) -> bytes:
    """Reports side by side, parted by columns of "|"."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    labels = [
        ("Sample:", "HC-1", "Analysis adsorptive:", "N2"),
        ("Sample mass:", f"{MASS} g", "Analysis bath temp.:", "77.300 K"),
    ]
    for i, row in enumerate(labels, start=2):
        for j, value in enumerate(row):
            sheet.write(i, j, value)
    for i in range(40):
        sheet.write(i, 5, "|")
        sheet.write(i, 11, "|")
    sheet.write(8, 0, "Summary Report")
    sheet.write(8, 6, "Isotherm Tabular Report" if tabular else "Isotherm Linear Plot")
    heads: tuple[str, ...]
    if tabular:
        heads = (
            "Relative Pressure (p/p°)",
            "Absolute Pressure (kPa)",
            "Quantity Adsorbed (cm³/g STP)",
            "Elapsed Time (h:min)",
            "Saturation Pressure (kPa)",
        )
        sheet.write(12, 10, P0)
        rows = [(x, x * P0, v, "01:00") for x, v in ADSORPTION + DESORPTION]
    else:
        heads = ("Relative Pressure (p/p°)", "Quantity Adsorbed (cm³/g STP)") * 2
        longest = [*DESORPTION, *[None] * (len(ADSORPTION) - len(DESORPTION))]
        rows = [(*a, *(d or ())) for a, d in zip(ADSORPTION, longest, strict=True)]
    for j, head in enumerate(heads, start=6):
        sheet.write(11, j, head)
    for i, values in enumerate(rows, start=13):
        for j, value in enumerate(values, start=6):
            sheet.write(i, j, value)
    sheet.write(8, 12, "BET Report")
    for i, (a, b) in enumerate(
        (
            ("BET surface area:", f"{AREA} ± 0.51 m²/g"),
            ("C:", f"{CONSTANT}"),
            ("Qm:", f"{MONOLAYER} cm³/g STP"),
        ),
        start=10,
    ):
        sheet.write(i, 12, a)
        sheet.write(i, 13, b)
    return _save(book)


def aif(*, cut: bool = False) -> bytes:
    """A data block with items and two loops."""
    lines = [
        "# a comment",
        "data_a",
        "_exptl_operator ",
        "_exptl_adsorptive 'Nitrogen'",
        "_exptl_temperature 77.3",
    ]
    lines += [
        f"_adsnt_sample_mass {MASS}",
        "_adsnt_material_id \"hard carbon 'A'\"",
        "_adsnt_info",
        ";two",
        "lines",
        ";",
    ]
    lines += ["_units_temperature K", "_units_pressure kPa", "_units_mass g", "_units_loading 'cm3(STP)/g'"]
    for word, points in (("adsorp", ADSORPTION), ("desorp", DESORPTION)):
        lines += ["", "loop_", f"_{word}_pressure", f"_{word}_p0", f"_{word}_amount"]
        lines += [f"{x * P0:.6E} {P0} {v}" for x, v in points]
    if cut:
        lines[-1] = lines[-1].rsplit(" ", 1)[0]
    return "\n".join(lines).encode()


def pygaps(*, labelled: bool = True, mode: str = "relative") -> bytes:
    """File version 3.0."""
    scale = 1.0 if mode == "relative" else P0
    rows: list[dict[str, object]] = [{"pressure": x * scale, "loading": v} for x, v in ADSORPTION]
    rows += [
        {"pressure": x * scale, "loading": v} | ({"branch": "des"} if labelled else {}) for x, v in DESORPTION
    ]
    content = {
        "file_version": "3.0",
        "adsorbate": "nitrogen",
        "material": "HC-1",
        "temperature": 77.355,
        "temperature_unit": "K",
        "pressure_mode": mode,
        "pressure_unit": None if mode == "relative" else "kPa",
        "loading_basis": "molar",
        "loading_unit": "cm3(STP)",
        "material_basis": "mass",
        "material_unit": "g",
        "isotherm_data": rows,
    }
    return json.dumps(content, indent=1).encode()


def plain(*, comma: bool = False) -> bytes:
    """Labelled lines and two columns."""
    lines = [
        f"Sample mass [g];{MASS}",
        "Adsorptive;N2",
        "Relative pressure p/p0;Quantity adsorbed (cm3/g STP)",
    ]
    lines += [f"{x};{v}" for x, v in ADSORPTION + DESORPTION]
    text = "\n".join(lines) + "\n"
    return (text.replace(".", ",") if comma else text).encode()


def pairs() -> bytes:
    """Two pairs of columns, decimal commas, the shorter branch ends earlier."""
    lines = [
        "Relative Pressure (p/p°);Quantity Adsorbed (cm³/g STP)" * 1
        + ";Relative Pressure (p/p°);Quantity Adsorbed (cm³/g STP)"
    ]
    for i, (x, v) in enumerate(ADSORPTION):
        lines.append(f"{x};{v};" + (f"{DESORPTION[i][0]};{DESORPTION[i][1]}" if i < len(DESORPTION) else ";"))
    return ("\n".join(lines) + "\n").replace(".", ",").encode()


BUILDERS: dict[str, Builder] = {
    "belsorp-xls": lambda: ("a.xls", belsorp_xls()),
    "belsorp-csv": lambda: ("a.csv", belsorp_csv()),
    "belsorp-japanese": lambda: ("a.csv", belsorp_csv(japanese=True)),
    "belsorp-dat": lambda: ("a.DAT", belsorp_dat()),
    "micromeritics-text": lambda: ("a.TXT", micromeritics_text()),
    "micromeritics-columns": lambda: ("a.TXT", micromeritics_text(encoding="utf-8", tabs=False)),
    "micromeritics-xls": lambda: ("a.XLS", micromeritics_xls()),
    "micromeritics-plot": lambda: ("a.XLS", micromeritics_xls(tabular=False)),
    "aif": lambda: ("a.aif", aif()),
    "pygaps-json": lambda: ("a.json", pygaps()),
    "isotherm-text": lambda: ("a.csv", plain()),
    "isotherm-pairs": lambda: ("a.csv", pairs()),
}

"""Small valid sizing files of every format, written from one histogram."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import openpyxl

BOUNDS = (2.0, 4.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0)
SHARES = (2.5, 10.25, 25.75, 24.0, 19.5, 14.0, 4.0)

Builder = Callable[[], tuple[str, bytes]]


def percentile(p: float) -> float:
    """The size below which the share p lies, by interpolation over ln(size)."""
    under = np.append(0.0, np.cumsum(SHARES)) / 100.0
    return float(np.exp(np.interp(p, under, np.log(BOUNDS))))


def mean(p: int) -> float:
    """D[p, p-1] from the volume shares, classes at their geometric means."""
    d = np.sqrt(np.multiply(BOUNDS[1:], BOUNDS[:-1]))
    v = np.asarray(SHARES)
    return float((v * d ** (p - 3)).sum() / (v * d ** (p - 4)).sum())


def _labels() -> dict[str, str]:
    return {
        "Sample Name": "HC-1 Average",
        "Particle name": "Carbon",
        "Result transform type": "Volume",
        "D [4, 3] - Volume weighted mean": f"{mean(4):.3f}",
        "D [3, 2] - Surface weighted mean ": f"{mean(3):.3f}",
        "d (0.1)": f"{percentile(0.1):.3f}",
        "d (0.5)": f"{percentile(0.5):.3f}",
        "d (0.9)": f"{percentile(0.9):.3f}",
    }


def run_rows(*, runs: int = 2, repeated: bool = True, empty_first: bool = True) -> list[list[str]]:
    """Two lines of headings, a line a run; the headings stand again between the runs."""
    labels = _labels()
    n = len(BOUNDS)
    head = [[*labels, "Result Between User Sizes (Sizes in um)", *[""] * (n - 1), "Operator Notes"]]
    head += [[*[""] * len(labels), *[f"{b:.6f}" for b in BOUNDS], ""]]
    rows = [*head]
    for i in range(runs):
        if i and repeated:
            rows += head
        shares = [f"{s:.6f}" for s in SHARES]
        shares = ["", *shares] if empty_first else [*shares, ""]
        rows.append([f"{labels['Sample Name']} {i + 1}", *list(labels.values())[1:], *shares, "note"])
    return rows


def mastersizer_2000(*, separator: str = ",", comma: bool = False, encoding: str = "utf-8") -> bytes:
    """The export with a run a row."""
    lines = []
    for row in run_rows():
        cells = [f'"{c}"' if "," in c else c for c in row]
        cells = [c.replace(".", ",") if comma and c[:1].isdigit() else c for c in cells]
        lines.append(separator.join(cells))
    return "\r\n".join(lines).encode(encoding)


def class_rows(*, position: str = "lower", printed: bool = True) -> list[list[str]]:
    """Labelled lines, then a class a row; the headings stand again inside the table."""
    rows = [
        ["Mastersizer 3000", "", ""],
        ["Sample Name", "HC-1", ""],
        ["Particle Refractive Index", "2.42", ""],
    ]
    if printed:
        rows += [[f"Dx ({int(100 * p)})", f"{percentile(p):.4f}", "μm"] for p in (0.1, 0.5, 0.9)]
        rows += [["D [4;3]", f"{mean(4):.4f}", "μm"], ["D [3;2]", f"{mean(3):.4f}", "μm"]]
    head = ["Size Classes (μm)", "Volume Density (%)", ""]
    shares = [*SHARES, 0.0] if position == "lower" else [0.0, *SHARES]
    body = [[f"{b:g}", f"{s:.4f}", ""] for b, s in zip(BOUNDS, shares, strict=True)]
    return [*rows, ["", "", ""], head, *body[:4], head, *body[4:]]


def mastersizer_3000(*, position: str = "lower", printed: bool = True) -> bytes:
    """The export with a class a row."""
    return "\n".join(",".join(r) for r in class_rows(position=position, printed=printed)).encode()


def mastersizer_xlsx(*, layout: str = "runs") -> bytes:
    """Either layout as a spreadsheet, numbers as numbers."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in run_rows() if layout == "runs" else class_rows():
        cells: list[str | float | None] = []
        for cell in row:
            try:
                cells.append(float(cell))
            except ValueError:
                cells.append(cell or None)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def camsizer(*, comma: bool = True, unit: str = "mm", sums_wrong: bool = False) -> bytes:
    """UTF-16 with tabs: a line about the run, headings, classes, an open class, percentiles, shapes."""
    scale = 1e-3 if unit == "mm" else 1.0
    bounds, shares = (0.0, *BOUNDS), (0.0, *SHARES)
    number = (
        np.asarray(shares) / np.sqrt(np.asarray(bounds[1:]) * np.append(BOUNDS[0] / 2.0, BOUNDS[:-1])) ** 3
    )
    number = 100.0 * number / number.sum()
    lines = ["CAMSIZER X2", "a.rdf\ta.afg\txc_min\t01.02.2024\t10:00\t1 min 3 s", ""]
    lines += [f"Size class\t[{unit}]\tp3 [%]\tQ3 [%]\tq3 [%/{unit}]\tp0 [%]\tQ0 [%]\tq0 [%/{unit}]\tSPHT3"]
    total = total0 = 0.0
    for low, high, p, p0 in zip(bounds, bounds[1:], shares, number, strict=False):
        total, total0 = total + p, total0 + p0
        q = total + (5.0 if sums_wrong and high == 12.0 else 0.0)
        width = (high - low) * scale
        cells = (low * scale, high * scale, p, q, p / width, p0, total0, p0 / width, 0.9)
        lines.append("\t".join(f"{c:.5f}" for c in cells))
    lines += [f"> {BOUNDS[-1] * scale:.5f}\t\t0.000\t100.000\t\t0.000\t100.000\t\t0.900", ""]
    lines += [f"x [{unit}] at Q3={p:.3f}\t{percentile(p) * scale:.6f}" for p in (0.1, 0.5, 0.9)]
    lines += ["", "Shape\tclass\tQ3(SPHT) [%]", "0.00000\t0.50000\t10.00000"]
    text = "\r\n".join(lines) + "\r\n"
    return (
        text.replace(".", ",").replace("a,", "a.").replace("01,02,2024", "01.02.2024") if comma else text
    ).encode("utf-16")


def bounded(*, comma: bool = True) -> bytes:
    """Lower and upper bounds beside volume per cent."""
    lines = ["Lower size [um];Upper size [um];Volume [%]"]
    lines += [f"{a};{b};{s}" for a, b, s in zip(BOUNDS, BOUNDS[1:], SHARES, strict=False)]
    text = "\n".join(lines) + "\n"
    return (text.replace(".", ",") if comma else text).encode()


def sums(*, unit: str = "um", over: bool = False) -> bytes:
    """Cumulative undersize or oversize at single sizes."""
    scale = {"um": 1.0, "nm": 1e3, "mm": 1e-3}[unit]
    under = np.append(0.0, np.cumsum(SHARES))
    word, values = ("oversize", 100.0 - under) if over else ("undersize", under)
    lines = [f"Diameter ({unit})\tCumulative {word} number (%)"]
    lines += [f"{b * scale:g}\t{v:.4f}" for b, v in zip(BOUNDS, values, strict=True)]
    return ("\n".join(lines) + "\n").encode()


BUILDERS: dict[str, Builder] = {
    "mastersizer-2000": lambda: ("a.csv", mastersizer_2000()),
    "mastersizer-3000": lambda: ("a.csv", mastersizer_3000()),
    "mastersizer-xlsx": lambda: ("a.xlsx", mastersizer_xlsx()),
    "mastersizer-xlsx-classes": lambda: ("a.xlsx", mastersizer_xlsx(layout="classes")),
    "camsizer-xle": lambda: ("a.xle", camsizer()),
    "histogram-bounds": lambda: ("a.csv", bounded()),
    "histogram-sums": lambda: ("a.txt", sums()),
}

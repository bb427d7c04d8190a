"""Words of sizing reports: what a column of a histogram holds, its weighting, units, printed results."""

from __future__ import annotations

import re
from dataclasses import dataclass

from negatrode.core.provenance import Stated
from negatrode.files.readers.text_rows import Row, plain
from negatrode.files.text import number

_TO_UM = {"um": 1.0, "μm": 1.0, "micron": 1.0, "microns": 1.0, "micrometer": 1.0, "nm": 1e-3, "mm": 1e3}
_UNIT = re.compile(r"(?<![a-zμ])(um|μm|microns?|micrometer|nm|mm)(?![a-z])")

_SIZE = re.compile(
    r"size|diameter|^d(?=$|[\s\[(])|^x(?=$|[\s\[(_])|durchmesser|korngr|粒径|粒子径|粒度|bound|channel|sieve|partikelgr"
)
_LOWER = re.compile(r"lower|low|\bmin\b|_min|from|von|untere|^x1|x_?lo|下限")
_UPPER = re.compile(r"upper|high|\bmax\b|_max|(?<![a-z])to(?![a-z])|bis|obere|^x2|x_?hi|上限")
_CUMULATIVE = re.compile(
    r"cumul|undersize|passing|\bcum\b|(?<![a-z])finer|kumul|durchgang|below|累積|累积|\bsum\b"
)
_OVERSIZE = re.compile(r"oversize|retained|residue|rückstand|above|coarser|筛余")
_DENSITY = re.compile(r"%\s*/\s*(um|μm|nm|mm)|/\s*(um|μm|nm|mm)\s*[\])]|density distribution")
_COUNT = re.compile(r"counts?\b|^n$|number of|anzahl$|particles$|個数$|\bfrequency$")
_FRACTION = re.compile(
    r"%|vol|number|fraction|frequency|percent|mass|weight|differential|^q$|^q\d|^p\d|anteil|頻度|频率|体积|体積|intensity"
)
_SHAPE = re.compile(r"spht|symm|b/l|sphericity|aspect|round|conv|shape|refract|absor|obscur|span|\bq[03]?\(")

_WEIGHTS = (
    ("number", re.compile(r"number|count|anzahl|nombre|個数|数量|(?<![a-z])[qp]0(?![0-9])|particles")),
    ("area", re.compile(r"surface|area|fläche|(?<![a-z])[qp]2(?![0-9])")),
    ("volume", re.compile(r"vol|体积|体積|mass|weight|wt|(?<![a-z])[qp]3(?![0-9])")),
)


def _percentile(tenth: int) -> re.Pattern[str]:
    """Labels of d10, d50, d90: "d (0.1)", "Dx (10)", "Dv10", "x [mm] at Q3=0.100"."""
    return re.compile(
        rf"^d\s*\(\s*0[.,]{tenth}0?\s*\)"
        rf"|^d[xv]?\s*[\[(_]?\s*{tenth}0\s*[\])]?(?=$|[\s\[(%])"
        rf"|^x.{{0,6}}q3\s*=\s*0[.,]{tenth}(0+)?$|^x{tenth}0$"
    )


_PRINTED = (
    ("printed_d43", re.compile(r"^(d|x)\s*[\[(]\s*4\s*[,;.]\s*3\s*[\])]|volume weighted mean|^dv?43")),
    ("printed_d32", re.compile(r"^(d|x)\s*[\[(]\s*3\s*[,;.]\s*2\s*[\])]|surface weighted mean|sauter|^d32")),
    ("printed_d10", _percentile(1)),
    ("printed_d50", _percentile(5)),
    ("printed_d90", _percentile(9)),
)  # fmt: skip


@dataclass(frozen=True)
class SizeHeading:
    """What a column holds: "size", "size_low", "size_high", "fraction", "count", "density", "undersize",
    "oversize" or ""; ``scale`` turns sizes (or densities) into micrometres, 0 where no unit is stated.
    """

    role: str
    scale: float
    weighting: str


def size_scale(text: str) -> float:
    """Micrometres per unit of length named in a text, 0 where none is.

    >>> size_scale("Size Classes (μm)"), size_scale("x [nm]"), size_scale("Size")
    (1.0, 0.001, 0.0)
    """
    found = _UNIT.search(plain(text).replace("µ", "μ"))
    return _TO_UM[found[1]] if found else 0.0


def weighting(text: str) -> str:
    """The weighting that a text names: "volume", "number", "area", or "" where it names none."""
    word = plain(text)
    return next((name for name, pattern in _WEIGHTS if pattern.search(word)), "")


def size_heading(text: str) -> SizeHeading:
    """What a column of that heading holds.

    >>> size_heading("Volume Density (%)").role, size_heading("q3 [%/mm]").role, size_heading("Counts").role
    ('fraction', 'density', 'count')
    """
    word = plain(text).replace("µ", "μ").strip('"# ')
    scale = size_scale(word)
    if not word or _SHAPE.search(word) or printed_key(word):
        return SizeHeading("", 0.0, "")
    if _DENSITY.search(word):
        return SizeHeading("density", scale, weighting(word))
    if _OVERSIZE.search(word) and not re.match(r"^size|^diam", word):
        return SizeHeading("oversize", 0.0, weighting(word))
    if re.match(r"^q[0-3]?\s*[\[(]?\s*%?", text.strip().replace("Q", "q")) and text.strip().startswith("Q"):
        return SizeHeading("undersize", 0.0, weighting(word))
    if _CUMULATIVE.search(word) and not re.match(r"^size|^diam", word):
        return SizeHeading("undersize", 0.0, weighting(word))
    bare_bound = scale and (_LOWER.search(word) or _UPPER.search(word))
    if (_SIZE.search(word) or bare_bound) and "%" not in word and not re.search(r"^vol|^num", word):
        if _LOWER.search(word):
            return SizeHeading("size_low", scale, "")
        if _UPPER.search(word):
            return SizeHeading("size_high", scale, "")
        return SizeHeading("size", scale, "")
    if _COUNT.search(word) and "%" not in word:
        return SizeHeading("count", 0.0, "number")
    if _FRACTION.search(word) and not scale:
        return SizeHeading("fraction", 0.0, weighting(word))
    return SizeHeading("", 0.0, "")


def printed_key(label: str) -> str:
    """The fact that a labelled result is ("printed_d43" ...), "" where it is none of ours.

    >>> printed_key("D [4, 3] - Volume weighted mean"), printed_key("d (0.5)"), printed_key("Dx (90) (μm)")
    ('printed_d43', 'printed_d50', 'printed_d90')
    """
    word = plain(label).strip('" :')
    return next((name for name, pattern in _PRINTED if pattern.search(word)), "")


def printed(
    facts: dict[str, Stated], label: str, value: str | float | None, scale: float, where: str
) -> bool:
    """Enter a printed result in micrometres, where the label names one; whether it did."""
    key = printed_key(label)
    if not key:
        return False
    amount = number(value) if isinstance(value, str) else value
    if amount is not None and amount > 0.0 and scale > 0.0:
        facts.setdefault(key, Stated(amount * scale, "um", where))
    return True


def labelled(row: Row) -> tuple[str, str, str]:
    """Label, value and unit of a row "label, value[, unit]"; empty strings where it is none."""
    texts = [row.text(i) for i in row.filled]
    if len(texts) == 1:
        texts = [t.strip() for t in re.split(r"\s*[:=]\s+", texts[0], maxsplit=1)]
    if len(texts) not in (2, 3) or number(texts[0]) is not None:
        return "", "", ""
    value, unit = texts[1], texts[2] if len(texts) == 3 else ""
    parts = re.match(r"^([+-]?[\d.,]+)\s*([^\d\s.,]\S*)$", value)
    if parts and not unit:
        value, unit = parts[1], parts[2]
    return texts[0].rstrip(":").strip(), value, unit

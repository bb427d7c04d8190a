"""What the lines above a plain text scan say: column labels, wavelength, points, key and value pairs."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Unread
from negatrode.files.readers.diffraction_scan import line_settings
from negatrode.files.text import number

COMMENT = re.compile(r"^\s*(?:#|/\*|\*|!|'|;|%|//)")
TWO_THETA = re.compile(
    r"2[\s_*-]*(?:theta|θ|ϑ|th\b|th(?=[\s(\[_/]))|two[\s_-]*theta|\btth\b|\btwoth\b", re.IGNORECASE
)
ANGLE = re.compile(r"\bangles?\b|\bdegrees?\b|winkel", re.IGNORECASE)
THETA = re.compile(r"\btheta\b|[θϑ]", re.IGNORECASE)
SCATTERING = re.compile(r"^\W*q\W*(?:$|[\[(/,]|\s*(?:nm|a|å|1/))|\bq[\s_]*[\[(]", re.IGNORECASE)
COUNTS = re.compile(
    r"intensit|\bcounts?\b|\bcps\b|\bint\b|y_?obs|imp\.?/s|\bi_?obs\b|det\d*disc|\bpsd\b|^\W*(?:i|y)\W*$",
    re.IGNORECASE,
)
SIGMA = re.compile(r"sigma|\besd\b|\berr|\bstd|\bunc|σ|\bsd\b|\bsig\b|\be\b", re.IGNORECASE)
SAYS_DIFFRACTION = re.compile(
    r"diffract|\bxrd\b|\bpxrd\b|scantype|k[\s_-]?alpha|kα|\banode\b|wave[\s_]*length|goniometer|xydata",
    re.IGNORECASE,
)

_VALUE = r"(?<!\d)(?<!\d[.,])(?P<value>\d{1,2}[.,]\d{1,9}|\.\d{2,9})\"?\s*"
_LENGTH = re.compile(
    r"(?:wave[\s_]*length|\blambda\b|λ)(?P<mid>[^\n]{0,40}?)" + _VALUE + r"(?P<unit>nm|å|angstr\w+|a\b|pm)?",
    re.IGNORECASE,
)
_UNIT = re.compile(r"[\[(/,]\s*(nm|å|angstr\w+|a|pm)\b", re.IGNORECASE)
_LINES = {
    key: re.compile(
        rf"(?:k[\s_-]*(?:alpha|α|a)|alpha|lambda|wl)[\s_-]*{key}\b(?P<mid>[^\n]{{0,40}}?)"
        + _VALUE
        + r"(?P<unit>nm|å|angstr\w+|a\b)?",
        re.IGNORECASE,
    )
    for key in (1, 2)
}
_RATIO = re.compile(r"ratio\s*k[\s_-]*a\w*2\D{1,12}1\W+(\d?[.,]\d+)", re.IGNORECASE)
_ANODE = re.compile(
    r"\banode(?:\s*material)?\W{1,4}([A-Z][a-z]?)\b|TARGET_NAME\s+\"([A-Z][a-z]?)\"", re.IGNORECASE
)
_POINTS = re.compile(
    r"(?:no\.?|number)\s*of\s*(?:data\s*)?points[^\w\n]+(\d+)[^\w\n]*$|DATA_COUNT\W+(\d+)",
    re.IGNORECASE | re.MULTILINE,
)
_STEPS = re.compile(r"\bno\.?\s*steps\W+(\d+)", re.IGNORECASE)
_PAIR = re.compile(r"^([^=:,\"\t]{1,60}?)\s*(?:=|:|,|\t|\s(?=\"))\s*(.+)$")


@dataclass(frozen=True)
class Roles:
    """Which column holds what; -1 where none does. ``axis``: "2theta", "theta" or "q"."""

    angle: int
    intensity: int
    sigma: int
    axis: str


def roles(labels: list[str], width: int, *, third_is_sigma: bool) -> Roles:
    """The columns by their labels; without labels angle, intensity and, where so known, its uncertainty."""
    if len(labels) != width:
        words = " ".join(labels)
        axis = "theta" if THETA.search(words) and not TWO_THETA.search(words) else "2theta"
        return Roles(0, 1, 2 if width == 3 and third_is_sigma else -1, axis)
    angle, axis = _axis(labels)
    rest = [i for i in range(width) if i != angle]
    intensity = next((i for i in rest if COUNTS.search(labels[i]) and not SIGMA.search(labels[i])), rest[0])
    others = [i for i in rest if i != intensity]
    sigma = next((i for i in others if SIGMA.search(labels[i])), -1)
    if sigma < 0 and others and third_is_sigma and width == 3 and not labels[others[0]].strip():
        sigma = others[0]
    return Roles(angle, intensity, sigma, axis)


def _axis(labels: list[str]) -> tuple[int, str]:
    for pattern, axis in ((TWO_THETA, "2theta"), (ANGLE, "2theta"), (THETA, "theta"), (SCATTERING, "q")):
        for i, label in enumerate(labels):
            if pattern.search(label):
                return i, axis
    return 0, "2theta"


def intensity_unit(label: str) -> str:
    """ "counts", "cps" or, where the label names neither, "1"."""
    plain = label.lower()
    if "cps" in plain or re.search(r"/\s*s\b|per\s*sec|s-1|s\^-1", plain):
        return "cps"
    return "counts" if "count" in plain else "1"


def stated_unit(head: str) -> str:
    """The unit of the intensities where a line of the header names it; else "1"."""
    found = re.search(r"(?:intensity_?unit|UNIT_Y)\W+(counts?|cps)\b", head, re.IGNORECASE)
    if found is None:
        return "1"
    return "cps" if found[1].lower() == "cps" else "counts"


def to_two_theta(
    values: NDArray[np.float64], label: str, axis: str, wavelength: Stated | None
) -> NDArray[np.float64]:
    """Degrees of 2 theta from the column: radians by its label, q by 2 asin(q lambda / 4 pi)."""
    if axis != "q":
        return np.degrees(values) if re.search(r"[\[(/]\s*rad", label, re.IGNORECASE) else values
    unit = re.search(r"(nm|å|angstr|a)\W*\^?\W*-?1|1\s*/\s*(nm|å|angstr|a)", label, re.IGNORECASE)
    if wavelength is None or unit is None:
        raise ReadError(
            f"a column of the scattering vector '{label}'",
            rule="q becomes 2 theta by the wavelength and the unit of q, which the file does not both state",
            remedy="Export against 2 theta, or add 'wavelength = ... angstrom' to the comments",
        )
    per_angstrom = 0.1 if (unit[1] or unit[2]).lower() == "nm" else 1.0
    length = float(wavelength.value) * (10.0 if wavelength.unit == "nm" else 1.0)
    sine = values * per_angstrom * length / (4.0 * math.pi)
    if np.any(np.abs(sine) > 1.0):
        raise ReadError(
            f"q up to {values.max():g}", rule=f"q is at most 4 pi / lambda at {wavelength.text()}"
        )
    return np.degrees(2.0 * np.arcsin(sine))


def tube(head: str, unread: list[Unread]) -> dict[str, Stated]:
    """The wavelength (both lines or one) and the anode that the header states."""
    found: dict[str, Stated] = {}
    lines = {key: _first(pattern, head, unread) for key, pattern in _LINES.items()}
    first, second = lines[1], lines[2]
    if first is not None:
        ratio = _RATIO.search(head)
        share = number(ratio[1]) if ratio else None
        longer = _in_angstrom(second) if second is not None else None
        found = line_settings(
            _in_angstrom(first),
            longer,
            0.5 if share is None else share,
            only_first=longer is None,
            where=first.where,
        )
    else:
        single = _first(_LENGTH, head, unread)
        if single is not None:
            found["wavelength"] = single
    if match := _ANODE.search(head):
        line = head.count("\n", 0, match.start()) + 1
        found["anode"] = Stated(match[1] or match[2], "", f"line {line}")
    return found


def _in_angstrom(length: Stated) -> float:
    return float(length.value) * (10.0 if length.unit == "nm" else 1.0)


def _first(pattern: re.Pattern[str], head: str, unread: list[Unread]) -> Stated | None:
    """The first wavelength; without a unit only from 0.25 on, below which nm and angstrom both occur."""
    for line, text in enumerate(head.split("\n"), start=1):
        match = pattern.search(text)
        value = number(match["value"]) if match else None
        if match is None or value is None or value <= 0.0:
            continue
        inner = _UNIT.search(match["mid"])
        unit = (match["unit"] or (inner[1] if inner else "")).lower()
        where = f"line {line}"
        if unit == "nm" and 0.01 <= value <= 0.5:
            return Stated(value, "nm", where)
        if unit == "pm" or (unit == "nm" and value > 0.5) or (not unit and value < 0.25):
            unread.append(Unread(where, f"wavelength {match['value']}: its unit cannot be told"))
        elif 0.1 <= value <= 5.0:
            return Stated(value, "angstrom", where)
    return None


def check_points(head: str, count: int, unread: list[Unread]) -> None:
    """ReadError where the header declares another number of points; other step counts are only reported."""
    declared = _POINTS.search(head)
    if declared and int((declared[1] or declared[2])[:12]) != count:
        raise ReadError(
            f"{count} rows but the header declares {declared[1] or declared[2]} points",
            rule="a scan holds the points it declares; the file looks cut off",
            remedy="Export it again",
        )
    planned = _STEPS.search(head)
    if planned and int(planned[1][:12]) != count:
        unread.append(Unread("header", f"it names {planned[1]} steps; the file holds {count}"))


def metadata(head: str) -> dict[str, str]:
    """Key and value pairs of the header, and its other lines under their number."""
    found: dict[str, str] = {}
    for line, text in enumerate(head.split("\n"), start=1):
        plain = text.strip().strip("#/*!';% ").strip()
        if not plain:
            continue
        pair = _PAIR.match(plain)
        if pair and pair[1].strip() not in found:
            found[pair[1].strip()] = pair[2].strip().strip('"')
        else:
            found[f"line {line}"] = plain
    return found

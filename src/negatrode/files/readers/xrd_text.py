"""Plain text scans: .xy, .xye, .csv, .dat with two or three columns and any comment lines before them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.readers.diffraction_scan import scan_block
from negatrode.files.text import decode, is_text, number, require_number, separator_of, split_cells

NAME = "xrd-text"
TITLE = "plain text scan (.xy, .xye, .csv)"
KIND = "diffraction"

_COMMENT = re.compile(r"^\s*(?:#|/\*|\*|!|'|;|%|\"|//)")
_ANGLE = re.compile(r"2[\s_-]*(?:theta|θ|th\b)|two[\s_-]*theta|\btth\b|\btheta\b|2θ|\bangle\b", re.IGNORECASE)
_COUNTS = re.compile(r"intensit|counts?\b|\bcps\b|\bint\b|\byobs\b|imp\.?/s", re.IGNORECASE)
_OTHER = re.compile(
    r"pressure|loading|temperature|size|diameter|volume|mass|time|wavenumber|voltage|\braman\b", re.IGNORECASE
)
_WAVELENGTH = re.compile(
    r"(?:wave\s*length|lambda)\W*?(?:\((\w+|Å)\)|\[(\w+|Å)\])?\s*[=:]?\s*([0-9][0-9.,]*)\s*(nm|Å|A\b|angstrom)?",
    re.IGNORECASE,
)
_SUFFIXES = (".xy", ".xye", ".uxd", ".xyd", ".chi")


@dataclass(frozen=True)
class _Layout:
    first: int  # index of the first row of numbers
    separator: str
    labels: tuple[str, ...]


def _layout(lines: list[str]) -> _Layout | None:
    """The first run of three rows of two to four numbers, and the labels above it."""
    body = [(i, t) for i, t in enumerate(lines) if t.strip() and not _COMMENT.match(t)]
    sample = [t for _, t in body[-40:]] or [""]
    separator = separator_of(sample)
    numeric = [all(number(c) is not None for c in split_cells(t, separator)) for _, t in body[:400]]
    for k in range(len(numeric)):
        if numeric[k] and all(numeric[k : k + 3]):
            width = len(split_cells(body[k][1], separator))
            if not 2 <= width <= 4:
                return None
            labels = split_cells(body[k - 1][1], separator) if k else []
            if separator == " " and len(labels) != width:
                labels = re.split(r"\s{2,}|[,;\t]", body[k - 1][1].strip()) if k else []
            return _Layout(body[k][0], separator, tuple(labels))
    return None


def _evidence(head: str, layout: _Layout, suffix: str) -> int:
    labels = " | ".join(layout.labels)
    if _OTHER.search(labels):
        return 0
    if _ANGLE.search(labels) and _COUNTS.search(labels):
        return 85
    if _ANGLE.search(labels) or (_ANGLE.search(head) and not _OTHER.search(head.splitlines()[-1])):
        return 60
    return 40 if suffix in _SUFFIXES else 0


def _head(text: str, layout: _Layout) -> str:
    return "\n".join(text.split("\n")[: layout.first]) or " "


def sniff(blob: Blob) -> int:
    """By words for an angle and an intensity above two or three columns; the suffix is a weak hint."""
    if not is_text(blob.data):
        return 0
    text = decode(_whole_lines(blob.data))
    layout = _layout(text.split("\n"))
    return 0 if layout is None else _evidence(_head(text, layout), layout, blob.suffix)


def _whole_lines(data: bytes) -> bytes:
    """The first lines, cut where a line ends (in any width of character)."""
    if len(data) <= 60_000:
        return data
    return data[: data[:60_000].rfind(b"\n") & ~1]


def read(blob: Blob) -> Recording:
    """All rows: angle, intensity and, with a third column, its standard uncertainty."""
    text = decode(blob.data)
    lines = text.split("\n")
    layout = _layout(lines)
    if layout is None:
        raise ReadError("no rows of two or three numbers", remedy="Export the scan as two columns")
    rows: list[list[float]] = []
    width = len(split_cells(lines[layout.first], layout.separator))
    for line, content in enumerate(lines[layout.first :], start=layout.first + 1):
        if not content.strip() or _COMMENT.match(content):
            continue
        cells = split_cells(content, layout.separator)
        if len(cells) != width:
            raise ReadError(
                f"{len(cells)} cells",
                where=f"line {line}",
                rule=f"each row has {width}, as the first",
                remedy="The row is damaged or cut off",
            )
        rows.append([require_number(c, where=f"line {line}") for c in cells])
    unread = []
    labels = [label.lower() for label in layout.labels]
    if labels and re.fullmatch(r"\W*(?:theta|θ|th)\W*(?:deg\w*)?\W*", labels[0]):
        unread.append(
            Unread(
                f"line {layout.first}",
                f"the column is labelled '{layout.labels[0]}' and was taken as 2 theta",
            )
        )
    if width > 3 or (width == 3 and not _is_sigma(labels)):
        unread.append(Unread("column 3 and beyond", "not understood; angle and intensity were read"))
    sigma = [r[2] for r in rows] if width == 3 and _is_sigma(labels) else None
    unit = (
        "cps"
        if any("cps" in x or "/s" in x for x in labels)
        else "counts"
        if any("count" in x for x in labels)
        else "1"
    )
    block = scan_block("scan", [r[0] for r in rows], [r[1] for r in rows], unit=unit, sigma=sigma)
    head = _head(text, layout)
    return Recording(
        KIND,
        NAME,
        blob.source,
        (block,),
        settings=_settings(head),
        metadata=_metadata(head),
        unread=tuple(unread),
    )


def _is_sigma(labels: list[str]) -> bool:
    return len(labels) < 3 or bool(re.search(r"sigma|esd|err|std|unc|σ|\bsd\b", labels[2]))


def _settings(head: str) -> dict[str, Stated]:
    for line, text in enumerate(head.split("\n"), start=1):
        found = _WAVELENGTH.search(text)
        if not found:
            continue
        value = number(found[3].rstrip(".,"))
        unit = (found[4] or found[1] or found[2] or "").lower()
        if value is None or value <= 0.0:
            continue
        # without a unit only a value that is an X-ray wavelength in one of the two can be told
        in_nm = unit == "nm" or (not unit and 0.01 < value < 0.25)
        if in_nm and 0.01 < value < 0.5:
            return {"wavelength": Stated(value, "nm", f"line {line}")}
        if 0.1 < value < 5.0:
            return {"wavelength": Stated(value, "angstrom", f"line {line}")}
    return {}


def _metadata(head: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line, text in enumerate(head.split("\n"), start=1):
        plain = text.strip().strip("#/*!'\"; ").strip()
        key, sign, value = plain.partition("=")
        if sign and value.strip():
            found[key.strip()] = value.strip()
        elif plain:
            found[f"line {line}"] = plain
    return found

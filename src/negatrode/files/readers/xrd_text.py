"""Plain text scans: .xy, .xye, .csv, .dat, .txt with columns under any comment and header lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.recording import Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.readers import xrd_text_header as header
from negatrode.files.readers.diffraction_scan import scan_block
from negatrode.files.readers.rigaku_lines import is_two_theta
from negatrode.files.readers.text_rows import head_text, lines_of
from negatrode.files.text import decode, number, require_number, separator_of, split_cells

NAME = "xrd-text"
TITLE = "plain text scan (.xy, .xye, .csv)"
KIND = "diffraction"

MAX_COLUMNS = 8
_OTHER = re.compile(
    r"pressure|loading|temp|size|diameter|volume|mass\b|\btime|wavenumber|raman|voltage|potential|current"
    r"|capacity|energy|heat|weight|adsorb|\bp/p0|size",
    re.IGNORECASE,
)
_SUFFIXES = (".xy", ".xye", ".xyd", ".xys", ".chi", ".uxd", ".ras")
_AXIS = re.compile(r"^\*MEAS_SCAN_AXIS_X\s+\"(.*)\"", re.MULTILINE)


@dataclass(frozen=True)
class _Layout:
    """Where the numbers start (index of the line), how lines split, and the labels above them."""

    first: int
    separator: str
    width: int
    labels: tuple[str, ...]


def sniff(blob: Blob) -> int:
    """By words for an angle and an intensity above columns of numbers; the suffix alone is a weak hint."""
    text = head_text(blob.data)
    if not text:
        return 0
    lines = text.split("\n")
    layout = _layout(lines)
    if layout is None:
        return 0
    head = _head(lines, layout)
    labels = " | ".join(layout.labels)
    if re.search(r"^BANK\s", head, re.MULTILINE) or not _plausible(lines, layout):
        return 0
    strong = bool(header.TWO_THETA.search(labels))
    scattering = any(header.SCATTERING.search(label) for label in layout.labels)
    counted = any(header.COUNTS.search(label) for label in layout.labels)
    if counted and (strong or header.ANGLE.search(labels)):
        return 85
    if not strong and _OTHER.search(labels):
        return 0
    if counted and header.THETA.search(labels):
        return 85
    if strong or header.TWO_THETA.search(head) or header.SAYS_DIFFRACTION.search(head):
        return 60
    if scattering and counted:
        return 50
    return 20 if blob.suffix in _SUFFIXES else 0


def read(blob: Blob) -> Recording:
    """All rows: angle, intensity and, where a column holds it, the standard uncertainty.

    A column labelled "theta" is taken as 2 theta, which such files hold, and that is reported. Any row
    that is not one of finite numbers is a ReadError with its line.
    """
    lines = lines_of(decode(blob.data))
    layout = _layout(lines)
    if layout is None:
        raise ReadError("no rows of numbers in columns", remedy="Export the scan as two columns")
    head = _head(lines, layout)
    unread: list[Unread] = []
    axis = _AXIS.search(head)
    if axis and not is_two_theta(axis[1]):
        raise ReadError(f"a scan along {axis[1]}", rule="a diffraction scan runs along 2 theta")
    rows = _rows(lines, layout)
    _check_last(rows, lines)
    table = np.array([[float(number(c) or 0.0) for c in row] for row in rows])
    header.check_points(head, len(table), unread)
    labels = list(layout.labels)
    parts = header.roles(
        labels,
        layout.width,
        third_is_sigma=blob.suffix == ".xye" or bool(re.search("xydata", head, re.IGNORECASE)),
    )
    label = labels[parts.angle] if len(labels) == layout.width else " ".join(labels)
    _report(parts, label, layout, head, unread)
    settings = header.tube(head, unread)
    angles = header.to_two_theta(table[:, parts.angle], label, parts.axis, settings.get("wavelength"))
    unread += _gaps(np.sort(angles))
    counted = labels[parts.intensity] if len(labels) == layout.width else " ".join(labels)
    unit = header.intensity_unit(counted)
    block = scan_block(
        "scan",
        angles,
        table[:, parts.intensity],
        unit=header.stated_unit(head) if unit == "1" else unit,
        sigma=table[:, parts.sigma] if parts.sigma >= 0 else None,
    )
    return Recording(
        KIND,
        NAME,
        blob.source,
        (block,),
        settings=settings,
        metadata=header.metadata(head),
        unread=tuple(unread),
    )


def _report(parts: header.Roles, label: str, layout: _Layout, head: str, unread: list[Unread]) -> None:
    """What was taken for granted and what was left out."""
    where = f"line {layout.first}"
    if parts.axis == "theta" and not header.TWO_THETA.search(head):
        unread.append(Unread(where, f"the column is labelled '{label}' and was taken as 2 theta"))
    if not layout.labels and not header.TWO_THETA.search(head):
        unread.append(Unread(where, "no label names the columns: taken as 2 theta and intensity"))
    left = [i + 1 for i in range(layout.width) if i not in (parts.angle, parts.intensity, parts.sigma)]
    if left:
        unread.append(
            Unread(f"column {', '.join(map(str, left))}", "not used: neither angle, intensity nor sigma")
        )


def _cells(line: str, separator: str) -> list[str]:
    """The cells of a line without the empty ones that a separator at its end makes."""
    cells = split_cells(line, separator)
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _is_row(cells: list[str]) -> bool:
    return len(cells) >= 2 and all(number(c) is not None for c in cells)


def _layout(lines: list[str]) -> _Layout | None:
    """The first run of three rows of numbers (or the rest of a shorter file), and the labels above it."""
    body = [i for i, t in enumerate(lines) if t.strip() and not header.COMMENT.match(t)]
    if not body:
        return None
    separator = separator_of([lines[i].strip().rstrip(",;") for i in body[-60:]])
    cells = [_cells(lines[i], separator) for i in body[:5000]]
    good = [_is_row(c) for c in cells]
    for k, width in ((k, len(cells[k])) for k in range(len(cells)) if good[k]):
        run = range(k, min(k + 3, len(cells)))
        if len(run) >= 2 and all(good[i] and len(cells[i]) == width for i in run) and width <= MAX_COLUMNS:
            first = body[_first_row(cells, k, width)]
            return _Layout(first, separator, width, _labels(lines, first, separator, width))
    return None


def _first_row(cells: list[list[str]], good: int, width: int) -> int:
    """The first row of the table: damaged rows above the first good one belong to it and are refused there.

    It follows the labels of the columns; without labels, it is the first in a row of lines that start
    with a number and have as many cells.
    """
    for k in range(good - 1, -1, -1):
        words = " | ".join(cells[k])
        if len(cells[k]) == width and (header.TWO_THETA.search(words) or header.COUNTS.search(words)):
            return k + 1
    first = good
    while first and len(cells[first - 1]) == width and number(cells[first - 1][0]) is not None:
        first -= 1
    return first


def _labels(lines: list[str], first: int, separator: str, width: int) -> tuple[str, ...]:
    """The line of words directly above the numbers, comment or not, split as the numbers are or wider."""
    above = next((lines[i] for i in range(first - 1, -1, -1) if lines[i].strip()), "")
    plain = header.COMMENT.sub("", above).strip().rstrip(",;")
    if not plain or not re.search(r"[A-Za-zθϑ]", plain) or re.search(r"=|\*/", plain):
        return ()
    ways = [split_cells(plain, separator)] + [
        re.split(p, plain) for p in (r"\s*[,;\t|]\s*", r"\s{2,}", r"\s+")
    ]
    exact = next((w for w in ways if len(w) == width), ways[0])
    return tuple(c.strip().strip('"') for c in exact)


def _head(lines: list[str], layout: _Layout) -> str:
    return "\n".join(lines[: layout.first])


def _plausible(lines: list[str], layout: _Layout) -> bool:
    """Whether one of the columns rises (or falls) within the angles of a diffractometer, or may be q."""
    rows: list[list[str]] = []
    for text in lines[layout.first : layout.first + 50]:
        cells = _cells(text, layout.separator)
        if len(rows) > 2 and (not _is_row(cells) or len(cells) != layout.width):
            break  # what is wrong from here on is for read() to refuse
        if _is_row(cells) and len(cells) == layout.width:
            rows.append(cells)
    for column in zip(*rows, strict=True):
        steps = np.diff(np.array([number(c) for c in column], dtype=float))
        inside = all(-180.0 <= (number(c) or 0.0) <= 180.0 for c in column)
        if inside and len(steps) and (np.all(steps > 0.0) or np.all(steps < 0.0)):
            return True
    return False


def _rows(lines: list[str], layout: _Layout) -> list[list[str]]:
    """The cells of all rows, each of which is a finite number."""
    rows: list[list[str]] = []
    for line, content in enumerate(lines[layout.first :], start=layout.first + 1):
        cells = _cells(content, layout.separator)
        if not cells or (header.COMMENT.match(content) and not _is_row(cells)):
            continue
        if len(cells) != layout.width:
            raise ReadError(
                f"{len(cells)} cells where the rows above have {layout.width}",
                where=f"line {line}",
                rule="each row has the same columns",
                remedy="The row is damaged or cut off, or a second table starts here; export each on its own",
            )
        for cell in cells:
            require_number(cell, where=f"line {line}")
        rows.append(cells)
    return rows


def _check_last(rows: list[list[str]], lines: list[str]) -> None:
    """ReadError where the last row ends without a line end and in fewer decimals than all others have."""
    ends = [row[-1].strip('"').replace(",", ".").partition(".")[2] for row in rows]
    decimals = {len(end) for end in ends[:-1]}
    if not lines[-1].strip() or len(rows) < 10 or len(decimals) != 1 or decimals == {0}:
        return
    if len(ends[-1]) < min(decimals):
        raise ReadError(
            f"the last row ends in '{rows[-1][-1]}', all others have {min(decimals)} decimals",
            where=f"line {len(lines)}",
            rule="a number that stops short is not read as another number",
            remedy="The file looks cut off; export it again, or end the last line",
        )


def _gaps(angles: NDArray[np.float64]) -> list[Unread]:
    """Places where a scan of otherwise equal steps jumps: rows may be missing."""
    steps = np.diff(angles)
    usual = float(np.median(steps))
    wide = steps > 1.5 * usual
    if len(steps) < 20 or not wide.any() or np.mean(np.abs(steps - usual) < 0.05 * abs(usual)) < 0.8:
        return []
    first = float(angles[int(np.argmax(wide))])
    return [Unread("rows", f"{int(wide.sum())} gaps in angles of equal steps, the first after {first:g} deg")]

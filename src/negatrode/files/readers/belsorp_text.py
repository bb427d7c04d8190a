"""BELSORP texts: the .csv report and the tab-separated raw .DAT, in English or Japanese (Shift-JIS).

The .csv has labelled lines, then "No,pi/kPa,...", then points after ADS and after DES. The .DAT has
sections under rules of "="; each branch ends in a line of zeros, without which it is cut off.
"""

from __future__ import annotations

import re

from negatrode.core.errors import ReadError
from negatrode.core.recording import Block, Recording
from negatrode.files.blob import Blob
from negatrode.files.readers.belsorp_report import Preamble, finish, is_heading, points
from negatrode.files.readers.text_rows import (
    Row,
    decode_japanese,
    head_text,
    plain,
    rows_of_text,
    widest_separator,
)

NAME = "belsorp-text"
TITLE = "BELSORP text report (.csv, .DAT)"
KIND = "isotherm"

_MARK = re.compile(r"^\W*no\W{0,3}[\t,;].{0,60}\bp\w?2?\s?/ ?k?pa", re.MULTILINE)
_SECTIONS = {
    "adsorption data": "adsorption",
    "吸着データ": "adsorption",
    "desorption data": "desorption",
    "脱着データ": "desorption",
}
_RULE = re.compile(r"^=+$")
_CUT = "The file is cut off; export it again"


def sniff(blob: Blob) -> int:
    """95 where numbered points stand under BELSORP's headings."""
    head = plain_lines(head_text(blob.data, japanese=True))
    return 95 if _MARK.search(head) else 0


def plain_lines(text: str) -> str:
    """The text line by line in the form in which labels are compared, separators kept."""
    return "\n".join("\t".join(plain(c) for c in line.split("\t")) for line in text.split("\n"))


def read(blob: Blob) -> Recording:
    """The branches and all labelled values.

    Raises ReadError where points are missing (numbering, declared numbers, closing line) or no numbers.
    """
    text = decode_japanese(blob.data)
    heads = [line for line in text.split("\n") if _MARK.match(plain_lines(line))]
    if not heads:
        raise ReadError("no line of headings 'No, pe/kPa, p/p0, Va'", remedy=_CUT)
    rows = rows_of_text(text, widest_separator(heads))
    preamble = Preamble()
    blocks = _raw(rows, preamble) if any(_section(r) for r in rows) else _report(rows, preamble)
    return Recording(
        kind=KIND,
        format=NAME,
        source=blob.source,
        blocks=finish(preamble, blocks, where=""),
        settings=preamble.settings,
        metadata=preamble.metadata,
    )


def _report(rows: list[Row], preamble: Preamble) -> list[Block | None]:
    start = next((i for i, r in enumerate(rows) if is_heading(r)), None)
    if start is None:
        raise ReadError("no headings of pressure and amount adsorbed", remedy=_CUT)
    _enter(rows[:start], preamble)
    parts: dict[str, list[Row]] = {"adsorption": [], "desorption": []}
    current = ""
    for row in rows[start + 1 :]:
        word = plain(row.text(0))
        if word in ("ads", "吸着") and not row.text(1):
            current = "adsorption"
        elif word in ("des", "脱着") and not row.text(1):
            current = "desorption"
        elif row.filled:
            if not current:
                raise ReadError(
                    f"'{word}' before ADS",
                    where=row.where,
                    rule="points follow a line ADS or DES",
                    remedy=_CUT,
                )
            parts[current].append(row)
    return [
        points(name, rows[start], part, where=rows[start].where, declared=preamble.counts.get(name))
        for name, part in parts.items()
    ]


def _section(row: Row) -> str:
    return _SECTIONS.get(plain(row.text(0)), "") if len(row.filled) == 1 else ""


def _raw(rows: list[Row], preamble: Preamble) -> list[Block | None]:
    first = next(i for i, r in enumerate(rows) if _section(r))
    _enter(rows[:first], preamble)
    blocks: list[Block | None] = []
    at = first
    while at < len(rows):
        name = _section(rows[at])
        at += 1
        if name:
            block, at = _raw_branch(name, rows, at, preamble)
            blocks.append(block)
    return blocks


def _raw_branch(name: str, rows: list[Row], at: int, preamble: Preamble) -> tuple[Block | None, int]:
    while at < len(rows) and not is_heading(rows[at]):
        if rows[at].filled and not _RULE.match(rows[at].text(0)):
            raise ReadError(
                f"'{rows[at].text(0)[:30]}'", where=rows[at].where, rule="a section begins with its headings"
            )
        at += 1
    if at == len(rows):
        raise ReadError(f"no headings of the {name} section", remedy=_CUT)
    head = rows[at]
    part: list[Row] = []
    for i in range(at + 1, len(rows)):
        row = rows[i]
        if not row.filled:
            continue
        if all(row.number(j) == 0.0 for j in row.filled):
            return points(name, head, part, where=head.where, declared=preamble.counts.get(name)), i + 1
        part.append(row)
    raise ReadError(
        f"{len(part)} {name} points and no closing line of zeros",
        where=head.where,
        rule="a branch ends in a line of zeros",
        remedy=_CUT,
    )


def _enter(rows: list[Row], preamble: Preamble) -> None:
    for row in rows:
        filled = [i for i in row.filled if i > 0]
        if not row.text(0) or _RULE.match(row.text(0)):
            continue
        value = row.text(filled[0]).strip('"') if filled else ""
        unit = row.text(filled[1]) if len(filled) > 1 and row.text(filled[1]).startswith("[") else ""
        preamble.enter(row.text(0), value, unit, row.where)

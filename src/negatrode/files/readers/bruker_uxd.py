"""Bruker UXD: text with _KEY = value lines and _COUNTS, _CPS or _2THETACOUNTS sections; one block a range."""

from __future__ import annotations

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Recording
from negatrode.files.blob import Blob
from negatrode.files.readers.diffraction_scan import line_settings, scan_block
from negatrode.files.text import decode, is_text, number, require_number

NAME = "bruker-uxd"
TITLE = "Bruker UXD text"
KIND = "diffraction"

_LISTED = {"_COUNTS": "counts", "_CPS": "cps"}
_PAIRED = {"_2THETACOUNTS": "counts", "_2THETACPS": "cps", "_2THETACOUNTSTIME": "counts"}


def sniff(blob: Blob) -> int:
    """By its version or data marks in the first lines."""
    if not is_text(blob.data):
        return 0
    head = blob.data[:4000].replace(b"\x00", b"").upper()
    return 100 if b"_FILEVERSION" in head or (b"_STEPSIZE" in head and b"_START" in head) else 0


def read(blob: Blob) -> Recording:
    """Every range; the number of values is checked against _STEPCOUNT."""
    header: dict[str, str] = {}
    ranges: list[tuple[str, dict[str, str], list[float], int]] = []
    for line, text in enumerate(decode(blob.data).split("\n"), start=1):
        content = text.split(";")[0].strip()
        if not content:
            continue
        if content.startswith("_"):
            key, sign, value = content.partition("=")
            name = key.strip().upper()
            if sign:
                header[name] = value.strip().strip("'\"")
            elif name in _LISTED or name in _PAIRED:
                ranges.append((name, dict(header), [], line))
        elif ranges:
            ranges[-1][2].extend(require_number(c, where=f"line {line}") for c in content.split())
        else:
            raise ReadError(f"'{content[:30]}' before any data mark", where=f"line {line}")
    if not ranges:
        raise ReadError("no _COUNTS section", remedy="The file looks cut off; export it again")
    blocks = tuple(_block(*part, count) for count, part in enumerate(ranges, start=1))
    return Recording(KIND, NAME, blob.source, blocks, settings=_settings(header), metadata=header)


def _block(mark: str, header: dict[str, str], values: list[float], line: int, count: int) -> Block:
    where = f"range {count} at line {line}"
    stated = number(header.get("_STEPCOUNT", ""))
    if mark in _PAIRED:
        width = 3 if mark.endswith("TIME") else 2
        if len(values) % width:
            raise ReadError(f"{len(values)} numbers", where=where, rule=f"rows of {width}")
        angles, counts, unit = values[::width], values[1::width], _PAIRED[mark]
    else:
        start, step = (_required(header, key, where) for key in ("_2THETA", "_STEPSIZE"))
        angles, counts, unit = [start + step * i for i in range(len(values))], values, _LISTED[mark]
    if stated is not None and int(stated) != len(counts):
        raise ReadError(
            f"{len(counts)} counts but _STEPCOUNT says {int(stated)}",
            where=where,
            rule="a range holds the steps it declares",
            remedy="The file looks cut off; export it again",
        )
    seconds = number(header.get("_STEPTIME", ""))
    facts = {} if seconds is None else {"counting_time": Stated(seconds, "s", where)}
    return scan_block(f"range {count}", angles, counts, unit=unit, where=where, facts=facts)


def _required(header: dict[str, str], key: str, where: str) -> float:
    text = header.get(key, header.get("_START", "") if key == "_2THETA" else "")
    return require_number(text, where=f"{where} {key}")


def _settings(header: dict[str, str]) -> dict[str, Stated]:
    first, second = number(header.get("_WL1", "")), number(header.get("_WL2", ""))
    if not first:
        return {}
    ratio = number(header.get("_WLRATIO", ""))
    anode = header.get("_ANODE", "")
    only_first = ratio == 0.0
    return line_settings(
        first, second, 0.5 if ratio is None else ratio, only_first=only_first, where="_WL1", anode=anode
    )

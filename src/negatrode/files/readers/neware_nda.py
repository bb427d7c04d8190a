"""Neware .nda: "NEWARE", a date, a version byte, pointers to sections, and records of a fixed length.

Versions 1 to 29 are those of BTS up to 8, 129 and 130 those of BTS 9. The header points to the section of
records and says how long it is; that is checked before the library (fastnda) decodes the records.
Charging currents are positive. The format has no public description: layouts as in fastnda 1.3. It has no
checksums: wrong bits show only where columns contradict each other (see cycler_checks).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob
from negatrode.files.readers.neware_frame import build_block
from negatrode.files.readers.neware_library import Notes, as_file, guarded

if TYPE_CHECKING:
    import polars as pl

NAME = "neware-nda"
TITLE = "Neware binary (.nda)"
KIND = "cycling"

_RECORD = {
    1: 38, 2: 39, 3: 43, 4: 43, 5: 59, 6: 59, 7: 59, 8: 59, 9: 60, 10: 64, 11: 69, 12: 69, 13: 69, 14: 86,
    15: 69, 16: 86, 17: 86, 18: 69, 19: 68, 20: 86, 22: 86, 23: 86, 24: 86, 25: 70, 26: 86, 27: 70, 28: 86,
    29: 86,
}  # fmt: skip
_BTS9 = (129, 130)
_BTS9_RECORD = (88, 52, 56, 60)
# Where a record has its number
_INDEX = {v: 0 if v == 1 else 1 if v < 9 else 8 if v == 19 else 2 for v in _RECORD if v != 2}
_SEARCHED = (26, 28, 29)  # the library finds their first record by its bytes
_FIRST = b"\x55\x00\x01\x00\x00\x00"
_DATA, _STEP_MARK, _AUXILIARY = 0x55, 0xAA, 0x65
# Wall clock and total time of these are worked out by the library, not read
_UNCLOCKED = (1, 3, 4)
_HEADER = 256
_PRESET_MASS = 1.0  # mg, what BTS writes where nobody entered a mass


def sniff(blob: Blob) -> int:
    """By the first bytes: NEWARE, then a date or a version that is known."""
    head = blob.data[:15]
    if not head.startswith(b"NEWARE") or len(head) < 15:
        return 0
    return 100 if head[14] in _RECORD or head[14] in _BTS9 or head[6:14].isdigit() else 0


def read(blob: Blob) -> Recording:
    """All records in seconds, volts and amperes; ReadError with byte or record where they are damaged."""
    data, notes = blob.data, Notes()
    if len(data) < _HEADER:
        raise _cut_off(f"{len(data)} bytes", f"byte {len(data)}", f"the header alone has {_HEADER}")
    version = data[14]
    if version in _BTS9:
        _check_bts9(data)
    elif version in _RECORD:
        _check_sections(data, version)
    else:
        raise ReadError(
            f"version {version}",
            where="byte 14",
            rule=f"versions {min(_RECORD)} to {max(_RECORD)}, {_BTS9[0]} and {_BTS9[1]} are known",
            remedy="Export the file as csv from BTSDA",
        )

    with as_file("recording.nda", data) as path:
        from_library = guarded("records", lambda: _frame(path), notes)
        said = guarded("header", lambda: _header(path), Notes())
    _check_marks(data, version, from_library.height, notes)
    block = build_block(from_library, notes, clocked=version not in _UNCLOCKED)
    metadata = {k: str(v) for k, v in said.items() if str(v).strip() and not k.startswith("UNKNOWN")}
    mass = said.get("active_mass_mg")
    settings = _mass(mass, notes) if version in _RECORD and isinstance(mass, float) else {}
    return Recording(
        KIND,
        NAME,
        blob.source,
        blocks=(block,),
        settings=settings,
        metadata=metadata,
        unread=tuple(notes.entries),
    )


def _frame(path: Path) -> pl.DataFrame:
    from fastnda.nda import read_nda

    frame: pl.DataFrame = read_nda(path)
    return frame


def _header(path: Path) -> dict[str, str | int | float]:
    from fastnda.nda_meta import read_nda_metadata

    said: dict[str, str | int | float] = read_nda_metadata(path)
    return said


def _mass(mass: float, notes: Notes) -> dict[str, Stated]:
    """The active mass of the header, unless it is the preset that stands there when nobody entered one."""
    if mass == _PRESET_MASS:
        notes.add("active mass", f"{mass:g} mg is what BTS presets; not taken for the mass of the electrode")
        return {}
    return {"mass": Stated(mass, "mg", "header, active material")} if mass > 0 else {}


def _cut_off(found: str, where: str, rule: str) -> ReadError:
    return ReadError(found, where=where, rule=rule, remedy="The file is cut off or damaged; copy it again")


def _check_sections(data: bytes, version: int) -> None:
    """The sections that the header points to lie within the file, the records fill theirs exactly."""
    pointers = [("header block", 16), ("test information", 24), ("records", 64)]
    if _RECORD[version] in (69, 86):
        pointers.append(("auxiliary records", 72))
    for name, at in pointers:
        begin, length = struct.unpack_from("<II", data, at)
        if begin + length > len(data) and length:
            raise _cut_off(
                f"section '{name}' ends at byte {begin + length} of {len(data)}", f"byte {at}",
                "sections lie within the file",
            )  # fmt: skip
    begin, length = struct.unpack_from("<II", data, 64)
    size = _RECORD[version]
    if length % size:
        raise _cut_off(
            f"{length} bytes of records", "byte 68", f"records of version {version} are {size} long"
        )
    if not begin < len(data):
        raise _cut_off(f"records from byte {begin} of {len(data)}", "byte 64", "sections lie within the file")
    if version in _SEARCHED and length:
        first = data.find(_FIRST)
        if first < begin or (first - begin) % size or first >= begin + length:
            raise _cut_off(
                f"first record at byte {first}, declared from byte {begin}", "byte 64",
                "records start where the header says",
            )  # fmt: skip


def _check_bts9(data: bytes) -> None:
    """The blocks of records lie within the file, each after its own header where there are several."""
    begin, length = struct.unpack_from("<QQ", data, 82)
    if begin or data[1024:1030] != b"NEWARE":
        _check_block(begin, length, len(data), 82)
        return
    total, head, seen = 0, 1024, set[int]()
    while head not in seen and data[head : head + 6] == b"NEWARE" and head + _HEADER + 2 <= len(data):
        seen.add(head)
        begin, size = struct.unpack_from("<QQ", data, head + 82)
        _check_block(begin, size, len(data), head + 82)
        total += size
        foot, foot_length = struct.unpack_from("<QQ", data, head + 242)
        head = foot + foot_length
    if total != length:
        raise _cut_off(f"{total} bytes of records", "byte 90", f"the first header declares {length}")


def _check_block(begin: int, length: int, size: int, at: int) -> None:
    if begin + length > size or not 0 < begin < size - 5:
        raise _cut_off(
            f"records from byte {begin} to {begin + length} of {size}",
            f"byte {at}",
            "sections lie within the file",
        )


def _check_marks(data: bytes, version: int, rows: int, notes: Notes) -> None:
    """Compare the records that came back with the declared ones, by their first byte and their number.

    The library drops records with a strange first byte and all but one of those with the same number, and
    sorts the others. That alone is said; where numbers are missing or bytes are left over as well, the
    file is damaged: ReadError.
    """
    if version in _BTS9:
        total = struct.unpack_from("<Q", data, 90)[0]
        if rows and (total % rows or total // rows not in _BTS9_RECORD):
            notes.add("records", f"{rows} do not fill the {total} declared bytes: others were passed over")
        return
    begin, length = struct.unpack_from("<II", data, 64)
    if not length:
        notes.add("byte 68", "the header declares no length: whether the file is whole is not known")
        return
    size = _RECORD[version]
    table = np.frombuffer(data, np.uint8, length // size * size, begin).reshape(-1, size)
    marks = (0,) if version <= 2 else (0, _DATA) if version < 9 else (_DATA,)
    kept = np.ones(len(table), dtype=bool) if version == 1 else np.isin(table[:, 0], marks)
    if kept.sum() < rows:
        raise _cut_off(f"{rows} records", f"byte {begin}", f"the header declares {int(kept.sum())}")
    left = _left_over(data, version)
    if left:
        notes.add(f"byte {len(data) - left}", f"{left} bytes behind the records are not understood")
    numbers = _numbers(table[kept], version)
    missing = int(numbers.max() - numbers.min()) + 1 - len(np.unique(numbers)) if len(numbers) else 0
    whole = f"{missing} numbers missing, {left} bytes behind the records"
    wrong = np.flatnonzero(np.diff(numbers) <= 0) + 1
    if len(wrong) and (missing or left):
        i = int(wrong[0])
        raise _cut_off(f"record {numbers[i]} after record {numbers[i - 1]}, {whole}", f"byte {begin}",
                       "records are numbered in rising order")  # fmt: skip
    if len(wrong):
        notes.add("records", f"{len(wrong)} stand twice or out of order; put in order, one of each kept")
    strange = ~kept & ~np.isin(table[:, 0], (_STEP_MARK, _AUXILIARY))
    blank = ~table.any(axis=1) if version > 1 else np.zeros(len(table), dtype=bool)
    if blank.any() or (strange.any() and (missing or left)):
        i = int(np.argmax(blank | strange))
        none = int((blank | strange).sum())
        raise _cut_off(f"{none} records are none, {whole}", f"byte {begin + i * size}",
                       "records start with a mark of their kind")  # fmt: skip
    if strange.any():
        notes.add("records", f"{int(strange.sum())} have a first byte that is not known")


def _left_over(data: bytes, version: int) -> int:
    """Bytes behind the records and auxiliary records."""
    begin, length = struct.unpack_from("<II", data, 64)
    end = begin + length
    if _RECORD[version] in (69, 86):
        begin, length = struct.unpack_from("<II", data, 72)
        end = max(end, begin + length if length else 0)
    return max(len(data) - int(end), 0)


def _numbers(table: NDArray[np.uint8], version: int) -> NDArray[np.int64]:
    """The numbers of the records, none in version 2."""
    if version not in _INDEX:
        return np.zeros(0, dtype=np.int64)
    at = _INDEX[version]
    numbers = np.ascontiguousarray(table[:, at : at + 4]).view("<u4")[:, 0].astype(np.int64)
    return np.asarray(numbers[numbers != 0] if version == 1 else numbers, dtype=np.int64)

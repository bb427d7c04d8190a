"""What of a vendor hypermap is checked before another process reads it, a function a format.

Each returns the plug-in to use and the files to give it; none of this needs the library.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from typing import Any

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Source
from negatrode.core.recording import Unread
from negatrode.files.blob import Blob, load
from negatrode.files.readers.sfs_container import MAGIC, SingleFileSystem
from negatrode.files.xml import parse_xml

MAX_PIXELS = 1 << 26
MAX_CHANNELS = 1 << 16
_HDF5 = b"\x89HDF\r\n\x1a\n"
_SPD = b"MAPSPECTRA_DATA"
_PTS_MAGIC = struct.pack("<I", 304)
_CUT_OFF = "The file is cut off or damaged; copy it again"


@dataclass(frozen=True)
class Checked:
    """A file found whole as far as could be told.

    ``files`` maps the names under which the other process sees the files to their bytes, ``main`` is the
    one to open. ``declared_counts`` is the number of X-ray counts that the file itself states.
    """

    family: str
    plugin: str
    main: str
    files: Mapping[str, bytes]
    options: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()
    parts: tuple[Source, ...] = ()
    declared_counts: int | None = None


def family_of(blob: Blob) -> str:
    """Which vendor's format the content is of, or ""."""
    data = blob.data
    if data.startswith(MAGIC):
        return "bruker-bcf"
    if data.startswith(_SPD):
        return "edax-spd"
    if data.startswith(_HDF5) and b"SpectrumStream" in data and b"SpectrumImage" in data:
        return "velox-emd"
    if data.startswith(_PTS_MAGIC) and b"AnalyzableMap MeasData" in data[: 1 << 18]:
        return "jeol-pts"
    if data.startswith(bytes(4)) and b"SampleInfo" in data[:4096] and b"ViewInfo" in data[: 1 << 16]:
        return "jeol-asw"
    return ""


def check(blob: Blob) -> Checked:
    """The file, checked by the rules of its format; ReadError where they are broken."""
    checks = {
        "bruker-bcf": check_bcf,
        "edax-spd": check_spd,
        "velox-emd": check_emd,
        "jeol-pts": check_pts,
        "jeol-asw": refuse_asw,
    }
    family = family_of(blob)
    if not family:
        raise ReadError("no vendor hypermap known here", where="byte 0")
    return checks[family](blob)


def check_bcf(blob: Blob) -> Checked:
    """Bruker composite file: container, check sums of all members, header XML, and its sum spectrum."""
    container = SingleFileSystem(blob.data)
    folder = "EDSDatabase/"
    header = b"".join(container.unpacked(f"{folder}HeaderData"))
    maps = sorted(p for p in container.members if re.fullmatch(rf"{folder}SpectrumData\d+", p))
    if not maps:
        raise ReadError("no member SpectrumData", rule="a hypermap has one", remedy=_CUT_OFF)
    root = parse_xml(header)
    size = _bcf_size(container, maps[0])
    number = maps[0].rpartition("SpectrumData")[2]
    cells = root.findtext(f".//SpectrumData{number}//Channels") or ""
    counts = [int(c) for c in cells.split(",") if c.strip().isascii() and c.strip().isdigit()]
    unread = [Unread(path, "a further hypermap of the file") for path in maps[1:]]
    for path in set(container.members) - set(maps) - {f"{folder}HeaderData"}:
        unread.append(Unread(path, "not used"))
        for _ in container.unpacked(path):
            pass
    if container.surplus:
        unread.append(Unread(f"last {container.surplus} bytes", "behind the declared end"))
    return Checked(
        "bruker-bcf",
        "bruker",
        "map.bcf",
        {"map.bcf": blob.data},
        {"cutoff_at_kV": "zealous"},
        {"container_version": f"{container.version:.2f}", "size": f"{size[0]} x {size[1]}"},
        tuple(sorted(unread, key=lambda u: u.where)),
        declared_counts=sum(counts) if counts else None,
    )


def _bcf_size(container: SingleFileSystem, path: str) -> tuple[int, int]:
    """Rows and columns of the map, its blocks verified on the way."""
    parts = container.unpacked(path)
    first = next(parts, b"")
    for _ in parts:
        pass
    if len(first) < 0x1A0:
        raise ReadError(f"{len(first)} bytes in '{path}'", remedy=_CUT_OFF)
    rows, columns = struct.unpack_from("<ii", first)
    _require_size(rows, columns, 1)
    return rows, columns


def _require_size(rows: int, columns: int, channels: int) -> None:
    if min(rows, columns, channels) < 1 or rows * columns > MAX_PIXELS or channels > MAX_CHANNELS:
        raise ReadError(
            f"{rows} x {columns} pixels of {channels} channels",
            rule=f"at least one, at most {MAX_PIXELS} pixels and {MAX_CHANNELS} channels",
            remedy=_CUT_OFF,
        )


def check_spd(blob: Blob) -> Checked:
    """EDAX map spectra: the header's sizes against the file's, and its calibration files beside it.

    The .spc of the same name holds the energy axis and is needed; the .ipr that the header names holds the
    pixel size.
    """
    data = blob.data
    if len(data) < 1068:
        raise ReadError(
            f"{len(data)} bytes", rule="the header of an .spd file has 1068 bytes", remedy=_CUT_OFF
        )
    _, spectra, columns, rows, channels, width, start, _ = struct.unpack_from("<8i", data, 16)
    _require_size(rows, columns, channels)
    needed = start + rows * columns * channels * width
    if width not in (1, 2, 4) or not 1068 <= start <= len(data) or needed > len(data):
        raise ReadError(
            f"{len(data)} bytes",
            where="byte 16",
            rule=f"the header declares {rows} x {columns} x {channels} counts of {width} bytes from {start}",
            remedy=_CUT_OFF,
        )
    if not 0 <= spectra <= rows * columns:
        raise ReadError(
            f"{spectra} spectra", where="byte 20", rule=f"{rows} x {columns} pixels", remedy=_CUT_OFF
        )
    named = data[48:168].split(b"\x00")[0].decode("ascii", errors="replace")
    spc = _beside(blob, f"{Path(blob.path).stem}.spc")
    if spc is None:
        raise ReadError(
            f"no file '{Path(blob.path).stem}.spc' beside it",
            rule="the energy axis of an EDAX map stands in its .spc file",
            remedy="Put the .spc (and .ipr) that were exported with the map into its folder",
        )
    ipr = _beside(blob, f"{PureWindowsPath(named).stem or Path(blob.path).stem}.ipr")
    files = {"map.spd": data, "map.spc": spc.data}
    options: dict[str, Any] = {"spc_fname": "./map.spc", "ipr_fname": "./map.ipr"}
    parts = [spc.source]
    if ipr is not None:
        files["map.ipr"] = ipr.data
        parts.append(ipr.source)
    spare = len(data) - needed
    unread = [Unread(f"last {spare} bytes", "behind the declared counts")] if spare else []
    if 0 < spectra < rows * columns:
        unread.append(Unread("byte 20", f"{spectra} of {rows * columns} spectra were recorded"))
    return Checked("edax-spd", "edax", "map.spd", files, options, {}, tuple(unread), tuple(parts))


def _beside(blob: Blob, name: str) -> Blob | None:
    """A file of the same folder by its bare name in any case of letters, or None."""
    folder = Path(blob.path).parent
    wanted = Path(name).name.lower()
    if not Path(blob.path).is_file():
        return None
    found = next((p for p in sorted(folder.iterdir()) if p.is_file() and p.name.lower() == wanted), None)
    return None if found is None else load(found)


def check_emd(blob: Blob) -> Checked:
    """Velox: the end of the HDF5 file that its superblock states against the length of the file."""
    data = blob.data
    place = {0: 40, 1: 44, 2: 28, 3: 28}.get(data[8] if len(data) > 8 else -1)
    if place is None or len(data) < 96:
        raise ReadError("an unknown HDF5 superblock", where="byte 8", remedy=_CUT_OFF)
    width = data[13] if data[8] < 2 else data[9]
    (end,) = struct.unpack_from("<Q", data, place)
    if width != 8 or end > len(data):
        raise ReadError(
            f"{len(data)} bytes",
            where=f"byte {place}",
            rule=f"the superblock declares {end} bytes",
            remedy=_CUT_OFF,
        )
    return Checked("velox-emd", "emd", "map.emd", {"map.emd": data})


def check_pts(blob: Blob) -> Checked:
    """JEOL Analysis Station map: places of header and data within the file, and the number of pixels."""
    data = blob.data
    if len(data) < 312:
        raise ReadError(f"{len(data)} bytes", rule="the header has more", remedy=_CUT_OFF)
    _, _, head, head_length, start, length = struct.unpack_from("<6I", data, 12)
    if head + head_length > len(data) or not start or start + length > len(data):
        raise ReadError(
            f"{len(data)} bytes",
            where="byte 20",
            rule=f"header of {head_length} bytes at {head}, data of {length} bytes at {start}",
            remedy=_CUT_OFF,
        )
    size = re.search(rb"(?<!\d)(\d{1,5})x(\d{1,5})\x00", data[head : head + head_length or len(data)])
    if size is not None:
        _require_size(int(size[2]), int(size[1]), 4096)
    options = {"SI_dtype": "uint16", "read_em_image": True}
    return Checked("jeol-pts", "jeol", "map.pts", {"map.pts": data}, options)


def refuse_asw(blob: Blob) -> Checked:
    """A JEOL project file lists others and holds no map of its own."""
    names = re.findall(rb"[\w \-.\\]{1,120}\.pts", blob.data)
    listed = ", ".join(sorted({n.decode("ascii", errors="replace").strip() for n in names})[:6])
    raise ReadError(
        f"a project file that lists {listed or 'other files'}",
        rule="a JEOL .asw holds no map of its own",
        remedy="Give the .pts file",
    )

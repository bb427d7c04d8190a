"""Small vendor hypermaps and EMSA spectra, written byte by byte."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from negatrode.files.blob import Blob
from negatrode.files.hypermap_process import Signal

CHUNK = 4096
USABLE = CHUNK - 32
FIRST = 0x118
FILETIME = 131340000000000000  # 2017, as Windows counts
ROWS, COLUMNS, CHANNELS = 3, 4, 256
OFFSET, WIDTH = -0.48, 0.01  # keV, as the detector of a real file is calibrated
FOLDER = "EDSDatabase"


def example_counts(seed: int = 5) -> NDArray[np.int64]:
    """Counts (ROWS, COLUMNS, CHANNELS) with a line of Al at 1.487 keV, nothing below channel 40."""
    rng = np.random.default_rng(seed)
    mean = np.full((ROWS, COLUMNS, CHANNELS), 0.05)
    mean[:, :, :40] = 0.0
    mean[:, COLUMNS // 2 :, round((1.487 - OFFSET) / WIDTH)] = 9.0
    mean[:, :, 240:] = 0.0
    return rng.poisson(mean)


def bcf(
    counts: NDArray[np.int64] | None = None,
    *,
    compressed: bool = True,
    declared: NDArray[np.int64] | None = None,
    pixel: tuple[float, float] | None = (0.05, 0.05),
    maps: int = 1,
) -> bytes:
    """A Bruker composite file: header XML and ``maps`` packed hypermaps in an SFS container.

    ``declared`` is the sum spectrum that the header states (that of the counts unless given); ``pixel`` is
    the side of a pixel in um across and down, or None.
    """
    counts = example_counts() if counts is None else counts
    total = counts.sum(axis=(0, 1)) if declared is None else declared
    members = {"HeaderData": header_xml(counts.shape, total, pixel, maps)}
    members |= {f"SpectrumData{i}": packed_map(counts) for i in range(maps)}
    return sfs({k: compress(v) if compressed else v for k, v in members.items()})


def packed_map(counts: NDArray[np.int64]) -> bytes:
    """Pixels as lists of 16-bit channel numbers, one entry a count (packing 0)."""
    rows, columns, channels = counts.shape
    out = bytearray(struct.pack("<ii", rows, columns).ljust(0x1A0, b"\x00"))
    for row in counts:
        out += struct.pack("<i", columns)
        for x, spectrum in enumerate(row):
            pulses = np.repeat(np.arange(channels, dtype="<u2"), spectrum).tobytes()
            out += struct.pack(
                "<IHHIHHHI", x, channels, channels, 0, 0, 0, len(pulses) // 2, len(pulses)
            )  # fmt: skip
            out += pulses
    return bytes(out)


def header_xml(
    shape: Sequence[int], total: NDArray[np.int64], pixel: tuple[float, float] | None, maps: int
) -> bytes:
    """The header as far as readers ask for it."""
    rows, columns, channels = shape
    grey = np.arange(rows * columns, dtype="<u2") + 1000
    data = base64.b64encode(grey.tobytes()).decode()
    side = f"<DX>{pixel[0]:E}</DX><DY>{pixel[1]:E}</DY>" if pixel else ""
    layers = base64.b64encode(
        zlib.compress(b'<Layers><Layer0 Atom="13" Thickness="5E-3"/></Layers>')
    ).decode()
    regions = "".join(
        f'<ClassInstance Type="TRTSpectrumRegion" Name="{name}"><XmlClassName>{name}</XmlClassName>'
        f"<Element>{z}</Element><Line>KA</Line><Energy>{energy}</Energy></ClassInstance>"
        for name, z, energy in (("Al", 13, 1.487), ("O", 8, 0.525))
    )
    spectrum = (
        '<ClassInstance Type="TRTSpectrum"><TRTHeaderedClass>'
        '<ClassInstance Type="TRTSpectrumHardwareHeader"><Amplification>2E4</Amplification></ClassInstance>'
        '<ClassInstance Type="TRTDetectorHeader"><Technology>SD</Technology><Type>Simulated</Type>'
        f"<DetLayers>{layers}</DetLayers></ClassInstance>"
        '<ClassInstance Type="TRTESMAHeader"><PrimaryEnergy>1.5E1</PrimaryEnergy>'
        "<ElevationAngle>3.5E1</ElevationAngle></ClassInstance></TRTHeaderedClass>"
        '<ClassInstance Type="TRTSpectrumHeader"><Date>14.3.2017</Date><Time>19:4:11</Time>'
        f"<ChannelCount>{channels}</ChannelCount><CalibAbs>{OFFSET:E}</CalibAbs><CalibLin>{WIDTH:E}</CalibLin>"
        f"</ClassInstance><Channels>{','.join(map(str, total))}</Channels></ClassInstance>"
    )
    spectra = "".join(f"<SpectrumData{i}>{spectrum}</SpectrumData{i}>" for i in range(maps))
    return (
        '<?xml version="1.0" encoding="WINDOWS-1252" standalone="yes"?><TRTSpectrumDatabase>'
        '<ClassInstance Type="TRTSpectrumDatabase" Name="particles"><Header><Date>14.3.2017</Date>'
        "<Time>19:4:11</Time><FileVersion>2</FileVersion></Header>"
        f'<ClassInstance Type="TRTSEMData"><HV>1.5E1</HV><Mag>5E3</Mag>{side}</ClassInstance>'
        '<ClassInstance Type="TRTSEMStageData"><State>0</State></ClassInstance>'
        '<ClassInstance Type="TRTDSPConfiguration"><LineAverage>1</LineAverage>'
        "<PixelAverage>1</PixelAverage><PixelTime>1000</PixelTime></ClassInstance>"
        f'<ClassInstance Type="TRTImageData"><Width>{columns}</Width><Height>{rows}</Height>'
        "<ItemSize>2</ItemSize><PlaneCount>1</PlaneCount><Plane0><Description>BSE</Description>"
        f"<Data>{data}</Data></Plane0></ClassInstance>"
        '<ClassInstance Type="TRTContainerClass"><ChildClassInstances>'
        '<ClassInstance Type="TRTElementInformationList"><ClassInstance Type="TRTSpectrumRegionList">'
        f"<ChildClassInstances>{regions}</ChildClassInstances></ClassInstance></ClassInstance>"
        "</ChildClassInstances></ClassInstance>"
        f"<LineCounter>{','.join(['1'] * rows)}</LineCounter><ChCount>{channels}</ChCount>"
        f"<DetectorCount>1</DetectorCount>{spectra}</ClassInstance></TRTSpectrumDatabase>"
    ).encode("cp1252")


def compress(data: bytes, block: int = 2048) -> bytes:
    """A member as zlib blocks below the signature AACS."""
    parts = [zlib.compress(data[i : i + block]) for i in range(0, len(data), block)]
    head = struct.pack("<4sIII", b"AACS", block, 0, len(parts)).ljust(0x80, b"\x00")
    return head + b"".join(struct.pack("<IIII", len(p), block, 0, len(p) + 16) + p for p in parts)


def sfs(members: dict[str, bytes]) -> bytes:
    """A container: chunk 0 the header, chunk 1 the tree, then table and chunks of each member."""
    entries, chunks = [_entry(0, 0, -1, True, FOLDER)], [b"", b""]
    for name, data in members.items():
        table, n = len(chunks), -(-len(data) // USABLE)
        chunks.append(struct.pack(f"<{n}I", *range(table + 1, table + 1 + n)))
        chunks += [data[i : i + USABLE] for i in range(0, len(data), USABLE)]
        entries.append(_entry(table, len(data), 0, False, name))
    chunks[1] = b"".join(entries)
    head = bytearray(FIRST)
    body = b"".join(bytes(32) + c.ljust(USABLE, b"\x00") for c in chunks)
    out = head + body
    struct.pack_into("<8s", out, 0, b"AAMVHFSS")
    struct.pack_into("<fI", out, 0x124, 2.6, CHUNK)
    struct.pack_into("<III", out, 0x140, 1, len(entries), len(chunks))
    return bytes(out)


def _entry(table: int, size: int, parent: int, folder: bool, name: str) -> bytes:
    return struct.pack(
        "<iQQQQIi176s?3s256s32s", table, size, FILETIME, FILETIME, FILETIME, 0, parent, b"", folder, b"",
        name.encode(), b"",
    )  # fmt: skip


def spd(counts: NDArray[np.int64], image: str = "map_Img.bmp") -> bytes:
    """An EDAX map: the header of 1068 bytes, then 16-bit counts pixel by pixel."""
    rows, columns, channels = counts.shape
    head = struct.pack(
        "<16s8i120s", b"MAPSPECTRA_DATA", 1, rows * columns, columns, rows, channels, 2, 1068, 1,
        image.encode(),
    )  # fmt: skip
    return head.ljust(1068, b"\x00") + counts.astype("<u2").tobytes()


def spc() -> bytes:
    """The header of an EDAX spectrum, version 0.70: 10 eV a channel from 0 keV, 20 kV, 12 s, Al and O."""
    out = bytearray(24576)
    struct.pack_into("<f", out, 0, 0.70)
    struct.pack_into("<i", out, 384, 10)
    struct.pack_into("<ff", out, 448, 0.0, 0.0)
    struct.pack_into("<f", out, 456, 12.0)
    struct.pack_into("<f", out, 532, 20.0)
    struct.pack_into("<hHH", out, 638, 2, 8, 13)
    return bytes(out)


def ipr(side: float = 0.25) -> bytes:
    """The header of an EDAX image, version 334: the side of a pixel in um."""
    out = bytearray(1024)
    struct.pack_into("<H", out, 0, 334)
    struct.pack_into("<ff", out, 64, side, side)
    return bytes(out)


def pts(*, data_length: int = 64) -> bytes:
    """The head of a JEOL Analysis Station map; its events are not worked out."""
    tree = b"\x01PTTD Data\x00AnalyzableMap MeasData\x00Meas Cond\x00Pixels\x004x3\x00".ljust(128, b"\x00")
    head = struct.pack("<I8s6I", 304, b"JED-2200", 0, 0, 512, len(tree), 640, data_length)
    return head.ljust(512, b"\x00") + tree + bytes(64)


def asw() -> bytes:
    """A JEOL project that lists one map."""
    return bytes(12) + b"\x01SampleInfo\x00ViewInfo\x00ViewData\x00Sample\\00_View000_0000001.pts\x00"


def emd() -> bytes:
    """An HDF5 file with the groups of a Velox spectrum stream and nothing in them."""
    import io

    import h5py

    out = io.BytesIO()
    with h5py.File(out, "w") as box:
        box["Version"] = np.array([b'{"version": "7"}'])
        box.create_group("Data/SpectrumStream")
        box.create_group("Data/SpectrumImage")
    return out.getvalue()


def emsa(
    counts: Sequence[float],
    *,
    datatype: str = "Y",
    columns: int = 1,
    units: str = "eV",
    points: int | None = None,
    extra: str = "",
    end: bool = True,
) -> bytes:
    """An EMSA/MAS file as ISO 22029 prints them: offset -200 eV, 10 eV a channel."""
    size = 1e-3 if "kev" in units.lower() else 1.0
    step, offset = 10.0 * size, -200.0 * size
    if datatype == "XY":
        rows = [f"{offset + k * step:.6g}, {c:.6g}" for k, c in enumerate(counts)]
    else:
        cells = [f"{c:.6g}" for c in counts]
        rows = [", ".join(cells[i : i + columns]) + "," for i in range(0, len(cells), columns)]
    lines = [
        "#FORMAT      : EMSA/MAS Spectral Data File",
        "#VERSION     : 1.0",
        "#TITLE       : alloy particle",
        f"#NPOINTS     : {len(counts) if points is None else points}.",
        f"#NCOLUMNS    : {columns}.",
        f"#XUNITS      : {units}",
        "#YUNITS      : counts",
        f"#DATATYPE    : {datatype}",
        f"#XPERCHAN    : {step:.6g}",
        f"#OFFSET      : {offset:.6g}",
        "#SIGNALTYPE  : EDS",
        "#BEAMKV   -kV: 15.0",
        "#LIVETIME  -s: 30.0",
        *([extra] if extra else []),
        "#SPECTRUM    : Spectral Data Starts Here",
        *rows,
        *(["#ENDOFDATA   : "] if end else []),
    ]
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def example_spectrum(n: int = 120) -> list[float]:
    """Whole counts with one line."""
    rng = np.random.default_rng(3)
    energy = -0.2 + 0.01 * np.arange(n)
    return [float(c) for c in rng.poisson(2.0 + 60.0 * np.exp(-(((energy - 0.525) / 0.04) ** 2)))]


def replayed(build: Callable[[], tuple[str, bytes]]) -> Callable[..., list[Signal]]:
    """A stand-in for the process that reads hypermaps: it gives what the undamaged file gave."""
    from negatrode.files.hypermap_process import read_outside
    from negatrode.files.readers.hypermap_checks import check

    whole = check(Blob(*build()))
    signals = read_outside(whole.plugin, whole.files, whole.main, whole.options)
    return lambda *_: signals


Builder = Callable[[], tuple[str, bytes]]
BUILDERS: dict[str, Builder] = {
    "vendor-hypermap-bcf": lambda: ("map.bcf", bcf()),
    "vendor-hypermap-bcf-plain": lambda: ("map.bcf", bcf(compressed=False)),
    "emsa-y": lambda: ("spectrum.msa", emsa(example_spectrum(), columns=5)),
    "emsa-xy": lambda: ("spectrum.emsa", emsa(example_spectrum(60), datatype="XY", units="keV")),
}

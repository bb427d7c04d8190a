"""Small maps and volumes in every format: element maps with known counts, label volumes, .h5oina files."""

from __future__ import annotations

import atexit
import io
import json
import shutil
import struct
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.files.build_images import Tag, long, rational, text, tiff

ROWS, COLUMNS = 9, 12
PIXEL_UM = 0.05
# a small size of voxel: the corruption matrix reads it some hundred times
SLICES = 10


def counts(element: str) -> NDArray[np.uint16]:
    """Counts of an element: Ti and N in a disc, Si around it, O everywhere."""
    y, x = np.mgrid[:ROWS, :COLUMNS]
    inside = (x - 5.5) ** 2 + (y - 4.0) ** 2 < 9.0
    high, low = {"Ti": (300, 4), "N": (40, 6), "Si": (5, 500), "O": (31, 29)}[element]
    return (np.where(inside, high, low) + (3 * x + 7 * y) % 5).astype(np.uint16)


ELEMENTS = ("Ti", "Si", "O", "N")


def stack() -> NDArray[np.uint16]:
    """The planes of ELEMENTS, shape (4, ROWS, COLUMNS)."""
    return np.stack([counts(e) for e in ELEMENTS])


def csv(values: NDArray[Any], separator: str = ",", comma: bool = False) -> bytes:
    """A grid of numbers as text."""
    lines = [separator.join(f"{v:g}" for v in row) for row in values.tolist()]
    body = "\n".join(lines) + "\n"
    return (body.replace(".", ",") if comma else body).encode()


def npy(values: NDArray[Any]) -> bytes:
    """A .npy file."""
    out = io.BytesIO()
    np.save(out, values, allow_pickle=values.dtype.hasobject)
    return out.getvalue()


def npz(**extra: NDArray[Any]) -> bytes:
    """A .npz archive of the elements; ``extra`` arrays are added or replaced."""
    arrays: dict[str, NDArray[Any]] = {e: counts(e) for e in ELEMENTS}
    arrays |= {
        "Ti:background": np.full((ROWS, COLUMNS), 2.5, np.float32),
        "pixel_size_um": np.array(PIXEL_UM),
        "detector": np.array("eds"),
        "quantity": np.array("counts"),
    }
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **(arrays | extra))
    return out.getvalue()


MANIFEST = """\
[map]
title = "Ti around Si"
pixel_size = "50 nm"
detector = "eds"
beam_energy = "15 kV"
quantity = "counts"

[[plane]]
element = "Ti"
line = "Ka"
file = "ti.csv"
background = "ti-under.txt"

[[plane]]
element = "Si"
file = "si.npy"

[[plane]]
element = "O"
file = "maps/o.tif"

[[plane]]
signal = "BSE"
file = "bse.tif"
"""
STACKED = """\
[map]
pixel_size = "0.05 um"
quantity = "counts"
stack = "maps.npy"
planes = ["Ti Ka", "Si", "O", { element = "N", quantity = "wt%" }]
"""
VOXELS = '[map]\nkind = "voxels"\npixel_size = "50 nm"\nfile = "volume.npy"\n'


def part_files() -> dict[str, bytes]:
    """The files that the manifests name, by path."""
    return {
        "ti.csv": csv(counts("Ti")),
        "ti-under.txt": csv(np.full((ROWS, COLUMNS), 2.5), separator="\t"),
        "si.npy": npy(counts("Si")),
        "maps/o.tif": tiff([counts("O")]),
        "bse.tif": tiff([counts("Si").astype("f4") / 7]),
        "maps.npy": npy(np.minimum(stack(), np.array([900, 900, 900, 90], np.uint16)[:, None, None])),
        "volume.npy": npy(labels()),
    }


@cache
def folder() -> Path:
    """A folder with the files that the manifests name, removed when the tests end."""
    place = Path(tempfile.mkdtemp(prefix="negatrode-maps-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    write_parts(place)
    return place


def write_parts(place: Path) -> None:
    """Write the files that the manifests name."""
    for name, data in part_files().items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)


def labels(shape: tuple[int, int, int] = (SLICES, ROWS, COLUMNS)) -> NDArray[np.uint8]:
    """A ball of 1 in a shell of 2 in 0; uint8."""
    z, y, x = np.ogrid[: shape[0], : shape[1], : shape[2]]
    far = (z - shape[0] / 2) ** 2 + (y - shape[1] / 2) ** 2 + (x - shape[2] / 2) ** 2
    size = min(shape)
    return np.where(far < (size / 4) ** 2, 1, np.where(far < (size / 2.5) ** 2, 2, 0)).astype(np.uint8)


def grey_volume() -> NDArray[np.uint16]:
    """A volume with more values than labels have."""
    return (np.arange(SLICES * ROWS * COLUMNS) % 977).astype(np.uint16).reshape(SLICES, ROWS, COLUMNS)


def imagej_stack(values: NDArray[Any], *, spacing: str = "spacing=0.05\n", kind: str = "slices") -> bytes:
    """An ImageJ stack with 20 pixels a micrometre."""
    words = f"ImageJ=1.54f\nimages={len(values)}\n{kind}={len(values)}\nunit=\\u00B5m\n{spacing}loop=false\n"
    return tiff(list(values), [text(270, words), rational(282, 20, 1), rational(283, 20, 1)])


def imagej_labels(names: list[str]) -> list[Tag]:
    """ImageJ's tags of labels, 50838 and 50839 (little-endian: words are turned round)."""
    head = b"JIJI" + struct.pack("<4sI", b"lbal", len(names))
    bodies = [n.encode("utf-16-le") for n in names]
    body = head + b"".join(bodies)
    return [long(50838, len(head), *map(len, bodies)), (50839, 1, len(body), body)]


def imagej_elements(values: NDArray[Any] | None = None, names: list[str] | None = None) -> bytes:
    """An ImageJ hyperstack whose slices are labelled by element."""
    planes = stack() if values is None else values
    words = f"ImageJ=1.54f\nimages={len(planes)}\nchannels={len(planes)}\nunit=um\n"
    labelled = imagej_labels(names or ["Ti Ka.tif", "Si Ka.tif", "Site 1_O Kα1", "N Ka"])
    return tiff(list(planes), [text(270, words), rational(282, 20, 1), *labelled])


def ome_elements() -> bytes:
    """An OME-TIFF with one channel an element."""
    channels = "".join(f'<Channel ID="Channel:0:{i}" Name="{e}"/>' for i, e in enumerate(ELEMENTS))
    words = (
        '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
        f'<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="{COLUMNS}" '
        f'SizeY="{ROWS}" SizeC="4" SizeZ="1" SizeT="1" PhysicalSizeX="50" PhysicalSizeXUnit="nm">'
        f"{channels}<TiffData/></Pixels></Image></OME>"
    )
    return tiff(list(stack()), [text(270, words)])


LIVE_TIME = 0.004
CHANNELS = 64


def spectrum_cube() -> NDArray[np.int32]:
    """Spectra of each pixel, shape (pixels, CHANNELS): counts of Ti spread over three channels."""
    cube = np.zeros((ROWS * COLUMNS, CHANNELS), np.int32)
    cube[:, 40:43] = counts("Ti").reshape(-1, 1) // 3
    return cube


def h5oina(
    *, lib: str = "earliest", change: Callable[[Any], None] | None = None, spectra: bool = True
) -> bytes:
    """An AZtec map, written per the specification; ``change`` edits the opened file."""
    import h5py

    out = io.BytesIO()
    with h5py.File(out, "w", libver=(lib, "latest")) as file:
        root = {"Manufacturer": "Oxford Instruments", "Software Version": "6.2", "Format Version": "7.0"}
        for name, words in root.items():
            file.create_dataset(name, data=[words], dtype=h5py.string_dtype())
        file.create_dataset("Index", data=["1"], dtype=h5py.string_dtype()).attrs["Type"] = "Single"
        for technique in ("EDS", "Electron Image"):
            _header(file.create_group(f"1/{technique}/Header"), h5py)
        data = file.create_group("1/EDS/Data")
        data["Live Time"] = np.full(ROWS * COLUMNS, LIVE_TIME, np.float32)
        for element, number in zip(ELEMENTS, (22, 14, 8, 7), strict=True):
            rates = counts(element).reshape(-1) / np.float32(LIVE_TIME)
            item = data.create_dataset(f"Window Integral/{element} Kα1", data=rates.astype(np.float32))
            item.attrs["Atomic Number"] = np.array([number], np.int32)
            item.attrs["X-ray Line"] = "Kα1"
        if spectra:
            data.create_dataset("Spectrum", data=spectrum_cube(), compression="lzf", chunks=True)
        grey = (counts("Si") % 256).astype(np.uint8).reshape(-1)
        file["1/Electron Image/Data/BSE/Electron Image 1"] = grey
        file["1/EBSD/Data/Phase"] = np.zeros(ROWS * COLUMNS, np.uint8)
        if change:
            change(file)
    return out.getvalue()


def _header(header: Any, h5py: Any) -> None:
    for name, cells in (("X Cells", COLUMNS), ("Y Cells", ROWS), ("Number Channels", CHANNELS)):
        header[name] = np.array([cells], np.int32)
    for name, value in (
        ("X Step", PIXEL_UM), ("Y Step", PIXEL_UM), ("Beam Voltage", 15.0), ("Channel Width", 10.0),
        ("Start Channel", -200.0), ("Energy Range", 20.0),
    ):  # fmt: skip
        header[name] = np.array([value], np.float32)
        header[name].attrs["Unit"] = "um" if "Step" in name else "kV"
    header.create_dataset("Specimen Label", data=["powder 7"], dtype=h5py.string_dtype())


def manifest(words: str) -> Callable[[], tuple[str, bytes]]:
    """A builder of a manifest whose parts lie in ``folder()``."""
    return lambda: (str(folder() / "maps.toml"), words.encode())


def described_pages() -> bytes:
    """A TIFF whose pages are named by tag PageName."""
    import tifffile

    out = io.BytesIO()
    with tifffile.TiffWriter(out) as writer:
        for element in ELEMENTS:
            tag = [(285, "s", 0, f"{element} K", True)]
            writer.write(
                counts(element), metadata=None, description=json.dumps({"e": element}), extratags=tag
            )
    return out.getvalue()


BUILDERS: dict[str, Callable[[], tuple[str, bytes]]] = {
    "map-manifest": manifest(MANIFEST),
    "map-manifest-stack": manifest(STACKED),
    "map-manifest-voxels": manifest(VOXELS),
    "map-npz": lambda: ("maps.npz", npz()),
    "element-tiff-imagej": lambda: ("maps.tif", imagej_elements()),
    "element-tiff-ome": lambda: ("maps.ome.tif", ome_elements()),
    "element-tiff-names": lambda: ("maps.tif", described_pages()),
    "voxel-tiff-imagej": lambda: ("volume.tif", imagej_stack(labels())),
    "voxel-tiff-plain": lambda: ("volume.tif", tiff(list(grey_volume()))),
    "h5oina": lambda: ("map.h5oina", h5oina()),
}

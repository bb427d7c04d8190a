"""All pages of a TIFF: their heads without decoding (for choosing a reader), their names, their values.

Sources: TIFF 6.0, BigTIFF; ImageJ's description and its tags 50838 and 50839 (labels); OME-TIFF (OME-XML
in the first description).
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from negatrode.core.errors import ReadError
from negatrode.core.recording import Unread
from negatrode.files.readers.map_planes import check_total
from negatrode.files.readers.picture import DECODE_ERRORS, check_size
from negatrode.files.readers.picture_tiff import check_page, count_pages, page_grey, page_scale
from negatrode.files.xml import local, parse_xml

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_PAGES = 4096
MAGICS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_WIDTH, _HEIGHT, _BITS, _DESCRIPTION, _SAMPLES, _PAGE_NAME = 256, 257, 258, 270, 277, 285
_IJ_SIZES, _IJ_DATA = 50838, 50839
_WANTED = {_WIDTH, _HEIGHT, _BITS, _DESCRIPTION, _SAMPLES, _PAGE_NAME, _IJ_SIZES, _IJ_DATA}
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 16: 8}
_MAX_TEXT = 4_000_000


@dataclass(frozen=True)
class PageHead:
    """What the directory of a page says, undecoded."""

    width: int
    height: int
    samples: int
    description: str
    name: str
    imagej_sizes: tuple[int, ...] = ()
    imagej_data: bytes = b""


@dataclass(frozen=True, eq=False)
class Pages:
    """Values of all pages, shape (pages, rows, columns), with what the first page says of the scale."""

    values: NDArray[Any]
    pixel_size: float | None
    metadata: dict[str, str] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()


def page_heads(data: bytes) -> tuple[PageHead, ...]:
    """The heads of all pages; ReadError or struct.error where a directory lies outside the file."""
    if data[:4] not in MAGICS:
        return ()
    order = "<" if data[:2] == b"II" else ">"
    big = b"+" in data[2:4]
    count_form, offset_form = ("Q", "Q") if big else ("H", "I")
    (offset,) = struct.unpack_from(order + offset_form, data, 8 if big else 4)
    heads: list[PageHead] = []
    seen: set[int] = set()
    while offset:
        if offset in seen or len(seen) >= MAX_PAGES:
            raise ReadError("a chain of pages that goes round or is too long", where=f"byte {offset}")
        seen.add(offset)
        (entries,) = struct.unpack_from(order + count_form, data, offset)
        start = offset + struct.calcsize(count_form)
        size = 20 if big else 12
        heads.append(_head(data, order, range(start, start + min(entries, 400) * size, size), big))
        (offset,) = struct.unpack_from(order + offset_form, data, start + entries * size)
    return tuple(heads)


def _head(data: bytes, order: str, places: range, big: bool) -> PageHead:
    raw: dict[int, bytes] = {}
    kinds: dict[int, int] = {}
    for place in places:
        code, kind, count = struct.unpack_from(order + ("HHQ" if big else "HHI"), data, place)
        if code in _WANTED and kind in _SIZES:
            inline = place + (12 if big else 8)
            length = count * _SIZES[kind]
            if length > (8 if big else 4):
                (inline,) = struct.unpack_from(order + ("Q" if big else "I"), data, inline)
            raw[code], kinds[code] = data[inline : inline + min(length, _MAX_TEXT)], kind

    def numbers(code: int) -> tuple[int, ...]:
        form = {1: "B", 3: "H", 4: "I", 16: "Q"}.get(kinds.get(code, 0))
        if form is None:
            return ()
        body = raw[code]
        count = len(body) // struct.calcsize(form)
        return struct.unpack_from(f"{order}{count}{form}", body)

    def text(code: int) -> str:
        return raw.get(code, b"").decode("utf-8", errors="replace").strip("\x00 \r\n\t")

    return PageHead(
        (numbers(_WIDTH) or (0,))[0],
        (numbers(_HEIGHT) or (0,))[0],
        (numbers(_SAMPLES) or (1,))[0],
        text(_DESCRIPTION),
        text(_PAGE_NAME),
        numbers(_IJ_SIZES),
        raw.get(_IJ_DATA, b""),
    )


def imagej_entries(description: str) -> dict[str, str]:
    """``key=value`` lines of ImageJ's description; empty where it is none."""
    if not description.startswith("ImageJ="):
        return {}
    return dict(line.split("=", 1) for line in description.splitlines() if "=" in line)


def page_names(heads: Sequence[PageHead]) -> tuple[str, ...]:
    """One name a page: tag PageName, else ImageJ's labels, else OME channels, else short descriptions."""
    first = heads[0].description
    found: Sequence[str] = [h.name for h in heads]
    if not all(found):
        found = _imagej_labels(heads[0])
    if len(found) != len(heads) and "<OME" in first[:600]:
        found = _ome_channels(first)
    if len(found) != len(heads):
        found = [h.description for h in heads]
    if len(found) != len(heads) or not all(found) or any(len(f) > 200 for f in found):
        return ()
    return tuple(" ".join(f.splitlines()[0].split()) for f in found)


def _imagej_labels(head: PageHead) -> list[str]:
    """Labels of the slices: header "IJIJ", pairs of kind and number, then the texts in UTF-16."""
    body, sizes = head.imagej_data, head.imagej_sizes
    if len(sizes) < 2 or body[:4] not in (b"IJIJ", b"JIJI"):
        return []
    order, encoding = (">", "utf-16-be") if body[:4] == b"IJIJ" else ("<", "utf-16-le")
    place, turn = sizes[0], 1
    labels: list[str] = []
    for at in range(4, sizes[0] - 7, 8):
        kind, count = struct.unpack_from(f"{order}4sI", body, at)
        for size in sizes[turn : turn + count]:
            if kind in (b"labl", b"lbal"):
                labels.append(body[place : place + size].decode(encoding, errors="replace").strip("\x00 "))
            place += size
        turn += count
    return [label for label in labels if label]


def _ome_channels(description: str) -> list[str]:
    """Names of the channels of a flat OME image (one page a channel)."""
    pixels = next((e for e in parse_xml(description.encode()).iter() if local(str(e.tag)) == "Pixels"), None)
    if pixels is None or pixels.get("SizeZ", "1") != "1" or pixels.get("SizeT", "1") != "1":
        return []
    return [e.get("Name", "") for e in pixels if local(str(e.tag)) == "Channel"]


def uniform(heads: Sequence[PageHead]) -> bool:
    """Whether all pages are grey and of one size."""
    return len({(h.width, h.height) for h in heads}) == 1 and all(h.samples == 1 for h in heads)


def read_pages(data: bytes) -> Pages:
    """Grey values of all pages in their own kind of number; ReadError where a page is damaged or another.

    ImageJ writes one directory for a stack too large for many; its slices then follow each other.
    """
    import tifffile

    count_pages(data, MAX_PAGES)
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as tif:
            pages: Any = tif.pages
            first: Any = pages[0]
            check_page(first, len(data))
            scale = page_scale(first, data)
            described = imagej_entries(str(first.description or ""))
            declared = int(described["images"]) if described.get("images", "").isdigit() else len(pages)
            if len(pages) == 1 and declared > 1:
                values = _contiguous(first, declared, data)
            else:
                values = _each(pages, data)
    except DECODE_ERRORS as error:
        raise ReadError(
            f"the TIFF cannot be decoded ({type(error).__name__}: {' '.join(str(error).split())[:120]})",
            remedy="The file is cut off or damaged; copy it again",
        ) from None
    if described and declared != len(values):
        raise ReadError(
            f"{len(values)} pages where ImageJ's description declares {declared}",
            remedy="The file is cut off or damaged; save the stack again",
        )
    return Pages(values, scale.pixel_size, scale.metadata, tuple(scale.unread))


def _each(pages: Any, data: bytes) -> NDArray[Any]:
    first: Any = pages[0]
    shape = (len(pages), int(first.imagelength), int(first.imagewidth))
    check_total(shape, where="pages")
    size = np.dtype(first.dtype).itemsize
    check_size(shape[2], shape[1] * shape[0], size, len(data))
    kept = first.dtype if np.dtype(first.dtype).kind in "uif" and size <= 4 else np.float64
    values = np.empty(shape, dtype=np.dtype(kept).newbyteorder("="))
    for i, page in enumerate(pages):
        check_page(page, len(data))
        grey = page_grey(page, data)
        if grey.shape != shape[1:] or page.dtype != first.dtype or page.samplesperpixel != 1:
            raise ReadError(
                f"{grey.shape[1]} x {grey.shape[0]} pixels of {page.dtype} x {page.samplesperpixel}",
                where=f"page {i + 1}",
                rule=f"all pages are grey, {shape[2]} x {shape[1]}, {first.dtype}, as the first",
            )
        values[i] = grey
    return values


def _contiguous(page: Any, count: int, data: bytes) -> NDArray[Any]:
    shape = (count, int(page.imagelength), int(page.imagewidth))
    total = check_total(shape, where="pages")
    dtype = np.dtype(page.dtype).newbyteorder(page.parent.byteorder)
    start = int(page.dataoffsets[0])
    if page.compression != 1 or page.samplesperpixel != 1 or start + total * dtype.itemsize > len(data):
        raise ReadError(
            f"{count} pages declared where the file holds {len(data) - start} bytes of pixels",
            where="ImageJ description",
            remedy="The file is cut off or damaged; save the stack again",
        )
    return np.frombuffer(data, dtype=dtype, count=total, offset=start).reshape(shape)


def slice_spacing(description: str, pixel_size: float | None) -> float | None:
    """Distance of slices in metres: ImageJ's ``spacing`` (1 of its unit where not written), or OME's Z size.

    Source: ImageJ FileSaver writes ``spacing`` only where it is not 1.
    """
    from negatrode.files.readers.picture_scale import description_scale

    if pixel_size is None:
        return None
    entries = imagej_entries(description)
    if entries:
        try:
            spacing = float(entries.get("spacing", "1"))
        except ValueError:
            return None
        unit = description_scale(description, 1.0).pixel_size
        return abs(spacing) * unit if unit and 0 < abs(spacing) < 1e6 else None
    across = re.search(r'PhysicalSizeZ="([^"]+)"', description)
    if "<OME" not in description[:600] or not across:
        return None
    unit_z = re.search(r'PhysicalSizeZUnit="([^"]+)"', description)
    stand_in = f'PhysicalSizeX="{across[1]}" PhysicalSizeXUnit="{unit_z[1] if unit_z else "um"}"'
    return description_scale(stand_in, None).pixel_size

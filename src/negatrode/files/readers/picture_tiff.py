"""The first page of a TIFF: grey values, pixel size from the microscope's tag, other pages reported.

Source: TIFF 6.0 (Adobe 1992), BigTIFF. Strips and tiles must lie in the file and hold what they
declare: tifffile pads short ones, so their extents are checked before.
"""

from __future__ import annotations

import io
import logging
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from negatrode.core.errors import ReadError
from negatrode.core.recording import Unread
from negatrode.files.readers.picture import (
    DECODE_ERRORS,
    Decoded,
    check_size,
    luminance,
    pillow_grey,
)
from negatrode.files.readers.picture_scale import (
    FEI,
    FEI_OLD,
    TESCAN,
    ZEISS,
    Scale,
    description_scale,
    fei_scale,
    tescan_scale,
    zeiss_scale,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAX_PAGES = 1000
_MAX_SEGMENTS = 200_000
_UNCOMPRESSED = 1
_MIN_IS_WHITE, _PALETTE = 0, 3


def decode_tiff(data: bytes) -> Decoded:
    """The first page of a TIFF file; ReadError where it is damaged, truncated, too large or no picture."""
    import tifffile

    logging.getLogger("tifffile").addHandler(logging.NullHandler())  # it speaks of what we refuse anyway
    pages = count_pages(data)
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as tif:
            page: Any = tif.pages[0]
            check_page(page, len(data))
            values = page_grey(page, data)
            scale = page_scale(page, data)
            metadata = {
                "container": "TIFF",
                "width": f"{page.imagewidth} px",
                "height": f"{page.imagelength} px",
                "bits": f"{page.bitspersample} x {page.samplesperpixel}",
            }
    except DECODE_ERRORS as error:
        raise ReadError(
            f"the TIFF cannot be decoded ({type(error).__name__}: {' '.join(str(error).split())[:120]})",
            remedy="The file is cut off or damaged; copy it again",
        ) from None
    if pages > 1:
        what = "another picture" if pages == 2 else f"{pages - 1} more pictures"
        scale.unread.append(Unread(f"pages 2 to {pages}", f"{what} in the same file"))
    return Decoded(values, scale.pixel_size, metadata | scale.metadata, tuple(scale.unread))


def count_pages(data: bytes, most: int = _MAX_PAGES) -> int:
    """Pages by following the chain of directories; ReadError where it leaves the file or goes round."""
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:3] == b"+" or data[3:4] == b"+"
    count_form, entry, offset_form, place = ("Q", 20, "Q", 8) if big else ("H", 12, "I", 4)
    seen: set[int] = set()
    try:
        (offset,) = struct.unpack_from(order + offset_form, data, place)
        while offset:
            if offset in seen or len(seen) >= most:
                raise ReadError(
                    f"more than {len(seen)} pages, or a chain of pages that goes round",
                    where=f"byte {offset}",
                    rule=f"a TIFF is read up to {most} pages",
                )
            seen.add(offset)
            (entries,) = struct.unpack_from(order + count_form, data, offset)
            after = offset + struct.calcsize(count_form) + entries * entry
            (offset,) = struct.unpack_from(order + offset_form, data, after)
    except struct.error:
        raise ReadError(
            f"the directory of page {len(seen) or 1} lies beyond the end of the file",
            where=f"byte {len(data)}",
            remedy="The file is cut off or damaged; copy it again",
        ) from None
    return len(seen)


def check_page(page: Any, available: int) -> None:
    """Size, kind of numbers, and that every strip or tile lies in the file and is as long as it must."""
    width, height, samples = int(page.imagewidth), int(page.imagelength), int(page.samplesperpixel)
    bits = page.bitspersample if isinstance(page.bitspersample, int) else max(page.bitspersample)
    if samples not in (1, 2, 3, 4) or not 1 <= bits <= 64 or page.imagedepth != 1:
        raise ReadError(
            f"{samples} samples of {bits} bits, depth {page.imagedepth}",
            rule="a picture is grey or RGB, flat, with at most 64 bits a sample",
        )
    check_size(width, height, samples * bits / 8, available)
    if page.dtype is None or np.dtype(page.dtype).kind not in "uifb":
        raise ReadError(f"pixels of type {page.dtype}", rule="grey values are real numbers")
    offsets, counts = page.dataoffsets, page.databytecounts
    if not offsets or len(offsets) != len(counts) or len(offsets) > _MAX_SEGMENTS:
        raise ReadError(
            f"{len(offsets)} strips or tiles with {len(counts)} lengths",
            rule="each strip has one place and one length",
        )
    for i, (offset, count) in enumerate(zip(offsets, counts, strict=True)):
        if offset <= 0 or count <= 0 or offset + count > available:
            raise ReadError(
                f"strip {i + 1} of {len(offsets)} declares bytes {offset} to {offset + count}",
                where=f"byte {available}",
                rule=f"the file has {available} bytes",
                remedy="The file is cut off or damaged; copy it again",
            )
    needed = ((width * bits * (samples if page.planarconfig == 1 else 1) + 7) // 8) * height
    needed *= 1 if page.planarconfig == 1 else samples
    if page.compression == _UNCOMPRESSED and sum(counts) < needed:
        raise ReadError(
            f"{sum(counts)} bytes of pixels where {width} x {height} need {needed}",
            remedy="The file is cut off or damaged; copy it again",
        )


def page_grey(page: Any, data: bytes) -> NDArray[np.float64]:
    """Grey values by tifffile; by Pillow (LZW, JPEG) where tifffile has no decoder for the compression."""
    if page.compression == _UNCOMPRESSED:
        return _from_tifffile(page)
    try:
        for segment, _, shape in page.segments():
            if segment is None or segment.shape != shape:
                raise ReadError("a strip or tile holds fewer pixels than it declares")
        return _from_tifffile(page)
    except (ValueError, KeyError) as error:
        if "imagecodecs" not in str(error):
            raise
    return _from_pillow(page, data)


def _from_pillow(page: Any, data: bytes) -> NDArray[np.float64]:
    from PIL.TiffImagePlugin import TiffImageFile

    image = TiffImageFile(io.BytesIO(data))
    if image.size != (page.imagewidth, page.imagelength):
        raise ReadError(f"{image.size} and {(page.imagewidth, page.imagelength)} pixels in the same page")
    bits = page.bitspersample if isinstance(page.bitspersample, int) else max(page.bitspersample)
    if bits > 8 and page.samplesperpixel > 1:  # Pillow would halve the depth in silence
        raise ReadError(
            f"{page.samplesperpixel} samples of {bits} bits, compressed by method {int(page.compression)}",
            remedy="Save the picture uncompressed",
        )
    return pillow_grey(image)


def _from_tifffile(page: Any) -> NDArray[np.float64]:
    values = np.asarray(page.asarray())
    if page.planarconfig == 2 and values.ndim == 3:
        values = np.moveaxis(values, 0, -1)
    if values.shape[:2] != (page.imagelength, page.imagewidth):
        raise ReadError(f"pixels of shape {values.shape} in a page of {page.imagewidth} x {page.imagelength}")
    photometric = -1 if page.photometric is None else int(page.photometric)
    if photometric == _PALETTE and page.colormap is not None:
        table = np.asarray(page.colormap) >> 8  # written as 256 v or 257 v: the high byte is v either way
        return luminance(np.moveaxis(table[:, values], 0, -1))
    grey = luminance(values)
    if photometric == _MIN_IS_WHITE and values.dtype.kind in "ub":
        grey = float(2 ** int(page.bitspersample) - 1) - grey
    return grey


def page_scale(page: Any, data: bytes) -> Scale:
    """Pixel size from the first of the microscope's tag and the description that states one."""
    width, height = int(page.imagewidth), int(page.imagelength)
    zeiss, new, old, tescan = (_tag_text(page, data, code) for code in (ZEISS, FEI, FEI_OLD, TESCAN))
    fei = new if new is not None else old
    if zeiss is not None:
        return zeiss_scale(zeiss, width, height)
    if fei is not None:
        return fei_scale(fei, height)
    if tescan is not None:
        return tescan_scale(tescan)
    resolution = page.tags.get(282)
    per_unit = None
    if resolution is not None and isinstance(resolution.value, tuple) and resolution.value[1]:
        per_unit = resolution.value[0] / resolution.value[1]
    scale = description_scale(str(page.description or ""), per_unit)
    unit = page.tags.get(296)
    named = {2: "inch", 3: "cm"}.get(int(unit.value) if unit is not None else 0)
    if scale.pixel_size is None and per_unit and named:
        scale.unread.append(
            Unread(
                "tag XResolution",
                f"{per_unit:g} pixels per {named}: as a rule the resolution for printing, so not taken as "
                "the scale of the micrograph",
            )
        )
    return scale


def _tag_text(page: Any, data: bytes, code: int) -> str | None:
    tag = page.tags.get(code)
    if tag is None:
        return None
    raw = data[tag.valueoffset : tag.valueoffset + tag.valuebytecount]
    return raw.decode("cp1252", errors="replace").replace("\r\n", "\n").replace("\r", "\n").strip("\x00")

"""Pictures: PNG, JPEG and TIFF micrographs as grey values, with the pixel size where a tag states it.

The declared size is checked before anything is decoded; truncated files are refused, never padded.
Sources: PNG (ISO/IEC 15948), JPEG (ITU-T T.81); the TIFF half is in picture_tiff.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from negatrode.core.errors import ReadError
from negatrode.core.recording import Picture, Recording, Unread
from negatrode.files.blob import Blob

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.ImageFile import ImageFile

NAME = "picture"
TITLE = "picture (PNG, JPEG, TIFF)"
KIND = "image"

MAX_PIXELS = 200_000_000
# Above this size a file must hold at least one byte for so many decoded ones (a bomb holds far fewer)
_SUSPECT_PIXELS = 25_000_000
_MAX_RATIO = 400

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
# ITU-R BT.601 luma, as every micrograph program uses it to make a colour picture grey
_LUMA = (0.299, 0.587, 0.114)

DECODE_ERRORS = (
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    OSError,
    EOFError,
    RuntimeError,
    SyntaxError,
    MemoryError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, eq=False)
class Decoded:
    """Grey values with what the file says of them."""

    values: NDArray[np.float64]
    pixel_size: float | None
    metadata: dict[str, str]
    unread: tuple[Unread, ...]


def sniff(blob: Blob) -> int:
    """Certain by the signature."""
    head = blob.data[:8]
    return 100 if head == _PNG or head[:3] == _JPEG or head[:4] in _TIFF else 0


def read(blob: Blob) -> Recording:
    """The grey values of a picture (colour becomes BT.601 luma), 0 black; no rescaling of the numbers.

    Raises ReadError for a damaged or truncated file, one of more than MAX_PIXELS, or values that are
    no finite real numbers.
    """
    if blob.data[:4] in _TIFF:
        from negatrode.files.readers.picture_tiff import decode_tiff

        decoded = decode_tiff(blob.data)
    else:
        decoded = _decode_raster(blob.data)
    if not np.isfinite(decoded.values).all():
        bad = int((~np.isfinite(decoded.values)).sum())
        raise ReadError(f"{bad} pixels are not finite", rule="grey values are finite numbers")
    return Recording(
        KIND,
        NAME,
        blob.source,
        picture=Picture(decoded.values, decoded.pixel_size),
        metadata=decoded.metadata,
        unread=decoded.unread,
    )


def check_size(width: int, height: int, bytes_per_pixel: float, available: int) -> None:
    """Refuse a declared size that is none, too large, or unpacks from far too few bytes."""
    if width <= 0 or height <= 0:
        raise ReadError(f"{width} x {height} pixels", rule="a picture has at least one pixel")
    if width * height > MAX_PIXELS:
        raise ReadError(
            f"{width} x {height} pixels declared",
            rule=f"pictures are read up to {MAX_PIXELS // 1_000_000} million pixels",
            remedy="Crop the picture, or check whether its header is damaged",
        )
    unpacked = width * height * bytes_per_pixel
    if width * height > _SUSPECT_PIXELS and unpacked > _MAX_RATIO * available:
        raise ReadError(
            f"{unpacked:.0f} bytes of pixels declared in a file of {available} bytes",
            rule="a picture that blows up this much is not unpacked",
        )


def luminance(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Grey values of an array of shape (rows, columns) or (rows, columns, channels).

    One channel (or one and alpha) is taken as it is; three (or three and alpha) become
    0.299 R + 0.587 G + 0.114 B, exactly the one channel where all three are equal.
    """
    if values.ndim == 2:
        return np.ascontiguousarray(values, dtype=np.float64)
    channels = values.shape[2]
    if channels in (1, 2):
        return np.ascontiguousarray(values[..., 0], dtype=np.float64)
    if channels not in (3, 4):
        raise ReadError(f"{channels} channels", rule="a picture is grey or RGB, with or without alpha")
    red = values[..., 0]
    if np.array_equal(red, values[..., 1]) and np.array_equal(red, values[..., 2]):
        return np.ascontiguousarray(red, dtype=np.float64)
    grey = np.zeros(values.shape[:2], dtype=np.float64)
    for i, weight in enumerate(_LUMA):
        grey += weight * np.asarray(values[..., i], dtype=np.float64)
    return grey


def pillow_grey(image: ImageFile) -> NDArray[np.float64]:
    """The grey values of an opened Pillow image, decoded now; Pillow refuses truncated data."""
    if image.mode in ("1", "P", "PA", "CMYK", "YCbCr", "LAB", "HSV"):
        return luminance(np.asarray(image.convert("L" if image.mode == "1" else "RGB")))
    return luminance(np.asarray(image))


def _decode_raster(data: bytes) -> Decoded:
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile

    png = data[:8] == _PNG
    unread = _check_png(data) if png else _check_jpeg(data)
    try:
        # the plugin class itself, so that the size is ours to judge before anything is unpacked
        image = PngImageFile(io.BytesIO(data)) if png else JpegImageFile(io.BytesIO(data))
        width, height = image.size
    except DECODE_ERRORS as error:
        raise _damaged(error) from None
    check_size(width, height, max(1, len(image.getbands())), len(data))
    try:
        values = pillow_grey(image)
    except DECODE_ERRORS as error:
        raise _damaged(error) from None
    metadata = {
        "container": "PNG" if png else "JPEG",
        "width": f"{width} px",
        "height": f"{height} px",
        "mode": image.mode,
    }
    if not png:
        metadata["note"] = "JPEG is lossy: edges carry its block artefacts"
    return Decoded(values, None, metadata, unread)


def _damaged(error: BaseException) -> ReadError:
    text = " ".join(str(error).split())[:120]
    return ReadError(
        f"the picture cannot be decoded ({type(error).__name__}: {text})",
        remedy="The file is cut off or damaged; copy it again",
    )


def _check_png(data: bytes) -> tuple[Unread, ...]:
    """Walk all chunks: lengths, checksums and the end; the declared size before anything is unpacked."""
    place = 8
    while True:
        if place + 12 > len(data):
            raise ReadError(
                "the file ends before its IEND chunk", where=f"byte {place}", remedy="Copy the file again"
            )
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if end > len(data):
            raise ReadError(
                f"chunk {kind!r} declares {length} bytes but {len(data) - place - 12} are left",
                where=f"byte {place}",
                remedy="The file is cut off or damaged; copy it again",
            )
        (stated,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(data[place + 4 : end - 4]) != stated:
            raise ReadError(
                f"the checksum of chunk {kind!r} is wrong",
                where=f"byte {place}",
                remedy="Copy the file again",
            )
        if place == 8:
            _check_png_header(data, kind, length)
        if kind == b"IEND":
            break
        place = end
    if end < len(data):
        return (Unread(f"byte {end}", f"{len(data) - end} bytes after the end of the picture"),)
    return ()


def _check_png_header(data: bytes, kind: bytes, length: int) -> None:
    if kind != b"IHDR" or length != 13:
        raise ReadError(f"the first chunk is {kind!r}", where="byte 8", rule="a PNG begins with IHDR")
    width, height, depth = struct.unpack_from(">IIB", data, 16)
    check_size(width, height, depth / 8, len(data))


def _check_jpeg(data: bytes) -> tuple[Unread, ...]:
    if data.rfind(b"\xff\xd9") < 0:
        raise ReadError(
            "the end marker is missing",
            where=f"byte {len(data)}",
            rule="a JPEG ends with FFD9",
            remedy="The file is cut off; copy it again",
        )
    return ()

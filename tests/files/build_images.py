"""Small pictures and outline files, written byte by byte."""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 12, 9
PIXEL = 1.1165e-7


def disc(dtype: str = "u1") -> NDArray[np.generic]:
    """A bright disc on a dark ground, shape (HEIGHT, WIDTH)."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    top = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1.0
    inside = (x - 5.5) ** 2 + (y - 4.0) ** 2 < 9.0
    return np.where(inside, 0.8 * top, 0.1 * top).astype(dtype)


def chunk(kind: bytes, body: bytes) -> bytes:
    """A PNG chunk with its length and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(pixels: NDArray[np.generic], *, size: tuple[int, int] | None = None) -> bytes:
    """A PNG of 8 or 16 bit grey or 8 bit RGB; ``size`` lies about width and height."""
    width, height = size or (pixels.shape[1], pixels.shape[0])
    colour, depth = (2 if pixels.ndim == 3 else 0), 8 * pixels.dtype.itemsize
    big = pixels.astype(pixels.dtype.newbyteorder(">"))
    raw = b"".join(b"\x00" + row.tobytes() for row in big)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


Tag = tuple[int, int, int, bytes]


def short(code: int, *values: int) -> Tag:
    """A TIFF tag of 16-bit numbers."""
    return code, 3, len(values), struct.pack(f"<{len(values)}H", *values)


def long(code: int, *values: int) -> Tag:
    """A TIFF tag of 32-bit numbers."""
    return code, 4, len(values), struct.pack(f"<{len(values)}I", *values)


def text(code: int, words: str) -> Tag:
    """A TIFF tag of text."""
    body = words.encode("cp1252") + b"\x00"
    return code, 2, len(body), body


def rational(code: int, top: int, bottom: int) -> Tag:
    """A TIFF tag of one fraction."""
    return code, 5, 1, struct.pack("<2I", top, bottom)


def tiff(
    pages: list[NDArray[np.generic]], extra: list[Tag] | None = None, *, size: tuple[int, int] | None = None
) -> bytes:
    """An uncompressed little-endian TIFF; ``extra`` tags go to every page, ``size`` lies about the size."""
    out = bytearray(struct.pack("<2sHI", b"II", 42, 0))
    link = 4
    for pixels in pages:
        width, height = size or (pixels.shape[1], pixels.shape[0])
        samples = pixels.shape[2] if pixels.ndim == 3 else 1
        place = len(out)
        out += pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
        out += b"\x00" * (len(out) % 2)
        tags = [
            long(256, width), long(257, height), short(258, *[8 * pixels.dtype.itemsize] * samples),
            short(259, 1), short(262, 2 if samples == 3 else 1), long(273, place), short(277, samples),
            long(278, height), long(279, pixels.nbytes),
            short(339, *[3 if pixels.dtype.kind == "f" else 1] * samples),
            *(extra or []),
        ]  # fmt: skip
        entries = b""
        for code, kind, count, body in sorted(tags):
            if len(body) > 4:
                where = struct.pack("<I", len(out))
                out += body + b"\x00" * (len(body) % 2)
            else:
                where = body.ljust(4, b"\x00")
            entries += struct.pack("<HHI", code, kind, count) + where
        struct.pack_into("<I", out, link, len(out))
        out += struct.pack("<H", len(tags)) + entries
        link = len(out)
        out += struct.pack("<I", 0)
    return bytes(out)


def zeiss_tag(
    *, header: float = PIXEL, printed: str = "111.6 nm", stored: str = f"{WIDTH} * {HEIGHT}"
) -> Tag:
    """The text of a SmartSEM tag: numbers, then pairs of key and "label = value" lines."""
    numbers = ["0", "0", "0", f"{header:.6e}", "1.0e+03", "6"]
    entries = [
        "DP_SEM", "Sem = GeminiSEM 300", "AP_IMAGE_PIXEL_SIZE", f"Image Pixel Size = {printed}",
        "DP_IMAGE_STORE", f"Store resolution = {stored}", "AP_WD", "WD =  8.5 mm",
    ]  # fmt: skip
    return text(34118, "\r\n".join([*numbers, *entries, ""]))


def fei_tag(*, across: float = 2.5e-9, down: float = 2.5e-9, rows: int = HEIGHT - 2) -> Tag:
    """The text of a FEI tag, whose picture proper ends above the databar."""
    words = (
        f"[User]\r\nDate=01/02/2024\r\n\r\n[Beam]\r\nHV=5000\r\n\r\n[Scan]\r\nPixelWidth={across:g}\r\n"
        f"PixelHeight={down:g}\r\n\r\n[Image]\r\nResolutionX={WIDTH}\r\nResolutionY={rows}\r\n"
    )
    return text(34682, words)


def jpeg() -> bytes:
    """A JPEG; its entropy coding is left to Pillow."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.asarray(disc())).save(out, "JPEG", quality=95)
    return out.getvalue()


SQUARE = [[2.0, 1.0], [8.0, 1.0], [8.0, 7.0], [2.0, 7.0]]


def _regions() -> list[dict[str, object]]:
    xs, ys = ([p[i] for p in SQUARE] for i in (0, 1))
    return [
        {"shape_attributes": {"name": "polygon", "all_points_x": xs, "all_points_y": ys},
         "region_attributes": {"Label": "satellite"}},
        {"shape_attributes": {"name": "circle", "cx": 5, "cy": 4, "r": 3}, "region_attributes": {}},
        {"shape_attributes": {"name": "ellipse", "cx": 5, "cy": 4, "rx": 4, "ry": 2, "theta": 0.5},
         "region_attributes": {}},
        {"shape_attributes": {"name": "rect", "x": 1, "y": 1, "width": 3, "height": 3},
         "region_attributes": {}},
    ]  # fmt: skip


def via(*, project: bool) -> bytes:
    """VGG Image Annotator JSON, a project (VIA 2) or plain annotations with numbered regions (VIA 1)."""
    regions = _regions()
    entry = {
        "filename": "powder.png",
        "size": 1234,
        "regions": regions if project else {str(i): r for i, r in enumerate(regions)},
        "file_attributes": {},
    }
    files = {"powder.png1234": entry}
    document = {"_via_settings": {}, "_via_img_metadata": files, "_via_attributes": {}} if project else files
    return json.dumps(document).encode()


def coco() -> bytes:
    """COCO annotations: a polygon, a mask in two parts, a mask by run lengths."""
    flat = [v for p in SQUARE for v in p]
    document = {
        "images": [{"id": 7, "file_name": "powder.png", "width": WIDTH, "height": HEIGHT}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 1, "segmentation": [flat]},
            {"id": 2, "image_id": 7, "category_id": 1, "segmentation": [flat, flat]},
            {"id": 3, "image_id": 7, "category_id": 1, "segmentation": {"counts": [1, 2], "size": [9, 12]}},
        ],
        "categories": [{"id": 1, "name": "particle"}],
    }
    return json.dumps(document).encode()


BUILDERS: dict[str, Callable[[], tuple[str, bytes]]] = {
    "picture-png": lambda: ("powder.png", png(disc())),
    "picture-png-16": lambda: ("powder.png", png(disc("u2"))),
    "picture-png-rgb": lambda: ("powder.png", png(np.dstack([disc()] * 3))),
    "picture-jpg": lambda: ("powder.jpg", jpeg()),
    "picture-tif": lambda: ("powder.tif", tiff([disc("u2")])),
    "picture-tif-zeiss": lambda: ("powder.tif", tiff([np.dstack([disc()] * 3)], [zeiss_tag()])),
    "picture-tif-fei": lambda: ("powder.tif", tiff([disc()], [fei_tag()])),
    "via-project": lambda: ("outlines.json", via(project=True)),
    "via-plain": lambda: ("outlines.json", via(project=False)),
    "coco": lambda: ("outlines.json", coco()),
}

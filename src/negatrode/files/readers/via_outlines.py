"""Hand-traced outlines: VGG Image Annotator (project or plain annotations) and COCO polygons.

Sources: VIA 1 and 2 JSON (Dutta and Zisserman 2019, doi:10.1145/3343031.3350535); COCO data format.
Boxes, points and open lines are no outlines of a particle and are reported as unread.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from negatrode.core.errors import ReadError
from negatrode.core.recording import Outline, Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.json_text import parse_object
from negatrode.files.text import decode

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "via-outlines"
TITLE = "VGG Image Annotator or COCO outlines (JSON)"
KIND = "outlines"

# Vertices of a circle or ellipse: the polygon's perimeter is then short by pi^2/(6 n^2) = 1.3e-5
_ROUND = 360
_MAX_COORDINATE = 1e6
_Found = Iterator[Outline | Unread]


def sniff(blob: Blob) -> int:
    """By the key words of the two layouts."""
    head = blob.data[:64].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if not head.startswith(b"{"):
        return 0
    data = blob.data.replace(b"\x00", b"") if b"\x00" in blob.data[:64] else blob.data
    if b'"shape_attributes"' in data or b'"_via_img_metadata"' in data:
        return 100
    return 95 if b'"annotations"' in data and b'"segmentation"' in data else 0


def read(blob: Blob) -> Recording:
    """All closed outlines, with the file name of the picture that each was traced on.

    Raises ReadError where the JSON is damaged, a region's x and y differ in number, or a coordinate is
    no finite number.
    """
    document = parse_object(decode(blob.data))
    coco = isinstance(document.get("annotations"), list)
    found = list(_coco(document) if coco else _via(document))
    outlines = tuple(f for f in found if isinstance(f, Outline))
    unread = tuple(f for f in found if isinstance(f, Unread))
    if not outlines:
        raise ReadError(
            "no closed outline",
            rule="outlines are polygons, circles or ellipses",
            remedy="Trace the particles",
        )
    pictures = list(dict.fromkeys(o.picture for o in outlines))
    metadata = {"pictures": ", ".join(pictures[:20]), "outlines": str(len(outlines))}
    return Recording(KIND, NAME, blob.source, outlines=outlines, metadata=metadata, unread=unread)


def _via(document: dict[str, Any]) -> _Found:
    files = document.get("_via_img_metadata", document)
    if not isinstance(files, dict):
        raise ReadError("_via_img_metadata is no object", where="_via_img_metadata")
    for key, entry in files.items():
        if not isinstance(entry, dict) or "regions" not in entry:
            if files is not document:
                raise ReadError("an entry without regions", where=f"_via_img_metadata.{key}")
            continue
        picture = entry.get("filename")
        if not isinstance(picture, str) or not picture:
            raise ReadError("an entry without a file name", where=key)
        regions = entry["regions"]
        numbered = (
            regions.items() if isinstance(regions, dict) else enumerate(_list(regions, f"{key}.regions"))
        )
        for index, region in numbered:
            yield _via_region(region, picture, str(index), f"{key}.regions.{index}")


def _via_region(region: object, picture: str, index: str, where: str) -> Outline | Unread:
    shape = region.get("shape_attributes") if isinstance(region, dict) else None
    if not isinstance(region, dict) or not isinstance(shape, dict):
        raise ReadError("a region without shape_attributes", where=where)
    attributes = region.get("region_attributes")
    words = attributes.values() if isinstance(attributes, dict) else ()
    label = next((w for w in words if isinstance(w, str) and w), index)
    kind = shape.get("name")
    if kind == "polygon":
        x = _numbers(shape.get("all_points_x"), f"{where}.all_points_x")
        y = _numbers(shape.get("all_points_y"), f"{where}.all_points_y")
        if len(x) != len(y):
            raise ReadError(
                f"{len(x)} x but {len(y)} y coordinates", where=where, remedy="Export the annotations again"
            )
        return _polygon(picture, label, np.column_stack([x, y]), where)
    if kind == "circle":
        cx, cy, r = (_number(shape.get(k), f"{where}.{k}") for k in ("cx", "cy", "r"))
        return _ellipse(picture, label, (cx, cy, r, r, 0.0), where)
    if kind == "ellipse":
        cx, cy, rx, ry = (_number(shape.get(k), f"{where}.{k}") for k in ("cx", "cy", "rx", "ry"))
        theta = _number(shape.get("theta", 0.0), f"{where}.theta")
        return _ellipse(picture, label, (cx, cy, rx, ry, theta), where)
    return Unread(where, f"a region of shape '{kind}' is no outline")


def _coco(document: dict[str, Any]) -> _Found:
    names = {}
    for i, image in enumerate(_list(document.get("images"), "images")):
        if not isinstance(image, dict) or not isinstance(image.get("file_name"), str):
            raise ReadError("an image without a file name", where=f"images.{i}")
        names[str(image.get("id"))] = image["file_name"]
    for i, entry in enumerate(_list(document["annotations"], "annotations")):
        where = f"annotations.{i}"
        if not isinstance(entry, dict) or str(entry.get("image_id")) not in names:
            raise ReadError("an annotation of no listed image", where=where)
        parts = entry.get("segmentation")
        if not isinstance(parts, list) or len(parts) != 1:
            yield Unread(where, "a mask by run lengths, or in several parts, is no single outline")
            continue
        flat = _numbers(parts[0], f"{where}.segmentation")
        if len(flat) % 2:
            raise ReadError(f"{len(flat)} coordinates", where=where, rule="they come in pairs x, y")
        yield _polygon(names[str(entry["image_id"])], str(entry.get("id", i)), flat.reshape(-1, 2), where)


def _polygon(picture: str, label: str, vertices: NDArray[np.float64], where: str) -> Outline | Unread:
    if len(vertices) > 1 and np.array_equal(vertices[0], vertices[-1]):
        vertices = vertices[:-1]  # closed by hand: the last side is implied
    if len(np.unique(vertices, axis=0)) < 3:
        return Unread(where, f"a polygon of {len(vertices)} points encloses nothing")
    return Outline(picture, label, np.ascontiguousarray(vertices))


def _ellipse(picture: str, label: str, shape: tuple[float, ...], where: str) -> Outline:
    """The vertices of an ellipse: half axes rx, ry, the first turned by theta (rad) from x towards y."""
    cx, cy, rx, ry, theta = shape
    if rx <= 0 or ry <= 0:
        raise ReadError(f"radii {rx:g} and {ry:g}", where=where, rule="radii are positive")
    t = np.linspace(0.0, 2 * math.pi, _ROUND, endpoint=False)
    u, v = rx * np.cos(t), ry * np.sin(t)
    x = cx + u * math.cos(theta) - v * math.sin(theta)
    y = cy + u * math.sin(theta) + v * math.cos(theta)
    return Outline(picture, label, np.column_stack([x, y]))


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise ReadError("no list", where=where, rule="regions come as a list")
    return value


def _numbers(value: object, where: str) -> NDArray[np.float64]:
    return np.array([_number(v, where) for v in _list(value, where)], dtype=np.float64)


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _MAX_COORDINATE:
        raise ReadError(
            f"'{str(value)[:40]}' stands where a coordinate must",
            where=where,
            rule=f"coordinates are numbers below {_MAX_COORDINATE:g}",
        )
    if not math.isfinite(value):
        raise ReadError(f"a coordinate of {value}", where=where, rule="coordinates are finite")
    return float(value)

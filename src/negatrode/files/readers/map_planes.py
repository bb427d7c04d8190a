"""What every reader of maps holds its planes to: sizes, finite numbers, counts that can be counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from negatrode.core.errors import ReadError
from negatrode.core.recording import Plane
from negatrode.files.readers.element_names import BACKGROUND

if TYPE_CHECKING:
    from numpy.typing import NDArray

# 512^3 voxels, or 128 planes of 1024 x 1024: half a gigabyte as float32
MAX_VALUES = 136_000_000
ELEMENT_QUANTITIES = ("counts", "wt%", "at%")


def check_total(shape: Sequence[int], *, where: str, so_far: int = 0) -> int:
    """The number of values of a shape added to ``so_far``; ReadError where it is none or too many."""
    total = 1
    for side in shape:
        total *= int(side)
    if total <= 0:
        raise ReadError(
            f"an array of shape {tuple(int(s) for s in shape)}",
            where=where,
            rule="a map has at least one pixel",
        )
    if so_far + total > MAX_VALUES:
        raise ReadError(
            f"{so_far + total} values",
            where=where,
            rule=f"maps and voxels are read up to {MAX_VALUES} values",
            remedy="Crop or bin the data, or check whether the header is damaged",
        )
    return so_far + total


def require_finite(values: NDArray[Any], *, where: str) -> None:
    """ReadError with the place of the first value that is not finite, and how many there are."""
    if values.dtype.kind in "f" and not np.isfinite(values).all():
        bad = ~np.isfinite(values)
        raise ReadError(
            f"{int(bad.sum())} values are not finite, the first {_place(bad)}",
            where=where,
            rule="values of a map are finite numbers",
            remedy="Export the map again; mask nothing by nan",
        )


def make_plane(name: str, quantity: str, values: NDArray[Any], *, where: str, line: str = "") -> Plane:
    """A plane of finite numbers; counts and fractions are not negative, labels are whole.

    Raises ReadError with the place of the first wrong value and their number.
    """
    require_finite(values, where=where)
    if quantity in ELEMENT_QUANTITIES and values.dtype.kind != "u" and (values < 0).any():
        bad = values < 0
        word = "counts" if quantity == "counts" else f"contents in {quantity}"
        raise ReadError(
            f"{int(bad.sum())} negative values of {name}, the first {float(values[bad][0]):g} {_place(bad)}",
            where=where,
            rule=f"{word} are not negative",
            remedy="Export gross counts; give a background as a plane of its own",
        )
    if quantity in ("wt%", "at%") and float(values.max()) > 110.0:
        raise ReadError(
            f"{float(values.max()):g} {quantity} of {name}",
            where=where,
            rule="a content is at most 100 %",
            remedy='Raw counts are declared by quantity = "counts"',
        )
    if quantity == "labels" and not _whole(values):
        raise ReadError("values that are not whole", where=where, rule="labels are whole numbers")
    return Plane(name, quantity, np.ascontiguousarray(values, dtype=np.float32), line)


def _place(bad: NDArray[np.bool_]) -> str:
    index = np.unravel_index(int(np.argmax(bad)), bad.shape)
    words = ("slice", "row", "column")[-bad.ndim :]
    return "at " + ", ".join(f"{w} {int(i) + 1}" for w, i in zip(words, index, strict=True))


def _whole(values: NDArray[Any]) -> bool:
    return values.dtype.kind in "uib" or bool(np.array_equal(values, np.rint(values)))


def check_planes(planes: Sequence[Plane]) -> None:
    """All of one size, no element twice, not all of them zero; ReadError otherwise."""
    first = planes[0]
    for plane in planes[1:]:
        if plane.values.shape != first.values.shape:
            raise ReadError(
                f"{first.name} has {_size(first)} pixels but {plane.name} has {_size(plane)}",
                rule="all planes of a map have the same size",
                remedy="Export them from the same map, or leave out the one of another size",
            )
    seen: set[str] = set()
    for plane in planes:
        if plane.name in seen:
            raise ReadError(
                f"{plane.name} is there twice",
                rule="a map holds one plane an element or signal",
                remedy="Leave out one of them",
            )
        seen.add(plane.name)
    mapped = [p for p in planes if p.is_element and not p.name.endswith(BACKGROUND)]
    if mapped and not any(p.values.any() for p in mapped):
        raise ReadError(
            f"all values of {', '.join(p.name for p in mapped)} are zero",
            rule="a map holds counts",
            remedy="Export the map again",
        )


def _size(plane: Plane) -> str:
    return " x ".join(str(n) for n in reversed(plane.values.shape))


def plane_notes(planes: Iterable[Plane]) -> dict[str, str]:
    """Metadata on planes that are odd though allowed: all zero, counts that are not whole."""
    notes = {}
    for plane in planes:
        if plane.is_element and not plane.values.any():
            notes[f"note on {plane.name}"] = "all values are zero"
        elif plane.quantity == "counts" and not plane.name.endswith(BACKGROUND) and not _whole(plane.values):
            notes[f"note on {plane.name}"] = "counts that are not whole: smoothed, corrected or scaled"
    return notes


def undeclared_quantity(planes: Sequence[NDArray[Any]], *, where: str) -> str:
    """The quantity of element maps whose file names none: whole numbers are counts.

    Raises ReadError where values are not whole, or where 8-bit planes reach 255 in most of them: those
    were scaled for display, so that their counts are lost.
    """
    remedy = "Say what they are in a manifest (maps.toml): stack, planes and quantity"
    if not all(_whole(p) for p in planes):
        raise ReadError(
            "values that are not whole, and no quantity stated",
            where=where,
            rule='element maps are "counts", "wt%" or "at%"',
            remedy=remedy,
        )
    if all(p.dtype == np.uint8 for p in planes):
        full = sum(int(p.max()) == 255 for p in planes)
        if full >= 2 and full > len(planes) // 2:
            raise ReadError(
                f"{full} of {len(planes)} planes of 8 bits reach 255",
                where=where,
                rule="pictures scaled for display are no counts",
                remedy=f"Export the counts (16 bit or csv). {remedy}",
            )
    return "counts"

"""Element maps as a NumPy archive (.npz): arrays named by chemical symbols.

Beside the maps: "Ti:background" (counts under the line), signals ("BSE"), and 0-d arrays ``pixel_size_um``,
``beam_energy_keV``, ``live_time_s`` (numbers), ``detector`` and ``quantity`` (words).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Plane, Recording, Unread
from negatrode.files.archive import Archive
from negatrode.files.blob import Blob
from negatrode.files.readers.element_names import BACKGROUND, element_and_line, signal_name
from negatrode.files.readers.map_planes import (
    ELEMENT_QUANTITIES,
    check_planes,
    check_total,
    make_plane,
    plane_notes,
    undeclared_quantity,
)
from negatrode.files.readers.npy_array import npy_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "map-npz"
TITLE = "element maps as a NumPy archive (.npz)"
KIND = "map"

_NUMBERS = {
    "pixel_size_um": ("pixel_size", "um"),
    "beam_energy_keV": ("beam_energy", "keV"),
    "live_time_s": ("live_time", "s"),
}
_WORDS = {"detector": ("eds", "wds"), "quantity": ELEMENT_QUANTITIES}


def sniff(blob: Blob) -> int:
    """A zip container whose members are .npy arrays."""
    if not blob.data.startswith(b"PK\x03\x04") or b".npy" not in blob.data[:300]:
        return 0
    names = Archive(blob.data).names
    return 95 if names and all(n.endswith(".npy") for n in names) else 0


def read(blob: Blob) -> Recording:
    """All planes; ReadError for a damaged archive, unequal sizes, or names that are no elements."""
    archive = Archive(blob.data)
    if len(set(archive.names)) != len(archive.names):
        raise ReadError("two arrays of the same name", rule="an archive names each array once")
    arrays = {
        name.removesuffix(".npy"): npy_array(archive.read(name), where=f"array '{name}'", kinds="uifbUS")
        for name in archive.names
    }
    settings, words = _stated(arrays)
    flat = {n: a for n, a in arrays.items() if n not in _NUMBERS and n not in _WORDS}
    maps = {n: a for n, a in flat.items() if a.ndim == 2 and a.dtype.kind in "uifb"}
    unread = [Unread(f"array '{n}'", f"{a.dtype}, shape {a.shape}") for n, a in flat.items() if n not in maps]
    planes, notes = _planes(maps, words.get("quantity", ""), unread)
    if "detector" in words:
        settings["detector"] = Stated(words["detector"], "", "array 'detector'")
    metadata = notes | plane_notes(planes)
    return Recording(
        KIND,
        NAME,
        blob.source,
        planes=planes,
        settings=settings,
        metadata=metadata,
        unread=tuple(unread),
    )


def _planes(
    maps: Mapping[str, NDArray[Any]], quantity: str, unread: list[Unread]
) -> tuple[tuple[Plane, ...], dict[str, str]]:
    named = {n: element_and_line(n.removesuffix(BACKGROUND)) for n in maps}
    elements = [a for n, a in maps.items() if named[n] and not n.endswith(BACKGROUND)]
    if not elements:
        raise ReadError(
            f"no array is named after an element ({', '.join(list(maps)[:12]) or 'none has two axes'})",
            rule='element maps are two-dimensional arrays named "Ti", "O" ...',
            remedy="Name the arrays, or describe the file in a manifest (maps.toml)",
        )
    notes = {}
    if not quantity:
        quantity = undeclared_quantity(elements, where="arrays")
        notes["quantity"] = "not stated by the file; whole numbers are taken as counts"
    planes, total = [], 0
    for name, values in maps.items():
        where = f"array '{name}'"
        total = check_total(values.shape, where=where, so_far=total)
        element, signal = named[name], signal_name(name)
        if element:
            suffix = BACKGROUND if name.endswith(BACKGROUND) else ""
            planes.append(make_plane(element[0] + suffix, quantity, values, where=where, line=element[1]))
        elif signal:
            kind = "labels" if signal == "labels" else "grey"
            planes.append(make_plane(signal, kind, values, where=where))
        else:
            unread.append(Unread(where, "a name that is neither an element nor a known signal"))
    check_planes(planes)
    return tuple(planes), notes


def _stated(arrays: Mapping[str, NDArray[Any]]) -> tuple[dict[str, Stated], dict[str, str]]:
    settings: dict[str, Stated] = {}
    words: dict[str, str] = {}
    for name, (key, unit) in _NUMBERS.items():
        if name not in arrays:
            continue
        array = arrays[name]
        value = float(array.reshape(())) if array.size == 1 and array.dtype.kind in "uif" else float("nan")
        if not 0 < value < 1e9:
            raise ReadError(
                f"{name} = {np.array2string(array, threshold=4)[:40]}",
                where=f"array '{name}'",
                rule="it is one positive number",
            )
        settings[key] = Stated(value, unit, f"array '{name}'")
    for name, allowed in _WORDS.items():
        if name not in arrays:
            continue
        array = arrays[name]
        word = str(array.reshape(())) if array.size == 1 and array.dtype.kind == "U" else ""
        if word not in allowed:
            raise ReadError(
                f"{name} = '{word[:40]}'",
                where=f"array '{name}'",
                rule=f"it is one of {', '.join(allowed)}",
            )
        words[name] = word
    return settings, words

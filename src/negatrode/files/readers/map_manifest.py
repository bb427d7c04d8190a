"""A manifest (TOML) that names the files of a map or of a volume of voxels and says what they are.

::

    [map]
    pixel_size = "50 nm"
    detector = "eds"
    beam_energy = "15 keV"
    quantity = "counts"

    [[plane]]
    element = "Ti"
    line = "Ka"
    file = "ti.csv"
    background = "ti-background.csv"

    [[plane]]
    signal = "BSE"
    file = "bse.tif"

Instead of the planes one file may hold them all: ``stack = "maps.npy"`` (or a TIFF) with ``planes =
["Si", "Ti", "O", "BSE"]`` in the order of its first axis. ``kind = "voxels"`` with ``file = "volume.npy"``
names a volume. Files lie in the manifest's folder or below it, never elsewhere.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError, ReadError, UnitError
from negatrode.core.provenance import Source, Stated
from negatrode.core.recording import Plane, Recording, Unread
from negatrode.core.units import parse_quantity
from negatrode.files.blob import Blob, load
from negatrode.files.readers.element_names import (
    BACKGROUND,
    element_and_line,
    require_element,
    signal_name,
    x_ray_line,
)
from negatrode.files.readers.map_planes import (
    ELEMENT_QUANTITIES,
    check_planes,
    check_total,
    make_plane,
    plane_notes,
)
from negatrode.files.readers.plane_file import plane_array, stack_array
from negatrode.files.readers.voxel_tiff import volume, volume_metadata
from negatrode.files.text import decode, is_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "map-manifest"
TITLE = "manifest of element maps or voxels (maps.toml)"
KIND = "map"

_HEAD = re.compile(r"^[ \t]*\[map\]", re.MULTILINE)
_NAMES_FILES = re.compile(r"^[ \t]*(?:\[\[plane\]\]|(?:stack|file)[ \t]*=)", re.MULTILINE)
_MAP_KEYS = (
    "kind", "title", "pixel_size", "detector", "beam_energy", "live_time", "quantity", "stack", "planes",
    "file",
)  # fmt: skip
_PLANE_KEYS = ("element", "signal", "line", "file", "quantity", "background")
_QUANTITIES = (*ELEMENT_QUANTITIES, "grey", "labels")
_UNITS = {"pixel_size": "um", "beam_energy": "keV", "live_time": "s"}


@dataclass
class _Reading:
    """What has been read so far: planes, sources, notes."""

    folder: Path
    parts: list[Source] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    values: int = 0

    def part(self, name: object, where: str) -> Blob:
        """The bytes of a file that the manifest names, inside its own folder."""
        blob = load(_inside(self.folder, name, where))
        source = Source(str(name), blob.source.sha256)
        if source not in self.parts:
            self.parts.append(source)
        return blob


def sniff(blob: Blob) -> int:
    """A text with a [map] table that names planes, a stack or a file; any other .toml with less certainty."""
    if not is_text(blob.data):
        return 0
    text = blob.data[:20_000].decode("utf-8", errors="replace")
    if _HEAD.search(text) and _NAMES_FILES.search(text):
        return 95
    # a damaged manifest is no table of numbers
    return 40 if blob.suffix == ".toml" else 0


def read(blob: Blob) -> Recording:
    """The planes of all files named, of kind "map" or "voxels"; ``parts`` holds the files with their hashes.

    Raises InputError for keys and words that are not allowed, ReadError for files that are missing,
    damaged, of unequal size, or whose values cannot be what the manifest says.
    """
    document = _parse(blob)
    head = _table(document.get("map"), "map")
    _known(document, ("map", "plane"), "")
    _known(head, _MAP_KEYS, "map.")
    kind = _word(head, "kind", "map", ("map", "voxels")) or "map"
    reading = _Reading(Path(blob.path).parent)
    if kind == "voxels":
        planes: tuple[Plane, ...] = (_voxels(head, document, reading),)
    else:
        planes = tuple(
            _stack(head, document, reading) if "stack" in head else _files(head, document, reading)
        )
        check_planes(planes)
    if isinstance(head.get("title"), str):
        reading.metadata["title"] = head["title"][:300]
    return Recording(
        kind,
        NAME,
        blob.source,
        planes=planes,
        settings=_settings(head),
        metadata=reading.metadata | plane_notes(planes),
        unread=tuple(reading.unread),
        parts=tuple(reading.parts),
    )


def _parse(blob: Blob) -> dict[str, Any]:
    try:
        return tomllib.loads(decode(blob.data))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise ReadError(
            f"no readable TOML ({str(error)[:120]})",
            rule="a manifest is a TOML text with [map] and [[plane]]",
            remedy="Correct the line",
        ) from None


def _settings(head: dict[str, Any]) -> dict[str, Stated]:
    settings = {}
    for key, unit in _UNITS.items():
        if key not in head:
            continue
        where = f"map.{key}"
        if not isinstance(head[key], str):
            raise InputError(
                f"{where} = {head[key]!r}", where=where, remedy=f'Write it with its unit, as in "1 {unit}"'
            )
        # a beam of 15 kV has electrons of 15 keV
        text = re.sub(r"kV\s*$", "keV", head[key]) if key == "beam_energy" else head[key]
        try:
            value = parse_quantity(text, unit, where=where)
        except (OverflowError, ZeroDivisionError) as error:
            raise UnitError(f"'{text[:40]}' ({type(error).__name__})", where=where) from None
        if not 0 < value < 1e9:
            raise InputError(f"{where} = {value:g} {unit}", where=where, rule="it is positive")
        settings[key] = Stated(value, unit, where)
    detector = _word(head, "detector", "map", ("eds", "wds"))
    if detector:
        settings["detector"] = Stated(detector, "", "map.detector")
    return settings


def _files(head: dict[str, Any], document: dict[str, Any], reading: _Reading) -> list[Plane]:
    entries = document.get("plane")
    if not isinstance(entries, list) or not entries:
        raise InputError(
            "no planes", where="plane", rule="a map names its planes as [[plane]] tables, or a stack"
        )
    planes = []
    for i, entry in enumerate(entries):
        where = f"plane[{i + 1}]"
        _known(_table(entry, where), _PLANE_KEYS, f"{where}.")
        name, line, quantity = _described(entry, head, where)
        values = _values(reading, entry.get("file"), f"{where}.file", quantity)
        planes.append(make_plane(name, quantity, values, where=str(entry["file"]), line=line))
        if "background" in entry:
            planes.append(_background(reading, entry["background"], where, planes[-1]))
    return planes


def _background(reading: _Reading, file: object, where: str, of: Plane) -> Plane:
    if of.quantity != "counts":
        raise InputError(
            f"a background of {of.name} in {of.quantity}",
            where=f"{where}.background",
            rule="a background is a map of the counts under a line",
        )
    values = _values(reading, file, f"{where}.background", "counts")
    return make_plane(of.name + BACKGROUND, "counts", values, where=str(file), line=of.line)


def _values(reading: _Reading, file: object, where: str, quantity: str) -> NDArray[Any]:
    blob = reading.part(file, where)
    try:
        found = plane_array(blob, counts=quantity in ELEMENT_QUANTITIES)
    except ReadError as error:
        raise error if error.where.startswith(str(file)) else error.at(str(file)) from None
    reading.values = check_total(found.values.shape, where=str(file), so_far=reading.values)
    reading.unread += [Unread(f"{file} {u.where}", u.what) for u in found.unread]
    reading.metadata.update({f"{file} {k}": v for k, v in found.metadata.items()})
    return found.values


def _stack(head: dict[str, Any], document: dict[str, Any], reading: _Reading) -> list[Plane]:
    if "plane" in document or "file" in head:
        raise InputError(
            "a stack and files of planes", where="map.stack", rule="a map names one or the other"
        )
    names = head.get("planes")
    if not isinstance(names, list) or not names:
        raise InputError(
            "no list of planes",
            where="map.planes",
            rule='it names the planes of the stack: ["Si", "Ti", "O"]',
        )
    values = stack_array(reading.part(head["stack"], "map.stack"))
    if len(values) != len(names):
        raise ReadError(
            f"{len(values)} planes in {head['stack']} but {len(names)} names",
            where="map.planes",
            rule="one name a plane, in the order of the first axis",
        )
    planes = []
    for i, (entry, plane) in enumerate(zip(names, values, strict=True)):
        where = f"map.planes[{i + 1}]"
        if isinstance(entry, str):
            signal = signal_name(entry) if element_and_line(entry) is None else None
            entry = {"signal": signal} if signal else {"element": entry}
        _known(_table(entry, where), ("element", "signal", "line", "quantity"), f"{where}.")
        name, line, quantity = _described(entry, head, where)
        planes.append(make_plane(name, quantity, plane, where=f"{head['stack']} plane {i + 1}", line=line))
    return planes


def _described(entry: dict[str, Any], head: dict[str, Any], where: str) -> tuple[str, str, str]:
    """Name, line and quantity of a plane."""
    if ("element" in entry) == ("signal" in entry):
        raise InputError(
            "neither an element nor a signal" if "element" not in entry else "an element and a signal",
            where=where,
            rule='a plane has element = "Ti" or signal = "BSE"',
        )
    own = _word(entry, "quantity", where, _QUANTITIES)
    if "signal" in entry:
        name = entry["signal"]
        if not isinstance(name, str) or not name.strip() or element_and_line(name):
            raise InputError(
                f"signal = {name!r}",
                where=where,
                rule='a signal is named as in "BSE"; elements stand under element',
            )
        return name.strip(), "", own or ("labels" if name.strip() == "labels" else "grey")
    name, line = require_element(_text(entry["element"], f"{where}.element"), where=f"{where}.element")
    if "line" in entry:
        given = x_ray_line(_text(entry["line"], f"{where}.line"))
        if given is None or (line and given != line):
            raise InputError(f"line = {entry['line']!r}", where=where, rule='lines are written as in "Ka"')
        line = given
    quantity = own or _word(head, "quantity", "map", ELEMENT_QUANTITIES)
    if not quantity:
        raise InputError(
            f"the quantity of {name} is not stated",
            where="map.quantity",
            rule='element maps are "counts", "wt%" or "at%"',
            remedy='Write quantity = "counts" under [map] if they are X-ray counts',
        )
    return name, line, quantity


def _voxels(head: dict[str, Any], document: dict[str, Any], reading: _Reading) -> Plane:
    named = [k for k in ("file", "stack") if k in head]
    if len(named) != 1 or "plane" in document or "planes" in head:
        raise InputError("no single file", where="map.file", rule='voxels stand in one file: file = "v.npy"')
    values = stack_array(reading.part(head[named[0]], f"map.{named[0]}"))
    quantity = _word(head, "quantity", "map", ("grey", "labels"))
    plane = volume(values, where=str(head[named[0]]), quantity=quantity)
    reading.metadata.update(volume_metadata(plane))
    return plane


def _inside(folder: Path, name: object, where: str) -> Path:
    """The path of a part; InputError where it is no relative path inside the folder, links followed."""
    text = _text(name, where)
    plain = PurePosixPath(text.replace("\\", "/"))
    outside = plain.is_absolute() or PureWindowsPath(text).drive or ".." in plain.parts or "\x00" in text
    try:
        place = folder / plain
        if outside or not place.resolve().is_relative_to(folder.resolve()):
            raise InputError(
                f"'{text[:80]}' lies outside the manifest's folder",
                where=where,
                rule="a manifest names files in its own folder or below it",
                remedy="Move the file there",
            )
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"'{text[:80]}' is no path ({type(error).__name__})", where=where) from None
    return place


def _table(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError("no table", where=where, rule="a manifest has a table [map] and tables [[plane]]")
    return value


def _known(table: dict[str, Any], keys: tuple[str, ...], prefix: str) -> None:
    for key in table:
        if key not in keys:
            raise InputError(
                f"unknown key '{prefix}{key}'",
                where=f"{prefix}{key}",
                remedy=near_matches(key, list(keys)) or f"Known: {', '.join(keys)}",
            )


def _word(table: dict[str, Any], key: str, where: str, allowed: tuple[str, ...]) -> str:
    """The word under a key, one of those allowed; "" where there is none."""
    if key not in table:
        return ""
    value = table[key]
    if value not in allowed:
        raise InputError(
            f"{key} = {str(value)[:40]!r}",
            where=f"{where}.{key}",
            rule=f"it is one of {', '.join(allowed)}",
            remedy=near_matches(str(value)[:40], list(allowed)),
        )
    return str(value)


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{str(value)[:40]!r}", where=where, rule="it is a text")
    return value

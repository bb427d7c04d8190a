"""Bruker BRML: a zip whose RawData*.xml hold one Datum a point; one block a range.

A Datum is a row of numbers; DataViews name its places (measured time, absorber, scan axes, recording).
Files without DataViews have the fixed order time, absorber, axes, counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Recording, Unread
from negatrode.files.archive import Archive
from negatrode.files.blob import Blob
from negatrode.files.readers.diffraction_scan import common_fact, line_settings, scan_block
from negatrode.files.text import number, require_number
from negatrode.files.xml import find_local, local, parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

NAME = "bruker-brml"
TITLE = "Bruker BRML"
KIND = "diffraction"

_RAW = re.compile(r"RawData\d+\.xml\Z")
_FINISHED = ("Measured", "Completed", "Finished", "Succeeded")


@dataclass(frozen=True)
class _Places:
    """Where in a Datum the numbers stand; ``width`` is how many there must be."""

    angle: int
    counts: int
    absorber: int
    width: int


def sniff(blob: Blob) -> int:
    """A zip that names a RawData document."""
    return 100 if blob.data.startswith(b"PK") and re.search(rb"RawData\d+\.xml", blob.data) else 0


def read(blob: Blob) -> Recording:
    """Every measured route along 2 theta; its points are checked against what the file declares."""
    archive = Archive(blob.data)
    names = sorted(
        (n for n in archive.names if _RAW.search(n)),
        key=lambda n: [int(d[:9]) for d in re.findall(r"\d+", n)],
    )
    if not names:
        raise ReadError("no RawData*.xml", rule="a BRML container holds raw data")
    blocks: list[Block] = []
    unread: list[Unread] = []
    settings: dict[str, Stated] = {}
    metadata: dict[str, str] = {}
    for name in names:
        root = parse_xml(archive.read(name))
        settings = settings or _settings(root, name)
        metadata |= {f"{name} {key}": text for key, text in _header(root).items()}
        status = _header(root).get("MeasurementStatus", "Measured")
        if status not in _FINISHED:
            unread.append(Unread(name, f"its status is '{status}': it was not completed"))
        for route in _routes(root, name, unread):
            block = _route(route, name, unread, len(blocks) + 1)
            if block is not None:
                blocks.append(block)
    if not blocks:
        raise ReadError("no scan along 2 theta", rule="; ".join(u.what for u in unread))
    return Recording(
        KIND,
        NAME,
        blob.source,
        tuple(blocks),
        settings=settings | common_fact(blocks, "counting_time"),
        metadata=metadata,
        unread=tuple(unread),
    )


def _all(parent: Element, name: str) -> Iterator[Element]:
    return (e for e in parent.iter() if isinstance(e.tag, str) and local(e.tag) == name)


def _header(root: Element) -> dict[str, str]:
    keys = ("MeasurementStatus", "TimeStampStarted", "TimeStampFinished")
    found = ((key, find_local(root, key)) for key in keys)
    return {key: e.text.strip() for key, e in found if e is not None and e.text}


def _routes(root: Element, where: str, unread: list[Unread]) -> list[Element]:
    """The measured routes; processed copies of them are left out and reported."""
    routes = list(_all(root, "DataRoute"))
    measured = [r for r in routes if r.get("ProcLevel", "0") == "0"]
    if measured and len(measured) < len(routes):
        unread.append(Unread(where, f"{len(routes) - len(measured)} processed copies of the measured data"))
    return measured or routes


def _route(route: Element, where: str, unread: list[Unread], count: int) -> Block | None:
    axes = [e.get("AxisId", "") for e in _all(route, "ScanAxisInfo")]
    where = f"{where} range {count}"
    rows = [(e.text or "").split(",") for e in _all(route, "Datum")]
    if "TwoTheta" not in axes:
        unread.append(Unread(where, f"a scan along {', '.join(axes) or 'no axis'}, not along 2 theta"))
        return None
    if not rows:
        unread.append(Unread(where, "no Datum rows: the data stand in a file outside or were not measured"))
        return None
    _check_points(route, len(rows), where, unread)
    places = _places(route, axes)
    table = np.array([_values(row, i, places, where) for i, row in enumerate(rows, start=1)])
    factor = table[:, 2]
    if np.any(factor != 1.0):
        unread.append(
            Unread(
                where, f"absorber factors up to {factor.max():g}: intensities were kept as they are stored"
            )
        )
    facts = {}
    for key in ("TimePerStepEffective", "TimePerStep"):
        element = find_local(route, key)
        if element is not None and (value := number(element.text or "")):
            facts["counting_time"] = Stated(value, "s", f"{where} {key}")
            break
    return scan_block(f"range {count}", table[:, 0], table[:, 1], unit="counts", where=where, facts=facts)


def _values(row: list[str], index: int, places: _Places, where: str) -> tuple[float, float, float]:
    place = f"{where} Datum {index}"
    if len(row) != places.width:
        raise ReadError(
            f"{len(row)} values",
            where=place,
            rule=f"a Datum of this range has {places.width}",
            remedy="The file is damaged, or holds detector frames; export the scan as .xy",
        )
    values = [require_number(cell, where=place) for cell in row]
    return values[places.angle], values[places.counts], values[places.absorber]


def _places(route: Element, axes: list[str]) -> _Places:
    """From DataViews; without them a row is time, absorber, axes in their order, counts."""
    views = list(_all(route, "RawDataView"))
    spans = [(e, number(e.get("Start", "")), number(e.get("Length", ""))) for e in views]
    if not views or any(start is None or length is None for _, start, length in spans):
        return _Places(2 + axes.index("TwoTheta"), 2 + len(axes), 1, 3 + len(axes))
    angle = counts = absorber = -1
    width = 0
    for element, start, length in spans:
        first, many = int(start or 0), int(length or 0)
        width = max(width, first + many)
        fields = [e.get("AxisId", "") for e in _all(element, "FieldDefinitions")]
        if "TwoTheta" in fields:
            angle = first + fields.index("TwoTheta")
        if element.get("LogicName") == "AbsorptionFactor":
            absorber = first
        if any(True for _ in _all(element, "Recording")) and counts < 0 and many == 1:
            counts = first
    if min(angle, counts, absorber) < 0 or width > 10_000:
        return _Places(2 + axes.index("TwoTheta"), 2 + len(axes), 1, 3 + len(axes))
    return _Places(angle, counts, absorber, width)


def _check_points(route: Element, rows: int, where: str, unread: list[Unread]) -> None:
    """A scan that was stopped says so in MeasuredSteps; otherwise fewer rows mean a damaged file."""
    declared = find_local(route, "MeasurementPoints")
    planned = None if declared is None else number(declared.text or "")
    parts = [number(e.get("MeasuredSteps", "")) for e in _all(route, "SubScanInfo")]
    measured = sum(p for p in parts if p is not None) if parts and None not in parts else None
    if planned == rows and measured in (None, rows):
        return
    if measured == rows and planned is not None:
        unread.append(Unread(where, f"{rows} of {planned:g} planned points: the scan was stopped"))
        return
    if planned is None and measured is None:
        return
    stated = "MeasuredSteps" if measured is not None and measured != rows else "MeasurementPoints"
    value = measured if stated == "MeasuredSteps" else planned
    raise ReadError(
        f"{rows} data rows but {stated} says {value:g}" if value is not None else f"{rows} data rows",
        where=where,
        rule="a range holds the points it declares",
        remedy="The file is cut off or damaged; export it again",
    )


def _settings(root: Element, where: str) -> dict[str, Stated]:
    tube = find_local(root, "Tube")

    def value(tag: str) -> float | None:
        found = None if tube is None else find_local(tube, tag)
        if found is None:
            return None
        size = number(found.get("Value") or found.text or "")
        return None if size is None else size * (10.0 if found.get("Unit") == "nm" else 1.0)

    if tube is None or not (first := value("WaveLengthAlpha1")):
        return {}
    ratio, material = value("WaveLengthRatio"), find_local(tube, "TubeMaterial")
    crystal = _crystal(root, "PrimaryTracks")
    found = line_settings(
        first,
        value("WaveLengthAlpha2"),
        0.5 if ratio is None else ratio,
        only_first=ratio == 0.0 or crystal,
        where=f"{where} Tube" + (", monochromator in the primary beam" if crystal else ""),
        anode="" if material is None else (material.text or "").strip(),
    )
    if _crystal(root, "SecondaryTracks"):
        found["monochromator"] = Stated("yes", "", f"{where} SecondaryTracks")
    return found


def _crystal(root: Element, track: str) -> bool:
    """Whether a monochromator is mounted on a track."""
    beam = find_local(root, track)
    words = [] if beam is None else [v for e in _all(beam, "InfoData") for v in e.attrib.values()]
    return any("monochromator" in w.lower() for w in words)

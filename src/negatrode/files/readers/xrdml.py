"""PANalytical XRDML, schema 1.0 to 2.x: one block a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.readers.diffraction_scan import line_settings, scan_block
from negatrode.files.text import require_number
from negatrode.files.xml import find_local, local, parse_xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAME = "panalytical-xrdml"
TITLE = "PANalytical XRDML"
KIND = "diffraction"


def sniff(blob: Blob) -> int:
    """By its root element, in any of the encodings XML allows."""
    head = blob.data[:2000].replace(b"\x00", b"")
    return 100 if b"<xrdMeasurements" in head else 0


def read(blob: Blob) -> Recording:
    """Every scan with its counts; the first used wavelength; scans that were not completed are reported."""
    root = parse_xml(blob.data)
    if local(root.tag) != "xrdMeasurements":
        raise ReadError(f"root element '{local(root.tag)}'", rule="an XRDML file holds xrdMeasurements")
    blocks: list[Block] = []
    unread: list[Unread] = []
    for number, scan in enumerate((e for e in root.iter() if local(e.tag) == "scan"), start=1):
        where = f"scan {number}"
        if scan.get("scanAxis", "Gonio") not in ("Gonio", "2Theta", "2Theta-Omega", "Omega-2Theta"):
            unread.append(Unread(where, f"a scan along {scan.get('scanAxis')}, not along 2 theta"))
            continue
        if scan.get("status", "Completed") != "Completed":
            unread.append(Unread(where, f"the scan's status is '{scan.get('status')}': it was not completed"))
        blocks.append(_scan(scan, where))
    if not blocks:
        raise ReadError("no scan along 2 theta", remedy="Export the 2 theta scan")
    return Recording(
        KIND,
        NAME,
        blob.source,
        tuple(blocks),
        settings=_settings(root),
        metadata=_metadata(root),
        unread=tuple(unread),
    )


def _text(parent: Element, name: str, where: str) -> str:
    found = find_local(parent, name)
    if found is None or not (found.text or "").strip():
        raise ReadError(f"no {name}", where=where, rule="a scan states it", remedy="Export the file again")
    return (found.text or "").strip()


def _numbers(text: str, where: str) -> NDArray[np.float64]:
    return np.array([require_number(cell, where=where) for cell in text.split()])


def _scan(scan: Element, where: str) -> Block:
    points = find_local(scan, "dataPoints")
    if points is None:
        raise ReadError("no dataPoints", where=where, rule="a scan holds data points")
    name, unit = (
        ("intensities", "") if find_local(points, "intensities") is not None else ("counts", "counts")
    )
    holder = find_local(points, name)
    counts = _numbers(_text(points, name, where), f"{where} {name}")
    seconds = find_local(points, "commonCountingTime")
    factors = find_local(points, "beamAttenuationFactors")
    if holder is not None and not unit:
        unit = {"counts": "counts", "cps": "cps"}.get(holder.get("unit", ""), "1")
    if factors is not None and name == "counts":
        scale = _numbers(factors.text or "", f"{where} beamAttenuationFactors")
        if len(scale) != len(counts):
            raise ReadError(f"{len(scale)} attenuation factors but {len(counts)} counts", where=where)
        counts = counts * scale
    facts = {}
    if seconds is not None and seconds.text:
        value = require_number(seconds.text, where=f"{where} commonCountingTime")
        facts["counting_time"] = Stated(value, "s", where)
    angles = _angles(points, len(counts), where)
    return scan_block(where, angles, counts, unit=unit, where=where, facts=facts)


def _angles(points: Element, count: int, where: str) -> NDArray[np.float64]:
    for positions in (e for e in points.iter() if local(e.tag) == "positions"):
        if positions.get("axis") != "2Theta":
            continue
        if positions.get("unit", "deg") != "deg":
            raise ReadError(f"2 theta in '{positions.get('unit')}'", where=where, rule="angles are in deg")
        if find_local(positions, "listPositions") is not None:
            return _numbers(_text(positions, "listPositions", where), f"{where} listPositions")
        start = require_number(_text(positions, "startPosition", where), where=f"{where} startPosition")
        end = require_number(_text(positions, "endPosition", where), where=f"{where} endPosition")
        return np.linspace(start, end, count)
    raise ReadError("no 2Theta positions", where=where, rule="a scan states its angles")


def _settings(root: Element) -> dict[str, Stated]:
    used = find_local(root, "usedWavelength")
    first = None if used is None else find_local(used, "kAlpha1")
    if used is None or first is None:
        return {}
    where = "usedWavelength"
    ka1 = require_number(first.text or "", where=f"{where} kAlpha1")
    second, ratio = find_local(used, "kAlpha2"), find_local(used, "ratioKAlpha2KAlpha1")
    scale = 10.0 if first.get("unit", "Angstrom").lower() in ("nanometer", "nm") else 1.0
    anode = find_local(root, "anodeMaterial")
    found = line_settings(
        scale * ka1,
        None if second is None else scale * require_number(second.text or "", where=f"{where} kAlpha2"),
        0.5 if ratio is None else require_number(ratio.text or "", where=f"{where} ratio"),
        only_first=used.get("intended", "K-Alpha") == "K-Alpha 1",
        where=f"{where}, intended {used.get('intended', 'K-Alpha')}",
        anode="" if anode is None else (anode.text or "").strip(),
    )
    if find_local(root, "monochromator") is not None:
        found["monochromator"] = Stated("yes", "", "monochromator")
    return found


def _metadata(root: Element) -> dict[str, str]:
    found = {}
    for name in ("startTimeStamp", "endTimeStamp", "applicationSoftware", "measurementProgram", "name"):
        element = find_local(root, name)
        if element is not None and (element.text or "").strip():
            found[name] = (element.text or "").strip()
    entries = [e.text.strip() for e in root.iter() if local(e.tag) == "entry" and e.text and e.text.strip()]
    return found | {f"comment {i}": text for i, text in enumerate(entries, start=1)}

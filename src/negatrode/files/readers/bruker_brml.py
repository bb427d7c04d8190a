"""Bruker BRML: a zip whose RawData*.xml hold one Datum a point; one block a range."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Recording, Unread
from negatrode.files.archive import Archive
from negatrode.files.blob import Blob
from negatrode.files.readers.diffraction_scan import line_settings, scan_block
from negatrode.files.text import number, require_number
from negatrode.files.xml import find_local, local, parse_xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAME = "bruker-brml"
TITLE = "Bruker BRML"
KIND = "diffraction"

_RAW = re.compile(r"RawData\d+\.xml\Z")


def sniff(blob: Blob) -> int:
    """A zip that names a RawData document."""
    return 100 if blob.data.startswith(b"PK") and re.search(rb"RawData\d+\.xml", blob.data) else 0


def read(blob: Blob) -> Recording:
    """Every route along 2 theta; the number of points is checked against what the file declares."""
    archive = Archive(blob.data)
    names = sorted(
        (n for n in archive.names if _RAW.search(n)), key=lambda n: [int(d) for d in re.findall(r"\d+", n)]
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
        for key in ("TimeStampStarted", "TimeStampFinished", "MeasurementStatus"):
            found = find_local(root, key)
            if found is not None and found.text:
                metadata[f"{name} {key}"] = found.text
        for route in (e for e in root.iter() if local(e.tag) == "DataRoute"):
            block = _route(route, name, unread, len(blocks) + 1)
            if block is not None:
                blocks.append(block)
    if not blocks:
        raise ReadError("no scan along 2 theta", rule="see " + "; ".join(u.what for u in unread))
    return Recording(
        KIND, NAME, blob.source, tuple(blocks), settings=settings, metadata=metadata, unread=tuple(unread)
    )


def _route(route: Element, where: str, unread: list[Unread], count: int) -> Block | None:
    axes = [e.get("AxisId", "") for e in route.iter() if local(e.tag) == "ScanAxisInfo"]
    if "TwoTheta" not in axes:
        unread.append(Unread(where, f"a scan along {', '.join(axes) or 'no axis'}, not along 2 theta"))
        return None
    rows = [(e.text or "").split(",") for e in route.iter() if local(e.tag) == "Datum"]
    declared = find_local(route, "MeasurementPoints")
    if declared is not None and number(declared.text or "") != len(rows):
        raise ReadError(
            f"{len(rows)} data rows but MeasurementPoints says {declared.text}",
            where=where,
            rule="a range holds the points it declares",
            remedy="The measurement was stopped or the file is cut off; export it again",
        )
    # a row is: time, absorber, the axes in the order of ScanAxes, counts
    width = 2 + len(axes) + 1
    column = 2 + axes.index("TwoTheta")
    angles, counts = [], []
    for line, row in enumerate(rows, start=1):
        if len(row) < width:
            raise ReadError(f"{len(row)} values", where=f"{where} Datum {line}", rule=f"a row has {width}")
        angles.append(require_number(row[column], where=f"{where} Datum {line}"))
        counts.append(require_number(row[width - 1], where=f"{where} Datum {line}"))
    seconds = find_local(route, "TimePerStep")
    facts = {}
    if seconds is not None and (value := number(seconds.text or "")) is not None:
        facts["counting_time"] = Stated(value, "s", where)
    return scan_block(f"range {count}", angles, counts, unit="counts", where=where, facts=facts)


def _settings(root: Element, where: str) -> dict[str, Stated]:
    def value(tag: str) -> float | None:
        found = find_local(root, tag)
        if found is None:
            return None
        return number(found.get("Value") or found.text or "")

    first, second = value("WaveLengthAlpha1"), value("WaveLengthAlpha2")
    ratio, tube = value("WaveLengthRatio"), find_local(root, "TubeMaterial")
    if not first:
        return {}
    anode = "" if tube is None else (tube.text or "").strip()
    return line_settings(
        first, second, 0.5 if ratio is None else ratio, only_first=ratio == 0.0, where=where, anode=anode
    )

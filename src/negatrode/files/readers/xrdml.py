"""PANalytical XRDML, schema 1.0 to 2.x: one block a scan.

``intensities`` are already corrected for the attenuator, ``counts`` (schema 2) are not: these are
multiplied by ``beamAttenuationFactors``. Angles are listed, or stand as the first and the last one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.readers.diffraction_scan import common_fact, line_settings, poisson_sigma, scan_block
from negatrode.files.text import require_number
from negatrode.files.xml import find_local, local, parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

NAME = "panalytical-xrdml"
TITLE = "PANalytical XRDML"
KIND = "diffraction"

_AXES = ("Gonio", "2Theta", "2Theta-Omega", "Omega-2Theta", "2Theta-Theta", "Theta-2Theta")
# pixel pitch in mm of the strip and pixel detectors, whose scans step by it or by its half
_PITCH = {"x'celerator": 0.070, "pixcel": 0.055, "galipix": 0.060}
# the finest step of the goniometers, deg
MIN_STEP = 1e-4
_CRYSTALS = ("ge", "si", "quartz")


def sniff(blob: Blob) -> int:
    """By its root element, in any of the encodings XML allows."""
    head = blob.data[:4000].replace(b"\x00", b"")
    return 100 if b"<xrdMeasurements" in head else 0


def read(blob: Blob) -> Recording:
    """Every scan with its counts; the first used wavelength; scans that were not completed are reported."""
    root = parse_xml(blob.data)
    if local(root.tag) != "xrdMeasurements":
        raise ReadError(f"root element '{local(root.tag)}'", rule="an XRDML file holds xrdMeasurements")
    blocks: list[Block] = []
    unread: list[Unread] = []
    count = 0
    for measurement in _all(root, "xrdMeasurement"):
        _report_status(measurement, f"measurement of scan {count + 1}", unread)
        for scan in _all(measurement, "scan"):
            count += 1
            block = _scan(scan, measurement, f"scan {count}", unread)
            if block is not None:
                blocks.append(block)
    if not blocks:
        raise ReadError(
            "no scan along 2 theta",
            rule="; ".join(u.what for u in unread) or "the file holds no scan",
            remedy="Export the 2 theta scan",
        )
    settings = _settings(root, unread) | common_fact(blocks, "counting_time")
    return Recording(
        KIND,
        NAME,
        blob.source,
        tuple(blocks),
        settings=settings,
        metadata=_metadata(root),
        unread=tuple(unread),
    )


def _all(parent: Element, name: str) -> Iterator[Element]:
    return (e for e in parent.iter() if isinstance(e.tag, str) and local(e.tag) == name)


def _report_status(element: Element, where: str, unread: list[Unread]) -> None:
    status = element.get("status", "Completed")
    if status != "Completed":
        unread.append(Unread(where, f"its status is '{status}': it was not completed"))


def _text(parent: Element, name: str, where: str) -> str:
    found = find_local(parent, name)
    if found is None or not (found.text or "").strip():
        raise ReadError(f"no {name}", where=where, rule="a scan states it", remedy="Export the file again")
    return (found.text or "").strip()


def _numbers(text: str, where: str) -> NDArray[np.float64]:
    return np.array(
        [require_number(cell, where=f"{where} value {i}") for i, cell in enumerate(text.split(), start=1)]
    )


def _listed(points: Element, name: str, count: int, where: str) -> NDArray[np.float64] | None:
    """A list with one number a point, or None where the file has no such list."""
    if find_local(points, name) is None:
        return None
    values = _numbers(_text(points, name, where), f"{where} {name}")
    if len(values) != count:
        raise ReadError(
            f"{len(values)} {name} but {count} counts",
            where=where,
            rule="a list holds one value a point; the file looks cut off",
            remedy="Export it again",
        )
    return values


def _scan(scan: Element, measurement: Element, where: str, unread: list[Unread]) -> Block | None:
    axis = scan.get("scanAxis", "Gonio")
    points = find_local(scan, "dataPoints")
    if points is None:
        raise ReadError("no dataPoints", where=where, rule="a scan holds data points")
    positions = _moving(points)
    if axis not in _AXES or positions is None:
        unread.append(Unread(where, f"a scan along {axis}, not along 2 theta"))
        return None
    _report_status(scan, where, unread)
    counts, unit, sigma, facts = _intensity(points, where)
    angles = _angles(positions, len(counts), where)
    step = (angles[-1] - angles[0]) / max(1, len(angles) - 1)
    if find_local(positions, "listPositions") is None:
        _check_step(angles, abs(float(step)), measurement, where, unread)
    if _divergence(points) and find_local(points, "counts") is not None:
        unread.append(Unread(where, "divergence corrections are stated and were not applied to the counts"))
    return scan_block(where, angles, counts, unit=unit, sigma=sigma, where=where, facts=facts)


def _intensity(
    points: Element, where: str
) -> tuple[NDArray[np.float64], str, NDArray[np.float64] | None, dict[str, Stated]]:
    corrected = find_local(points, "intensities")
    holder = corrected if corrected is not None else find_local(points, "counts")
    name = "counts" if corrected is None else "intensities"
    values = _numbers(_text(points, name, where), f"{where} {name}")
    unit = "counts" if holder is None else holder.get("unit", "counts")
    unit = unit if unit in ("counts", "cps") else "1"
    factor = _listed(points, "beamAttenuationFactors", len(values), where)
    common = find_local(points, "commonBeamAttenuationFactor")
    if factor is None and common is not None:
        factor = np.full(len(values), require_number(common.text or "", where=f"{where} attenuation factor"))
    if factor is not None and np.any(factor <= 0.0):
        raise ReadError(f"an attenuation factor of {factor.min():g}", where=where, rule="it is positive")
    sigma = None
    if factor is not None:
        raw = values if corrected is None else values / factor
        values, sigma = raw * factor, poisson_sigma(raw, factor)
    seconds = _listed(points, "countingTimes", len(values), where)
    common = find_local(points, "commonCountingTime")
    facts: dict[str, Stated] = {}
    if seconds is not None and np.ptp(seconds) > 1e-6 * np.max(np.abs(seconds)):
        if np.any(seconds <= 0.0):
            raise ReadError(f"a counting time of {seconds.min():g} s", where=where, rule="it is positive")
        sigma = (poisson_sigma(values) if sigma is None else sigma) / seconds
        return values / seconds, "cps", sigma, facts
    if seconds is not None:
        facts["counting_time"] = Stated(float(seconds[0]), "s", where)
    elif common is not None and (common.text or "").strip():
        value = require_number(common.text or "", where=f"{where} commonCountingTime")
        facts["counting_time"] = Stated(value, "s", where)
    return values, unit, sigma, facts


def _divergence(points: Element) -> bool:
    return any(
        find_local(points, name) is not None
        for name in ("divergenceCorrections", "commonDivergenceCorrection")
    )


def _moving(points: Element) -> Element | None:
    """The 2 theta positions, where 2 theta moves during the scan."""
    for positions in _all(points, "positions"):
        if positions.get("axis") == "2Theta" and find_local(positions, "commonPosition") is None:
            return positions
    return None


def _angles(positions: Element, count: int, where: str) -> NDArray[np.float64]:
    if positions.get("unit", "deg") != "deg":
        raise ReadError(f"2 theta in '{positions.get('unit')}'", where=where, rule="angles are in deg")
    if find_local(positions, "listPositions") is not None:
        return _numbers(_text(positions, "listPositions", where), f"{where} listPositions")
    start = require_number(_text(positions, "startPosition", where), where=f"{where} startPosition")
    end = require_number(_text(positions, "endPosition", where), where=f"{where} endPosition")
    return np.linspace(start, end, count)


def _check_step(
    angles: NDArray[np.float64], step: float, measurement: Element, where: str, unread: list[Unread]
) -> None:
    """Lost counts where only the first and the last angle are stated.

    A strip detector steps by whole or half pixels, atan(pitch / radius), a point detector by whole
    ten-thousandths of a degree: where the span is a whole number of these and the step is not, counts
    are missing. Where the detector is not known, a step that is not round is reported.
    """
    detector = _detector(measurement)
    pitch = _pitch_angle(measurement, detector)
    point = detector is not None and any("point" in v.lower() for v in detector.attrib.values())
    unit = MIN_STEP if pitch is None else 0.5 * pitch
    units, steps = step / unit, abs(float(angles[-1] - angles[0])) / unit
    if step <= 0.0 or abs(units - round(units)) <= max(2e-5 * units, 1e-4 if pitch is None else 0.0):
        return
    if (pitch is None and not point) or abs(steps - round(steps)) > 1e-2:
        if pitch is None:
            unread.append(Unread(where, f"the step of {step:.6f} deg is not round: counts may be missing"))
        return
    likely = round(steps / max(1, round(units))) + 1
    raise ReadError(
        f"about {likely} angles but {len(angles)} counts (steps of {step:.6f} deg: {units:.4f} x {unit:.6f})",
        where=where,
        rule="the detector steps by whole or half pixels, or by 0.0001 deg; the file looks cut off",
        remedy="Export it again",
    )


def _detector(measurement: Element) -> Element | None:
    beam = find_local(measurement, "diffractedBeamPath")
    return None if beam is None else find_local(beam, "detector")


def _pitch_angle(measurement: Element, detector: Element | None) -> float | None:
    """The angle of a pixel of a known scanning strip detector, deg."""
    beam = find_local(measurement, "diffractedBeamPath")
    radius = None if beam is None else find_local(beam, "radius")
    mode = None if detector is None else find_local(detector, "mode")
    if detector is None or radius is None or mode is None or (mode.text or "").strip() != "Scanning":
        return None
    name = detector.get("name", "").lower()
    pitch = next((p for key, p in _PITCH.items() if name.startswith(key)), None)
    if pitch is None or radius.get("unit", "mm") != "mm":
        return None
    distance = require_number(radius.text or "", where="diffractedBeamPath radius")
    return math.degrees(pitch / distance) if distance > 0.0 else None


def _crystal(root: Element, path: str) -> Element | None:
    """The monochromator in the incident or the diffracted beam."""
    beam = find_local(root, path)
    return None if beam is None else find_local(beam, "monochromator")


def _selects_first_line(root: Element) -> bool:
    """Whether a crystal in the incident beam separates the two lines; graphite passes both."""
    found = _crystal(root, "incidentBeamPath")
    if found is None:
        return False
    crystal = find_local(found, "crystal")
    material = "" if crystal is None else (crystal.text or "").strip().lower()
    return material.startswith(_CRYSTALS) or any(
        c in found.get("name", "").lower().split() for c in _CRYSTALS
    )


def _length(element: Element | None, where: str) -> float | None:
    """A wavelength in angstrom."""
    if element is None or not (element.text or "").strip():
        return None
    value = require_number(element.text or "", where=where)
    return value * (10.0 if element.get("unit", "Angstrom").lower() in ("nanometer", "nm") else 1.0)


def _settings(root: Element, unread: list[Unread]) -> dict[str, Stated]:
    used = find_local(root, "usedWavelength")
    if used is None:
        return {}
    intended = used.get("intended", "K-Alpha")
    lengths = {
        n: _length(find_local(used, n), f"usedWavelength {n}") for n in ("kAlpha1", "kAlpha2", "kBeta")
    }
    ratio = find_local(used, "ratioKAlpha2KAlpha1")
    anode = find_local(root, "anodeMaterial")
    anode_name = "" if anode is None else (anode.text or "").strip()
    where = f"usedWavelength, intended {intended}"
    alone = _selects_first_line(root)
    found: dict[str, Stated] = {}
    if intended.replace(" ", "").lower() == "k-beta" and lengths["kBeta"]:
        found = line_settings(lengths["kBeta"], None, 0.0, only_first=True, where=where, anode=anode_name)
        del found["wavelength_ka1"]
    elif lengths["kAlpha1"]:
        if intended == "K-Alpha 1" and not alone:
            unread.append(
                Unread(
                    "usedWavelength",
                    "intended is K-Alpha 1, but no Ge, Si or quartz monochromator stands in the "
                    "incident beam: both lines were taken as present",
                )
            )
        share = 0.5 if ratio is None else require_number(ratio.text or "", where="ratioKAlpha2KAlpha1")
        found = line_settings(
            lengths["kAlpha1"], lengths["kAlpha2"], share, only_first=alone, where=where, anode=anode_name
        )
    if _crystal(root, "diffractedBeamPath") is not None:
        found["monochromator"] = Stated("yes", "", "diffractedBeamPath monochromator")
    return found


def _metadata(root: Element) -> dict[str, str]:
    found = {}
    for name in ("startTimeStamp", "endTimeStamp", "applicationSoftware", "name", "tension", "current"):
        element = find_local(root, name)
        if element is not None and (element.text or "").strip():
            found[name] = (element.text or "").strip()
    entries = [e.text.strip() for e in _all(root, "entry") if e.text and e.text.strip()]
    return found | {f"comment {i}": text for i, text in enumerate(entries, start=1)}

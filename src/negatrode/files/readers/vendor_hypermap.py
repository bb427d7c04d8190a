"""Vendor hypermaps: Bruker .bcf, JEOL .pts, EDAX .spd, Velox .emd, by RosettaSciIO in another process.

What can be checked without that library is checked first (container, lengths, check sums, header), so that
a damaged file costs no process. See ``files/hypermap_process.py`` for how the library is kept apart.
"""

from __future__ import annotations

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Plane, Recording, SpectrumImage, Unread
from negatrode.files.blob import Blob
from negatrode.files.hypermap_process import Axis, Signal, read_outside
from negatrode.files.readers.hypermap_checks import Checked, check, family_of

NAME = "vendor-hypermap"
TITLE = "EDS hypermap of a vendor (Bruker .bcf, JEOL .pts, EDAX .spd, Velox .emd)"
KIND = "map"

_KEV = {"keV": 1.0, "eV": 1e-3}
_UM = {"um": 1.0, "nm": 1e-3, "mm": 1e3, "m": 1e6, "pm": 1e-6}
_TOP_ENERGY = 100.0  # keV, above which no EDS detector records
_WRONG = 0.05  # relative difference of the counts from the file's own sum that no map recorded in full shows
_SAME = 0.01  # relative difference of two pixel sides that are called equal


def sniff(blob: Blob) -> int:
    """By the magic number, and for HDF5 by a group that only Velox writes."""
    return 100 if family_of(blob) else 0


def read(blob: Blob) -> Recording:
    """The hypermap and the electron images of its size, with pixel size, beam energy and elements stated.

    Channels are trimmed to those that hold counts. Images of another size (overviews) and further maps of
    the file are reported as unread. Raises ReadError where the file is damaged, where it holds no
    hypermap, or where RosettaSciIO is not installed (the remedy says how to install it).
    """
    checked = check(blob)
    signals = read_outside(checked.plugin, checked.files, checked.main, checked.options)
    maps = [s for s in signals if s.kind == "spectra"]
    if not maps:
        kinds = ", ".join(f"{s.kind} {s.shape}" for s in signals) or "nothing"
        raise ReadError(
            f"{kinds}",
            rule="a hypermap has a spectrum at each pixel",
            remedy="Export the map as a hypermap, or its element maps as tables or images",
        )
    chosen = maps[0]
    spectra = _spectra(chosen)
    planes, unread = _images([s for s in signals if s is not chosen], chosen)
    sizes, doubts = _pixel_size(chosen, signals)
    return Recording(
        KIND,
        NAME,
        blob.source,
        settings={**sizes, **_stated(chosen)},
        metadata=_metadata(checked, chosen),
        unread=(*checked.unread, *_count_check(checked, chosen), *unread, *doubts),
        planes=planes,
        spectra=spectra,
        parts=checked.parts,
    )


def _spectra(signal: Signal) -> SpectrumImage:
    energy = signal.axes[2]
    scale = _KEV.get(energy.units)
    if scale is None or energy.scale <= 0.0:
        raise ReadError(
            f"an energy axis in '{energy.units}' of step {energy.scale:g}",
            rule="the spectra are calibrated in eV or keV",
            remedy="Give the calibration file of the same name beside it, or export again",
        )
    width = energy.scale * scale
    offset = energy.offset * scale + signal.first_channel * width
    top = offset + width * signal.shape[2]
    if not (abs(energy.offset * scale) < 10.0 and 1e-4 <= width <= 0.2 and top < _TOP_ENERGY):
        raise ReadError(
            f"channels of {width:g} keV from {offset:g} to {top:g} keV",
            rule=f"an EDS spectrum lies below {_TOP_ENERGY:g} keV, its channels within 0.0001 to 0.2 keV",
        )
    lined = {line.partition("_")[0]: line.replace("_", " ") for line in signal.lines}
    elements = tuple(lined.get(e, e) for e in signal.elements)
    return SpectrumImage(signal.values, offset, width, elements)


def _images(signals: list[Signal], chosen: Signal) -> tuple[tuple[Plane, ...], list[Unread]]:
    """Images of the map's size as grey planes, each under a name of its own; the rest as unread."""
    planes: list[Plane] = []
    unread = []
    for number, signal in enumerate(signals, start=1):
        name = signal.title.strip() or f"image {number}"
        if signal.kind != "image" or signal.shape != chosen.shape[:2]:
            size = " x ".join(str(n) for n in signal.shape)
            what = "a further hypermap" if signal.kind == "spectra" else "not registered with the map"
            unread.append(Unread(f"'{name}' {size}", what))
            continue
        taken = sum(p.name.partition(" (")[0] == name for p in planes)
        planes.append(Plane(f"{name} ({taken + 1})" if taken else name, "grey", signal.values))
    return tuple(planes), unread


def _pixel_size(chosen: Signal, signals: list[Signal]) -> tuple[dict[str, Stated], list[Unread]]:
    """The side of a pixel in um where the file states one; sides that differ are reported."""
    sides = [_micrometres(a) for a in chosen.axes[:2]]
    known = [s for s in sides if s is not None]
    if len(known) < 2:
        return {}, [Unread("pixel size", "not stated in a unit of length")]
    doubts = []
    others = {
        round(side, 9)
        for s in signals
        if s.kind == "image"
        for a in s.axes
        if (side := _micrometres(a)) is not None and abs(side / known[0] - 1.0) > _SAME
    }
    if abs(known[1] / known[0] - 1.0) > _SAME:
        return {}, [Unread("pixel size", f"{known[1]:g} um across but {known[0]:g} um down; not used")]
    if others:
        seen = ", ".join(f"{side:g} um" for side in sorted(others))
        doubts.append(Unread("pixel size", f"{known[0]:g} um is used; an image also states {seen}"))
    return {"pixel_size": Stated(known[0], "um", "scale of the map's rows")}, doubts


def _micrometres(axis: Axis) -> float | None:
    scale = _UM.get(axis.units)
    return axis.scale * scale if scale is not None and axis.scale > 0.0 else None


def _stated(signal: Signal) -> dict[str, Stated]:
    found = {"detector": Stated("eds", "", "kind of the map")}
    energy = signal.numbers.get("beam_energy", 0.0)
    if energy > 0.0:
        found["beam_energy"] = Stated(energy, "keV", "high voltage in the header")
    live = signal.numbers.get("live_time", 0.0)
    if live > 0.0:
        found["live_time"] = Stated(live, "s", "live time in the header")
    return found


def _metadata(checked: Checked, signal: Signal) -> dict[str, str]:
    numbers = {k: f"{v:.10g}" for k, v in signal.numbers.items()}
    return {"file_type": checked.family, **checked.metadata, **signal.words, **numbers}


def _count_check(checked: Checked, signal: Signal) -> list[Unread]:
    """The file's own sum of counts against that of the spectra: a difference is told, a large one refused.

    Damaged packed spectra, and those of variants that the library unpacks wrongly (micro-XRF maps), differ.
    """
    declared = checked.declared_counts
    if declared is None:
        return []
    found = int(signal.values.sum(dtype="u8"))
    if found == declared:
        return []
    if abs(found - declared) > _WRONG * declared:
        raise ReadError(
            f"{found} counts in the map",
            rule=f"the file's own sum spectrum holds {declared}",
            remedy="The file is damaged or of a variant that is not unpacked rightly; "
            "export element maps as tables or images",
        )
    return [Unread("counts", f"the sum spectrum holds {declared} counts, the map {found}")]

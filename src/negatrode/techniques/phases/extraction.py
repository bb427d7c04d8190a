"""Element maps of one section, from planes, hypermaps and electron images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import Refusal
from negatrode.core.estimate import Finding
from negatrode.core.recording import Plane, Recording
from negatrode.core.settings import Key, Settings
from negatrode.techniques.phases.model import ElementMaps

if TYPE_CHECKING:
    from negatrode.techniques.phases.registration import Shift

Planes = NDArray[np.float32]

KEYS = (
    Key("elements", "", "elements to map from a hypermap, with lines if wanted", example="Al, Ag La"),
    Key("pixel_size", "um", "side of a pixel", example="0.1 um"),
    Key("detector", "", "how the X-rays were detected", ("eds", "wds")),
    Key("beam_energy", "keV", "energy of the beam", example="15 keV"),
    Key("register", "", "whether the files are separate scans, to be shifted onto the first", ("yes", "no")),
    Key("leave_out", "", "mapped elements that are not of the particle", example="C, Cu"),
)

BACKGROUND = ":background"


@dataclass(frozen=True, eq=False)
class _Scan:
    """What one file contributes."""

    where: str
    elements: tuple[str, ...]
    lines: tuple[str, ...]
    values: Planes
    background: Planes | None
    quantity: str
    grey: Planes | None
    findings: tuple[Finding, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""
        return self.values.shape[1:] if self.elements or self.grey is None else self.grey.shape


def element_maps(recordings: Sequence[Recording], settings: Settings) -> ElementMaps:
    """The element maps and the electron image of one section, on one grid.

    Recordings of kind "map" give planes, or a hypermap from which the elements' counts are taken; those of
    kind "image" give the grey picture (elements is then empty where there is nothing else).

    Raises Refusal where files differ in size or quantity, map an element twice, or do not fit each other;
    MissingInput where a hypermap's elements are not known.
    """
    scans = [_scan(r, settings.with_stated(r.settings)) for r in recordings]
    if not scans:
        raise Refusal("no map and no picture is given")
    scans, findings = _on_one_grid(scans, settings)
    mapped = [s for s in scans if s.elements]
    greys = [s.grey for s in scans if s.grey is not None]
    if not mapped and len(greys) > 1:
        raise Refusal(
            f"{len(greys)} pictures",
            rule="a section is one picture",
            remedy="Measure the pictures one by one",
        )
    first = recordings[0]
    shape = scans[0].shape
    return ElementMaps(
        elements=tuple(e for s in mapped for e in s.elements),
        values=np.concatenate([s.values for s in mapped]) if mapped else np.zeros((0, *shape), np.float32),
        quantity=_one_quantity(mapped),
        detector=_detector(recordings, settings),
        lines=tuple(name for s in mapped for name in s.lines),
        grey=greys[0] if greys else None,
        pixel_size=_pixel_size(recordings, settings),
        background=_backgrounds(mapped),
        path=first.source.path,
        key=first.source.sha256[:12],
        findings=(*(f for s in scans for f in s.findings), *findings),
    )


def _scan(recording: Recording, settings: Settings) -> _Scan:
    where = recording.source.path
    if recording.kind == "image":
        if recording.picture is None:
            raise Refusal("a picture file without a picture", where=where)
        grey = np.asarray(recording.picture.values, dtype=np.float32)
        return _Scan(where, (), (), np.zeros((0, *grey.shape), np.float32), None, "", grey)
    planes = [p for p in recording.planes if p.is_element and not p.name.endswith(BACKGROUND)]
    grey_planes = [p for p in recording.planes if p.quantity == "grey"]
    grey_values = np.asarray(grey_planes[0].values, dtype=np.float32) if grey_planes else None
    findings = _which_grey(grey_planes)
    if planes:
        return replace(_of_planes(recording, planes, where), grey=grey_values, findings=findings)
    if recording.spectra is not None:
        made = _of_spectra(recording, settings, where)
        return replace(made, grey=grey_values, findings=(*made.findings, *findings))
    if grey_values is not None:
        empty = np.zeros((0, *grey_values.shape), np.float32)
        return _Scan(where, (), (), empty, None, "", grey_values, findings)
    raise Refusal(
        "no element map, no hypermap and no electron image",
        where=where,
        rule="phases are told by one of these",
    )


def _which_grey(planes: list[Plane]) -> tuple[Finding, ...]:
    if len(planes) < 2:
        return ()
    text = f"of {len(planes)} electron images ({', '.join(p.name for p in planes)}) {planes[0].name} is used"
    return (Finding("grey", text),)


def _of_planes(recording: Recording, planes: list[Plane], where: str) -> _Scan:
    shapes = {p.values.shape for p in planes}
    if len(shapes) > 1 or len(next(iter(shapes))) != 2:
        sizes = ", ".join(f"{p.name} {' x '.join(map(str, p.values.shape))}" for p in planes)
        raise Refusal(
            f"planes of unequal size: {sizes}", where=where, rule="the planes of a map have one size"
        )
    quantities = {p.quantity for p in planes}
    if len(quantities) > 1:
        raise Refusal(
            f"planes in {' and '.join(sorted(quantities))}",
            where=where,
            rule="the planes of a map have one quantity",
        )
    under = {p.name: p.values for p in recording.planes if p.name.endswith(BACKGROUND)}
    names = [f"{p.name}{BACKGROUND}" for p in planes]
    background = None
    if any(n in under for n in names):
        zero = np.zeros(planes[0].values.shape, np.float32)
        background = np.stack([under.get(n, zero) for n in names])
    values = np.stack([np.asarray(p.values, dtype=np.float32) for p in planes])
    symbols, lines = tuple(p.name for p in planes), tuple(p.line for p in planes)
    return _Scan(where, symbols, lines, values, background, planes[0].quantity, None)


def _of_spectra(recording: Recording, settings: Settings, where: str) -> _Scan:
    from negatrode.techniques.phases import windows

    assert recording.spectra is not None
    spectra = recording.spectra
    highest = windows.highest_energy(spectra, settings.optional_quantity("beam_energy"))
    word = settings.optional_word("elements")
    findings: tuple[Finding, ...] = ()
    if word is not None:
        named = [part.strip() for part in word.split(",") if part.strip()]
    elif spectra.elements:
        named = list(spectra.elements)
    else:
        named, findings = _identified(recording, settings, highest, where)
    lines = windows.lines_to_map(named, highest=highest, where=where)
    found = windows.windowed(spectra, lines, where=where)
    symbols, names = tuple(line.element for line in lines), tuple(line.name for line in lines)
    return _Scan(
        where, symbols, names, found.counts, found.background, "counts", None, (*findings, *found.findings)
    )


def _identified(
    recording: Recording, settings: Settings, highest: float, where: str
) -> tuple[list[str], tuple[Finding, ...]]:
    from negatrode.techniques.phases import windows
    from negatrode.techniques.phases.identification import identify

    assert recording.spectra is not None
    spectra = recording.spectra
    found = identify(windows.energies_of(spectra), windows.sum_spectrum(spectra), highest=highest)
    if found.open or not found.elements:
        peaks = "; ".join(f"{e:.3g} keV: {' or '.join(c) or 'no element'}" for e, c in found.open)
        sure = f"sure are {', '.join(found.elements)}" if found.elements else "no peak is sure"
        raise windows.ask_for_elements(settings.section, f"{sure}; {peaks}" if peaks else sure, where)
    text = f"elements by the peaks of the sum spectrum: {', '.join(found.elements)}"
    return list(found.elements), (Finding("elements", text, warning=True),)


def _one_quantity(mapped: list[_Scan]) -> str:
    quantities = {s.quantity for s in mapped}
    if len(quantities) > 1:
        raise Refusal(
            f"maps in {' and '.join(sorted(quantities))}", rule="the maps of a section have one quantity"
        )
    twice = [e for s in mapped for e in s.elements]
    doubled = sorted({e for e in twice if twice.count(e) > 1})
    if doubled:
        raise Refusal(
            f"{', '.join(doubled)} mapped twice",
            where=", ".join(s.where for s in mapped),
            rule="a section has one map an element",
            remedy="Give one section at a time",
        )
    return mapped[0].quantity if mapped else ""


def _backgrounds(mapped: list[_Scan]) -> Planes | None:
    if not any(s.background is not None for s in mapped):
        return None
    return np.concatenate([s.background if s.background is not None else 0.0 * s.values for s in mapped])


def _detector(recordings: Sequence[Recording], settings: Settings) -> str:
    words = {w for r in recordings if (w := settings.with_stated(r.settings).optional_word("detector"))}
    if len(words) > 1:
        raise Refusal("maps by eds and by wds", rule="the maps of a section come from one kind of detector")
    return words.pop() if words else ""


def _pixel_size(recordings: Sequence[Recording], settings: Settings) -> float | None:
    for recording in recordings:
        size = settings.with_stated(recording.settings).optional_quantity("pixel_size")
        if size is None and recording.picture is not None and recording.picture.pixel_size:
            return recording.picture.pixel_size
        if size is not None:
            if size <= 0.0:
                raise Refusal(
                    f"a pixel of {size:g} um", where=recording.source.path, rule="it is larger than zero"
                )
            return size * 1e-6
    return None


def _on_one_grid(scans: list[_Scan], settings: Settings) -> tuple[list[_Scan], tuple[Finding, ...]]:
    """All scans on the grid of the first; shifted onto it where they are declared to be separate."""
    if len(scans) == 1:
        return scans, ()
    sizes = {s.shape for s in scans}
    if len(sizes) > 1:
        words = ", ".join(f"{s.where}: {' x '.join(str(n) for n in reversed(s.shape))}" for s in scans)
        raise Refusal(f"files of unequal size ({words})", rule="the maps of one section have one size")
    if settings.optional_word("register") != "yes":
        return scans, ()
    from negatrode.techniques.phases.registration import common_area, shift_between

    shifts = [shift_between(_picture_of(scans[0]), _picture_of(s), where=s.where) for s in scans[1:]]
    area = common_area(shifts, scans[0].shape)
    made = [_cropped(scans[0], area)]
    for scan, shift in zip(scans[1:], shifts, strict=True):
        made.append(_cropped(_moved(scan, shift), area))
    findings = tuple(
        Finding("register", f"{s.where} shifted by {d.rows:+.2f} rows and {d.columns:+.2f} columns")
        for s, d in zip(scans[1:], shifts, strict=True)
    )
    return made, findings


def _picture_of(scan: _Scan) -> Planes:
    """One picture of a scan for its registration: the electron image, else all counts."""
    if scan.elements:
        return np.asarray(scan.values.sum(axis=0), dtype=np.float32)
    assert scan.grey is not None
    return scan.grey


def _moved(scan: _Scan, shift: Shift) -> _Scan:
    from negatrode.techniques.phases.registration import moved

    return replace(
        scan,
        values=np.stack([moved(p, shift) for p in scan.values]) if scan.elements else scan.values,
        background=None if scan.background is None else np.stack([moved(p, shift) for p in scan.background]),
        grey=None if scan.grey is None else moved(scan.grey, shift),
    )


def _cropped(scan: _Scan, area: tuple[slice, slice]) -> _Scan:
    return replace(
        scan,
        values=scan.values[(slice(None), *area)],
        background=None if scan.background is None else scan.background[(slice(None), *area)],
        grey=None if scan.grey is None else scan.grey[area],
    )

"""Oxford Instruments .h5oina (AZtec): element maps, electron images and the spectrum of each pixel.

Source: Oxford Instruments NanoAnalysis HDF5 File Specification, versions 1.0 to 8.0
(github.com/oinanoanalysis/h5oina). Maps under ``Window Integral`` are counts per second of live time;
times the live time of each pixel they are the X-ray counts again, which is what is returned.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Plane, Recording, SpectrumImage, Unread
from negatrode.files.blob import Blob
from negatrode.files.hdf5_process import MAGIC, Dataset, Hdf5Content, read_hdf5
from negatrode.files.readers.element_names import SYMBOLS, element_and_line, x_ray_line
from negatrode.files.readers.map_planes import check_planes, check_total, make_plane, plane_notes

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "h5oina"
TITLE = "Oxford Instruments AZtec map (.h5oina)"
KIND = "map"

# In the order of preference: raw counts, fitted peak areas, contents
_GROUPS = ("Window Integral", "Peak Area", "Composition")
_USED = (*_GROUPS, "Live Time", "Spectrum", "X", "Y")
_SIGNALS = ("BSE", "SE", "FSE")
_SKIPPED = ("EBSD/", "Layered Image/", "Data Processing/", "Patterns", "Forescatter Detector Images")
_LABELS = ("Project Label", "Specimen Label", "Site Label", "Analysis Label", "Acquisition Date")


@dataclass
class _Technique:
    """One technique group of a slice ("1/EDS"): its header numbers and its data."""

    path: str
    content: Hdf5Content
    unread: list[Unread] = field(default_factory=list)

    def number(self, name: str) -> float | None:
        """A number of the header, None where it is not there or not finite."""
        found = self.content.datasets.get(f"{self.path}/Header/{name}")
        if found is None or found.values is None or found.values.size != 1:
            return None
        value = float(found.values.reshape(-1)[0])
        return value if np.isfinite(value) else None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns; ReadError where the header does not say."""
        columns, rows = self.number("X Cells"), self.number("Y Cells")
        if columns is None or rows is None or not (1 <= columns < 1e6 and 1 <= rows < 1e6):
            raise ReadError(
                f"X Cells {columns} and Y Cells {rows}", where=f"{self.path}/Header", rule="a map has a size"
            )
        check_total((int(rows), int(columns)), where=f"{self.path}/Header")
        return int(rows), int(columns)

    def group(self, name: str) -> dict[str, Dataset]:
        """Datasets of a group of the data, by name."""
        head = f"{self.path}/Data/{name}/"
        return {p.removeprefix(head): d for p, d in self.content.datasets.items() if p.startswith(head)}

    def image(self, name: str, dataset: Dataset) -> NDArray[Any]:
        """A dataset of one number a pixel as rows and columns."""
        where = f"{self.path}/Data/{name}"
        rows, columns = self.shape
        if dataset.values is None or dataset.values.size != rows * columns:
            size = 0 if dataset.values is None else dataset.values.size
            raise ReadError(
                f"{size} values where {columns} x {rows} pixels are declared",
                where=where,
                remedy="The file is damaged; export it again",
            )
        values = dataset.values.reshape(rows, columns)
        if values.dtype.kind == "f" and np.isnan(values).any():
            raise ReadError(
                f"{int(np.isnan(values).sum())} of {values.size} pixels lie outside the area that was mapped",
                where=where,
                rule="maps are rectangular: what is not mapped is unknown, not empty",
                remedy="Export a rectangular part of the map",
            )
        return values


def sniff(blob: Blob) -> int:
    """An HDF5 file with the names that the specification makes mandatory."""
    if not blob.data.startswith(MAGIC) or b"Format Version" not in blob.data:
        return 0
    return 100 if b"Oxford" in blob.data or b"X Cells" in blob.data else 0


def read(blob: Blob) -> Recording:
    """Element maps (X-ray counts), electron images on the same grid, and spectra where they are stored.

    Raises ReadError for damaged or truncated files, line scans, maps of irregular outline and files
    without a map or an image. EBSD, layered images and processed data are listed as unread.
    """
    content = read_hdf5(blob.data, skip=_SKIPPED, cube="/Data/Spectrum")
    unread = _left_out(content)
    eds, images = _techniques(content, unread)
    if eds is None and images is None:
        raise ReadError(
            "neither EDS data nor electron images",
            rule="element maps stand under EDS/Data",
            remedy="Export the map with its EDS data from AZtec",
        )
    planes = _element_planes(eds) if eds else []
    if images:
        planes += _electron_planes(images, eds)
    spectra = _spectra(eds, planes) if eds else None
    if not planes and spectra is None:
        raise ReadError(
            "EDS data without maps, images or spectra", remedy="Export the map with its X-ray maps"
        )
    if planes:
        check_planes(planes)
    main = eds or images
    for technique in (eds, images):
        unread += technique.unread if technique else []
    return Recording(
        KIND,
        NAME,
        blob.source,
        planes=tuple(planes),
        spectra=spectra,
        settings=_settings(main, eds, unread) if main else {},
        metadata=_metadata(content, main) | plane_notes(planes),
        unread=tuple(unread),
    )


def _left_out(content: Hdf5Content) -> list[Unread]:
    """One entry a technique that is not read, and one a dataset or group of EDS that is not used."""
    found: dict[str, int] = {}
    unread = []
    for path, what in content.left_out.items():
        group = re.match(r"[^/]+/(?:EBSD|Layered Image|Data Processing)(?=/)", path)
        if group:
            found[group[0]] = found.get(group[0], 0) + 1
        else:
            unread.append(Unread(path, f"too large to be read ({what})"))
    unread += [Unread(group, f"{count} datasets of another technique") for group, count in found.items()]
    others = dict.fromkeys(
        name[0]
        for path in content.datasets
        if (name := re.match(r"[^/]+/EDS\d*/Data/([^/]+)", path)) and name[1] not in _USED
    )
    return unread + [Unread(name, "not used") for name in others]


def _techniques(content: Hdf5Content, unread: list[Unread]) -> tuple[_Technique | None, _Technique | None]:
    """The first EDS technique and the first electron images; other slices and detectors are unread."""
    groups = dict.fromkeys(
        found[1] for p in content.datasets if (found := re.match(r"(.+?/(?:EDS\d*|Electron Image))/", p))
    )
    first: dict[str, str] = {}
    for group in groups:
        slice_name, _, name = group.rpartition("/")
        kind = "EDS" if name.startswith("EDS") else "images"
        if kind not in first and all(g.rpartition("/")[0] == slice_name for g in first.values()):
            first[kind] = group
        else:
            unread.append(Unread(group, "another acquisition or detector in the same file"))
    techniques = {k: _Technique(g, content) for k, g in first.items()}
    return techniques.get("EDS"), techniques.get("images")


def _element_planes(eds: _Technique) -> list[Plane]:
    present = [g for g in _GROUPS if eds.group(g)]
    if not present:
        return []
    rows, _ = eds.shape
    if rows < 2:
        raise ReadError("a line scan", where=f"{eds.path}/Header/Y Cells", rule="a map has at least two rows")
    chosen = present[0]
    eds.unread += [
        Unread(f"{eds.path}/Data/{g}", f"not taken: the maps of {chosen} are") for g in present[1:]
    ]
    live = _live_time(eds) if chosen != "Composition" else None
    quantity = "wt%" if chosen == "Composition" else "counts"
    best: dict[str, Plane] = {}
    for name, dataset in eds.group(chosen).items():
        where = f"{eds.path}/Data/{chosen}/{name}"
        named = _element(name, dataset)
        if named is None:
            eds.unread.append(Unread(where, "names no element"))
            continue
        values = np.asarray(eds.image(f"{chosen}/{name}", dataset), dtype=np.float64)
        if live is not None:
            values = _counts(values, live)
        _keep_stronger(best, make_plane(named[0], quantity, values, where=where, line=named[1]), where, eds)
    return list(best.values())


def _keep_stronger(best: dict[str, Plane], plane: Plane, where: str, eds: _Technique) -> None:
    """Of two lines of an element the one with more counts stays."""
    other = best.get(plane.name)
    if other is not None:
        weak = min((plane, other), key=lambda p: float(p.values.sum()))
        eds.unread.append(Unread(where, f"line {weak.line} of {weak.name}: its other line has more counts"))
        plane = other if weak is plane else plane
    best[plane.name] = plane


def _counts(rates: NDArray[np.float64], live: NDArray[np.float64]) -> NDArray[np.float64]:
    """Counts per second times seconds; whole where single precision let the product miss it by 1e-5."""
    counts = rates * live
    near = np.rint(counts)
    return near if np.allclose(counts, near, rtol=1e-5, atol=1e-3) else counts


def _live_time(eds: _Technique) -> NDArray[np.float64]:
    found = eds.content.datasets.get(f"{eds.path}/Data/Live Time")
    if found is None:
        raise ReadError(
            "no live time",
            where=f"{eds.path}/Data/Live Time",
            rule="maps are stored as counts per second; counts need the live time",
            remedy="Export the map with its live time",
        )
    live = np.asarray(eds.image("Live Time", found), dtype=np.float64)
    if not (live > 0).all() or not np.isfinite(live).all():
        raise ReadError(
            f"live times from {live.min():g} to {live.max():g} s",
            where=f"{eds.path}/Data/Live Time",
            rule="live times are positive",
        )
    return live


def _element(name: str, dataset: Dataset) -> tuple[str, str] | None:
    """Element and line by the name ("Ti Kα1"), else by the attributes."""
    number = dataset.attributes.get("Atomic Number")
    number = number[0] if isinstance(number, list) and number else number
    by_number = SYMBOLS[number - 1] if isinstance(number, int) and 1 <= number <= len(SYMBOLS) else None
    named = element_and_line(name)
    if named and by_number and named[0] != by_number:
        raise ReadError(
            f"the map '{name[:40]}' has atomic number {number} ({by_number})",
            remedy="The file is damaged; export it again",
        )
    if named or by_number is None:
        return named
    stated = dataset.attributes.get("X-ray Line", "")
    stated = stated[0] if isinstance(stated, list) and stated else stated
    return by_number, x_ray_line(str(stated)) or ""


def _electron_planes(images: _Technique, eds: _Technique | None) -> list[Plane]:
    """Electron images on the grid of the maps; whole multiples of it are averaged down, others unread."""
    planes: list[Plane] = []
    shape = eds.shape if eds else images.shape
    for signal in _SIGNALS:
        for i, (name, dataset) in enumerate(images.group(signal).items()):
            where = f"{images.path}/Data/{signal}/{name}"
            values = _on_grid(images.image(f"{signal}/{name}", dataset), shape, images)
            if values is None:
                size = " x ".join(str(n) for n in reversed(images.shape))
                images.unread.append(Unread(where, f"an image of {size} pixels, not on the grid of the maps"))
                continue
            plane_name = signal if i == 0 else f"{signal} {i + 1}"
            planes.append(make_plane(plane_name, "grey", values, where=where))
    return planes


def _on_grid(values: NDArray[Any], shape: tuple[int, int], images: _Technique) -> NDArray[Any] | None:
    if values.shape == shape:
        return values
    down, across = values.shape[0] // shape[0], values.shape[1] // shape[1]
    whole = down >= 1 and (shape[0] * down, shape[1] * across) == values.shape and down == across
    if not whole or not _whole_frame(images):
        return None
    blocks = values.reshape(shape[0], down, shape[1], across)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float64))


def _whole_frame(images: _Technique) -> bool:
    """Whether the map covers the whole of the electron image, as its bounding box says."""
    eds_header = images.path.rpartition("/")[0] + "/EDS"
    for header in (f"{eds_header}/Header", f"{eds_header}1/Header"):
        offset = images.content.datasets.get(f"{header}/Relative Offset")
        size = images.content.datasets.get(f"{header}/Relative Size")
        if offset is not None and size is not None and offset.values is not None and size.values is not None:
            return bool(np.allclose(offset.values, 0, atol=1e-3) and np.allclose(size.values, 1, atol=1e-3))
    return False


def _spectra(eds: _Technique, planes: list[Plane]) -> SpectrumImage | None:
    found = eds.content.datasets.get(f"{eds.path}/Data/Spectrum")
    if found is None or found.values is None:
        return None
    where = f"{eds.path}/Data/Spectrum"
    rows, columns = eds.shape
    values = found.values
    if values.ndim != 2 or len(values) != rows * columns or values.dtype.kind != "u":
        raise ReadError(
            f"spectra of shape {values.shape} ({values.dtype}) for {columns} x {rows} pixels",
            where=where,
            remedy="The file is damaged; export it again",
        )
    width, start = eds.number("Channel Width"), eds.number("Start Channel")
    if width is None or start is None or not (0 < width < 1000 and abs(start) < 10_000):
        eds.unread.append(Unread(where, f"channels of {width} eV from {start} eV: no scale of energy"))
        return None
    # a map in counts of every element names what the program identified
    elements = tuple(f"{p.name} {p.line}".strip() for p in planes if p.is_element)
    counts = values.reshape(rows, columns, -1)
    return SpectrumImage(counts, start / 1000.0, width / 1000.0, elements)


def _settings(main: _Technique, eds: _Technique | None, unread: list[Unread]) -> dict[str, Stated]:
    settings: dict[str, Stated] = {}
    across, down = main.number("X Step"), main.number("Y Step")
    where = f"{main.path}/Header/X Step"
    if across is not None and down is not None and across > 0 and abs(down / across - 1) <= 0.01:
        settings["pixel_size"] = Stated(_single(across), "um", where)
    else:
        unread.append(Unread(where, f"steps of {across} and {down} um are no square pixels; not used"))
    voltage = main.number("Beam Voltage")
    if voltage is not None and 0.1 <= voltage <= 400:
        settings["beam_energy"] = Stated(_single(voltage), "keV", f"{main.path}/Header/Beam Voltage")
    if eds is not None:
        settings["detector"] = Stated("eds", "", eds.path)
        live = eds.content.datasets.get(f"{eds.path}/Data/Live Time")
        if live is not None and live.values is not None and np.isfinite(live.values).all():
            total = float(np.sum(live.values, dtype=np.float64))
            settings["live_time"] = Stated(
                _single(total), "s", f"{eds.path}/Data/Live Time (sum over pixels)"
            )
    return settings


def _single(value: float) -> float:
    """A number that was stored in single precision, without the digits that it does not have."""
    return float(f"{value:.7g}")


def _metadata(content: Hdf5Content, main: _Technique | None) -> dict[str, str]:
    names = {n: n for n in ("Manufacturer", "Software Version", "Format Version")}
    if main is not None:
        names |= {n: f"{main.path}/Header/{n}" for n in _LABELS}
    found = {n: content.datasets[p].text for n, p in names.items() if p in content.datasets}
    return {n: " ".join(t).strip()[:200] for n, t in found.items() if any(t)}

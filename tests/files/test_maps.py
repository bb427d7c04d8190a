"""Maps and volumes: what was built is read back, what cannot be a map is refused with its place."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negatrode.core.errors import InputError, NegatrodeError, ReadError, UnitError
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob, load
from negatrode.files.hdf5_process import read_hdf5
from negatrode.files.readers import element_tiff, h5oina, map_manifest, picture, voxel_tiff
from negatrode.files.readers.element_names import SYMBOLS
from negatrode.files.readers.grid_text import number_grid
from negatrode.files.readers.npy_array import npy_array
from negatrode.files.registry import choose, read, read_blob
from tests.files import build_maps as build
from tests.files.mutations import TEXT_AND_BYTES


def planes(recording: Recording) -> dict[str, np.ndarray]:
    """Values by the plane's name."""
    return {p.name: p.values for p in recording.planes}


def in_folder(place: Path, words: str, **parts: bytes) -> Recording:
    """Read a manifest in a folder with the standard parts; ``parts`` replaces "ti_csv" by those bytes."""
    build.write_parts(place)
    for name, data in parts.items():
        (place / name.replace("_", ".")).write_bytes(data)
    (place / "maps.toml").write_text(words, encoding="utf-8")
    return read(place / "maps.toml")


def refused(place: Path, words: str, **parts: bytes) -> NegatrodeError:
    """The error of a manifest that is refused."""
    with pytest.raises(NegatrodeError) as error:
        in_folder(place, words, **parts)
    return error.value


def test_manifest_comes_back(tmp_path: Path) -> None:
    """Planes of csv, npy and TIFF with their lines, background, settings and the hash of each file."""
    found = in_folder(tmp_path, build.MANIFEST)
    assert (found.kind, found.format) == ("map", "map-manifest")
    assert [p.name for p in found.planes] == ["Ti", "Ti:background", "Si", "O", "BSE"]
    assert found.planes[0].line == "Ka"
    assert {p.quantity for p in found.planes} == {"counts", "grey"}
    for element in ("Ti", "Si", "O"):
        assert np.array_equal(planes(found)[element], build.counts(element))
    assert (planes(found)["Ti:background"] == 2.5).all()
    assert {k: s.value for k, s in found.settings.items()} == {
        "pixel_size": 0.05, "beam_energy": 15.0, "detector": "eds",
    }  # fmt: skip
    assert [p.path for p in found.parts] == ["ti.csv", "ti-under.txt", "si.npy", "maps/o.tif", "bse.tif"]
    assert found.parts[0].sha256 == load(tmp_path / "ti.csv").source.sha256
    assert found.unread == ()


@pytest.mark.parametrize("file", ["maps.npy", "maps.tif"])
def test_stack_comes_back(file: str, tmp_path: Path) -> None:
    """The first axis of a stack in the order of the names; electron signals are grey."""
    words = f'[map]\nquantity = "counts"\nstack = "{file}"\nplanes = ["Ti", "Si Ka", "O", "bse"]\n'
    data = build.tiff(list(build.stack())) if file.endswith("tif") else build.npy(build.stack())
    (tmp_path / file).write_bytes(data)
    (tmp_path / "maps.toml").write_text(words)
    found = read(tmp_path / "maps.toml")
    assert [(p.name, p.quantity, p.line) for p in found.planes] == [
        ("Ti", "counts", ""), ("Si", "counts", "Ka"), ("O", "counts", ""), ("BSE", "grey", ""),
    ]  # fmt: skip
    assert np.array_equal(np.stack([p.values for p in found.planes]), build.stack())


@pytest.mark.parametrize("order", ["C", "F"])
def test_manifest_of_voxels(order: Any, tmp_path: Path) -> None:
    """A 3-D array of few whole numbers is labels; the order of its axes in memory does not matter."""
    volume = np.asarray(build.labels(), order=order)
    (tmp_path / "volume.npy").write_bytes(build.npy(volume))
    (tmp_path / "v.toml").write_text(build.VOXELS)
    found = read(tmp_path / "v.toml")
    assert (found.kind, found.planes[0].quantity) == ("voxels", "labels")
    assert np.array_equal(found.planes[0].values, volume)
    assert found.settings["pixel_size"].value == 0.05
    assert [p.path for p in found.parts] == ["volume.npy"]


@pytest.mark.parametrize(
    "data",
    [b"1;2;3\n4;5;6\n", b"1,0;2,0;3,0\n4;5;6\n", b"1\t2\t3\n4\t5\t6\n", b"1 2 3\n4 5 6\n",
     b"1,2,3,\n4,5,6,\n", b"Ti Ka1, map 1\n\n1,2,3\n4,5,6\n", "1,2,3\r\n4,5,6\r\n".encode("utf-16"),
     b"1.0,2e0,3\n4,5,6"],
    ids=range(8),
)  # fmt: skip
def test_grids_of_numbers(data: bytes) -> None:
    """Any separator, decimal comma, header, encoding and end of line give the same grid."""
    assert number_grid(data, where="ti.csv")[0].tolist() == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("data", "place"),
    [(b"1,2,3\n4,5\n", "line 2"), (b"1,2\n3,nan\n", "line 2 column 2"),
     (b"1,2\n3,1e999\n", "line 2 column 2"), (b"1,2\nx,4\n", "line 2 column 1"), (b"1,2\n\n3,4\n", "line 2"),
     (b"a\nb\n", ""), (b"1,2\n1_0,4\n", "line 2")],
    ids=range(7),
)  # fmt: skip
def test_damaged_grids_are_refused_with_their_line(data: bytes, place: str) -> None:
    """Ragged rows, words, nan and overflow never become numbers."""
    with pytest.raises(ReadError) as error:
        number_grid(data, where="ti.csv")
    assert place in error.value.where


def grid(change: Any = None) -> bytes:
    """The Ti plane as csv after a change."""
    values = build.counts("Ti").astype(float)
    if change:
        change(values)
    return build.csv(values)


def test_negative_counts_name_the_first(tmp_path: Path) -> None:
    """Two negative counts: their number, and row and column of the first."""

    def change(v: np.ndarray) -> None:
        v[2, 3] = v[4, 5] = -1

    error = refused(tmp_path, build.MANIFEST, ti_csv=grid(change))
    assert isinstance(error, ReadError)
    assert "2 negative" in error.found
    assert "row 3, column 4" in error.found
    assert "ti.csv" in error.where


def test_unequal_sizes_name_both(tmp_path: Path) -> None:
    """Planes of other sizes are refused with both names and sizes."""
    error = refused(tmp_path, build.MANIFEST, si_npy=build.npy(build.counts("Si")[:, :-1]))
    assert all(word in error.found for word in ("Ti", "12 x 9", "Si", "11 x 9"))


def test_zero_planes(tmp_path: Path) -> None:
    """One plane of zeros is noted; zeros alone are refused."""
    zero = np.zeros((build.ROWS, build.COLUMNS))
    found = in_folder(tmp_path, build.MANIFEST, ti_csv=build.csv(zero))
    assert "zero" in found.metadata["note on Ti"]
    words = '[map]\nquantity="counts"\n[[plane]]\nelement="Ti"\nfile="ti.csv"\n'
    assert "zero" in refused(tmp_path, words, ti_csv=build.csv(zero)).found


def test_counts_that_are_not_whole_are_noted(tmp_path: Path) -> None:
    """Smoothed counts are read, and metadata says that they are not Poisson numbers."""
    found = in_folder(tmp_path, build.MANIFEST, ti_csv=build.csv(build.counts("Ti") * 0.5))
    assert "not whole" in found.metadata["note on Ti"]
    assert "note on Si" not in found.metadata


@pytest.mark.parametrize(
    "path",
    ["../ti.csv", "/etc/hostname", "C:\\\\ti.csv", "link.csv", "maps/../../ti.csv", "\\\\\\\\host\\\\x"],
)
def test_files_outside_the_folder_are_refused(path: str, tmp_path: Path) -> None:
    """No path, drive or link leads out of the manifest's folder."""
    place = tmp_path / "sample"
    place.mkdir()
    (tmp_path / "ti.csv").write_bytes(grid())
    (place / "link.csv").symlink_to(tmp_path / "ti.csv")
    words = f'[map]\nquantity="counts"\n[[plane]]\nelement="Ti"\nfile="{path}"\n'
    error = refused(place, words)
    assert isinstance(error, InputError)
    assert "plane[1].file" in error.where


_PLANE = '[[plane]]\nelement="{}"\nfile="ti.csv"\n'
_COUNTS = '[map]\nquantity="counts"\n'


@pytest.mark.parametrize(
    ("words", "kind", "where"),
    [
        (_COUNTS + _PLANE.format("Tj"), InputError, "plane[1].element"),
        (_COUNTS + _PLANE.format("Ti") + _PLANE.format("Ti"), ReadError, "maps.toml"),
        ("[map]\n" + _PLANE.format("Ti"), InputError, "map.quantity"),
        ('[map]\nquantity="wt %"\n' + _PLANE.format("Ti"), InputError, "map.quantity"),
        ('[map]\npixel_size="50"\nquantity="counts"\n' + _PLANE.format("Ti"), UnitError, "map.pixel_size"),
        ('[map]\npixel_size=50\nquantity="counts"\n' + _PLANE.format("Ti"), InputError, "map.pixel_size"),
        (
            '[map]\npixel_size="-5 nm"\nquantity="counts"\n' + _PLANE.format("Ti"),
            InputError,
            "map.pixel_size",
        ),
        ('[map]\ndetektor="eds"\nquantity="counts"\n' + _PLANE.format("Ti"), InputError, "map.detektor"),
        (_COUNTS + _PLANE.format("Ti").replace("ti.csv", "no.csv"), ReadError, "no.csv"),
        (_COUNTS + 'stack="maps.npy"\nplanes=["Ti"]\n', ReadError, "map.planes"),
        (_COUNTS + 'stack="si.npy"\nplanes=["Ti"]\n', ReadError, "si.npy"),
        (_COUNTS + '[[plane]]\nfile="ti.csv"\n', InputError, "plane[1]"),
        (_COUNTS + "plane=1\nfile='x'\n", InputError, "map.plane"),
        ('[map]\nfile="x.npy"\n', InputError, "plane"),
        ('[map]\nkind="voxel"\nfile="x.npy"\n', InputError, "map.kind"),
        ("[map]\nfile=\n", ReadError, "maps.toml"),
    ],
)
def test_wrong_manifests_name_the_key(words: str, kind: type[Exception], where: str, tmp_path: Path) -> None:
    """Each error names the TOML key, or the file, at which the manifest is wrong."""
    error = refused(tmp_path, words)
    assert isinstance(error, kind)
    assert where in error.where
    assert error.remedy or error.rule


def test_near_match_of_a_symbol(tmp_path: Path) -> None:
    """A symbol in the wrong case is named."""
    assert "Ti" in refused(tmp_path, _COUNTS + _PLANE.format("TI")).remedy


def test_colours_are_no_counts(tmp_path: Path) -> None:
    """A false-colour picture is refused as counts and accepted as a grey signal."""
    rgb = np.dstack([build.counts("O").astype(np.uint8)] * 3)
    rgb[0, 0] = (1, 2, 3)
    words = _COUNTS + '[[plane]]\nelement="O"\nfile="bse.tif"\n'
    assert "colour" in refused(tmp_path, words, bse_tif=build.tiff([rgb])).found
    found = in_folder(tmp_path, build.MANIFEST, bse_tif=build.tiff([rgb]))
    assert found.planes[-1].quantity == "grey"


def header(shape: str, descr: str) -> bytes:
    """A .npy header that declares a shape."""
    words = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(words).to_bytes(2, "little") + words


@pytest.mark.parametrize(
    "data",
    [header("(1000000, 1000000)", "'<f8'"), header("(-3, -3)", "'<f8'"), header("(2, 2)", "'|O'") + bytes(32),
     header("(2, 2)", "'<c16'") + bytes(64), header("(2, 2)", "'<f8'") + bytes(31), header("(2, 2", "'<f8'"),
     build.npy(np.array([{}, {}], dtype=object)), build.npy(np.zeros(2, [("a", "f4")])), b"\x93NUMPY"],
    ids=range(9),
)  # fmt: skip
def test_arrays_that_lie_are_refused(data: bytes) -> None:
    """Huge, negative or wrong shapes, objects, complex numbers and half headers: refused unallocated."""
    with pytest.raises(ReadError):
        npy_array(data, where="x.npy")


def test_too_many_values_are_refused(tmp_path: Path) -> None:
    """The limit on all values counts before anything is copied."""
    data = header("(200000000,)", "'|u1'")
    blob = Blob("x.npy", data + bytes(200_000_000))
    with pytest.raises(ReadError):
        map_manifest.plane_array(blob, counts=True)


def test_archive_comes_back() -> None:
    """Arrays by element with what the archive states; without a quantity whole numbers are counts."""
    found = read_blob(Blob("maps.npz", build.npz()))
    assert found.settings["pixel_size"].value == build.PIXEL_UM
    assert found.settings["detector"].value == "eds"
    for element in build.ELEMENTS:
        assert np.array_equal(planes(found)[element], build.counts(element))
    assert planes(found)["Ti:background"].dtype == np.float32
    odd = read_blob(Blob("maps.npz", build.npz(depth=np.arange(3), picture=build.counts("O"))))
    assert {u.where for u in odd.unread} == {"array 'depth'", "array 'picture'"}


@pytest.mark.parametrize(
    "extra",
    [{"Ti": np.zeros((2, 2))}, {"Ti": np.full((build.ROWS, build.COLUMNS), np.nan)},
     {"quantity": np.array("kg")}, {"pixel_size_um": np.array(-1.0)}, {"detector": np.array([1, 2])}],
    ids=range(5),
)  # fmt: skip
def test_wrong_archives_are_refused(extra: dict[str, np.ndarray]) -> None:
    """Unequal sizes, nan, and words and numbers that cannot be."""
    with pytest.raises(ReadError):
        read_blob(Blob("maps.npz", build.npz(**extra)))


@pytest.mark.parametrize("name", ["element-tiff-imagej", "element-tiff-ome", "element-tiff-names"])
def test_named_pages_come_back(name: str) -> None:
    """Pages named by ImageJ's labels, OME channels or tag PageName are planes of their elements."""
    found = read_blob(Blob(*build.BUILDERS[name]()))
    assert found.format == "element-tiff"
    for element in build.ELEMENTS:
        assert np.array_equal(planes(found)[element], build.counts(element))
    if name != "element-tiff-names":
        assert found.settings["pixel_size"].value == pytest.approx(build.PIXEL_UM)


def test_tifffile_writes_what_is_read() -> None:
    """ImageJ and OME files of tifffile, in both byte orders, give the same planes and names."""
    import tifffile

    for options in (
        {"imagej": True, "byteorder": ">", "metadata": {"axes": "CYX", "Labels": list(build.ELEMENTS)}},
        {"imagej": True, "byteorder": "<", "metadata": {"axes": "CYX", "Labels": list(build.ELEMENTS)}},
        {"ome": True, "metadata": {"axes": "CYX", "Channel": {"Name": list(build.ELEMENTS)}}},
    ):
        out = io.BytesIO()
        tifffile.imwrite(out, build.stack(), photometric="minisblack", **options)
        found = read_blob(Blob("maps.tif", out.getvalue()))
        assert list(planes(found)) == list(build.ELEMENTS)
        assert np.array_equal(np.stack([p.values for p in found.planes]), build.stack())


def test_pictures_scaled_for_display_are_no_counts() -> None:
    """8-bit pages that each reach 255 were scaled: refused with the way out."""
    scaled = np.stack([(255.0 * p / p.max()).astype(np.uint8) for p in build.stack()])
    with pytest.raises(ReadError) as error:
        read_blob(Blob("maps.tif", build.imagej_elements(scaled)))
    assert "manifest" in error.value.remedy


def test_other_pages_are_left_to_pictures() -> None:
    """A few pages without names, a single page named after an element, and channels are no volume."""
    one = build.tiff([build.counts("Ti")], [build.text(270, "Ti")])
    few = build.tiff(list(build.stack()))
    times = build.imagej_stack(build.labels(), kind="frames")
    channels = build.imagej_stack(build.labels(), kind="channels")
    for data in (one, few, times, channels):
        assert choose(Blob("x.tif", data)).NAME == picture.NAME


def test_stack_of_slices_is_a_volume() -> None:
    """An ImageJ stack: labels, and the side of a voxel only where voxels are cubes."""
    found = read_blob(Blob("v.tif", build.imagej_stack(build.labels())))
    assert (found.kind, found.planes[0].quantity) == ("voxels", "labels")
    assert np.array_equal(found.planes[0].values, build.labels())
    assert found.settings["pixel_size"].value == pytest.approx(0.05)
    flat = read_blob(Blob("v.tif", build.imagej_stack(build.labels(), spacing="spacing=0.2\n")))
    assert "pixel_size" not in flat.settings
    assert flat.unread[-1].where == "scale"
    assert read_blob(Blob("v.tif", build.tiff(list(build.grey_volume())))).planes[0].quantity == "grey"


def test_one_directory_for_all_slices() -> None:
    """ImageJ's layout for large stacks: one directory, slices one after the other; truncated is refused."""
    import tifffile

    out = io.BytesIO()
    tifffile.imwrite(out, build.labels(), imagej=True, metadata={"axes": "ZYX"})
    data = out.getvalue()
    head = tifffile.TiffFile(io.BytesIO(data)).pages[0]
    assert len(tifffile.TiffFile(io.BytesIO(data)).pages) in (1, build.SLICES)
    assert np.array_equal(read_blob(Blob("v.tif", data)).planes[0].values, build.labels())
    single = build.tiff(
        [build.labels().reshape(-1, build.COLUMNS)],
        [build.text(270, f"ImageJ=1.54\nimages={build.SLICES}\n")],
    )
    assert head.imagewidth == build.COLUMNS
    with pytest.raises(ReadError):
        voxel_tiff.read(Blob("v.tif", single))  # ten slices of such a page are not in the file


def test_pages_of_other_size_are_no_volume() -> None:
    """Pages of two sizes stay a picture with other pages in its file."""
    odd = build.tiff([*build.labels(), build.labels()[0][:-1]])
    assert choose(Blob("v.tif", odd)).NAME == picture.NAME
    assert element_tiff.sniff(Blob("v.tif", odd)) == 0


def test_volume_of_256_cubed_is_read_whole() -> None:
    """16.8 million voxels from an ImageJ stack (``make bench`` times such a volume)."""
    values = build.labels((256, 256, 256))
    found = read_blob(Blob("v.tif", build.imagej_stack(values)))
    assert np.array_equal(found.planes[0].values, values)


@pytest.mark.parametrize("lib", ["earliest", "latest"])
def test_h5oina_comes_back(lib: str) -> None:
    """Counts per second times live time are the counts; images, spectra, header; EBSD is unread."""
    found = read_blob(Blob("map.h5oina", build.h5oina(lib=lib)))
    assert found.format == "h5oina"
    for element in build.ELEMENTS:
        assert np.array_equal(planes(found)[element], build.counts(element))
    assert {p.line for p in found.planes if p.is_element} == {"Ka"}
    assert np.array_equal(planes(found)["BSE"], build.counts("Si") % 256)
    assert found.spectra is not None
    assert found.spectra.counts.dtype == np.uint8
    assert np.array_equal(found.spectra.counts.reshape(-1, build.CHANNELS), build.spectrum_cube())
    assert (found.spectra.offset, found.spectra.width) == (-0.2, 0.01)
    assert found.settings["pixel_size"].value == build.PIXEL_UM
    assert found.settings["beam_energy"].value == 15.0
    assert found.settings["live_time"].value == pytest.approx(build.LIVE_TIME * build.ROWS * build.COLUMNS)
    assert [u.where for u in found.unread] == ["1/EBSD"]
    assert found.metadata["Specimen Label"] == "powder 7"


def changed(change: Any) -> Recording:
    """Read a .h5oina after a change to its content."""
    return h5oina.read(Blob("map.h5oina", build.h5oina(change=change, spectra=False)))


def test_h5oina_two_lines_of_an_element() -> None:
    """Of two lines the one with more counts is taken, the other is listed."""

    def change(file: Any) -> None:
        weak = np.full(build.ROWS * build.COLUMNS, 250.0, np.float32)
        file["1/EDS/Data/Window Integral/Ti Lα1"] = weak

    found = changed(change)
    assert next(p.line for p in found.planes if p.name == "Ti") == "Ka"
    assert any("line La of Ti" in u.what for u in found.unread)


def test_h5oina_contents_only() -> None:
    """Without X-ray maps the contents in wt% are the planes."""

    def change(file: Any) -> None:
        del file["1/EDS/Data/Window Integral"]
        file["1/EDS/Data/Composition/Ti"] = np.full(build.ROWS * build.COLUMNS, 55.0, np.float32)

    plane = changed(change).planes[0]
    assert (plane.name, plane.quantity, float(plane.values[0, 0])) == ("Ti", "wt%", 55.0)


def test_h5oina_image_of_twice_the_size() -> None:
    """An image of the same frame in finer pixels is averaged; of an unknown frame it is unread."""
    fine = np.repeat(np.repeat(build.counts("Si") % 256, 2, 0), 2, 1).astype(np.uint8)

    def change(file: Any, known: bool = True) -> None:
        del file["1/Electron Image/Data/BSE"]
        file["1/Electron Image/Data/BSE/Image"] = fine.reshape(-1)
        for name, cells in (("X Cells", 2 * build.COLUMNS), ("Y Cells", 2 * build.ROWS)):
            file[f"1/Electron Image/Header/{name}"][0] = cells
        if known:
            file["1/EDS/Header/Relative Offset"] = np.zeros((1, 2), np.float32)
            file["1/EDS/Header/Relative Size"] = np.ones((1, 2), np.float32)

    assert np.array_equal(planes(changed(change))["BSE"], build.counts("Si") % 256)
    unknown = changed(lambda f: change(f, known=False))
    assert "BSE" not in planes(unknown)
    assert any("grid" in u.what for u in unknown.unread)


def _no_live_time(file: Any) -> None:
    del file["1/EDS/Data/Live Time"]


def _holes(file: Any) -> None:
    file["1/EDS/Data/Window Integral/Ti Kα1"][3] = np.nan


def _line_scan(file: Any) -> None:
    file["1/EDS/Header/Y Cells"][0] = 1
    file["1/EDS/Header/X Cells"][0] = build.ROWS * build.COLUMNS


def _other_size(file: Any) -> None:
    file["1/EDS/Header/X Cells"][0] = 13


def _wrong_number(file: Any) -> None:
    file["1/EDS/Data/Window Integral/Ti Kα1"].attrs["Atomic Number"] = np.array([23], np.int32)


def _no_map(file: Any) -> None:
    del file["1/EDS"], file["1/Electron Image"]


@pytest.mark.parametrize(
    "change",
    [_no_live_time, _holes, _line_scan, _other_size, _wrong_number, _no_map],
    ids=lambda f: f.__name__,
)
def test_h5oina_that_is_no_map_is_refused(change: Any) -> None:
    """What cannot be counts on a rectangle is refused with its place or the way out."""
    with pytest.raises(ReadError) as error:
        changed(change)
    assert error.value.where or error.value.remedy


def test_truncated_h5oina_is_refused_before_it_is_opened() -> None:
    """The superblock states the end of the file."""
    with pytest.raises(ReadError) as error:
        read_hdf5(build.h5oina()[:-1])
    assert error.value.where == "superblock"


def test_h5oina_that_runs_on_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A child that never ends, or dies, becomes a typed error."""
    from negatrode.files import hdf5_process

    child = tmp_path / "child.py"
    monkeypatch.setattr(hdf5_process, "CHILD", child)
    monkeypatch.setattr(hdf5_process, "_WALL", 0.1)
    for body in ("import time; time.sleep(60)", "import os; os.abort()", "raise SystemExit(0)"):
        child.write_text(body)
        with pytest.raises(ReadError):
            read_hdf5(build.h5oina())


def test_damaged_parts_of_a_manifest(tmp_path: Path) -> None:
    """300 damaged copies of the files that a manifest names: a Recording or a typed error, never another."""
    rng = random.Random(4)
    parts = build.part_files()
    build.write_parts(tmp_path)
    manifests = dict.fromkeys(("ti.csv", "ti-under.txt", "si.npy", "maps/o.tif"), build.MANIFEST)
    manifests |= {"maps.npy": build.STACKED, "volume.npy": build.VOXELS}
    errors = []
    for i in range(300):
        name = rng.choice(sorted(manifests))
        (tmp_path / name).write_bytes(TEXT_AND_BYTES[i % len(TEXT_AND_BYTES)](parts[name], rng))
        (tmp_path / "maps.toml").write_text(manifests[name])
        try:
            read(tmp_path / "maps.toml")
        except NegatrodeError as error:
            errors.append(error)
        (tmp_path / name).write_bytes(parts[name])
    assert len(errors) > 100
    assert all(e.where and (e.rule or e.remedy) for e in errors)


def test_symbols_are_the_118_elements() -> None:
    """All named elements, each once, by atomic number."""
    assert len(set(SYMBOLS)) == 118
    assert [SYMBOLS.index(s) + 1 for s in ("N", "O", "Si", "Ti", "Zr", "Sn", "Og")] == [
        7,
        8,
        14,
        22,
        40,
        50,
        118,
    ]


def test_damaged_manifest_is_no_table(tmp_path: Path) -> None:
    """A .toml without its [map] is refused as a manifest, not read as a table of words."""
    error = refused(tmp_path, build.MANIFEST.replace("[map]", "[mpa]"))
    assert error.where.endswith("map")


def test_bytes_of_other_files_are_never_read() -> None:
    """A dataset whose bytes lie in another file is listed as unread."""

    def change(file: Any) -> None:
        del file["1/EDS/Data/Window Integral/Ti Kα1"]
        file["1/EDS/Data/Window Integral"].create_dataset(
            "Ti Kα1", (build.ROWS * build.COLUMNS,), np.float32, external=[("/etc/passwd", 0, 432)]
        )

    found = changed(change)
    assert "Ti" not in planes(found)
    assert any("Ti" in u.where for u in found.unread)

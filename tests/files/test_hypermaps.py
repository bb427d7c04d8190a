"""Vendor hypermaps: read in another process, checked before and after; the GPL library stays outside."""

from __future__ import annotations

import ast
import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from negatrode.core.errors import NegatrodeError, ReadError
from negatrode.core.recording import Recording
from negatrode.files import hypermap_process
from negatrode.files.blob import Blob, load
from negatrode.files.hypermap_process import CHILD, Signal, read_outside, received
from negatrode.files.readers import vendor_hypermap
from negatrode.files.registry import choose, read, read_blob
from tests.files import build_hypermaps as build
from tests.files.mutations import damaged

PACKAGE = Path(vendor_hypermap.__file__).parents[2]


def signals_of(data: bytes) -> list[Signal]:
    """What the other process finds in a .bcf."""
    return read_outside("bruker", {"map.bcf": data}, "map.bcf", {"cutoff_at_kV": "zealous"})


def refused(blob: Blob) -> ReadError:
    """The refusal of a file."""
    with pytest.raises(ReadError) as caught:
        read_blob(blob)
    return caught.value


def outcome(blob: Blob) -> Recording | NegatrodeError:
    """A file read, or its refusal."""
    try:
        return read_blob(blob)
    except NegatrodeError as error:
        return error


def handed(folder: Path) -> list[Signal] | ReadError:
    """What stands in a folder, or why it is refused."""
    try:
        return received(folder)
    except ReadError as error:
        return error


# --- what is read ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("compressed", [True, False])
def test_bcf_gives_back_its_counts(compressed: bool) -> None:
    """Every count at its pixel and energy, the image, pixel size, voltage and elements with their lines."""
    truth = build.example_counts()
    found = read_blob(Blob("map.bcf", build.bcf(truth, compressed=compressed)))
    assert (found.kind, found.format) == ("map", "vendor-hypermap")
    spectra = found.spectra
    assert spectra is not None
    first = round((spectra.offset - build.OFFSET) / build.WIDTH)
    assert truth[:, :, :first].sum() == 0
    np.testing.assert_array_equal(spectra.counts, truth[:, :, first : first + spectra.counts.shape[2]])
    assert spectra.counts.sum() == truth.sum()
    assert spectra.counts.dtype == np.uint8
    assert spectra.width == pytest.approx(build.WIDTH)
    assert spectra.elements == ("Al Ka", "O Ka")
    assert [(p.name, p.quantity, p.values.shape) for p in found.planes] == [("BSE", "grey", (3, 4))]
    assert found.settings["pixel_size"].value == pytest.approx(0.05)
    assert found.settings["beam_energy"].value == 15.0
    assert found.settings["detector"].value == "eds"
    assert found.unread == ()


def test_counts_of_one_pixel_above_a_byte() -> None:
    """Channels that hold more than 255 counts are not cut to a byte."""
    truth = build.example_counts()
    truth[0, 0, 100] = 700
    spectra = read_blob(Blob("map.bcf", build.bcf(truth))).spectra
    assert spectra is not None
    assert spectra.counts.dtype == np.uint16
    assert spectra.counts[0, 0].max() == 700
    assert spectra.counts.sum() == truth.sum()


def test_counts_that_differ_from_the_sum_spectrum_are_told() -> None:
    """A header whose sum spectrum holds more counts than the map is reported, with both numbers."""
    truth = build.example_counts()
    declared = truth.sum(axis=(0, 1))
    declared[100] += 5
    found = read_blob(Blob("map.bcf", build.bcf(truth, declared=declared)))
    assert [u.where for u in found.unread] == ["counts"]


def test_counts_far_from_the_sum_spectrum_are_refused() -> None:
    """Half of the declared counts: the spectra were not unpacked rightly."""
    truth = build.example_counts()
    error = refused(Blob("map.bcf", build.bcf(truth, declared=2 * truth.sum(axis=(0, 1)))))
    assert str(truth.sum()) in error.found


def test_pixels_without_a_length_state_no_size() -> None:
    """Where the header has no DX there is no pixel size, and that is said."""
    found = read_blob(Blob("map.bcf", build.bcf(pixel=None)))
    assert "pixel_size" not in found.settings
    assert any(u.where == "pixel size" for u in found.unread)


def test_further_maps_are_reported() -> None:
    """Of two hypermaps in one file the first is read, the second named."""
    found = read_blob(Blob("map.bcf", build.bcf(maps=2)))
    assert any("SpectrumData1" in u.where for u in found.unread)


def test_edax_map_with_its_calibration(tmp_path: Path) -> None:
    """An .spd reads with the energy axis of its .spc and the pixel size of its .ipr; both are named."""
    truth = build.example_counts()
    (tmp_path / "map.spd").write_bytes(build.spd(truth))
    (tmp_path / "MAP.SPC").write_bytes(build.spc())
    (tmp_path / "map_Img.ipr").write_bytes(build.ipr())
    found = read(tmp_path / "map.spd")
    spectra = found.spectra
    assert spectra is not None
    first = round(spectra.offset / 0.01)
    np.testing.assert_array_equal(spectra.counts, truth[:, :, first : first + spectra.counts.shape[2]])
    assert spectra.elements == ("Al", "O")
    assert found.settings["pixel_size"].value == pytest.approx(0.25)
    assert found.settings["beam_energy"].value == pytest.approx(20.0)
    assert found.settings["live_time"].value == pytest.approx(12.0)
    assert len(found.parts) == 2


def test_edax_map_without_its_energy_axis_is_refused(tmp_path: Path) -> None:
    """Without the .spc the energies are unknown."""
    (tmp_path / "map.spd").write_bytes(build.spd(build.example_counts()))
    assert ".spc" in refused(load(tmp_path / "map.spd")).rule


def test_edax_map_cut_off_is_refused(tmp_path: Path) -> None:
    """Fewer counts than the header declares."""
    (tmp_path / "map.spc").write_bytes(build.spc())
    (tmp_path / "map.spd").write_bytes(build.spd(build.example_counts())[:-10])
    assert refused(load(tmp_path / "map.spd")).where


@pytest.mark.parametrize(("name", "data"), [("map.pts", build.pts()), ("map.asw", build.asw())])
def test_jeol_is_recognised(name: str, data: bytes) -> None:
    """A .pts goes to the library; an .asw holds no map and asks for its .pts."""
    assert choose(Blob(name, data)).NAME == "vendor-hypermap"
    assert refused(Blob(name, data)).remedy


def test_jeol_map_cut_off_is_refused() -> None:
    """Data beyond the end of the file."""
    assert refused(Blob("map.pts", build.pts(data_length=4096))).where.endswith("byte 20")


def test_velox_is_recognised_and_its_end_checked() -> None:
    """An HDF5 file with a spectrum stream; cut off, its superblock gives it away."""
    data = build.emd()
    assert choose(Blob("map.emd", data)).NAME == "vendor-hypermap"
    assert "declares" in refused(Blob("map.emd", data[:-8])).rule
    assert refused(Blob("map.emd", data)).remedy


@pytest.mark.shared
def test_real_two_phase_hypermap(shared_data: Path) -> None:
    """Al-Ag on a copper grid: 50 x 50 pixels of 11.8 nm, every count of the header's sum spectrum."""
    found = read(shared_data / "maps/bcf_v2_50x50px.bcf")
    assert found.spectra is not None
    assert found.spectra.counts.shape[:2] == (50, 50)
    assert found.spectra.elements == ("Ag La", "Al Ka", "C Ka", "Cu Ka", "O Ka")
    assert found.settings["pixel_size"].value == pytest.approx(0.0118, abs=5e-5)
    assert found.settings["beam_energy"].value == 20.0
    assert not any(u.where == "counts" for u in found.unread)
    energy = found.spectra.offset + found.spectra.width * np.arange(found.spectra.counts.shape[2])
    total = found.spectra.counts.sum(axis=(0, 1))
    near = (energy > 1.2) & (energy < 1.8)
    assert energy[near][np.argmax(total[near])] == pytest.approx(1.487, abs=0.02)
    assert [p.name for p in found.planes] == ["Ch 1"]


@pytest.mark.shared
def test_real_rock(shared_data: Path) -> None:
    """An uncompressed file of 75 x 100 pixels with BSE and SE images."""
    found = read(shared_data / "maps/P45_the_default_job.bcf")
    assert found.spectra is not None
    assert found.spectra.counts.shape[:2] == (75, 100)
    assert [p.name for p in found.planes] == ["BSE", "SE"]
    assert found.unread == ()


@pytest.mark.shared
@pytest.mark.parametrize("kind", ["truncate", "chunk", "block"])
def test_real_file_damaged_is_refused(shared_data: Path, kind: str) -> None:
    """Cut off, a wild chunk address, a flipped bit within compressed counts: refused without a process."""
    data = bytearray((shared_data / "maps/bcf_v2_50x50px.bcf").read_bytes())
    if kind == "truncate":
        data = data[:-1000]
    elif kind == "chunk":
        data[0x118 + 25 * 65536 + 32 : 0x118 + 25 * 65536 + 36] = b"\xff\xff\xff\x7f"
    else:
        data[0x118 + 28 * 65536 + 5000] ^= 16
    assert refused(Blob("map.bcf", bytes(data))).remedy


# --- the other process ----------------------------------------------------------------------------------


def test_damaged_counts_in_the_real_process() -> None:
    """Packed pixels of an uncompressed file overwritten: read or refused, never another end."""
    whole = build.bcf(compressed=False)
    rng = random.Random(7)
    start = whole.index(bytes(0x1A0 - 8), 0x118 + build.CHUNK * 3)
    for _ in range(6):
        place = rng.randrange(start + 0x1A0, start + 0x1A0 + 600)
        data = whole[:place] + rng.randbytes(12) + whole[place + 12 :]
        found = outcome(Blob("map.bcf", data))
        assert isinstance(found, Recording) or found.remedy or found.rule


def test_a_process_that_runs_on_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A child that does not end is killed at the time limit."""
    child = tmp_path / "child.py"
    child.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(hypermap_process, "CHILD", child)
    monkeypatch.setattr(hypermap_process, "TIME_LIMIT", 0.5)
    with pytest.raises(ReadError) as caught:
        signals_of(b"")
    assert "0.5 s" in caught.value.found


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_process_that_crashes_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A child killed by a signal gives a typed error that names it."""
    child = tmp_path / "child.py"
    child.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr(hypermap_process, "CHILD", child)
    with pytest.raises(ReadError) as caught:
        signals_of(b"")
    assert "signal 11" in caught.value.found


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux")
def test_a_process_without_memory_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of memory too small for the map ends in a typed error."""
    monkeypatch.setattr(hypermap_process, "MEMORY_LIMIT", 60 * 1024**2)
    with pytest.raises(ReadError):
        signals_of(build.bcf())


def test_a_map_beyond_the_size_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """More bytes of counts than are handed over are refused by their number."""
    monkeypatch.setattr(hypermap_process, "MAX_HANDED_OVER", 100)
    with pytest.raises(ReadError) as caught:
        signals_of(build.bcf())
    assert "too large" in caught.value.found


def test_without_the_library_the_remedy_says_how(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A missing RosettaSciIO is named with the extra that installs it."""
    child = tmp_path / "child.py"
    source = CHILD.read_text(encoding="utf-8").replace('"rsciio.', '"rsciio_that_is_absent.')
    child.write_text(source, encoding="utf-8")
    monkeypatch.setattr(hypermap_process, "CHILD", child)
    with pytest.raises(ReadError) as caught:
        signals_of(build.bcf())
    assert "negatrode[hypermap]" in caught.value.remedy
    assert "rsciio_that_is_absent" in caught.value.found


@pytest.fixture(scope="module")
def handed_over(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files that the process leaves for a small map."""
    folder = tmp_path_factory.mktemp("handed-over")
    (folder / "map.bcf").write_bytes(build.bcf())
    request = {
        "plugin": "bruker",
        "file": str(folder / "map.bcf"),
        "options": {},
        "memory": 1 << 33,
        "seconds": 60,
        "largest": 1 << 28,
    }
    (folder / "request.json").write_text(json.dumps(request))
    subprocess.run([sys.executable, "-I", str(CHILD), str(folder / "request.json")], check=True)
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.name not in ("map.bcf", "request.json")}


def test_damaged_hand_overs(handed_over: dict[str, bytes], tmp_path: Path) -> None:
    """300 damaged descriptions: each is refused, or gives arrays that are what they say."""
    for name, data in handed_over.items():
        (tmp_path / name).write_bytes(data)
    assert {s.kind for s in received(tmp_path)} == {"image", "spectra"}
    for _, copy in damaged(handed_over["answer.json"], seed=11, count=300):
        (tmp_path / "answer.json").write_bytes(copy)
        found = handed(tmp_path)
        if isinstance(found, ReadError):
            assert found.remedy
            continue
        for s in found:
            assert s.kind == "other" or s.values.shape == s.shape
            assert s.values.dtype.kind in "uf"
            assert all(np.isfinite([a.offset, a.scale]).all() for a in s.axes)


@pytest.mark.parametrize("length", [0, 10, -1])
def test_arrays_of_another_size_are_refused(
    handed_over: dict[str, bytes], tmp_path: Path, length: int
) -> None:
    """An array shorter or longer than its shape says is not used."""
    for name, data in handed_over.items():
        is_array = name.endswith(".raw")
        (tmp_path / name).write_bytes((data[:length] if length >= 0 else data + b"x") if is_array else data)
    with pytest.raises(ReadError):
        received(tmp_path)


def test_an_image_with_infinities_is_refused(handed_over: dict[str, bytes], tmp_path: Path) -> None:
    """Values handed over are finite."""
    answer = json.loads(handed_over["answer.json"])
    for name, data in handed_over.items():
        (tmp_path / name).write_bytes(data)
    image = next(s for s in answer["signals"] if s["kind"] == "image")
    size = len(handed_over[image["file"]]) // 4
    (tmp_path / image["file"]).write_bytes(np.full(size, np.inf, "<f4").tobytes())
    with pytest.raises(ReadError):
        received(tmp_path)


def test_files_outside_the_folder_are_not_taken(handed_over: dict[str, bytes], tmp_path: Path) -> None:
    """A description that names a file elsewhere gets none."""
    for name, data in handed_over.items():
        (tmp_path / name).write_bytes(data)
    answer = json.loads(handed_over["answer.json"])
    answer["signals"][0]["file"] = "../../../../etc/hostname"
    (tmp_path / "answer.json").write_text(json.dumps(answer))
    with pytest.raises(ReadError):
        received(tmp_path)


# --- the library stays outside --------------------------------------------------------------------------


def imported_names(source: Path) -> set[str]:
    """Top-level names of every import statement of a file, and the words of every string in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(alias.name for alias in node.names)}
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name.endswith(("import_module", "__import__")):
                found.add(ast.unparse(node))
    return found


def test_no_module_imports_the_library_or_the_child() -> None:
    """In the sources nothing but the child names rsciio in an import, and nothing imports the child."""
    for source in PACKAGE.rglob("*.py"):
        words = " ".join(imported_names(source))
        if source != CHILD:
            assert "rsciio" not in words, source
        assert "hypermap_child" not in words, source
    assert "negatrode" not in " ".join(imported_names(CHILD))


def test_importing_every_module_loads_no_part_of_the_library(tmp_path: Path) -> None:
    """A fresh interpreter that imports all of the package, and reads a map, has no rsciio loaded."""
    script = (
        "import importlib, pkgutil, sys, negatrode\n"
        "for m in pkgutil.walk_packages(negatrode.__path__, 'negatrode.'):\n"
        "    if not m.name.endswith('__main__'):\n"
        "        importlib.import_module(m.name)\n"
        "negatrode.read(sys.argv[1])\n"
        "print([n for n in sys.modules if n.split('.')[0] == 'rsciio' or 'hypermap_child' in n])\n"
    )
    (tmp_path / "map.bcf").write_bytes(build.bcf())
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "map.bcf")], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr

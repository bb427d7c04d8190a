"""Diffraction files and tables that are cut off, impossible or none at all."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from negatrode.core.errors import ReadError
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob, load
from negatrode.files.registry import choose, read_blob
from tests.files import build_xrd as build

RAW: dict[str, Callable[[], bytes]] = {
    "1": build.raw1,
    "2": build.raw2,
    "1.01": build.raw3,
    "4.00": build.raw4,
}


def opened(data: bytes, name: str = "scan.dat") -> Recording:
    """The recording of some bytes, by the reader that their content chooses."""
    return read_blob(Blob(name, data))


def refused(data: bytes, name: str = "scan.dat") -> ReadError:
    """The refusal of some bytes."""
    with pytest.raises(ReadError) as caught:
        opened(data, name)
    return caught.value


@pytest.mark.parametrize("version", sorted(RAW))
def test_a_binary_cut_anywhere_is_refused(version: str) -> None:
    """Every header declares what follows, so no beginning of a file is a whole file."""
    data = RAW[version]()
    for size in range(8, len(data), 11):
        error = refused(data[:size])
        assert error.where
        assert error.rule


@pytest.mark.parametrize("version", sorted(RAW))
@pytest.mark.parametrize("count", [1e29, float("nan"), float("inf"), -5.0])
def test_impossible_counts_in_a_binary_are_refused(version: str, count: float) -> None:
    """1e29 counts are a header read as data; counts are neither negative nor no number."""
    error = refused(RAW[version]()[:-4] + struct.pack("<f", count))
    assert error.where
    assert error.rule


def test_impossible_counts_in_text_formats_are_refused() -> None:
    """1e29 in XRDML and in two columns, with the number."""
    values = build.counts()
    values[3] = 1e29
    for data in (
        build.xrdml(build.xrdml_scan(values=values)),
        build.text_scan().replace(f";{build.counts()[3]:.1f}", ";1e29", 1).encode(),
    ):
        error = refused(data)
        assert "1e+29" in error.found
        assert error.rule


def test_another_number_of_counts_than_angles_is_refused() -> None:
    """41 listed angles, 40 counts."""
    error = refused(build.xrdml(build.xrdml_scan(values=build.counts()[:-1], listed=build.angles())))
    assert "41" in error.found
    assert "40" in error.found


def test_falling_angles_are_turned_round_with_their_counts() -> None:
    """A scan downwards is the scan upwards, read from its end."""
    block = opened(build.xrdml(build.xrdml_scan(listed=build.angles()[::-1]))).blocks[0]
    np.testing.assert_allclose(block.column("two_theta").values, build.angles())
    np.testing.assert_array_equal(block.column("intensity").values, build.counts()[::-1])


@pytest.mark.parametrize(
    "rows",
    [
        "10.0 5\n10.2 6\n10.1 7\n10.3 8\n",
        "10.0 5\n10.1 6\n10.1 7\n10.2 8\n",
        "10 5\n20 6\n170 7\n200 8\n",
    ],
    ids=["back and forth", "a point twice", "beyond the circle"],
)
def test_impossible_angles_are_refused(rows: str) -> None:
    """Angles rise from point to point and stay within 180 deg."""
    error = refused(f"# 2theta counts\n{rows}".encode(), "scan.xy")
    assert error.rule


@pytest.mark.parametrize("doctype", ['<!ENTITY x SYSTEM "file:///etc/hostname">', '<!ENTITY x "aaaa">'])
@pytest.mark.parametrize("container", ["xrdml", "brml", "rasx"])
def test_entities_are_not_expanded(doctype: str, container: str) -> None:
    """Neither outside files nor bombs, in plain XML and inside containers."""
    prolog = f"?>\n<!DOCTYPE a [{doctype}]>".encode()
    data = {
        "xrdml": lambda: build.xrdml().replace(b"?>", prolog, 1),
        "brml": lambda: build.brml(build.brml_raw().replace(b"?>", prolog, 1)),
        "rasx": lambda: build.rasx(
            [(build.three_columns(), build.rasx_conditions().replace(b"?>", prolog, 1))]
        ),
    }[container]()
    assert "entities" in refused(data).rule


def test_a_nan_among_the_counts_of_an_xrdml_is_refused_with_its_place() -> None:
    """The ordinal of the value stands in the place."""
    first = build.words(build.counts()).split(" ", 1)[0].encode()
    error = refused(build.xrdml().replace(b'unit="counts">' + first, b'unit="counts">nan'))
    assert "value 1" in error.where
    assert "nan" in error.found


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_table_in_any_encoding_is_the_same_table(encoding: str) -> None:
    """With and without byte-order mark, accents included."""
    text = "Probe;Gehalt;Größe\nA;1,25;x\nB;2,5;y\n"
    rows = opened(text.encode(encoding), "table.csv").sheets[0].rows
    assert rows == (("Probe", "Gehalt", "Größe"), ("A", 1.25, "x"), ("B", 2.5, "y"))


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<2000I", *range(2000)),
        b"NEWARE" + struct.pack("<4000H", *([40, 0, 0, 0] * 1000)),
        bytes(range(32, 127)) * 40 + np.random.default_rng(1).bytes(20_000),
    ],
    ids=["integers", "records", "text-then-noise"],
)
def test_a_binary_is_no_table(data: bytes) -> None:
    """Zeros in both halves of the words, control characters further on: no reader claims it."""
    with pytest.raises(ReadError) as caught:
        choose(Blob("a.bin", data))
    assert caught.value.remedy


def test_binaries_of_other_instruments_are_not_taken_for_scans_or_tables(shared_data: Path) -> None:
    """Files of a cycler and of a map go to readers of their kind; without their first bytes, to nobody."""
    kinds = {".nda": "cycling", ".bcf": "map"}
    places = [*(shared_data / "cycling").glob("*.nda"), *(shared_data / "maps").glob("*.bcf")]
    assert len(places) >= 3
    for place in places:
        blob = load(place)
        found = choose(blob).KIND
        assert found == kinds[place.suffix]
        with pytest.raises(ReadError) as caught:
            choose(Blob(blob.path, bytes(16) + blob.data[16:]))
        assert "no reader recognises" in caught.value.found

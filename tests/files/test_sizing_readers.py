"""Sizing readers: what is built is read back; the real export gives the means that it prints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from negatrode.core.errors import NegatrodeError, ReadError
from negatrode.core.recording import Block
from negatrode.files.blob import Blob, load
from negatrode.files.readers import camsizer_xle, histogram_text, mastersizer_csv, mastersizer_xlsx
from negatrode.files.registry import read_blob
from tests.files import build_sizing as build

READERS = (mastersizer_csv, mastersizer_xlsx, camsizer_xle, histogram_text)


def assert_is_built(block: Block) -> None:
    """The classes that hold something are the ones that were built."""
    share = block.column("fraction").values
    held = share > 0.0
    np.testing.assert_allclose(block.column("size_low").values[held], build.BOUNDS[:-1], rtol=1e-6)
    np.testing.assert_allclose(block.column("size_high").values[held], build.BOUNDS[1:], rtol=1e-6)
    np.testing.assert_allclose(share[held], build.SHARES, atol=1e-4)
    assert block.column("size_low").unit == "um"
    assert block.column("fraction").unit == "%"


@pytest.mark.parametrize("name", sorted(build.BUILDERS))
def test_histogram_is_read_back(name: str) -> None:
    """Every format gives back bounds, shares and weighting."""
    recording = read_blob(Blob(*build.BUILDERS[name]()))
    assert recording.kind == "size-distribution"
    for block in recording.blocks:
        assert_is_built(block)
        assert block.facts["weighting"].value == ("number" if name == "histogram-sums" else "volume")


@pytest.mark.parametrize(
    "name", ["mastersizer-2000", "mastersizer-3000", "mastersizer-xlsx", "mastersizer-xlsx-classes"]
)
def test_printed_results_are_facts_of_the_run(name: str) -> None:
    """Means and percentiles that the instrument prints are kept in micrometres."""
    facts = read_blob(Blob(*build.BUILDERS[name]())).blocks[0].facts
    assert facts["printed_d43"].value == pytest.approx(build.mean(4), abs=1e-3)
    assert facts["printed_d32"].value == pytest.approx(build.mean(3), abs=1e-3)
    for key, p in (("printed_d10", 0.1), ("printed_d50", 0.5), ("printed_d90", 0.9)):
        assert facts[key].value == pytest.approx(build.percentile(p), abs=1e-3)
        assert facts[key].unit == "um"


@pytest.mark.parametrize("name", ["mastersizer-2000", "mastersizer-xlsx"])
def test_headings_repeated_between_runs(name: str) -> None:
    """Headings that stand again between runs are no run, and no run is lost."""
    blocks = read_blob(Blob(*build.BUILDERS[name]())).blocks
    assert [b.name for b in blocks] == ["HC-1 Average 1", "HC-1 Average 2"]


@pytest.mark.parametrize(("separator", "comma"), [("\t", True), (";", True), ("\t", False), (",", False)])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_mastersizer_separators_and_encodings(separator: str, comma: bool, encoding: str) -> None:
    """Separator, decimal comma and encoding make no difference."""
    data = build.mastersizer_2000(separator=separator, comma=comma, encoding=encoding)
    blob = Blob("a.txt", data)
    assert mastersizer_csv.sniff(blob) == 95
    for block in mastersizer_csv.read(blob).blocks:
        assert_is_built(block)


@pytest.mark.parametrize("empty_first", [True, False])
def test_the_empty_cell_says_which_bound_the_sizes_are(empty_first: bool) -> None:
    """n sizes and n - 1 shares: the classes lie between the sizes, whichever end is empty."""
    rows = build.run_rows(runs=1, empty_first=empty_first)
    text = "\n".join("\t".join(r) for r in rows)
    assert_is_built(mastersizer_csv.read(Blob("a.txt", text.encode())).blocks[0])


@pytest.mark.parametrize("position", ["lower", "upper"])
def test_printed_percentiles_tell_lower_from_upper_bounds(position: str) -> None:
    """n sizes and n shares: the printed percentiles decide which bound of its class a size is."""
    block = mastersizer_csv.read(Blob("a.csv", build.mastersizer_3000(position=position))).blocks[0]
    assert block.facts["size_position"].value == f"{position} bound"
    assert_is_built(block)


def test_without_percentiles_the_position_is_said_to_be_assumed() -> None:
    """Nothing decides between bounds and middles: the block says that middles are assumed."""
    block = mastersizer_csv.read(Blob("a.csv", build.mastersizer_3000(printed=False))).blocks[0]
    assert block.facts["size_position"].value == "assumed middle"


@pytest.mark.parametrize("unit", ["mm", "µm"])
@pytest.mark.parametrize("comma", [True, False])
def test_camsizer_units_and_commas(unit: str, comma: bool) -> None:
    """Classes in mm or µm, with decimal point or comma, and the size definition as name."""
    recording = camsizer_xle.read(Blob("a.xle", build.camsizer(comma=comma, unit=unit)))
    block = recording.blocks[0]
    assert_is_built(block)
    assert block.name == "xc_min"
    assert block.facts["printed_d50"].value == pytest.approx(build.percentile(0.5), rel=1e-3)
    assert block.column("fraction_number").values.sum() == pytest.approx(100.0)


def test_camsizer_sums_must_agree() -> None:
    """A cumulative column that is not the sum of the shares shows a damaged file."""
    with pytest.raises(ReadError) as caught:
        camsizer_xle.read(Blob("a.xle", build.camsizer(sums_wrong=True)))
    assert caught.value.where.startswith("line ")


@pytest.mark.parametrize("unit", ["um", "nm", "mm"])
@pytest.mark.parametrize("over", [True, False])
def test_sums_are_differentiated(unit: str, over: bool) -> None:
    """Undersize and oversize give the same shares, in whatever unit of length."""
    block = histogram_text.read(Blob("a.txt", build.sums(unit=unit, over=over))).blocks[0]
    assert_is_built(block)
    assert block.facts["weighting"].value == "number"


def test_sums_beside_shares_tell_the_bound() -> None:
    """Undersize beside shares decides that the sizes are upper bounds."""
    under = np.cumsum(build.SHARES)
    lines = ["Diameter (um),q (%),Undersize (%)"]
    lines += [f"{b},{s},{u:.3f}" for b, s, u in zip(build.BOUNDS[1:], build.SHARES, under, strict=True)]
    block = histogram_text.read(Blob("a.csv", "\n".join(lines).encode())).blocks[0]
    assert block.facts["size_position"].value == "upper bound"
    np.testing.assert_allclose(block.column("size_high").values, build.BOUNDS[1:])
    assert "weighting" not in block.facts


def test_counts_are_a_number_weighting() -> None:
    """Counts become per cent by number; the counts themselves are kept."""
    block = histogram_text.read(
        Blob("a.csv", b"size_low [um],size_high [um],count\n1,2,3\n2,4,10\n4,8,7\n")
    ).blocks[0]
    assert block.facts["weighting"].value == "number"
    assert block.column("count").values.tolist() == [3.0, 10.0, 7.0]
    assert block.column("fraction").values.tolist() == [15.0, 50.0, 35.0]


def test_a_weighting_that_is_not_stated_is_left_out() -> None:
    """Per cent of what, the headings do not say: the technique must ask."""
    block = histogram_text.read(
        Blob("a.csv", b"size_low [um],size_high [um],%\n1,2,15\n2,4,50\n4,8,35\n")
    ).blocks[0]
    assert "weighting" not in block.facts


def test_sizes_without_unit_are_not_claimed() -> None:
    """A size without a unit of length is left to the user's own column names."""
    assert histogram_text.sniff(Blob("a.csv", b"size,volume %\n1,15\n2,50\n4,35\n")) == 0


@pytest.mark.parametrize("bad", ["nan", "inf", "1e999", "abc", "1,5,5"])
@pytest.mark.parametrize(
    "name", ["mastersizer-2000", "mastersizer-3000", "camsizer-xle", "histogram-bounds", "histogram-sums"]
)
def test_a_cell_that_is_no_number_is_refused(name: str, bad: str) -> None:
    """Non-numbers in a data cell are refused with their place."""
    file, data = build.BUILDERS[name]()
    encoding = "utf-16" if data[:2] == b"\xff\xfe" else "utf-8"
    text = data.decode(encoding)
    old = {"camsizer-xle": "25,75000", "histogram-bounds": "25,75", "histogram-sums": "38.5000"}.get(
        name, "25.7500"
    )
    assert old in text
    with pytest.raises(NegatrodeError) as caught:
        read_blob(Blob(file, text.replace(old, bad, 1).encode(encoding)))
    assert caught.value.where


@pytest.mark.parametrize("lost", [1, 2])
def test_a_table_cut_off_is_refused(lost: int) -> None:
    """Shares that no longer sum to 100 per cent show a table that was cut off."""
    lines = build.bounded().decode().splitlines()
    with pytest.raises(ReadError) as caught:
        histogram_text.read(Blob("a.csv", "\n".join(lines[:-lost]).encode()))
    assert "100" in caught.value.rule


def test_decimal_commas_among_comma_separators_are_refused() -> None:
    """Numbers torn apart by their own comma leave numbers under no heading."""
    torn = build.mastersizer_3000().replace(b".", b",")
    with pytest.raises(ReadError) as caught:
        mastersizer_csv.read(Blob("a.csv", torn))
    assert "column 3" in caught.value.where


def test_export_of_a_real_instrument(shared_data: Path) -> None:
    """psdanalyser_example1.csv: the means from the classes agree with the printed 77.278 and 72.289 um."""
    blob = load(shared_data / "sizing" / "psdanalyser_example1.csv")
    assert mastersizer_csv.sniff(blob) == 95
    block = mastersizer_csv.read(blob).blocks[0]
    low, high, share = (block.column(n).values for n in ("size_low", "size_high", "fraction"))
    assert low.size == 100
    d = np.sqrt(low * high)
    assert (share * d).sum() / share.sum() == pytest.approx(77.278, rel=3e-4)
    assert share.sum() / (share / d).sum() == pytest.approx(72.289, rel=3e-4)
    facts = {k: v.value for k, v in block.facts.items()}
    assert facts["weighting"] == "volume"
    assert facts["printed_d43"] == 77.278
    assert facts["printed_d32"] == 72.289
    assert facts["printed_d10"] == 53.5
    assert facts["printed_d50"] == 74.796
    assert facts["printed_d90"] == 104.309


def test_isotherms_are_not_claimed(shared_data: Path) -> None:
    """No sizing reader takes a sorption file."""
    for path in sorted((shared_data / "sorption").iterdir()):
        assert [r.sniff(load(path)) for r in READERS] == [0] * len(READERS)

"""The layered Neware export: records under their cycle and step."""

from __future__ import annotations

import numpy as np
import pytest

from negatrode.core.errors import ReadError
from negatrode.files.blob import Blob
from negatrode.files.registry import read_blob
from tests.files.build_cyclers_text import neware_layers, run


def test_records_have_the_cycle_and_step_they_stand_under() -> None:
    """Values as written; directions from the words of the steps; totals of the layers said to be left out."""
    truth = run()
    found = read_blob(Blob("x.csv", neware_layers()))
    assert (found.format, found.kind) == ("neware-layers", "cycling")
    block = found.blocks[0]
    for name, values in (("voltage", truth.voltage), ("current", truth.current), ("time", truth.time)):
        np.testing.assert_allclose(block.column(name).values, values, rtol=1e-5, atol=1e-9)
    assert np.array_equal(block.column("cycle").values, truth.cycle)
    assert np.array_equal(block.column("step").values, truth.step)
    assert block.facts["capacity_reset"].value == "step"
    assert block.facts["current_sign"].value == "charge-positive"
    assert any("totals" in u.what for u in found.unread)


def test_a_record_without_a_cycle_is_refused_with_its_line() -> None:
    """The first line of a cycle was lost."""
    lines = neware_layers().decode().split("\n")
    with pytest.raises(ReadError) as caught:
        read_blob(Blob("x.csv", "\n".join(lines[:3] + lines[4:]).encode()))
    assert "line 4" in caught.value.where


def test_a_cut_record_is_refused_with_its_line() -> None:
    """A line of half its cells."""
    lines = neware_layers().decode().split("\n")
    lines[7] = ",".join(lines[7].split(",")[:5])
    with pytest.raises(ReadError) as caught:
        read_blob(Blob("x.csv", "\n".join(lines).encode()))
    assert "line 8" in caught.value.where

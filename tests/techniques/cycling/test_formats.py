"""The same half-cycles out of every format of a cycler that is read."""

from __future__ import annotations

import pytest

from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.registry import read_blob
from negatrode.techniques.cycling.halfcycles import half_cycles
from negatrode.techniques.cycling.record import cycler_record
from negatrode.techniques.cycling.technique import KEYS
from tests.files import build_cyclers_text as build


@pytest.mark.parametrize("name", list(build.BUILDERS))
def test_two_cycles_by_direction(name: str) -> None:
    """Discharge, charge, discharge, charge of one size, whichever counters and resets the format has."""
    recording = read_blob(Blob(*build.BUILDERS[name]()))
    given = {} if "current_sign" in recording.blocks[0].facts else {"current_sign": "charge-positive"}
    if not recording.blocks[0].has("current"):
        given = {}
    halves = half_cycles(cycler_record([recording], Settings("cycling", KEYS, given)))
    assert [h.direction for h in halves] == [-1, 1, -1, 1]
    sizes = [h.capacity for h in halves]
    assert max(sizes) == pytest.approx(min(sizes), rel=1e-3)

"""Every host cycles in a half cell, whole, and gives the capacity that the links state."""

from __future__ import annotations

import numpy as np
import pytest

from negatrode.battery.alloy import AlloySource
from negatrode.battery.build import Design
from negatrode.battery.coating import Coating
from negatrode.battery.trials import Plan, go_through
from negatrode.material.alloy.material import Alloy
from negatrode.material.library import electrolyte, lithium_metal
from negatrode.material.predicted import Known
from negatrode.material.prior import Draws


@pytest.mark.parametrize(
    ("a", "b"),
    [("Si", "Ti"), ("Si", "Zr"), ("Sn", "Ti"), ("Al", "Ti"), ("Ga", "Zr"), ("In", "La"), ("Pb", "Ce"),
     ("Sb", "Zr"), ("Bi", "Ti")],
)  # fmt: skip
def test_a_half_cell_of_every_host(a: str, b: str) -> None:
    known = Known({"area_fraction_a": np.array([0.5])}, Draws(1))
    source = AlloySource(Alloy(known, a, b))
    design = Design(Coating(15.0, porosity=0.6), electrolyte("EC/EMC"), lithium_metal())
    trials = go_through(source.powder(0), design, Plan(cycles=0))
    assert not trials.failed
    assert trials.half is not None
    # 2 %: potentials run away within 0.4 % of either end, and C/20 leaves a little.
    assert trials.half.discharged == pytest.approx(source.alloy.capacity.reversible[0], rel=0.025)

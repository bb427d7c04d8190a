"""Furnace programmes: what they hold and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from negatrode.core.errors import InputError
from negatrode.process.programme import AIR, GASES, Gas, Programme, Step, from_steps

N2 = GASES["N2"]


def test_ramps_and_holds_take_their_time() -> None:
    run = from_steps([Step(AIR, to=250.0, rate=2 / 60), Step(AIR, hold=7200.0), Step(N2, to=25.0, rate=0.1)])
    assert np.allclose(run.seconds, [0.0, 225 / 2 * 60, 225 / 2 * 60 + 7200, 225 / 2 * 60 + 7200 + 2250])
    assert np.allclose(run.kelvin_at([0.0, 3375.0, 8000.0]), [298.15, 410.65, 523.15])
    # A corner belongs to the piece that it ends: air is in the furnace until the last second of the hold.
    assert np.allclose(run.oxygen_at([run.seconds[2], run.seconds[2] + 1.0]), [AIR.oxygen, 0.0])


def test_the_grid_holds_every_corner_and_no_long_step() -> None:
    run = from_steps([Step(N2, to=1100.0, rate=5 / 60), Step(N2, hold=3600.0)])
    times = run.grid(2.0, 60.0)
    assert set(run.seconds) <= set(times)
    assert np.all(np.diff(times) > 0)
    assert np.abs(np.diff(run.kelvin_at(times))).max() <= 2.0 + 1e-9
    assert np.diff(times)[times[:-1] >= run.seconds[1]].max() <= 60.0 + 1e-9


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([Step(AIR, hold=-60.0)], "back in time"),
        ([Step(AIR, to=300.0)], "rate"),
        ([Step(AIR, to=300.0, rate=-1.0)], "rate"),
        ([Step(AIR)], "neither a ramp nor a hold"),
        ([Step(AIR, to=300.0, rate=1.0, hold=5.0)], "neither a ramp nor a hold"),
        ([Step(AIR, to=9000.0, rate=1.0)], "9000"),
        ([Step(AIR, hold=1e9)], "60 days"),
    ],
)
def test_steps_that_cannot_be_meant(steps: list[Step], said: str) -> None:
    with pytest.raises(InputError, match=said):
        from_steps(steps, where="oxidation.steps")


def test_points_that_go_back_in_time() -> None:
    with pytest.raises(InputError, match=r"back in time: 1 h after 2 h"):
        Programme(
            np.array([0.0, 7200.0, 3600.0]), np.array([25.0, 250.0, 300.0]), (AIR, AIR), "oxidation.points"
        )
    with pytest.raises(InputError, match="no number"):
        Programme(np.array([0.0, np.nan]), np.array([25.0, 250.0]), (AIR,))


def test_a_gas_is_a_mole_fraction() -> None:
    with pytest.raises(InputError, match="mole fraction"):
        Gas("odd", 1.2)
    assert AIR.is_oxidizing
    assert not N2.is_oxidizing

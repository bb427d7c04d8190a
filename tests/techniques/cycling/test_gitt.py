"""Diffusivity by GITT against Fick's law solved apart from the analysis, through a file."""

from __future__ import annotations

import numpy as np
import pytest

from negatrode.core.recording import Recording
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.registry import read_blob
from negatrode.techniques.cycling.figure import CyclingFigure
from negatrode.techniques.cycling.gitt import GittPoint
from negatrode.techniques.cycling.halfcycles import half_cycles
from negatrode.techniques.cycling.record import cycler_record
from negatrode.techniques.cycling.simulate import mpt_text
from negatrode.techniques.cycling.simulate_titration import Titration, simulate_titration
from negatrode.techniques.cycling.technique import KEYS, evaluate

D, RADIUS = 1e-14, 5e-6
WHOLE = RADIUS**2 / D


def recorded(test: Titration) -> Recording:
    made = simulate_titration(test, np.random.default_rng(3))
    return read_blob(Blob("gitt.mpt", mpt_text(made, 1.0).encode()))


def points(test: Titration) -> tuple[GittPoint, ...]:
    given = {"electrode": "working-is-alloy", "particle_radius": "5 um"}
    figure = evaluate([recorded(test)], Settings("cycling", KEYS, given)).figure
    assert isinstance(figure, CyclingFigure)
    return figure.gitt


@pytest.mark.parametrize("share", [0.003, 0.01, 0.03])
def test_gitt_returns_the_diffusivity_of_a_sphere(share: float) -> None:
    """D within two of its standard uncertainties, and within the sphere's curvature 2.4 sqrt(tau D)/R."""
    found = points(Titration(D, RADIUS, pulse=share * WHOLE, pause=round(0.12 / share)))
    good = [p for p in found if p.admissible]
    assert len(good) >= 6
    middle = float(np.median([p.diffusivity for p in good]))
    assert abs(middle / D - 1.0) < 2.4 * share**0.5 + 0.02
    assert all(abs(p.diffusivity - D) < 2.0 * p.u for p in good)


def test_noise_widens_the_uncertainty() -> None:
    """1 mV of noise on pulses of 20 mV: larger u, D still within three of them in nearly all pulses."""
    quiet = points(Titration(D, RADIUS, pulse=0.003 * WHOLE, pause=40))
    loud = points(Titration(D, RADIUS, pulse=0.003 * WHOLE, pause=40, noise=1e-3))
    assert np.median([p.u for p in loud]) > np.median([p.u for p in quiet])
    assert np.mean([abs(p.diffusivity - D) < 3.0 * p.u for p in loud]) > 0.7


def test_long_pulses_are_not_admissible() -> None:
    """tau = 0.6 R^2/D is not short; the point is shown with its reason."""
    found = points(Titration(D, RADIUS, pulse=0.6 * WHOLE))
    assert found
    assert not any(p.admissible for p in found)
    assert all(p.why_not for p in found)


def test_a_rest_cut_short_is_not_admissible() -> None:
    """A pause of one pulse length leaves the surface far from the mean."""
    found = points(Titration(D, RADIUS, pulse=0.01 * WHOLE, pause=1))
    assert found
    assert not all(p.admissible for p in found)


def test_pulses_and_their_pauses_are_one_half_cycle() -> None:
    """The charge of a titration is the sum of its pulses."""
    test = Titration()
    halves = half_cycles(cycler_record([recorded(test)], Settings("cycling", KEYS, {})))
    assert [h.direction for h in halves] == [-1]
    moved = test.current * test.pulse * test.pulses / 3600.0
    assert 1e3 * halves[0].capacity == pytest.approx(moved, rel=0.01)

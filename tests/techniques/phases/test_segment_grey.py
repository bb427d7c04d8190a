"""Grey pictures: area of drawn phases, shading, noise and gradual changes refused, a real micrograph."""

from __future__ import annotations

import numpy as np
import pytest

from negatrode.core.errors import MissingInput, Refusal
from negatrode.core.settings import Settings
from negatrode.files.registry import read
from negatrode.techniques.phases import extraction
from negatrode.techniques.phases.model import OUTSIDE, PHASE_A, ElementMaps, Segmentation
from negatrode.techniques.phases.segment import SEGMENT_KEYS, segmentations
from negatrode.techniques.phases.simulate import simulate_section

KEYS = tuple({k.name: k for k in (*extraction.KEYS, *SEGMENT_KEYS)}.values())


def divided(picture, **given: object):
    """What the grey recipe makes of a picture."""
    grey = np.asarray(picture, dtype=np.float32)
    maps = ElementMaps((), np.zeros((0, *grey.shape), np.float32), "", grey=grey, key="k", path="p")
    return segmentations(maps, Settings("phases", KEYS, given))["grey-otsu"]


def drawn(noise: float, *, shading: float = 0.0):
    """Dark domains in a bright body that fills the frame, blurred, and their area fraction."""
    from scipy.ndimage import gaussian_filter

    section = simulate_section(
        np.random.default_rng(3), "core-shell", shape=(220, 220), particles=9, radius=24.0
    )
    dark = gaussian_filter(section.shares[0], 0.8)
    x = np.linspace(-1.0, 1.0, 220)
    picture = 150.0 - 60.0 * dark + shading * (x[None, :] + x[:, None] ** 2)
    return picture + np.random.default_rng(1).normal(0.0, noise, dark.shape), float(section.shares[0].mean())


@pytest.mark.parametrize(("noise", "shading"), [(3.0, 0.0), (25.0, 0.0), (8.0, 30.0)])
def test_area_of_dark_domains(noise, shading):
    """Area within 0.02 and within three standard uncertainties, under noise and uneven illumination."""
    picture, truth = drawn(noise, shading=shading)
    s = divided(picture, phase_a_grey="dark", outside="no")
    assert isinstance(s, Segmentation)
    u = np.linalg.norm([c.u for c in s.fraction_components])
    assert abs(s.fraction_a - truth) < min(0.02, 3.0 * u)


def test_rare_domains_in_noise():
    """Rare small domains, noise 0.4 of the contrast: the area holds or is refused, never invented."""
    section = simulate_section(np.random.default_rng(3), "dispersed", shape=(220, 220), particles=9)
    noise = np.random.default_rng(1).normal(0.0, 25.0, (220, 220))
    s = divided(150.0 - 60.0 * section.shares[0] + noise, phase_a_grey="dark", outside="no")
    truth = float(section.shares[0].mean())
    assert isinstance(s, Refusal) or abs(s.fraction_a - truth) < 0.02


def test_which_phase_is_a_is_asked_for():
    """Nobody can know whether A is the brighter phase."""
    error = divided(drawn(5.0)[0])
    assert isinstance(error, MissingInput)
    assert error.key == "phases.phase_a_grey"


@pytest.mark.parametrize("kind", ["blank", "noise", "ramp"])
def test_no_two_phases(kind):
    """A blank picture, noise alone and a gradual change of grey are refused."""
    picture = {
        "blank": np.full((150, 150), 80.0),
        "noise": np.random.default_rng(0).normal(100.0, 15.0, (150, 150)),
        "ramp": np.linspace(0.0, 3.0, 150)[:, None] ** 3 * 4.0
        + np.random.default_rng(0).normal(100.0, 5.0, (150, 150)),
    }[kind]
    assert isinstance(divided(picture, phase_a_grey="dark", outside="no"), Refusal)


def test_three_greys_ask_whether_the_darkest_is_outside():
    """With three greys the darkest may be resin or a phase; declared, it is left out of the area."""
    picture = np.random.default_rng(0).normal(0.0, 4.0, (150, 150))
    picture[:, 50:100] += 90.0
    picture[:, 100:] += 180.0
    assert isinstance(divided(picture, phase_a_grey="dark"), MissingInput)
    s = divided(picture, phase_a_grey="dark", outside="yes")
    assert isinstance(s, Segmentation)
    assert (s.labels[:, :45] == OUTSIDE).all()
    assert s.fraction_a == pytest.approx(0.5, abs=0.02)


def test_real_two_phase_titanium_alloy(shared_data):
    """Ti-6Al-4V: the bright beta lies between dark alpha; pixel size from the tag."""
    recording = read(shared_data / "images/imppy3d_sem_alpha_beta_ti64.tif")
    settings = Settings("phases", KEYS, {"phase_a_grey": "dark"})
    maps = extraction.element_maps([recording], settings)
    assert maps.pixel_size == pytest.approx(1.1165e-7)
    s = segmentations(maps, settings)["grey-otsu"]
    assert isinstance(s, Segmentation)
    assert maps.grey is not None
    assert 0.6 < s.fraction_a < 0.9
    assert maps.grey[s.labels != PHASE_A].mean() > 1.5 * maps.grey[s.labels == PHASE_A].mean()

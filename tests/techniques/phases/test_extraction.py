"""Element maps from planes and hypermaps: windows, lines, overlaps, identification, registration."""

from __future__ import annotations

import numpy as np
import pytest

from negatrode.core.errors import MissingInput, Refusal
from negatrode.core.estimate import combined
from negatrode.core.provenance import Source, Stated
from negatrode.core.recording import Picture, Plane, Recording, SpectrumImage
from negatrode.core.settings import Settings
from negatrode.files.registry import read
from negatrode.techniques.phases import extraction, lines
from negatrode.techniques.phases.model import Segmentation
from negatrode.techniques.phases.registration import shift_between
from negatrode.techniques.phases.segment import SEGMENT_KEYS, segmentations

KEYS = tuple({k.name: k for k in (*extraction.KEYS, *SEGMENT_KEYS)}.values())
SOURCE = Source("map", "ab" * 32)
STATED = {"beam_energy": Stated(15.0, "keV", "header"), "detector": Stated("eds", "", "header")}


def settings(**given: object) -> Settings:
    """Settings of section "phases"."""
    return Settings("phases", KEYS, given)


def planes(*made: Plane, **stated: Stated) -> Recording:
    """A map as a reader returns it."""
    return Recording("map", "test", SOURCE, planes=made, settings=stated)


def plane(name: str, value: float = 20.0, *, quantity: str = "counts", shape=(40, 40)) -> Plane:
    """A plane of one value."""
    return Plane(name, quantity, np.full(shape, value, np.float32))


def hypermap(
    contents, *, ground: float = 0.02, elements=(), offset: float = -0.2, shape=(30, 30)
) -> Recording:
    """Poisson spectra: Gaussian lines of ``contents`` {(energy, width): counts a pixel} on a flat ground."""
    energies = offset + 0.01 * np.arange(1024)
    mean = np.full(1024, ground)
    for (energy, sigma), counts in contents.items():
        mean = mean + counts * 0.01 / (sigma * np.sqrt(2 * np.pi)) * np.exp(
            -0.5 * ((energies - energy) / sigma) ** 2
        )
    counts = np.random.default_rng(0).poisson(np.broadcast_to(mean, (*shape, 1024))).astype(np.uint16)
    spectra = SpectrumImage(counts, offset, 0.01, tuple(elements))
    return Recording("map", "test", SOURCE, spectra=spectra, settings=STATED)


def sigma(energy: float) -> float:
    """Standard deviation of a line, from Fiori and Newbury's formula written out."""
    return float(np.sqrt(130.0**2 + 2.5 * (1e3 * energy - 5895.0)) / 2354.8)


def test_counts_of_windows():
    """Gross less background equals the counts of the line within 2 %: the window holds 99.5 % of it."""
    recording = hypermap({(1.740, sigma(1.74)): 40.0, (4.510, sigma(4.51)): 25.0}, elements=("Si", "Ti"))
    maps = extraction.element_maps([recording], settings())
    net = (maps.values - maps.background).mean(axis=(1, 2))
    assert maps.elements == ("Si", "Ti")
    assert maps.lines == ("Ka", "Ka")
    assert net == pytest.approx([40.0, 25.0], rel=0.02)


def test_user_names_the_elements():
    """The key goes before what the file names; an element without a line in the range is refused."""
    recording = hypermap({(1.740, sigma(1.74)): 40.0}, elements=("Si", "Ti"))
    assert extraction.element_maps([recording], settings(elements="Si")).elements == ("Si",)
    with pytest.raises(Refusal):
        extraction.element_maps([recording], settings(elements="Si, Xx"))


def test_sure_peaks_are_identified_and_doubtful_ones_asked_for():
    """Ti and Fe K alpha admit one element each; a lone peak at 2.318 keV (S, Mo or Pb) is asked for."""
    sure = hypermap({(4.510, sigma(4.51)): 60.0, (4.932, sigma(4.93)): 8.0, (6.404, sigma(6.4)): 50.0})
    assert set(extraction.element_maps([sure], settings()).elements) == {"Ti", "Fe"}
    with pytest.raises(MissingInput) as caught:
        extraction.element_maps([hypermap({(2.318, sigma(2.3)): 40.0})], settings())
    assert caught.value.key == "phases.elements"


def test_wrong_energy_calibration_is_told():
    """A strobe peak 80 eV off zero is a warning."""
    recording = hypermap({(0.08, 0.02): 20.0, (1.74, sigma(1.74)): 40.0}, elements=("Si",))
    found = extraction.element_maps([recording], settings()).findings
    assert any(f.code == "calibration" and f.warning for f in found)


@pytest.mark.parametrize(
    ("element", "other", "line"), [("N", "Ti", "Ll"), ("O", "V", "La"), ("F", "Fe", "La"), ("S", "Mo", "La")]
)
def test_overlaps_that_matter(element, other, line):
    """N K with Ti L-l, O K with V L, F K with Fe L, S K with Mo L: none is resolved by EDS."""
    found = lines.overlaps(element, [other, "Si"])
    assert any(o.other.element == other and o.other.name.startswith(line[:2]) for o in found)


def test_a_line_free_of_overlap_is_taken():
    """Pb M lies on S K; with 20 keV the L line is free and taken."""
    chosen = lines.choose_line("Pb", ["Pb", "S"], highest=13.3)
    assert chosen is not None
    assert chosen.name == "La"
    assert lines.choose_line("Pb", ["Pb", "S"], highest=9.0).name == "Ma"


def test_background_planes_are_kept_apart():
    """A plane "Ti:background" is the background of Ti, not an element."""
    maps = extraction.element_maps(
        [planes(plane("Si"), plane("Ti"), plane("Ti:background", 2.0))], settings()
    )
    assert maps.elements == ("Si", "Ti")
    assert maps.background is not None
    assert maps.background.mean(axis=(1, 2)).tolist() == [0.0, 2.0]


def test_planes_that_do_not_belong_together():
    """Unequal sizes, two quantities and an element twice are refused."""
    for bad in (
        [planes(plane("Si"), plane("Ti", shape=(40, 41)))],
        [planes(plane("Si"), plane("Ti", quantity="wt%"))],
        [planes(plane("Si")), planes(plane("Si"))],
        [planes(plane("Si")), planes(plane("Ti", shape=(50, 50)))],
    ):
        with pytest.raises(Refusal):
            extraction.element_maps(bad, settings())


def scene(seed: int):
    """Smooth random domains."""
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(np.random.default_rng(seed).normal(size=(140, 140)), 4.0)
    return (field > 0.0).astype(np.float32)


def test_registration_finds_a_shift():
    """An electron image of inverted contrast, 7 rows and -4 columns off, is brought onto the map."""
    full, rng = scene(1), np.random.default_rng(2)
    counts = rng.poisson(10.0 + 40.0 * full[20:120, 20:120]).astype(np.float32)
    grey = 200.0 - 90.0 * full[27:127, 16:116] + rng.normal(0.0, 6.0, (100, 100))
    found = shift_between(counts, grey.astype(np.float32), where="sem")
    assert (found.rows, found.columns) == (pytest.approx(7.0, abs=0.3), pytest.approx(-4.0, abs=0.3))
    picture = Recording("image", "test", SOURCE, picture=Picture(grey))
    maps = extraction.element_maps([planes(Plane("Si", "counts", counts)), picture], settings(register="yes"))
    assert maps.grey is not None
    assert maps.grey.shape == maps.shape
    assert maps.shape == (93, 96)
    assert abs(np.corrcoef(maps.grey.ravel(), maps.values[0].ravel())[0, 1]) > 0.8


def test_registration_refuses_another_place():
    """Two different places do not correlate."""
    with pytest.raises(Refusal):
        shift_between(scene(1), scene(9), where="sem")


def test_real_hypermap_of_two_phases(shared_data):
    """Al-Ag hypermap: two phases by every recipe; the Al-rich share is 52 +- 4 % by Otsu, its stated answer.

    The border is 15 px wide and said to be diffuse. Otsu's threshold gives 0.37 to 0.51 by what it is
    applied to (log ratio, one element, share of Al); by area of what the beam sees it is 0.43.
    """
    pytest.importorskip("rsciio")
    recording = read(shared_data / "maps/bcf_v2_50x50px.bcf")
    given = settings(elements="Al, Ag", phase_b="Ag")
    found = segmentations(extraction.element_maps([recording], given), given)
    for recipe in ("gaussian-mixture", "otsu-log-ratio"):
        s = found[recipe]
        assert isinstance(s, Segmentation)
        assert s.phases_found == 2
        assert 0.43 < s.fraction_a < 0.55
        assert any(f.code == "diffuse-border" for f in s.findings)
    default = found["otsu-log-ratio"]
    assert isinstance(default, Segmentation)
    assert abs(default.fraction_a - 0.52) < 0.04
    assert abs(default.fraction_a - 0.52) < 1.96 * combined(default.fraction_components)

"""TECHNIQUE "phases" from files to estimates: maps, k-factors, points, refusals, facts, figure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from negatrode.core.catalogue import lookup
from negatrode.core.errors import MissingInput, NegatrodeError, ReadError, Refusal
from negatrode.core.estimate import Estimate, Outcome
from negatrode.core.provenance import Source, Stated
from negatrode.core.recording import Plane, Recording
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.registry import read, read_blob
from negatrode.techniques.phases.figure import LARGEST, PhasesFigure
from negatrode.techniques.phases.simulate import (
    Alloy,
    Counts,
    Microscope,
    k_factor_csv,
    points_csv,
    silicon_titanium,
    simulate_counts,
    simulate_section,
)
from negatrode.techniques.phases.technique import TECHNIQUE
from negatrode.techniques.technique import Evaluation, estimate

ALLOY = silicon_titanium({"O": 0.3, "N": 0.1}, {"O": 3.0, "N": 1.5})
GIVEN = {
    "phase_a": "Si",
    "phase_b": "Ti",
    "specimen": "thin",
    "density_a": "2.33 g/cm3",
    "density_b": "4.02 g/cm3",
}


def _recording(maps: Counts, *, background: bool = True, sha: str = "5" * 64) -> Recording:
    """The maps as a reader hands them over (backgrounds as planes beside the elements)."""
    planes = [Plane(e, "counts", v) for e, v in zip(maps.elements, maps.values, strict=True)]
    if background and maps.background is not None:
        planes += [
            Plane(f"{e}:background", "counts", v) for e, v in zip(maps.elements, maps.background, strict=True)
        ]
    settings = {
        "pixel_size": Stated(maps.pixel_size_um, "um", "map.npz"),
        **({"detector": Stated(maps.detector, "", "map.npz")} if maps.detector else {}),
    }
    return Recording("map", "npz", Source("map.npz", sha), settings=settings, planes=tuple(planes))


def _simulated(
    *,
    style: str = "core-shell",
    alloy: Alloy = ALLOY,
    detector: str = "wds",
    counts: float = 200.0,
    seed: int = 4,
) -> tuple[Counts, Recording]:
    rng = np.random.default_rng(seed)
    section = simulate_section(rng, style, shell=8.0)
    maps = simulate_counts(
        rng, section, alloy, Microscope(counts_per_pixel=counts, minor_gain=4.0, detector=detector)
    )
    return maps, read_blob(Blob("k.csv", k_factor_csv(maps, 0.05, rng).encode()))


def _evaluated(recordings: list[Recording], **given: str) -> tuple[Evaluation, Settings]:
    settings = Settings("phases", TECHNIQUE.keys, given)
    return TECHNIQUE.evaluate(recordings, settings), settings


def _found(evaluation: Evaluation, prop: str, recipe: str) -> Outcome:
    found = evaluation.outcomes[prop][recipe]
    if isinstance(found, NegatrodeError):
        raise found
    return found


@pytest.fixture(scope="module")
def full() -> tuple[Evaluation, list[Recording], Settings]:
    """Maps with k-factors, evaluated once."""
    maps, k = _simulated()
    recordings = [_recording(maps), k]
    evaluation, settings = _evaluated(recordings, **GIVEN)
    return evaluation, recordings, settings


def test_every_property_is_measured(full: tuple[Evaluation, list[Recording], Settings]) -> None:
    """All properties but F + S + P (not mapped) come out by their default recipe, within plausible ranges."""
    evaluation, recordings, settings = full
    for prop in TECHNIQUE.properties:
        if prop == "fluorine_sulfur_phosphorus":
            with pytest.raises(Refusal):
                estimate(TECHNIQUE, evaluation, prop, recordings=recordings, settings=settings)
            continue
        found = estimate(TECHNIQUE, evaluation, prop, recordings=recordings, settings=settings)
        assert isinstance(found, Estimate)
        assert found.value is not None
        assert lookup(prop).is_plausible(found.value)


def test_contents_hold_the_truth(full: tuple[Evaluation, list[Recording], Settings]) -> None:
    """Contents lie within three standard uncertainties of what made the counts, under both map recipes."""
    evaluation, _, _ = full
    for recipe in ("otsu-log-ratio", "gaussian-mixture"):
        for prop, truth in (
            ("oxygen_in_a", 0.3),
            ("nitrogen_in_a", 0.1),
            ("oxygen_in_b", 3.0),
            ("nitrogen_in_b", 1.5),
        ):
            found = _found(evaluation, prop, recipe)
            assert found.value == pytest.approx(truth, abs=3.0 * found.standard_uncertainty)


def test_phases_share_their_k_factors(full: tuple[Evaluation, list[Recording], Settings]) -> None:
    """O in A and O in B have the k-factor of O in common, and no counts."""
    evaluation, _, _ = full
    a, b = ({c.key for c in _found(evaluation, f"oxygen_in_{p}", "otsu-log-ratio").components} for p in "ab")
    shared = a & b
    assert any(key.endswith(":k-O") for key in shared)
    assert all(":counts-" not in key for key in shared)


def test_facts_name_the_elements(full: tuple[Evaluation, list[Recording], Settings]) -> None:
    """A holds Si and O but no Ti; B holds Ti, Si, O and N; the evidence gives contents."""
    evaluation, _, _ = full
    facts = {f.name: f for f in evaluation.facts}
    assert {"Si", "O"} <= set(facts["phase_a_elements"].value)  # type: ignore[arg-type]  # a tuple of symbols
    assert "Ti" not in facts["phase_a_elements"].value  # type: ignore[operator]
    assert {"Ti", "Si", "O", "N"} <= set(facts["phase_b_elements"].value)  # type: ignore[arg-type]
    assert {"Ti", "Si", "O", "N"} <= set(facts["particle_elements"].value)  # type: ignore[arg-type]
    assert "wt%" in facts["phase_b_elements"].evidence


def test_figure(full: tuple[Evaluation, list[Recording], Settings]) -> None:
    """The figure has maps and labels on one grid, contact lines, and a bar an element and phase."""
    figure = full[0].figure
    assert isinstance(figure, PhasesFigure)
    assert figure.maps.shape == (len(figure.elements), *figure.labels.shape)
    assert max(figure.labels.shape) <= LARGEST
    assert figure.maps.min() >= 0.0
    assert figure.maps.max() <= 1.0
    assert len(figure.boundary_ab) > len(figure.boundary_other)
    assert {(b.phase, b.element) for b in figure.bars} == {(p, e) for p in "AB" for e in figure.elements}


def test_counts_without_factors_give_areas_only() -> None:
    """Without k-factors the area fraction and the contact stand; contents name the key that is missing."""
    maps, _ = _simulated()
    evaluation, _ = _evaluated([_recording(maps)], phase_a="Si", phase_b="Ti")
    assert _found(evaluation, "area_fraction_a", "otsu-log-ratio").value is not None
    assert _found(evaluation, "a_surrounded_by_b", "otsu-log-ratio").value is not None
    with pytest.raises(MissingInput) as caught:
        _found(evaluation, "oxygen_in_a", "otsu-log-ratio")
    assert caught.value.key == "phases.k_factors"
    facts = {f.name: f.value for f in evaluation.facts}
    assert facts["phase_a_elements"] == ("Si",)
    assert facts["phase_b_elements"] == ("Ti",)


def test_nitrogen_beside_titanium_by_eds_is_undecidable() -> None:
    """EDS cannot tell N K-alpha from Ti L-l: refused in B, with WDS as the remedy; area and O stand."""
    maps, k = _simulated(detector="eds")
    evaluation, _ = _evaluated([_recording(maps), k], **GIVEN)
    with pytest.raises(Refusal) as caught:
        _found(evaluation, "nitrogen_in_b", "otsu-log-ratio")
    assert "Ti Ll" in caught.value.rule
    assert "WDS" in caught.value.remedy
    with pytest.raises(Refusal):
        _found(evaluation, "nitrogen", "phase-balance")
    assert _found(evaluation, "oxygen_in_b", "otsu-log-ratio").value is not None
    facts = {f.name: f.value for f in evaluation.facts}
    assert "N" not in facts["phase_b_elements"]  # type: ignore[operator]  # a tuple of symbols


def test_an_unknown_detector_is_asked_for_where_it_matters() -> None:
    """With no detector stated N beside Ti is asked for."""
    maps, k = _simulated(detector="")
    evaluation, _ = _evaluated([_recording(maps), k], **GIVEN)
    with pytest.raises(MissingInput) as caught:
        _found(evaluation, "nitrogen_in_b", "otsu-log-ratio")
    assert caught.value.key == "phases.detector"


def test_an_unmapped_element_is_not_zero() -> None:
    """Oxygen that was not mapped is refused for its properties only."""
    maps, _ = _simulated()
    recording = _recording(maps)
    bare = Recording(
        "map", "npz", recording.source, settings=recording.settings,
        planes=tuple(p for p in recording.planes if not p.name.startswith("O")),
    )  # fmt: skip
    evaluation, _ = _evaluated([bare], **GIVEN, k_factors="Si 1, Ti 1.0 +- 0.05, N 0.25 +- 0.01")
    with pytest.raises(Refusal):
        _found(evaluation, "oxygen_in_b", "otsu-log-ratio")
    assert _found(evaluation, "nitrogen_in_b", "otsu-log-ratio").value is not None


def test_gross_counts_need_their_background() -> None:
    """Counts without a background map: asked for; stated as included, minor elements are refused."""
    maps, k = _simulated()
    recording = _recording(maps, background=False)
    evaluation, _ = _evaluated([recording, k], **GIVEN)
    with pytest.raises(MissingInput) as caught:
        _found(evaluation, "oxygen_in_a", "otsu-log-ratio")
    assert caught.value.key == "phases.background"
    evaluation, _ = _evaluated([recording, k], **GIVEN, background="included")
    with pytest.raises(Refusal):
        _found(evaluation, "oxygen_in_a", "otsu-log-ratio")


def test_points_go_before_maps() -> None:
    """A WDS table beside the maps gives the contents, and says so; the maps stay as alternatives."""
    maps, k = _simulated()
    table = read_blob(Blob("wds.csv", points_csv(np.random.default_rng(1), ALLOY).encode()))
    recordings = [_recording(maps), k, table]
    evaluation, settings = _evaluated(recordings, **GIVEN)
    assert evaluation.preferred["oxygen_in_b"] == "wds-points"
    found = estimate(TECHNIQUE, evaluation, "oxygen_in_b", recordings=recordings, settings=settings)
    assert found.recipe == "wds-points"
    assert any(f.code == "points-preferred" for f in found.findings)
    assert any(a.recipe == "otsu-log-ratio" and a.outcome for a in found.alternatives)
    assert _found(evaluation, "oxygen", "phase-balance").value is not None


def test_points_alone() -> None:
    """A table alone gives contents and elements, and refuses what a map shows."""
    table = read_blob(Blob("wds.csv", points_csv(np.random.default_rng(1), ALLOY).encode()))
    evaluation, settings = _evaluated([table])
    found = estimate(TECHNIQUE, evaluation, "oxygen_in_b", recordings=[table], settings=settings)
    assert found.value == pytest.approx(3.0, abs=0.3)
    with pytest.raises(Refusal):
        estimate(TECHNIQUE, evaluation, "area_fraction_a", recordings=[table], settings=settings)
    assert {f.name for f in evaluation.facts} == {"phase_a_elements", "phase_b_elements", "particle_elements"}


def test_an_unknown_table_is_refused() -> None:
    """A table that holds neither points nor factors is named."""
    maps, _ = _simulated()
    table = read_blob(Blob("x.csv", b"time,voltage\n1,2\n2,3\n3,4\n"))
    with pytest.raises(ReadError) as caught:
        _evaluated([_recording(maps), table], **GIVEN)
    assert caught.value.where == "x.csv"


def test_two_runs_agree_to_the_bit() -> None:
    """The same files give the same numbers."""
    maps, k = _simulated(style="dispersed", counts=60.0)
    values = []
    for _ in range(2):
        evaluation, _ = _evaluated([_recording(maps), k], **GIVEN)
        values.append(
            [
                (p, r, o.value, o.standard_uncertainty)
                for p, found in evaluation.outcomes.items()
                for r, o in found.items()
                if isinstance(o, Outcome)
            ]
        )
    assert values[0] == values[1]


def test_oxygen_near_vanadium_by_eds_carries_the_overlap() -> None:
    """O K-alpha lies 15 eV from V L-alpha: by EDS O stands with a warning and a component, by WDS without."""
    alloy = Alloy("Si/VSi2", {"Si": 99.7, "O": 0.3}, {"V": 47.0, "Si": 50.0, "O": 3.0}, 2.33, 4.6)
    given = {**GIVEN, "phase_b": "V"}
    by = {}
    for detector in ("eds", "wds"):
        maps, k = _simulated(alloy=alloy, detector=detector)
        evaluation, _ = _evaluated([_recording(maps), k], **given)
        by[detector] = _found(evaluation, "oxygen_in_b", "otsu-log-ratio")
    assert any("overlap-O" in c.key for c in by["eds"].components)
    assert any(f.code == "overlap" and f.warning for f in by["eds"].findings)
    assert by["eds"].standard_uncertainty > by["wds"].standard_uncertainty
    assert not any("overlap-O" in c.key for c in by["wds"].components)


def test_real_hypermap(shared_data: Path) -> None:
    """Al-Ag hypermap cut by the frame: half Al-rich, enclosure undecided, contents ask for k-factors."""
    recording = read(shared_data / "maps/bcf_v2_50x50px.bcf")
    evaluation, _ = _evaluated([recording], phase_a="Al", phase_b="Ag")
    found = _found(evaluation, "area_fraction_a", "otsu-log-ratio")
    # Otsu on the Al counts alone gives 52 %; the log ratio puts the border elsewhere
    assert found.value == pytest.approx(0.52, abs=0.12)
    with pytest.raises(Refusal):
        _found(evaluation, "a_surrounded_by_b", "otsu-log-ratio")
    with pytest.raises(Refusal):  # not mapped
        _found(evaluation, "nitrogen_in_b", "otsu-log-ratio")
    figure = evaluation.figure
    assert isinstance(figure, PhasesFigure)
    assert set(figure.spectra) == {"A", "B"}
    assert figure.energy.shape == figure.spectra["A"].shape


def test_a_picture_alone(shared_data: Path) -> None:
    """A grey picture gives areas by grey-otsu without being asked for the recipe; contents are refused."""
    recording = read(shared_data / "images/imppy3d_sem_alpha_beta_ti64.tif")
    evaluation, settings = _evaluated([recording], phase_a_grey="bright")
    assert evaluation.preferred["area_fraction_a"] == "grey-otsu"
    with pytest.raises(Refusal):
        estimate(TECHNIQUE, evaluation, "oxygen_in_a", recordings=[recording], settings=settings)
    assert evaluation.facts == ()

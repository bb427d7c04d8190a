"""The alloy examples on the real path: forward models, files, readers, techniques, verdicts, page."""

from __future__ import annotations

import pytest

from negatrode.flow.assess import Assessment, assess
from negatrode.report.demo import example_folders
from negatrode.report.examples.alloy import EXAMPLES
from negatrode.report.page import page


@pytest.fixture(scope="module", params=["inside", "outside"])
def example(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Assessment]:
    """An example folder, written and assessed."""
    folder = tmp_path_factory.mktemp(request.param)
    for name, data in example_folders("alloy")[request.param].items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return request.param, assess(folder / "SAMPLE.toml")


VERDICTS = {
    "inside": ["met"] * 6,
    "outside": ["met", "met", "not met", "not met", "met", "not met"],
}


def test_verdicts(example: tuple[str, Assessment]) -> None:
    """One powder lies within claims 1 to 6, the other fails enclosure, the ratio, and F, S or P."""
    name, assessment = example
    assert [c.verdict for c in assessment.judgements[0].claims] == VERDICTS[name]


def test_the_truth_of_the_forward_model_lies_within_three_standard_uncertainties(
    example: tuple[str, Assessment],
) -> None:
    """Oxygen and nitrogen of each phase as they were put in."""
    name, assessment = example
    made = next(e for e in EXAMPLES if e.folder == name)
    estimates = assessment.measured.sample.estimates
    for phase, contents in (("a", made.minor_a), ("b", made.minor_b)):
        for prop, element in (("oxygen", "O"), ("nitrogen", "N")):
            found = estimates[f"{prop}_in_{phase}"]
            assert found.value is not None
            assert abs(found.value - contents[element]) < 3.0 * found.standard_uncertainty, found.measurand


def test_facts_come_with_their_evidence(example: tuple[str, Assessment]) -> None:
    """Elements of the phases from the maps; activity of A from two half cells together."""
    _, assessment = example
    facts = assessment.measured.sample.facts
    assert "Ti" in facts["phase_b_elements"].value  # type: ignore[operator]
    assert facts["phase_b_lithium_inactive"].value is True
    assert facts["phase_a_lithium_active"].value is True
    for name in ("phase_b_elements", "phase_b_lithium_inactive", "phase_a_lithium_active"):
        assert facts[name].evidence
        assert facts[name].declared_by.startswith(("phases", "cycling"))


def test_fusion_and_maps_are_balanced(example: tuple[str, Assessment]) -> None:
    """Oxygen of the particle stands by inert-gas fusion; the balance over the phases agrees with it."""
    _, assessment = example
    oxygen = assessment.measured.sample.estimates["oxygen"]
    assert "phases:phase-balance" in [a.recipe for a in oxygen.alternatives]
    balance = [f for f in oxygen.findings if f.code == "balance"]
    assert len(balance) == 1
    assert not balance[0].warning


def test_the_page_shows_the_pictures(example: tuple[str, Assessment]) -> None:
    """Phases with the boundary of A, contents against the limits, first cycle of particle and of phase B."""
    _, assessment = example
    html = page(assessment, "negatrode run")
    for title in (
        "Phases of the section",
        "Contents of the phases",
        "First cycle",
        "First cycle of phase B alone",
    ):
        assert f"<h3>{title}</h3>" in html
    assert "claimed limit of O + N in B" in html
    assert 'src="http' not in html

"""Several samples at once: what they share is told better than by one, and serves powders nobody cycled."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.studies import make_powder_with_half_cell

from negatrode.battery.calibrate import calibrated
from negatrode.battery.calibrate_many import (
    SHARED,
    Cycled,
    JointCalibration,
    calibrated_together,
    left_out,
)
from negatrode.core.errors import InputError
from negatrode.material.prior import prior
from negatrode.study.parts.posterior import posterior_json, read_posterior

SEED = 11


@pytest.fixture(scope="module")
def made() -> list[tuple[Cycled, float]]:
    """Three powders of one maker, and the reversible capacity that each has."""
    rng = np.random.default_rng(SEED)
    shared = {k: float(rng.standard_normal()) for k in SHARED}
    return [make_powder_with_half_cell(100 + k, shared, s) for k, s in enumerate((-0.006, 0.0, 0.006))]


@pytest.fixture(scope="module")
def joint(made: list[tuple[Cycled, float]]) -> JointCalibration:
    """The first two calibrated at once."""
    return calibrated_together([c for c, _ in made[:2]])


def width(source: object) -> tuple[float, float]:
    """95 % interval of the reversible capacity."""
    found = {p.name: p for p in source.predictions}  # type: ignore[attr-defined]
    low, high = found["reversible_capacity"].interval(0.95)
    return float(low), float(high)


def test_each_sample_is_told_as_well_as_alone(
    made: list[tuple[Cycled, float]], joint: JointCalibration
) -> None:
    """Its interval holds the truth and is no wider than by its own half cell (a tenth is chance)."""
    for (sample, truth), source in zip(made[:2], joint.sources, strict=True):
        low, high = width(source)
        assert low - 5 <= truth <= high + 5
        alone = width(calibrated(sample.source, sample.design, sample.data).source)
        assert high - low < 1.1 * (alone[1] - alone[0])


def test_what_is_shared_is_told_more_than_by_the_prior(joint: JointCalibration) -> None:
    """And never less; the first unknowns are the shared ones, each once."""
    spread = np.sqrt(np.diag(joint.learnt.covariance))
    assert joint.learnt.names == tuple(n for n in SHARED if n in joint.learnt.names)
    assert (spread < 1.001).all()
    assert spread[joint.learnt.names.index("hc.level")] < 0.8
    assert len(set(joint.names)) == len(joint.names)
    assert sum(n.endswith(": mass") for n in joint.names) == 2


def test_a_powder_that_nobody_cycled_is_predicted_better(
    made: list[tuple[Cycled, float]], joint: JointCalibration
) -> None:
    """A third powder of the same maker: a narrower interval than the priors', and it holds the truth."""
    third, truth = made[2]
    before, after = width(third.source), width(joint.learnt.applied(third.source))
    assert after[0] <= truth <= after[1]
    assert after[1] - after[0] < 0.7 * (before[1] - before[0])


def test_each_is_predicted_from_the_others(made: list[tuple[Cycled, float]]) -> None:
    """The test that sharing has to pass."""
    for source, (sample, truth) in zip(left_out([c for c, _ in made[:2]]), made[:2], strict=True):
        low, high = width(source)
        assert low - 0.1 * truth <= truth <= high + 0.1 * truth
        before = width(sample.source)
        assert high - low < before[1] - before[0]


def test_a_posterior_goes_to_disk_and_back(joint: JointCalibration, tmp_path: Path) -> None:
    """Bit for bit; with medians and intervals for people."""
    path = tmp_path / "posterior.json"
    path.write_text(json.dumps(posterior_json(joint)))
    back = read_posterior(path)
    assert back.names == joint.learnt.names
    np.testing.assert_array_equal(back.covariance, joint.learnt.covariance)
    row = posterior_json(joint)["numbers"][0]
    assert row["prior"] == "hc.level"
    assert row["after"][1] == pytest.approx(float(prior("hc.level").at(joint.learnt.mean[0])))


FORM = '{"format": "negatrode posterior 1", "mean": [0], '
BROKEN = (
    "", "{}", '{"format": "x"}', FORM + '"names": ["hc.level"], "covariance": [[1, 0]]}',
    FORM + '"names": ["no.such"], "covariance": [[1]]}',
)  # fmt: skip


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_posterior_is_refused(tmp_path: Path, text: str) -> None:
    """With its file."""
    (tmp_path / "p.json").write_text(text)
    with pytest.raises(InputError, match=r"p\.json"):
        read_posterior(tmp_path / "p.json")


def test_one_sample_and_unknown_names_are_refused(made: list[tuple[Cycled, float]]) -> None:
    """Before anything is computed."""
    with pytest.raises(InputError, match="two or more"):
        calibrated_together([made[0][0]])
    with pytest.raises(InputError, match=r"hc\.nothing"):
        calibrated_together([c for c, _ in made[:2]], ["hc.nothing"])

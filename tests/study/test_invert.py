"""Inverse design on problems whose optimum is known, from 100 evaluations."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from benchmarks import problems
from benchmarks.problems import AtMost, search, unit

from negatrode.study.axis import Axis
from negatrode.study.journal import Entry
from negatrode.study.parts.invert import Goals, best_of
from tests.study import models


@pytest.mark.parametrize("seed", range(4))
def test_branin_within_one_percent(tmp_path: Path, seed: int) -> None:
    """Of 0.397887 (Dixon and Szego 1978)."""
    axes = [Axis("x", low=-5.0, high=10.0), Axis("y", low=0.0, high=15.0)]
    (best,) = search(tmp_path / "j.sqlite", problems.branin, axes, seed=seed).best
    assert best.outputs["f"] == pytest.approx(0.397887, rel=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_hartmann_within_one_percent(tmp_path: Path, seed: int) -> None:
    """Of -3.86278, in three dimensions."""
    (best,) = search(tmp_path / "j.sqlite", problems.hartmann, unit("x", "y", "z"), seed=seed).best
    assert best.outputs["f"] == pytest.approx(-3.86278, rel=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_a_constrained_optimum_within_one_percent(tmp_path: Path, seed: int) -> None:
    """The optimum lies on a wavy border, and a second one misleads (Gramacy and others 2016): 0.599788."""
    limits = (AtMost("c1"), AtMost("c2"))
    found = search(
        tmp_path / "j.sqlite", problems.gramacy, unit("x", "y"), ("f", "c1", "c2"), seed=seed, limits=limits
    )
    assert found.is_inside
    assert found.best[0].outputs["f"] == pytest.approx(0.599788, rel=0.01)
    assert all(limit.violation(found.best[0]) <= 0 for limit in limits)


def test_competing_objectives_give_a_front(tmp_path: Path) -> None:
    """Schaffer's problem: between 0 and 2 no point is better in both; the front reaches both ends."""
    axes = [Axis("x", low=-10.0, high=10.0)]
    goals = Goals(maximise=("g",), minimise=("f",))
    found = search(tmp_path / "j.sqlite", models.schaffer, axes, ("f", "g"), goals=goals, evaluations=60)
    xs = sorted(float(e.inputs["x"]) for e in found.best)
    assert -0.05 < xs[0] < 0.3
    assert 1.7 < xs[-1] < 2.05
    assert len(xs) > 8
    for one, other in itertools.permutations(found.best, 2):
        assert not (one.outputs["f"] <= other.outputs["f"] and one.outputs["g"] >= other.outputs["g"])  # type: ignore[operator]


def test_a_search_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    """The journal is the only truth: the same points, in the same order, nothing asked twice."""
    axes = [Axis("x", low=-5.0, high=10.0), Axis("y", low=0.0, high=15.0)]
    whole = search(tmp_path / "a.sqlite", problems.branin, axes, evaluations=40)
    search(tmp_path / "b.sqlite", problems.branin, axes, evaluations=18)  # stopped in mid-generation
    again = search(tmp_path / "b.sqlite", problems.branin, axes, evaluations=40)
    assert [e.inputs for e in again.entries[:16]] == [e.inputs for e in whole.entries[:16]]
    third = search(tmp_path / "b.sqlite", problems.branin, axes, evaluations=40)
    assert [e.inputs for e in third.entries] == [e.inputs for e in again.entries]


def stepped(p: dict[str, object]) -> dict[str, float | None]:
    """Best with "b" and 30; "c" always fails."""
    if p["kind"] == "c":
        raise ValueError("never")
    at = {"a": 1.0, "b": 0.0}[str(p["kind"])]
    return {"f": at + abs(float(str(p["level"])) - 30) / 100 + (float(str(p["x"])) - 0.3) ** 2}


def test_words_lists_and_failures_are_searched_over(tmp_path: Path) -> None:
    """Axes of words and of listed numbers; failed points cost an evaluation and nothing else."""
    axes = [Axis("kind", values=("a", "b", "c")), Axis("level", values=(10.0, 20.0, 30.0)), *unit("x")]
    found = search(tmp_path / "j.sqlite", stepped, axes)
    best = found.best[0]
    assert (best.inputs["kind"], best.inputs["level"]) == ("b", 30.0)
    assert best.inputs["x"] == pytest.approx(0.3, abs=0.03)
    assert any(e.is_failed for e in found.entries)


def test_where_nothing_is_inside_the_nearest_is_told() -> None:
    """And that it is outside."""
    entries = [Entry(str(i), {"x": float(i)}, {"f": -float(i), "c": 5.0 - i}) for i in range(4)]
    best, is_inside = best_of(entries, Goals(minimise=("f",)), (AtMost("c"),))  # type: ignore[arg-type]
    assert not is_inside
    assert best[0].inputs == {"x": 3.0}

"""The design window finds its ends; a map holds what was computed, borders and failures included."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from negatrode.claimsets.inside import claim_range
from negatrode.study.axis import Axis
from negatrode.study.chain.limits import ClaimsLimit, OutputLimit
from negatrode.study.designs import Point
from negatrode.study.file.sections import MapPlan
from negatrode.study.journal import Entry
from negatrode.study.model import Column
from negatrode.study.parts import maps
from negatrode.study.parts.window import reference_of, window
from negatrode.study.show.map import claimed_ends, draw_map

AXES = (Axis("x", "um", low=0.0, high=10.0), Axis("y", low=1.0, high=100.0, scale="log"))


@dataclass(frozen=True)
class Circle:
    """Inside a circle of radius three about (5, ln 10) with y on a logarithmic scale."""

    name: str = "circle"
    margin: str = "margin(circle)"

    def violation(self, entry: Entry) -> float:
        """Above zero outside."""
        return float(entry.outputs["f"] or 0.0)


def compute(points: Sequence[Point]) -> list[Entry]:
    """The circle; beyond y = 90 the point fails."""
    found = []
    for i, p in enumerate(points):
        x, y = float(p["x"]), float(p["y"])
        if y > 90:
            found.append(Entry(str(i), p, error="too high"))
        else:
            f = np.hypot(x - 5, 2 * np.log(y / 10)) - 3
            found.append(Entry(str(i), p, {"f": float(f)}, {"margin(circle)": "claim 1"}))
    return found


def test_ends_are_found_by_halving() -> None:
    """To a few thousandths of the axis, from inside; and what ends them is told."""
    found, entries = window(AXES, {"x": 4.0, "y": 10.0}, 11, compute, [], (Circle(),))  # type: ignore[arg-type]
    assert found.is_inside
    x, y = found.rows
    assert x.low is not None
    assert x.high is not None
    assert 2.0 <= float(x.low.at) <= 2.04
    assert 7.96 <= float(x.high.at) <= 8.0
    assert x.low.ended_by == "circle (claim 1)"
    reach = np.sqrt(9 - 1) / 2  # in ln y, at x = 4
    assert y.low is not None
    assert float(y.low.at) == pytest.approx(10 * np.exp(-reach), rel=0.02)
    assert y.seen == (pytest.approx(float(y.low.at)), pytest.approx(10 * np.exp(reach), rel=0.02))
    assert len(entries) < 2 * (11 + 2 * 5) + 3


def test_an_end_may_be_the_axis_or_a_failure() -> None:
    """Both are said."""
    wide = OutputLimit("f", 1000.0, "1", is_least=False)

    def always(points: Sequence[Point]) -> list[Entry]:
        return [
            Entry(str(i), p, error="too high") if float(p["y"]) > 90 else Entry(str(i), p, {wide.margin: 1.0})
            for i, p in enumerate(points)
        ]

    found, _ = window(AXES, {"x": 4.0, "y": 10.0}, 5, always, [], (wide,))
    assert found.rows[0].low is not None
    assert (found.rows[0].low.at, found.rows[0].low.ended_by) == (0.0, "")
    assert found.rows[1].high is not None
    assert found.rows[1].high.ended_by == "beyond it the point fails: too high"
    assert 85 < float(found.rows[1].high.at) <= 90


def test_a_reference_outside_has_no_range() -> None:
    """And what it misses is named."""
    found, _ = window(AXES, {"x": 9.5, "y": 10.0}, 5, compute, [], (Circle(),))  # type: ignore[arg-type]
    assert not found.is_inside
    assert found.missed == ("circle",)
    assert all(r.low is None for r in found.rows if r.axis.name == "y")


def test_the_reference_is_the_deepest_inside() -> None:
    """The centre where there is nothing else."""
    entries = compute([{"x": x, "y": 10.0} for x in (1.0, 4.8, 7.0)])
    assert reference_of(entries, (Circle(),), {"x": 0.0, "y": 1.0}) == {"x": 4.8, "y": 10.0}  # type: ignore[arg-type]
    assert reference_of([], (), {"x": 0.0}) == {"x": 0.0}


def claims_limit() -> ClaimsLimit:
    """Inside claim 1."""
    return ClaimsLimit(claim_range("hard-carbon 1-8"), 0.95)


def test_claims_borders_on_an_axis_are_those_of_the_set() -> None:
    """Each with its claim and words; ends beyond the axis are not drawn."""
    axis = Axis("sample.dv50", "um", low=0.5, high=15.0)
    assert list(claimed_ends(claims_limit(), axis)) == [(1, "1 <= dv50 <= 20 um", 1.0)]
    assert [
        n for n, _, _ in claimed_ends(claims_limit(), Axis("sample.nitrogen", "wt%", low=0.0, high=9.0))
    ] == [8, 8]
    assert list(claimed_ends(claims_limit(), Axis("protocol.rate", low=0.1, high=5.0))) == []


def test_a_map_draws_contours_borders_probability_and_failures() -> None:
    """Everything that the page promises is in the picture."""
    limit, target = claims_limit(), OutputLimit("f", 2.0, "mAh/g")
    x, y = (
        Axis("sample.dv50", "um", low=0.5, high=25.0, scale="log"),
        Axis("sample.d002", "nm", low=0.36, high=0.41),
    )
    entries = []
    for i, p in enumerate(maps.plan(x, y, (9, 7), {"z": 1.0})):
        a, b = float(p["sample.dv50"]), float(p["sample.d002"])
        inside = float(1 <= a <= 20 and 0.365 <= b <= 0.4)
        outputs = {"f": np.log(a), limit.column: inside, limit.margin: inside - 0.5,
                   target.column: 1.0, target.margin: np.log(a) / 2 - 1}  # fmt: skip
        entries.append(Entry(str(i), p, outputs) if i % 20 else Entry(str(i), p, error="no"))
    m = maps.mapped(x, y, {"z": 1.0}, entries, ["f", limit.column], (limit, target))
    assert m.columns["f"].shape == (7, 9)
    assert len(m.failed) == 4
    assert np.isnan(m.columns["f"]).sum() == 4
    drawing = draw_map(
        MapPlan(x.name, y.name, "f", (9, 7)), m, (limit, target), (Column("f", "output", "mAh/g"),), "m"
    )
    words = re.sub(r"<[^>]+>", " ", drawing.markup)
    for told in ("failed (4)", "claim 1: 1 &lt;= dv50 &lt;= 20 um", "inside hard-carbon 1-8, P &gt;= 0.95",
                 "f &gt;= 2 mAh/g, P &gt;= 0.5", "P(inside hard-carbon 1-8)"):  # fmt: skip
        assert told in words, told
    assert "z = 1" in drawing.caption
    assert "4 failed" in drawing.caption

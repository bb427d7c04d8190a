"""The small strip that shows a property under each of its recipes against the claimed range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from negatrode.core.estimate import Estimate

WIDTH, HEIGHT, PAD = 250, 34, 8
SMALL = 'font-size="9.5" fill="#5d6b7a"'

Range = tuple[float, float]


def strip(estimate: Estimate, ranges: Sequence[Range]) -> str:
    """An inline SVG: shaded claimed ranges, 95 % interval, chosen recipe, others open, inadmissible crossed.

    ``ranges`` are (low, high) in the property's unit; an end may be infinite.
    """
    if estimate.value is None:
        return ""
    others = [(a.recipe, a.value, a.admissible) for a in estimate.alternatives if a.value is not None]
    low, high = _span(estimate, [v for _, v, ok in others if ok], ranges)

    def x(value: float) -> float:
        return PAD + (WIDTH - 2 * PAD) * (min(max(value, low), high) - low) / (high - low)

    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(estimate.measurand)} under its recipes">'
    ]
    for a, b in ranges:
        if b >= low and a <= high:
            parts.append(f'<rect x="{x(a):.1f}" y="3" width="{x(b) - x(a):.1f}" height="16" fill="#cfe8d8"/>')
    parts.append(f'<line x1="{PAD}" y1="11" x2="{WIDTH - PAD}" y2="11" stroke="#9aa7b4" stroke-width="1"/>')
    inside = [o for o in others if low <= o[1] <= high]
    parts += [_mark(x(v), ok, name, v) for name, v, ok in inside]
    ci = estimate.interval95
    parts.append(
        f'<line x1="{x(ci[0]):.1f}" y1="11" x2="{x(ci[1]):.1f}" y2="11" stroke="#1d2733" stroke-width="3"/>'
        f'<circle cx="{x(estimate.value):.1f}" cy="11" r="4.5" fill="#1d2733">'
        f"<title>{escape(estimate.recipe)}: {estimate.value:.5g}</title></circle>"
    )
    for value, anchor in ((low, "start"), (high, "end")):
        parts.append(f'<text x="{x(value):.1f}" y="31" {SMALL} text-anchor="{anchor}">{value:.4g}</text>')
    hidden = len(others) - len(inside)
    if hidden:
        parts.append(f'<text x="{WIDTH / 2}" y="31" {SMALL} text-anchor="middle">{hidden} off scale</text>')
    return "".join(parts) + "</svg>"


def _mark(x: float, admissible: bool, name: str, value: float) -> str:
    title = f"<title>{escape(name)}: {value:.5g}{'' if admissible else ' (not admissible)'}</title>"
    if admissible:
        shape = f'<circle cx="{x:.1f}" cy="11" r="4" fill="#fff" stroke="#1d2733" stroke-width="1.4">'
        return f"{shape}{title}</circle>"
    cross = f"M{x - 3:.1f} 8l6 6M{x + 3:.1f} 8l-6 6"
    return f'<path d="{cross}" stroke="#8893a0" stroke-width="1.3" fill="none">{title}</path>'


def _span(estimate: Estimate, others: list[float], ranges: Sequence[Range]) -> Range:
    assert estimate.value is not None
    points = [estimate.value, *estimate.interval95, *others]
    low, high = min(points), max(points)
    reach = max(high - low, 0.05 * abs(estimate.value), 1e-9)
    # an end of the claimed range that is near enough is brought into view
    for end in (e for r in ranges for e in r if math.isfinite(e)):
        if low - 3.0 * reach <= end <= high + 3.0 * reach:
            low, high = min(low, end), max(high, end)
    margin = 0.08 * (high - low) or 0.05 * abs(high) or 1.0
    return low - margin, high + margin

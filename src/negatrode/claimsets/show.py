"""A claim set as text: every limit beside the words it comes from."""

from __future__ import annotations

import textwrap

from negatrode.claimsets.judge_limitation import fact_limit_text
from negatrode.claimsets.model import AnyOfClaims, ClaimSet, IntervalLimit, Limitation

_WIDTH = 100


def claim_set_text(claim_set: ClaimSet) -> str:
    """The claims with their limits, the facts that they ask for, and the decision rule."""
    lines = [f"{claim_set.name}: {claim_set.title}"]
    lines += [f"source: {claim_set.source}"] if claim_set.source else []
    lines += [f"decision: {claim_set.decision.text()}"]
    lines += [line.strip() for line in claim_set.notes.strip().splitlines()]
    for claim in claim_set.claims:
        lines += ["", f"claim {claim.number}  {claim.title}".rstrip()]
        rows = [(limit_text(x), x) for x in claim.limitations]
        width = min(44, max(len(text) for text, _ in rows))
        for text, limit in rows:
            lines += _row(text, limit, width)
    if claim_set.facts:
        lines += ["", "facts, and the section of SAMPLE.toml that declares them"]
        width = max(len(f.name) for f in claim_set.facts)
        for fact in claim_set.facts:
            shape = "" if fact.shape == "yes-no" else f" ({fact.shape})"
            lines.append(f"  {fact.name.ljust(width)}  [{fact.section}] {fact.description}{shape}")
    return "\n".join(lines)


def limit_text(limit: Limitation) -> str:
    """A limitation as it is judged.

    >>> limit_text(AnyOfClaims((1, 2)))
    'any one of claims 1-2'
    """
    if isinstance(limit, IntervalLimit):
        return limit.interval.text(limit.expression, limit.unit)
    if isinstance(limit, AnyOfClaims):
        return limit.text()
    return f"{limit.fact}: {fact_limit_text(limit)}"


def _row(text: str, limit: Limitation, width: int) -> list[str]:
    words = f'"{limit.words}"' if limit.words else ""
    if limit.reading:
        words += f" (read as: {limit.reading})" if words else f"(read as: {limit.reading})"
    indent = " " * (width + 4)
    shown = textwrap.wrap(words, _WIDTH - width - 4)
    if len(text) > width or not shown:
        return [f"  {text}", *(indent + line for line in shown)]
    return [f"  {text.ljust(width)}  {shown[0]}", *(indent + line for line in shown[1:])]

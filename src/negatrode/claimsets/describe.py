"""The reason for a verdict, in one line."""

from __future__ import annotations

from negatrode.claimsets.verdict import (
    MET,
    NOT_MET,
    RECIPE_DEPENDENT,
    ClaimVerdict,
    LimitationVerdict,
)


def probability_text(p: float | None) -> str:
    """A probability as one would say it.

    >>> probability_text(0.6234), probability_text(0.99995), probability_text(1.0)
    ('P = 0.62', 'P > 0.999', 'P = 1')
    """
    if p is None:
        return "P unknown"
    if p in (0.0, 1.0):
        return f"P = {p:.0f}"
    if p < 0.001 or p > 0.999:
        return "P < 0.001" if p < 0.5 else "P > 0.999"
    return f"P = {p:.3f}" if p < 0.1 or p > 0.9 else f"P = {p:.2f}"


def claim_reason(claim: ClaimVerdict, *, hidden: bool) -> str:
    """Why a claim has its verdict; ``hidden``: a limit of detection alone leaves it open."""
    if claim.verdict == MET:
        return f"{probability_text(claim.probability)}; {_nearest(claim)}".rstrip("; ")
    if claim.verdict == NOT_MET:
        failed = [x for x in claim.limitations if x.verdict == NOT_MET]
        return "; ".join(_failed(x) for x in failed) or f"all limits at once: {_joint(claim)}"
    if claim.verdict == RECIPE_DEPENDENT:
        torn = [x for x in claim.limitations if x.verdict == RECIPE_DEPENDENT]
        said = (x.property if x.kind == "claims" else f"{x.property} ({x.reason})" for x in torn)
        return "; ".join(said) or f"the recipes disagree on all limits at once: {_joint(claim)}"
    if claim.missing:
        return f"missing: {', '.join(claim.missing)}"
    if hidden:
        return "the detection limit is too high to decide"
    return _least_sure(claim)


def _nearest(claim: ClaimVerdict) -> str:
    """The own limit that the sample comes nearest to, in standard uncertainties."""
    measured = [x for x in claim.limitations if x.margin_in_u is not None and isinstance(x.value, float)]
    near = min(measured, key=lambda x: x.margin_in_u or 0.0, default=None)
    if near is not None:
        unit = "" if near.unit in ("", "1") else f" {near.unit}"
        count = f"{near.margin_in_u:.1f}" if (near.margin_in_u or 0.0) < 100.0 else "over 100"
        return f"nearest limit {near.limit}: {near.property} {near.value:.4g}{unit}, {count} u inside"
    declared = [x.property.replace("_", " ") for x in claim.limitations if x.kind in ("fact", "contains")]
    return f"by facts: {', '.join(declared)}" if declared else ""


def _joint(claim: ClaimVerdict) -> str:
    return (
        probability_text(claim.probability)
        if claim.probability is not None
        else f"P <= {claim.bounds[1]:.2g}"
    )


def _failed(x: LimitationVerdict) -> str:
    if x.kind == "claims":
        return f"{x.property}: not met"
    if x.kind != "interval":
        shown = ", ".join(x.value) if isinstance(x.value, tuple) else str(x.value).lower()
        return f"{x.property} is {shown}, not {x.limit}"
    found = "below its limit" if not isinstance(x.value, float) else f"{x.value:.4g}"
    if x.took is not None:
        found = f"{x.took[0]:.4g} to {x.took[1]:.4g}"
    return f"{x.property} {found} against {x.limit} ({probability_text(x.probability)})"


def _least_sure(claim: ClaimVerdict) -> str:
    known = [x for x in claim.limitations if x.probability is not None]
    least = min(known, key=lambda x: x.probability or 0.0, default=None)
    said = _joint(claim)
    if least is None or (
        least.kind == "claims" and len(known) > 1 and least.probability == claim.probability
    ):
        return said
    if least.kind == "claims":
        return f"{said}; {least.property}: {probability_text(least.probability)}"
    return f"{said}; least sure: {least.limit} ({probability_text(least.probability)})"

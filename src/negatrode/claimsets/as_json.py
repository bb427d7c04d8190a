"""Judgements as JSON: the promised object, and a detailed one beside it."""

from __future__ import annotations

import math
from typing import Any

from negatrode.claimsets.verdict import ClaimVerdict, Judgement, LimitationVerdict


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def judgement_json(judgement: Judgement) -> dict[str, Any]:
    """The JSON object of ``negatrode judge --json``; its keys are a promise.

    ``value`` is null where the property is missing or below its limit of detection; ``probability`` is
    null where something missing leaves it open; ``margin`` is null for facts and dependencies.
    """
    return {"claim_set": judgement.claim_set, "claims": [_claim(c) for c in judgement.claims]}


def _claim(claim: ClaimVerdict) -> dict[str, Any]:
    return {
        "claim": claim.claim,
        "verdict": claim.verdict,
        "probability": _plain(claim.probability),
        "limitations": [_limitation(x) for x in claim.limitations],
        "missing": list(claim.missing),
        "next": claim.next,
    }


def _limitation(x: LimitationVerdict) -> dict[str, Any]:
    return {
        "property": x.property,
        "verdict": x.verdict,
        "probability": _plain(x.probability),
        "value": _plain(x.value),
        "limit": x.limit,
        "margin": _plain(x.margin),
    }


def judgement_detail_json(judgement: Judgement) -> dict[str, Any]:
    """Everything a judgement holds: decision rule, reasons, claim words, recipe tables, ranked next steps."""
    return {
        "claim_set": judgement.claim_set,
        "title": judgement.title,
        "sample": judgement.sample,
        "decision": judgement.decision.text(),
        "draws": judgement.draws,
        "seed": judgement.seed,
        "notes": list(judgement.notes),
        "claims": [_claim_detail(c) for c in judgement.claims],
        "next": [
            {
                "action": s.action,
                "property": s.property,
                "text": s.text,
                "gain": s.gain,
                "by_claim": {str(k): v for k, v in s.by_claim.items()},
            }
            for s in judgement.next
        ],
    }


def _claim_detail(claim: ClaimVerdict) -> dict[str, Any]:
    return {
        **_claim(claim),
        "title": claim.title,
        "reason": claim.reason,
        "probability_bounds": list(claim.bounds),
        "limitations": [_limitation_detail(x) for x in claim.limitations],
    }


def _limitation_detail(x: LimitationVerdict) -> dict[str, Any]:
    return {
        **_limitation(x),
        "kind": x.kind,
        "unit": x.unit,
        "standard_uncertainty": _plain(x.standard_uncertainty),
        "below_limit": x.below_limit,
        "took": _plain(x.took),
        "margin_in_u": _plain(x.margin_in_u),
        "probability_bounds": list(x.bounds),
        "missing": list(x.missing),
        "reason": x.reason,
        "words": x.words,
        "reading": x.reading,
        "recipes": [
            {
                "recipes": dict(r.recipes),
                "value": _plain(r.value),
                "probability": _plain(r.probability),
                "verdict": r.verdict,
            }
            for r in x.recipes
        ],
    }

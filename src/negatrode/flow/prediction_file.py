"""prediction.json: a made powder on disk, which ``[predicted]`` of a SAMPLE.toml names.

It holds every property with its draws, so that verdicts and batteries see the joint distribution and not a
mean with an error; and the facts that the route shows.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from negatrode.core.catalogue import catalogue
from negatrode.core.errors import InputError
from negatrode.core.estimate import Alternative, Component, Estimate, Finding, Outcome, Sampled
from negatrode.core.provenance import Source
from negatrode.core.sample import Fact
from negatrode.files.blob import load
from negatrode.flow.predict import PREDICTED

FORMAT = "negatrode prediction 1"
_MOST = 50_000_000


@dataclass(frozen=True)
class Prediction:
    """What a prediction file holds."""

    estimates: Mapping[str, Estimate]
    facts: Mapping[str, Fact]
    unpredicted: Mapping[str, str]


def prediction_json(
    name: str,
    estimates: Mapping[str, Estimate],
    facts: Mapping[str, Fact],
    unpredicted: Mapping[str, str],
    route: Source,
) -> str:
    """The text of the file."""
    document = {
        "format": FORMAT,
        "name": name,
        "route": {"path": route.path, "sha256": route.sha256},
        "properties": [_property(e) for e in estimates.values()],
        "facts": [
            {
                "fact": f.name, "value": list(f.value) if isinstance(f.value, tuple) else f.value,
                "declared_by": f.declared_by, "evidence": f.evidence,
            }
            for f in facts.values()
        ],
        "unpredicted": dict(unpredicted),
    }  # fmt: skip
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)


def _property(e: Estimate) -> dict[str, Any]:
    return {
        "property": e.measurand,
        "unit": e.unit,
        "confidence": e.confidence,
        "findings": [{"code": f.code, "text": f.text, "warning": f.warning} for f in e.findings],
        **_outcome_json(e.outcome),
        "alternatives": [
            {"recipe": a.recipe, **_outcome_json(a.outcome)} for a in e.alternatives if a.outcome is not None
        ],
    }


def _outcome_json(o: Outcome) -> dict[str, Any]:
    return {
        "value": o.value,
        "span": None if o.span is None else [_outcome_json(end) for end in o.span],
        "key": o.sampled.key if o.sampled else "",
        "draws": [float(f"{v:.7g}") for v in o.sampled.values] if o.sampled else [],
        "uncertainty": [{"source": c.source, "u": c.u, "input": c.key} for c in o.components],
    }


def read_prediction(path: Path) -> Prediction:
    """The estimates and facts of a prediction file; InputError where it is none or was damaged."""
    blob = load(path)
    where = str(path)
    if len(blob.data) > _MOST:
        raise InputError(f"{len(blob.data)} bytes", where=where, rule=f"a prediction has {_MOST} at most")
    try:
        document = json.loads(blob.data.decode("utf-8"))
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise InputError("no prediction", where=where, rule=f'its "format" is "{FORMAT}"')
        estimates = {row["property"]: _estimate(row, blob.source, where) for row in document["properties"]}
        facts = {
            row["fact"]: Fact(
                str(row["fact"]),
                _value(row["value"], where),
                str(row["declared_by"]),
                where,
                str(row["evidence"]),
            )
            for row in document["facts"]
        }
        unpredicted = {str(k): str(v) for k, v in document["unpredicted"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"a prediction that is damaged ({type(error).__name__}: {error})",
            where=where,
            remedy="Make it again: negatrode make ROUTE.toml -o DIR",
        ) from None
    return Prediction(estimates, facts, unpredicted)


def _value(value: object, where: str) -> bool | str | tuple[str, ...]:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return tuple(value)
    raise InputError(f"a fact of {value!r}", where=where, rule="yes or no, a word, or a list of words")


def _estimate(row: Mapping[str, Any], source: Source, where: str) -> Estimate:
    name = str(row["property"])
    if name not in catalogue() or row["unit"] != catalogue()[name].unit:
        raise InputError(
            f"'{name}' in {row['unit']!r}", where=where, rule="a property of the catalogue, in its unit"
        )
    return Estimate(
        measurand=name,
        unit=str(row["unit"]),
        outcome=_outcome(row, name, where),
        recipe=PREDICTED,
        alternatives=tuple(
            Alternative(str(a["recipe"]), _outcome(a, name, where), True) for a in row["alternatives"]
        ),
        findings=tuple(Finding(str(f["code"]), str(f["text"]), bool(f["warning"])) for f in row["findings"]),
        sources=(source,),
        confidence=str(row["confidence"]),
    )


def _outcome(row: Mapping[str, Any], name: str, where: str) -> Outcome:
    draws = tuple(float(v) for v in row["draws"])
    if not draws or not all(math.isfinite(v) for v in (float(row["value"]), *draws)):
        raise InputError(f"{name}: a number that is not finite, or no draws", where=where)
    span = row["span"]
    return Outcome(
        float(row["value"]),
        tuple(Component(str(c["source"]), float(c["u"]), str(c["input"])) for c in row["uncertainty"]),
        sampled=Sampled(str(row["key"]), draws),
        span=None if span is None else (_outcome(span[0], name, where), _outcome(span[1], name, where)),
    )

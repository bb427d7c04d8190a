"""What several samples taught, on disk: posterior.json, which a study's ``posterior`` names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from negatrode.battery.calibrate_many import JointCalibration, Learnt
from negatrode.core.errors import InputError
from negatrode.material.prior import prior, priors

FORMAT = "negatrode posterior 1"


def posterior_json(found: JointCalibration) -> dict[str, Any]:
    """The shared numbers: their ``z`` as a Gaussian, and medians with 90 % intervals in their units."""
    learnt = found.learnt
    rows = []
    for k, name in enumerate(learnt.names):
        p, u = prior(name), float(learnt.covariance[k, k] ** 0.5)
        at = [float(p.at(learnt.mean[k] + q * u)) for q in (-1.645, 0.0, 1.645)]
        rows.append({
            "prior": name, "title": p.title or name, "unit": p.unit, "before": [p.low, p.value, p.high],
            "after": at, "told": 1 - u,
        })  # fmt: skip
    return {
        "format": FORMAT,
        "samples": [s.name for s in found.samples],
        "names": list(learnt.names),
        "mean": learnt.mean.tolist(),
        "covariance": learnt.covariance.tolist(),
        "numbers": rows,
    }


def read_posterior(path: Path) -> Learnt:
    """The shared numbers of a posterior.json; InputError for a file that holds none."""
    try:
        found = json.loads(path.read_text("utf-8"))
        names = tuple(str(n) for n in found["names"])
        mean = np.asarray(found["mean"], dtype=np.float64)
        covariance = np.asarray(found["covariance"], dtype=np.float64)
        form = found["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"no posterior ({type(error).__name__}: {error})", where=str(path),
            remedy="a study with [calibration] writes one, posterior.json",
        ) from None  # fmt: skip
    n = len(names)
    if (
        form != FORMAT
        or mean.shape != (n,)
        or covariance.shape != (n, n)
        or not np.isfinite(covariance).all()
    ):
        raise InputError(
            f"a posterior of {n} names, {mean.shape} means, {covariance.shape} covariances", where=str(path),
            rule=f"{FORMAT}: as many of each, all finite",
        )  # fmt: skip
    unknown = [name for name in names if name not in priors()]
    if unknown:
        raise InputError(f"no priors {', '.join(unknown)}", where=str(path), remedy="calibrate again")
    return Learnt(names, mean, covariance)

"""Joint draws over the estimates of a sample (JCGM 101), shared inputs drawn once.

The stream of each input is seeded by its key, so that a draw does not depend on which other
properties are asked for.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from negatrode.core.estimate import Outcome, Sampled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

N_DRAWS = 20_000
Censored = Literal["uniform", "zero", "limit"]


def _stream(key: str, seed: int) -> np.random.Generator:
    import numpy as np

    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))


def _input(key: str, dof: float, n: int, seed: int) -> NDArray[np.float64]:
    rng = _stream(key, seed)
    return rng.standard_normal(n) if math.isinf(dof) else rng.standard_t(max(dof, 1.0), n)


def _resampled(sampled: Sampled, n: int, seed: int) -> NDArray[np.float64]:
    """Draws taken again: whole rounds in an order of chance that is the same for outcomes drawn together."""
    import numpy as np

    values = np.asarray(sampled.values, dtype=np.float64)
    rng = _stream(f"sampled {sampled.key} {values.size}", seed)
    rounds = -(-n // values.size)
    order = np.concatenate([rng.permutation(values.size) for _ in range(rounds)])[:n]
    found: NDArray[np.float64] = values[order]
    return found


def joint_draws(
    outcomes: Mapping[str, Outcome], *, n: int = N_DRAWS, seed: int = 0, censored: Censored = "uniform"
) -> dict[str, NDArray[np.float64]]:
    """Draws of every property, shape (n,) each, correlated through shared component keys.

    A below-limit outcome is drawn uniformly on [0, limit] (``censored="uniform"``), or set to one
    end of that range, which bounds what any distribution on it could give. Inputs of finite degrees
    of freedom are Student's t (JCGM 101, 6.4.9). An outcome given by its draws is drawn from them again,
    those of one key together.
    """
    import numpy as np

    inputs: dict[str, NDArray[np.float64]] = {}
    drawn: dict[str, NDArray[np.float64]] = {}
    for name, outcome in outcomes.items():
        if outcome.value is None:
            limit = outcome.below_limit or 0.0
            ends = {"zero": 0.0, "limit": limit}
            drawn[name] = (
                _stream(f"below limit {name}", seed).uniform(0.0, limit, n)
                if censored == "uniform"
                else np.full(n, ends[censored])
            )
            continue
        if outcome.sampled is not None:
            drawn[name] = _resampled(outcome.sampled, n, seed)
            continue
        shift = np.zeros(n)
        for c in outcome.components:
            if c.key not in inputs:
                inputs[c.key] = _input(c.key, c.dof, n, seed)
            shift += c.u * inputs[c.key]
        if outcome.log_scale and outcome.value > 0.0:
            drawn[name] = outcome.value * np.exp(np.clip(shift / outcome.value, -700.0, 700.0))
        else:
            drawn[name] = outcome.value + shift
    return drawn

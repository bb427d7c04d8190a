"""What a calibration taught, for the powders of a study: of the base's own half cell, or of other samples."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.battery.assembly import Source
from negatrode.battery.calibrate_many import Learnt
from negatrode.flow.sample import Measured
from negatrode.material.predicted import Known
from negatrode.material.prior import Draws, priors
from negatrode.report.battery import design_of, source_of
from negatrode.report.calibration import calibration_of

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Drawn:
    """Draws of priors by the posterior of one sample: their ``z`` by key, shape (draws,) each."""

    draws: Mapping[str, Array]

    def applied(self, source: Source) -> Source:
        """A material with these draws, everything else as it was; of as many draws."""
        known = source.known
        n = known.draws.n
        own = dict(known.draws.items()) | {key: z[:n] for key, z in self.draws.items()}
        return source.with_known(Known(dict(known.measured), Draws(n, known.draws.seed, own)))


def of_own_half_cell(measured: Measured, draws: int, seed: int) -> tuple[Drawn | None, str]:
    """What the base's half cell says of its links' numbers, as ``negatrode run`` calibrates it.

    None where it has no half cell of its particles or asks for none, or where that cannot calibrate (and
    why).
    """
    if "coating_rate" not in measured.sample.estimates:
        return None, ""
    source = source_of(measured.sample, measured.design, draws, seed)
    design = design_of(measured.sample, measured.design)
    found, why_not = calibration_of(measured, source, design)
    if found is None:
        return None, why_not
    after = found.source.known.draws
    return Drawn({name: after[name] for name in found.names if name in priors()}), ""


def digest_of(learnt: Learnt | Drawn | None) -> str:
    """What identifies it, for the keys of points."""
    if learnt is None:
        return ""
    if isinstance(learnt, Learnt):
        told = repr([learnt.names, learnt.mean.tolist(), learnt.covariance.tolist()])
    else:
        told = repr([(key, z.tolist()) for key, z in sorted(learnt.draws.items())])
    return hashlib.sha256(told.encode()).hexdigest()

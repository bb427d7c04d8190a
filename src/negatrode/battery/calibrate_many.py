"""Several samples calibrated at once: what they share is learnt from all of them.

The numbers of a link (slopes and levels of an equation, between laboratories) are the same for all powders
that one maker makes and one laboratory measures; the powder's own numbers (its kinetics, its potentials, what
the links leave over, its descriptors, its electrode's mass) are not. The posterior over all of them together
is Gaussian about its maximum, as for one sample (battery/calibrate.py); what is shared then serves for
powders of the same origin that nobody has cycled.

Zero variance between samples is assumed of what is shared. :func:`left_out` tests it: every sample predicted
from the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.battery.assembly import Source
from negatrode.battery.build import Design
from negatrode.battery.calibrate import Fit, HalfCellData, unknowns_of
from negatrode.battery.laplace import draws, peak
from negatrode.core.errors import InputError
from negatrode.material.predicted import Known
from negatrode.material.prior import Draws

Array = NDArray[np.float64]
# Numbers of the links, not of a powder.
SHARED = (
    "hc.level", "hc.Qsl_1200", "hc.Qsl_dT", "hc.Qsl_dd002", "hc.fill", "hc.nu_H", "hc.H_between", "hc.Qirr_0",
    "hc.Qirr_H", "hc.Qirr_O", "hc.Qirr_S", "lost.chi_O_A", "lost.chi_O_B", "ageing.fresh_area",
)  # fmt: skip
# What two samples share is told by their difference alone: the way to the maximum is longer.
_ROUNDS = 30


@dataclass(frozen=True, eq=False)
class Cycled:
    """A sample with its half cell."""

    name: str
    source: Source
    design: Design
    data: HalfCellData


@dataclass(frozen=True, eq=False)
class Learnt:
    """What several samples say of the numbers that they share: a Gaussian over their ``z``."""

    names: tuple[str, ...]
    mean: Array
    covariance: Array

    def applied(self, source: Source) -> Source:
        """A material with these numbers as they were learnt, everything else as it was."""
        known = source.known
        drawn = draws(self.mean, self.covariance, known.draws.n, known.draws.seed + 1)
        own = dict(known.draws.items()) | {name: drawn[:, k] for k, name in enumerate(self.names)}
        return source.with_known(Known(dict(known.measured), Draws(known.draws.n, known.draws.seed, own)))


@dataclass(frozen=True, eq=False)
class JointCalibration:
    """The posterior of several samples: what they share, and every sample's own material on its draws.

    ``names``: all unknowns, those of a sample as "sample: name"; ``misfit`` over all residuals.
    """

    names: tuple[str, ...]
    mean: Array
    covariance: Array
    shared: tuple[str, ...]
    misfit: float
    noise_scale: float
    rounds: int
    samples: tuple[Cycled, ...]
    sources: tuple[Source, ...]

    @property
    def learnt(self) -> Learnt:
        """Of what is shared."""
        k = len(self.shared)
        return Learnt(self.shared, self.mean[:k], self.covariance[:k, :k])


def calibrated_together(
    samples: Sequence[Cycled], shared: Sequence[str] | None = None, *, seed: int = 0
) -> JointCalibration:
    """Calibrate several samples at once; ``shared``: priors that are one number for all of them.

    Raises InputError for samples of different kinds, and for a shared number that none of them uses.
    """
    if len(samples) < 2:
        raise InputError(f"{len(samples)} sample", where="calibration.samples", rule="two or more")
    if len({hasattr(s.source, "alloy") for s in samples}) > 1:
        raise InputError(
            "carbons and alloys together", where="calibration.samples", rule="one kind of material"
        )
    joint = _Joint.of(samples, SHARED if shared is None else tuple(shared))
    if shared is not None and set(shared) - set(joint.shared):
        raise InputError(
            f"{', '.join(sorted(set(shared) - set(joint.shared)))}", where="calibration.shared",
            rule="shared numbers are unknowns of the samples",
            remedy=f"they are {', '.join(sorted({n for f in joint.fits for n in f.names}))}",
        )  # fmt: skip
    found = peak(joint.at, joint.size, rounds=_ROUNDS)
    n = samples[0].source.known.draws.n
    drawn = draws(found.mean, found.covariance, n, seed + 1)
    sources = tuple(
        fit.posterior(found.mean[at], drawn[:, at]) for fit, at in zip(joint.fits, joint.places, strict=True)
    )
    return JointCalibration(
        joint.names(samples), found.mean, found.covariance, joint.shared, found.misfit, found.noise_scale,
        found.rounds, tuple(samples), sources,
    )  # fmt: skip


def left_out(samples: Sequence[Cycled], shared: Sequence[str] | None = None) -> list[Source]:
    """Every sample's material as the others predict it: what its own half cell then shows tests the sharing.

    Of two samples, each is predicted by the other alone.
    """
    found = []
    for k, sample in enumerate(samples):
        others = [s for i, s in enumerate(samples) if i != k]
        joint = _Joint.of(others, SHARED if shared is None else tuple(shared))
        best = peak(joint.at, joint.size, rounds=_ROUNDS)
        count = len(joint.shared)
        learnt = Learnt(joint.shared, best.mean[:count], best.covariance[:count, :count])
        found.append(learnt.applied(sample.source))
    return found


@dataclass(frozen=True, eq=False)
class _Joint:
    """Fits of all samples over one vector of unknowns: the shared ones first, then every sample's own.

    ``places``: where the unknowns of each fit (its mass last) stand in the vector.
    """

    fits: tuple[Fit, ...]
    places: tuple[NDArray[np.intp], ...]
    shared: tuple[str, ...]
    size: int

    @classmethod
    def of(cls, samples: Sequence[Cycled], shared: Sequence[str]) -> _Joint:
        fits = []
        for s in samples:
            names, spread = unknowns_of(s.source)
            fits.append(Fit(s.source, s.design, s.data, names, spread))
        used = tuple(n for n in shared if any(n in f.names for f in fits))
        size = len(used)
        places = []
        for fit in fits:
            at = []
            for name in (*fit.names, "mass"):
                if name in used:
                    at.append(used.index(name))
                else:
                    at.append(size)
                    size += 1
            places.append(np.array(at, dtype=np.intp))
        return cls(tuple(fits), tuple(places), used, size)

    def at(self, z: Array) -> tuple[Array, Array]:
        """Residuals of all samples, and their derivatives by all unknowns."""
        residuals, rows = [], []
        for fit, place in zip(self.fits, self.places, strict=True):
            residual, jacobian = fit.at(z[place])
            whole = np.zeros((len(residual), self.size))
            whole[:, place] = jacobian
            residuals.append(residual)
            rows.append(whole)
        return np.concatenate(residuals), np.concatenate(rows)

    def names(self, samples: Sequence[Cycled]) -> tuple[str, ...]:
        """Names of all unknowns in their order."""
        found = list(self.shared) + [""] * (self.size - len(self.shared))
        for sample, fit, place in zip(samples, self.fits, self.places, strict=True):
            for name, k in zip((*fit.names, "mass"), place, strict=True):
                if k >= len(self.shared):
                    found[int(k)] = f"{sample.name}: {name}"
        return tuple(found)

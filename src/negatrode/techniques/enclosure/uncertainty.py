"""The standard uncertainty of a contact fraction, from the scatter of the domains.

The fraction is a ratio of sums, R = sum c_i / sum l_i over whole domains (ratio estimator; Cochran, Sampling
Techniques, 3rd ed. 1977, ch. 6), so that a domain counts by its boundary. The domains are a sample of those
of the powder. Its interval is the symmetric studentised bootstrap (Hall, J. R. Statist. Soc. B 50 (1988) 35),
handed on as the standard uncertainty whose Student-t interval at n - 1 degrees of freedom is as wide.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from negatrode.core.estimate import coverage_factor

Floats = NDArray[np.float64]

RESAMPLES = 999
FEW = 5  # domains; resamples of fewer repeat one too often: the plain standard error is taken
ENOUGH = 8  # domains of a kind from which its share scatters nearly normally
_WIDEST = 2.0  # times the t interval; resamples of a few domains have heavy tails


def ratio(contacts: Floats, lengths: Floats) -> float:
    """Sum of contacts over sum of lengths.

    >>> ratio(np.array([1.0, 3.0]), np.array([2.0, 6.0]))
    0.5
    """
    return float(contacts.sum() / lengths.sum())


def ratio_error(contacts: Floats, lengths: Floats) -> float:
    """Standard error of the ratio by leaving out one domain at a time (jackknife); NaN for one domain."""
    n = len(lengths)
    if n < 2:
        return math.nan
    without = (contacts.sum() - contacts) / (lengths.sum() - lengths)
    return float(math.sqrt((n - 1.0) / n * np.sum((without - without.mean()) ** 2)))


def scatter_uncertainty(contacts: Floats, lengths: Floats, rng: np.random.Generator) -> float:
    """Standard uncertainty of the ratio by the scatter of n domains, at n - 1 degrees of freedom.

    Where domains of a kind are too few for their share to scatter normally, the plain standard error, and
    not less than ``unseen_uncertainty``, which alone is left where all domains are alike or there is one.
    """
    n = len(lengths)
    floor = unseen_uncertainty(contacts / lengths)
    error = ratio_error(contacts, lengths)
    if n < 2 or error < 1e-9:
        return floor
    if n < FEW:
        return max(error, floor)
    width = _studentised_width(contacts, lengths, rng)
    plain = coverage_factor(n - 1.0)
    return max(error * min(max(width / plain, 1.0), _WIDEST), floor)


def _studentised_width(contacts: Floats, lengths: Floats, rng: np.random.Generator) -> float:
    """95 % quantile of |R* - R| / s* over resamples of the domains."""
    n = len(lengths)
    centre = ratio(contacts, lengths)
    picks = rng.integers(0, n, (RESAMPLES, n))
    contact, length = contacts[picks], lengths[picks]
    sum_c, sum_l = contact.sum(axis=1), length.sum(axis=1)
    without = (sum_c[:, None] - contact) / (sum_l[:, None] - length)
    spread = np.sum((without - without.mean(axis=1, keepdims=True)) ** 2, axis=1)
    error = np.sqrt((n - 1.0) / n * spread)
    off = np.abs(sum_c / sum_l - centre)
    # a resample of one domain alone has no scatter and counts as far off
    return float(np.quantile(off / np.maximum(error, 1e-12), 0.95))


def unseen_uncertainty(fractions: Floats) -> float:
    """What domains of a kind that the sample hardly holds could change: exposed ones, or covered ones.

    Of n domains k are exposed. Their share among all domains may be as large as the upper 95 % limit of
    Clopper and Pearson (Biometrika 26 (1934) 404), 1 - 0.05^(1/n) for k = 0. What it exceeds k/n by, times
    the mean exposure of an exposed domain (to which one of half its boundary is added, so that it is known
    before any is seen: assumed), is the half-width of the interval. The same where covered domains are the
    rarer kind. From eight of the rarer kind on the scatter itself tells, and this is 0.

    >>> round(unseen_uncertainty(np.ones(20)), 3), unseen_uncertainty(np.full(20, 0.7))
    (0.033, 0.0)
    """
    from scipy.special import betaincinv

    n = len(fractions)
    # of the two kinds the rarer one is the one that the sample may lack
    seen = min((part[part > 1e-9] for part in (1.0 - fractions, fractions)), key=len)
    k = len(seen)
    if k >= ENOUGH:
        return 0.0
    mean = (float(seen.sum()) + 0.5) / (k + 1.0)
    limit = float(betaincinv(k + 1.0, n - k, 0.95)) if k < n else 1.0
    return mean * max(limit - k / n, 0.5 / n) / coverage_factor(max(n - 1.0, 1.0))

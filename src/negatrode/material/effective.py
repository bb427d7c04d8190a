"""Effective conductivity and diffusivity of a mixture of phases: closed forms and bounds.

A conductivity here is that of the chemical potential, flux = -k grad(mu) with k in mol2 J-1 m-1 s-1, or any
other of the same law (thermal, electronic): only ratios enter. Every function takes arrays of draws.

Errors: the mixing rules are exact for their own geometry only. Between the Hashin-Shtrikman bounds the true
value of an unknown isotropic mixture may lie anywhere; where the contrast is large, the voxel solution of
the real geometry (voxels.py) is to be preferred.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negatrode.core.errors import InputError

Array = NDArray[np.float64]

SUM_TOLERANCE = 1e-6
_HALVINGS = 70  # of the logarithm: 2e-20 of a bracket of 24 decades, below the rounding of the sum


def maxwell(k_a: ArrayLike, k_b: ArrayLike, f_a: ArrayLike) -> Array:
    """Conductivity of spheres of A, apart from each other, in a continuous B.

        k = k_B [(k_A + 2 k_B) + 2 f (k_A - k_B)] / [(k_A + 2 k_B) - f (k_A - k_B)]

    J. C. Maxwell, A Treatise on Electricity and Magnetism (1873) art. 314. Exact to first order in ``f`` for
    any dispersion of spheres, and at any ``f`` for Hashin's coated spheres; for equal spheres about 2 % low
    at f = 0.3 where A conducts best, and not meant for f > 0.4, where A touches A.

    Parameters
    ----------
    k_a, k_b:
        Conductivities, not negative, in one unit.
    f_a:
        Volume fraction of A, 0 to 1.

    Raises
    ------
    InputError
        A conductivity that is negative or not finite, or a fraction out of range.

    Examples
    --------
    >>> float(maxwell(0.0, 2.0, 0.25))  # pores: 2 (1 - f) / (2 + f) k_B
    1.3333333333333333
    """
    a, b = _conductivities("k_a", k_a), _conductivities("k_b", k_b)
    f = _fraction(f_a)
    a, b, f = np.broadcast_arrays(a, b, f)
    below = a * (1 - f) + b * (2 + f)
    safe = np.where(below > 0, below, 1.0)  # zero only for f = 1 with k_B = 0, or where nothing conducts
    return np.asarray(np.where(below > 0, b * ((a * (1 + 2 * f) + 2 * b * (1 - f)) / safe), a), dtype=float)


def hashin_shtrikman(k_a: ArrayLike, k_b: ArrayLike, f_a: ArrayLike) -> tuple[Array, Array]:
    """Lower and upper bound of any isotropic mixture of two phases in three dimensions.

    Maxwell's formula with the worse and the better conductor as the continuous phase (Z. Hashin and
    S. Shtrikman, J. Appl. Phys. 33 (1962) 3125): the tightest bounds that fractions alone can give.
    Arguments and errors are those of `maxwell`.

    Examples
    --------
    >>> [round(float(k), 3) for k in hashin_shtrikman(1.0, 100.0, 0.5)]
    [3.829, 40.719]
    """
    a, b = _conductivities("k_a", k_a), _conductivities("k_b", k_b)
    f = _fraction(f_a)
    b_around, a_around = maxwell(a, b, f), maxwell(b, a, 1 - f)
    return np.minimum(b_around, a_around), np.maximum(b_around, a_around)


def bruggeman(conductivities: ArrayLike, fractions: ArrayLike, *, dimensions: int = 3) -> Array:
    """Effective medium in which every phase is an inclusion: the root k of

        sum_i f_i (k_i - k) / (k_i + (d - 1) k) = 0,      d = 3 or 2.

    D. A. G. Bruggeman, Ann. Phys. 416 (1935) 636. The sum falls with k, so the one root is found by halving
    in the logarithm between proven limits, at any contrast. A phase conducts on its own from f = 1/d; with
    less than that of conducting phases beside closed ones (k_i = 0) the result is 0. Exact for no random
    structure in particular; good where both phases percolate, poor close to f = 1/d.

    Parameters
    ----------
    conductivities, fractions:
        Shape (..., phases), broadcast against each other: any number of phases, any number of draws.
        Fractions sum to 1 within 1e-6 and are normalised.
    dimensions:
        2 for a section taken as a bundle of long cylinders.

    Raises
    ------
    InputError
        Values out of range, fractions that do not sum to 1, no phase, or shapes that do not go together.

    Examples
    --------
    >>> float(bruggeman([1.0, 0.0], [0.6, 0.4]).round(12))  # (3 f - 1) / 2
    0.4
    """
    if dimensions not in (2, 3):
        raise InputError(f"{dimensions} dimensions", rule="2 or 3")
    k, f = _phases("conductivities", conductivities, fractions)
    total = f.sum(axis=-1, keepdims=True)
    if np.any(np.abs(total - 1) > SUM_TOLERANCE):
        worst = float(total.flat[np.abs(total - 1).argmax()])
        raise InputError(f"fractions that sum to {worst:.8g}", rule="the fractions of all phases sum to 1")
    f = f / total
    open_ = (k > 0) & (f > 0)
    top = np.where(open_, k, 0.0).max(axis=-1)
    scale = np.where(top > 0, top, 1.0)
    k = np.where(open_, k / scale[..., None], 0.0)
    worst_open = np.where(open_, k, 1.0).min(axis=-1)
    # As if all that conducts did so like the worst of it: never above the root.
    least = worst_open * (dimensions * np.where(open_, f, 0.0).sum(axis=-1) - 1) / (dimensions - 1)
    conducts = least > 0
    low, high = np.log(np.where(conducts, least, 1.0)), np.zeros_like(top)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        at = np.exp(middle)[..., None]
        above = (f * (k - at) / (k + (dimensions - 1) * at)).sum(axis=-1) > 0  # the root is
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.asarray(np.where(conducts, scale * np.exp(0.5 * (low + high)), 0.0), dtype=float)


def apparent_diffusivity(k_eff: ArrayLike, fractions: ArrayLike, storage: ArrayLike) -> Array:
    """Diffusivity (m2 s-1) a mixture seems to have, ``D = k_eff / sum_i f_i S_i``.

    Holds where the phases of one place are at equilibrium with each other, that is, where domains are small
    beside the particle: (domain/particle)^2 is the order of the relative error.

    Parameters
    ----------
    k_eff:
        Effective conductivity for the chemical potential, mol2 J-1 m-1 s-1; shape (...).
    fractions:
        Volume fractions, shape (..., phases). What they lack to 1 stores nothing (pores).
    storage:
        ``S_i = dc_i/dmu``, mol2 J-1 m-3, not negative and not all zero; shape (..., phases).

    Raises
    ------
    InputError
        Values out of range, or no phase that stores.
    """
    k = _conductivities("k_eff", k_eff)
    s, f = _phases("storage", storage, fractions)
    if np.any(f.sum(axis=-1) > 1 + SUM_TOLERANCE):
        raise InputError(f"fractions that sum to {f.sum(axis=-1).max():.8g}", rule="at most 1 in all")
    stored = (f * s).sum(axis=-1)
    if np.any(stored <= 0):
        raise InputError("a mixture that stores nothing", rule="sum_i f_i S_i > 0")
    return np.asarray(k / stored, dtype=float)


def _conductivities(name: str, values: ArrayLike) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if not (np.all(np.isfinite(array)) and np.all(array >= 0)):
        raise InputError(f"{name}: a value that is negative or not finite", rule=f"{name} >= 0")
    return array


def _fraction(values: ArrayLike) -> Array:
    array = _conductivities("fraction", values)
    if np.any(array > 1):
        raise InputError(f"a volume fraction of {array.max():g}", rule="0 <= fraction <= 1")
    return array


def _phases(name: str, values: ArrayLike, fractions: ArrayLike) -> tuple[Array, Array]:
    """Both as arrays of one shape (..., phases)."""
    k, f = _conductivities(name, values), _fraction(fractions)
    if k.ndim == 0 or f.ndim == 0 or k.shape[-1] != f.shape[-1] or k.shape[-1] == 0:
        raise InputError(
            f"{name} of shape {k.shape}, fractions of shape {f.shape}",
            rule="the last axis of both counts the phases",
        )
    try:
        k, f = np.broadcast_arrays(k, f)
    except ValueError:
        raise InputError(
            f"{name} of shape {k.shape}, fractions of shape {f.shape}", rule="draws that go together"
        ) from None
    return k, f

"""Copolymerisation by the terminal model: who adds to whom, and how the feed drifts with conversion."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.material.table import GAS_CONSTANT
from negatrode.process.chemistry.monomers import Mixture

Array = NDArray[np.float64]
# Conversion is tabulated up to here; what is left then is residual monomer.
CONVERSIONS = np.concatenate([np.linspace(0.0, 0.95, 39), [0.97, 0.98, 0.99, 0.995, 0.999]])


@dataclass(frozen=True, eq=False)
class Drift:
    """Along the conversion (mass, shape (c,)): ``feed`` (c, monomers), mole fractions of double bonds."""

    conversions: Array
    feed: Array
    ratios: Array


def reactivity_ratios(mix: Mixture) -> Array:
    """r_ij = k_ii / k_ij by the Q-e scheme (T. Alfrey, C. Price): ``Q_i / Q_j exp(-e_i (e_i - e_j))``.

    >>> from negatrode.process.chemistry.monomers import mixture
    >>> r = reactivity_ratios(mixture({"styrene": 0.5, "acrylonitrile": 0.5}))
    >>> [round(float(x), 2) for x in (r[0, 1], r[1, 0])]
    [0.41, 0.04]
    """
    q = np.array([m.q for m, _ in mix.parts])
    e = np.array([m.e for m, _ in mix.parts])
    found: Array = q[:, None] / q[None, :] * np.exp(-e[:, None] * (e[:, None] - e[None, :]))
    return found


def radicals(feed: Array, constants: Array, ratios: Array) -> Array:
    """Shares of the chain ends, (monomers,): as many turn into each kind as leave it.

    ``k_ij = k_ii / r_ij``: the stationary state of the chain of additions.
    """
    cross = constants[:, None] / ratios * feed[None, :]  # rate at which end i adds j
    n = len(feed)
    if n == 1:
        return np.ones(1)
    balance = cross.T - np.diag(cross.sum(axis=1))
    balance[-1] = 1.0
    right = np.zeros(n)
    right[-1] = 1.0
    return np.asarray(np.linalg.solve(balance, right), dtype=np.float64)


def propagation(feed: Array, constants: Array, ratios: Array) -> tuple[float, Array]:
    """Mean propagation constant, and mole fractions of the monomers in the polymer made just now."""
    ends = radicals(feed, constants, ratios)
    added = ends[:, None] * constants[:, None] / ratios * feed[None, :]
    total = float(added.sum())
    return total, added.sum(axis=0) / total


def drift(mix: Mixture, kelvin: float = 343.15) -> Drift:
    """The feed along the conversion, by the composition of what is made (Skeist), in steps of RK4.

    Double bonds of a divinyl monomer count each as one of its monomer (equal reactivity).
    """
    mass = np.array([m.mass / m.vinyl for m, _ in mix.parts])
    weights = np.array([w for _, w in mix.parts])
    ratios, constants = reactivity_ratios(mix), propagation_constants(mix, kelvin)

    def change(left: Array) -> Array:
        """Mass of each monomer that goes, per mass that goes."""
        moles = np.maximum(left, 0.0) / mass
        made = propagation(moles / moles.sum(), constants, ratios)[1] * mass
        return np.asarray(-made / made.sum())

    rows, left = [weights / mass], weights.copy()
    for a, b in itertools.pairwise(CONVERSIONS):
        h = (b - a) / 4
        for _ in range(4):
            k1 = change(left)
            k2 = change(left + 0.5 * h * k1)
            k3 = change(left + 0.5 * h * k2)
            k4 = change(left + h * k3)
            left = np.maximum(left + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), 1e-12)
        rows.append(left / mass)
    feed = np.array(rows)
    return Drift(CONVERSIONS, feed / feed.sum(axis=1, keepdims=True), ratios)


def propagation_constants(mix: Mixture, kelvin: float) -> Array:
    """k_ii (L/mol/s) at a temperature."""
    a = np.array([m.kp[0] for m, _ in mix.parts])
    e = np.array([m.kp[1] for m, _ in mix.parts]) * 1e3
    found: Array = a * np.exp(-e / (GAS_CONSTANT * kelvin))
    return found


def mean_propagation(mix: Mixture, path: Drift, kelvins: Array) -> Array:
    """Mean propagation constant (L/mol/s) on conversions by temperatures, (c, temperatures)."""
    return np.array(
        [
            [propagation(f, propagation_constants(mix, float(t)), path.ratios)[0] for t in kelvins]
            for f in path.feed
        ]
    )

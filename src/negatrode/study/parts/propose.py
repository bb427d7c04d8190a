"""Which points inverse design looks at next: an even start, then Optuna's sampler and a response surface.

A proposal depends on the seed and on what was told, nothing else: a study that was killed proposes the same
points again, finds them in its journal, and goes on as if nothing had happened.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from negatrode.core.errors import MissingInput
from negatrode.study.axis import Axis
from negatrode.study.designs import Point, from_shares, sobol_shares
from negatrode.study.parts.refine import Told, refined

# Surfaces look further, then closer, in turn.
_SHRINKS = (1.0, 0.5, 0.25)
_ELSEWHERE = 4
_WEIGHTS = 64


@dataclass(frozen=True)
class Scores:
    """Of a point: objectives, each to be made small; violations by limit, at most zero inside."""

    objectives: tuple[float, ...]
    violations: Mapping[str, float]

    @property
    def is_inside(self) -> bool:
        """Whether it keeps every limit."""
        return all(v <= 0 for v in self.violations.values())


Past = Sequence[tuple[Point, Scores | None]]


def even_start(axes: Sequence[Axis]) -> int:
    """How many points are spread evenly before anything is learnt."""
    return max(8, 3 * len(axes))


def propose(axes: Sequence[Axis], past: Past, size: int, seed: int) -> list[Point]:
    """The next points; ``past`` holds those before, with None for the scores of a failed one."""
    begun = len(past)
    start = even_start(axes)
    if begun < start:
        shares = sobol_shares(len(axes), start, seed)
        return from_shares(axes, shares[begun : begun + size])
    found: list[Point] = []
    wanted = (size + 1) // 2 if size > 1 else begun % 2
    for k in range(wanted):
        point = _by_surface(axes, past, begun // size * wanted + k, seed)
        if point is not None and point not in found:
            found.append(point)
    return found + _by_sampler(axes, past, found, size - len(found), seed + begun)


def _by_surface(axes: Sequence[Axis], past: Past, number: int, seed: int) -> Point | None:
    """A response surface about the best point, over the axes with numbers; words stay as they are there."""
    good = [(p, s) for p, s in past if s is not None]
    continuous = [a for a in axes if not a.values]
    if not good or not continuous:
        return None
    value = _scalar(np.array([s.objectives for _, s in good]), number)
    names = list(good[0][1].violations)
    violations = np.array([[s.violations[n] for n in names] for _, s in good]).reshape(len(good), len(names))
    whole = Told(_shares(continuous, good), value, violations)
    best = good[whole.best][0]
    others = [a.name for a in axes if a.values]
    alike = np.array([all(p[n] == best[n] for n in others) for p, _ in good])
    told = Told(whole.shares[alike], value[alike], violations[alike])
    # Mostly about the best, now and then about the best of what is far from it.
    about = told.second if number % _ELSEWHERE == _ELSEWHERE - 1 else told.best
    shares = refined(told, about, shrink=_SHRINKS[number % len(_SHRINKS)], seed=seed + number)
    if shares is None:
        return None
    return {n: best[n] for n in others} | from_shares(continuous, shares[None, :])[0]


def _shares(axes: Sequence[Axis], good: Sequence[tuple[Point, Scores]]) -> Any:
    return np.array([[a.share_of(p[a.name]) for a in axes] for p, _ in good]).reshape(len(good), len(axes))


def _scalar(objectives: Any, number: int) -> Any:
    """One value from several: the largest of the weighted ones (Chebyshev), with other weights every time.

    Weights are spread evenly over the simplex, so that the surfaces go to all of the front.
    """
    count = objectives.shape[1]
    if count == 1:
        return objectives[:, 0]
    low, high = objectives.min(axis=0), objectives.max(axis=0)
    scaled = (objectives - low) / np.maximum(high - low, 1e-300)
    weights = -np.log(np.clip(sobol_shares(count, _WEIGHTS, 0)[number % _WEIGHTS], 1e-3, 1 - 1e-3))
    weights /= weights.sum()
    return (scaled * weights).max(axis=1) + 0.05 * (scaled * weights).sum(axis=1)


def _by_sampler(
    axes: Sequence[Axis], past: Past, pending: Sequence[Point], size: int, seed: int
) -> list[Point]:
    """Points asked of Optuna's tree-structured Parzen estimator, told everything first."""
    if size <= 0:
        return []
    optuna = _optuna()
    kinds = {a.name: _distribution(a) for a in axes}
    scored = [s for _, s in past if s is not None]
    count = len(scored[0].objectives) if scored else 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of features that Optuna calls experimental
        # No random start of its own: past points are one.
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=0, multivariate=len(axes) > 1)
        study = optuna.create_study(directions=["minimize"] * count, sampler=sampler)
        for point, scores in past:
            study.add_trial(_trial(axes, kinds, point, scores))
        for point in pending:
            study.enqueue_trial(_as_params(axes, point))
            study.ask(kinds)
        asked = [study.ask(kinds).params for _ in range(size)]
    return [_from_params(axes, params) for params in asked]


def _optuna() -> Any:
    try:
        import optuna
    except ModuleNotFoundError:
        raise MissingInput(
            "inverse design needs Optuna, which is not installed", remedy="pip install 'negatrode[design]'"
        ) from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def _trial(axes: Sequence[Axis], kinds: Mapping[str, Any], point: Point, scores: Scores | None) -> Any:
    """What was computed, as Optuna keeps it; a failed point is a failed trial."""
    optuna = _optuna()
    params = _as_params(axes, point)
    if scores is None:
        state = optuna.trial.TrialState.FAIL
        trial = optuna.trial.create_trial(state=state, params=params, distributions=dict(kinds))
    else:
        trial = optuna.trial.create_trial(
            values=list(scores.objectives), params=params, distributions=dict(kinds),
            constraints=dict(scores.violations),
        )  # fmt: skip
    return trial


def _distribution(axis: Axis) -> Any:
    """Axes as Optuna has them: shares of a range, places in a list of numbers, words."""
    optuna = _optuna()
    if axis.is_words:
        return optuna.distributions.CategoricalDistribution(list(axis.values))
    if axis.values:
        return optuna.distributions.IntDistribution(0, len(axis.values) - 1)
    return optuna.distributions.FloatDistribution(0.0, 1.0)


def _as_params(axes: Sequence[Axis], point: Point) -> dict[str, Any]:
    def one(axis: Axis) -> Any:
        if axis.is_words:
            return point[axis.name]
        return axis.values.index(point[axis.name]) if axis.values else axis.share_of(point[axis.name])

    return {a.name: one(a) for a in axes}


def _from_params(axes: Sequence[Axis], params: Mapping[str, Any]) -> Point:
    def one(axis: Axis) -> Any:
        if axis.is_words:
            return params[axis.name]
        return axis.values[params[axis.name]] if axis.values else axis.of_share(params[axis.name])

    return {a.name: one(a) for a in axes}

"""One point through the chain: descriptors set, claims judged, the battery of every draw tested."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negatrode.claimsets.inside import inside
from negatrode.core.draws import joint_draws
from negatrode.core.errors import InputError, NegatrodeError
from negatrode.study.chain.base import Base
from negatrode.study.chain.learnt import Drawn, digest_of
from negatrode.study.chain.limits import ClaimsLimit, Limit, OutputLimit, probability_column
from negatrode.study.chain.outputs import HIGH, LOW, Output, columns_of, tests_of
from negatrode.study.chain.turn import Spread, Turned, turned
from negatrode.study.model import Column, Inputs, Row

if TYPE_CHECKING:
    from negatrode.battery.assembly import Source
    from negatrode.battery.build import Design
    from negatrode.battery.calibrate_many import Learnt
    from negatrode.battery.trials import Plan, Trials

Array = NDArray[np.float64]
_PROPERTY_DRAWS = 4000


@dataclass(frozen=True, eq=False)
class Chain:
    """The chain as a study's model: inputs by axis, columns of medians, intervals and probabilities.

    ``draws`` joint draws over what is not known, the same at all points, so that points differ by what was
    turned and not by chance; ``cycled`` of them are aged for the retention. ``learnt``: what a calibration
    taught, by the base's own half cell or by other samples.
    """

    base: Base
    outputs: tuple[Output, ...]
    limits: tuple[Limit, ...]
    draws: int
    cycled: int
    seed: int
    spreads: Mapping[str, Spread] = field(default_factory=dict)
    learnt: Learnt | Drawn | None = None

    @cached_property
    def digest(self) -> str:
        """Base, what is asked, draws, seed: all that a point rests on beside its inputs."""
        told = [
            self.base.digest,
            sorted(o.name for o in self.outputs),
            sorted(f"{limit.name} {_claims_text(limit)}" for limit in self.limits),
            [self.draws, self.cycled, self.seed],
            {n: [s.amount, s.is_relative] for n, s in sorted(self.spreads.items())},
            digest_of(self.learnt),
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    @property
    def columns(self) -> tuple[Column, ...]:
        """Outputs with their intervals, then what the limits need."""
        found = [c for o in self.outputs for c in columns_of(o, self.draws)]
        found += [c for limit in self.limits for c in limit.columns]
        return tuple({c.name: c for c in found}.values())

    def __call__(self, inputs: Inputs) -> Row:
        """One point."""
        point = turned(self.base, inputs, self.spreads, self.draws)
        values: dict[str, float | None] = {}
        notes: dict[str, str] = {}
        for limit in self.limits:
            if isinstance(limit, ClaimsLimit):
                self._judge(limit, point, values, notes)
        drawn = self._draws_of(point, notes)
        for o in self.outputs:
            self._summarise(o, drawn[o.name], values, notes)
        for limit in self.limits:
            if isinstance(limit, OutputLimit):
                _keep(limit, drawn[limit.output], values)
        return Row({c.name: values.get(c.name) for c in self.columns}, notes)

    def _judge(
        self, limit: ClaimsLimit, point: Turned, values: dict[str, float | None], notes: dict[str, str]
    ) -> None:
        found = inside(point.sample, limit.claims, seed=self.seed)
        for number, p in found.by_claim.items():
            values[probability_column(f"{limit.claims.claim_set.name} {number}")] = p
        values[limit.column], values[limit.margin] = found.probability, found.margin
        if found.nearest:
            notes[limit.margin] = found.nearest
        if found.missing:
            notes[limit.column] = (
                f"not known: {', '.join(found.missing)}; at most {found.at_most:.3g} if they are inside"
            )

    def _draws_of(self, point: Turned, notes: dict[str, str]) -> dict[str, list[float | None]]:
        """Every output of every draw."""
        found: dict[str, list[float | None]] = {}
        for o in self.outputs:
            if o.source == "property":
                found[o.name] = self._property(o, point)
        powdered = [o for o in self.outputs if o.source != "property"]
        if not powdered:
            return found
        source = powder_of(point, self.draws, self.seed, self.learnt)
        links = (
            {p.name: p.values for p in source.predictions}
            if any(o.source == "link" for o in powdered)
            else {}
        )
        for o in powdered:
            if o.source == "link":
                found[o.name] = [float(v) for v in links[o.name]]
        tested = [o for o in powdered if o.source == "test"]
        if tested:
            trials, design = self._tested(point, source, tested, notes)
            for o in tested:
                some = trials[: self._draws_needed(o)]
                found[o.name] = [_outcome(o, t, design, point.rate) for t in some]
        return found

    def _property(self, o: Output, point: Turned) -> list[float | None]:
        estimate = point.sample.estimates.get(o.name)
        if estimate is None:
            return [None]
        if self.draws == 1:
            return [estimate.value]
        n = max(self.draws, _PROPERTY_DRAWS)
        return [float(v) for v in joint_draws({o.name: estimate.outcome}, n=n, seed=self.seed)[o.name]]

    def _tested(
        self, point: Turned, source: Source, tested: Sequence[Output], notes: dict[str, str]
    ) -> tuple[list[Trials], Design]:
        from negatrode.battery.trials import Trials, go_through
        from negatrode.report.battery import plan_of

        design = tested_design(point, tested)
        plan = _plan(plan_of(point.design), tested, point.rate)
        wanted = max(self._draws_needed(o) for o in tested)
        few = replace(plan, tests=plan.tests & {"retention"}, half_rates=())
        found: list[Trials] = []
        for draw in range(wanted):
            # Draws that only the retention needs go through nothing else, and the other way round.
            own = plan if draw < self.draws and self._is_for_all(tested) else few
            ageing = source.ageing(draw) if "retention" in own.tests and draw < self.cycled else None
            try:
                found.append(go_through(source.powder(draw), design, own, ageing))
            except NegatrodeError as error:
                if draw == 0:
                    raise  # the centre is the design itself
                found.append(Trials(failed={"a whole draw": error.sentence()}))
        _note_failures(found, notes)
        return found, design

    def _draws_needed(self, o: Output) -> int:
        return min(self.cycled, self.draws) if o.test == "retention" else self.draws

    def _is_for_all(self, tested: Sequence[Output]) -> bool:
        """Whether anything but the retention is asked of every draw."""
        return any(o.test != "retention" for o in tested)

    def _summarise(
        self, o: Output, drawn: Sequence[float | None], values: dict[str, float | None], notes: dict[str, str]
    ) -> None:
        names = [c.name for c in columns_of(o, self.draws)]
        known = [v for v in drawn if v is not None and np.isfinite(v)]
        if not known:
            notes.setdefault(o.name, "could not be had in any draw")
            return
        if len(known) < len(drawn):
            notes[o.name] = f"had in {len(known)} of {len(drawn)} draws"
        at = [0.5] if len(names) == 1 else [0.5, LOW, HIGH]
        values.update(zip(names, (float(q) for q in np.quantile(known, at)), strict=True))


def tested_design(point: Turned, tested: Sequence[Output]) -> Design:
    """The electrode and battery of a point; InputError where its tests ask for what it does not describe."""
    from negatrode.report.battery import design_of

    design = design_of(point.sample, point.design)
    full = [o.name for o in tested if o.test not in ("", "static", "half")]
    if design.counter is None and full:
        raise InputError(
            "no counter-electrode",
            where=f"{point.design.where} battery.counter_electrode",
            rule=f"{', '.join(full)}: of a full cell",
            remedy='add [battery] counter_electrode = "NMC811"',
        )
    return design


def powder_of(point: Turned, draws: int, seed: int, learnt: Learnt | Drawn | None = None) -> Source:
    """The powder of a point as draws, with what was learnt of its kind and the priors that are held."""
    from negatrode.material.predicted import Known
    from negatrode.material.prior import Draws
    from negatrode.report.battery import source_of

    source = source_of(point.sample, point.design, draws, seed)
    if learnt is not None:
        source = learnt.applied(source)
    if not point.priors:
        return source
    held = dict(source.known.draws.items()) | {key: np.full(draws, z) for key, z in point.priors.items()}
    return source.with_known(Known(source.known.measured, Draws(draws, seed, held)))


def _plan(usual: Plan, tested: Sequence[Output], rate: float | None) -> Plan:
    """The tests that the outputs need, and no other."""

    def rate_of(o: Output) -> float:
        if o.rate:
            return o.rate
        if rate is None:
            raise InputError(
                f"{o.name} without a rate", rule="at_rate is the rate of the axis protocol.rate",
                remedy='add the axis, or name a rate: "delithiation_2C"',
            )  # fmt: skip
        return rate

    full = {rate_of(o) for o in tested if o.rate is not None and not o.is_half_rate}
    half = {rate_of(o) for o in tested if o.rate is not None and o.is_half_rate}
    return replace(usual, rates=tuple(sorted(full)), half_rates=tuple(sorted(half)), tests=tests_of(tested))


def _outcome(o: Output, trial: Trials, design: Design, rate: float | None) -> float | None:
    if o.rate is None:
        return trial.outcomes.get(o.name)
    at = o.rate or rate or 0.0
    if o.is_half_rate:
        return trial.delithiation.get(at)
    share = trial.rate_capacity.get(at)
    if share is None or o.name.startswith("rate_"):
        return share
    # mAh/cm2 of the cell, per g/m2 of powder
    return share / 100 * trial.outcomes["areal_capacity"] * 1e4 / design.coating.rate


def _note_failures(trials: Sequence[Trials], notes: dict[str, str]) -> None:
    reasons: dict[str, tuple[int, str]] = {}
    for trial in trials:
        for name, why in trial.failed.items():
            reasons[name] = (reasons.get(name, (0, why))[0] + 1, reasons.get(name, (0, why))[1])
    for name, (count, why) in reasons.items():
        notes[f"test of {name}"] = f"failed in {count} of {len(trials)} draws: {why}"


def _keep(limit: OutputLimit, drawn: Sequence[float | None], values: dict[str, float | None]) -> None:
    """Share of the draws that keep a bound, and the margin of the draw that decides.

    A draw without the output does not keep it. Of n draws, ``ceil(p n)`` have to keep the bound: the least of
    the best so many decides, so that its margin is not negative exactly where the share reaches p.
    """
    sign = 1.0 if limit.is_least else -1.0
    signed = np.array([-np.inf if v is None else sign * v for v in drawn])
    bound = sign * limit.bound
    values[limit.column] = float(np.mean(signed >= bound))
    needed = max(math.ceil(limit.probability * len(signed) - 1e-9), 1)
    decides = float(np.sort(signed)[len(signed) - needed])
    scale = abs(limit.bound) or 1.0
    values[limit.margin] = (decides - bound) / scale if np.isfinite(decides) else None


def _claims_text(limit: Limit) -> str:
    """A claim set by its content: a user's own file may change between two runs."""
    if not isinstance(limit, ClaimsLimit):
        return ""
    chosen = [
        [claim.number, [repr(replace(x, where="")) for x in claim.limitations]]
        for claim in limit.claims.claim_set.claims
    ]
    return hashlib.sha256(json.dumps(chosen).encode()).hexdigest()[:16]

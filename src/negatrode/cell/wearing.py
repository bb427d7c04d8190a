"""What ages between the steps of a protocol, and the account of every mechanism.

Films, plated lithium and cracks grow within the steps (kernels/side.py, kernels/wear.py). Active material is
taken out here, between steps: its area falls, the particles keep their stoichiometry, and the lithium that it
held is counted as isolated. Loss by stress follows every step, isolation every cycle.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from negatrode.cell.ageing_record import AgeingRecord
from negatrode.cell.observe import mean_stoichiometry
from negatrode.cell.packing import Packed
from negatrode.material.table import FARADAY

Array = NDArray[np.float64]
# Active material is never taken out altogether: a population without area has no flux that could be solved.
_LEAST = 1e-3


@dataclass(eq=False)
class Wearing:
    """The account under way. ``live``: active share by flux; ``isolated``: A h; ``lowest``, ``highest``: the
    mean stoichiometries met in the present cycle.
    """

    packed: Packed
    live: Array = field(init=False)
    isolated: float = 0.0
    rows: list[tuple[float, int, int, dict[str, float], dict[str, float], float, dict[str, float]]] = field(
        default_factory=list
    )

    def __post_init__(self) -> None:
        self.live = np.ones(len(self.packed.pops[4]))
        self.whole = self.packed.pops[4].copy()
        self.kept = np.ones(len(self.live))  # what isolation has left
        self.lowest, self.highest = np.full(len(self.live), np.inf), np.full(len(self.live), -np.inf)

    @property
    def ages(self) -> bool:
        """Whether anything ages at all."""
        return any(p.ageing is not None for p in self.packed.particles)

    def fluxes(self, k: int) -> slice:
        """Where population ``k`` lies among the fluxes."""
        first = int(self.packed.pops[3][k])
        return slice(first, first + int(self.packed.pops[2][k]))

    def widths(self, k: int) -> Array:
        """Width (m) of every site of population ``k``."""
        first = int(self.packed.pops[1][k])
        width: Array = self.packed.mesh[10][first : first + int(self.packed.pops[2][k])]
        return width

    def electrode(self, k: int) -> str:
        """Which electrode population ``k`` is in."""
        at = int(self.packed.pops[1][k])
        negative = not self.packed.cell.is_half_cell and at < self.packed.layout.sites[0]
        return "negative" if negative else "positive"

    def see(self, state: Array) -> None:
        """Note the stoichiometries at an end of a step."""
        for k in range(len(self.packed.particles)):
            mean = mean_stoichiometry(self.packed, state[None, :], k)[0]
            at = self.fluxes(k)
            self.lowest[at] = np.minimum(self.lowest[at], mean)
            self.highest[at] = np.maximum(self.highest[at], mean)

    def after_step(self, state: Array, time: float, step: int, cycle: int, *, ends_cycle: bool) -> None:
        """Take out what a step has worn, and what a cycle has isolated; write the account."""
        if not self.ages:
            return
        self.see(state)
        for k, p in enumerate(self.packed.particles):
            a = p.ageing
            if a is None:
                continue
            at = self.fluxes(k)
            if ends_cycle and a.isolation is not None:
                share = p.core_radius**3
                swelling = p.material.expansion * share * np.maximum(self.highest[at] - self.lowest[at], 0.0)
                rule = a.isolation
                self.kept[at] *= np.maximum(1 - rule.rate * swelling**rule.exponent * rule.fragility, 0.0)
            worn = self.packed.pops[9][2][at] / p.volume_fraction
            self._leave(k, np.maximum(self.kept[at] * (1 - worn), _LEAST), state)
        if ends_cycle:
            self.lowest[:], self.highest[:] = np.inf, -np.inf
            self.see(state)
        self._write(state, time, step, cycle)

    def _leave(self, host: int, live: Array, state: Array) -> None:
        """Set the active share of a host; what goes takes its lithium and its films with it."""
        at = self.fluxes(host)
        gone = self.live[at] - live
        if not np.any(gone):
            return
        p = self.packed.particles[host]
        per_hour = self.packed.cell.area * FARADAY / 3600
        mean = mean_stoichiometry(self.packed, state[None, :], host)[0]
        self.isolated += per_hour * float(self.widths(host) @ (gone * mean)) * p.capacity_concentration
        self.live[at] = live
        self.packed.pops[4][at] = self.whole[at] * live
        for b in self.packed.beside:
            if b.host == host:
                own = self.fluxes(b.population)
                bound = self.whole[own] * self._amounts(state, b.population)
                self.isolated += per_hour * float(self.widths(host) @ (gone * bound))
                self.live[own] = live
                self.packed.pops[4][own] = self.whole[own] * live

    def _amounts(self, state: Array, k: int) -> Array:
        """Lithium bound by side reaction ``k``, mol per m2 of the host's area."""
        first = self.packed.at[0] + int(self.packed.parts[1][k])
        amounts: Array = state[first : first + int(self.packed.pops[2][k])]
        return amounts

    def bound(self, state: Array) -> dict[str, float]:
        """Lithium bound by every mechanism, A h of the whole cell."""
        per_hour = self.packed.cell.area * FARADAY / 3600
        found: dict[str, float] = {}
        for b in self.packed.beside:
            at = self.fluxes(b.population)
            amount = float(
                self.widths(b.population) @ (self.packed.pops[4][at] * self._amounts(state, b.population))
            )
            found[b.name] = found.get(b.name, 0.0) + per_hour * amount
        if any(p.ageing and (p.ageing.loss or p.ageing.isolation) for p in self.packed.particles):
            found["isolated"] = self.isolated
        return found

    def _write(self, state: Array, time: float, step: int, cycle: int) -> None:
        active: dict[str, float] = {}
        whole: dict[str, float] = {}
        film: dict[str, float] = {}
        missing = 0.0
        per_hour = self.packed.cell.area * FARADAY / 3600
        for k, p in enumerate(self.packed.particles):
            place, width = self.electrode(k), self.widths(k)
            holds = p.capacity_concentration * float(width.sum())
            left = p.capacity_concentration * float(width @ self.live[self.fluxes(k)])
            active[place] = active.get(place, 0.0) + left
            whole[place] = whole.get(place, 0.0) + holds
            missing += per_hour * (holds - left)
        for b in self.packed.beside:
            if b.name == "film":
                numbers, start = self.packed.pops[8][2], self.packed.pops[8][3]
                at, width = self.fluxes(b.population), self.widths(b.population)
                thick = start[at] + numbers[b.population, 1] * self._amounts(state, b.population)
                film.setdefault(self.electrode(b.host), float(width @ thick / width.sum()))
        active = {place: value / whole[place] for place, value in active.items()}
        self.rows.append((time, step, cycle, self.bound(state), active, missing, film))

    def record(self) -> AgeingRecord | None:
        """The account so far; None where nothing ages."""
        if not self.rows:
            return None
        time, step, cycle, lost, active, missing, film = zip(*self.rows, strict=True)

        def columns(rows: tuple[dict[str, float], ...]) -> dict[str, Array]:
            return {key: np.array([row[key] for row in rows]) for key in rows[0]}

        return AgeingRecord(
            np.array(time), np.array(step), np.array(cycle), columns(lost), columns(active),
            np.array(missing), columns(film),
        )  # fmt: skip

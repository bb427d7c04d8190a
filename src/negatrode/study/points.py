"""Points through the journal: what is known is taken, the rest computed, each recorded as it comes."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field, replace

from negatrode.study.journal import Entry, Journal
from negatrode.study.lanes.lanes import Lanes, LanesLost
from negatrode.study.model import Inputs, Model
from negatrode.study.versions import point_key
from negatrode.study.watch import Silent, Watch
from negatrode.study.worker import ATTEMPTS, Task, packed

# A batch is some half a second of work: handing it over costs a thousandth of that, and a kill loses no more.
_BATCH = 0.5
_LARGEST = 2000
_TICK = 0.5
_DIED = "the worker died over it (killed by the system, most often because memory ran out, or crashed)"


@dataclass(eq=False)
class Desk:
    """Where a study has its points computed: its journal, its workers, who watches.

    ``retry_failed``: points that failed in an earlier run are tried again.
    """

    journal: Journal
    lanes: Lanes
    watch: Watch = field(default_factory=Silent)
    retry_failed: bool = False

    def compute(
        self,
        part: str,
        model: Model,
        points: Sequence[Inputs],
        axes: Mapping[str, str],
        *,
        quiet: bool = False,
    ) -> list[Entry]:
        """The entries of a part's points, in order; the journal has all of them when this returns.

        ``axes``: name to unit. ``quiet``: whoever calls tells the watch how far the part is.
        """
        keys = [point_key(model.digest, p) for p in points]
        self.journal.plan(part, axes, model.columns, list(zip(keys, points, strict=True)))
        if self.retry_failed:
            self.journal.forget_failed(keys)
        known = self.journal.known(keys)
        todo = {k: Task(k, p) for k, p in zip(keys, points, strict=True) if k not in known}
        watch = Silent() if quiet else self.watch
        watch.begin(part, len(set(keys)), len(known), sum(e.is_failed for e in known.values()))
        try:
            if todo:
                _Dispatch(self, watch, packed(model), deque(todo.values())).run()
                known |= self.journal.known(todo)
        finally:
            watch.end()
        return [known[k] for k in keys]


@dataclass(eq=False)
class _Flight:
    lane: int
    tasks: list[Task]
    alone: bool


@dataclass(eq=False)
class _Dispatch:
    """Batches to lanes and entries to the journal until nothing is left.

    A lane whose worker dies gives its points back; each is then tried with a worker to itself, so that the
    one that kills is known, and is given up after its attempts.
    """

    desk: Desk
    watch: Watch
    blob: bytes
    fresh: deque[Task]
    suspects: deque[Task] = field(default_factory=deque)
    flying: dict[Future[list[Entry]], _Flight] = field(default_factory=dict)
    pace: float = 0.0  # seconds a point

    def run(self) -> None:
        """Until every point is recorded."""
        while self.fresh or self.suspects or self.flying:
            try:
                self._fill()
            except CancelledError:
                raise self._lost() from None
            done, _ = wait(self.flying, timeout=_TICK, return_when=FIRST_COMPLETED)
            self._land(done)
            self.watch.tick()

    def _fill(self) -> None:
        lanes = self.desk.lanes
        busy: dict[int, list[_Flight]] = {}
        for flight in self.flying.values():
            busy.setdefault(flight.lane, []).append(flight)
        for lane in range(lanes.count):
            aloft = busy.get(lane, [])
            if self.suspects and not aloft:
                self._start(lane, [self.suspects.popleft()], alone=True)
                continue
            if any(f.alone for f in aloft):
                continue
            for _ in range(lanes.depth - len(aloft)):
                if self.fresh:
                    size = self._size(lanes.count)
                    some = [self.fresh.popleft() for _ in range(min(size, len(self.fresh)))]
                    self._start(lane, some, alone=False)

    def _size(self, lanes: int) -> int:
        """Points of the next batch: half a second of them, less towards the end, one before any is known."""
        if self.pace == 0.0:
            return 1
        fair = max(len(self.fresh) // (2 * lanes), 1)
        return max(1, min(int(_BATCH / max(self.pace, 1e-6)), fair, _LARGEST))

    def _start(self, lane: int, tasks: list[Task], *, alone: bool) -> None:
        future = self.desk.lanes.submit(lane, self.blob, tasks)
        self.flying[future] = _Flight(lane, tasks, alone)

    def _land(self, done: set[Future[list[Entry]]]) -> None:
        entries: list[Entry] = []
        lost = False
        for future in done:
            flight = self.flying.pop(future)
            try:
                found = future.result()
            except CancelledError:
                lost = True
            except Exception as error:  # noqa: BLE001  a dead worker, or what could not be sent back
                is_death = self.desk.lanes.is_death(error)
                if is_death:
                    self.desk.lanes.mend(flight.lane, future)
                reason = _DIED if is_death else f"{type(error).__name__}: {error}"
                entries += self._crashed(flight, reason)
            else:
                entries += found
                self._learn(found)
        if entries:
            self.desk.journal.record(entries)
            self.watch.advance(len(entries), sum(e.is_failed for e in entries))
        if lost:  # after what did come in is recorded
            raise self._lost()

    def _lost(self) -> LanesLost:
        return LanesLost(
            "the workers are gone",
            where=self.desk.lanes.title,
            rule="what was finished is in the journal",
            remedy="start the scheduler and its workers again, and give the same command: it goes on",
        )

    def _crashed(self, flight: _Flight, reason: str) -> list[Entry]:
        """Entries of the points that are given up; the others wait for a worker of their own."""
        given_up = []
        for task in flight.tasks:
            task = replace(task, attempts=task.attempts + 1)
            if flight.alone and task.attempts >= ATTEMPTS:
                given_up.append(Entry(task.key, task.inputs, error=reason, attempts=task.attempts))
            else:
                # A neighbour in a batch may have been tried often enough by now, but never alone.
                self.suspects.append(replace(task, attempts=min(task.attempts, ATTEMPTS - 1)))
        return given_up

    def _learn(self, found: Sequence[Entry]) -> None:
        seconds = sum(e.seconds for e in found) / len(found)
        self.pace = seconds if self.pace == 0.0 else 0.7 * self.pace + 0.3 * seconds
        self.pace = max(self.pace, 1e-7)

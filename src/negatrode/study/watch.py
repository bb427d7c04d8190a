"""Progress of a study: a bar on a terminal, a plain line every ten seconds elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

EVERY = 10.0  # s


class Watch(Protocol):
    """Is told what happens to the points of a part."""

    def begin(self, part: str, total: int, known: int, failed: int) -> None:
        """A part of so many points, of which so many are in the journal already."""

    def advance(self, points: int, failed: int) -> None:
        """So many more are recorded, of which so many failed."""

    def tick(self) -> None:
        """Time passes."""

    def end(self) -> None:
        """The part is complete."""

    def say(self, text: str) -> None:
        """Something worth a line."""


class Silent:
    """Tells nobody."""

    def begin(self, part: str, total: int, known: int, failed: int) -> None:
        """Nothing."""

    def advance(self, points: int, failed: int) -> None:
        """Nothing."""

    def tick(self) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""

    def say(self, text: str) -> None:
        """Nothing."""


@dataclass
class Count:
    """Where a part stands: rate and time left by what this run has done."""

    part: str = ""
    total: int = 0
    done: int = 0
    failed: int = 0
    here: int = 0
    began: float = 0.0
    clock: Callable[[], float] = time.monotonic

    def start(self, part: str, total: int, known: int, failed: int) -> None:
        """A new part."""
        self.part, self.total, self.done, self.failed = part, total, known, failed
        self.here, self.began = 0, self.clock()

    def add(self, points: int, failed: int) -> None:
        """More points."""
        self.done += points
        self.here += points
        self.failed += failed

    @property
    def rate(self) -> float:
        """Points a second of this run."""
        spent = self.clock() - self.began
        return self.here / spent if spent > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds left at that rate."""
        return (self.total - self.done) / self.rate if self.here else None

    def line(self) -> str:
        """One line: ``sweep: 312 of 1000 points, 24.1 points/s, 29 s left, 3 failed``."""
        parts = [f"{self.part}: {self.done} of {self.total} points"]
        if self.here and self.done < self.total:
            parts += [f"{self.rate:.3g} points/s", f"{duration(self.left or 0.0)} left"]
        elif self.here:
            parts.append(f"{self.rate:.3g} points/s")
        if self.failed:
            parts.append(f"{self.failed} failed")
        return ", ".join(parts)


def duration(seconds: float) -> str:
    """A time in words.

    >>> duration(29), duration(310), duration(7380)
    ('29 s', '5 min 10 s', '2 h 3 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


@dataclass
class Lines:
    """A line at the beginning of a part, every ten seconds, and at its end."""

    write: Callable[[str], None]
    every: float = EVERY
    count: Count = field(default_factory=Count)
    _last: float = 0.0

    def begin(self, part: str, total: int, known: int, failed: int) -> None:
        """The first line."""
        self.count.start(part, total, known, failed)
        self._last = self.count.clock()
        self.write(f"{part}: {total} points" + (f", {known} of them in the journal" if known else ""))

    def advance(self, points: int, failed: int) -> None:
        """Count, and perhaps a line."""
        self.count.add(points, failed)
        self.tick()

    def tick(self) -> None:
        """A line where ten seconds have passed."""
        if self.count.clock() - self._last >= self.every:
            self._last = self.count.clock()
            self.write(self.count.line())

    def end(self) -> None:
        """The last line."""
        if self.count.here:
            self.write(self.count.line())

    def say(self, text: str) -> None:
        """A line."""
        self.write(text)


@dataclass
class Bar:
    """A bar on a terminal, drawn when points come in: no thread beside the work."""

    count: Count = field(default_factory=Count)
    _progress: Progress | None = None
    _task: TaskID | None = None
    _drawn: float = 0.0

    def begin(self, part: str, total: int, known: int, failed: int) -> None:
        """A new bar."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self.count.start(part, total, known, failed)
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[words]}"),
            console=Console(stderr=True), auto_refresh=False,
        )  # fmt: skip
        self._progress.start()
        self._task = self._progress.add_task(part, total=total, completed=known, words=self._words())
        self._draw()

    def advance(self, points: int, failed: int) -> None:
        """Further."""
        self.count.add(points, failed)
        self.tick()

    def tick(self) -> None:
        """Draw, at most five times a second."""
        if self.count.clock() - self._drawn >= 0.2:
            self._draw()

    def end(self) -> None:
        """The bar stays as it ended."""
        self._draw()
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def say(self, text: str) -> None:
        """A line above the bar."""
        if self._progress is not None:
            self._progress.console.print(text, highlight=False, markup=False)
            return
        from rich.console import Console

        Console(stderr=True).print(text, highlight=False, markup=False)

    def _words(self) -> str:
        return self.count.line().partition(": ")[2]

    def _draw(self) -> None:
        self._drawn = self.count.clock()
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=self.count.done, words=self._words(), refresh=True)

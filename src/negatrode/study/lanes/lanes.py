"""The seam: lanes take batches of points and give ``concurrent.futures`` futures of their entries."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from negatrode.core.errors import NegatrodeError
from negatrode.study.journal import Entry
from negatrode.study.worker import Task


class LanesLost(NegatrodeError):
    """The workers cannot be reached any more; the journal holds what was finished."""

    code = "workers"


class Lanes(Protocol):
    """Places where batches run side by side, numbered from 0."""

    @property
    def count(self) -> int:
        """How many batches run at once now; a cluster's number may change."""

    @property
    def depth(self) -> int:
        """How many batches a lane is given at a time (two: it never waits for the next one)."""

    @property
    def title(self) -> str:
        """What they are, for people."""

    def submit(self, lane: int, blob: bytes, tasks: Sequence[Task]) -> Future[list[Entry]]:
        """Hand a batch to a lane."""

    def is_death(self, error: BaseException) -> bool:
        """Whether a future's exception says that the worker died."""

    def mend(self, lane: int, future: Future[list[Entry]]) -> None:
        """Put a new worker in the place of the one that died over a future."""

    def close(self) -> None:
        """Stop, without waiting for what is in flight."""

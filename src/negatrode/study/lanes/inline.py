"""No lanes at all: points one after the other in this process."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from negatrode.study.journal import Entry
from negatrode.study.worker import Task, work


class Inline:
    """The batch is computed when it is handed in."""

    count = 1
    depth = 1
    title = "this process"

    def submit(self, lane: int, blob: bytes, tasks: Sequence[Task]) -> Future[list[Entry]]:
        """Compute a batch now."""
        del lane
        done: Future[list[Entry]] = Future()
        try:
            done.set_result(work(blob, tasks))
        except Exception as error:  # noqa: BLE001  a future holds whatever its work raised
            done.set_exception(error)
        return done

    def is_death(self, error: BaseException) -> bool:
        """Never: this process would be dead."""
        del error
        return False

    def mend(self, lane: int, future: Future[list[Entry]]) -> None:
        """Nothing to mend."""
        del lane, future

    def close(self) -> None:
        """Nothing to stop."""

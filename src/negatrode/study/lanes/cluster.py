"""Workers of a Dask cluster, by the address of its scheduler (extra ``cluster``).

The cluster gives processors, nothing else: plans, order, retries and the journal are this process's own, so
that the same points come from it as from local processes. A worker that dies gives its batch back.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future
from typing import Any

from negatrode.core.errors import InputError, MissingInput
from negatrode.study.journal import Entry
from negatrode.study.versions import code_version
from negatrode.study.worker import Task, work

_CONNECT = 10.0  # s that a scheduler has to answer
_WORKERS = 60.0  # s that the first worker has to appear
_LOOK = 2.0  # s between two looks at how many workers there are
_SILENCE = 15.0  # s without a connection after which the scheduler is taken for gone


class ClusterLanes:
    """As many lanes as the cluster's workers have threads; workers may come and go."""

    depth = 2

    def __init__(self, address: str) -> None:
        distributed = _distributed()
        # What it logs of a lost connection is said by us, in a sentence.
        _hush("distributed", "tornado", "asyncio")
        self.title = f"the cluster at {address}"
        try:
            self._client: Any = distributed.Client(address, timeout=_CONNECT, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError(
                f"no scheduler answers ({error or type(error).__name__})", where=f"--cluster {address}",
                remedy="start one: dask scheduler --port 8786; and: dask worker tcp://HOST:8786 --nthreads 1",
            ) from None  # fmt: skip
        try:
            self._client.wait_for_workers(1, timeout=_WORKERS)
        except TimeoutError:
            self.close()
            raise InputError(
                "no worker", where=self.title, rule=f"one within {_WORKERS:g} s",
                remedy=f"start some: dask worker {address} --nworkers 4 --nthreads 1",
            ) from None  # fmt: skip
        self._check_code()
        # Retries are ours: what a worker's death costs is known and recorded.
        self._executor = self._client.get_executor(pure=False, retries=0)
        self._count, self._looked = self._threads(), time.monotonic()
        self._heard = self._manned = time.monotonic()

    @property
    def count(self) -> int:
        """Threads of all workers now."""
        now = time.monotonic()
        if now - self._looked > _LOOK:
            self._looked = now
            threads = self._threads()
            self._count = max(threads, 1)
            self._listen(now, threads)
        return self._count

    def submit(self, lane: int, blob: bytes, tasks: Sequence[Task]) -> Future[list[Entry]]:
        """Hand a batch to the cluster; which worker takes it is the scheduler's affair."""
        del lane
        found: Future[list[Entry]] = self._executor.submit(work, blob, list(tasks))
        return found

    def is_death(self, error: BaseException) -> bool:
        """Whether workers died over a batch (the scheduler tries a few before it says so)."""
        return isinstance(error, _distributed().KilledWorker)

    def mend(self, lane: int, future: Future[list[Entry]]) -> None:
        """The cluster mends itself."""
        del lane, future

    def close(self) -> None:
        """Let go of the cluster; its workers stay."""
        with contextlib.suppress(TimeoutError, OSError):
            self._client.close(timeout=5)

    def _threads(self) -> int:
        workers = self._client.scheduler_info(n_workers=-1).get("workers", {})
        return sum(int(w["nthreads"]) for w in workers.values())

    def _listen(self, now: float, threads: int) -> None:
        """CancelledError where there was no scheduler, or no worker, for a while: tasks would wait on."""
        if threads:
            self._manned = now
        elif now - self._manned > _WORKERS:
            raise CancelledError
        if self._client.status == "running":
            self._heard = now
        elif now - self._heard > _SILENCE or self._client.status == "closed":
            raise CancelledError

    def _check_code(self) -> None:
        ours = code_version()
        try:
            theirs = self._client.run(code_version)
        except Exception as error:  # noqa: BLE001  whatever a worker without the package raises
            self.close()
            release = ours.partition("+")[0]
            raise InputError(
                f"a worker cannot import negatrode ({type(error).__name__}: {error})", where=self.title,
                remedy=f"install negatrode {release} with its extra 'cluster' where workers run",
            ) from None  # fmt: skip
        other = {name: version for name, version in theirs.items() if version != ours}
        if other:
            self.close()
            name, version = next(iter(other.items()))
            raise InputError(
                f"negatrode {version} at {name}", where=self.title,
                rule=f"all workers compute by the same code as this process, {ours}",
                remedy="install the same release everywhere, and start the workers again",
            )  # fmt: skip


def _hush(*names: str) -> None:
    """Silence loggers and those below them, which Dask's configuration gives levels of their own."""
    for name in (*names, *logging.root.manager.loggerDict):
        if name.partition(".")[0] in names:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _distributed() -> Any:
    try:
        import distributed
    except ModuleNotFoundError:
        raise MissingInput(
            "a cluster needs Dask's distributed, which is not installed",
            remedy="pip install 'negatrode[cluster]'",
        ) from None
    return distributed

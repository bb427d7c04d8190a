"""Processes of this machine: one executor a lane, so that a worker that dies takes no other with it.

Workers are forked from a server process that has no threads and none of the parent's open files (the journal
and its lock stay the parent's own); where there is no such server (Windows) they are spawned. They die with
their parent.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext
from weakref import WeakKeyDictionary

from negatrode.core.errors import InputError
from negatrode.core.processors import cores
from negatrode.study.journal import Entry
from negatrode.study.worker import Task, work

# Each worker has one core: threads of linear algebra would fight over it.
_SINGLE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class LocalLanes:
    """``count`` worker processes."""

    depth = 2

    def __init__(self, count: int | None = None) -> None:
        self.count = count or cores()
        if not 1 <= self.count <= 1024:
            raise InputError(f"{count} workers", where="--workers", rule="from 1 to 1024")
        self.title = f"{self.count} worker{'s' if self.count > 1 else ''} of this machine"
        self._context = _context()
        self._of: WeakKeyDictionary[Future[list[Entry]], ProcessPoolExecutor] = WeakKeyDictionary()
        with _single_threaded():
            self._executors = [self._executor() for _ in range(self.count)]
            # The server of the workers starts with the first of them, in this environment.
            for executor in self._executors:
                executor.submit(os.getpid).result()

    def submit(self, lane: int, blob: bytes, tasks: Sequence[Task]) -> Future[list[Entry]]:
        """Hand a batch to a worker; a lane whose worker was found dead gets a new one first."""
        try:
            future = self._executors[lane].submit(work, blob, tasks)
        except BrokenProcessPool:
            self._replace(lane)
            future = self._executors[lane].submit(work, blob, tasks)
        self._of[future] = self._executors[lane]
        return future

    def is_death(self, error: BaseException) -> bool:
        """Whether the worker was killed (the system does so when memory runs out) or crashed."""
        return isinstance(error, BrokenProcessPool)

    def mend(self, lane: int, future: Future[list[Entry]]) -> None:
        """A new worker in the place of the one that died over a future, where it is still there."""
        if self._of.get(future) is self._executors[lane]:
            self._replace(lane)

    def _replace(self, lane: int) -> None:
        self._executors[lane].shutdown(wait=False, cancel_futures=True)
        self._executors[lane] = self._executor()

    def close(self) -> None:
        """Stop the workers, in the midst of what they do."""
        for executor in self._executors:
            workers = list((executor._processes or {}).values())
            executor.shutdown(wait=False, cancel_futures=True)
            for worker in workers:
                worker.terminate()

    def _executor(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, mp_context=self._context, initializer=_begin)


def _context() -> BaseContext:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["negatrode.study.chain.evaluate"])
    return context


@contextmanager
def _single_threaded() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _SINGLE}
    os.environ.update(dict.fromkeys(_SINGLE, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _begin() -> None:
    """A worker's first act: the parent alone answers the keyboard, and its death is the worker's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])  # ready when the parent is gone, whatever killed it
        os._exit(1)

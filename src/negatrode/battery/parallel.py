"""The same work for many draws, on all cores.

Where the process is alone with itself (Linux, one thread: the command line), it is forked: children have the
compiled code and the draws already, and Python's lock holds nobody up. Anywhere else threads do it, of which
the compiled two thirds run side by side.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

T = TypeVar("T")
# What forked children find: the work, by the number of the pool that it belongs to.
_WORK: dict[int, Callable[[int], Any]] = {}
_CHUNK = 4


def in_parallel(
    one: Callable[[int], T],
    count: int,
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[T]:
    """``one(k)`` for every k below ``count``, in order; ``progress(done, count)`` every twenty.

    ``one(0)`` is done first and here: it compiles what is not compiled, and evaluates what all share.
    """
    if count == 0:
        return []
    done = [one(0)]
    many = workers or os.cpu_count() or 1
    if count == 1 or many == 1:
        return done + [one(k) for k in range(1, count)]
    if _may_fork():
        try:
            return _collect(_forked, one, count, many, done, progress)
        except (BrokenProcessPool, OSError):
            done = done[:1]  # no room for another process: threads need none
    return _collect(_threaded, one, count, many, done, progress)


def _may_fork() -> bool:
    return sys.platform == "linux" and threading.active_count() == 1


def _collect(
    pool_of: Callable[[int], Executor],
    one: Callable[[int], T],
    count: int,
    workers: int,
    done: list[T],
    progress: Callable[[int, int], None] | None,
) -> list[T]:
    number = id(one)
    _WORK[number] = one
    results = list(done)
    try:
        with warnings.catch_warnings(), pool_of(workers) as pool:
            # Libraries of linear algebra keep threads of their own, which hold no lock across a fork.
            warnings.simplefilter("ignore", DeprecationWarning)
            tasks = [(number, k) for k in range(1, count)]
            for result in pool.map(_do, tasks, chunksize=_CHUNK):
                results.append(result)
                if progress is not None and len(results) % 20 == 0:
                    progress(len(results), count)
    finally:
        del _WORK[number]
    return results


def _forked(workers: int) -> Executor:
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork"))


def _threaded(workers: int) -> Executor:
    return ThreadPoolExecutor(workers)


def _do(task: tuple[int, int]) -> Any:
    number, k = task
    return _WORK[number](k)

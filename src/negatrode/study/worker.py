"""What runs in a worker: some points of a model, each with its retries, none able to take the others down."""

from __future__ import annotations

import math
import os
import pickle
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from negatrode.core.errors import NegatrodeError
from negatrode.study.journal import Entry
from negatrode.study.model import Inputs, Model, Row

# A point is tried this often before it is recorded as failed: once, and two retries.
ATTEMPTS = 3


@dataclass(frozen=True)
class Task:
    """A point to compute; ``attempts`` that were made already (by workers that died over it)."""

    key: str
    inputs: Inputs
    attempts: int = 0


def packed(model: Model) -> bytes:
    """A model as it is sent to workers."""
    return pickle.dumps(model, protocol=pickle.HIGHEST_PROTOCOL)


@lru_cache(maxsize=4)
def _unpacked(blob: bytes) -> Model:
    model: Model = pickle.loads(blob)  # what our own parent process packed
    return model


def work(blob: bytes, tasks: Sequence[Task]) -> list[Entry]:
    """Compute points one after the other; what raises is a failed point with its reason."""
    model = _unpacked(blob)
    name = f"{socket.gethostname()}:{os.getpid()}"
    return [replace(attempt(model, task), worker=name) for task in tasks]


def attempt(model: Model, task: Task) -> Entry:
    """One point, tried up to :data:`ATTEMPTS` times in all."""
    began = time.perf_counter()
    reason = "not tried"
    made = task.attempts
    while made < ATTEMPTS:
        made += 1
        try:
            row = model(task.inputs)
        except NegatrodeError as error:
            reason = error.sentence()
        except MemoryError:
            reason = "MemoryError: memory ran out"
        except Exception as error:  # noqa: BLE001  a point that cannot be had is recorded, whatever the reason
            reason = f"{type(error).__name__}: {error}{_place(error)}"
        else:
            values, notes = _finite(row)
            return Entry(
                task.key, task.inputs, values, notes, attempts=made, seconds=time.perf_counter() - began
            )
    return Entry(task.key, task.inputs, error=reason, attempts=made, seconds=time.perf_counter() - began)


def _finite(row: Row) -> tuple[dict[str, float | None], dict[str, str]]:
    """Numbers that are none are told, and left out."""
    values: dict[str, float | None] = {}
    notes = dict(row.notes)
    for name, value in row.values.items():
        if value is not None and not math.isfinite(value):
            notes[name] = f"came out as {value}"
            value = None
        values[name] = None if value is None else float(value)
    return values, notes


def _place(error: BaseException) -> str:
    """Where in the code something unforeseen happened, for whoever has to mend it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    code = trace.tb_frame.f_code
    return f" ({os.path.basename(code.co_filename)}:{trace.tb_lineno}, {code.co_name})"  # noqa: PTH119

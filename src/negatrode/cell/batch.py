"""Many cells in one call: compiled code runs without the interpreter's lock, so threads share the cores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from negatrode.cell.accuracy import Accuracy
from negatrode.cell.cell import Cell
from negatrode.cell.curve import Curve
from negatrode.cell.protocol import Protocol, Step
from negatrode.cell.simulate import as_protocol, simulate
from negatrode.core.errors import InputError, NegatrodeError
from negatrode.core.processors import cores

# Cells a thread takes at a time: handing them out singly costs as much as solving them.
_CHUNK = 8


def simulate_many(
    cells: Iterable[Cell],
    protocols: Protocol | str | Step | Sequence[Protocol | str | Step | list[Step | str]],
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    model: str = "DFN",
    accuracy_level: str | Accuracy = "standard",
    soc: float | None = None,
    voltage: float | None = None,
) -> list[Curve | NegatrodeError]:
    """Simulate many cells on threads.

    Parameters
    ----------
    cells:
        The cells.
    protocols:
        One for all, or one a cell.
    workers:
        Threads; by default the cores that this process may use.
    progress:
        Called with (done, all) after every chunk.
    model, accuracy_level, soc, voltage:
        As in :func:`negatrode.cell.simulate.simulate`.

    Returns
    -------
    list
        In the order of the cells: the curve, or the error that a cell was refused with, so that one
        impossible cell does not lose the others.

    Raises
    ------
    InputError
        Where the number of protocols is neither one nor that of the cells.
    """
    all_cells = list(cells)
    plans = _plans(protocols, len(all_cells))

    def one(cell: Cell, plan: Protocol) -> Curve | NegatrodeError:
        try:
            return simulate(cell, plan, model=model, accuracy_level=accuracy_level, soc=soc, voltage=voltage)
        except NegatrodeError as error:
            return error

    def some(chunk: range) -> list[Curve | NegatrodeError]:
        return [one(all_cells[i], plans[i]) for i in chunk]

    results: list[Curve | NegatrodeError] = []
    if not all_cells:
        return results
    results += some(range(1))  # compiles, where nothing is compiled yet, before threads start
    chunks = [range(i, min(i + _CHUNK, len(all_cells))) for i in range(1, len(all_cells), _CHUNK)]
    with ThreadPoolExecutor(workers or cores()) as pool:
        for part in pool.map(some, chunks):
            results += part
            if progress is not None:
                progress(len(results), len(all_cells))
    return results


def _plans(
    protocols: Protocol | str | Step | Sequence[Protocol | str | Step | list[Step | str]], count: int
) -> list[Protocol]:
    if isinstance(protocols, Protocol | str | Step):
        return [as_protocol(protocols)] * count
    plans = [as_protocol(p) for p in protocols]
    if len(plans) != count:
        raise InputError(f"{len(plans)} protocols for {count} cells", rule="one for all, or one a cell")
    return plans

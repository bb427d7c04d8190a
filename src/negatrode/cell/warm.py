"""Compiling the engine once for this machine, before it is needed."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode, Particle, Separator
from negatrode.material.active import ActiveMaterial
from negatrode.material.electrolyte import Electrolyte
from negatrode.material.table import Table

if TYPE_CHECKING:
    from negatrode.cell.protocol import Protocol

Say = Callable[[str], None]
# A lock older than this (s) was left behind by a process that was killed; compiling takes less.
_STALE = 300.0


def cache_folder() -> Path:
    """Where the compiled engine is kept (numba's rule: beside the package, else the user's, or the folder
    that NUMBA_CACHE_DIR names).
    """
    from negatrode.cell import compiled

    return Path(compiled.march().stats.cache_path)


def is_warm(sensitivities: bool = False) -> bool:
    """Whether a simulation (and the sensitivities of one) can begin without compiling."""
    from negatrode.cell import compiled

    folder = cache_folder()
    tag = f".py{sys.version_info.major}{sys.version_info.minor}."
    files = compiled.compiled_files(folder, sensitivities=sensitivities)
    return compiled.is_current(folder) and any(tag in path.name for path in files)


def warm(say: Say | None = None, every: float = 2.0, *, sensitivities: bool = False) -> float:
    """Compile what a first simulation needs; the seconds that it took (0 where nothing was to do).

    ``sensitivities``: also what :func:`negatrode.cell.sensitivity.sensitivities` needs. ``say`` gets a line
    at the start, one every so many seconds, and one at the end. Processes that start at once wait for one
    another: two that write one cache can damage it.
    """
    engine, along = is_warm(), not sensitivities or is_warm(sensitivities=True)
    if engine and along:
        return 0.0
    say = say or _silent
    folder = cache_folder()
    began = time.monotonic()
    what = "the sensitivities" if engine else "the cell engine"
    say(f"compiling {what} for this machine, once (about 20 s); kept in {folder}")
    with _alone(folder, say), _ticking(say, began, every):
        if not is_warm():
            _first_run()
        if sensitivities and not is_warm(sensitivities=True):
            _first_sensitivity()
    took = time.monotonic() - began
    say(f"compiled in {took:.1f} s")
    return took


def _silent(text: str) -> None:
    del text


def _first_run() -> None:
    from negatrode.cell.accuracy import accuracy
    from negatrode.cell.run import perform

    perform(_smallest_cell(), _shortest_protocol(), accuracy("quick"))


def _first_sensitivity() -> None:
    from negatrode.cell.accuracy import accuracy
    from negatrode.cell.along import Along
    from negatrode.cell.run import solve

    cell, protocol = _smallest_cell(), _shortest_protocol()
    run, _ = solve(cell, protocol, accuracy("quick"), keep_fields=True)
    Along(run, protocol, [cell]).go()


def _shortest_protocol() -> Protocol:
    from negatrode.cell.protocol import End, Protocol, Step

    return Protocol((Step("current", 1e-3, (End("time", 1.0),)),))


def _smallest_cell() -> Cell:
    """Two electrodes of a made-up host with a straight potential: only the types of its arrays matter."""
    host = ActiveMaterial(
        "host", 3e4, Table.sample(lambda x: 1.0 - 0.1 * x, 0.0, 1.0, intervals=4), Table.constant(1e-14),
        Table.constant(1.0),
    )  # fmt: skip
    electrode = Electrode(5e-5, 0.3, 0.16, 10.0, (Particle(host, 5e-6, 0.6, 0.5),))
    salt = Electrolyte("salt", 1000.0, Table.constant(1.0), Table.constant(3e-10), Table.constant(0.3))
    return Cell("warm", electrode, Separator(2e-5, 0.4, 0.25), electrode, salt, 1e-2, 1e-2, (-1.0, 1.0))


@contextlib.contextmanager
def _ticking(say: Say, began: float, every: float) -> Iterator[None]:
    done = threading.Event()

    def tick() -> None:
        while not done.wait(every):
            say(f"compiling ... {time.monotonic() - began:.0f} s")

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextlib.contextmanager
def _alone(folder: Path, say: Say) -> Iterator[None]:
    """Hold a lock file in the cache folder; where the folder cannot be written there is nothing to damage."""
    lock = folder / "compiling.lock"
    held = False
    waited = False
    while not held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            held = True
        except FileExistsError:
            with contextlib.suppress(FileNotFoundError):
                if time.time() - lock.stat().st_mtime > _STALE:
                    lock.unlink()
            if not waited:
                say(f"another process is compiling; waiting ({lock})")
                waited = True
            time.sleep(0.2)
        except PermissionError:
            say(f"{folder} cannot be written: every process compiles anew; set NUMBA_CACHE_DIR to a folder")
            break
    try:
        yield
    finally:
        if held:
            lock.unlink(missing_ok=True)

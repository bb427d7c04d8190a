"""The same work on all cores: order, errors, progress; forked where the process has one thread."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from negatrode.battery.parallel import in_parallel

SCRIPT = """
import os, threading
from negatrode.battery.parallel import in_parallel
told = []
found = in_parallel(lambda k: (k * k, os.getpid()), 50, workers=2, progress=lambda d, n: told.append((d, n)))
assert [v for v, _ in found] == [k * k for k in range(50)]
assert threading.active_count() == 1
print(len({p for _, p in found}), told)
def fails(k):
    if k == 7:
        raise ValueError("seven")
    return k
try:
    in_parallel(fails, 20, workers=2)
except ValueError as error:
    print(error)
"""


def test_in_a_process_of_one_thread() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    first, last = done.stdout.strip().splitlines()
    count, told = first.split(" ", 1)
    # The parent does the first; where there is no fork all is done there.
    assert int(count) >= (2 if sys.platform == "linux" else 1)
    assert told == "[(20, 50), (40, 50)]"
    assert last == "seven"


def test_on_threads() -> None:
    """With a second thread about, nothing is forked."""
    over = threading.Event()
    second = threading.Thread(target=over.wait)
    second.start()
    try:
        seen = in_parallel(lambda k: (k, threading.get_ident()), 30, workers=2)
    finally:
        over.set()
        second.join()
    assert [k for k, _ in seen] == list(range(30))
    with pytest.raises(ZeroDivisionError):
        in_parallel(lambda k: 1 // (k - 3), 10, workers=2)
    assert in_parallel(lambda k: k, 0) == []

"""Functions that studies of the tests evaluate, where workers can import them."""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from negatrode.core.errors import Refusal
from negatrode.study.model import Column, FunctionModel, Value

Inputs = Mapping[str, Value]


def ishigami(p: Inputs) -> dict[str, float | None]:
    """sin x + 7 sin^2 y + 0.1 z^4 sin x (Ishigami and Homma 1990)."""
    x, y, z = (float(p[k]) for k in "xyz")
    return {"f": math.sin(x) + 7 * math.sin(y) ** 2 + 0.1 * z**4 * math.sin(x)}


def branin(p: Inputs) -> dict[str, float | None]:
    """Branin's function; least 0.397887 at three places."""
    x, y = float(p["x"]), float(p["y"])
    b, c = 5.1 / (4 * math.pi**2), 5 / math.pi
    return {"f": (y - b * x * x + c * x - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10}


def gramacy(p: Inputs) -> dict[str, float | None]:
    """The toy of Gramacy and others (2016): a plane within two constraints; least 0.599788."""
    x, y = float(p["x"]), float(p["y"])
    c = 1.5 - x - 2 * y - 0.5 * math.sin(2 * math.pi * (x * x - 2 * y))
    return {"f": x + y, "c1": c, "c2": x * x + y * y - 1.5}


_A = np.array([[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]])
_P = 1e-4 * np.array([[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]])
_ALPHA = np.array([1.0, 1.2, 3.0, 3.2])


def hartmann(p: Inputs) -> dict[str, float | None]:
    """Hartmann's function of three; least -3.86278."""
    x = np.array([float(p[k]) for k in "xyz"])
    return {"f": float(-(_ALPHA * np.exp(-(_A * (x - _P) ** 2).sum(axis=1))).sum())}


def schaffer(p: Inputs) -> dict[str, float | None]:
    """Two objectives, x^2 and -(x - 2)^2 (Schaffer 1985)."""
    x = float(p["x"])
    return {"f": x * x, "g": -((x - 2) ** 2)}


def plain(p: Inputs) -> dict[str, float | None]:
    """x^2, slowly enough that batches form."""
    time.sleep(0.002)
    return {"f": float(p["x"]) ** 2}


def slow(p: Inputs) -> dict[str, float | None]:
    """x^2, in a twentieth of a second."""
    time.sleep(0.05)
    return {"f": float(p["x"]) ** 2}


def troubled(p: Inputs) -> dict[str, float | None]:
    """Refused at 3, a slip at 5, no number at 7, killed at 11 as the system kills when memory runs out."""
    x = float(p["x"])
    if x == 3:
        raise Refusal("three is refused", rule="a rule")
    if x == 5:
        return {"f": float(p["no such key"])}
    if x == 7:
        return {"f": math.nan}
    if x == 11:
        os.kill(os.getpid(), signal.SIGKILL)
    if x == 13:
        raise MemoryError
    return {"f": x * x}


def counted(p: Inputs) -> dict[str, float | None]:
    """x^2; leaves a mark for every call in the folder that the environment names."""
    place = Path(os.environ["NEGATRODE_TEST_MARKS"])
    x = float(p["x"])
    (place / f"{x:g}-{time.monotonic_ns()}").touch()
    if x == 2 and len(list(place.glob("2-*"))) < 3:
        raise Refusal("twice it fails")
    return {"f": x * x}


def model(function: object, *names: str, version: str = "1") -> FunctionModel:
    """A function as a model."""
    return FunctionModel(function, tuple(Column(n) for n in names or ("f",)), version)  # type: ignore[arg-type]

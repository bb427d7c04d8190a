"""Functions that studies of the tests evaluate, where workers can import them."""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from negatrode.core.errors import Refusal
from negatrode.study.model import Column, FunctionModel, Value

Inputs = Mapping[str, Value]


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

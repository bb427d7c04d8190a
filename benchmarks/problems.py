"""Problems with known answers: functions whose sensitivities and optima are published."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from negatrode.study.axis import Axis
from negatrode.study.journal import Entry, Journal
from negatrode.study.lanes.inline import Inline
from negatrode.study.model import Column, FunctionModel, Value
from negatrode.study.parts.invert import Goals, Inverse, invert
from negatrode.study.parts.sensitivity import plan
from negatrode.study.points import Desk

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


AXES = [Axis(n, low=-math.pi, high=math.pi) for n in "xyz"]
VARIANCE = 7**2 / 8 + 0.1 * math.pi**4 / 5 + 0.1**2 * math.pi**8 / 18 + 0.5
FIRST = {"x": 0.5 * (1 + 0.1 * math.pi**4 / 5) ** 2 / VARIANCE, "y": 7**2 / 8 / VARIANCE, "z": 0.0}
TOTAL = {"x": FIRST["x"] + 8 * 0.1**2 * math.pi**8 / 225 / VARIANCE, "y": FIRST["y"],
         "z": 8 * 0.1**2 * math.pi**8 / 225 / VARIANCE}  # fmt: skip


def entries(rows: int, seed: int) -> list[Entry]:
    """Ishigami's function at the points of a sensitivity."""
    return [Entry(str(i), p, ishigami(p)) for i, p in enumerate(plan(AXES, rows, seed))]


@dataclass(frozen=True)
class AtMost:
    """A column that must not be above zero."""

    column: str

    @property
    def name(self) -> str:
        """Its name."""
        return self.column

    def violation(self, entry: Entry) -> float:
        """The column itself."""
        return float(entry.outputs[self.column] or 0.0)


LEAST = Goals(minimise=("f",))


def unit(*names: str) -> list[Axis]:
    """Axes from 0 to 1."""
    return [Axis(n, low=0.0, high=1.0) for n in names]


def search(
    path: Path, function: object, axes: list[Axis], columns: tuple[str, ...] = ("f",), *, seed: int = 0,
    goals: Goals = LEAST, limits: tuple[AtMost, ...] = (), evaluations: int = 100,
) -> Inverse:  # fmt: skip
    """A search in this process."""
    model = FunctionModel(function, tuple(Column(c) for c in columns))  # type: ignore[arg-type]
    with Journal.write(path) as journal:
        return invert(
            Desk(journal, Inline()),
            model,
            axes,
            {},
            goals,
            limits,
            evaluations=evaluations,
            seed=seed,  # type: ignore[arg-type]
        )

"""Routes at the edge of what can be meant: finite numbers, or an error that says what is wrong."""

from __future__ import annotations

import contextlib
import random
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

from negatrode.core.errors import NegatrodeError
from negatrode.flow.made_folder import folder_files
from negatrode.flow.make import make_powder
from negatrode.flow.route import read_route
from negatrode.report.make import example_route

_FACTORS = (0.0, -1.0, 1e-12, 1e-6, 1e-3, 0.01, 0.1, 0.5, 0.9, 1.1, 2.0, 10.0, 100.0, 1e4, 1e9, 1e300)
_WORDS = ("", "nan um", "inf K", "1e999 h", "5", "air", "balance", "🙂", "-", "0x10 nm", "1,5 um")


def _mutated(text: str, rng: random.Random) -> str:
    """One or two numbers scaled, or a value replaced by a word that is none."""
    for _ in range(rng.randint(1, 2)):
        found = [
            m for m in re.finditer(r"(?<![\w.-])\d+(\.\d+)?", text) if "draws" not in _line(text, m.start())
        ]
        m = rng.choice(found)
        if rng.random() < 0.8:
            value = float(m.group()) * rng.choice(_FACTORS)
            text = text[: m.start()] + f"{value:.6g}" + text[m.end() :]
        else:
            strings = list(re.finditer(r'"[^"\n]*"', text))
            s = rng.choice(strings)
            text = text[: s.start()] + f'"{rng.choice(_WORDS)}"' + text[s.end() :]
    return text


def _line(text: str, at: int) -> str:
    return text[text.rfind("\n", 0, at) + 1 : text.find("\n", at)]


@pytest.mark.parametrize("name", ["hard-carbon", "alloy", "balance"])
@pytest.mark.parametrize("seed", range(3))
def test_no_route_crashes(name: str, seed: int, tmp_path: Path) -> None:
    text = example_route("alloy" if name == "alloy" else "hard-carbon")
    text = text.replace("[route]", "[route]\ndraws = 20", 1)
    if name == "balance":
        text = text.replace('sizing = "limited-coalescence"', 'sizing = "balance"')
    rng = random.Random(f"{name} {seed}")
    made = 0
    for _ in range(25):
        place = tmp_path / "ROUTE.toml"
        place.write_text(_mutated(text, rng), "utf-8")
        with warnings.catch_warnings(), contextlib.suppress(NegatrodeError):
            warnings.simplefilter("error")
            making = make_powder(read_route(place))
            folder_files(making.file, making.made, tmp_path / "out")
            made += 1
            for prop, p in making.made.predictions.items():
                assert np.isfinite(p.values).all(), (prop, place.read_text("utf-8"))
    assert made >= 3

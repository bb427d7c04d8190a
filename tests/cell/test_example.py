"""The example of the documentation runs and says what it is meant to say."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "cell.py"


def test_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """Every rate ends at the limit or depleted; the cycle keeps its lithium."""
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[:4]] == ["0.2C", "1C", "2C", "3C"]
    assert all("voltage limit" in line or "depleted" in line for line in lines[:4])
    assert "numerical error 0.0" in lines[5]

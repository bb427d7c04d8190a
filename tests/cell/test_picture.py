"""A curve as a picture: what is drawn is the curve."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import negatrode as nt
from negatrode.cli.main import app
from negatrode.report.curve import draw_curve
from tests.cell.cells import chen2020

STEPS = ["Discharge at 1C for 20 minutes", "Rest for 10 minutes"]


def test_drawn_lines_hold_the_curve() -> None:
    """The first panel runs through the stored points in minutes, the second through the current."""
    curve = nt.simulate(chen2020(), STEPS)
    figure = draw_curve(curve, title="LG M50")
    volts, amps = figure.axes[0].lines[0], figure.axes[1].lines[0]
    drawn = np.interp(curve.time / 60, *np.asarray(volts.get_data()))
    off = np.abs(drawn - curve.voltage)
    jumps = np.flatnonzero(np.diff(curve.step))
    off[jumps] = off[jumps + 1] = 0.0  # both values stand at one moment
    flowing = curve.step == 0
    assert off.max() < 1e-3
    assert np.max(np.asarray(volts.get_data()[0])) == pytest.approx(30.0)
    assert np.interp(10.0, *np.asarray(amps.get_data())) == pytest.approx(curve.current[flowing].mean())
    assert "minutes" in figure.axes[0].get_xlabel() or "min" in figure.axes[0].get_xlabel()
    heading = figure.get_suptitle()
    assert "LG M50" in heading
    assert curve.ended.text in heading


def test_sensitivities_get_a_panel() -> None:
    """One line a parameter: the change in mV by one per cent."""
    found = nt.sensitivities(chen2020(), STEPS, ["negative.thickness", "electrolyte.conductivity"])
    figure = draw_curve(found.curve, by=found)
    lines = figure.axes[2].lines[:2]
    for k, line in enumerate(lines):
        expected = 10.0 * found.voltage[:, k] * found.sizes[k]
        assert np.asarray(line.get_ydata()) == pytest.approx(expected)


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_command_writes_a_picture_once(tmp_path: Path, ending: str) -> None:
    """A picture of the format of its name, which is not replaced unasked."""
    cell = Path(__file__).parents[2] / "docs" / "examples" / "cell.toml"
    out = tmp_path / f"curve{ending}"
    words = ["simulate", str(cell), "-s", "Discharge at 1C for 10 minutes", "--picture", str(out), "-q"]
    assert CliRunner().invoke(app, words).exit_code == 0
    before = out.read_bytes()
    if ending == ".png":
        with Image.open(out) as picture:
            pixels = np.asarray(picture.convert("L"))
        assert pixels.shape[1] > 1000
        assert (pixels < 200).mean() > 0.005  # there is ink on it
    else:
        assert before.lstrip()[:5] == (b"<?xml" if ending == ".svg" else b"%PDF-")
    again = CliRunner().invoke(app, words)
    assert again.exit_code == 2
    assert out.read_bytes() == before


def test_other_ending_is_refused(tmp_path: Path) -> None:
    """Before anything is drawn."""
    with pytest.raises(nt.InputError, match=r"it ends in \.svg"):
        nt.plot_curve(nt.simulate(chen2020(), STEPS), tmp_path / "curve.bmp")
    assert not list(tmp_path.iterdir())

"""``negatrode simulate`` and ``negatrode warm``."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from negatrode.cli.console import Talk, emit, emit_json, refusals, table
from negatrode.core.errors import InputError

if TYPE_CHECKING:
    from negatrode.cell.cell import Cell
    from negatrode.cell.curve import Curve
    from negatrode.cell.protocol import Protocol
    from negatrode.cell.sensitivity import Sensitivities


def simulate(
    cell: Annotated[
        str,
        typer.Argument(
            metavar="CELL", help="CELL.toml, a BPX file (.json), or pybamm:NAME for a PyBaMM parameter set."
        ),
    ],
    steps: Annotated[
        list[str] | None,
        typer.Option(
            "--step",
            "-s",
            metavar="SENTENCE",
            help='Such as "Charge at C/2 until 4.2 V"; repeatable; in place of the protocol of CELL.toml.',
        ),
    ] = None,
    cycles: Annotated[int, typer.Option("--cycles", help="How often the given steps are done.")] = 1,
    model: Annotated[str | None, typer.Option("--model", help="DFN (default), SPMe or SPM.")] = None,
    soc: Annotated[float | None, typer.Option("--soc", help="Initial state of charge, 0 to 1.")] = None,
    voltage: Annotated[
        float | None, typer.Option("--voltage", help="Initial equilibrium voltage, V.")
    ] = None,
    accuracy: Annotated[
        str | None, typer.Option("--accuracy", help="quick, fast, standard (default), fine or reference.")
    ] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option(
            "--sensitivity",
            "-p",
            metavar="PARAMETER",
            help="Differentiate by it, such as negative.thickness; repeatable.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Curve as .csv, .bdf.csv or .parquet."),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", metavar="FILE", help="Draw the curve: .svg, .png or .pdf."),
    ] = None,
    estimate_error: Annotated[
        bool, typer.Option(help="Solve again on a finer mesh and report the difference.")
    ] = True,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")] = False,
) -> None:
    """Simulate a cell through a protocol."""
    with refusals(as_json=as_json):
        from negatrode.cell.protocol import Protocol
        from negatrode.cell.simulate import simulate as simulate_cell
        from negatrode.cell.warm import warm

        talk = Talk(quiet=quiet)
        given = Protocol.of(*(steps or ["Discharge at 1C"]), cycles=cycles)
        found = find_cell(cell, talk.say)
        protocol = given if steps or found.protocol is None else found.protocol
        for path in (out, picture):
            if path is not None and path.exists() and not overwrite:
                raise InputError(
                    f"{path} is there already", rule="nothing is overwritten unasked", remedy="--overwrite"
                )
        warm(talk.say, sensitivities=bool(parameters))
        began = time.perf_counter()
        settings = Settings(model or found.model, accuracy or found.accuracy, soc, voltage)
        curve = simulate_cell(found.cell, protocol, **vars(settings), estimate_error=estimate_error)
        talk.say(f"{len(curve.time)} points in {1e3 * (time.perf_counter() - began):.1f} ms")
        if out is not None:
            from negatrode.exchange.battery_data import write_battery_data

            write_battery_data(curve, out, overwrite=overwrite)
        found_by = None
        if parameters:
            from negatrode.cell.sensitivity import sensitivities

            found_by = sensitivities(found.cell, protocol, parameters, **vars(settings))
        if picture is not None:
            from negatrode.report.curve import plot_curve

            plot_curve(curve, picture, by=found_by, title=found.cell.name, overwrite=overwrite)
        if as_json:
            emit_json(curve_json(curve, found_by))
        else:
            emit(summary(found.cell, curve))
            if found_by is not None:
                emit(sensitivity_table(found_by))
            for kind, path in (("curve", out), ("picture", picture)):
                if path is not None:
                    emit(f"{kind}: {path}")


def warm(quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False) -> None:
    """Compile the cell engine and the process models, so that the first run does not wait for it."""
    with refusals(as_json=False):
        from negatrode.cell.warm import cache_folder
        from negatrode.cell.warm import warm as compile_all
        from negatrode.process.warm import compile_kernels

        took = compile_all(Talk(quiet=quiet).say, sensitivities=True)
        compile_kernels()
        emit(f"compiled in {took:.1f} s" if took else f"already compiled, in {cache_folder()}")


@dataclass(frozen=True)
class Settings:
    """What the file and the options say together; named as the arguments of ``simulate``."""

    model: str
    accuracy_level: str
    soc: float | None
    voltage: float | None


@dataclass(frozen=True, eq=False)
class Found:
    """A cell, and what its file says about simulating it."""

    cell: Cell
    protocol: Protocol | None = None
    model: str = "DFN"
    accuracy: str = "standard"


def find_cell(name: str, say: Callable[[str], None]) -> Found:
    """The cell that an argument names; ``say`` hears what was assumed in reading it."""
    if name.startswith("pybamm:"):
        from negatrode.exchange.pybamm_cell import from_pybamm

        return Found(from_pybamm(name.removeprefix("pybamm:")))
    path = Path(name)
    if path.suffix.lower() == ".toml":
        from negatrode.exchange.cell_file import read_cell_file

        file = read_cell_file(path, say=say)
        return Found(file.cell, file.protocol, file.simulate.model, file.simulate.accuracy)
    if path.suffix.lower() == ".json":
        from negatrode.exchange.bpx import read_bpx

        return Found(read_bpx(path, say=say))
    raise InputError(
        f"{name!r} names no cell",
        rule="a CELL.toml, a BPX file (.json), or pybamm: and the name of a parameter set",
        remedy="for example pybamm:Chen2020",
    )


def summary(cell: Cell, curve: Curve) -> str:
    """What a person wants to know first."""
    rows = [
        ["ended", curve.ended.text],
        ["duration", f"{curve.duration:.6g} s"],
        ["capacity", f"{curve.capacity[-1]:.6g} A h (net, positive on discharge)"],
        ["energy", f"{energy(curve):.6g} W h"],
        ["voltage", f"{curve.voltage[0]:.4f} to {curve.voltage[-1]:.4f} V"],
        ["lithium", f"kept to {abs(curve.lithium.drift):.1e} of {sum(curve.lithium.start.values()):.5g} A h"],
    ]
    if cell.thermal is not None:
        rows.append(["temperature", f"{curve.temperature.min():.2f} to {curve.temperature.max():.2f} K"])
    if curve.error is not None:
        text = f"{1e3 * curve.error.rms:.3f} mV rms, {1e3 * curve.error.largest:.3f} mV at most"
        rows.append(["numerical error", text + " (against a finer mesh, beyond 1 s)"])
    rows += [["note", text] for text in curve.findings]
    rows.append(["solved", f"{curve.counts.steps} steps on {curve.counts.mesh}"])
    return table(rows, head=[cell.name, ""])


def energy(curve: Curve) -> float:
    """Energy delivered, W h: the trapezoid of voltage over charge."""
    import numpy as np

    return float(np.trapezoid(curve.voltage, curve.capacity))


def sensitivity_table(found: Sensitivities) -> str:
    """What one per cent more of every parameter does to the voltage and to the end."""
    import numpy as np

    rows = []
    for k, name in enumerate(found.names):
        change = 10.0 * found.voltage[:, k] * found.sizes[k]  # mV for a hundredth
        largest = change[np.argmax(np.abs(change))]
        later = 0.01 * found.duration[k] * found.sizes[k]
        rms = float(np.sqrt(np.mean(change**2)))
        rows.append([name, f"{rms:.3f} mV", f"{largest:+.3f} mV", f"{later:+.3f} s"])
    return table(rows, head=["1 % more of", "rms of the voltage", "at most", "end"])


def curve_json(curve: Curve, by: Sensitivities | None = None) -> dict[str, Any]:
    """The object of ``--json`` (docs/json.md)."""
    error = curve.error
    result = {
        "model": curve.model,
        "ended": {"reason": curve.ended.reason.name, "text": curve.ended.text, "where": curve.ended.where},
        "duration_s": curve.duration,
        "capacity_Ah": float(curve.capacity[-1]),
        "energy_Wh": energy(curve),
        "findings": list(curve.findings),
        "error": None if error is None else {"rms_V": error.rms, "largest_V": error.largest},
        "lithium": {
            "start_Ah": curve.lithium.start,
            "end_Ah": curve.lithium.end,
            "drift": curve.lithium.drift,
            "charge_drift": curve.lithium.charge_drift,
        },
        "solver": {
            "steps": curve.counts.steps,
            "iterations": curve.counts.iterations,
            "rejected": curve.counts.rejected,
            "failed": curve.counts.failed,
            "mesh": curve.counts.mesh,
        },
        "curve": {
            "time_s": curve.time.tolist(),
            "voltage_V": curve.voltage.tolist(),
            "current_A": curve.current.tolist(),
            "capacity_Ah": curve.capacity.tolist(),
            "temperature_K": curve.temperature.tolist(),
            "step": curve.step.tolist(),
            "cycle": curve.cycle.tolist(),
        },
    }
    if by is not None:
        result["sensitivities"] = {
            name: {
                "size": float(by.sizes[k]),
                "begins_s": by.begins[:, k].tolist(),
                "duration_s": float(by.duration[k]),
                "voltage_V": by.voltage[:, k].tolist(),
                "current_A": by.current[:, k].tolist(),
            }
            for k, name in enumerate(by.names)
        }
    return result

"""Small thermograms in the text formats of the instrument makers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

POINTS = 40


def thermogram() -> dict[str, NDArray[np.float64]]:
    """A burn-off at 600 degC, 10 K/min: time [s], temperature [degC], mass [mg], heat_flow [W/g, exo up]."""
    temperature = np.linspace(30.0, 810.0, POINTS)
    burnt = 1.0 / (1.0 + np.exp(-(temperature - 600.0) / 20.0))
    return {
        "time": (temperature - 30.0) * 6.0,
        "temperature": temperature,
        "mass": np.round(5.0 * (1.0 - 0.9 * burnt), 5),
        "heat_flow": np.round(0.2 + 40.0 * burnt * (1.0 - burnt), 5),
    }


def _rows(
    columns: list[NDArray[np.float64]], separator: str, form: str = "{:.5f}", comma: bool = False
) -> str:
    lines = [separator.join(form.format(v) for v in row) for row in zip(*columns, strict=True)]
    return "\n".join(line.replace(".", ",") if comma else line for line in lines) + "\n"


def netzsch(*, comma: bool = False, exo: int = -1, encoding: str = "cp1252") -> bytes:
    """A Proteus "DATA ALL" export; with ``exo`` = -1 exotherms point down."""
    run = thermogram()
    head = [
        "#EXPORTTYPE:DATA ALL", "#FILE:carbon.ngb-ss3", "#FORMAT:NETZSCH5", "#FTYPE:ANSI", "#IDENTITY:carbon",
        f"#DECIMAL:{'COMMA' if comma else 'POINT'}", "#SEPARATOR:SEMICOLON", "#MTYPE:DSC-TG",
        "#INSTRUMENT:NETZSCH STA 449F3", "#SAMPLE:carbon", "#SAMPLE MASS /mg:5.000",
        "#TYPE OF CRUCIBLE:DSC/TG pan Al2O3", "#PURGE GAS 1:Air", "#FLOW RATE 1 /(ml/min):50",
        "#PURGE GAS 2:Nitrogen", "#FLOW RATE 2 /(ml/min):0", "#PROTECTIVE GAS:---", f"#EXO:{exo}",
        "#RANGE:30°C/10,0(K/min)/810°C", "#SEGMENT:S1-2/2", "#SEG. 1:30°C/10,0(K/min)/810°C",
        "#SEG. 2:810°C/20,0(K/min)/30°C", "", "##Temp./°C;Time/min;DSC/(mW/mg);Mass/%;Segment",
    ]  # fmt: skip
    columns = [
        run["temperature"],
        run["time"] / 60.0,
        exo * run["heat_flow"],
        run["mass"] * 20.0,
        np.ones(POINTS),
    ]
    return ("\n".join(head) + "\n" + _rows(columns, ";", "{:10.5f}", comma)).encode(encoding)


def universal_analysis(*, encoding: str = "utf-16", exotherm: str = "Up") -> bytes:
    """A Universal Analysis export with an event mark among its rows."""
    run = thermogram()
    head = [
        "CLOSED", "VERSION\tV2.0", "LANGUAGE\tEnglish", "Run\t12", "Instrument\tSDT Q600 V20.9 Build 20",
        "Module\tDSC-TGA Standard", "Operator\tlab", "Sample\tcarbon", "Size\t5.0000\tmg", "Method\tRamp",
        "Xcomment\tPan: Alumina", "Xcomment\tGas1: Air 100.0 ml/min", "Xcomment\tGas2: Nitrogen 100.0 ml/min",
        f"Exotherm\t{exotherm}", "Controls\tGas 1  Event Off  Sampling 0.5", "Nsig\t4", "Sig1\tTime (min)",
        "Sig2\tTemperature (°C)", "Sig3\tWeight (mg)", "Sig4\tHeat Flow (mW)", "Date\t2024-05-06",
        "OrgMethod\t1: Ramp 10.00 °C/min to 810.00 °C", "OrgMethod\t2: Ramp 20.00 °C/min to 30.00 °C",
        "OrgFile\tcarbon.001", "StartOfData",
    ]  # fmt: skip
    columns = [run["time"] / 60.0, run["temperature"], run["mass"], run["heat_flow"] * 5.0]
    data = _rows(columns, "\t").splitlines()
    data.insert(10, "-2.00000\t0.00000\t0.00000\t0.00000")
    return ("\r\n".join([*head, *data]) + "\r\n").encode(encoding)


def trios() -> bytes:
    """A TRIOS export of two steps, the second with the same columns."""
    run = thermogram()
    head = [
        "Filename\tcarbon", "Instrument name\tSDT650-0001", "Operator\tlab", "rundate\t5/6/2024",
        "Sample name\tcarbon", "Sample mass\t5.000 mg", "Gas 1\tAir", "Exotherm\tUp", "[File Parameters]",
        "Name\tcarbon", "Trios version\t5.1.1.46572", "",
    ]  # fmt: skip
    table = ["Time\tTemperature\tWeight\tHeat Flow (Normalized)", "min\t°C\tmg\tW/g"]
    columns = [run["time"] / 60.0, run["temperature"], run["mass"], run["heat_flow"]]
    data = _rows(columns, "\t", "{:.6e}").splitlines()
    steps = ["[step]", "Ramp 10.00 °C/min to 420.00 °C", *table, *data[:20], ""]
    steps += ["[step]", "Ramp 10.00 °C/min to 810.00 °C", *table, *data[20:], ""]
    return "\n".join([*head, *steps]).encode()


def mettler(*, direction: str = "^exo") -> bytes:
    """A STARe export of a mass and a heat-flow curve on the same index."""
    run = thermogram()

    def curve(name: str, unit: str, values: NDArray[np.float64]) -> list[str]:
        rows = zip(run["time"], run["temperature"], run["temperature"] + 2.0, values, strict=True)
        lines = ["Curve Name:", f"  {name}", "Curve Values:"]
        lines.append("".join(f"{w:>15}" for w in ("Index", "t", "Ts", "Tr", "Value")))
        lines.append("".join(f"{w:>15}" for w in ("", "[s]", "[°C]", "[°C]", f"[{unit}]")))
        lines += [f"{i:15d}{t:15.3f}{ts:15.5f}{tr:15.5f}{v:15.5f}" for i, (t, ts, tr, v) in enumerate(rows)]
        return lines

    tail = [
        "", direction, "Results:", "  Sample Weight", "Sample:", "  carbon, 5.0000 mg", "Method:",
        "  burn-off",
        "  30.0-810.0°C 10.00°C/min         air 50.0 ml/min", "Sample Holder:", "  Aluminum Oxide 70ul", "",
    ]  # fmt: skip
    lines = [
        *curve("carbon TGA", "mg", run["mass"]),
        *curve("carbon DSC", "mW", run["heat_flow"] * 5.0),
        *tail,
    ]
    return "\r\n".join(lines).encode("cp1252")


def plain(*, separator: str = ",", comma: bool = False, encoding: str = "utf-8") -> bytes:
    """A table with units in a row below the names; temperatures in K."""
    run = thermogram()
    head = separator.join(("Time", "Temperature", "Heat Flow", "Mass"))
    units = separator.join(("s", "K", "W g-1", "mg"))
    columns = [run["time"], run["temperature"] + 273.15, run["heat_flow"], run["mass"]]
    return f"{head}\n{units}\n{_rows(columns, separator, comma=comma)}".encode(encoding)


def labelled() -> bytes:
    """A table below a header of words, units in the names."""
    run = thermogram()
    head = [
        "# Sample: carbon", "# Sample mass: 5.0 mg", "# Heating rate: 10 K/min",
        "# Atmosphere: synthetic air",
        "Temperature (°C)\tTime (min)\tDTA endo up (µV)\tTG (%)",
    ]  # fmt: skip
    columns = [run["temperature"], run["time"] / 60.0, -run["heat_flow"], run["mass"] * 20.0]
    return ("\n".join(head) + "\n" + _rows(columns, "\t")).encode()


BUILDERS: dict[str, Callable[[], tuple[str, bytes]]] = {
    "netzsch-text": lambda: ("carbon.txt", netzsch()),
    "netzsch-text-comma": lambda: ("carbon.txt", netzsch(comma=True)),
    "ta-text-universal": lambda: ("carbon.txt", universal_analysis()),
    "ta-text-trios": lambda: ("carbon.txt", trios()),
    "mettler-text": lambda: ("carbon.txt", mettler()),
    "thermal-text-units-row": lambda: ("carbon.csv", plain()),
    "thermal-text-decimal-comma": lambda: ("carbon.csv", plain(separator=";", comma=True, encoding="utf-16")),
    "thermal-text-labelled": lambda: ("carbon.txt", labelled()),
}

"""Small half-cell cycling recordings in the text, workbook and Parquet formats of the cyclers."""

from __future__ import annotations

import gzip
import io
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Builder = Callable[[], tuple[str, bytes]]

MASS = 1.234  # mg
CURRENT = 1e-4  # A
POINTS = 12  # a step
INTERVAL = 300.0  # s


@dataclass(frozen=True)
class Run:
    """Two cycles of rest, discharge (lithiation), charge; ``state`` is "R", "D" or "C"."""

    time: Floats
    step_time: Floats
    voltage: Floats
    current: Floats
    cycle: Floats
    step: Floats
    state: tuple[str, ...]
    charge: Floats
    discharge: Floats

    @property
    def half_cycle_capacity(self) -> Floats:
        """A counter that starts anew with each half-cycle, A*h."""
        starts = np.flatnonzero(np.diff(self.step, prepend=-1.0))
        total = np.abs(self.current) * INTERVAL / 3600.0
        found = np.cumsum(total)
        for start in starts:
            found[start:] -= found[start] if start else 0.0
        return np.abs(found)


def run() -> Run:
    """Times of INTERVAL, constant current, capacity counters over the whole test."""
    states = "RDCDC"
    n = len(states) * POINTS
    step = np.repeat(np.arange(1.0, len(states) + 1.0), POINTS)
    state = tuple(s for s in states for _ in range(POINTS))
    signs = np.array([{"R": 0.0, "D": -1.0, "C": 1.0}[s] for s in state])
    within = np.tile(np.arange(POINTS) / (POINTS - 1.0), len(states))
    voltage = np.where(signs < 0, 2.0 - 1.9 * within, np.where(signs > 0, 0.1 + 1.4 * within, 2.9))
    amount = CURRENT * INTERVAL / 3600.0
    return Run(
        time=np.arange(n) * INTERVAL,
        step_time=np.tile(np.arange(POINTS) * INTERVAL, len(states)),
        voltage=np.round(voltage, 6),
        current=signs * CURRENT,
        cycle=np.repeat([1.0, 1.0, 1.0, 2.0, 2.0], POINTS),
        step=step,
        state=state,
        charge=np.cumsum(signs > 0) * amount,
        discharge=np.cumsum(signs < 0) * amount,
    )


def rows(
    columns: Sequence[Floats | Sequence[str]], separator: str, form: str = "{:.9E}", end: str = ""
) -> str:
    """Lines of cells; numbers in one form, words as they are."""
    lines = []
    for row in zip(*columns, strict=True):
        cells = [c if isinstance(c, str) else form.format(c) for c in row]
        lines.append(separator.join(cells) + end)
    return "\n".join(lines) + "\n"


MPT_HEADER = (
    "Galvanostatic Cycling with Potential Limitation", "", "Run on channel : 3 (SN 1234)", "User : ",
    "Ewe ctrl range : min = -5.00 V, max = 5.00 V", "Acquisition started on : 11/19/2024 15:14:45.925",
    "Electrode material : hard carbon", f"Mass of active material : {MASS:.3f} mg", " at x = 0.000",
    "Battery capacity : 0.360 mA.h", "Electrode surface area : 1.131 cm²",
    "Cycle Definition : Charge/Discharge alternance", "Ns                  0                   1         ",
    "Number of loops : 2", "Loop 0 from point number 0 to 35", "Loop 1 from point number 36 to 59",
)  # fmt: skip


def mpt(
    *,
    comma: bool = False,
    absolute: bool = False,
    units: str = "mA",
    count: int | None = None,
    header: Sequence[str] = MPT_HEADER,
) -> bytes:
    """An EC-Lab .mpt of GCPL; ``count`` is the declared number of header lines."""
    r = run()
    heads = [
        "mode", "ox/red", "error", "control changes", "Ns changes", "time/s", "control/V/mA", "Ewe/V",
        f"<I>/{units}", "dq/mA.h", "(Q-Qo)/mA.h", "I Range", "Q charge/discharge/mA.h", "half cycle",
        "Q discharge/mA.h", "Q charge/mA.h", "Capacity/mA.h", "cycle number",
    ]  # fmt: skip
    zero = np.zeros(len(r.time))
    scale = {"mA": 1e3, "uA": 1e6, "A": 1.0}[units]
    net = (r.charge - r.discharge) * 1e3
    times: Floats | list[str] = r.time
    if absolute:
        start = np.datetime64("2024-11-19T15:14:45.925")
        stamps = [str(start + np.timedelta64(int(t * 1000), "ms")) for t in r.time]
        times = [f"{s[5:7]}/{s[8:10]}/{s[:4]} {s[11:]}" for s in stamps]
    columns = [
        zero + 1, (r.current > 0) * 1.0, zero, zero, zero, times, r.current * 1e3, r.voltage,
        r.current * scale,
        np.diff(net, prepend=0.0), net, zero + 41, np.sign(r.current) * r.half_cycle_capacity * 1e3,
        r.step - 1, r.discharge * 1e3, r.charge * 1e3, r.half_cycle_capacity * 1e3, r.cycle - 1,
    ]  # fmt: skip
    length = len(header) + 5 if count is None else count
    top = ["EC-Lab ASCII FILE", f"Nb header lines : {length:<27d} ", "", *header, "", "\t".join(heads) + "\t"]
    text = "\n".join(top) + "\n" + rows(columns, "\t")
    if comma:
        text = "\n".join(top) + "\n" + rows(columns, "\t").replace(".", ",")
    return text.replace("\n", "\r\n").encode("cp1252")


def biologic_plain(*, potential: str = "Ecell/V") -> bytes:
    """Cycle number, potential and capacity alone; a tab ends the heads."""
    r = run()
    return (
        f"cycle number\t{potential}\tCapacity/mA.h\t\n"
        + rows([r.cycle - 1, r.voltage, r.half_cycle_capacity * 1e3], "\t")
    ).encode()


def _clock(seconds: float) -> str:
    days, rest = divmod(seconds, 86400.0)
    hours, rest = divmod(rest, 3600.0)
    minutes, rest = divmod(rest, 60.0)
    return f"  {int(days)}d {int(hours):02d}:{int(minutes):02d}:{rest:g}"


def maccor(*, clock: bool = True, separator: str = "\t", thousands: bool = False) -> bytes:
    """Unsigned amperes with State; auxiliary columns of words between, a tab at the end of each line."""
    r = run()
    top = [
        separator.join(("Today's Date:", "14 December 2020", "Date of Test:", "11 December 2020")),
        separator.join(("Filename:", "HC_01", "Tester Channel:", "1")),
        separator.join(("Procedure:", "HC_formation.000", "Description:", "")),
    ]
    times = ("TestTime", "StepTime") if clock else ("Test (Sec)", "Step (Sec)")
    heads = ["Rec#", "Cyc#", "Step", *times, "Amp-hr", "Watt-hr", "Amps", "Volts", "State", "ES", "DPt Time",
             "Aux #1", " Units", "VAR1", ""]  # fmt: skip
    if clock:
        moments = [[_clock(t) for t in r.time], [_clock(t) for t in r.step_time]]
    else:
        form = "{:,.2f}" if thousands else "{:.2f}"
        moments = [[form.format(t) for t in r.time], [form.format(t) for t in r.step_time]]
    n = len(r.time)

    def text(values: Floats | NDArray[np.int64], form: str) -> list[str]:
        return [form.format(v) for v in values]

    columns = [
        text(np.arange(1, n + 1), "{:,d}" if thousands else "{:d}"), text(r.cycle, "{:.0f}"),
        text(r.step, "{:.0f}"),
        *moments, text(r.half_cycle_capacity, "{:.8f}"), ["0.00000"] * n, text(np.abs(r.current), "{:.6f}"),
        text(r.voltage, "{:.6f}"), list(r.state), ["1"] * n, ["12/11/2020 12:22:12"] * n, ["25.1"] * n,
        [" C  "] * n, ["0.00000"] * n, [""] * n,
    ]  # fmt: skip
    return ("\n".join([*top, separator.join(heads)]) + "\n" + rows(columns, separator)).encode()


ARBIN_OLD = (
    "Data_Point", "Test_Time(s)", "Date_Time", "Step_Time(s)", "Step_Index", "Cycle_Index", "Current(A)",
    "Voltage(V)", "Charge_Capacity(Ah)", "Discharge_Capacity(Ah)", "Internal_Resistance(Ohm)", "Is_FC_Data",
)  # fmt: skip
ARBIN_NEW = (
    "Data Point", "Test Time (s)", "Date Time", "Step Time (s)", "Step Index", "Cycle Index", "Current (A)",
    "Voltage (V)", "Charge Capacity (Ah)", "Discharge Capacity (Ah)", "Internal Resistance (Ohm)",
    "Aux_Temperature_1 (C)",
)  # fmt: skip


def arbin_rows() -> list[list[float | str]]:
    """The rows of either spelling; the last column is 25."""
    r = run()
    return [
        [float(i + 1), r.time[i], "10/10/2023 16:09:14.000", r.step_time[i], r.step[i], r.cycle[i],
         r.current[i], r.voltage[i], r.charge[i], r.discharge[i], 0.0, 25.0]
        for i in range(len(r.time))
    ]  # fmt: skip


def arbin(heads: Sequence[str] = ARBIN_NEW) -> bytes:
    """A MITS csv."""
    lines = [",".join(c if isinstance(c, str) else f"{c:.10g}" for c in row) for row in arbin_rows()]
    return (",".join(heads) + "\n" + "\n".join(lines) + "\n").encode()


def arbin_book(*, cuts: Sequence[int] = (25, 40), restart: bool = False) -> bytes:
    """A workbook whose channel goes on over sheets, with an info sheet that states the mass in grams."""
    import openpyxl

    book = openpyxl.Workbook()
    info = book.active
    assert info is not None
    info.title = "Global_Info"
    for row in (("TEST REPORT",), ("Channel", "Schedule", "Mass(g)"), ("3", "HC.sdx", MASS / 1000.0)):
        info.append(row)
    data = arbin_rows()
    edges = [0, *cuts, len(data)]
    for k, (start, stop) in enumerate(itertools.pairwise(edges), start=1):
        sheet = book.create_sheet(f"Channel_1-{k}")
        sheet.append(list(ARBIN_OLD))
        for i, row in enumerate(data[start:stop]):
            sheet.append([float(i + 1) if restart else row[0], *row[1:]])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


BDF_LABELS = (
    "Test Time / s", "Voltage / V", "Current / A", "Cycle Count / 1", "Step Count / 1",
    "Ambient Temperature / degC", "Charging Capacity / Ah", "Discharging Capacity / Ah",
)  # fmt: skip
BDF_NAMES = (
    "test_time_second", "voltage_volt", "current_ampere", "cycle_count", "step_count",
    "ambient_temperature_celsius", "charging_capacity_ah", "discharging_capacity_ah",
)  # fmt: skip


def _bdf_columns() -> list[Floats]:
    r = run()
    warm = np.full(len(r.time), 25.0)
    return [r.time, r.voltage, r.current, r.cycle, r.step, warm, r.charge, r.discharge]


def bdf(heads: Sequence[str] = BDF_LABELS, *, packed: bool = False) -> bytes:
    """The table as text, perhaps packed by gzip."""
    data = (",".join(heads) + "\n" + rows(_bdf_columns(), ",", "{:.10g}")).encode()
    return gzip.compress(data, mtime=0) if packed else data


def bdf_parquet(heads: Sequence[str] = BDF_LABELS) -> bytes:
    """The table as Parquet with page checksums."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(dict(zip(heads, _bdf_columns(), strict=True)))
    out = io.BytesIO()
    pq.write_table(table, out, write_page_checksum=True)
    return out.getvalue()


def plain(
    heads: Sequence[str] = ("Time[s]", "U [V]", "I/mA", "Cycle"), *, separator: str = ";", comma: bool = True
) -> bytes:
    """A table of four columns as people write it."""
    r = run()
    text = rows([r.time, r.voltage, r.current * 1e3, r.cycle], separator, "{:.8g}")
    return (separator.join(heads) + "\n" + (text.replace(".", ",") if comma else text)).encode()


def neware() -> bytes:
    """Clock times, step types, counters of the step."""
    r = run()
    clocks = [f"{int(t // 3600):02d}:{int(t % 3600 // 60):02d}:{int(t % 60):02d}" for t in r.time]
    kinds = [{"R": "Rest", "D": "CC DChg", "C": "CC Chg"}[s] for s in r.state]
    heads = ["DataPoint", "Cycle Index", "Step Index", "Step Type", "Time", "Cumulative Time", "Current(A)",
             "Voltage(V)", "Capacity(Ah)", "Chg. Cap.(Ah)", "DChg. Cap.(Ah)", "Date"]  # fmt: skip
    steps = [f"00:{int(t // 60):02d}:{int(t % 60):02d}" for t in r.step_time]
    n = len(r.time)
    cap = r.half_cycle_capacity
    columns: list[Floats | Sequence[str]] = [
        np.arange(1.0, n + 1.0), r.cycle, r.step, kinds, steps, clocks, r.current, r.voltage, cap,
        np.where(r.current > 0, cap, 0.0), np.where(r.current < 0, cap, 0.0), ["2022-05-18 16:27:52"] * n,
    ]  # fmt: skip
    return (",".join(heads) + "\n" + rows(columns, ",", "{:.9g}")).encode()


def neware_layers() -> bytes:
    """Lines of cycles and steps above the records; the line of a cycle carries its first step."""
    r = run()
    heads = [
        "Cycle Index,Chg. Cap.(Ah),DChg. Cap.(Ah)",
        ",Step Index,Step Number,Step Type,Step Time,Capacity(Ah)",
        ",,DataPoint,Time,Total Time,Current(A),Voltage(V),Capacity(Ah),Date",
    ]
    names = {"R": "Rest", "D": "CC DChg", "C": "CC Chg"}
    cap = r.half_cycle_capacity
    found, cycle, step = heads, 0.0, 0.0
    for i in range(len(r.time)):
        if r.step[i] != step:
            layer = f"{r.step[i]:.0f},{r.step[i]:.0f},{names[r.state[i]]},00:55:00,0.0001"
            found.append(f"{r.cycle[i]:.0f},0.0001,0.0001,{layer}" if r.cycle[i] != cycle else f",{layer}")
            cycle, step = r.cycle[i], r.step[i]
        clocks = [_clock(t) for t in (r.step_time[i], r.time[i])]
        values = f"{r.current[i]:.9g},{r.voltage[i]:.12g},{cap[i]:.9g}"
        found.append(f",,{i + 1},{clocks[0]},{clocks[1]},{values},2026-03-06 12:37:25")
    return ("\n".join(found) + "\n").encode()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest:02d}"


def basytec() -> bytes:
    """A preamble marked by tildes, commands in words."""
    r = run()
    top = ["~Resultfile from Basytec Battery Test System", "~", "~Name of Test: test", "~Battery: cell",
           f"~Active mass: {MASS} mg", "~"]  # fmt: skip
    heads = ["~Time[s]", "DataSet", "t-Step[s]", "Line", "Command", "U[V]", "I[A]", "Ah[Ah]", "Ah-Cyc-Charge",
             "Ah-Cyc-Discharge", "T1[°C]", "Cyc-Count", "State"]  # fmt: skip
    n = len(r.time)
    words = [{"R": "Pause", "D": "Discharge", "C": "Charge"}[s] for s in r.state]
    columns: list[Floats | Sequence[str]] = [
        r.time, np.arange(1.0, n + 1.0), r.step_time, r.step, words, r.voltage, r.current,
        r.charge - r.discharge, r.charge, r.discharge, np.full(n, 25.0), r.cycle, np.ones(n),
    ]  # fmt: skip
    return ("\n".join([*top, "\t".join(heads)]) + "\n" + rows(columns, "\t", "{:.9g}")).encode("cp1252")


BUILDERS: dict[str, Builder] = {
    "biologic-mpt": lambda: ("hc_01_GCPL_C03.mpt", mpt()),
    "biologic-mpt comma": lambda: ("hc_02_GCPL_C03.mpt", mpt(comma=True)),
    "biologic-text": lambda: ("hc.txt", biologic_plain()),
    "maccor-text": lambda: ("hc.001.txt", maccor()),
    "maccor-text seconds": lambda: ("hc.002.csv", maccor(clock=False, separator=",")),
    "arbin-csv": lambda: ("hc_arbin.csv", arbin()),
    "arbin-xlsx": lambda: ("hc_arbin.xlsx", arbin_book()),
    "battery-data-format": lambda: ("UCam__A0001__20241031_001.bdf.csv", bdf()),
    "battery-data-format gzip": lambda: ("UCam__A0001__20241031_001.bdf.gz", bdf(packed=True)),
    "battery-data-format parquet": lambda: ("UCam__A0001__20241031_001.bdf.parquet", bdf_parquet()),
    "cycler-text": lambda: ("hc.csv", plain()),
    "cycler-text neware": lambda: ("hc_neware.csv", neware()),
    "neware-layers": lambda: ("hc_neware_layers.csv", neware_layers()),
    "cycler-text basytec": lambda: ("hc_basytec.txt", basytec()),
}

"""Battery Data Format (.bdf, .bdf.csv, .bdf.gz, .bdf.parquet) of the Battery Data Alliance, LF Energy.

One table of one cell: the first row holds the preferred labels ("Test Time / s", "Voltage / V",
"Current / A", "Cycle Count / 1") or their machine-readable names ("test_time_second", "voltage_volt"),
and every row has as many cells. Units are fixed by the label; a file that writes another ("Test Time / h")
is believed. A positive current charges the cell; where a column of step types or the capacity counters
say otherwise, the fact ``current_sign`` says so. Text may be packed by gzip, as the standard allows.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np

from negatrode.core.errors import ReadError
from negatrode.core.recording import Recording, Unread
from negatrode.files.blob import MAX_BYTES, Blob
from negatrode.files.readers.cycler_block import build_block
from negatrode.files.readers.cycler_cells import Table
from negatrode.files.readers.cycler_columns import Channel, channel_of, own, plain_head, settle
from negatrode.files.readers.cycler_header import cut
from negatrode.files.readers.cycler_rows import read_rows
from negatrode.files.text import decode, is_text

NAME = "battery-data-format"
TITLE = "Battery Data Format (.bdf.csv, .bdf.parquet)"
KIND = "cycling"

CONVENTION = "Battery Data Format: a positive current charges the cell"
_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"
_HEAD = 65_536
_MAX_RATIO = 400
_SEPARATORS = (",", "\t", ";")
# Machine-readable names (BDF ontology) and the preferred labels that they stand for
_LABELS = {
    "test_time_second": "Test Time / s",
    "voltage_volt": "Voltage / V",
    "current_ampere": "Current / A",
    "unix_time_second": "Unix Time / s",
    "cycle_count": "Cycle Count / 1",
    "step_count": "Step Count / 1",
    "step_id": "Step ID / 1",
    "step_index": "Step Index / 1",
    "step_type": "Step Type / 1",
    "step_time_second": "Step Time / s",
    "ambient_temperature_celsius": "Ambient Temperature / degC",
    "temperature_t1_celsius": "Surface Temperature T1 / degC",
    "charging_capacity_ah": "Charging Capacity / Ah",
    "discharging_capacity_ah": "Discharging Capacity / Ah",
    "step_capacity_ah": "Step Capacity / Ah",
    "net_capacity_ah": "Net Capacity / Ah",
    "charging_energy_wh": "Charging Energy / Wh",
    "discharging_energy_wh": "Discharging Energy / Wh",
    "power_watt": "Power / W",
    "internal_resistance_ohm": "Internal Resistance / Ohm",
}
_LABEL = re.compile(r"[A-Z][\w ]*\S / \S+\Z")


def channels_of(heads: Sequence[str]) -> list[Channel]:
    """The channels of a BDF table; columns that are not in the standard's form keep their own names.

    >>> [c.name for c in channels_of(["Test Time / s", "voltage_volt", "Current", "Cycle Count / 1"])]
    ['time', 'voltage', 'Current', 'cycle']
    """
    found = []
    for head in heads:
        label = _LABELS.get(plain_head(head), plain_head(head))
        channel = channel_of(label)
        standard = _LABEL.match(label) is not None
        found.append(channel if standard else own(Channel("", "", head=head, spelled=channel.spelled)))
    return found


def _is_standard(heads: Sequence[str]) -> bool:
    names = {c.name for c in channels_of(heads)}
    return "voltage" in names and bool(names & {"current", "time"})


def sniff(blob: Blob) -> int:
    """By the first row of labels; any Parquet table is taken, with less certainty."""
    if blob.data.startswith(_PARQUET):
        return 60
    if blob.data.startswith(_GZIP):
        try:
            head = zlib.decompressobj(31).decompress(blob.data[:_HEAD], _HEAD)
        except zlib.error:
            return 0
        return 97 if is_text(head) and _heads(head) else 0
    return 97 if is_text(blob.data) and _heads(blob.data[:_HEAD]) else 0


def _heads(data: bytes) -> tuple[tuple[str, ...], str] | None:
    """The labels of the first line and what separates them; None where they are not the standard's."""
    line = data.split(b"\n", 1)[0]
    if b"\x00" in line:
        line = data[: len(data) // 2 * 2]
    text = decode(line).lstrip("\ufeff").split("\n", 1)[0]
    for separator in _SEPARATORS:
        cells = cut(text, separator)
        if len(cells) > 1 and _is_standard(cells):
            return cells, separator
    return None


def read(blob: Blob) -> Recording:
    """The recording in seconds, volts and amperes.

    Raises ReadError where the labels are missing, a row is short, a cell is no finite number, or the
    packing is cut off.
    """
    if blob.data.startswith(_PARQUET):
        table = _from_parquet(blob.data)
    else:
        data = _unpack(blob.data) if blob.data.startswith(_GZIP) else blob.data
        table = _from_text(decode(data).lstrip("\ufeff").split("\n"))
    block, unread = build_block(table, convention=CONVENTION)
    return Recording(KIND, NAME, blob.source, blocks=(block,), unread=unread)


def _from_text(lines: Sequence[str]) -> Table:
    found = _heads(lines[0].encode())
    if found is None:
        raise ReadError(
            f"the first row is '{lines[0][:60]}'",
            where="line 1",
            rule="the first row holds the labels (Test Time / s, Voltage / V, Current / A)",
        )
    cells, separator = found
    return read_rows(lines, 1, separator, channels_of(cells), repeated=[lines[0].strip()])


def _unpack(data: bytes) -> bytes:
    """The text of a gzip stream, bounded; ReadError where it is damaged, cut off or blows up."""
    bound = min(MAX_BYTES, _MAX_RATIO * max(len(data), 4096))
    stream = zlib.decompressobj(31)
    try:
        text = stream.decompress(data, bound)
    except zlib.error as error:
        raise ReadError(
            f"the gzip stream is damaged ({error})", remedy="Copy or export the file again"
        ) from None
    if stream.unconsumed_tail:
        raise ReadError(
            f"unpacks to more than {bound} bytes", rule="a packed table that blows up this much is not read"
        )
    if not stream.eof or stream.unused_data:
        raise ReadError(
            "the gzip stream is cut off" if not stream.eof else "bytes stand behind the gzip stream",
            where=f"byte {len(data)}",
            remedy="Copy or export the file again",
        )
    return text


def _from_parquet(data: bytes) -> Table:
    from negatrode.files.readers.parquet_table import numeric_columns

    found = numeric_columns(data)
    if not _is_standard(found.heads):
        raise ReadError(
            f"columns {', '.join(found.heads[:8]) or 'none'}",
            rule="the Battery Data Format names 'Test Time / s', 'Voltage / V' and 'Current / A'",
            remedy="Rename the columns to the standard's labels",
        )
    channels = settle(channels_of(found.heads), [["1"]] * len(found.heads))
    table = Table(channels, np.arange(1, found.rows + 1), unread=list(found.unread))
    for i, values in found.columns.items():
        bad = ~np.isfinite(values)
        if not bad.any():
            table.numbers[i] = values * channels[i].factor + channels[i].offset
        elif channels[i].vital:
            row = int(np.argmax(bad))
            raise ReadError(
                f"{values[row]:g}",
                where=f"row {row + 1} column '{found.heads[i]}'",
                rule="data cells are finite numbers",
                remedy="Correct the cell or export the file again",
            )
        else:
            table.unread.append(
                Unread(f"column {i + 1}", f"'{found.heads[i]}' has {int(bad.sum())} empty cells")
            )
    return table

"""The columns of a Parquet file as arrays, through pyarrow, without trust.

The footer is checked before anything is unpacked: number of rows and columns, and what the pages declare
to unpack to. pyarrow is imported only here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.recording import Unread

MAX_ROWS = 20_000_000
MAX_COLUMNS = 500
MAX_BYTES = 1 << 30
_MAX_GROUPS = 100_000
_REMEDY = "The file is cut off or damaged; copy or export it again"


@dataclass(frozen=True, eq=False)
class Columns:
    """Names of all columns, those of numbers by their place (empty cells as nan), and what was left out."""

    heads: tuple[str, ...]
    columns: Mapping[int, NDArray[np.float64]]
    rows: int
    unread: tuple[Unread, ...]


def numeric_columns(data: bytes) -> Columns:
    """The columns of numbers of a Parquet file.

    Raises ReadError where the file is cut off or damaged, or declares too much.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if len(data) < 12 or not data.endswith(b"PAR1"):
        raise ReadError("no 'PAR1' at the end", where=f"byte {len(data)}", remedy=_REMEDY)
    try:
        file = pq.ParquetFile(
            pa.BufferReader(data),
            thrift_string_size_limit=1 << 24,
            thrift_container_size_limit=1 << 20,
            page_checksum_verification=True,
        )
        _check_declared(file.metadata, len(data))
        table = file.read(use_threads=False)
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, OverflowError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise ReadError(f"no readable Parquet table ({reason})", remedy=_REMEDY) from None
    if table.num_rows != file.metadata.num_rows:
        raise ReadError(
            f"{table.num_rows} rows where the footer declares {file.metadata.num_rows}", remedy=_REMEDY
        )
    columns: dict[int, NDArray[np.float64]] = {}
    unread: list[Unread] = []
    for i, field in enumerate(table.schema):
        if not (pa.types.is_integer(field.type) or pa.types.is_floating(field.type)):
            unread.append(Unread(f"column {i + 1}", f"'{field.name}' holds {field.type}, no numbers"))
            continue
        columns[i] = np.asarray(table.column(i).to_numpy(), dtype=np.float64)
    heads = tuple(str(n) for n in table.schema.names)
    return Columns(heads, columns, table.num_rows, tuple(unread))


def _check_declared(metadata: Any, size: int) -> None:
    """Bounds on what the footer declares.

    Column metadata are not touched: on damaged statistics pyarrow's accessors end the whole process.
    """
    rows, width = int(metadata.num_rows), int(metadata.num_columns)
    groups = range(min(int(metadata.num_row_groups), _MAX_GROUPS))
    unpacked = sum(abs(int(metadata.row_group(i).total_byte_size)) for i in groups)
    if not (2 <= rows <= MAX_ROWS and 1 <= width <= MAX_COLUMNS) or unpacked > MAX_BYTES:
        raise ReadError(
            f"{rows} rows of {width} columns, {unpacked} bytes unpacked, in {size} bytes",
            rule=f"2 to {MAX_ROWS} rows, at most {MAX_COLUMNS} columns and {MAX_BYTES} bytes are read",
            remedy=_REMEDY,
        )

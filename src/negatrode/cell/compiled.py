"""The compiled kernels: whether what lies in the cache is of these sources, and getting them."""

from __future__ import annotations

import contextlib
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

KERNELS = Path(__file__).parent / "kernels"
_STAMP = "kernels.sha256"
_MARCH, _REPLAY = "advance.march-*", "tangent.replay-*"


@cache
def march() -> Any:
    """The compiled entry, ``kernels.advance.march``.

    Numba keys its cache to the text of the entry's own file, and would go on using an entry into which older
    kernels were compiled. A stamp of all sources beside it tells; what is of other sources is removed.
    """
    from negatrode.cell.kernels.advance import march as entry

    folder = Path(entry.stats.cache_path)
    if not is_current(folder):
        with contextlib.suppress(OSError):  # a folder that cannot be written holds nothing of ours either
            for path in (*folder.glob(_MARCH), *folder.glob(_REPLAY)):
                path.unlink(missing_ok=True)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / _STAMP).write_text(sources(), encoding="ascii")
    return entry


@cache
def replay() -> Any:
    """The compiled entry of the sensitivities, ``kernels.tangent.replay``."""
    march()  # removes what is of other sources
    from negatrode.cell.kernels.tangent import replay as entry

    return entry


@cache
def sources() -> str:
    """Hash of the text of every kernel."""
    whole = hashlib.sha256()
    for path in sorted(KERNELS.glob("*.py")):
        whole.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


def is_current(folder: Path) -> bool:
    """Whether the stamp in a cache folder is that of these sources."""
    stamp = folder / _STAMP
    return stamp.is_file() and stamp.read_text(encoding="ascii", errors="replace") == sources()


def compiled_files(folder: Path, *, sensitivities: bool = False) -> list[Path]:
    """Compiled entries in a cache folder: of the march, or of the sensitivities."""
    return sorted(folder.glob((_REPLAY if sensitivities else _MARCH) + ".nbc"))

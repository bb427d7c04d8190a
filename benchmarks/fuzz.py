"""The long corruption study: ``make fuzz`` (default 5,000 damaged copies a format, then the real files).

Usage: python benchmarks/fuzz.py [COPIES]
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.files.formats import builders  # noqa: E402
from tests.files.mutations import damaged  # noqa: E402

from negatrode.core.errors import NegatrodeError  # noqa: E402
from negatrode.files.blob import Blob  # noqa: E402
from negatrode.files.registry import read_blob  # noqa: E402

SLOW = 2.0


def study(name: str, file: str, data: bytes, copies: int) -> Counter[str]:
    """Outcomes of damaged copies of one file; raw exceptions are printed whole."""
    tally: Counter[str] = Counter()
    seed = int(os.environ.get("FUZZ_SEED", "1"))
    for kind, copy in damaged(data, seed=seed, count=copies):
        start = time.process_time()
        try:
            read_blob(Blob(file, copy))
            tally["read"] += 1
        except NegatrodeError as error:
            tally["refused"] += 1
            tally["by the last door"] += "unknown version of" in error.found
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            tally["RAW"] += 1
            print(f"{name} {kind}: {type(error).__name__}: {error}")
            traceback.print_exc()
        if time.process_time() - start > SLOW:
            tally["SLOW"] += 1
            print(f"{name} {kind}: {time.process_time() - start:.1f} s")
    return tally


def main() -> None:
    """Run the study and exit 1 if anything escaped."""
    copies = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    cases = {name: (*build(), copies) for name, build in builders().items()}
    shared = ROOT.parent / "shared" / "data"
    for path in sorted(shared.rglob("*.*")) if shared.is_dir() else []:
        if path.parent.name in ("xrd", "sorption", "sizing", "thermal"):
            cases[f"real {path.name}"] = (path.name, path.read_bytes(), max(20, copies // 50))
    bad = 0
    for name, (file, data, count) in cases.items():
        tally = study(name, file, data, count)
        bad += tally["RAW"] + tally["SLOW"]
        print(f"{name:60s} " + "  ".join(f"{k} {v}" for k, v in sorted(tally.items())), flush=True)
    print("nothing escaped" if not bad else f"{bad} escaped or were slow")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()

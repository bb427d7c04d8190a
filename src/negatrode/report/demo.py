"""The demo: example folders written by the forward models, then run like anybody's."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError
from negatrode.report.run import Run, run
from negatrode.report.write import check_free, write_files

# material -> module with examples() -> {folder: {path in it: content}}
MODULES = {
    "hard-carbon": "negatrode.report.examples.hard_carbon",
    "alloy": "negatrode.report.examples.alloy",
}


def _silent(_: str) -> None:
    pass


def example_folders(which: str) -> Mapping[str, Mapping[str, bytes]]:
    """The files of a demo by folder and path; the same bytes on every machine.

    Raises InputError, with the nearest name, for an unknown demo.
    """
    if which not in MODULES:
        hint = near_matches(which, list(MODULES)) or f"Known: {', '.join(MODULES)}"
        raise InputError(f"'{which}' is no demo", remedy=hint)
    found: Mapping[str, Mapping[str, bytes]] = importlib.import_module(MODULES[which]).examples()
    return found


def demo(
    which: str, folder: Path, *, overwrite: bool = False, say: Callable[[str], None] = _silent
) -> Iterator[Run]:
    """Write the example folders of a material and run each; yields the runs as they end.

    Raises InputError for an unknown demo, and where the folder holds files that negatrode did not write.
    """
    for name, files in example_folders(which).items():
        place = folder / name
        say(f"Writing {place} (synthetic, fixed seed)")
        check_free(place, list(files), overwrite=overwrite)
        write_files(place, dict(files), overwrite=overwrite)
        yield run(place / "SAMPLE.toml", place / "report", overwrite=overwrite, say=say)

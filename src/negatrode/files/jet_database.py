"""Tables of a Microsoft Jet database by their names (Access 97 to 2003, whatever its suffix)."""

from __future__ import annotations

import numpy as np

from negatrode.core.errors import ReadError
from negatrode.files.jet_pages import REMEDY, JetPages, JetTable
from negatrode.files.jet_rows import JetRows

_CATALOGUE, _CATALOGUE_PAGE = "MSysObjects", 2
# the kind of object in the catalogue's column Type; its upper bits are flags
_TABLE, _KIND = 1, 0x7F


class JetDatabase:
    """A Jet database in memory; page 2 defines its catalogue MSysObjects.

    Raises ReadError where the pages are none of Jet's or the catalogue cannot be read.
    """

    def __init__(self, data: bytes) -> None:
        self._pages = JetPages(data)
        catalogue = JetRows(self._pages, self._pages.definition(_CATALOGUE, _CATALOGUE_PAGE))
        kinds, numbers = catalogue.numbers("Type"), catalogue.numbers("Id")
        self._found: list[tuple[str, int]] = []
        for name, kind, number in zip(catalogue.texts("Name"), kinds, numbers, strict=True):
            if not np.isfinite(kind) or not np.isfinite(number) or int(kind) & _KIND != _TABLE:
                continue
            # the upper byte of Id tells kinds of objects apart
            page = int(number) & 0xFFFFFF
            if self._pages.defines_table(page):
                self._found.append((name, page))

    @property
    def names(self) -> list[str]:
        """The names of the tables, without the system's own."""
        return [name for name, _ in self._found if not name.lower().startswith("msys")]

    def holds(self, name: str) -> bool:
        """Whether there is a table of that name, whatever its case."""
        return any(n.lower() == name.lower() for n, _ in self._found)

    def table(self, name: str) -> JetTable:
        """The definition of a table; ReadError where the catalogue has none such, or two."""
        pages = [page for n, page in self._found if n.lower() == name.lower()]
        if len(pages) != 1:
            raise ReadError(
                f"{len(pages)} tables '{name}'",
                rule=f"the database holds {', '.join(sorted(self.names)[:12]) or 'no table'}",
                remedy=REMEDY,
            )
        return self._pages.definition(name, pages[0])

    def rows(self, table: JetTable) -> JetRows:
        """The rows of a table; ReadError where there are fewer than its definition declares."""
        rows = JetRows(self._pages, table)
        if len(rows) < table.declared:
            raise ReadError(
                f"{len(rows)} records where {table.declared} are declared",
                where=f"table {table.name}",
                rule="a table holds as many records as its definition declares",
                remedy=REMEDY,
            )
        return rows

    def given_up(self, table: JetTable) -> int:
        """The number of pages that still name the table but are no longer its own."""
        return self._pages.pages_of(table)[1]

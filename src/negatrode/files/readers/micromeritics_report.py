"""What Micromeritics reports have in common, as text and as workbook: labels, printed BET results, points."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block
from negatrode.files.readers.isotherm_terms import adsorptive, branches, loading_unit, state
from negatrode.files.readers.text_rows import plain
from negatrode.files.text import number

TABLE_TITLES = ("isotherm tabular report", "等温线表格报告", "等温吸附表报告")
PLOT_TITLES = ("isotherm linear plot", "等温线线性图")

_VALUE = re.compile(
    r"^([+-]?[\d.,]+(?:e[+-]?\d+)?)\s*(?:(?:±|\+/-)\s*[\d.,]+(?:e[+-]?\d+)?)?\s*(.*)$", re.IGNORECASE
)
_SETTINGS = {
    "mass": ("sample mass", "样品质量", "sample weight"),
    "temperature": ("analysis bath temp", "bath temperature", "analysis bath temperature"),
    "cross_section": ("molecular cross-sectional area", "分子截面积"),
    "dead_volume": ("cold free space", "analysis free space", "冷自由空间"),
    "warm_free_space": ("warm free space", "ambient free space"),
    "saturation_pressure": ("sat. pressure", "saturation pressure"),
}
_UNITS = {
    "g": "g", "mg": "mg", "k": "K", "°c": "degC", "c": "degC", "nm2": "nm2", "å2": "angstrom**2",
    "cm3": "cm3", "cm3 stp": "cm3", "mmhg": "mmHg", "kpa": "kPa", "torr": "torr", "bar": "bar",
    "mbar": "mbar",
}  # fmt: skip
_GAS = ("analysis adsorptive", "adsorptive", "analysis gas", "分析吸附质", "吸附质")


@dataclass
class Labels:
    """The labelled values of a report."""

    settings: dict[str, Stated] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    printed: dict[str, Stated] = field(default_factory=dict)

    def enter(self, label: str, value: str, where: str) -> None:
        """Take in one labelled value ("Sample mass", "0.1013 g")."""
        label = label.strip().rstrip(":：").strip()
        word = plain(label)
        if not word or len(label) > 120:
            return
        self.metadata.setdefault(label, value)
        if word in _GAS and value:
            self.settings.setdefault("adsorptive", Stated(adsorptive(value), "", where))
            return
        found = _VALUE.match(plain(value))
        amount = number(found[1]) if found else None
        if found is None or amount is None:
            return
        unit = found[2].strip()
        self._print(word, amount, unit, where)
        for key, labels in _SETTINGS.items():
            if any(word.rstrip(".") == x.rstrip(".") for x in labels):
                state(self.settings, key, amount, _UNITS.get(unit, ""), where)

    def _print(self, word: str, amount: float, unit: str, where: str) -> None:
        if word in ("bet surface area", "bet 表面积", "bet比表面积") and unit.replace("^", "") == "m2/g":
            self.printed.setdefault("printed_area", Stated(amount, "m2/g", where))
        elif word == "qm" and loading_unit(unit):
            self.printed.setdefault("printed_monolayer", Stated(amount, loading_unit(unit), where))
        elif word == "c" and not unit:
            self.printed.setdefault("printed_c", Stated(amount, "1", where))

    def bet_block(self) -> tuple[Block, ...]:
        """The printed BET results as a block without columns, where there are any."""
        return (Block("bet", (), self.printed),) if self.printed else ()


def enter_pairs(labels: Labels, cells: Sequence[str], where: str) -> None:
    """Take in "Label: value" cells and "Label:" cells followed by their value."""
    at = 0
    while at < len(cells):
        cell = cells[at].strip()
        inside = re.match(r"^([^:：]{2,80}?)\s*[:：]\s+(\S.*)$", cell)
        if inside:
            labels.enter(inside[1], inside[2], where)
        elif cell.endswith((":", "：")):
            value = next((c.strip() for c in cells[at + 1 :] if c.strip()), "")
            labels.enter(cell, "" if value.endswith((":", "：")) else value, where)
        at += 1


class Points:
    """The points of an isotherm table, collected row by row."""

    def __init__(self, columns: dict[str, tuple[int, str]]) -> None:
        self.columns = columns
        self.values: dict[str, list[float]] = {k: [] for k in columns if k != "saturation_pressure"}
        self.saturation: float | None = None

    def add(self, cells: Sequence[str], where: str) -> bool:
        """Take in a row; False where it is no point (text, blank, or a saturation pressure alone).

        Raises ReadError where one of pressure and amount is a number and another is not.
        """
        texts = {k: (cells[i].strip() if i < len(cells) else "") for k, (i, _) in self.columns.items()}
        if self.saturation is None and number(texts.get("saturation_pressure", "")):
            self.saturation = number(texts["saturation_pressure"])
        needed = {k: texts[k] for k in self.values}
        if not any(needed.values()):
            return False
        numbers = {k: number(t) for k, t in needed.items()}
        if all(n is None for n in numbers.values()) and not any(_looks_numeric(t) for t in needed.values()):
            return False
        for key, text in needed.items():
            value = numbers[key]
            if value is None:
                raise ReadError(
                    f"'{text[:40]}' stands where the {key.replace('_', ' ')} must",
                    where=where,
                    rule="data cells are finite numbers",
                    remedy="Correct the cell or export the file again",
                )
            self.values[key].append(value)
        return True

    def blocks(self, where: str) -> tuple[Block, ...]:
        """The branches, parted after the highest pressure."""
        return branches({k: (self.columns[k][1], v) for k, v in self.values.items()}, where=where)


def _looks_numeric(text: str) -> bool:
    return plain(text) in ("nan", "inf", "-inf", "+inf", "#n/a", "#div/0!", "#num!") or text[:1].isdigit()


def saturation(settings: dict[str, Stated], tables: Iterable[Points], where: str) -> None:
    """Enter the saturation pressure that the first table states."""
    for table in tables:
        if "saturation_pressure" in table.columns:
            unit = table.columns["saturation_pressure"][1]
            state(settings, "saturation_pressure", table.saturation, unit, where)

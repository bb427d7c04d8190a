"""What BELSORP reports have in common: labels (English, Japanese), numbered points, declared counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block
from negatrode.files.readers.isotherm_terms import adsorptive, branch, column_groups, heading, state
from negatrode.files.readers.text_rows import Row, plain
from negatrode.files.text import number

_CUT = "The file looks cut off or edited; export it again"

# setting -> (beginnings of labels, the dimension's units as BELSORP writes them)
_QUANTITIES = {
    "mass": (
        ("sample weight", "sample mass", "サンプル質量", "サンプル重量", "試料質量", "試料重量"),
        ("g", "mg"),
    ),
    "temperature": (
        ("adsorption temperature", "meas. temp", "measurement temperature", "吸着温度", "測定温度"),
        ("k", "c"),
    ),
    "cross_section": (
        (
            "adsorptive cross section", "adsorption cross section", "molecular cross", "cross section",
            "吸着断面積", "吸着質断面積", "分子断面積", "吸着質の断面積",
        ),
        ("nm2",),
    ),
    "saturation_pressure": (
        ("saturated vapor", "saturation vapor", "飽和蒸気圧"),
        ("kpa", "pa", "mmhg", "torr"),
    ),
    "dead_volume": (
        ("dead volume", "free space", "initial dead volume", "死容積", "デッドボリューム"),
        ("cm3", "ml"),
    ),
    "standard_volume": (("standard volume", "manifold volume", "vs", "基準容積"), ("cm3", "ml")),
}  # fmt: skip
_UNITS = {"k": "K", "c": "degC", "kpa": "kPa", "pa": "Pa", "mmhg": "mmHg", "ml": "cm3"}
_GAS = ("adsorptive", "adsorptive name", "吸着質名称", "吸着質", "吸着ガス")
_COUNTS = {
    "adsorption": re.compile(r"^(number of )?adsorption (data|point)|^吸着(測定)?(データ|点)(点)?数"),
    "desorption": re.compile(r"^(number of )?desorption (data|point)|^脱着(測定)?(データ|点)(点)?数"),
}


@dataclass
class Preamble:
    """What the lines above the points state."""

    settings: dict[str, Stated] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def enter(self, label: str, value: str, unit: str, where: str) -> None:
        """Take in one labelled value; a unit may also follow a slash in the label ("Sample weight/g:")."""
        label = label.strip().strip('"').rstrip(" :：").strip()
        word = plain(label)
        if not word:
            return
        self.metadata.setdefault(label, f"{value} {unit}".strip())
        if "/" in word and not unit:
            word, unit = (part.strip() for part in word.split("/", 1))
        unit = plain(unit).strip("[] ").replace("^", "")
        if word in _GAS and value:
            self.settings.setdefault("adsorptive", Stated(adsorptive(value), "", where))
        for branch_name, pattern in _COUNTS.items():
            if pattern.match(word) and re.fullmatch(r"\d{1,6}(\.0*)?", value.strip()):
                self.counts[branch_name] = int(float(value))
        for key, (labels, units) in _QUANTITIES.items():
            if unit in units and any(
                word == x or word.startswith(x + " ") or (len(x) > 3 and word.startswith(x)) for x in labels
            ):
                state(self.settings, key, number(value), _UNITS.get(unit, unit), where)


def is_heading(row: Row) -> bool:
    """Whether a row holds the headings of the points ("No", "pe/kPa", ..., "Va/cm3(STP) g-1")."""
    if plain(row.text(0)).strip('".') not in ("no", "番号", "№"):
        return False
    return bool(column_groups([heading(row.text(i)) for i in range(len(row.cells))]))


def points(name: str, head: Row, rows: Iterable[Row], *, where: str, declared: int | None) -> Block | None:
    """The points of one branch.

    Points are numbered 1, 2, 3 ...; a gap, a cell that is no number, or a number of points other than
    declared is a ReadError.
    """
    group = column_groups([heading(head.text(i)) for i in range(len(head.cells))])[0]
    values: dict[str, list[float]] = {key: [] for key in group}
    count = 0
    for row in rows:
        count += 1
        row.check_under(head)
        if row.require(0) != count:
            raise ReadError(
                f"point {row.text(0)} where point {count} must stand",
                where=row.where,
                rule="the points of a branch are numbered without gaps",
                remedy=_CUT,
            )
        for key, (index, _) in group.items():
            values[key].append(row.require(index))
    if declared is not None and count != declared:
        raise ReadError(
            f"{count} {name} points but {declared} declared",
            where=where,
            rule="declared and listed points agree",
            remedy=_CUT,
        )
    return branch(name, {k: (unit, values[k]) for k, (_, unit) in group.items()}, where=where)


def finish(preamble: Preamble, blocks: Sequence[Block | None], *, where: str) -> tuple[Block, ...]:
    """The branches that hold points; ReadError where there is no adsorption and no desorption point."""
    found = tuple(b for b in blocks if b is not None)
    if not found:
        raise ReadError("no data point", where=where, remedy=_CUT)
    for name, declared in preamble.counts.items():
        if declared and not any(b.name == name for b in found):
            raise ReadError(
                f"no {name} point but {declared} declared",
                where=where,
                rule="declared and listed points agree",
                remedy=_CUT,
            )
    return found

"""Adsorption Information Format (.aif): a STAR file with data items and loops.

Reference: Evans et al., Langmuir 37 (2021) 4222, doi 10.1021/acs.langmuir.1c00122. Both the first names
(_exptl_sample_mass, _adsorp_amount) and the later ones (_adsnt_sample_mass, _adsorp_loading) are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Recording
from negatrode.core.units import spell
from negatrode.files.blob import Blob
from negatrode.files.readers.isotherm_terms import (
    adsorptive,
    branch,
    branches,
    loading_unit,
    pressure_unit,
    state,
)
from negatrode.files.readers.text_rows import head_text, lines_of, plain
from negatrode.files.text import decode, number, require_number

NAME = "aif"
TITLE = "Adsorption Information Format (.aif)"
KIND = "isotherm"

_TOKEN = re.compile(r"""\s+|\#.*|'((?:[^']|'(?=\S))*)'(?=\s|$)|"((?:[^"]|"(?=\S))*)"(?=\s|$)|(\S+)""")
_AMOUNTS = ("amount", "loading", "loading_excess", "loading_absolute")
_RELATIVE = ("relative", "p/p0", "p/po", "1", "-", "unitless", "dimensionless")
_CUT = "The file is cut off or damaged; export it again"


@dataclass(frozen=True)
class _Token:
    text: str
    line: int
    quoted: bool


@dataclass
class _Loop:
    names: list[str]
    line: int
    values: list[_Token] = field(default_factory=list)


@dataclass
class _Star:
    """The items and loops of the file's one data block."""

    items: dict[str, _Token] = field(default_factory=dict)
    loops: list[_Loop] = field(default_factory=list)

    def text(self, *names: str) -> str:
        """The value of the first of these items that has one ("?" and "." mean none)."""
        for name in names:
            token = self.items.get(name)
            if token and token.text and (token.quoted or token.text not in ("?", ".")):
                return token.text.strip()
        return ""

    def where(self, *names: str) -> str:
        """The line of the first of these items."""
        return next((f"line {self.items[n].line}" for n in names if n in self.items), "")


def sniff(blob: Blob) -> int:
    """95 where a STAR loop of adsorption points stands in the text."""
    head = head_text(blob.data)
    if re.search(r"^\s*loop_\s", head, re.MULTILINE) and re.search(
        r"^\s*_(ads|des)orp_pressure", head, re.MULTILINE
    ):
        return 95
    return 60 if re.search(r"^\s*_(exptl_adsorptive|adsnt_|adsorptive_name)", head, re.MULTILINE) else 0


def read(blob: Blob) -> Recording:
    """The branches and all items; ReadError where a loop is not full or a value is no number."""
    star = _parse(lines_of(decode(blob.data)))
    blocks = _branches(star)
    if not blocks:
        raise ReadError("no loop of _adsorp_ points", rule="an AIF holds its points in loops", remedy=_CUT)
    return Recording(
        kind=KIND,
        format=NAME,
        source=blob.source,
        blocks=blocks,
        settings=_settings(star),
        metadata={name.lstrip("_"): token.text for name, token in star.items.items()},
    )


def _tokens(lines: list[str]) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.startswith(";"):
            end = next((i for i in range(at + 1, len(lines)) if lines[i].startswith(";")), None)
            if end is None:
                raise ReadError("a text field without its end", where=f"line {at + 1}", remedy=_CUT)
            found.append(_Token("\n".join([line[1:], *lines[at + 1 : end]]), at + 1, quoted=True))
            at = end + 1
            continue
        for match in _TOKEN.finditer(line):
            text = next((g for g in match.groups() if g is not None), None)
            if text is not None:
                found.append(_Token(text, at + 1, quoted=match[3] is None))
        at += 1
    return found


def _parse(lines: list[str]) -> _Star:
    star = _Star()
    tokens = _tokens(lines)
    blocks = 0
    at = 0
    while at < len(tokens):
        token = tokens[at]
        word = token.text.lower()
        at += 1
        if token.quoted or not word.startswith(("_", "data_", "loop_")):
            raise ReadError(
                f"'{token.text[:40]}' without a name",
                where=f"line {token.line}",
                rule="every value has its name or loop",
                remedy=_CUT,
            )
        if word.startswith("data_"):
            blocks += 1
            if blocks > 1:
                raise ReadError("a second data block", where=f"line {token.line}", rule="one isotherm a file")
        elif word == "loop_":
            at = _loop(star, tokens, at, token.line)
        else:
            if word in star.items:
                raise ReadError(
                    f"'{word}' stands twice", where=f"line {token.line}", rule="an item stands once"
                )
            value = tokens[at] if at < len(tokens) and not _is_name(tokens[at]) else None
            star.items[word] = value or _Token("", token.line, quoted=False)
            at += value is not None
    return star


def _is_name(token: _Token) -> bool:
    return not token.quoted and token.text.lower().startswith(("_", "loop_", "data_"))


def _loop(star: _Star, tokens: list[_Token], at: int, line: int) -> int:
    loop = _Loop([], line)
    while at < len(tokens) and not tokens[at].quoted and tokens[at].text.startswith("_"):
        loop.names.append(tokens[at].text.lower())
        at += 1
    while at < len(tokens) and not _is_name(tokens[at]):
        loop.values.append(tokens[at])
        at += 1
    if not loop.names or len(loop.values) % len(loop.names):
        raise ReadError(
            f"{len(loop.values)} values in a loop of {len(loop.names)} columns",
            where=f"line {line}",
            rule="a loop holds whole rows",
            remedy=_CUT,
        )
    star.loops.append(loop)
    return at


def _branches(star: _Star) -> tuple[Block, ...]:
    """Adsorption and desorption; early converters wrote both into one loop, parted at its maximum."""
    first, second = _points(star, "adsorp"), _points(star, "desorp")
    if first and not second:
        return branches(first, where="the loop of _adsorp_ points")
    found = (
        branch(name, columns, where=f"the loop of {name} points")
        for name, columns in (("adsorption", first), ("desorption", second))
        if columns
    )
    return tuple(b for b in found if b is not None)


def _points(star: _Star, prefix: str) -> dict[str, tuple[str, list[float]]]:
    loop = next((x for x in star.loops if f"_{prefix}_pressure" in x.names), None)
    if loop is None:
        return {}
    amount = next((f"_{prefix}_{a}" for a in _AMOUNTS if f"_{prefix}_{a}" in loop.names), None)
    if amount is None:
        raise ReadError(
            "no amount adsorbed", where=f"line {loop.line}", rule=f"one of _{prefix}_{_AMOUNTS} is a column"
        )
    stated = star.text("_units_pressure")
    relative = plain(stated) in _RELATIVE or plain(star.text("_mode_pressure")).startswith("relative")
    unit = pressure_unit(stated) or stated
    loading = star.text("_units_loading")
    columns = {
        "relative_pressure" if relative else "pressure": (
            "1" if relative else unit,
            _column(loop, f"_{prefix}_pressure"),
        ),
        "loading": (loading_unit(loading) or loading, _column(loop, amount)),
    }
    if f"_{prefix}_p0" in loop.names and not relative:
        columns["saturation_pressure"] = (unit, _column(loop, f"_{prefix}_p0"))
    return columns


def _column(loop: _Loop, name: str) -> list[float]:
    tokens = loop.values[loop.names.index(name) :: len(loop.names)]
    return [require_number(t.text, where=f"line {t.line}") for t in tokens]


def _settings(star: _Star) -> dict[str, Stated]:
    settings: dict[str, Stated] = {}
    gases = ("_exptl_adsorptive", "_adsorptive_name", "_adsorptive_formula", "_exptl_adsorptive_name")
    if star.text(*gases):
        settings["adsorptive"] = Stated(adsorptive(star.text(*gases)), "", star.where(*gases))
    masses = ("_adsnt_sample_mass", "_exptl_sample_mass")
    mass = re.match(r"^([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*(\w*)$", star.text(*masses))
    if mass:
        state(
            settings,
            "mass",
            number(mass[1]),
            _mass_unit(mass[2] or star.text("_units_mass")),
            star.where(*masses),
        )
    kelvin = re.match(r"^([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*(\S*)$", star.text("_exptl_temperature"))
    if kelvin:
        unit = spell(kelvin[2] or star.text("_units_temperature"))
        if unit in ("K", "degC"):
            settings["temperature"] = Stated(_finite(kelvin[1]), unit, star.where("_exptl_temperature"))
    unit = pressure_unit(star.text("_units_pressure"))
    state(settings, "saturation_pressure", number(star.text("_exptl_p0")), unit, star.where("_exptl_p0"))
    return settings


def _finite(text: str) -> float:
    return require_number(text, where="_exptl_temperature")


def _mass_unit(text: str) -> str:
    return text if text in ("g", "mg", "kg") else ""

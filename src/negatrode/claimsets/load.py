"""TOML -> ClaimSet. What cannot be understood is a ClaimError that names the file and the TOML path.

Only form is judged here (types, spelling of keys, intervals, expressions); whether the claims make
sense together is for ``negatrode.claimsets.check``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from negatrode.claimsets.grammar import parse_interval
from negatrode.claimsets.model import (
    AnyOfClaims,
    Claim,
    ClaimSet,
    ContainsLimit,
    DecisionRule,
    FactKind,
    FactLimit,
    IntervalLimit,
    Limitation,
)
from negatrode.core.catalogue import near_matches
from negatrode.core.errors import ClaimError, ExpressionError
from negatrode.core.expression import parse

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MAX_BYTES = 1_000_000
Word = Annotated[str, Field(min_length=1, max_length=200)]
Prose = Annotated[str, Field(max_length=20_000)]
Number = Annotated[int, Field(ge=1, le=9999)]
Level = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Limitation(_Row):
    property: Word | None = None
    interval: Word | None = None
    unit: Word | None = None
    fact: Word | None = None
    is_: bool | Word | None = Field(default=None, alias="is")
    contains: list[Word] | None = Field(default=None, min_length=1, max_length=300)
    at_least: Number | None = None
    any_of_claims: list[Number] | None = Field(default=None, min_length=1, max_length=300)
    words: Prose = ""
    reading: Prose = ""


class _Claim(_Row):
    number: Number
    title: Prose = ""
    text: Prose = ""
    limitations: list[_Limitation] = Field(min_length=1, max_length=200)


class _Fact(_Row):
    description: Annotated[str, Field(min_length=1, max_length=2000)]
    section: Literal["process", "electrode", "battery", "declared"]
    shape: Literal["yes-no", "word", "elements"] = "yes-no"


class _Head(_Row):
    name: Word
    title: Prose
    source: Prose = ""
    notes: Prose = ""


class _Decision(_Row):
    met: Level = 0.95
    not_met: Level = 0.05


class _Document(_Row):
    claim_set: _Head
    decision: _Decision = _Decision()
    facts: dict[str, _Fact] = Field(default_factory=dict)
    groups: dict[str, list[Word]] = Field(default_factory=dict)
    claims: list[_Claim] = Field(min_length=1, max_length=500)


_KINDS = {"property": {"interval", "unit"}, "fact": {"is", "contains", "at_least"}, "any_of_claims": set()}
_KIND_RULE = "a limitation has one of: property (with interval and unit), fact, any_of_claims"


def load_text(text: str, *, path: str) -> ClaimSet:
    """The claim set that a TOML text holds; ``path`` is named in errors."""
    if len(text) > MAX_BYTES:
        raise ClaimError(f"{len(text)} characters", where=path, rule=f"a claim file has at most {MAX_BYTES}")
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ClaimError(f"no TOML: {error}", where=path, remedy="Correct the line named") from None
    try:
        document = _Document.model_validate(raw)
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False)[0], path) from None
    except RecursionError:
        raise ClaimError("nested too deeply", where=path, rule="see docs/claims.md") from None
    return _claim_set(document, path)


def load_file(path: str) -> ClaimSet:
    """The claim set of a TOML file."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 -- size is looked at before all of it is taken
            data = stream.read(MAX_BYTES + 1)
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        raise ClaimError(
            "no such file", where=path, remedy="Give a claim file, or see 'negatrode claims list'"
        ) from None
    except (OSError, ValueError) as error:
        raise ClaimError(f"cannot be read ({error})", where=path, rule="a claim file is UTF-8 text") from None
    return load_text(text, path=path)


def _refusal(error: ErrorDetails, path: str) -> ClaimError:
    loc = [p for p in error["loc"] if p not in ("bool", "constrained-str", "function-plain")]
    place = f"{path} {toml_path(loc)}".strip()
    given = repr(error.get("input"))
    shown = given if len(given) <= 60 else f"{given[:57]}..."
    if error["type"] == "extra_forbidden":
        hint = near_matches(str(loc[-1]), _keys_at(loc)) or f"Known: {', '.join(_keys_at(loc))}"
        return ClaimError(f"unknown key '{loc[-1]}'", where=place, remedy=hint)
    if error["type"] == "missing":
        return ClaimError("missing", where=place, rule="this key is needed", remedy="See docs/claims.md")
    return ClaimError(f"found {shown}", where=place, rule=error["msg"])


def _keys_at(loc: list[int | str]) -> list[str]:
    models: dict[str, type[BaseModel]] = {
        "limitations": _Limitation,
        "claims": _Claim,
        "facts": _Fact,
        "claim_set": _Head,
        "decision": _Decision,
    }
    for part in reversed(loc[:-1]):
        if part in models:
            fields = models[str(part)].model_fields
            return [f.alias or n for n, f in fields.items()]
    return list(_Document.model_fields)


def toml_path(loc: list[int | str]) -> str:
    """A place in a TOML document.

    >>> toml_path(["claims", 0, "limitations", 2, "interval"])
    'claims[0].limitations[2].interval'
    """
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def _claim_set(document: _Document, path: str) -> ClaimSet:
    rule = DecisionRule(document.decision.met, document.decision.not_met)
    if not rule.met > rule.not_met:
        raise ClaimError(
            f"met {rule.met} and not_met {rule.not_met}",
            where=f"{path} decision",
            rule="met lies above not_met",
        )
    head = document.claim_set
    return ClaimSet(
        name=head.name,
        title=head.title,
        claims=tuple(_claim(c, i, document.groups, path) for i, c in enumerate(document.claims)),
        facts=tuple(FactKind(n, f.description, f.section, f.shape) for n, f in document.facts.items()),
        decision=rule,
        source=head.source,
        notes=head.notes,
        path=path,
    )


def _claim(row: _Claim, index: int, groups: Mapping[str, list[str]], path: str) -> Claim:
    where = f"claims[{index}]"
    limits = tuple(
        _limitation(r, f"{where}.limitations[{k}]", groups, path) for k, r in enumerate(row.limitations)
    )
    return Claim(row.number, row.title, limits, row.text, where)


def _limitation(row: _Limitation, where: str, groups: Mapping[str, list[str]], path: str) -> Limitation:
    place = f"{path} {where}"
    given: dict[str, Any] = row.model_dump(by_alias=True, exclude_none=True, exclude={"words", "reading"})
    kinds = [k for k in _KINDS if k in given]
    if len(kinds) != 1:
        raise ClaimError(f"keys {', '.join(given) or 'none'}", where=place, rule=_KIND_RULE)
    strange = set(given) - {kinds[0]} - _KINDS[kinds[0]]
    if strange:
        raise ClaimError(f"'{sorted(strange)[0]}' beside '{kinds[0]}'", where=place, rule=_KIND_RULE)
    if row.any_of_claims is not None:
        return AnyOfClaims(tuple(row.any_of_claims), row.words, row.reading, where)
    if row.fact is not None:
        return _fact(row, row.fact, where, groups, path)
    return _interval(row, where, path)


def _fact(
    row: _Limitation, fact: str, where: str, groups: Mapping[str, list[str]], path: str
) -> FactLimit | ContainsLimit:
    place = f"{path} {where}"
    if row.contains is None:
        if row.at_least is not None:
            raise ClaimError("'at_least' without 'contains'", where=place, rule="it counts what is contained")
        return FactLimit(fact, True if row.is_ is None else row.is_, row.words, row.reading, where)
    if row.is_ is not None:
        raise ClaimError("'is' beside 'contains'", where=place, rule="a fact has one of them")
    of = tuple(dict.fromkeys(w for entry in row.contains for w in groups.get(entry, [entry])))
    at_least = row.at_least or 1
    if at_least > len(of):
        raise ClaimError(
            f"at least {at_least} of {len(of)}", where=f"{place}.at_least", rule="it can never be met"
        )
    return ContainsLimit(fact, of, at_least, row.words, row.reading, where)


def _interval(row: _Limitation, where: str, path: str) -> IntervalLimit:
    place = f"{path} {where}"
    if row.interval is None:
        raise ClaimError("'property' without 'interval'", where=place, rule=_KIND_RULE)
    text = row.property or ""
    try:
        found = parse(text)
    except (ExpressionError, OverflowError, RecursionError) as error:
        said = (
            error.found if isinstance(error, ExpressionError) else "a number too large or nested too deeply"
        )
        raise ClaimError(
            said, where=f"{place}.property", rule="names of properties, numbers, + - * / and brackets"
        ) from None
    if not found.names:
        raise ClaimError(f"'{text}' names no property", where=f"{place}.property", rule="a limit is on one")
    try:
        found.evaluate(dict.fromkeys(found.names, _One(1.0)))
    except (ZeroDivisionError, OverflowError, RecursionError):
        raise ClaimError(
            f"'{text}' divides by zero or is nested too deeply", where=f"{place}.property"
        ) from None
    return IntervalLimit(
        expression=" ".join(text.split()),
        interval=parse_interval(row.interval, where=f"{place}.interval"),
        unit=row.unit or "1",
        words=row.words,
        reading=row.reading,
        where=where,
    )


class _One:
    """Absorbs arithmetic, so that only the numbers among themselves can fail."""

    def __init__(self, value: float) -> None:
        self.value = value

    def _same(self, _: object = None) -> _One:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __rtruediv__ = __neg__ = _same

    def __truediv__(self, other: object) -> _One:
        if other == 0:
            raise ZeroDivisionError
        return self

"""The commands: each reads its arguments, calls one function of the library, prints the result."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from negatrode.cli.console import PROBLEM, USAGE, Talk, emit, emit_json, refusals, table
from negatrode.core.errors import InputError

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 1 unless every claim is met.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what stands in the folder.")]
ClaimSets = Annotated[
    list[str] | None,
    typer.Option("--claims", metavar="NAME|FILE.toml", help="Claim set or specification; may be repeated."),
]


def measure(
    prop: Annotated[str, typer.Argument(metavar="PROPERTY", help="Name in the catalogue, such as d002.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Instrument files.")],
    recipe: Annotated[
        str | None, typer.Option("--recipe", metavar="R", help="See 'negatrode recipes'.")
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="What the file cannot know, with its unit; repeatable."
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure one property from instrument files."""
    with refusals(as_json=as_json):
        from negatrode.cli.show import estimate_text
        from negatrode.flow.as_json import estimate_json
        from negatrode.flow.measure import measure as measure_files

        Talk(quiet=quiet or as_json).say(f"reading {', '.join(f.name for f in files)}")
        found = measure_files(prop, files, recipe=recipe, settings=pairs(given or []))
        if as_json:
            emit_json(estimate_json(found))
        else:
            emit(estimate_text(found))


def pairs(given: list[str]) -> dict[str, object]:
    """The settings of repeated ``--set key=value``.

    >>> pairs(["mass=1.011 mg"])
    {'mass': '1.011 mg'}
    """
    found: dict[str, object] = {}
    for text in given:
        key, sign, value = text.partition("=")
        if not sign or not key.strip() or not value.strip():
            raise InputError(f"'{text}'", where="--set", rule='a setting is written as "key=value"')
        if key.strip() in found:
            raise InputError(f"'{key.strip()}' is given twice", where="--set", remedy="Keep one of them")
        found[key.strip()] = value.strip()
    return found


def judge(
    sample: Annotated[Path, typer.Argument(metavar="SAMPLE.toml", help="The sample, or its folder.")],
    claim_sets: ClaimSets = None,
    as_json: Json = False,
    strict: Strict = False,
    quiet: Quiet = False,
) -> None:
    """Measure a sample and judge it on a claim set or a specification."""
    with refusals(as_json=as_json):
        from negatrode.claimsets.as_json import judgement_json
        from negatrode.cli.show import judgement_text
        from negatrode.flow.assess import assess

        found = assess(sample, claim_sets=claim_sets or (), say=Talk(quiet=quiet).say)
        if as_json:
            objects = [judgement_json(j) for j in found.judgements]
            emit_json(objects[0] if len(objects) == 1 else objects)
        else:
            for judgement in found.judgements:
                emit(judgement_text(judgement))
    if strict and not all(v.verdict == "met" for j in found.judgements for v in j.claims):
        raise SystemExit(PROBLEM)


def run(
    sample: Annotated[Path, typer.Argument(metavar="SAMPLE.toml", help="The sample, or its folder.")],
    out: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where the report goes.")],
    claim_sets: ClaimSets = None,
    as_json: Json = False,
    strict: Strict = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Measure and judge a sample; write report.html and results.json."""
    with refusals(as_json=as_json):
        from negatrode.cli.show import judgement_text
        from negatrode.report.run import run as run_sample

        result = run_sample(
            sample, out, claim_sets=claim_sets or (), overwrite=overwrite, say=Talk(quiet=quiet).say
        )
        if as_json:
            emit_json(result.results)
        else:
            for judgement in result.assessment.judgements:
                emit(judgement_text(judgement))
            emit(f"report: {result.report}")
    if strict and not all(v.verdict == "met" for j in result.assessment.judgements for v in j.claims):
        raise SystemExit(PROBLEM)


def make(
    route: Annotated[
        Path | None, typer.Argument(metavar="ROUTE.toml", help="The route, or its folder.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Where the made sample goes.")
    ] = None,
    example: Annotated[
        str | None, typer.Option("--example", metavar="hard-carbon|alloy", help="Print an example route.")
    ] = None,
    claim_sets: ClaimSets = None,
    as_json: Json = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Predict the powder that a route makes; write a sample folder that judge and run accept."""
    with refusals(as_json=as_json):
        from negatrode.cli.show import judgement_text, made_text
        from negatrode.report.make import example_route
        from negatrode.report.make import make as make_powder

        if example is not None:
            emit(example_route(example).rstrip("\n"))
            return
        if route is None or out is None:
            raise InputError(
                "no route" if route is None else "no folder for the made sample",
                remedy="negatrode make ROUTE.toml -o DIR; --example hard-carbon prints a route",
            )
        done = make_powder(
            route, out, claim_sets=claim_sets or (), overwrite=overwrite, say=Talk(quiet=quiet).say
        )
        if as_json:
            emit_json(done.results)
        else:
            emit(made_text(done.making.made))
            for judgement in done.assessment.judgements:
                emit(judgement_text(judgement))
            emit(f"report: {done.report}")


def demo(
    which: Annotated[
        str, typer.Argument(metavar="[hard-carbon|alloy]", help="Which material.")
    ] = "hard-carbon",
    out: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Where it is written.")
    ] = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Write example sample folders (synthetic, fixed seeds) and run them."""
    with refusals(as_json=False):
        from negatrode.cli.show import judgement_text
        from negatrode.report.demo import demo as run_demo

        folder = out or Path(f"demo-{which}")
        for result in run_demo(which, folder, overwrite=overwrite, say=Talk(quiet=quiet).say):
            emit("")
            for judgement in result.assessment.judgements:
                emit(judgement_text(judgement))
            emit(f"report: {result.report}")


claims = typer.Typer(help="List, show and check claim sets.", no_args_is_help=True)


@claims.command("list")
def claims_list(as_json: Json = False) -> None:
    """The claim sets that come with negatrode."""
    with refusals(as_json=as_json):
        from negatrode.claimsets.library import built_in

        rows = [{"name": s.name, "title": s.title, "claims": len(s.claims)} for s in built_in()]
        if as_json:
            emit_json(rows)
        else:
            emit(table([[str(v) for v in r.values()] for r in rows], head=["name", "title", "claims"]))


@claims.command("show")
def claims_show(name: Annotated[str, typer.Argument(metavar="NAME|FILE.toml")]) -> None:
    """A claim set as it is judged: every limit beside the words it comes from."""
    with refusals(as_json=False):
        from negatrode.claimsets.library import claims as load_claims
        from negatrode.claimsets.show import claim_set_text

        emit(claim_set_text(load_claims(name)))


@claims.command("check")
def claims_check(
    file: Annotated[str, typer.Argument(metavar="FILE.toml", help="A claim file, or the name of a set.")],
    as_json: Json = False,
    strict: Strict = False,
) -> None:
    """Look for implied, unreachable and contradictory limits, unknown properties and wrong units."""
    with refusals(as_json=as_json):
        from negatrode.claimsets.check import check
        from negatrode.claimsets.library import claims as load_claims

        found = check(load_claims(file))
        if as_json:
            emit_json(
                [{"severity": f.severity, "code": f.code, "where": f.where, "text": f.text} for f in found]
            )
        elif found:
            emit(
                table(
                    [[f.severity, f.code, f.where, f.text] for f in found], head=["", "code", "where", "what"]
                )
            )
        else:
            emit("nothing found")
    if any(f.severity == "error" for f in found) or (strict and found):
        raise SystemExit(PROBLEM)


def recipes(
    prop: Annotated[str | None, typer.Argument(metavar="[PROPERTY]", help="One property only.")] = None,
    as_json: Json = False,
) -> None:
    """The recipes of each property, and the settings that they need."""
    with refusals(as_json=as_json):
        from negatrode.cli.show import recipes_json, recipes_text

        if as_json:
            emit_json(recipes_json(prop))
        else:
            emit(recipes_text(prop))


def inspect(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="An instrument file.")] = None,
    formats: Annotated[bool, typer.Option("--formats", help="List the formats that are read.")] = False,
    as_json: Json = False,
) -> None:
    """What a file holds, and what was not understood."""
    with refusals(as_json=as_json):
        from negatrode.cli.show import formats_text, recording_json, recording_text
        from negatrode.files.registry import read

        if formats:
            emit(formats_text())
            return
        if file is None:
            raise InputError("no file given", remedy="Name a file, or --formats")
        found = read(file)
        if as_json:
            emit_json(recording_json(found))
        else:
            emit(recording_text(found))


__all__ = ["USAGE", "claims", "demo", "inspect", "judge", "make", "measure", "recipes", "run"]

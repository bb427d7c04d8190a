"""The command line. Commands import what they need when they run, so that --help is quick."""

from __future__ import annotations

from typing import Annotated

import typer

from negatrode.cli import commands, simulate, study

app = typer.Typer(
    name="negatrode",
    help="From instrument files of a negative-electrode powder to properties and verdicts on claims.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        from negatrode import __version__

        typer.echo(f"negatrode {__version__}")
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Measure a powder from its instrument files and judge it on patent claims or a specification."""


app.command("demo")(commands.demo)
app.command("run")(commands.run)
app.command("make")(commands.make)
app.command("measure")(commands.measure)
app.command("judge")(commands.judge)
app.add_typer(commands.claims, name="claims")
app.command("recipes")(commands.recipes)
app.command("inspect")(commands.inspect)
app.command("simulate")(simulate.simulate)
app.add_typer(study.app, name="study")
app.command("warm")(simulate.warm)


def main() -> None:
    """Entry point of the console script."""
    app()

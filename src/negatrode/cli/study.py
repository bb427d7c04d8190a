"""``negatrode study STUDY.toml``, and ``study status``, ``study export``, ``study example``."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from negatrode.cli.commands import Json, Overwrite, Quiet
from negatrode.cli.console import Talk, emit, emit_json, refusals
from negatrode.core.errors import InputError

if TYPE_CHECKING:
    from negatrode.study.file.read import Study
    from negatrode.study.lanes.lanes import Lanes
    from negatrode.study.watch import Watch

_STOPPED = 130


class _RunByDefault(TyperGroup):
    """What is no command's name is a STUDY.toml to run."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_RunByDefault,
    help="Run a study over a space of inputs (study STUDY.toml), or look at one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Where = Annotated[
    Path, typer.Argument(metavar="STUDY", help="STUDY.toml, the study's folder, or its journal.")
]


@app.command("run")
def run(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="The study.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Its folder; by default STUDY.study.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", "-j", metavar="N", help="Processes; by default one a core.")
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", metavar="ADDRESS", help="Scheduler of a Dask cluster, tcp://host:8786."),
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try points again that failed in an earlier run.")
    ] = False,
    as_json: Json = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Run a study, or go on with one that was stopped: the same command resumes."""
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        with refusals(as_json=as_json):
            from negatrode.cli.show import study_text
            from negatrode.study.file.read import is_calibration
            from negatrode.study.folder import run_study

            if workers is not None and cluster is not None:
                raise InputError("both --workers and --cluster", rule="workers are here or on a cluster")
            if is_calibration(study):
                _calibrate(study, out, as_json=as_json, overwrite=overwrite, quiet=quiet)
                return
            done = run_study(
                study, out, lanes=_lanes(workers, cluster, quiet), watch=_watch(quiet), overwrite=overwrite,
                retry_failed=retry_failed, command=_command(study, out),
            )  # fmt: skip
            if as_json:
                emit_json(done.results)
            else:
                emit(study_text(done.results))
                emit(f"report: {done.report}")
    except KeyboardInterrupt:
        sys.stderr.write("stopped; what was finished is in the journal, and the same command goes on\n")
        sys.stderr.flush()
        # Threads that wait for dead workers must not hold the exit up.
        os._exit(_STOPPED)


def _calibrate(study: Path, out: Path | None, *, as_json: bool, overwrite: bool, quiet: bool) -> None:
    """A study with [calibration]: a few fits, here and at once."""
    from negatrode.cell.warm import warm
    from negatrode.study.calibration import calibration_text, run_calibration
    from negatrode.study.file.calibration import read_calibration
    from negatrode.study.file.read import document_of
    from negatrode.study.folder import folder_of

    say = Talk(quiet=quiet).say
    text, document = document_of(study)
    found = read_calibration(study, text, document, say)
    warm(say, sensitivities=True)
    done = run_calibration(
        found, folder_of(study, out), say=say, overwrite=overwrite, command=_command(study, out)
    )
    if as_json:
        emit_json(done.results)
    else:
        emit(calibration_text(done.results))
        emit(f"report: {done.report}")


def _as_interrupt(number: int, frame: object) -> None:
    """A batch scheduler's TERM is an interrupt: batches in flight are let go, the journal is whole."""
    del number, frame
    raise KeyboardInterrupt


def _lanes(workers: int | None, cluster: str | None, quiet: bool) -> Callable[[Study], Lanes]:
    def made(study: Study) -> Lanes:
        from negatrode.study.chain.outputs import needs_cell

        talk = Talk(quiet=quiet)
        if cluster is not None:
            from negatrode.study.lanes.cluster import ClusterLanes

            return ClusterLanes(cluster)
        from negatrode.study.lanes.local import LocalLanes

        if needs_cell(study.chain.outputs):
            from negatrode.cell.warm import warm

            warm(talk.say)  # compiled here, once; workers load it
        return LocalLanes(workers)

    return made


def _watch(quiet: bool) -> Watch:
    from negatrode.study.watch import Bar, Lines, Silent

    if quiet:
        return Silent()
    if sys.stderr.isatty() and not os.environ.get("NO_COLOR"):
        return Bar()
    return Lines(Talk().say)


def _command(study: Path, out: Path | None) -> str:
    import shlex

    return shlex.join(["negatrode", "study", str(study), *(["-o", str(out)] if out is not None else [])])


@app.command("status")
def status(study: Where, as_json: Json = False) -> None:
    """How far a study is, also while it runs."""
    with refusals(as_json=as_json):
        from negatrode.study.status import status_json, status_text

        found = status_json(study)
        if as_json:
            emit_json(found)
        else:
            emit(status_text(found))


@app.command("export")
def export(
    study: Where,
    out: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="points.csv or points.parquet.")
    ] = None,
    parts: Annotated[
        list[str] | None, typer.Option("--part", metavar="PART", help="sweep, map, ...; may be repeated.")
    ] = None,
    timings: Annotated[bool, typer.Option("--timings", help="With attempts, seconds and worker.")] = False,
    overwrite: Overwrite = False,
) -> None:
    """The points as a table, also while the study runs."""
    with refusals(as_json=False):
        from negatrode.report.write import write_whole
        from negatrode.study.folder import export as export_points

        kind = (out.suffix.lower().lstrip(".") or "csv") if out is not None else "csv"
        if kind not in ("csv", "parquet"):
            raise InputError(f"'{out}'", where="-o", rule="a name that ends in .csv or .parquet")
        data = export_points(study, tuple(parts or ()), kind=kind, timings=timings)
        if out is None:
            emit(data.decode().rstrip("\n"))
            return
        if out.exists() and not overwrite:
            raise InputError(
                "the file exists", where=str(out), rule="nothing is replaced unasked",
                remedy="give another name, or --overwrite",
            )  # fmt: skip
        write_whole(out, data)


@app.command("example")
def example(
    which: Annotated[str, typer.Argument(metavar="hard-carbon|alloy", help="Which study.")] = "hard-carbon",
    out: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Where it is written.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write a worked study: STUDY.toml and the sample that it starts from."""
    with refusals(as_json=False):
        from negatrode.study.examples import write_example

        folder = out or Path(f"study-{which}")
        write_example(which, folder, overwrite=overwrite)
        emit(f"negatrode study {folder / 'STUDY.toml'}")

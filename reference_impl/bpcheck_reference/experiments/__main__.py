"""What can be typed: ``python -m bpcheck_reference.experiments run|list|report``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from bpcheck_reference.experiments import results
from bpcheck_reference.experiments.catalogue import UnknownExperimentError, experiment, files
from bpcheck_reference.experiments.experiment import SEEDS, Size
from bpcheck_reference.experiments.runner import run_all

COMMAND = "python -m bpcheck_reference.experiments"
to_folder = click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), default=None, help="Where the evidence files are."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Measure what the practices are worth."""


@cli.command(name="list")
def list_() -> None:
    """The experiments, with their practices and questions."""
    width = max(map(len, files()))
    for name in files():
        this = experiment(name)
        click.echo(f"{name:<{width}}  {', '.join(this.practice):<6}  {this.question}")
    click.echo(f"{len(files())} experiments. `{COMMAND} run NAME` runs one, `run all` all of them.")


@cli.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...|all")
@click.option("--device", default="cpu", show_default=True, help="As PyTorch spells it: cpu, cuda, cuda:1.")
@click.option("--seeds", type=click.IntRange(min=2), default=None, help="How often each arm is trained.")
@click.option("--full", is_flag=True, help="More seeds, and larger runs where an experiment has them; meant for a GPU.")
@click.option("--tiny", is_flag=True, help="A quick look at the headline's values; never written over better evidence.")
@click.option("--jobs", type=click.IntRange(min=1), default=None, help="Runs at a time; as many as there are cores.")
@click.option("--again", is_flag=True, help="Run anew what is finished. An interrupted call goes on where it was.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), default=None, help="Begin no run after these.")
@to_folder
def run(
    names: tuple[str, ...],
    device: str,
    seeds: int | None,
    full: bool,
    tiny: bool,
    jobs: int | None,
    again: bool,
    minutes: float | None,
    folder: Path | None,
) -> None:
    """Run experiments, and write a file of evidence for each. What is finished is not run again."""
    wanted = list(files()) if "all" in names else list(dict.fromkeys(names))
    try:
        for name in wanted:
            experiment(name)
        _check_device(device)
    except (UnknownExperimentError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    if full and tiny:
        raise click.UsageError("--full and --tiny exclude each other")
    size: Size = "full" if full else "tiny" if tiny else "small"
    if tiny and folder is None:
        raise click.UsageError("--tiny needs a --folder: its figures are no evidence")
    target = folder or results.folder()
    unfinished = _run_with_progress(
        wanted, target, size=size, device=device, seeds=seeds or SEEDS[size],
        jobs=jobs or min(os.cpu_count() or 1, 8), again=again, minutes=minutes,
    )  # fmt: skip
    if unfinished:
        click.echo(f"not finished: {', '.join(unfinished)}. The same command goes on.", err=True)
        sys.exit(1)


def _check_device(device: str) -> None:
    import torch

    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device `{device}` cannot be used here: {str(error).splitlines()[0]}") from error


def _run_with_progress(
    names: list[str],
    folder: Path,
    *,
    size: Size,
    device: str,
    seeds: int,
    jobs: int,
    again: bool,
    minutes: float | None,
) -> list[str]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    full = {"full": " --full", "tiny": " --tiny", "small": ""}[size]
    command = f"{COMMAND} run %s --device {device.partition(':')[0]}{full} --seeds {seeds}"
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        total = bars.add_task("all runs", total=0)
        state = dict.fromkeys(names, (0, 0))

        def progress(name: str, done: int, wanted: int) -> None:
            state[name] = (done, wanted)
            bars.update(
                total, description=f"{name:<24}", total=sum(row[1] for row in state.values()),
                completed=sum(row[0] for row in state.values()),
            )  # fmt: skip
            if done == wanted and not bars.console.is_terminal:
                click.echo(f"{name}: {done} runs", err=True)

        return run_all(
            names, folder, size=size, device=device, seeds=seeds, jobs=jobs, again=again, minutes=minutes,
            command=command, progress=progress,
        )  # fmt: skip


@cli.command()
@to_folder
def report(folder: Path | None) -> None:
    """Render the page, its plots, and the lines that `bpcheck explain` shows, from the evidence files alone."""
    from bpcheck_reference.experiments.report import write_report

    try:
        for file in write_report(folder or results.folder()):
            click.echo(f"wrote {file}")
    except ValueError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    cli(prog_name=COMMAND)

"""What can be typed: the commands and their options."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from bpcheck import __version__
from bpcheck.errors import UsageError
from bpcheck.findings import Severity
from bpcheck.output import write_lines
from bpcheck.settings import OUTPUT_FORMATS, Overrides, SettingsFinder

Command = TypeVar("Command", bound=Callable[..., object])
_ENDING_OPTIONS = ("--help", "-h", "--version")


class _CheckByDefault(click.Group):
    """`bpcheck train.py` is `bpcheck check train.py`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in _ENDING_OPTIONS):
            self._refuse_misspelt(args)
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def _refuse_misspelt(self, args: list[str]) -> None:
        """A word that is no path but nearly a command is meant as the command."""
        if args and args[0].isidentifier() and not os.path.exists(args[0]):
            from bpcheck.errors import did_you_mean

            hint = did_you_mean(args[0], self.commands)
            if hint:
                raise UsageError(f"`{args[0]}` is neither a command nor a path.{hint}")


@click.group(cls=_CheckByDefault, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="bpcheck", message="%(prog)s %(version)s")
def cli() -> None:
    """Check deep-learning training code against best practice, with proof.

    `bpcheck PATH ...` is the same as `bpcheck check PATH ...`.
    """


def _settings_options(command: Command) -> Command:
    config = click.option("--config", metavar="FILE", help="Read settings from this file only.")
    isolated = click.option("--isolated", is_flag=True, help="Ignore all settings files.")
    return config(isolated(command))


_LEVELS = click.Choice(["error", "warning", "info"])


@cli.command()
@click.argument("paths", nargs=-1, metavar="PATH ...")
@click.option("--select", multiple=True, metavar="RULES", help="Rules to run: codes, prefixes, names, presets.")
@click.option("--ignore", multiple=True, metavar="RULES", help="Rules to leave out.")
@click.option("--extend-select", multiple=True, metavar="RULES", help="Rules to run on top of those selected.")
@click.option("--severity", type=_LEVELS, help="Show findings from this severity on.  [default: warning]")
@click.option("--fail-on", type=click.Choice(["error", "warning", "info", "never"]),
              help="Exit with 1 from this severity on.  [default: warning]")  # fmt: skip
@click.option("--fix", is_flag=True, help="Apply safe fixes.")
@click.option("--unsafe-fixes", is_flag=True, help="Apply unsafe fixes, too: they change what the training computes.")
@click.option("--diff", is_flag=True, help="Show what the fixes would change, and write nothing.")
@click.option("--output-format", type=click.Choice(OUTPUT_FORMATS), help="[default: text]")
@click.option("--output-file", metavar="FILE", help="Write the report to this file.")
@click.option("--statistics", is_flag=True, help="Count findings by rule instead of showing them.")
@click.option("--show-files", is_flag=True, help="List the files that would be checked.")
@click.option("--stdin-filename", metavar="FILE", help="The name of the source on stdin (path `-`).")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even where there are findings.")
@click.option("--force-exclude", is_flag=True, help="Let exclusions hold for paths given by name, too.")
@click.option("--no-respect-gitignore", is_flag=True, help="Check files that git ignores.")
@click.option("--no-cache", is_flag=True, help="Use no cache (no results are kept as yet).")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@click.option("--quiet", "-q", is_flag=True, help="Print findings only.")
@click.option("--verbose", "-v", is_flag=True, help="Tell on stderr what is done.")
@_settings_options
def check(
    paths: tuple[str, ...], select: tuple[str, ...], ignore: tuple[str, ...], extend_select: tuple[str, ...],
    severity: str | None, fail_on: str | None, fix: bool, unsafe_fixes: bool, diff: bool,
    output_format: str | None, output_file: str | None, statistics: bool, show_files: bool,
    stdin_filename: str | None, exit_zero: bool, force_exclude: bool, no_respect_gitignore: bool, no_cache: bool,
    color: str, quiet: bool, verbose: bool, config: str | None, isolated: bool,
) -> int:  # fmt: skip
    """Check files and folders (the current folder unless told otherwise)."""
    from bpcheck.checking import Options, read_stdin, run_check
    from bpcheck.run import STDIN, Request

    overrides = Overrides(
        select=_words(select) or None, ignore=_words(ignore), extend_select=_words(extend_select),
        severity=Severity.of(severity) if severity else None, output_format=output_format,
        fail_on=Severity.of(fail_on) if fail_on and fail_on != "never" else None, fail_never=fail_on == "never",
    )  # fmt: skip
    request = Request(
        paths or (".",), SettingsFinder(config=config, isolated=isolated, overrides=overrides),
        not no_respect_gitignore, force_exclude,
    )  # fmt: skip
    if STDIN in request.paths:
        request.contents[stdin_filename or "stdin.py"] = read_stdin()
    return run_check(
        request,
        Options(output_file, statistics, show_files, exit_zero, color, quiet, verbose, fix, unsafe_fixes, diff),
    )


@cli.command()
@click.argument("rule")
def explain(rule: str) -> None:
    """Print the documentation of a rule, named by its code or its name."""
    from bpcheck.explain import explanation

    write_lines(explanation(rule))


@cli.command()
@click.option("--output-format", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
def rules(output_format: str) -> None:
    """List all rules."""
    from bpcheck.catalogue import catalogue

    write_lines(catalogue(output_format))


@cli.command()
@click.argument("path")
@_settings_options
def show(path: str, config: str | None, isolated: bool) -> None:
    """Print what bpcheck understood of a file: task, models, losses, optimizers, loops, with their places."""
    from pathlib import Path

    from bpcheck.project import Project
    from bpcheck.show import show as understood

    if not os.path.isfile(path):
        raise UsageError(f"{path}: no such file")
    project = Project.around([Path(path)], Path.cwd())
    settings = SettingsFinder(config=config, isolated=isolated)
    project.vocabulary = lambda file: settings.for_file(str(file)).models
    write_lines([understood(project, Path(path))])


@cli.command()
@click.argument("path", default=".")
@_settings_options
def config(path: str, config: str | None, isolated: bool) -> None:
    """Print the settings in force for a path, and where each comes from."""
    from bpcheck.settings_report import settings_lines

    if not os.path.exists(path):
        raise UsageError(f"{path}: no such file or folder")
    write_lines(settings_lines(SettingsFinder(config=config, isolated=isolated).for_paths([path])))


@cli.command()
@click.argument("name", required=False)
@click.option("--to", "folder", default=".", metavar="FOLDER", help="Where the file goes.", show_default=True)
@click.option("--overwrite", is_flag=True, help="Replace a file that is there and differs.")
def vendor(name: str | None, folder: str, overwrite: bool) -> None:
    """Copy a reference implementation into a project; without a name, list them."""
    from bpcheck.vendor import listed, vendor

    write_lines(listed() if name is None else vendor(name, folder, overwrite=overwrite))


@cli.command("new-rule")
@click.argument("family")
@click.argument("name")
@click.option("--root", default=".", metavar="FOLDER", help="The checkout of bpcheck to write into.", show_default=True)
def new_rule(family: str, name: str, root: str) -> None:
    """Write the skeleton of a rule and its fixtures, with the next free code of the family."""
    from bpcheck.scaffold import scaffold

    write_lines(scaffold(family, name, root))


def _words(options: Sequence[str]) -> list[str]:
    """`--select A,B --select C` means A, B and C."""
    return [word.strip() for option in options for word in option.split(",") if word.strip()]


def run(args: Sequence[str]) -> int:
    """Carry out one command line; the exit code."""
    try:
        return cli.main(args, prog_name="bpcheck", standalone_mode=False) or 0
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        error.show()
        return 2
    except SystemExit:  # click's answer to a pipe that nobody reads
        raise BrokenPipeError from None

"""What `bpcheck check` does once its options are read: check, fix where asked, report, and give the exit code."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module

from bpcheck.errors import UsageError
from bpcheck.output import say, write_lines
from bpcheck.progress import Progress
from bpcheck.records import record
from bpcheck.report.style import Style, style_for
from bpcheck.result import Result
from bpcheck.run import STDIN, Request, check_files, find_files
from bpcheck.settings import Settings

Render = Callable[[Result, Style, bool], Iterator[str]]

_FOR_PEOPLE = ("text", "concise")


@record(frozen=True, slots=True)
class Options:
    """How to answer, as opposed to what to check."""

    output_file: str | None = None
    statistics: bool = False
    show_files: bool = False
    exit_zero: bool = False
    color: str = "auto"
    quiet: bool = False
    verbose: bool = False
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False


def run_check(request: Request, options: Options) -> int:
    """Carry out one `bpcheck check`; the exit code."""
    started = time.perf_counter()
    overall = request.settings.for_paths([path for path in request.paths if path != STDIN])
    if options.statistics and overall.output_format not in _FOR_PEOPLE:
        raise UsageError(f"--statistics prints a table, which the format {overall.output_format} has no room for")
    found = find_files(request)
    if options.show_files:
        write_lines(file.as_posix() for file in found.files)
        for diagnostic in found.diagnostics:
            say(f"{diagnostic.path}: {diagnostic.message}")
        return 2 if found.diagnostics else 0
    if options.verbose:
        _tell_settings(overall, len(found.files))
    if not found.files and not found.diagnostics and not options.quiet:
        say(f"bpcheck: no Python files, notebooks or configurations to check in {', '.join(request.paths)}")
    count = f"{len(found.files)} file{'' if len(found.files) == 1 else 's'}"
    with Progress(f"bpcheck: checking {count} ...", enabled=not options.quiet):
        if options.fix or options.unsafe_fixes or options.diff:
            from bpcheck.fixes.command import fix_or_diff

            result = fix_or_diff(request, found, unsafe=options.unsafe_fixes, diff=options.diff)
        else:
            result = check_files(request, found)
    if not options.diff:
        _report(result, overall, options, to_stderr=options.fix and STDIN in request.paths)
    if options.verbose:
        say(f"bpcheck: took {time.perf_counter() - started:.2f} s")
    return result.exit_code(zero=options.exit_zero)


def _report(result: Result, overall: Settings, options: Options, *, to_stderr: bool) -> None:
    stream = None if options.output_file else (sys.stderr if to_stderr else sys.stdout)
    style = style_for(stream, options.color, os.environ)
    if options.statistics:
        from bpcheck.report.summary import statistics_lines

        lines = statistics_lines(result, style)
    else:
        render: Render = import_module(f"bpcheck.report.{overall.output_format}_format").render
        lines = render(result, style, options.quiet)
    if options.statistics or overall.output_format not in _FOR_PEOPLE:
        for note in result.notes:  # a report for programs has no room for them
            say(note)
    if to_stderr and not options.output_file:
        say("\n".join(lines))
    else:
        write_lines(lines, options.output_file)


def _tell_settings(settings: Settings, files: int) -> None:
    say(f"bpcheck: settings from {settings.file or 'the defaults'}; {files} files to check")


def read_stdin() -> bytes:
    """All of stdin; raises :class:`UsageError` where it is closed."""
    try:
        if sys.stdin is None:
            raise UsageError("stdin is closed, so there is no source to read from `-`")
        return sys.stdin.buffer.read()
    except (OSError, ValueError) as error:
        raise UsageError(f"stdin cannot be read: {error}") from error

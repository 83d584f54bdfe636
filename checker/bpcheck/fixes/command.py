"""`--fix` and `--diff`: run the rounds, then write the files, or show what would be written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from bpcheck.configs.prefilter import LARGEST
from bpcheck.discover import Discovery
from bpcheck.errors import UsageError
from bpcheck.findings import Diagnostic, Safety
from bpcheck.fixes.apply import Fixed, fix_all
from bpcheck.fixes.edits import CannotEditError, encoding_of
from bpcheck.fixes.replace import check_unchanged, replace_file
from bpcheck.output import say, write_lines
from bpcheck.records import replace
from bpcheck.result import Result
from bpcheck.run import STDIN, Request, check_files


def fix_or_diff(request: Request, found: Discovery, *, unsafe: bool, diff: bool) -> Result:
    """What is left after fixing; with ``diff`` what is found now, the fixes being shown only."""
    before = _contents(request, found)
    safeties = (Safety.SAFE, Safety.UNSAFE) if unsafe else (Safety.SAFE,)
    first: list[Result] = []

    def check(contents: dict[str, bytes]) -> Result:
        result = check_files(replace(request, contents=contents), found)
        first.append(result)
        return result

    fixed = fix_all(before, check, safeties)
    changed = sorted(path for path, data in fixed.contents.items() if data != before[path])
    if diff:
        write_lines(line for path in changed for line in _diff(path, before[path], fixed.contents[path]))
        for note in [*fixed.notes, _told(fixed, len(changed), "Would fix")]:
            say(note)
        first[0].would_change = bool(changed)
        return first[0]
    unwritten = _write([path for path in changed if path not in request.contents], before, fixed)
    if STDIN in request.paths:
        for path in request.contents:
            _write_bytes(fixed.contents[path])
    for note in fixed.notes:
        say(note)
    if unwritten:
        result = check_files(request, found)  # what is on the disk is something else than what was checked last
        result.diagnostics += unwritten
        return result
    fixed.result.notes = [_told(fixed, len(changed), "Fixed")]
    return fixed.result


def _write(paths: list[str], before: dict[str, bytes], fixed: Fixed) -> list[Diagnostic]:
    """Write the files that can be; what stands in the way of the others. A fix that spans files goes in whole or not
    at all, as far as can be told before."""
    problems: dict[str, str] = {}
    for path in paths:
        try:
            check_unchanged(Path(path), before[path])
        except UsageError as error:
            problems[path] = str(error)
    kept_back = set(problems)
    while more := {path for group in fixed.together if group & kept_back for path in group & set(paths)} - kept_back:
        kept_back |= more
        problems.update(
            (path, f"{path}: not written, since a file that has to change with it was not") for path in more
        )
    for path in paths:
        if path not in kept_back:
            try:
                replace_file(Path(path), before[path], fixed.contents[path])
            except UsageError as error:
                problems[path] = str(error)
    return [
        Diagnostic("fix-not-written", message.removeprefix(f"{path}: "), path) for path, message in problems.items()
    ]


def _contents(request: Request, found: Discovery) -> dict[str, bytes]:
    """The bytes of all files that may be changed. Unreadable ones are left out; the check tells of them. So are data."""
    contents = dict(request.contents)
    for file in found.files:
        path = file.as_posix()
        if path not in contents:
            try:
                if file.suffix in (".py", ".ipynb") or file.stat().st_size <= LARGEST:
                    contents[path] = file.read_bytes()
            except OSError:
                continue
    return contents


def _told(fixed: Fixed, files: int, verb: str) -> str:
    count = sum(fixed.applied.values())
    if not count:
        return "Nothing to fix."
    by_code = ", ".join(f"{code} ({times})" for code, times in sorted(fixed.applied.items()))
    return f"{verb} {count} finding{'s' if count > 1 else ''} in {files} file{'s' if files > 1 else ''}: {by_code}."


def _diff(path: str, before: bytes, after: bytes) -> Iterator[str]:
    import difflib

    old, new = _lines(before), _lines(after)
    for line in difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"):
        if line.endswith("\n"):
            yield line[:-1]
        else:
            yield line
            yield "\\ No newline at end of file"


def _lines(data: bytes) -> list[str]:
    """Lines with their ends; only ``\\n`` parts lines in a diff, whatever else the file uses."""
    try:
        text = data.decode(encoding_of(data).removesuffix("-sig"))
    except (CannotEditError, UnicodeDecodeError):
        text = data.decode("latin-1")
    *whole, tail = text.split("\n")
    return [line + "\n" for line in whole] + ([tail] if tail else [])


def _write_bytes(data: bytes) -> None:
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except AttributeError:  # a stream of text, as in a test
        sys.stdout.write(data.decode(encoding_of(data)))

"""Writing what there is to say: to the terminal, a pipe, or a file, whatever state these are in."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from bpcheck.errors import UsageError


def prepare_streams() -> None:
    """Let text that the terminal's encoding lacks be shown as escapes instead of ending the run."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")


def write_lines(lines: Iterable[str], file: str | None = None) -> None:
    """Write ``lines`` to stdout, or to ``file`` as UTF-8. All are made first: a failure leaves no half report."""
    text = "".join(f"{line}\n" for line in lines)
    if file is None:
        write_text(text)
        return
    try:
        with open(file, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from error


def write_text(text: str) -> None:
    """Write to stdout. A closed one takes nothing, and one that nobody reads any more is no error."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        silence_stdout()
    except (OSError, ValueError) as error:
        silence_stdout()
        raise UsageError(f"the output cannot be written: {getattr(error, 'strerror', None) or error}") from error


def say(text: str) -> None:
    """One line on stderr, for what is no part of the report."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass  # nowhere left to say it


def silence_stdout() -> None:
    """Keep the interpreter from failing once more when it flushes stdout at its end."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError):
        pass

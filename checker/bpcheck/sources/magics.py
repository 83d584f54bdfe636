"""What IPython understands and Python does not: magics, shell lines and help, masked line by line.

A masked line keeps its indentation and its place. What a masked line does to the names of the program may be hidden
(``%run other.py``): then ``hides`` says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bpcheck.records import record
from bpcheck.sources.lexer import tokens
from bpcheck.sources.rewriting import Change

PYTHON_CELLS = frozenset({
    "time", "timeit", "capture", "prun", "memit", "mprun", "lprun", "snakeviz", "heat", "debug", "wandb", "scalene",
    "stats", "skip_if", "pyinstrument",
})  # fmt: skip
"""Cell magics whose body is Python of the notebook's own namespace."""

FOREIGN_CELLS = frozenset({
    "bash", "sh", "script", "system", "sx", "cmd", "html", "HTML", "svg", "SVG", "javascript", "js", "latex",
    "markdown", "writefile", "file", "perl", "ruby", "R", "sql", "bigquery", "cython", "python", "python2", "python3",
    "pypy", "shell", "cpp", "cuda", "cu", "css", "configure", "graphql", "cypher", "tikz", "mermaid", "help",
    "sparksql",
})  # fmt: skip
"""Cell magics whose body is no part of the program."""

_SUSPECT = re.compile(
    r"^[ \t]*(?:[%!?]|(?:pip3?|conda|mamba|uv|apt|apt-get|cd|ls|cp|mv|rm|mkdir|cat|matplotlib|load_ext)[ \t])"
    r"|\?[ \t]*(?:#.*)?$|=[ \t]*[!%]",
    re.MULTILINE,
)
_TIMED = re.compile(r"%(?:time|timeit|prun|memit)[ \t]+(?:-[a-zA-Z]+(?:[ \t]*\d+)?[ \t]+)*(?=[^\s-])")
_PROMPT = re.compile(r"^(?:>>>|\.\.\.)(?: |$)", re.MULTILINE)
_ESCAPED = re.compile(r"[%!?]")
_HELP = re.compile(r"[\w.*\[\]'\"]+[ \t]*\?{1,2}[ \t]*(?:#.*)?$", re.M)
_ASSIGNED = re.compile(r"[A-Za-z_][\w., \t\[\]*]*=[ \t]*(?=[!%])")
_AUTOMAGIC = re.compile(
    r"(?:pip3?|conda|mamba|uv|apt|apt-get)[ \t]+(?:install|uninstall|list|freeze|show|update|upgrade|-)"
    r"|(?:cd|ls|cp|mv|rm|mkdir|cat|matplotlib|load_ext)[ \t]+(?!(?:in|is|and|or|if|else|not|for)\b)"
    r"(?:[A-Za-z_~${]|\.[./])"
)
_RUNS_CODE = re.compile(r"%(?:run|load|loadpy|macro|recall|rerun|paste|cpaste|edit)\b")


@record(frozen=True, slots=True)
class Masked:
    """The changes that mask a text's magics; ``hides``: they may define names or run code that is not seen."""

    changes: tuple[Change, ...]
    hides: bool = False


def mask_cell(text: str) -> Masked:
    """Mask the magics of a notebook cell, its cell magic included."""
    start = len(text) - len(text.lstrip())
    hides = False
    changes = list(_leading(text, start))
    while text.startswith("%%", start):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        name = re.split(r"\s", text[start + 2 : end], maxsplit=1)[0]
        if name not in PYTHON_CELLS:
            return Masked((*changes, *_blank(text, start)), hides or name.rstrip("!") not in FOREIGN_CELLS)
        changes.append(Change(start, end, "pass"))
        start = min(end + 1, len(text))
    rest = mask_lines(text, start)
    return Masked((*changes, *rest.changes), rest.hides)


def _leading(text: str, start: int) -> Iterator[Change]:
    """What IPython takes off the lines of a cell: the indentation of the first, or the prompts of a pasted session."""
    if text.startswith(">>>", start):
        found = _PROMPT.finditer(text)
    else:
        indentation = text[text.rfind("\n", 0, start) + 1 : start]
        found = re.finditer(f"^{re.escape(indentation)}", text, re.MULTILINE) if indentation else iter(())
    yield from (Change(match.start(), match.end(), "") for match in found)


def _blank(text: str, start: int) -> Iterator[Change]:
    """Everything from ``start`` on, as ``pass`` and empty lines."""
    new = "pass"
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield Change(start, end, new)
        new, start = "", end + 1


def mask_lines(text: str, start: int = 0) -> Masked:
    """Mask line magics, shell lines and help requests; only where a statement begins, never within a string."""
    if not _SUSPECT.search(text, start):
        return Masked(())
    changes: list[Change] = []
    hides = False
    while start < len(text):
        start = _first_code(text, start)
        if start >= len(text):
            break
        found = _magic(text, start)
        if found is None:
            start = _next_line(text, start)
            continue
        masked, end = found
        hides = hides or bool(_RUNS_CODE.match(text, start))
        changes += masked
        start = end
    return Masked(tuple(changes), hides)


def _first_code(text: str, start: int) -> int:
    while start < len(text) and text[start] in " \t\f\n":
        start += 1
    return start


def _magic(text: str, start: int) -> tuple[list[Change], int] | None:
    """The changes for the magic at ``start``, the first character of a statement, and where to go on."""
    timed = _TIMED.match(text, start)
    if timed:
        return [Change(start, timed.end(), "")], timed.end()
    if _ESCAPED.match(text, start) or _HELP.match(text, start) or _AUTOMAGIC.match(text, start):
        end = _escaped_end(text, start)
        return [*_fill(text, start, end, "pass")], end + 1
    assigned = _ASSIGNED.match(text, start)
    if assigned:
        end = _escaped_end(text, assigned.end())
        return [*_fill(text, assigned.end(), end, "get_ipython()")], end + 1
    return None


def _escaped_end(text: str, start: int) -> int:
    """The end of an escaped line: a backslash carries it over to the next."""
    end = text.find("\n", start)
    while end > 0 and text[end - 1] == "\\":
        end = text.find("\n", end + 1)
    return len(text) if end < 0 else end


def _fill(text: str, start: int, end: int, new: str) -> Iterator[Change]:
    while True:
        stop = text.find("\n", start, end)
        yield Change(start, end if stop < 0 else stop, new)
        if stop < 0:
            return
        start, new = stop + 1, ""


def _next_line(text: str, start: int) -> int:
    """Where the line after the logical line at ``start`` begins."""
    depth = 0
    for token in tokens(text, start):
        if token.kind == "newline" and depth == 0:
            return token.end
        if token.kind == "op" and token.text in "([{":
            depth += 1
        elif token.kind == "op" and token.text in ")]}":
            depth = max(depth - 1, 0)
    return len(text)

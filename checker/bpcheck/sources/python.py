"""A Python file: bytes to Source."""

from __future__ import annotations

from pathlib import Path

from bpcheck.findings import Diagnostic
from bpcheck.sources.decoding import decode
from bpcheck.sources.parsing import Unparsable, parse
from bpcheck.sources.source import Source


def python_source(data: bytes, file: Path, path: str) -> Source:
    """Parse the content of a Python file; old syntax is repaired, and what cannot be parsed is left out and told."""
    decoded = decode(data)
    diagnostics: tuple[Diagnostic, ...] = ()
    if decoded.kind:
        fatal = decoded.text is None
        problem = Diagnostic(decoded.kind, decoded.message, path, decoded.line, decoded.column, fatal=fatal)
        diagnostics = (problem,)
    if decoded.text is None:
        return Source(path, file, "", None, diagnostics=diagnostics, complete=False)
    try:
        tree = parse(decoded.text)
    except Unparsable as failure:
        from bpcheck.sources.rescue import rescue

        rescued = rescue(decoded.text, failure)
        diagnostics += tuple(note.diagnostic(path) for note in rescued.notes)
        return Source(
            path, file, decoded.text, rescued.tree, diagnostics=diagnostics, complete=rescued.complete,
            parsed=rescued.text, shifts=rescued.shifts,
        )  # fmt: skip
    return Source(path, file, decoded.text, tree, diagnostics=diagnostics)

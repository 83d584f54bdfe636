"""A Jupyter notebook: its Python cells, top to bottom, as one Source."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bpcheck.findings import Diagnostic
from bpcheck.records import field, record
from bpcheck.sources.magics import mask_cell
from bpcheck.sources.parsing import Unparsable, parse
from bpcheck.sources.rewriting import Shift, rewrite
from bpcheck.sources.source import Cell, Source


@record(slots=True)
class _Joined:
    """The cells, one after the other: as written, and as parsed."""

    text: list[str] = field(default_factory=list)
    parsed: list[str] = field(default_factory=list)
    shifts: dict[int, tuple[Shift, ...]] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    runs: dict[int, int] = field(default_factory=dict)
    lines: int = 0
    complete: bool = True
    diagnostics: list[Diagnostic] = field(default_factory=list)


def notebook_source(data: bytes, file: Path, path: str) -> Source:
    """Read a notebook of format 3 or 4. One in another language than Python has no tree, and nothing is said of it."""
    if not data.strip():  # begun, and nothing saved yet
        return Source(path, file, "", parse(""), cells=[])
    try:
        notebook = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_without_outputs)
    except json.JSONDecodeError as error:
        return _failed(file, path, f"is no notebook: {error.msg}", error.lineno, error.colno)
    except (ValueError, RecursionError) as error:
        return _failed(file, path, f"is no notebook: {error}")
    if not isinstance(notebook, dict) or not ("cells" in notebook or "worksheets" in notebook):
        return _failed(file, path, "is no notebook: it has no cells")
    if not _is_python(notebook):
        return Source(path, file, "", None)
    joined = _Joined()
    for index, code, run in _code_cells(notebook):
        _append(joined, index, code)
        if run is not None:
            joined.runs[index] = run
    tree = _tree(joined, path)
    return Source(
        path, file, "\n".join(joined.text), tree, diagnostics=tuple(joined.diagnostics), complete=joined.complete,
        cells=joined.cells, parsed="\n".join(joined.parsed), shifts=joined.shifts, runs=joined.runs,
    )  # fmt: skip


def _failed(file: Path, path: str, message: str, line: int = 1, column: int = 1) -> Source:
    problem = Diagnostic("invalid-notebook", message, path, line, column)
    return Source(path, file, "", None, diagnostics=(problem,), complete=False)


def _without_outputs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Drops what cells printed as soon as each is read: it may be a hundred times the size of the code."""
    return {key: value for key, value in pairs if key not in ("outputs", "attachments")}


def _is_python(notebook: dict[str, Any]) -> bool:
    metadata = notebook.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    for section, key in (("language_info", "name"), ("kernelspec", "language"), ("kernelspec", "name")):
        known = metadata.get(section)
        name = known.get(key) if isinstance(known, dict) else None
        if isinstance(name, str) and name:
            if key == "name" and section == "kernelspec":
                return not name.startswith(("ir", "julia", "scala", "xcpp", "javascript", "ruby", "bash", "rust"))
            return "python" in name.lower()
    return True


def _code_cells(notebook: dict[str, Any]) -> Iterator[tuple[int, str, int | None]]:
    """Index (all kinds of cells count) and text of every code cell, and as which it was last run."""
    sheets = notebook.get("worksheets", [notebook])
    cells = [
        cell
        for sheet in (sheets if isinstance(sheets, list) else [])
        for cell in (sheet.get("cells", []) if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list) else [])
    ]
    for index, cell in enumerate(cells):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        if not _is_python_cell(cell):
            continue
        code = cell.get("source", cell.get("input", ""))
        if isinstance(code, list):
            code = "".join(part for part in code if isinstance(part, str))
        if isinstance(code, str):
            run = cell.get("execution_count", cell.get("prompt_number"))
            yield index, code, run if type(run) is int else None


def _is_python_cell(cell: dict[str, Any]) -> bool:
    """False for a cell that says it is in another language (VS Code, or format 3)."""
    metadata = cell.get("metadata")
    vscode = metadata.get("vscode") if isinstance(metadata, dict) else None
    language = vscode.get("languageId") if isinstance(vscode, dict) else cell.get("language")
    return not isinstance(language, str) or "python" in language


def _append(joined: _Joined, index: int, code: str) -> None:
    code = code.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
    masked = mask_cell(code)
    parsed, shifts = rewrite(code, masked.changes)
    if masked.hides:
        joined.complete = False
    joined.cells.append((index, joined.lines + 1, code.count("\n") + 1))
    joined.text.append(code)
    joined.parsed.append(parsed)
    for line, shift in shifts.items():
        joined.shifts[joined.lines + line] = (shift,)
    joined.lines += code.count("\n") + 1


def _tree(joined: _Joined, path: str) -> ast.Module | None:
    """The tree of all cells; where they do not parse together, of those that parse one by one."""
    try:
        tree = parse("\n".join(joined.parsed))
    except Unparsable:
        tree = None
    if tree is not None and _cells_stand_alone(tree, joined.cells):
        return tree
    for number, code in enumerate(joined.parsed):
        try:
            parse(code)
        except Unparsable as failure:
            joined.parsed[number] = _mend(joined, number, failure, path)
    try:
        return parse("\n".join(joined.parsed))
    except Unparsable:
        return None


def _cells_stand_alone(tree: ast.Module, cells: list[Cell]) -> bool:
    """Whether no statement reaches over the end of its cell."""
    ends = iter([first + count - 1 for _, first, count in cells])
    end = 0
    for statement in tree.body:
        while end < statement.lineno:
            end = next(ends)
        if (statement.end_lineno or 0) > end:
            return False
    return True


def _mend(joined: _Joined, number: int, failure: Unparsable, path: str) -> str:
    """The broken cell, repaired or without what is broken; what was done is noted in ``joined``."""
    from bpcheck.sources.rescue import rescue

    index, first, count = joined.cells[number]
    rescued = rescue(joined.parsed[number], failure)
    for line, shifts in rescued.shifts.items():
        at = first + line - 1
        joined.shifts[at] = (*joined.shifts.get(at, ()), *shifts)
    joined.diagnostics.extend(note.diagnostic(path, index) for note in rescued.notes)
    joined.complete = joined.complete and rescued.complete
    if rescued.tree is None:
        for line in range(first, first + count):
            joined.shifts.pop(line, None)
        return "pass" + "\n" * (count - 1)
    return rescued.text

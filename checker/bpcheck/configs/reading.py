"""A configuration file becomes a Source whose ``config`` is the tree of what it says."""

from __future__ import annotations

from pathlib import Path

from bpcheck.findings import Diagnostic
from bpcheck.sources.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.configs.nodes import Node


class Unreadable(Exception):
    """The text is not what the suffix says. Lines and columns count from 1, as people do."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


def config_source(data: bytes, file: Path, path: str) -> Source:
    """Read a configuration file. What cannot be read has no ``config``, and a diagnostic says why: whoever reads it
    decides whether anybody wants to know."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Source(path, file, "", None)
    source = Source(path, file, text, None)
    try:
        source.config = _tree(text, source, file.suffix)
    except Unreadable as error:
        problem = Diagnostic("syntax-error", error.message, path, error.line, error.column)
        return Source(path, file, text, None, diagnostics=(problem,))
    except (RecursionError, MemoryError):
        return Source(path, file, text, None)
    return source


def _tree(text: str, source: Source, suffix: str) -> Node | None:
    if suffix == ".json":
        from bpcheck.configs.json_reader import read_json

        return read_json(text, source)
    if suffix == ".toml":
        from bpcheck.configs.toml_reader import read_toml

        return read_toml(text, source)
    from bpcheck.configs.yaml_reader import read_yaml

    return read_yaml(text, source)

"""A configuration file becomes a Source whose ``config`` is the tree of what it says."""

from __future__ import annotations

from pathlib import Path

from bpcheck.configs.prefilter import LARGEST
from bpcheck.configs.text import Text, Unreadable, decoded
from bpcheck.findings import Diagnostic
from bpcheck.sources.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.configs.nodes import Node


def config_source(data: bytes, file: Path, path: str) -> Source:
    """Read a configuration file. What is larger than one, or has no mapping at its top, has no ``config``, and nothing
    is said of it. Where the text cannot be read, a diagnostic says why: whoever asks decides if that is of interest."""
    if len(data) > LARGEST:
        return Source(path, file, "", None)
    text, failure = decoded(data)
    source = Source(path, file, text, None)
    try:
        if failure is not None:
            raise failure
        root = _tree(Text(text), source, file.suffix)
    except Unreadable as error:
        problem = Diagnostic("syntax-error", error.message, path, *error.place)
        return Source(path, file, text, None, diagnostics=(problem,))
    source.config = root if root is not None and root.kind == "mapping" else None
    return source


def _tree(text: Text, source: Source, suffix: str) -> Node | None:
    if suffix == ".json":
        from bpcheck.configs.json_reader import read_json

        return read_json(text, source)
    if suffix == ".toml":
        from bpcheck.configs.toml_reader import read_toml

        return read_toml(text, source)
    from bpcheck.configs.yaml_reader import read_yaml

    return read_yaml(text, source)

"""The door: a path becomes a Source, whatever lies at the path."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from bpcheck.findings import Diagnostic
from bpcheck.sources.python import python_source
from bpcheck.sources.source import Source

CONFIGS = (".yaml", ".yml", ".json", ".toml")
LARGEST_PYTHON_FILE = 32 * 1024 * 1024
"""Bytes. What is larger is data in the shape of code; its tree would take gigabytes."""


def display_path(file: Path, cwd: Path) -> str:
    """How ``file`` is called in reports: relative to ``cwd`` when below it, always with forward slashes."""
    try:
        return file.relative_to(cwd).as_posix()
    except ValueError:
        return file.as_posix()


def read_source(file: Path, path: str | None = None, data: bytes | None = None) -> Source:
    """Read ``file`` (or take ``data`` for its content), to be called ``path`` in reports. Never raises."""
    path = file.as_posix() if path is None else path
    if data is None:
        try:
            data = read_bytes(file)
        except OSError as error:
            return _unreadable(file, path, (error.strerror or str(error)).lower())
        except ValueError as error:
            return _unreadable(file, path, str(error))
    if file.suffix == ".ipynb":
        from bpcheck.sources.notebook import notebook_source

        return notebook_source(data, file, path)
    if file.suffix in CONFIGS:
        from bpcheck.configs.reading import config_source

        return config_source(data, file, path)
    if len(data) > LARGEST_PYTHON_FILE:
        limit = LARGEST_PYTHON_FILE // 1024**2
        return _failed(file, path, "too-large", f"is larger than {limit} MiB, so it was not read")
    return python_source(data, file, path)


def read_bytes(file: Path) -> bytes:
    """The content of a regular file; raises ``OSError`` for anything else."""
    mode = os.stat(file).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(0, "not a regular file")  # a pipe would block, a device may never end
    return file.read_bytes()


def _unreadable(file: Path, path: str, reason: str) -> Source:
    return _failed(file, path, "unreadable", f"cannot be read: {reason}")


def _failed(file: Path, path: str, kind: str, message: str) -> Source:
    return Source(path, file, "", None, diagnostics=(Diagnostic(kind, message, path),), complete=False)

"""Which installed packages bring rules: entry-point group ``bpcheck.rules``, read without ``importlib.metadata``.

``importlib.metadata`` costs four times the start of Python itself, so the few lines that matter are read straight from
the ``entry_points.txt`` files on ``sys.path``. Whatever is unreadable or malformed there is some other package's
trouble and is passed over.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

GROUP = "bpcheck.rules"


def plugin_packages() -> list[str]:
    """Names of modules and packages that hold rules, in order of discovery and without repeats."""
    found: dict[str, None] = {}
    for text in _entry_point_files():
        if GROUP in text:
            found.update(dict.fromkeys(_targets(text)))
    return list(found)


def _entry_point_files() -> Iterator[str]:
    for folder in dict.fromkeys(sys.path):
        try:
            with os.scandir(folder or ".") as entries:
                names = [entry.name for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
        except OSError:
            continue
        for name in sorted(names):
            try:
                with open(os.path.join(folder, name, "entry_points.txt"), encoding="utf-8") as file:
                    yield file.read()
            except (OSError, UnicodeDecodeError):
                continue


def _targets(text: str) -> Iterator[str]:
    """The right-hand sides of the group's lines: ``name = package.module`` (an ``:attribute`` is ignored)."""
    inside = False
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("["):
            inside = line == f"[{GROUP}]"
        elif inside and "=" in line and not line.startswith(("#", ";")):
            target = line.partition("=")[2].split(":")[0].split("[")[0].strip()
            if target:
                yield target

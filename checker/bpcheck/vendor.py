"""`bpcheck vendor`: a reference implementation copied into a project, as one file that needs PyTorch and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bpcheck import __version__
from bpcheck.blocks import PACKAGE, block_named, blocks
from bpcheck.errors import UsageError

_HEADER = """\
# Copied from bpcheck {version}, {path}.
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 bpcheck contributors. Permission is granted, free of charge, to use, copy, modify and distribute this
# file under the terms of the MIT License; this notice must stay with it. It comes without warranty of any kind.
"""


def vendored(name: str) -> tuple[str, str]:
    """File name and text of a copy of the block called ``name``, or that defines it."""
    block = block_named(name)
    path = f"{PACKAGE}/{block.folder}/{block.file.name}"
    return block.file.name, _HEADER.format(version=__version__, path=path) + block.file.read_text(encoding="utf-8")


def vendor(name: str, folder: str, *, overwrite: bool = False) -> Iterator[str]:
    """Write the copy into ``folder``, which is made if need be, and say so.

    Raises :class:`UsageError` for an unknown name, for a file that is there and differs, and where nothing can be written.
    """
    file_name, text = vendored(name)
    target = Path(folder, file_name)
    try:
        if target.exists() and not overwrite:
            if target.read_text(encoding="utf-8") == text:
                yield f"{target.as_posix()} is there already, unchanged"
                return
            raise UsageError(f"{target.as_posix()} is there already and differs; `--overwrite` replaces it")
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(target.name + ".partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(target)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"{target.as_posix()} cannot be written: {reason.lower()}") from error
    yield f"wrote {target.as_posix()}"


def listed() -> Iterator[str]:
    """What can be copied, for people."""
    known = blocks()
    width = max(len(block.name) for block in known)
    for block in known:
        yield f"{block.name:<{width}}  {block.practice:<3}  {block.summary}"
    yield f"{len(known)} reference implementations. `bpcheck vendor NAME --to FOLDER` copies one."

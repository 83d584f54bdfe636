"""Putting new content in the place of a file, all at once: whoever reads it sees the old file or the new one."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from bpcheck.errors import UsageError


def replace_file(path: Path, old: bytes, new: bytes) -> None:
    """Write ``new`` to ``path`` and keep its mode; a link stays a link. Raises where the file is no longer ``old``."""
    target = Path(os.path.realpath(path))
    try:
        if target.read_bytes() == new:
            return  # written already, by another of its names
        check_unchanged(path, old)
        mode = stat.S_IMODE(target.stat().st_mode)
        if not os.access(target, os.W_OK):
            raise PermissionError(13, "the file is read-only")
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(new)
            os.chmod(temporary, mode)
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise UsageError(f"{path}: the fix cannot be written: {error.strerror}") from error


def check_unchanged(path: Path, old: bytes) -> None:
    """Raises :class:`UsageError` where ``path`` does not hold ``old`` any more."""
    try:
        if path.read_bytes() == old:
            return
    except OSError as error:
        raise UsageError(f"{path}: the fix cannot be written: {error.strerror}") from error
    raise UsageError(f"{path}: changed while it was checked, so no fix was written")

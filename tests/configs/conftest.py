"""The one fixture of these tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .reading import composed_node, plain


@pytest.fixture
def composed(tmp_path: Path) -> Callable[..., Any]:
    """Write files, and give what is composed of one of them (the first, unless told otherwise) as plain data."""
    return lambda files, name="": plain(composed_node(tmp_path, files, name))

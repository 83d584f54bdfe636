"""The one fixture of these tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from .program import Evaluate


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    """Evaluate a program."""
    return Evaluate(tmp_path)

"""bpcheck is no slower than twice its goals. The figures themselves: ``python tests/benchmarks/speed.py``."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from statistics import median

import pytest

_SPEC = importlib.util.spec_from_file_location("speed", Path(__file__).with_name("speed.py"))
assert _SPEC
assert _SPEC.loader
speed = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(speed)


@pytest.mark.skipif(sys.platform == "win32", reason="counts the time of child processes as POSIX does")
def test_one_script_cold() -> None:
    (ratios,) = speed.cold([speed.SCRIPT], 5).values()
    assert median(ratios) <= 2 * speed.COLD_GOAL, ratios


def test_a_tree_of_training_code() -> None:
    """Here nearly every line is evaluated, most of them several times, where a library is mostly read."""
    ratios, _ = speed.tree(speed.ROOT / "fixtures" / "programs", 2)
    assert median(ratios) <= 30, ratios


def test_a_library(library: Path) -> None:
    ratios, _ = speed.tree(library, 3)  # one round that something else disturbs must not decide
    assert median(ratios) <= 2 * speed.TREE_GOAL, ratios


@pytest.fixture
def library() -> Path:
    """The optimizers and layers of PyTorch: a package that is mostly read and hardly evaluated."""
    found = importlib.util.find_spec("torch")
    if found is None or not found.submodule_search_locations:
        pytest.skip("PyTorch is not installed")
    return Path(found.submodule_search_locations[0], "nn", "modules")

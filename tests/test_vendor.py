"""`bpcheck vendor` copies files that run by themselves, and loses nothing that is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bpcheck import __version__
from bpcheck.blocks import blocks
from bpcheck.vendor import vendored

ROOT = Path(__file__).parents[1]


def test_the_list_names_every_block(bpcheck: Any) -> None:
    lines = bpcheck("vendor").out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == [block.name for block in blocks()]
    assert lines[-1].startswith(f"{len(blocks())} reference implementations.")


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("lr_finder", "lr_finder.py"),
        ("lr-finder", "lr_finder.py"),
        ("tta.py", "tta.py"),
        ("AdaptiveConcatPool2d", "concat_pool.py"),
        ("add_datepart", "datepart.py"),
        ("top_losses", "top_losses.py"),
    ],
)
def test_blocks_by_name_and_by_what_they_define(name: str, file: str) -> None:
    assert vendored(name)[0] == file


def test_the_copy_says_where_it_comes_from(bpcheck: Any, tmp_path: Path) -> None:
    result = bpcheck("vendor", "tta", "--to", str(tmp_path / "lib" / "blocks"))
    target = tmp_path / "lib" / "blocks" / "tta.py"
    assert result.out == f"wrote {target.as_posix()}\n"
    first, second, *_ = target.read_text(encoding="utf-8").splitlines()
    assert first == f"# Copied from bpcheck {__version__}, bpcheck_reference/data/tta.py."
    assert second == "# SPDX-License-Identifier: MIT"
    assert list(target.parent.iterdir()) == [target]


def test_a_file_that_differs_is_kept(bpcheck: Any, tmp_path: Path) -> None:
    (tmp_path / "tta.py").write_text("mine = 1\n")
    result = bpcheck("vendor", "tta", "--to", str(tmp_path))
    assert (result.code, result.out) == (2, "")
    assert "is there already and differs; `--overwrite` replaces it" in result.err
    assert (tmp_path / "tta.py").read_text() == "mine = 1\n"
    assert bpcheck("vendor", "tta", "--to", str(tmp_path), "--overwrite").code == 0
    assert "is there already, unchanged" in bpcheck("vendor", "tta", "--to", str(tmp_path)).out


def test_unknown_names_and_places(bpcheck: Any, tmp_path: Path) -> None:
    result = bpcheck("vendor", "lr_findr")
    assert result.code == 2
    assert "`lr_findr` is no reference implementation. Did you mean `lr_finder`" in result.err
    (tmp_path / "file").write_text("")
    result = bpcheck("vendor", "tta", "--to", str(tmp_path / "file"))
    assert result.code == 2
    assert "tta.py cannot be written: " in result.err


_ALONE = """
import importlib.util, pathlib, sys, types
for file in sorted(pathlib.Path(sys.argv[1]).glob("*.py")):
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
assert not any(name.startswith("bpcheck") for name in sys.modules), "a copy needs bpcheck"
print(len(sys.modules))
"""


def test_every_copy_runs_alone(tmp_path: Path) -> None:
    """In a process that cannot see bpcheck or its reference package."""
    pytest.importorskip("torch")
    for block in blocks():
        name, text = vendored(block.name)
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-c", _ALONE, str(tmp_path)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr


def test_reading_the_blocks_needs_no_torch() -> None:
    code = "import sys; from bpcheck.vendor import vendored; vendored('tta'); assert 'torch' not in sys.modules"
    path = [str(ROOT / part) for part in ("checker", "rules", "reference_impl")]
    code = f"import sys; sys.path[:0] = {path!r}; {code}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr

"""Imports point one way: each part of bpcheck may use what stands below it, and nothing else."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# From the ground up. A module belongs to the longest name here that is it or holds it; names on one line are peers and
# may use each other.
LAYERS = (
    ("records", "practices"),
    ("findings", "errors"),
    ("sources", "configs"),
    ("imports",),
    ("apis",),
    ("project", "importers"),
    ("frameworks",),
    ("evaluate",),
    ("facts",),
    ("fixes",),
    ("rule",),
    ("bpcheck_rules",),
    ("programs", "cell_order", "binding"),
    ("analysis", "show"),
    ("plugins", "registry"),
    ("selection", "documentation"),
    ("gitignore",),
    ("settings", "settings_file", "settings_models"),
    ("blocks", "evidence"),
    ("discover", "settings_report", "explain", "catalogue", "scaffold", "vendor"),
    ("layout", "directives", "suppress"),
    ("result",),
    ("output", "progress"),
    ("report",),
    ("run",),
    ("fixes.apply", "fixes.command", "fixes.replace"),
    ("checking",),
    ("commands",),
    ("cli",),
)
RANKS = {name: rank for rank, names in enumerate(LAYERS) for name in names}
# What some parts must not know, though it stands below them.
FORBIDDEN = {
    "bpcheck_rules": ("ast", "libcst", "torch", "bpcheck.evaluate", "bpcheck.sources", "bpcheck.project"),
    "report": ("ast", "libcst", "bpcheck.facts", "bpcheck.evaluate", "bpcheck.project", "bpcheck.sources"),
    "facts": ("libcst",),
    "evaluate": ("libcst",),
}


def modules() -> dict[str, Path]:
    """Every module of the checker and the rules, by its name without `bpcheck.`."""
    found = {}
    for base, package in (("checker", "bpcheck"), ("rules", "bpcheck_rules")):
        for path in sorted((ROOT / base / package).rglob("*.py")):
            parts = path.relative_to(ROOT / base).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            name = ".".join(parts).removeprefix("bpcheck.")
            if name not in ("bpcheck", "__main__") and not name.startswith("frameworks."):  # never imported
                found[name] = path
    return found


def imported(path: Path) -> Iterator[str]:
    """The full names that a module imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides which layer it reaches for"
            assert node.module
            for alias in node.names:
                yield f"{node.module}.{alias.name}"


def layer(name: str) -> str | None:
    """The entry of ``LAYERS`` for a module called ``name`` (without `bpcheck.`), or for a thing in it."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        if ".".join(parts[:end]) in RANKS:
            return ".".join(parts[:end])
    return None


@pytest.mark.parametrize("name", modules())
def test_imports_point_down(name: str) -> None:
    own = layer(name)
    assert own, f"give `{name}` a place in LAYERS"
    for target in imported(modules()[name]):
        if target.partition(".")[0] not in ("bpcheck", "bpcheck_rules") or target == "bpcheck.__version__":
            continue
        other = layer(target.removeprefix("bpcheck."))
        assert other, f"`{name}` imports `{target}`, which has no place in LAYERS"
        assert RANKS[other] <= RANKS[own], f"`{name}` imports `{target}`, which stands above it"


@pytest.mark.parametrize("name", modules())
def test_what_a_part_must_not_know(name: str) -> None:
    for forbidden in FORBIDDEN.get(layer(name) or "", ()):
        for target in imported(modules()[name]):
            assert not f"{target}.".startswith(f"{forbidden}."), f"`{name}` imports `{target}`"


def loaded_by(folder: Path, *args: str) -> set[str]:
    """The modules that a run of bpcheck brings in, on top of what Python itself has loaded at its start."""
    program = (
        "import sys\nbefore = set(sys.modules)\nfrom bpcheck.cli import main\n"
        f"try:\n    main({list(args)!r})\nexcept SystemExit as end:\n    assert end.code == 0, end.code\n"
        "print('MODULES', *sorted(set(sys.modules) - before))\n"
    )
    path = [str(ROOT / "checker"), str(ROOT / "rules")]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}\n{program}"],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.partition("MODULES")[2].split())


SLOW = ("typing", "dataclasses", "inspect", "pkgutil", "importlib.metadata", "asyncio", "concurrent.futures",
        "multiprocessing", "logging", "json", "tomllib", "difflib", "hashlib", "subprocess", "tempfile", "email",
        "socket", "unittest")  # fmt: skip
SCRIPT = """import torch
from torch import nn

model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
model.train()
optimizer.zero_grad()
nn.functional.cross_entropy(model(x), y).backward()
optimizer.step()
"""


@pytest.mark.parametrize(
    ("args", "third_party"),
    [(("clean.py",), set()), (("check", "."), set()), (("check", "--color", "never", "."), {"click"})],
)
def test_a_clean_run_imports_nothing_that_it_does_not_need(
    folder: Path, args: tuple[str, ...], third_party: set[str]
) -> None:
    (folder / "clean.py").write_text(SCRIPT)
    (folder / ".gitignore").write_text("*.pyc\n")
    (folder / "pyproject.toml").write_text('[project]\nname = "x"\n')
    loaded = loaded_by(folder, *args)
    tops = {name.partition(".")[0] for name in loaded}
    assert tops - sys.stdlib_module_names - {"bpcheck", "bpcheck_rules"} == third_party
    assert [name for name in SLOW if name in loaded and not third_party] == []
    assert "bpcheck.checking" in loaded


def doors() -> set[str]:
    """The modules of the evaluator, whose parts call each other, that the rest of the checker imports."""
    outside = [path for name, path in modules().items() if not name.startswith("evaluate.")]
    targets = {target.removeprefix("bpcheck.") for path in outside for target in imported(path)}
    return {
        name for name in modules() for target in targets if f"{target}.".startswith(f"{name}.") and "evaluate." in name
    }


@pytest.mark.parametrize("name", sorted(doors()))
def test_whatever_is_imported_of_the_evaluator_can_be_imported_first(name: str) -> None:
    program = f"import sys; sys.path[:0] = {[str(ROOT / 'checker'), str(ROOT / 'rules')]!r}; import bpcheck.{name}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr.splitlines()[-1]

"""How long bpcheck takes, as multiples of what any Python program has to pay: ``python tests/benchmarks/speed.py``."""

from __future__ import annotations

import argparse
import ast
import gc
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("train_images.py")
PATH = [str(ROOT / folder) for folder in ("checker", "rules", "reference_impl")]
COLD_GOAL, TREE_GOAL = 9.0, 4.0


def cold(scripts: Sequence[Path], rounds: int) -> dict[str, list[float]]:
    """For each script: the CPU time of a process that checks it over that of ``python -c pass``, round by round.

    Each script is copied to an empty folder, with the Python files beside and below it: no settings, nothing else to search.
    """
    with _compiled() as environment, tempfile.TemporaryDirectory() as folder:
        copies = [_alone(script, Path(folder, str(number))) for number, script in enumerate(scripts)]
        ratios: dict[str, list[float]] = {str(script): [] for script in scripts}
        for turn in range(rounds + 1):
            empty = _process_time(["-c", "pass"], environment, Path(folder))
            for script, copy in zip(scripts, copies, strict=True):
                spent = _process_time(["-m", "bpcheck", copy.name], environment, copy.parent)
                if turn:  # the first round compiles and fills the caches of the system
                    ratios[str(script)].append(spent / empty)
    return ratios


def tree(folder: Path, rounds: int) -> tuple[list[float], str]:
    """The CPU time of an analysis over that of ``ast.parse`` on the same files, round by round; and what there was."""
    sys.path[:0] = [entry for entry in PATH if entry not in sys.path]
    from bpcheck.analysis import analyse
    from bpcheck.project import Project
    from bpcheck.registry import load_rules

    folder = folder.resolve()
    files = [file for file in sorted(folder.rglob("*.py")) if _is_python(file)]
    rules = load_rules()
    lines = sum(file.read_bytes().count(b"\n") for file in files)

    def parse() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for file in files:
                ast.parse(file.read_bytes())

    ratios = []
    for turn in range(rounds + 1):
        gc.collect()  # what earlier rounds left is no part of this one
        before = _own_time(parse)
        spent = _own_time(lambda: analyse(Project.around(files, folder), files, rules))
        after = _own_time(parse)
        if turn:  # the first round loads the modules that it needs
            ratios.append(2 * spent / (before + after))
    return ratios, f"{len(files)} files, {lines} lines, {len(rules)} rules"


@contextmanager
def downloaded(names: Sequence[str]) -> Iterator[list[Path]]:
    """The newest wheels of these packages, unpacked."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "--dest",
            folder,
        ]
        subprocess.run([*command, *names], check=True)
        unpacked = []
        for wheel in sorted(Path(folder).glob("*.whl")):
            unpacked.append(Path(folder, wheel.stem))
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(unpacked[-1])
        yield unpacked


@contextmanager
def _compiled() -> Iterator[dict[str, str]]:
    """An environment in which bpcheck is found, and its bytecode kept as that of an installed package is."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        yield environment | {"PYTHONPATH": os.pathsep.join(PATH), "PYTHONPYCACHEPREFIX": cache}


def _alone(script: Path, folder: Path) -> Path:
    beside = [script] if script == SCRIPT else script.parent.rglob("*.py")
    for file in beside:
        copy = folder / file.relative_to(script.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    return folder / script.name


def _is_python(file: Path) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return False
    return True


def _process_time(arguments: list[str], environment: dict[str, str], folder: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode > 1:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stdout.decode()}{done.stderr.decode()}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _own_time(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _device() -> str:
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{name}, {os.cpu_count()} cores{load}, {platform.platform()}"


def _report(name: str, ratios: list[float], goal: float, unit: str, note: str = "") -> None:
    low, high = min(ratios), max(ratios)
    print(f"{name:<44} {median(ratios):5.1f} x {unit}  ({low:.1f} to {high:.1f}, goal {goal:.0f}){note}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "scripts", nargs="*", type=Path, help="more scripts to check cold, each with what lies beside it"
    )
    parser.add_argument("--tree", action="append", default=[], type=Path, help="a folder with a package's files")
    parser.add_argument("--download", nargs="*", default=[], help="packages whose newest wheels are checked")
    parser.add_argument("--rounds", type=int, default=15, help="of cold starts; trees take a fifth of that")
    options = parser.parse_args()

    from importlib.metadata import PackageNotFoundError, version

    sys.path[:0] = PATH
    from bpcheck import __version__

    try:
        click = version("click")
    except PackageNotFoundError:
        click = "missing"
    print(f"bpcheck {__version__}, Python {platform.python_version()}, click {click}\n{_device()}\n", flush=True)
    for script, ratios in cold([SCRIPT, *options.scripts], options.rounds).items():
        name = Path(script).relative_to(ROOT) if Path(script).is_relative_to(ROOT) else Path(*Path(script).parts[-2:])
        _report(f"cold: {name}", ratios, COLD_GOAL, "`python -c pass`")
    with downloaded(options.download) if options.download else _nothing() as wheels:
        for folder in [*options.tree, *wheels]:
            ratios, note = tree(folder, max(options.rounds // 5, 1))
            _report(f"tree: {folder.name}", ratios, TREE_GOAL, "`ast.parse`", f" {note}")


@contextmanager
def _nothing() -> Iterator[list[Path]]:
    yield []


if __name__ == "__main__":
    main()

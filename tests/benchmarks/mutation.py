"""How many planted faults bpcheck finds in correct programs: ``python tests/benchmarks/mutation.py [PATH ...]``.

Each path is a script, or a folder in which every Python file that trains is taken for a program with what it imports.
Without a path, the programs and the compliant fixtures of ``fixtures/`` are used. Every fault of ``plants.py`` is
planted in every place where its function sees room for it, one at a time, in memory, in the script and in the
local modules beside it that it imports. A plant is *found* if its rule reports more than before; *else* counts findings
of other rules that were not there before. Places at which the rule reports already are left out: there is nothing to plant.
"""

from __future__ import annotations

import argparse
import ast
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("checker", "rules", "reference_impl", "tests/benchmarks")]

from bpcheck.analysis import analyse  # noqa: E402
from bpcheck.importers import imported_modules  # noqa: E402
from bpcheck.project import Project  # noqa: E402
from bpcheck.registry import load_rules  # noqa: E402
from plants import PLANTS, File, Plant  # noqa: E402

GOAL = 0.90


@dataclass
class Tally:
    """What came of the plants of one rule."""

    planted: int = 0
    found: int = 0
    missed: list[str] = field(default_factory=list)
    else_: list[str] = field(default_factory=list)


Reported = Counter[tuple[str, str]]
"""How often each rule reports in each file."""


def scripts(paths: Iterable[Path]) -> Iterator[Path]:
    """The programs that the paths stand for."""
    for path in map(Path.resolve, paths):
        if path.is_file():
            yield path
            continue
        for file in sorted(path.rglob("*.py")):
            text = file.read_text(encoding="utf-8", errors="replace")
            if ".backward(" in text and Project.around([file], path).is_entry(file):
                yield file


def fixtures() -> list[Path]:
    """The entry scripts of the fixture programs, and the compliant fixtures of the rules."""
    programs = sorted((ROOT / "fixtures" / "programs").glob("*/train.py"))
    return [*programs, *sorted((ROOT / "fixtures" / "rules").glob("*/good_*.py"))]


def run(entries: Sequence[Path], only: frozenset[str], at_most: int) -> dict[str, Tally]:
    """Plant, check and count; at most ``at_most`` plants of a kind in one file."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for entry in entries:
        before: Reported | None = None
        parts = [entry, *_imported(entry)]
        program = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in parts)
        named = _named(parts)
        for path in parts:
            file = _parsed(path, program, None if path == entry else frozenset(n for home, n in named if home == path))
            if file is None:
                continue
            for code, planter in PLANTS:
                if only and code not in only:
                    continue
                plants = [plant for plant in planter(file) if file.is_named(plant.line)]
                for plant in plants[:at_most]:
                    before = reported(entry) if before is None else before
                    _judge(tallies[code], code, entry, path, plant, file.text, before)
    return dict(tallies)


def reported(entry: Path, instead: dict[Path, str] | None = None) -> Reported:
    """What bpcheck reports in a program, with other text in the place of some of its files."""
    files = [entry, *_imported(entry)]
    project = Project.around(files, entry.parent)
    for path, text in (instead or {}).items():
        project.overlay(path, text.encode())
    result = analyse(project, files, load_rules())
    return Counter((finding.code, finding.place.path) for finding in result.findings)


def _judge(tally: Tally, code: str, entry: Path, path: Path, plant: Plant, text: str, before: Reported) -> None:
    if any(before[key] for key in before if key[0] == code):
        return
    after = reported(entry, {path: plant.into(text)})
    new = after - before
    where = f"{code} {path}:{plant.line}"
    tally.planted += 1
    if any(key[0] == code for key in new):
        tally.found += 1
    else:
        tally.missed.append(where)
    others = sorted({key[0] for key in new} - {code})
    if others:
        tally.else_.append(f"{where}  {', '.join(others)}")


def _imported(entry: Path) -> list[Path]:
    """The local modules beside and below a script that it imports, directly or not."""
    project = Project.around([entry], entry.parent)
    found: list[Path] = []
    waiting = [entry]
    while waiting:
        importer = waiting.pop()
        tree = project.source(importer).tree
        for module, level in imported_modules(tree) if tree is not None else ():
            path = project.resolve(module, importer, level, entry)
            if path is None or path.suffix != ".py" or path in found or path == entry:
                continue
            if path.is_relative_to(entry.parent):
                found.append(path)
                waiting.append(path)
    return found


def _named(parts: Sequence[Path]) -> frozenset[tuple[Path, str]]:
    """The names that the script mentions, and those that are mentioned in the functions and classes of these names.

    What is defined in a module that a script imports and never mentioned is no part of what runs (a collection of
    networks of which one is chosen).
    """
    defined: dict[str, dict[int, ast.AST]] = {}
    waiting: list[tuple[int, ast.AST]] = []
    for number, path in enumerate(parts):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError):
            continue
        for node in tree.body:
            if number and isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                defined.setdefault(node.name, {})[number] = node
            elif not number or not (isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)):
                waiting.append((number, node))
    named: set[tuple[int, str]] = set()
    while waiting:
        number, held = waiting.pop()
        for inner in ast.walk(held):
            name = inner.id if isinstance(inner, ast.Name) else inner.attr if isinstance(inner, ast.Attribute) else ""
            homes = defined.get(name, {})
            # A name that several modules define is that of the module at hand.
            for home in (number,) if number in homes else homes if len(homes) == 1 else ():
                if (home, name) not in named:
                    named.add((home, name))
                    waiting.append((home, homes[home]))
    return frozenset((parts[number], name) for number, name in named)


def _parsed(path: Path, program: str, named: frozenset[str] | None) -> File | None:
    try:
        return File(path.read_text(encoding="utf-8"), program, named)
    except (SyntaxError, ValueError, OSError):
        return None


def table(tallies: dict[str, Tally]) -> Iterator[str]:
    """The figures, a line for each rule."""
    yield f"{'rule':<8}{'planted':>9}{'found':>8}{'rate':>7}{'else':>7}"
    total = Tally()
    for code in sorted(tallies):
        tally = tallies[code]
        total.planted += tally.planted
        total.found += tally.found
        total.else_ += tally.else_
        if tally.planted:
            yield _row(code, tally)
    rules = sum(tally.planted > 0 for tally in tallies.values())
    yield _row("all", total) + f"   {rules} rules, goal {GOAL:.2f}"


def _row(name: str, tally: Tally) -> str:
    rate = tally.found / tally.planted if tally.planted else 0.0
    return f"{name:<8}{tally.planted:>9}{tally.found:>8}{rate:>7.2f}{len(tally.else_):>7}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, help="scripts and folders; the fixtures without any")
    parser.add_argument("--only", default="", help="codes, separated by commas")
    parser.add_argument("--at-most", type=int, default=4, help="plants of one kind in one file")
    parser.add_argument("--misses", action="store_true", help="list what was missed and what else was reported")
    options = parser.parse_args()
    started = time.perf_counter()
    entries = [*scripts(options.paths)] if options.paths else fixtures()
    tallies = run(entries, frozenset(options.only.split(",")) - {""}, options.at_most)
    if options.misses:
        for code in sorted(tallies):
            for line in tallies[code].missed:
                print(f"missed  {line}")
            for line in tallies[code].else_:
                print(f"else    {line}")
    for line in table(tallies):
        print(line)
    print(f"{len(entries)} programs, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()

"""Running: every run in a process of its own kind, each result kept at once, nothing run twice."""

from __future__ import annotations

import json
import math
import multiprocessing
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bpcheck_reference.experiments.catalogue import experiment
from bpcheck_reference.experiments.experiment import Cell, Run, Size
from bpcheck_reference.experiments.results import evidence, file_name, fingerprint, finished_runs, read, write

UNFINISHED = ".unfinished"


def run_once(name: str, cell: Cell, size: Size, device: str) -> dict[str, float]:
    """Train one arm once, with all random numbers seeded; raises ``ValueError`` where a figure is not finite."""
    import numpy
    import torch

    this = experiment(name)
    random.seed(cell.seed)
    numpy.random.seed(cell.seed)
    torch.manual_seed(cell.seed)
    setting = this.arms[cell.arm]
    begun = time.perf_counter()
    found = this.run(Run(cell.arm, setting, cell.condition, cell.choice, cell.seed, size, device))
    seconds = time.perf_counter() - begun
    figures = dict(found) if isinstance(found, Mapping) else {this.metric: found}
    value = figures.pop(next(iter(figures)))
    result = {"value": float(value), "seconds": seconds, **{key: float(figure) for key, figure in figures.items()}}
    for key, figure in result.items():
        if not math.isfinite(figure):
            raise ValueError(f"{name}, {cell}: {key} is {figure}; a run that diverged must return what guessing scores")
    return result


class Journal:
    """The runs of an unfinished experiment, one line each, written as they end."""

    def __init__(self, file: Path, common: Mapping[str, Any]) -> None:
        self.file = file
        self.common = common

    def read(self) -> dict[Cell, dict[str, float]]:
        """What is there of the same code, size and device; a line that was cut short is left out."""
        if not self.file.exists():
            return {}
        runs: dict[Cell, dict[str, float]] = {}
        for number, line in enumerate(self.file.read_text(encoding="utf-8").splitlines()):
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:
                continue
            if number == 0 and entry != self.common:
                self.file.unlink()
                return {}
            if number:
                runs[Cell(**entry["cell"])] = entry["figures"]
        return runs

    def add(self, cell: Cell, figures: Mapping[str, float]) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        new = not self.file.exists()
        with self.file.open("a", encoding="utf-8") as stream:
            if new:
                stream.write(json.dumps(self.common) + "\n")
            stream.write(json.dumps({"cell": asdict(cell), "figures": figures}) + "\n")


def run_all(
    names: Sequence[str],
    folder: Path,
    *,
    size: Size,
    device: str,
    seeds: int,
    jobs: int,
    again: bool,
    minutes: float | None,
    command: str,
    progress: Callable[[str, int, int], None],
) -> list[str]:
    """Run what is missing, and write the file of each experiment as soon as its last run has ended.

    Args:
        again: whether what is finished is run anew. Runs of an interrupted call are kept even so.
        minutes: after which no further run is begun.
        progress: called with a name, the runs done and all runs, whenever one has ended.

    Returns:
        The names of what is still unfinished.
    """
    deadline = time.monotonic() + 60 * minutes if minutes else math.inf
    journals: dict[str, Journal] = {}
    runs: dict[str, dict[Cell, dict[str, float]]] = {}
    wanted: dict[str, list[Cell]] = {}
    for name in names:
        common = fingerprint(name, size, device)
        file = folder / file_name(name, common["device"])
        journals[name] = Journal(folder / UNFINISHED / f"{file.stem}-{size}.jsonl", common)
        wanted[name] = list(experiment(name).cells(size, seeds))
        known = journals[name].read()
        if not again and file.exists():
            document = read(file)
            if fingerprint_of(document) == common:
                known = {**finished_runs(document), **known}
        runs[name] = {cell: known[cell] for cell in wanted[name] if cell in known}

    def done(name: str) -> bool:
        return len(runs[name]) == len(wanted[name])

    def finish(name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        document = evidence(name, size, device, seeds, runs[name], command=command)
        write(folder / file_name(name, document["device"]), document)

    for name in names:
        progress(name, len(runs[name]), len(wanted[name]))
        if done(name):
            finish(name)
    todo = [(name, cell) for name in names for cell in wanted[name] if cell not in runs[name]]
    for name, cell, figures in _results(todo, size, device, jobs, deadline):
        journals[name].add(cell, figures)
        runs[name][cell] = figures
        progress(name, len(runs[name]), len(wanted[name]))
        if done(name):
            finish(name)
    unfinished = [name for name in names if not done(name)]
    if not unfinished:
        for journal in journals.values():
            journal.file.unlink(missing_ok=True)
    return unfinished


def fingerprint_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The fingerprint under which an evidence file was written."""
    keys = ("code", "size", "device")
    return {**{key: document[key] for key in keys}, "torch": document["versions"]["torch"]}


def _results(
    todo: Sequence[tuple[str, Cell]], size: Size, device: str, jobs: int, deadline: float
) -> Iterator[tuple[str, Cell, dict[str, float]]]:
    """Results as they come. Fresh processes with one thread each: what a run gives does not depend on its neighbours."""
    if not todo:
        return
    waiting = iter(todo)
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_one_thread) as pool:
        running: dict[Future[dict[str, float]], tuple[str, Cell]] = {}
        exhausted = False
        while True:
            while not exhausted and len(running) < 2 * jobs and time.monotonic() < deadline:
                following = next(waiting, None)
                if following is None:
                    exhausted = True
                    break
                running[pool.submit(run_once, *following, size, device)] = following
            if not running:
                return
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                name, cell = running.pop(future)
                yield name, cell, future.result()


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)

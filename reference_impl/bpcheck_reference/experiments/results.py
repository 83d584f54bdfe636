"""Evidence files: what was measured, every single value of it, and what it amounts to."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from bpcheck_reference.experiments.catalogue import about, code_hash, experiment
from bpcheck_reference.experiments.experiment import Axis, Cell, Experiment, Setting, Size, values_at
from bpcheck_reference.experiments.statistics import interval, own_best, spread, verdict

VERSION = 1
Figures = Mapping[str, float]
"""Of one run: the metric under ``value``, its wall time under ``seconds``, and what else the experiment reports."""


def folder() -> Path:
    """``reference_impl/evidence`` of the checkout, or ``evidence`` here where the package is installed without one."""
    beside = Path(__file__).parents[2] / "evidence"
    return beside if beside.is_dir() else Path("evidence")


def file_name(name: str, device: str) -> str:
    """``multi_label-cpu.json``; a GPU under the last two words of its name."""
    words = device.replace("NVIDIA", "").replace("GeForce", "").split()
    return f"{name}-{'-'.join(words[:2]).lower() or 'gpu'}.json"


def device_name(device: str) -> str:
    """``cpu``, or the name that the driver has for a GPU."""
    if device == "cpu":
        return device
    import torch

    return torch.cuda.get_device_name(device)


def fingerprint(name: str, size: Size, device: str) -> dict[str, Any]:
    """What runs must have in common to stand in one file."""
    import torch

    return {"code": code_hash(name), "size": size, "device": device_name(device), "torch": torch.__version__}


def evidence(
    name: str, size: Size, device: str, seeds: int, runs: Mapping[Cell, Figures], *, command: str
) -> dict[str, Any]:
    """The content of an evidence file, from all runs of an experiment. ``command`` has a place for the name."""
    import torch

    this = experiment(name)
    return {
        "version": VERSION,
        "experiment": name,
        **texts(name),
        **analysis(this, size, seeds, runs),
        "seeds": list(range(seeds)),
        "size": size,
        "device": device_name(device),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "seconds": round(sum(figures["seconds"] for figures in runs.values()), 1),
        "commit": _commit(),
        "command": command % name,
        "code": code_hash(name),
    }


def texts(name: str) -> dict[str, Any]:
    """What an experiment says of itself."""
    this = experiment(name)
    return {
        "practice": list(this.practice),
        "rules": list(this.rules),
        "question": this.question,
        "about": about(name),
        "subject": this.subject,
        "data": this.data,
        "metric": this.metric,
        "higher_is_better": this.higher_is_better,
        "smallest": this.smallest,
    }


def analysis(this: Experiment, size: Size, seeds: int, runs: Mapping[Cell, Figures]) -> dict[str, Any]:
    """What the runs of an experiment amount to; nothing in it that could not be computed again from the runs."""
    points = [_point(this, size, seeds, condition, runs) for condition in values_at(this.condition, size)]
    headline = next(point for point in points if this.condition is None or point["condition"] == this.condition.at)
    return {
        "arms": headline["arms"],
        "difference": headline["difference"],
        "verdict": headline["verdict"],
        "condition": _axis(this.condition),
        "choice": _axis(this.choice),
        "points": points,
    }


def _point(
    this: Experiment, size: Size, seeds: int, condition: Setting | None, runs: Mapping[Cell, Figures]
) -> dict[str, Any]:
    """All arms under one condition: at the same choice, at their own best choice, and each single run."""
    choices = values_at(this.choice, size)
    table = [
        {
            "arm": arm,
            "choice": choice,
            **_columns([runs[Cell(arm, condition, choice, seed)] for seed in range(seeds)]),
        }
        for arm in this.arms
        for choice in choices
    ]
    best = []
    for arm in this.arms:
        by_choice = {row["choice"]: row["values"] for row in table if row["arm"] == arm}
        chosen, values = own_best(by_choice, higher_is_better=this.higher_is_better)
        rows = {row["choice"]: row for row in table if row["arm"] == arm}
        best.append(_arm(arm, values, chosen if this.choice else None, [rows[c] for c in chosen]))
    point = {"condition": condition, "arms": best, **_difference(this, best)}
    if this.choice is not None:
        same = [
            _arm(row["arm"], row["values"], None, [row] * seeds) for row in table if row["choice"] == this.choice.at
        ]
        point["same_choice"] = {"choice": this.choice.at, "arms": same, **_difference(this, same)}
    return {**point, "runs": table}


def _columns(rows: Sequence[Figures]) -> dict[str, Any]:
    others = [key for key in rows[0] if key not in ("value", "seconds")]
    columns: dict[str, Any] = {
        "values": [_short(row["value"]) for row in rows],
        "seconds": [round(row["seconds"], 2) for row in rows],
    }
    if others:
        columns["others"] = {key: [_short(row[key]) for row in rows] for key in others}
    return columns


def _arm(name: str, values: Sequence[float], chosen: Sequence[Any] | None, rows: Sequence[Any]) -> dict[str, Any]:
    arm: dict[str, Any] = {
        "name": name,
        "values": list(values),
        "mean": _short(fmean(values)),
        "std": _short(spread(values)),
        "seconds": round(fmean([row["seconds"][seed] for seed, row in enumerate(rows)]), 2),
    }
    if chosen is not None:
        arm["chosen"] = list(chosen)
    if "others" in rows[0]:
        arm["others"] = {
            key: _short(fmean([row["others"][key][seed] for seed, row in enumerate(rows)])) for key in rows[0]["others"]
        }
    return arm


def _difference(this: Experiment, arms: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Practice minus departure, seed by seed."""
    pairs = [practice - departure for departure, practice in zip(arms[0]["values"], arms[1]["values"], strict=True)]
    low, high = interval(pairs)
    said = verdict(pairs, higher_is_better=this.higher_is_better, smallest=this.smallest)
    return {"difference": {"mean": _short(fmean(pairs)), "ci95": [_short(low), _short(high)]}, "verdict": said}


def _short(value: float) -> float:
    """Six significant digits: more than any measurement here is worth."""
    return float(f"{value:.6g}")


def _axis(axis: Axis | None) -> dict[str, Any] | None:
    return None if axis is None else {"name": axis.name, "values": list(axis.values), "at": axis.at, "log": axis.log}


def finished_runs(document: Mapping[str, Any]) -> dict[Cell, dict[str, float]]:
    """The single runs that an evidence file holds."""
    return {
        Cell(row["arm"], point["condition"], row["choice"], seed): {
            "value": value,
            "seconds": row["seconds"][seed],
            **{key: values[seed] for key, values in row.get("others", {}).items()},
        }
        for point in document["points"]
        for row in point["runs"]
        for seed, value in enumerate(row["values"])
    }


def read(file: Path) -> dict[str, Any]:
    """An evidence file; raises ``ValueError`` with its name where it is none."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{file}: not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise ValueError(f"{file}: no evidence file of version {VERSION}")
    return document


def write(file: Path, document: Mapping[str, Any]) -> None:
    """Replace the file in one step. Lists of numbers stay on one line, so that a change can be read in a diff."""
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    partial = file.with_name(file.name + ".partial")
    partial.write_text(_flat_lists(text) + "\n", encoding="utf-8")
    partial.replace(file)


def _flat_lists(text: str) -> str:
    import re

    return re.sub(
        r"\[[^\[\]{}]*\]", lambda found: re.sub(r"\s*\n\s*", " ", found[0]).replace("[ ", "[").replace(" ]", "]"), text
    )


def _commit() -> str | None:
    """The commit of the checkout, with a plus where files have changed since; ``None`` outside of one."""
    here = Path(__file__).parent
    try:
        said = subprocess.run(
            ["git", "describe", "--always", "--abbrev=12", "--dirty=+", "--match="],
            cwd=here, capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return said.stdout.strip() or None

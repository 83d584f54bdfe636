"""One plot for each evidence file, as SVG: the curve over the condition, or over the choice, or the arms side by side."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from bpcheck_reference.experiments.statistics import interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Distinct for colour-blind readers too (Okabe and Ito); the departure is the warm one.
_COLOURS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#000000")


def digest(document: Mapping[str, Any]) -> str:
    """Of what a plot shows; it stands in the plot, so that an outdated one can be told."""
    shown = repr([document[key] for key in ("metric", "arms", "condition", "choice", "points")])
    return hashlib.sha256(shown.encode()).hexdigest()


def draw(document: Mapping[str, Any], file: Path) -> None:
    """Write the plot of an evidence file, the same bytes for the same figures and the same matplotlib."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    style: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": document["experiment"], "axes.spines.top": False,
             "axes.spines.right": False, "font.size": 9}  # fmt: skip
    with matplotlib.rc_context(style):
        figure, axes = pyplot.subplots(figsize=(6.4, 3.4), layout="constrained")
        axis = document["condition"] or document["choice"]
        if axis is None:
            _side_by_side(axes, document)
        else:
            _curves(axes, document, axis)
        figure.savefig(file, facecolor="white", metadata={"Date": None, "Description": digest(document)})
        pyplot.close(figure)


def _curves(axes: Axes, document: Mapping[str, Any], axis: Mapping[str, Any]) -> None:
    """The mean of each arm with its 95 % interval: along a line over numbers, side by side over words."""
    numeric = all(isinstance(value, (int, float)) for value in axis["values"])
    places = axis["values"] if numeric else range(len(axis["values"]))
    for number, arm in enumerate(document["arms"]):
        columns = [_values(document, arm["name"], value) for value in axis["values"]]
        means = [fmean(column) for column in columns]
        low, high = zip(*(interval(column) for column in columns), strict=True)
        colour = _COLOURS[number % len(_COLOURS)]
        if numeric:
            axes.plot(places, means, marker="o", color=colour, label=arm["name"])
            axes.fill_between(places, low, high, color=colour, alpha=0.15, linewidth=0)
        else:
            beside = [place + 0.1 * (number - (len(document["arms"]) - 1) / 2) for place in places]
            axes.plot(beside, means, "o", color=colour, label=arm["name"])
            axes.vlines(beside, low, high, color=colour, alpha=0.5, linewidth=2)
    if numeric and axis["log"]:
        axes.set_xscale("log")
    axes.set_xticks(list(places), [str(value) for value in axis["values"]], minor=False)
    axes.minorticks_off()
    if not numeric:
        axes.set_xlim(-0.6, len(axis["values"]) - 0.4)
    axes.set_xlabel(axis["name"])
    axes.set_ylabel(document["metric"])
    axes.legend(frameon=False)


def _values(document: Mapping[str, Any], arm: str, at: object) -> Sequence[float]:
    """Of an arm at a value of the axis that is shown: at its own best choice, where there is a condition."""
    if document["condition"] is not None:
        point = next(point for point in document["points"] if point["condition"] == at)
        return next(row["values"] for row in point["arms"] if row["name"] == arm)
    return next(row["values"] for row in document["points"][0]["runs"] if row["arm"] == arm and row["choice"] == at)


def _side_by_side(axes: Axes, document: Mapping[str, Any]) -> None:
    """A dot for each seed and a bar for the mean."""
    for number, arm in enumerate(document["arms"]):
        colour = _COLOURS[number % len(_COLOURS)]
        axes.plot(arm["values"], [number] * len(arm["values"]), "o", color=colour, alpha=0.6)
        axes.plot([arm["mean"]] * 2, [number - 0.25, number + 0.25], color=colour, linewidth=2)
    axes.set_yticks(range(len(document["arms"])), [arm["name"] for arm in document["arms"]])
    axes.set_ylim(len(document["arms"]) - 0.5, -0.5)
    axes.set_xlabel(document["metric"])

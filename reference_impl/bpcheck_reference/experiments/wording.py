"""Evidence in words: the line that stands where advice is given, and the figures in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Document = Mapping[str, Any]


def figure(value: float) -> str:
    """Three significant digits, without an exponent where people would not write one."""
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 1e6:
        digits = max(0, 2 - _exponent(value))
        return f"{round(value, 2 - _exponent(value)):,.{digits}f}"
    return f"{value:.2e}"


def _exponent(value: float) -> int:
    return int(f"{abs(value):.2e}".partition("e")[2])


def device(document: Document) -> str:
    """`CPU`, or the name of the GPU."""
    name: str = document["device"]
    return name.upper() if name == "cpu" else name


def line(document: Document) -> str:
    """What was found, on what, in one line without a full stop."""
    departure, practice = document["arms"][:2]
    where = [document["subject"]]
    if document["condition"] is not None:
        where.append(f"{document['condition']['name']} {document['condition']['at']}")
    if document["choice"] is not None:
        where.append(f"each at its own best {document['choice']['name']}")
    where += [f"{len(document['seeds'])} seeds", device(document)]
    return (
        f"{document['verdict']}: {document['metric']} {figure(practice['mean'])} ({practice['name']}) instead of "
        f"{figure(departure['mean'])} ({departure['name']}), {', '.join(where)}{_elsewhere(document)}"
    )


def _elsewhere(document: Document) -> str:
    """The verdicts under the other conditions."""
    if document["condition"] is None or len(document["points"]) == 1:
        return ""
    at: dict[str, list[str]] = {}
    for point in document["points"]:
        if point["condition"] != document["condition"]["at"]:
            at.setdefault(point["verdict"], []).append(str(point["condition"]))
    said = [f"{verdict} at {listed(values)}" for verdict, values in at.items()]
    return f"; {'; '.join(said)}"


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def difference(point: Mapping[str, Any]) -> str:
    """The paired difference with its interval."""
    low, high = point["difference"]["ci95"]
    return f"{figure(point['difference']['mean'])} ({figure(low)} to {figure(high)})"

"""The page of evidence and the index of lines, both from the evidence files and from nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bpcheck_reference.experiments.plot import digest, draw
from bpcheck_reference.experiments.results import read
from bpcheck_reference.experiments.wording import device, difference, figure, line

INDEX = Path(__file__).parents[1] / "evidence.json"
PAGE, PLOTS = "README.md", "plots"
Document = Mapping[str, Any]

_INTRODUCTION = """\
# Evidence: what the practices are worth
This page is made from the JSON files beside it by `python -m bpcheck_reference.experiments report`; nothing on it is
written by hand. `make evidence` measures the small size again, on CPU, and makes the page anew.

**How to read it.** Each experiment trains a *departure* and a *practice* that differ in one thing, and often further
arms for comparison, with the same seeds, data and order. *Difference* is practice minus departure, seed by seed, with
the 95 % interval of its mean (Student's t). *Helps* and *hurts* mean that the interval leaves out zero and that the
difference is at least as large as the smallest one worth a change; all else is *no effect*. Where arms choose a setting
for themselves, as a rule the learning rate, each has, for each seed, the value that was best on the other seeds. *At an
end* marks an arm whose best value is the smallest or the largest that was tried: a better one may lie beyond. These are
small networks on small data: a direction and a condition can be learned here, not the size of the effect elsewhere.
Where a set-up was changed after a first look at results, for instance because a best rate lay at an end, the figures are those
of the final set-up.
"""


def documents(folder: Path) -> list[tuple[Path, Document]]:
    """All evidence files, in the order of their practices; raises ``ValueError`` for a file that is none."""
    found = [(file, read(file)) for file in sorted(folder.glob("*.json"))]
    return sorted(found, key=lambda pair: ([_number(name) for name in pair[1]["practice"]] or [(9, 0)], pair[0].name))


def _number(practice: str) -> tuple[int, int]:
    """The order of the catalogue: data, learning rate, training, activations, architectures."""
    return "DLTAR".index(practice[0]), int(practice[1:])


def write_report(folder: Path) -> Iterator[Path]:
    """Write page, plots and index; gives the files that changed."""
    found = documents(folder)
    if not found:
        raise ValueError(f"there are no evidence files in {folder}")
    (folder / PLOTS).mkdir(exist_ok=True)
    plots = {folder / PLOTS / f"{file.stem}.svg": document for file, document in found}
    for old in set((folder / PLOTS).glob("*.svg")) - set(plots):
        old.unlink()
    for plot, document in plots.items():
        if not plot.exists() or digest(document) not in plot.read_text(encoding="utf-8"):
            draw(document, plot)
            yield plot
    texts = {folder / PAGE: page(found)}
    if folder == INDEX.parents[1] / "evidence":
        texts[INDEX] = index(found)
    for file, text in texts.items():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            yield file


def index(found: Sequence[tuple[Path, Document]]) -> str:
    """For each rule, the lines of evidence on it: those that measure it first of all come first."""
    rows = sorted(
        (code, document["rules"].index(code), file.name, document)
        for file, document in found
        for code in document["rules"]
    )
    by_rule: dict[str, list[dict[str, str]]] = {}
    for code, _, name, document in rows:
        entry = {"verdict": document["verdict"], "line": line(document), "file": f"reference_impl/evidence/{name}"}
        by_rule.setdefault(code, []).append(entry)
    return json.dumps({"version": 1, "rules": by_rule}, indent=1, ensure_ascii=False) + "\n"


def page(found: Sequence[tuple[Path, Document]]) -> str:
    """The page, as Markdown."""
    return "\n".join([_INTRODUCTION, *_overview(found), *(row for pair in found for row in _section(*pair))]) + "\n"


def _overview(found: Sequence[tuple[Path, Document]]) -> Iterator[str]:
    yield "## All experiments"
    yield "| practice | experiment | device | verdict | in one line |"
    yield "|---|---|---|---|---|"
    for file, document in found:
        verdict, _, rest = line(document).partition(": ")
        name = f"[{document['experiment']}](#{file.stem})"
        yield _row(_practices(document), name, device(document), verdict, rest)
    yield ""


def _section(file: Path, document: Document) -> Iterator[str]:
    yield f'<a id="{file.stem}"></a>'
    yield f"## {_practices(document)}: {document['experiment']}, {device(document)}"
    yield document["question"]
    yield ""
    yield document["about"]
    yield ""
    yield f"*Data:* {document['data'].rstrip('.')}. *Metric:* {document['metric']}, {_direction(document)} is better."
    yield f"*Smallest difference worth a change:* {figure(document['smallest'])}. *Rules:* {', '.join(document['rules']) or 'none'}."
    yield ""
    yield f"![{document['metric']} of each arm]({PLOTS}/{file.stem}.svg)"
    yield ""
    condition = document["condition"]
    for point in document["points"]:
        if condition is not None:
            yield f"**{condition['name']} {point['condition']}**"
            yield ""
        yield from _arms(point, document)
        yield ""
        yield f"Difference {difference(point)}: **{point['verdict']}**.{_same_choice(point, document)}"
        yield ""
    versions = ", ".join(f"{name} {version}" for name, version in document["versions"].items())
    yield (
        f"{len(document['seeds'])} seeds, size {document['size']}, {device(document)}, {versions}, "
        f"{document['seconds']:.0f} s of runs, commit {document['commit']}: `{document['command']}` wrote "
        f"[{file.name}]({file.name})."
    )
    yield ""


def _practices(document: Document) -> str:
    return ", ".join(document["practice"]) or "beside the course"


def _direction(document: Document) -> str:
    return "higher" if document["higher_is_better"] else "lower"


def _arms(point: Mapping[str, Any], document: Document) -> Iterator[str]:
    others = list(point["arms"][0].get("others", {}))
    choice = [document["choice"]["name"]] if document["choice"] else []
    yield _row("arm", *choice, f"{document['metric']}", "sd", *others, "seconds per run")
    yield _row(*["---"] * (4 + len(choice) + len(others)))
    for arm in point["arms"]:
        chosen = [_chosen(arm, document["choice"]["values"])] if choice else []
        rest = [figure(arm["others"][name]) for name in others]
        yield _row(arm["name"], *chosen, figure(arm["mean"]), figure(arm["std"]), *rest, figure(arm["seconds"]))


def _chosen(arm: Mapping[str, Any], tried: Sequence[Any]) -> str:
    """The settings that were best, and whether a better one may lie beyond those that were tried."""
    best = sorted(set(arm["chosen"]), key=tried.index)
    at_an_end = " (at an end)" if max(best, key=arm["chosen"].count) in (tried[0], tried[-1]) else ""
    return f"{', '.join(map(str, best))}{at_an_end}"


def _same_choice(point: Mapping[str, Any], document: Document) -> str:
    same = point.get("same_choice")
    if same is None:
        return ""
    departure, practice = same["arms"][:2]
    return (
        f" Both at {document['choice']['name']} {same['choice']}: {figure(practice['mean'])} instead of "
        f"{figure(departure['mean'])}, difference {difference(same)}: {same['verdict']}."
    )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"

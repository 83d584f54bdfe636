"""A running sum of losses with their graphs against a sum of their values: how much of the graph is still there.

Counted are the nodes of autograd that hang on the sum after training, by going through them. Their memory is that of the
C++ objects, which differs between versions and is not measured here.

The losses are back-propagated, so their activations are gone. Where a loss is not, those stay as well, and far more is kept.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run


def nodes(last: Any) -> int:
    """How many nodes of autograd hang on ``last``."""
    seen, waiting = set(), [last] if last is not None else []
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting.extend(before for before, _ in node.next_functions if before is not None)
    return len(seen)


def run(run: Run) -> dict[str, float]:
    train, _ = digits(run.seed, run.device)
    model = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10)).to(run.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    batches = run.sized(tiny=200, small=run.condition)
    total = torch.zeros((), device=run.device)
    for number in range(batches):
        start = number * 16 % (len(train) - 16)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(train.rows[start : start + 16]), train.labels[start : start + 16])
        loss.backward()
        optimizer.step()
        kept = loss.detach() if run.setting == "detached" else loss
        total = total + kept  # bpcheck: ignore[BP309] the departure that is measured
    return {
        "graph nodes alive": float(nodes(total.grad_fn)),
        "mean training loss": total.item() / batches,
    }


EXPERIMENT = Experiment(
    practice=(),
    rules=("BP309",),
    question="How much of the graph stays alive if losses are summed up with it?",
    subject="handwritten digits",
    data="Handwritten digits, 8 by 8 pixels, in batches of 16, for a network of two linear layers",
    metric="graph nodes alive",
    higher_is_better=False,
    smallest=100,
    arms={"losses summed up": "kept", "detached losses summed up": "detached"},
    run=run,
    condition=Axis("batches", (250, 500, 1000), at=500),
    clear=1000,
)

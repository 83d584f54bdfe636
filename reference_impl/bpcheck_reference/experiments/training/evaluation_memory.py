"""An evaluation that builds graphs against one that does not.

What is measured are the bytes that autograd holds at the end of the forward pass of one batch: they do not depend on the
machine. The wall time of the pass stands beside them. The predictions are the same, to the bit.
"""

from __future__ import annotations

import time

import torch

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import small_cnn
from bpcheck_reference.experiments.held_memory import held_memory


def run(run: Run) -> dict[str, float]:
    _, test = digits(run.seed, run.device)
    model = small_cnn().to(run.device).eval()
    images = test.images[: run.condition]
    with held_memory() as held, torch.set_grad_enabled(not run.setting):
        outputs = model(images)
        megabytes = held.megabytes
    repetitions = 20
    begun = time.perf_counter()
    with torch.set_grad_enabled(not run.setting):
        for _ in range(repetitions):
            outputs = model(images)
    milliseconds = (time.perf_counter() - begun) / repetitions * 1000
    return {
        "megabytes held": megabytes,
        "milliseconds per batch": milliseconds,
        "largest output": outputs.max().item(),
    }


EXPERIMENT = Experiment(
    practice=("R8",),
    rules=("BP308",),
    question="How much memory does an evaluation hold that builds graphs?",
    subject="one batch of digits",
    data="Test images of handwritten digits through three convolutions with batch normalisation; no training",
    metric="megabytes held for a backward pass that never comes",
    higher_is_better=False,
    smallest=0.1,
    arms={"with graph": False, "no_grad": True},
    run=run,
    condition=Axis("batch size", (50, 200, 500), at=200, log=True),
    clear=0.5,
)

"""Losses summed with their graphs against losses summed as numbers, over the batches of one evaluation without no_grad.

Every summand keeps all that its forward pass saved alive, until the sum goes. What is measured are the bytes held after the last
batch; they grow with the number of batches, and so the run ends when the memory does.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import small_cnn
from bpcheck_reference.experiments.held_memory import held_memory


def run(run: Run) -> float:
    train, _ = digits(run.seed, run.device)
    model = small_cnn().to(run.device).eval()
    total: torch.Tensor | float = 0.0
    with held_memory() as held:
        for number in range(run.condition):
            batch = train[slice(number % 10 * 100, number % 10 * 100 + 100)]
            loss = nn.functional.cross_entropy(model(batch.images), batch.labels)
            total += loss.item() if run.setting else loss
        del loss
        return held.megabytes


EXPERIMENT = Experiment(
    practice=("R3",),
    rules=("BP309",),
    question="How much memory is held by a sum of losses that keeps their graphs?",
    subject="batches of 100 digits",
    data="Batches of 100 images of handwritten digits through three convolutions with batch normalisation; no training",
    metric="megabytes held after the last batch",
    higher_is_better=False,
    smallest=0.1,
    arms={"sum of tensors": False, "sum of numbers": True},
    run=run,
    condition=Axis("batches", (3, 10, 30), at=10, log=True),
    clear=1.0,
)

"""An evaluation that records an autograd graph against one under ``no_grad``: what is kept, and how long it takes.

Counted is the memory of all tensors that autograd keeps for a backward pass which never comes, in one batch, weights left
out. It does not depend on the machine. The time of an evaluation of the test images is given beside it, and does.

The activations that any forward pass holds for a moment come on top in both arms.
"""

from __future__ import annotations

import time

import torch
from torch import Tensor, nn

from bpcheck_reference.architectures.conv_block import conv_block
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import train_classifier

WIDTH, BATCH = 16, 250


def run(run: Run) -> dict[str, float]:
    train, test = digits(run.seed, run.device)
    blocks = [conv_block(WIDTH, WIDTH) for _ in range(run.condition)]
    head = nn.Linear(WIDTH * 64, 10)
    model = nn.Sequential(conv_block(1, WIDTH), *blocks, nn.Flatten(), head).to(run.device)
    train_classifier(model, train.images[:128], train.labels[:128], lr=0.1, epochs=1)
    model.eval()
    own = {tensor.data_ptr() for tensor in [*model.parameters(), *model.buffers()]}
    kept: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if tensor.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.set_grad_enabled(run.setting), torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        outputs = model(test.images[:BATCH])
    most = sum(kept.values()) / 2**20
    del outputs
    begun = time.perf_counter()
    with torch.set_grad_enabled(run.setting):
        right = sum(
            (model(images).argmax(1) == labels).sum().item()
            for images, labels in zip(test.images.split(BATCH), test.labels.split(BATCH), strict=True)
        )
    return {
        "MiB kept for one batch": most,
        "seconds for 500 images": time.perf_counter() - begun,
        "test accuracy": right / len(test),
    }


EXPERIMENT = Experiment(
    practice=("R8",),
    rules=("BP308",),
    question="How much memory does an evaluation keep for a backward pass that never comes?",
    subject="handwritten digits",
    data="500 test images of handwritten digits, 8 by 8 pixels, 250 at a time, through convolutions of 16 channels",
    metric="MiB kept for one batch",
    higher_is_better=False,
    smallest=1.0,
    arms={"graph recorded": True, "under no_grad": False},
    run=run,
    condition=Axis("convolutions", (2, 4, 8, 16), at=8),
    clear=1.0,
)

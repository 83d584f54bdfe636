"""The time that a training step takes with max-pooling behind a convolution, and with a stride of 2 in it.

One block on images of noise, since the values of pixels do not change the time: convolution, normalisation and ReLU on
8 channels, forward and backward. The fastest of several steps counts, because everything else that the machine does can
only add to it.

A network has other layers too, whose cost is the same in both arms: as a whole it gains less than its halving blocks.
The figures hold for the machine that they were measured on.
"""

from __future__ import annotations

import time

import torch

from bpcheck_reference.architectures.downsample import downsample
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run


def run(run: Run) -> float:
    block = downsample(8, 16, by=run.setting).to(run.device)
    images = torch.randn(16, 8, run.condition, run.condition, device=run.device, requires_grad=True)
    seconds = []
    for _ in range(run.sized(tiny=5, small=12, full=100)):
        _wait(run.device)
        begun = time.perf_counter()
        block(images).sum().backward()
        _wait(run.device)
        seconds.append(time.perf_counter() - begun)
    return 1000 * min(seconds)


def _wait(device: str) -> None:
    """A GPU works while the program goes on: time is only right when it has finished."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


EXPERIMENT = Experiment(
    practice=("R7",),
    rules=("BP508",),
    question="Is a step faster with a stride of 2 than with max-pooling?",
    subject="one halving block",
    data="Generated: 16 images of noise with 8 channels; the time does not depend on what is in them",
    metric="milliseconds per step of one block",
    higher_is_better=False,
    smallest=0.1,
    arms={"max-pooling": "max", "stride 2": "stride"},
    run=run,
    condition=Axis("side of the map in pixels", (16, 32, 64, 128), at=64, log=True),
    clear=1.0,
)

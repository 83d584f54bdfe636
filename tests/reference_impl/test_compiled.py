"""What is compiled computes the same: without breaks in its graph, and frozen layers stay frozen."""

from __future__ import annotations

import copy

import pytest
import torch
from bpcheck_reference.activations.sigmoid_range import SigmoidRange
from bpcheck_reference.architectures.awd_lstm import LockedDropout
from bpcheck_reference.architectures.concat_pool import concat_head
from bpcheck_reference.architectures.residual import SmallResNet
from bpcheck_reference.training.freeze_batchnorm import freeze_batchnorm
from torch import nn

CASES = {
    "LockedDropout": (LockedDropout(0.3), torch.rand(2, 3, 4)),
    "SigmoidRange": (SigmoidRange(0, 5), torch.rand(3)),
    "SmallResNet": (SmallResNet(1, 3, widths=(4, 8), blocks=1), torch.rand(2, 1, 8, 8)),
    "concat_head": (concat_head(3, 2, middle=4), torch.rand(2, 3, 4, 4)),
}


@pytest.mark.parametrize(("module", "x"), CASES.values(), ids=CASES)
def test_one_graph(module: nn.Module, x: torch.Tensor, device: torch.device) -> None:
    module, x = copy.deepcopy(module).to(device).eval(), x.to(device)
    compiled = torch.compile(module, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), module(x))


def test_frozen_statistics_in_a_compiled_network(device: torch.device) -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).to(device)
    freeze_batchnorm(model)
    before = model[1].running_mean.clone()
    compiled = torch.compile(model, backend="eager")
    compiled.train()
    compiled(torch.randn(8, 3, device=device) + 5)
    assert torch.equal(model[1].running_mean, before)

"""Modules can be copied, pickled, saved and compiled, and give the same for the same seed."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from bpcheck_reference.activations.classification_loss import LogitClassifier
from bpcheck_reference.activations.multi_label import MultiLabelHead
from bpcheck_reference.activations.sigmoid_range import SigmoidRange
from bpcheck_reference.activations.tanh_cell import TanhCell
from bpcheck_reference.architectures.awd_lstm import AWDLSTM
from bpcheck_reference.architectures.batch_norm import BatchNorm
from bpcheck_reference.architectures.concat_pool import AdaptiveConcatPool2d, concat_head
from bpcheck_reference.architectures.conv_block import conv_block
from bpcheck_reference.architectures.downsample import downsample
from bpcheck_reference.architectures.gru import GRUCell, GRUClassifier
from bpcheck_reference.architectures.residual import SmallResNet
from bpcheck_reference.architectures.small_image_stem import small_image_stem
from bpcheck_reference.architectures.text_transfer import PooledHead
from bpcheck_reference.data.augmentation import Augment
from bpcheck_reference.data.missing import FillMissing
from bpcheck_reference.data.standardize import Standardize
from torch import Tensor, nn

TOKENS = torch.tensor([[1, 2, 3], [4, 5, 0]])
LENGTHS = torch.tensor([3, 2])

Case = tuple[Callable[[], nn.Module], tuple[Tensor, ...]]
CASES: dict[str, Case] = {
    "AWDLSTM": (lambda: AWDLSTM(7, embedding=4, hidden=6, layers=2), (TOKENS,)),
    "AdaptiveConcatPool2d": (AdaptiveConcatPool2d, (torch.rand(2, 3, 4, 4),)),
    "Augment": (lambda: Augment("overhead"), (torch.rand(3, 3, 6, 6),)),
    "BatchNorm": (lambda: BatchNorm(3), (torch.rand(4, 3, 2, 2),)),
    "FillMissing": (lambda: FillMissing(2).fit(torch.tensor([[1.0, float("nan")], [2.0, 3.0]])), (torch.rand(3, 2),)),
    "GRUCell": (lambda: GRUCell(3, 4), (torch.rand(2, 3), torch.rand(2, 4))),
    "GRUClassifier": (lambda: GRUClassifier(7, 2, embedding=4, hidden=5), (TOKENS, LENGTHS)),
    "LogitClassifier": (lambda: LogitClassifier(nn.Linear(3, 2)), (torch.rand(2, 3),)),
    "MultiLabelHead": (lambda: MultiLabelHead(3, 2), (torch.rand(2, 3),)),
    "PooledHead": (lambda: PooledHead(4, 2), (torch.rand(2, 3, 4), LENGTHS)),
    "SigmoidRange": (lambda: SigmoidRange(0, 5), (torch.rand(2),)),
    "SmallResNet": (lambda: SmallResNet(1, 4, widths=(4, 8), blocks=1), (torch.rand(2, 1, 8, 8),)),
    "Standardize": (lambda: Standardize(3).fit(torch.rand(5, 3)), (torch.rand(2, 3),)),
    "TanhCell": (lambda: TanhCell(3, 4), (torch.rand(2, 3),)),
    "concat_head": (lambda: concat_head(3, 2, middle=4), (torch.rand(2, 3, 4, 4),)),
    "conv_block": (lambda: conv_block(3, 4, order="act-norm"), (torch.rand(2, 3, 5, 5),)),
    "downsample": (lambda: downsample(3, 4), (torch.rand(2, 3, 6, 6),)),
    "small_image_stem": (lambda: small_image_stem(1, 4), (torch.rand(2, 1, 8, 8),)),
}

every_module = pytest.mark.parametrize(("make", "inputs"), CASES.values(), ids=CASES)


def flat(result: Any) -> list[Tensor]:
    """All tensors in a result."""
    return [result] if isinstance(result, Tensor) else [tensor for part in result for tensor in flat(part)]


def same(one: Any, other: Any) -> bool:
    return all(torch.equal(a, b) for a, b in zip(flat(one), flat(other), strict=True))


@every_module
def test_the_same_seed_gives_the_same(make: Callable[[], nn.Module], inputs: tuple[Tensor, ...]) -> None:
    results = []
    for _ in range(2):
        torch.manual_seed(7)
        results.append(make()(*inputs))
    assert same(*results)


@every_module
def test_evaluation_is_deterministic(make: Callable[[], nn.Module], inputs: tuple[Tensor, ...]) -> None:
    module = make().eval()
    assert same(module(*inputs), module(*inputs))


@every_module
def test_copies_compute_the_same(make: Callable[[], nn.Module], inputs: tuple[Tensor, ...]) -> None:
    module = make().eval()
    for twin in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert same(module(*inputs), twin(*inputs))


@every_module
def test_a_state_dict_carries_all(make: Callable[[], nn.Module], inputs: tuple[Tensor, ...]) -> None:
    module, other = make().eval(), make().eval()
    file = io.BytesIO()
    torch.save(module.state_dict(), file)
    file.seek(0)
    other.load_state_dict(torch.load(file, weights_only=True))
    assert same(module(*inputs), other(*inputs))


@every_module
def test_gradients_reach_every_weight(make: Callable[[], nn.Module], inputs: tuple[Tensor, ...]) -> None:
    module = make().train()
    weights = [weight for weight in module.parameters() if weight.requires_grad]
    if not weights:
        pytest.skip("it has no weights")
    sum(tensor.float().pow(2).sum() for tensor in flat(module(*inputs)) if tensor.requires_grad).backward()
    assert all(weight.grad is not None for weight in weights)


@every_module
def test_it_runs_on_the_device(make: Callable[[], nn.Module], inputs: tuple[Tensor, ...], device: torch.device) -> None:
    module = make().eval()
    there = copy.deepcopy(module).to(device)
    for here, elsewhere in zip(flat(module(*inputs)), flat(there(*[x.to(device) for x in inputs])), strict=True):
        torch.testing.assert_close(elsewhere.cpu(), here, rtol=1e-4, atol=1e-4)

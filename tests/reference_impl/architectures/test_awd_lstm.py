"""The statistics of the masks, what they share, and that weights are never changed."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.architectures.awd_lstm import AWDLSTM, Dropouts, EmbeddingDropout, LockedDropout, WeightDropout
from torch import nn


def test_locked_dropout_has_one_mask_for_all_steps(device: torch.device) -> None:
    y = LockedDropout(0.3).to(device)(torch.ones(512, 4, 512, device=device))
    assert torch.equal(y[:, 0], y[:, 3])
    assert (y == 0).float().mean().item() == pytest.approx(0.3, abs=0.01)
    assert y.max().item() == pytest.approx(1 / 0.7)
    assert y.mean().item() == pytest.approx(1, abs=0.02)


def test_embedding_dropout_drops_words(device: torch.device) -> None:
    embed = EmbeddingDropout(nn.Embedding(5000, 8), 0.1).to(device)
    words = torch.arange(5000, device=device).repeat(2, 1)
    vectors = embed(words)
    gone = (vectors == 0).all(-1)
    assert torch.equal(gone[0], gone[1]), "a word is dropped wherever it occurs"
    assert gone.float().mean().item() == pytest.approx(0.1, abs=0.02)
    kept = ~gone[0]
    torch.testing.assert_close(vectors[0][kept] * 0.9, embed.embedding.weight[kept].detach())


def test_weight_dropout_masks_the_recurrence_only(device: torch.device) -> None:
    block = WeightDropout(nn.LSTM(4, 64, batch_first=True), 0.5).to(device)
    x = torch.randn(3, 7, 4, device=device)
    weight = block.layer.weight_hh_l0.detach().clone()
    one, other = block(x)[0], block(x)[0]
    torch.testing.assert_close(one[:, 0], other[:, 0])  # the first step has no state to multiply
    assert not torch.allclose(one[:, 1:], other[:, 1:])
    one.sum().backward()
    gradient = block.layer.weight_hh_l0.grad
    assert gradient is not None
    assert (gradient == 0).float().mean().item() == pytest.approx(0.5, abs=0.05), "what is dropped gets no gradient"
    assert torch.equal(block.layer.weight_hh_l0, weight)
    assert set(block.state_dict()) == {f"layer.{name}" for name in block.layer.state_dict()}


@pytest.mark.parametrize(
    "block",
    [
        LockedDropout(0.5),
        EmbeddingDropout(nn.Embedding(4, 3), 0.5),
        WeightDropout(nn.LSTM(3, 4, batch_first=True), 0.5),
    ],
)
def test_evaluation_drops_nothing(block: nn.Module) -> None:
    x = torch.tensor([[0, 3, 1]]) if isinstance(block, EmbeddingDropout) else torch.randn(2, 3, 3)
    inner = (
        block.embedding
        if isinstance(block, EmbeddingDropout)
        else block.layer
        if isinstance(block, WeightDropout)
        else nn.Identity()
    )
    found, expected = block.eval()(x), inner(x)
    assert torch.equal(
        found[0] if isinstance(found, tuple) else found, expected[0] if isinstance(expected, tuple) else expected
    )


def test_the_language_model(device: torch.device) -> None:
    model = AWDLSTM(50, embedding=16, hidden=24, layers=3, dropouts=Dropouts().scaled(0.7)).to(device)
    words = torch.randint(0, 50, (3, 11), device=device)
    logits, state, raw, dropped = model(words)
    assert logits.shape == (3, 11, 50)
    assert raw.shape == dropped.shape == (3, 11, 16)
    assert [h.shape[-1] for h, _ in state] == [24, 24, 16]
    assert all(tensor.grad_fn is None for pair in state for tensor in pair)
    assert model.decoder.weight is model.embed.embedding.weight
    logits.sum().backward()
    assert all(weight.grad is not None for weight in model.parameters())


def test_a_text_in_two_parts_is_one_text() -> None:
    model = AWDLSTM(20, embedding=8, hidden=12, layers=2).double().eval()
    words = torch.randint(0, 20, (2, 10))
    whole = model(words)[0]
    first, state, *_ = model(words[:, :6])
    second = model(words[:, 6:], state)[0]
    torch.testing.assert_close(torch.cat([first, second], 1), whole, rtol=1e-12, atol=1e-12)


def test_the_ratio_is_kept() -> None:
    assert Dropouts().scaled(0.5) == Dropouts(0.125, 0.05, 0.1, 0.01, 0.075)


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match=r"input must lie between 0 and below 1, not 2\.5"):
        Dropouts().scaled(10)
    with pytest.raises(ValueError, match="p must lie between 0 and below 1, not 1"):
        LockedDropout(1)
    with pytest.raises(ValueError, match="names must be parameters of LSTM, but 'weight_hh_l7' is none"):
        WeightDropout(nn.LSTM(2, 3), 0.1, ("weight_hh_l7",))
    with pytest.raises(ValueError, match="layers must be at least 1, not 0"):
        AWDLSTM(5, layers=0)

"""A small language model of characters and its training, which the experiments on recurrent networks share."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from bpcheck_reference.architectures.clipping import clip_gradients_
from bpcheck_reference.experiments.corpora.source_text import VOCABULARY, columns
from bpcheck_reference.experiments.experiment import Run

GUESSING = math.log(VOCABULARY)
"""The loss of equal scores for all characters: what a run that diverged has."""

Cell = Callable[..., nn.RNNBase]
"""Widths of input and state to a layer."""

CELLS: dict[str, Cell] = {"tanh RNN": nn.RNN, "GRU": nn.GRU, "LSTM": nn.LSTM}


class LanguageModel(nn.Module):
    """Embedding, one recurrent layer and scores of the next character: ``(batch, time)`` to logits and state."""

    def __init__(self, cell: Cell, *, embedding: int = 32, hidden: int = 64) -> None:
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, embedding)
        self.rnn = cell(embedding, hidden, batch_first=True)
        self.head = nn.Linear(hidden, VOCABULARY)

    def forward(self, characters: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        output, state = self.rnn(self.embed(characters), state)
        return self.head(output), tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


def sized_model(run: Run, cell: Cell) -> LanguageModel:
    """One of the size of a run."""
    return LanguageModel(
        cell, embedding=run.sized(tiny=16, small=32, full=64), hidden=run.sized(tiny=32, small=64, full=256)
    ).to(run.device)


def clipped(optimizer: torch.optim.Optimizer, max_norm: float | None) -> Callable[[Tensor], None]:
    """How a loss becomes a step: backward, clip unless ``max_norm`` is ``None``, step."""
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]

    def update(loss: Tensor) -> None:
        optimizer.zero_grad()
        loss.backward()
        if max_norm is not None:
            clip_gradients_(weights, max_norm)
        optimizer.step()

    return update


def train(
    model: nn.Module,
    text: Tensor,
    *,
    update: Callable[[Tensor], None],
    steps: int,
    batch: int = 32,
    window: int = 32,
    penalty: Callable[..., Tensor] | None = None,
    every: int | None = None,
    watch: Callable[[], None] | None = None,
) -> float:
    """Truncated back-propagation through time, over the text again and again.

    Args:
        model: takes characters and state, gives logits, state, and what ``penalty`` takes.
        update: makes a step from a loss.
        penalty: is added to the loss that is trained on.
        every: how many steps lie between two calls of ``watch``, for early stopping.

    Returns:
        The mean loss of the last tenth of the steps, without penalty; training ends when it is not finite.
    """
    streams = columns(text, batch).t()
    model.train()
    start, state, losses = 0, None, []
    for step in range(steps):
        if start + window + 1 > streams.shape[1]:
            start, state = 0, None
        logits, state, *extra = model(streams[:, start : start + window], state)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), streams[:, start + 1 : start + window + 1].flatten())
        losses.append(loss.item())
        if not math.isfinite(losses[-1]):
            return GUESSING
        update(loss if penalty is None else loss + penalty(*extra))
        start += window
        if every is not None and watch is not None and (step + 1) % every == 0:
            watch()
            model.train()
    last = losses[-max(1, steps // 10) :]
    return sum(last) / len(last)


@torch.no_grad()
def validation_loss(model: nn.Module, text: Tensor, *, batch: int = 50, window: int = 100) -> float:
    """Nats per character, at most those of guessing."""
    streams = columns(text, batch).t()
    model.eval()
    state, total, count = None, 0.0, 0
    for start in range(0, streams.shape[1] - 1, window):
        wanted = streams[:, start + 1 : start + window + 1]
        logits, state, *_ = model(streams[:, start : start + wanted.shape[1]], state)
        total += nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), reduction="sum").item()
        count += wanted.numel()
    return min(total / count, GUESSING) if math.isfinite(total) else GUESSING

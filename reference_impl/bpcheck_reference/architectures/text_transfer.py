"""From a language model to a classifier of text, as in ULMFiT.

The encoder learns to predict words on much unlabelled text; the classifier takes it over, with a new head on the last
state and the maximum and mean over time. Training then unfreezes one layer group after the other, from the head back.
It pays where the language model has learned more than word frequencies.

Source: J. Howard and S. Ruder, Universal Language Model Fine-tuning for Text Classification, 2018, arXiv 1801.06146;
fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 4 (``freeze_to(-1)``), part 2, lesson 10.

Common mistakes: embeddings and encoder from scratch for a few labelled texts (BP507), padding that takes part in the
pooling.

Practice: R6. Rules: BP507.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def pool_states(states: Tensor, lengths: Tensor) -> Tensor:
    """The last state, and maximum and mean over time, side by side: shape ``(batch, 3 * hidden)``.

    Args:
        states: shape ``(batch, time, hidden)``; what lies behind the end of a sequence does not count.
        lengths: from 1 to ``time``, shape ``(batch,)``.

    Raises:
        ValueError: a length is out of range.
    """
    if not bool(((lengths >= 1) & (lengths <= states.shape[1])).all()):
        raise ValueError(
            f"lengths must lie between 1 and {states.shape[1]}, not {int(lengths.min())} to {int(lengths.max())}"
        )
    inside = torch.arange(states.shape[1], device=states.device) < lengths[:, None]
    last = states[torch.arange(len(states), device=states.device), lengths - 1]
    highest = states.masked_fill(~inside[..., None], float("-inf")).amax(dim=1)
    mean = states.masked_fill(~inside[..., None], 0.0).sum(dim=1) / lengths[:, None]
    return torch.cat([last, highest, mean], dim=1)


class PooledHead(nn.Module):
    """The head of a text classifier: pooled states, then two blocks of BatchNorm, Dropout and Linear.

    Args:
        hidden: width of the states.
        classes: how many.
        middle: width between the two linear layers.
        dropout: before the first and before the second linear layer.
    """

    def __init__(
        self, hidden: int, classes: int, *, middle: int = 50, dropout: tuple[float, float] = (0.4, 0.1)
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm1d(3 * hidden), nn.Dropout(dropout[0]), nn.Linear(3 * hidden, middle), nn.ReLU(),
            nn.BatchNorm1d(middle), nn.Dropout(dropout[1]), nn.Linear(middle, classes),
        )  # fmt: skip

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Logits ``(batch, classes)`` from states ``(batch, time, hidden)`` and lengths ``(batch,)``."""
        logits: Tensor = self.layers(pool_states(states, lengths))
        return logits


def match_embeddings(weights: Tensor, old_words: Sequence[str], new_words: Sequence[str]) -> Tensor:
    """Word vectors for another vocabulary: known words keep theirs, new ones get the mean of all.

    Args:
        weights: shape ``(len(old_words), features)``.
        old_words: the vocabulary of ``weights``.
        new_words: the vocabulary wanted.

    Returns:
        A tensor of shape ``(len(new_words), features)``, without graph.

    Raises:
        ValueError: there are not as many old words as rows.
    """
    if len(weights) != len(old_words):
        raise ValueError(f"old_words must name the {len(weights)} rows of weights, not {len(old_words)}")
    weights = weights.detach()
    rows = {word: row for row, word in enumerate(old_words)}
    mean = weights.mean(dim=0)
    return torch.stack([weights[rows[word]] if word in rows else mean for word in new_words])


def unfreeze_last(groups: Sequence[nn.Module], count: int) -> None:
    """Train the last ``count`` layer groups and freeze the others: 1 is the head alone, ``len(groups)`` everything.

    Frozen groups get no gradients; their dropout and normalisation still follow ``train()``.

    Raises:
        ValueError: ``count`` lies outside 0 to ``len(groups)``.
    """
    if not 0 <= count <= len(groups):
        raise ValueError(f"count must lie between 0 and {len(groups)}, not {count}")
    for k, group in enumerate(groups):
        group.requires_grad_(k >= len(groups) - count)

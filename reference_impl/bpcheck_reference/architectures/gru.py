"""A GRU for sequences, and its cell written out.

r = sigmoid(W_ir x + b_ir + W_hr h + b_hr), z = sigmoid(W_iz x + b_iz + W_hz h + b_hz), n = tanh(W_in x + b_in + r *
(W_hn h + b_hn)), h' = (1 - z) * n + z * h. Where z is near 1 the state is copied, so a gradient reaches back over as
many steps as the network chooses; the plain cell multiplies it by a matrix each time.

Source: K. Cho et al., 2014, arXiv 1406.1078; fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 6
(the GRU cell from scratch).

Common mistakes: the plain cell for anything but a lesson (BP506).

Practice: R5. Rules: BP506.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class GRUCell(nn.Module):
    """One step of a GRU, the same function as ``nn.GRUCell`` with its weights stacked as there.

    Args:
        inputs: width of the input.
        hidden: width of the state.
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        for name, value in (("inputs", inputs), ("hidden", hidden)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        self.from_input, self.from_state = nn.Linear(inputs, 3 * hidden), nn.Linear(hidden, 3 * hidden)

    def forward(self, x: Tensor, state: Tensor) -> Tensor:
        """The next state, shape ``(batch, hidden)``, from ``x`` ``(batch, inputs)`` and ``state`` ``(batch, hidden)``."""
        reset_x, update_x, new_x = self.from_input(x).chunk(3, dim=1)
        reset_h, update_h, new_h = self.from_state(state).chunk(3, dim=1)
        update = torch.sigmoid(update_x + update_h)
        new = torch.tanh(new_x + torch.sigmoid(reset_x + reset_h) * new_h)
        return new + update * (state - new)


class GRUClassifier(nn.Module):
    """Token sequences of different lengths to logits, by the last state of a GRU.

    Args:
        words: size of the vocabulary; token 0 is padding.
        classes: how many.
        embedding: width of the word vectors.
        hidden: width of the state.
        dropout: on word vectors and state.
    """

    def __init__(
        self, words: int, classes: int, *, embedding: int = 64, hidden: int = 128, dropout: float = 0.3
    ) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, embedding, padding_idx=0)
        self.rnn = nn.GRU(embedding, hidden, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, classes)

    def states(self, tokens: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """All states ``(batch, time, hidden)``, zero behind the end, and the last one of each sequence ``(batch, hidden)``."""
        if not bool((lengths >= 1).all()):
            raise ValueError(f"lengths must be at least 1, but the shortest is {int(lengths.min())}")
        vectors = self.dropout(self.embed(tokens))
        packed = pack_padded_sequence(vectors, lengths.cpu(), batch_first=True, enforce_sorted=False)
        output, last = self.rnn(packed)
        padded, _ = pad_packed_sequence(output, batch_first=True, total_length=tokens.shape[1])
        return padded, last[-1]

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Logits ``(batch, classes)``.

        Args:
            tokens: int64, shape ``(batch, time)``.
            lengths: tokens of each sequence that count, at least 1, shape ``(batch,)``.
        """
        logits: Tensor = self.head(self.dropout(self.states(tokens, lengths)[1]))
        return logits

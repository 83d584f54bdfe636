"""AWD-LSTM: an LSTM language model with five dropouts in a fixed ratio.

- **input** and **output** dropout drop features of the word vectors and of the last layer, with one mask for all time
  steps;
- **hidden** dropout the same between layers;
- **embedding** dropout drops whole words, wherever they occur in the batch;
- **weight** dropout drops entries of the hidden-to-hidden matrix, with one mask for the whole sequence.

The ratio is kept and one multiplier scales all five. Weights are never changed: a masked copy takes part in the
forward pass, so ``deepcopy``, ``state_dict`` and optimizers see plain parameters.

Source: S. Merity, N. Keskar, R. Socher, Regularizing and Optimizing LSTM Language Models, 2017, arXiv 1708.02182;
fast.ai, Practical Deep Learning for Coders (2018), part 2, lesson 10 (``np.array([0.25, 0.1, 0.2, 0.02, 0.15]) *
0.7``).

Common mistakes: no dropout, or ``dropout=`` of a single-layer LSTM, which does nothing (BP502); a state that keeps
its graph.

Practice: R2. Rules: BP502, BP515.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

State = list[tuple[Tensor, Tensor]]
"""For each layer (h, c), each of shape ``(1, batch, width)``."""


@dataclass(frozen=True)
class Dropouts:
    """The five probabilities, in the course's ratio for language models; ``scaled`` keeps it."""

    input: float = 0.25
    output: float = 0.1
    weight: float = 0.2
    embedding: float = 0.02
    hidden: float = 0.15

    def __post_init__(self) -> None:
        for name, p in vars(self).items():
            if not 0 <= p < 1:
                raise ValueError(f"{name} must lie between 0 and below 1, not {p}")

    def scaled(self, multiplier: float) -> Dropouts:
        """All five times ``multiplier``."""
        return Dropouts(**{name: p * multiplier for name, p in vars(self).items()})


class LockedDropout(nn.Module):
    """Dropout with one mask for all time steps of a sequence, shape ``(batch, time, features)``."""

    def __init__(self, p: float) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"p must lie between 0 and below 1, not {p}")
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Each kept feature is divided by 1 - p."""
        if not self.training or not self.p:
            return x
        return x * F.dropout(x.new_ones(len(x), 1, x.shape[2]), self.p, training=True)


class EmbeddingDropout(nn.Module):
    """An embedding that forgets whole words.

    Args:
        embedding: its weights are used, not copied.
        p: probability of each word of the vocabulary to be zero in a forward pass.
    """

    def __init__(self, embedding: nn.Embedding, p: float) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"p must lie between 0 and below 1, not {p}")
        self.embedding, self.p = embedding, p

    def forward(self, words: Tensor) -> Tensor:
        """Vectors of shape ``(*words.shape, features)`` for int64 ``words``."""
        weight = self.embedding.weight
        if self.training and self.p:
            weight = weight * F.dropout(weight.new_ones(len(weight), 1), self.p, training=True)
        return F.embedding(words, weight, self.embedding.padding_idx)


class WeightDropout(nn.Module):
    """A recurrent layer some of whose weights are dropped, with one mask for the whole sequence.

    Args:
        layer: for example an ``nn.LSTM``. Its parameters stay as they are.
        p: probability of each entry.
        names: which parameters of ``layer``.
    """

    def __init__(self, layer: nn.Module, p: float, names: tuple[str, ...] = ("weight_hh_l0",)) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"p must lie between 0 and below 1, not {p}")
        known = dict(layer.named_parameters())
        for name in names:
            if name not in known:
                raise ValueError(f"names must be parameters of {type(layer).__name__}, but {name!r} is none")
        self.layer, self.p, self.names = layer, p, names

    def forward(self, *inputs: Tensor | tuple[Tensor, Tensor] | None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """What the layer gives."""
        result: tuple[Tensor, tuple[Tensor, Tensor]]
        if self.training and self.p:
            weights = {name: F.dropout(self.layer.get_parameter(name), self.p, training=True) for name in self.names}
            result = functional_call(self.layer, weights, inputs)
        else:
            result = self.layer(*inputs)
        return result


class AWDLSTM(nn.Module):
    """A language model that returns its logits and what activation regularisation needs.

    Args:
        words: size of the vocabulary.
        embedding: width of the word vectors, and of the last layer.
        hidden: width of the layers between.
        layers: how many LSTMs, at least 1.
        dropouts: see :class:`Dropouts`.
    """

    def __init__(
        self, words: int, *, embedding: int = 400, hidden: int = 1150, layers: int = 3, dropouts: Dropouts | None = None
    ) -> None:
        super().__init__()
        for name, value in (("words", words), ("embedding", embedding), ("hidden", hidden), ("layers", layers)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        p = Dropouts() if dropouts is None else dropouts
        table = nn.Embedding(words, embedding)
        nn.init.uniform_(table.weight, -0.1, 0.1)
        self.embed = EmbeddingDropout(table, p.embedding)
        widths = [embedding, *[hidden] * (layers - 1), embedding]
        self.layers = nn.ModuleList(
            WeightDropout(nn.LSTM(before, after, batch_first=True), p.weight) for before, after in pairwise(widths)
        )
        self.input_dropout, self.output_dropout = LockedDropout(p.input), LockedDropout(p.output)
        self.hidden_dropout = LockedDropout(p.hidden)
        self.decoder = nn.Linear(embedding, words)
        nn.init.zeros_(self.decoder.bias)
        self.decoder.weight = table.weight  # tied: a word's vector is what predicts it

    def forward(self, words: Tensor, state: State | None = None) -> tuple[Tensor, State, Tensor, Tensor]:
        """Predict each next word.

        Args:
            words: int64, shape ``(batch, time)``.
            state: what an earlier call gave, for text that goes on; zeros without one.

        Returns:
            Logits ``(batch, time, words)``; the state, detached from the graph; and the activations of the last layer
            ``(batch, time, embedding)`` before and after output dropout.
        """
        x = self.input_dropout(self.embed(words))
        after: State = []
        for k, layer in enumerate(self.layers):
            x, (h, c) = layer(x, None if state is None else state[k])
            after.append((h.detach(), c.detach()))
            if k + 1 < len(self.layers):
                x = self.hidden_dropout(x)
        dropped = self.output_dropout(x)
        return self.decoder(dropped), after, x, dropped

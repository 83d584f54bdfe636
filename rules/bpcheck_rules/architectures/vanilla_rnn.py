"""A plain recurrent cell, without gates, is trained on real data.

## What it does
Flags `nn.RNN` and `nn.RNNCell` with tanh, and cells of that kind that are written by hand, where they are trained on
data that the program does not make up itself. What a class or an attribute is called does not matter, only what it
holds. A program that can take an LSTM or GRU in the cell's place, or trains one next to it, is not reported.

## Why is this bad?
A plain cell writes its whole state anew at every step: what it saw has to pass through the recurrent weights and a tanh
once for each step, and so has the gradient on its way back. After some ten or twenty steps next to nothing of either is
left, or it explodes, which forces low learning rates. The gates of a GRU or LSTM let the state through unchanged where
nothing is to be written, so both can be carried over hundreds of steps. A GRU has three times the weights for the same
state and is called in the same way.

## Example
```python
import torch
from torch import nn


class Sentiment(nn.Module):
    def __init__(self, n_words):
        super().__init__()
        self.embed, self.rnn, self.out = nn.Embedding(n_words, 100), nn.RNN(100, 256), nn.Linear(256, 2)

    def forward(self, words):
        _, state = self.rnn(self.embed(words))
        return self.out(state[-1])


words, labels = torch.load("reviews.pt")
model = Sentiment(25_000)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for epoch in range(5):
    for batch, target in zip(words[5_000:].split(64), labels[5_000:].split(64)):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(batch.t()), target).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
```

## Use instead
```python
import torch
from torch import nn


class Sentiment(nn.Module):
    def __init__(self, n_words):
        super().__init__()
        self.embed, self.rnn, self.out = nn.Embedding(n_words, 100), nn.GRU(100, 256), nn.Linear(256, 2)

    def forward(self, words):
        _, state = self.rnn(self.embed(words))
        return self.out(state[-1])


words, labels = torch.load("reviews.pt")
model = Sentiment(25_000)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for epoch in range(5):
    for batch, target in zip(words[5_000:].split(64), labels[5_000:].split(64)):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(batch.t()), target).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
```

An `nn.LSTM` does as well; its state is a pair. The two cells have no weights in common with the plain one, so old
checkpoints do not fit.

## When not to follow it
Models of neurons or of known dynamics, parts of very few weights (a microcontroller), sequences of a handful of steps, and
the first network of a lesson that then shows what is wrong with it: write where it is made
`# bpcheck: ignore[BP506] rate model of a cortical circuit`. ReLU cells are the business of `rnn-identity-init`, and cells
with no tanh that of `rnn-hidden-activation`.

## Fix safety
Unsafe: it is another network, and has to be trained again. No automatic fix is offered yet; the finding shows what to
write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 6: from a cell written by hand to `nn.RNN`,
  `nn.RNNCell`, `nn.GRU` and `nn.LSTM`
- K. Cho et al., Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation, 2014,
  arXiv 1406.1078
- J. Chung, C. Gulcehre, K. Cho and Y. Bengio, Empirical Evaluation of Gated Recurrent Neural Networks on Sequence
  Modeling, 2014, arXiv 1412.3555
- PyTorch documentation, `GRU`: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html

## Evidence
On a task that is nothing but memory, our measurement found the plain cell near guessing as soon as it had to look
back twenty steps, at its own best learning rate, where a GRU solved the task at all lengths that were tried. An LSTM
with its default initialisation needs more steps than were given: it learned the short sequences in part and the
longest not at all. Text needs less memory, and the gain there is smaller: the course's notebook reports a validation
loss of 1.54 for `nn.RNN` and 1.44 for `nn.GRU` after four epochs on Nietzsche's text. Chung et al. claim that both
gated cells beat the tanh cell on polyphonic music and speech, and that neither of the two is clearly the better.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.plain_recurrence import compares_cells, hand_written, plain_layers
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP506", severity=Severity.WARNING, practice=("R5",), fix=Safety.UNSAFE)
def vanilla_rnn(program: Program) -> Iterator[Violation]:
    for plain in [*plain_layers(program), *hand_written(program)]:
        if plain.activation != "tanh" or plain.read is None or compares_cells(program, plain):
            continue
        gated = "nn.GRUCell" if plain.layer is None or plain.name.endswith("Cell") else "nn.GRU"
        yield Violation(
            place(plain.site),
            (
                f"`{plain.name}` {'rewrites' if plain.layer is not None else 'is a plain recurrent cell: it rewrites'} its whole "
                f"state at every step, so what it saw and the gradient fade or explode within some ten steps"
            ),
            (
                step(plain.site, "a recurrence without gates"),
                step(plain.run, "it is trained here"),
                step(plain.read, "on the data that is read here"),
            ),
            manual=f"Use `{gated}`, which is called in the same way.",
        )

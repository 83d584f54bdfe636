"""A hand-written recurrent cell maps its hidden state to the next one without a tanh.

## What it does
Flags a recurrence that is written by hand and trained: learned weights that get their own result of the time step before
together with a new input, in a loop inside `forward` or with one call for each step outside. It is reported where all
that lies between one application of the weights and the next is linear, or where a sigmoid is the only activation.

## Why is this bad?
Without an activation, twenty steps are one linear map: the cell cannot compute anything that a weighted sum of its
inputs could not, and the state is multiplied by the same matrix at each step, so that it grows or fades by a power of the
step count. Tanh keeps it between -1 and 1. A sigmoid bounds it as well, but its slope is at most 1/4, where that of tanh
is 1 at zero: each step back in time shrinks the gradient at least fourfold, all else equal, and a state that is never
negative is off centre for the next product.

## Example
```python
import torch
from torch import nn


class Cell(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.i2h = nn.Linear(n_in + n_hidden, n_hidden)
        self.h2o = nn.Linear(n_hidden, 12)

    def forward(self, x, hidden):
        hidden = self.i2h(torch.cat((x, hidden), dim=1))
        return self.h2o(hidden), hidden


cell = Cell(40, 128)
optimizer = torch.optim.AdamW(cell.parameters(), lr=1e-3)
for _ in range(1000):
    letters, label = torch.randn(9, 1, 40), torch.randint(12, (1,))
    hidden = torch.zeros(1, 128)
    for letter in letters:
        scores, hidden = cell(letter, hidden)
    optimizer.zero_grad()
    nn.functional.cross_entropy(scores, label).backward()
    nn.utils.clip_grad_norm_(cell.parameters(), 1.0)
    optimizer.step()
```

## Use instead
```python
import torch
from torch import nn


class Cell(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.gru = nn.GRUCell(n_in, n_hidden)
        self.h2o = nn.Linear(n_hidden, 12)

    def forward(self, x, hidden):
        hidden = self.gru(x, hidden)
        return self.h2o(hidden), hidden


cell = Cell(40, 128)
optimizer = torch.optim.AdamW(cell.parameters(), lr=1e-3)
for _ in range(1000):
    letters, label = torch.randn(9, 1, 40), torch.randint(12, (1,))
    hidden = torch.zeros(1, 128)
    for letter in letters:
        scores, hidden = cell(letter, hidden)
    optimizer.zero_grad()
    nn.functional.cross_entropy(scores, label).backward()
    nn.utils.clip_grad_norm_(cell.parameters(), 1.0)
    optimizer.step()
```

The smallest change is `hidden = torch.tanh(self.i2h(...))`; a gated cell (`nn.GRUCell`) is the better one.

## When not to follow it
Gates and other products with the state, normalised states, decays and library cells are not reported, nor is a ReLU,
which `rnn-identity-init` looks at. A network that is linear on purpose (linear dynamical systems, Kalman filters,
state-space models that are made stable otherwise) says so where the weights are applied:
`# bpcheck: ignore[BP411] linear dynamics, spectral radius is constrained`.

## Fix safety
Unsafe: the network computes something else, and its weights have to be trained again. No automatic fix is offered yet;
the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 6: ReLU from input to hidden, tanh from hidden to
  hidden
- R. Pascanu, T. Mikolov and Y. Bengio, On the difficulty of training recurrent neural networks, 2013, arXiv 1211.5063
- PyTorch documentation, `RNN`: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html

## Evidence
Measured on digits read row by row with clipped gradients and a short training: without an activation a small cell
learns about as much as with tanh, over few steps and over more, so that the task needs no more than a weighted sum of
its inputs. With a sigmoid it learns less, and much less over more steps. A task that a linear cell cannot solve, and
training without clipping, were not measured. The bounds on the slopes are arithmetic. Pascanu et al. show that
gradients must vanish where the largest singular value of the recurrent weights is below 1 for tanh, and below 4 for a
sigmoid.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP411", severity=Severity.WARNING, practice=("A4",), fix=Safety.UNSAFE)
def rnn_hidden_activation(program: Program) -> Iterator[Violation]:
    for cell in program.cells:
        if cell.activation not in ("none", "sigmoid"):
            continue
        linear = cell.activated is None
        yield Violation(
            place(cell.activated or cell.site),
            (
                f"`{cell.name}` maps the hidden state to the next one with no activation in between, so all time steps "
                f"together are one linear map and the state can grow without bound"
                if linear
                else f"the hidden state goes through a sigmoid at every step, whose slope is at most 1/4, so gradients "
                f"through `{cell.name}` vanish within a few steps"
            ),
            (
                *((step(cell.weight.site, "the recurrent weights are made here"),) if cell.weight.site else ()),
                step(cell.site, "they get their own result of the time step before"),
                step(cell.run, f"{cell.network.label} is trained here"),
            ),
            severity=Severity.INFO if linear else None,
            manual=(
                f"Put `torch.tanh(...)` round what `{cell.name}` gives; or use `nn.GRUCell`."
                if linear
                else "Use `torch.tanh` in place of the sigmoid; or use `nn.GRUCell`."
            ),
        )

"""A recurrence with ReLU starts from random hidden-to-hidden weights instead of the identity.

## What it does
Flags `nn.RNN` and `nn.RNNCell` with `nonlinearity="relu"`, and cells with a ReLU that are written by hand, where they are
trained and nothing initialises their recurrent weights as an identity or another orthogonal matrix. The default
initialisation is none, and neither are Xavier's, Kaiming's or any other that draws each weight on its own.

## Why is this bad?
A ReLU does not bound the state, so the recurrent weights alone decide whether it grows or dies out over the steps.
PyTorch draws them between -1/sqrt(n) and 1/sqrt(n), which shrinks it at every step: with 100 units, random input and
20 steps, less than a millionth of the gradient arrives at the first state. Larger random weights make it explode.
The identity with zero biases copies the state until training finds something better, keeps most of the gradient (about
three quarters after 50 steps in the same setting), and so bears a higher learning rate.

## Example
```python
import torch
from torch import nn

rnn = nn.RNN(2, 100, nonlinearity="relu", batch_first=True)
head = nn.Linear(100, 1)
optimizer = torch.optim.AdamW([*rnn.parameters(), *head.parameters()], lr=1e-3)
for _ in range(1000):
    x, y = torch.rand(32, 50, 2), torch.rand(32, 1)
    optimizer.zero_grad()
    nn.functional.mse_loss(head(rnn(x)[0][:, -1]), y).backward()
    nn.utils.clip_grad_norm_(rnn.parameters(), 1.0)
    optimizer.step()
```

## Use instead
```python
import torch
from torch import nn

rnn = nn.RNN(2, 100, nonlinearity="relu", batch_first=True)
nn.init.eye_(rnn.weight_hh_l0)
nn.init.zeros_(rnn.bias_hh_l0)
nn.init.zeros_(rnn.bias_ih_l0)
head = nn.Linear(100, 1)
optimizer = torch.optim.AdamW([*rnn.parameters(), *head.parameters()], lr=1e-3)
for _ in range(1000):
    x, y = torch.rand(32, 50, 2), torch.rand(32, 1)
    optimizer.zero_grad()
    nn.functional.mse_loss(head(rnn(x)[0][:, -1]), y).backward()
    nn.utils.clip_grad_norm_(rnn.parameters(), 1.0)
    optimizer.step()
```

A layer has one `weight_hh_l...` for each level and direction. Keep the clipping. A GRU needs none of this.

## When not to follow it
Tanh and gated cells are not reported: `nn.init.eye_` on the stacked matrix of an LSTM or GRU would set one gate to the
identity and the others to zero. Recurrences of a few steps do without; the paper itself uses a scaled-down identity
where only the recent past matters. Write at the layer: `# bpcheck: ignore[BP208] four steps`.

## Fix safety
Unsafe: training starts elsewhere and ends elsewhere. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 6:
  `m.rnn.weight_hh_l0.data.copy_(torch.eye(n_hidden))`, with ten times the learning rate
- Q. Le, N. Jaitly and G. Hinton, A Simple Way to Initialize Recurrent Networks of Rectified Linear Units, 2015,
  arXiv 1504.00941
- PyTorch documentation, `RNN`: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html

## Evidence
It depends on the task. Where one early input had to be kept over many empty steps, the identity learned to, and
random weights did no better than guessing; over few steps the two could not be told apart for certain. On digits read
piece by piece the identity was worse than random weights, each at its own best rate, and far worse where the sequence
was longer, within ten epochs; larger input weights than the paper's changed little of that. So it is worth trying
where something must be remembered for long, and no default. Long trainings were not measured, nor other orthogonal
matrices. Le et al. claim results comparable to LSTM on the adding problem, on MNIST pixel by pixel, on language
modelling and on speech.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.initialisation import starts_as_identity
from bpcheck.facts.plain_recurrence import plain_layers
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP208", severity=Severity.INFO, practice=("L5",), fix=Safety.UNSAFE, default=False)
def rnn_identity_init(program: Program) -> Iterator[Violation]:
    if not program.closed:
        return
    for plain in plain_layers(program):
        if plain.activation != "relu" or plain.layer is None:
            continue
        if starts_as_identity(program, plain.layer, "weight_hh") is False:
            weight = "weight_hh" if plain.name.endswith("Cell") else "weight_hh_l0"
            yield Violation(
                place(plain.site),
                f"`{plain.name}` with ReLU starts from random recurrent weights: over the steps its state dies out or explodes",
                (
                    step(plain.site, "nothing makes its recurrent weights an identity"),
                    step(plain.run, "it is trained here"),
                ),
                manual=f"Call `nn.init.eye_(rnn.{weight})` on every recurrent weight and zero the biases; or use `nn.GRU`.",
            )
    for cell in program.cells:
        if cell.activation == "relu" and starts_as_identity(program, cell.weight, "weight") is False:
            yield Violation(
                place(cell.weight.site or cell.site),
                f"`{cell.name}` feeds the state back through a ReLU from random weights: over the steps it dies out or explodes",
                (
                    step(cell.site, "the weights get their own result of the time step before"),
                    *((step(cell.activated, "which comes through a ReLU"),) if cell.activated else ()),
                    step(cell.run, f"{cell.network.label} is trained here"),
                ),
                manual=f"Call `nn.init.eye_` on `{cell.name}` and zero its bias; or use `nn.GRUCell`.",
            )

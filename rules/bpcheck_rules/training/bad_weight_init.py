"""Weights before a ReLU are initialised with no regard to the number of inputs, or all with one constant.

## What it does
Flags an initialisation that the program writes itself (`nn.init.normal_`, `uniform_`, `trunc_normal_` or the methods of
`weight.data`, in whatever loop or `apply`) for linear and convolution layers that feed a ReLU, in a network that
normalises nowhere, if a signal leaves the last of them ten times smaller or larger than with He's initialisation; and
hidden layers before a ReLU whose weights are all set to one constant.

## Why is this bad?
A sum of n products is sqrt(n) times as large as one of them, and a ReLU keeps half of it. Weights with a standard
deviation of sqrt(2 / n) make up for both, so that signal and gradient have one size in all layers. Any fixed number is
right for one width only: 0.01 before a layer with 784 inputs divides the signal by 5, with 64 inputs by 18, and the
factors of all layers multiply. Equal weights are worse: all units of the layer compute the same and get the same
gradient, so they stay equal for ever, and behind weights of zero a ReLU passes no gradient at all.

## Example
```python
import torch
from torch import nn

model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
for layer in model:
    if isinstance(layer, nn.Linear):
        nn.init.normal_(layer.weight, std=0.01)
        nn.init.zeros_(layer.bias)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(100):
    x, y = torch.randn(32, 64), torch.randint(10, (32,))
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
```

## Use instead
```python
import torch
from torch import nn

model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
for layer in model:
    if isinstance(layer, nn.Linear):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(100):
    x, y = torch.randn(32, 64), torch.randint(10, (32,))
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
```

What PyTorch does by default is scaled by the number of inputs as well, though with a sixth of that variance.

## When not to follow it
Output layers, embeddings, biases, norms, branches that are added to a skip connection, weights of a standard deviation
of 0.02 as in GANs and Transformers, numbers that come close to He's, and weights that are loaded afterwards are not
reported. A replication that wants the published numbers says so where they are set:
`# bpcheck: ignore[BP303] as in the paper, local response norm follows`.

## Fix safety
Unsafe: training starts elsewhere, and a learning rate that was tuned to small weights may be too high. No automatic fix
is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018): `apply_init(model, kaiming_normal)` for new heads
- K. He, X. Zhang, S. Ren and J. Sun, Delving Deep into Rectifiers, 2015, arXiv 1502.01852
- PyTorch documentation, `torch.nn.init`: https://docs.pytorch.org/docs/stable/nn.init.html

## Evidence
Measured with a plain stack of layers of width 64 on small digits, each arm at its own best learning rate. A standard
deviation of 0.01 does no harm with one hidden layer, little with two, and with four the network guesses, where He's
does as well as ever. Weights of a standard deviation of one are worse at each depth, and equal ones end in guessing
from two hidden layers on. PyTorch's default catches up with He's at two hidden layers and fails at ten. Long trainings
and other widths were not measured; that the factors depend on the width is arithmetic. He et al. claim that a network
of 30 layers converges with their initialisation and stalls with Xavier's.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.signal_scale import misscaled
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP303", severity=Severity.WARNING, practice=("T3",), fix=Safety.UNSAFE)
def bad_weight_init(program: Program) -> Iterator[Violation]:
    if not program.closed:  # the weights may be overwritten where nobody looks
        return
    found = misscaled(program)
    if not found or program.task.adversarial:
        return
    for each in found:
        count = f"{len(each.layers)} layers" if len(each.layers) > 1 else "one layer"
        if not each.factor:
            message = (
                "all weights of a hidden layer are set to one constant, so all its units compute and learn the same"
            )
        elif each.factor < 1:
            message = f"weights of this size leave {1 / each.factor:.0f} times less of a signal behind {count} with ReLU than they get"
        else:
            message = f"weights of this size make a signal {each.factor:.0f} times larger behind {count} with ReLU"
        yield Violation(
            place(each.site),
            message,
            (
                step(each.site, f"`{each.made.scheme}_` knows nothing of the number of inputs"),
                *[
                    step(layer.site, f"{layer.label} feeds a ReLU")
                    for layer in each.layers[:4]
                    if layer.site is not None
                ],
            ),
            severity=None if each.factor else Severity.ERROR,
            manual='Use `nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")`.',
        )

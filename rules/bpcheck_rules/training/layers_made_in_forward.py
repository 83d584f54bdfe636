"""A layer with weights is made in the forward pass: it is random each time, and no optimizer ever gets it.

## What it does
Flags layers with weights (linear, convolution, recurrence, embedding, normalisation and the like), and networks of the project
that hold such, which a network makes while it runs instead of in its constructor.

## Why is this bad?
Each pass draws new weights. They are not among `parameters()`, so nothing trains them, nothing saves them, and `model.to(device)`
does not move them: the network computes something else each time it is asked, in evaluation too. The layers around it learn
to live with the noise, so the loss falls a little and the mistake looks like a hard task.

## Example
```python
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Linear(64, 32)

    def forward(self, x):
        return nn.Linear(32, 10)(torch.relu(self.features(x)))


model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(100):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(torch.randn(8, 64)), torch.randint(10, (8,))).backward()
    optimizer.step()
```

## Use instead
```python
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features, self.out = nn.Linear(64, 32), nn.Linear(32, 10)

    def forward(self, x):
        return self.out(torch.relu(self.features(x)))


model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(100):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(torch.randn(8, 64)), torch.randint(10, (8,))).backward()
    optimizer.step()
```

Where the number of inputs is only known in the first pass, `nn.LazyLinear(10)` in the constructor finds it out.

## When not to follow it
Layers that are made in the first pass and kept, lazy modules, layers whose weights are set from values (fixed filters,
generated weights) or that have none (activations, pooling, `affine=False`), and layers behind a condition are not reported. If
random features are meant, write at the line: `# bpcheck: ignore[BP312] new random projection each time`.

## Fix safety
Manual: the layer moves to the constructor, where the sizes it needs have to be known.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 7: modules define their layers in `__init__` and use them in
  `forward`
- PyTorch documentation, Modules, "A simple custom module": https://docs.pytorch.org/docs/stable/notes/modules.html
- PyTorch documentation, `LazyLinear`: https://docs.pytorch.org/docs/stable/generated/torch.nn.LazyLinear.html

## Evidence
A plain bug, measured on a plain network on small digits, each arm at its own best learning rate: with a hidden layer
made anew in each pass the network learns very little, and with the last layer made anew it guesses.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.passing_layers import passing_layers
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP312", severity=Severity.ERROR, practice=(), fix=Safety.MANUAL)
def layers_made_in_forward(program: Program) -> Iterator[Violation]:
    for found in passing_layers(program):
        inside = (
            [step(found.made, f"{found.layer.label} gets new random weights")] if found.made is not found.site else []
        )
        yield Violation(
            place(found.site),
            f"{found.network.label} makes {found.layer.label} anew in every forward pass, with random weights that nothing trains",
            (step(found.site, f"made while {found.network.label} runs"), *inside),
            manual=f"Make it in the constructor of {found.network.label}, keep it as an attribute, and call that here.",
        )

"""A network is trained on its samples in the same order in every epoch.

## What it does
Flags a `DataLoader` without `shuffle=True` and without a sampler that feeds a training of several epochs, where the
data set has its samples by number and nothing in the program shuffles, splits at random or draws samples. Recurrent
networks, data sets that yield their samples, data made up in the program, batches that hold all of the data, and
trainers of frameworks are left alone.

## Why is this bad?
Stochastic gradient descent assumes that a batch is a fair sample of the data. Files are mostly sorted: by class, by
date, by where they came from. Batches of one class pull the network from one class to the next, batch normalisation
sees statistics that no evaluation has, and even in a mixed file the same batches come back in each epoch.

## Example
```python
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import CIFAR10
from torchvision.transforms import ToTensor

loader = DataLoader(CIFAR10("data", train=True, transform=ToTensor()), batch_size=128)
model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 256), nn.ReLU(), nn.Linear(256, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(20):
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
```

## Use instead
```python
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import CIFAR10
from torchvision.transforms import ToTensor

loader = DataLoader(CIFAR10("data", train=True, transform=ToTensor()), batch_size=128, shuffle=True)
model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 256), nn.ReLU(), nn.Linear(256, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(20):
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
```

## When not to follow it
Where the order is part of the task: a curriculum, a stream, text of which each batch goes on where the last one ended.
Where the file was shuffled once when it was written, the loss is small. Write at the loader:
`# bpcheck: ignore[BP114] a curriculum, easy samples first`.

## Fix safety
Unsafe: other batches give other weights. Where an option of the program decides, the finding shows what to write.

## Source
- PyTorch documentation, `torch.utils.data.DataLoader`, whose `shuffle` is off by default:
  https://docs.pytorch.org/docs/stable/data.html
- Y. Bengio, Practical Recommendations for Gradient-Based Training of Deep Architectures, 2012, arXiv 1206.5533

## Evidence
In a file that is sorted by class the network loses a great deal, at its own best learning rate too. In a file in random
order, and in one that goes from source to source with all classes in turn, a new order in each epoch made no
difference. So the finding matters as much as the file is sorted; the rule cannot see that. Networks with batch
normalisation were not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.sample_order import unshuffled
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP114", severity=Severity.WARNING, practice=(), fix=Safety.UNSAFE)
def unshuffled_training_data(program: Program) -> Iterator[Violation]:
    found = unshuffled(program)
    if found is not None:
        from bpcheck.fixes.arguments import shuffled

        yield Violation(
            place(found.made),
            "the training sees its samples in the same order in every epoch: this loader does not shuffle",
            (step(found.made, "the loader is made here"), step(found.loop, "and trained on here, in each epoch")),
            fix=shuffled(found.loader, found.made),
            manual="Pass `shuffle=True` to the loader that training reads.",
        )

"""A network is trained with supervision and never evaluated on samples that training did not see.

## What it does
Flags a training loop on a loss against targets whose network never runs on held-out samples: from another file, split,
slice, fold or sampler than those it learns from. The whole program is read, with its options at their defaults, so a
validation that is switched off by default does not count. A test set that is evaluated once at the end does count; the
accuracy on the training batches does not.

## Why is this bad?
The training loss falls whether the network generalises or memorises. Without held-out samples nothing in the run tells
the two apart: epochs, learning rate and regularisation are chosen blind, and overfitting is found by the users.

## Example
```python
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import CIFAR10
from torchvision.transforms import ToTensor

loader = DataLoader(CIFAR10("data", transform=ToTensor()), batch_size=128, shuffle=True)
model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 256), nn.ReLU(), nn.Linear(256, 10))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)

for epoch in range(20):
    for images, labels in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
    scheduler.step()
    print(epoch, loss.item())
```

## Use instead
```python
import torch
from torch import nn
from torch.utils.data import DataLoader, random_split
from torchvision.datasets import CIFAR10
from torchvision.transforms import ToTensor

data = CIFAR10("data", transform=ToTensor())
train_set, valid_set = random_split(data, [0.9, 0.1], generator=torch.Generator().manual_seed(0))
train_loader = DataLoader(train_set, batch_size=128, shuffle=True)
valid_loader = DataLoader(valid_set, batch_size=512)
model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 256), nn.ReLU(), nn.Linear(256, 10))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)

for epoch in range(20):
    model.train()
    for images, labels in train_loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
    scheduler.step()
    model.eval()
    with torch.no_grad():
        hits = sum((model(images).argmax(1) == labels).sum().item() for images, labels in valid_loader)
    print(epoch, hits / len(valid_set))
```

Split by time, by patient or by whatever else separates your future inputs from the present ones; a random split of
rows that belong together is optimistic.

## When not to follow it
GANs, reinforcement learning, autoencoders and other self-supervision, style transfer, and data made up in the program:
the rule is silent there. So it is where part of the code was not seen. A final fit on all data, after the choices were
made on a split, is legitimate, and so is an evaluation that lives in another script. Say so at the training loop:
`# bpcheck: ignore[BP101] final fit, settings chosen in tune.py`.

## Fix safety
Unsafe: less data is trained on, so the weights change. No automatic fix is offered yet; the finding shows what to
write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1: hold out a validation set of your own, like the data to
  be predicted; the Rossmann notebook (`lesson3-rossman`) does it by date
- PyTorch documentation, `torch.utils.data.random_split`: https://docs.pytorch.org/docs/stable/data.html

## Evidence
Held-out rows did not make a better network here unless a large share of the labels was wrong: with few wrong labels or
none, stopping by them gains nothing, and the rows that are given away are missed. What they are for, to know how good a
network is and to choose between several, is not measured by this; choosing by a small leaderboard of shifted images
instead lost accuracy on average, but by amounts so uneven that the seeds leave it open. Where new data come from new
sources, held-out rows of other sources foretold the accuracy better than rows drawn at random.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.heldout import unvalidated
from bpcheck.facts.program import Program, header, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP101", severity=Severity.WARNING, practice=("D2",), fix=Safety.UNSAFE)
def no_validation_split(program: Program) -> Iterator[Violation]:
    for found in unvalidated(program):
        yield Violation(
            header(found.site),
            f"`{found.model.label}` is trained and never evaluated on samples held out from training",
            (
                step(found.data_site, "the data that it learns from comes from here"),
                step(found.pass_site, "the network is trained on it here"),
                *program.switched_off("evaluate it", "evaluat", "validat", "eval_"),
                step(found.site, "and this loop never evaluates it on other data"),
            ),
            severity=Severity.INFO if found.minor else None,
            manual="Hold out 10-20 % of the data with a seeded split and evaluate on it after every epoch.",
        )

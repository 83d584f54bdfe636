"""A classifier is judged by one number, and nothing in the program looks at what it gets wrong.

## What it does
Flags the evaluation of a classifier with one true class per sample that counts hits, where the program never makes a
figure for each class, a confusion matrix, a ranking of samples by their loss, or anything else of single predictions:
none is printed, plotted, collected or saved. Reported as advice, once for each program, and only where all code was
seen.

## Why is this bad?
An accuracy says how much is wrong and not what. A class that is never found, two classes that are taken for each
other, wrong labels, pictures cut off at the edge, or duplicates between training and test data all look like a few
missing per cent, and each has another remedy. A glance at the worst predictions tells them apart.

## Example
```python
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor

train_loader = DataLoader(MNIST("data", train=True, transform=ToTensor()), batch_size=64, shuffle=True)
valid_loader = DataLoader(MNIST("data", train=False, transform=ToTensor()), batch_size=500)
model = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
for epoch in range(10):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    scheduler.step()
    model.eval()
    correct = total = 0
    with torch.no_grad():
        for x, y in valid_loader:
            correct += (model(x).argmax(1) == y).sum().item()
            total += len(y)
    print(f"{epoch}: {100 * correct / total:.2f} %")
```

## Use instead
```python
import torch
from sklearn.metrics import confusion_matrix
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor

train_loader = DataLoader(MNIST("data", train=True, transform=ToTensor()), batch_size=64, shuffle=True)
valid_loader = DataLoader(MNIST("data", train=False, transform=ToTensor()), batch_size=500)
model = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
for epoch in range(10):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    scheduler.step()
    model.eval()
    guesses, labels = [], []
    with torch.no_grad():
        for x, y in valid_loader:
            guesses.append(model(x).argmax(1))
            labels.append(y)
    guesses, labels = torch.cat(guesses), torch.cat(labels)
    print(epoch, (guesses == labels).float().mean().item())
print(confusion_matrix(labels, guesses))
```

`sklearn.metrics.classification_report` gives precision and recall of each class. To see samples, keep
`cross_entropy(output, y, reduction="none")` for all of an unshuffled loader, take the `topk` of it and show these.

## When not to follow it
Where the errors are looked at elsewhere: in a notebook that loads the checkpoint, or in a tool that reads the logs.
A benchmark of training methods on a known data set needs the accuracy and no more. Write at the count of hits:
`# bpcheck: ignore[BP112] errors are shown in analysis.ipynb`.

## Fix safety
Manual: what is worth showing depends on the samples.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 1 (`lesson1.ipynb`): "Analyzing results: looking
  at pictures", where correct, incorrect, most wrong and most uncertain pictures are shown next to a confusion matrix
- scikit-learn documentation, classification metrics: https://scikit-learn.org/stable/modules/model_evaluation.html

## Evidence
The largest losses do lead to most of the wrong labels, where as many random rows lead to next to none. Correcting them
makes a network better where a large share of the labels is wrong; with a few per cent of them the gain is too small to
count. What else a look at errors shows (a class never found, duplicates, blurred images) was not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.inspection import unexamined
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP112", severity=Severity.INFO, practice=("D4",), fix=Safety.MANUAL)
def no_error_inspection(program: Program) -> Iterator[Violation]:
    found = unexamined(program)
    if found is not None:
        yield Violation(
            place(found.site),
            f"of what `{found.evaluation.name}` predicts only the number of hits is looked at, never what it gets wrong",
            (
                step(found.evaluation.site, "the network is evaluated here"),
                step(found.site, "its predictions become one number here, and nothing else is made of them"),
            ),
            manual="Print a confusion matrix (`sklearn.metrics.confusion_matrix`), or show the samples with the largest loss.",
        )

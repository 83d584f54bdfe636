"""TorchMetrics: a metric is fed batch by batch and computed from all of them, without gradients; it trains nothing.

Read off torchmetrics 1.9: ``metric.py``, ``collections.py``, ``aggregation.py``.
"""

import torch

from bpcheck.frameworks import unknown


class Metric:
    """Whatever it computes comes from what it was fed with last, to whoever asks where a number comes from."""

    def __init__(self, *args, **kwargs):
        self.value = unknown()

    def update(self, *args, **kwargs):
        with torch.no_grad():
            self.value = torch.mean((args, kwargs))

    def compute(self):
        return self.value

    def forward(self, *args, **kwargs):
        with torch.no_grad():
            self.update(*args, **kwargs)
            return self.compute()

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def add_state(self, name, default, dist_reduce_fx=None, persistent=False):
        setattr(self, name, default)

    def clone(self, *args, **kwargs):
        return self

    def to(self, *args, **kwargs):
        return self

    def reset(self):
        pass

    def train(self, mode=True):
        return self

    def eval(self):
        return self


class Accuracy(Metric):
    def __init__(self, *args, average="micro", **kwargs):
        self.value = unknown()
        self.average = average

    def update(self, preds, target, *args, **kwargs):
        with torch.no_grad():
            hits = preds.argmax(1) == target
            if self.average is None or self.average == "none":
                print(hits)
            self.value = hits.float().mean()


MulticlassAccuracy = Accuracy


class ConfusionMatrix(Metric):
    """Whoever asks for it gets figures for each class."""

    def update(self, preds, target, *args, **kwargs):
        with torch.no_grad():
            print(preds)
            self.value = torch.mean((preds, target))


MulticlassConfusionMatrix = BinaryConfusionMatrix = ConfusionMatrix


class MetricCollection(Metric):
    def compute(self):
        return {unknown(): self.value}

    def _each(self):
        made = Metric()
        made.value = self.value
        return made

    def __getitem__(self, name):
        return self._each()

    def items(self, *args, **kwargs):
        return [(unknown(), self._each())]

    def keys(self, *args, **kwargs):
        return [unknown()]

    def values(self, *args, **kwargs):
        return [self._each()]


def __getattr__(name):
    """Every other class of the package is a metric."""
    return Metric if name[0].isupper() else None

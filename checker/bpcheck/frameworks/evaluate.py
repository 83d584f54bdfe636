"""Evaluate: a metric keeps what it is given until it is computed.

Read off evaluate 0.4: ``module.py``, ``loading.py``.
"""

from bpcheck.frameworks import unknown


class EvaluationModule:
    def __init__(self, path=""):
        self.path = path
        self.seen = []

    def add(self, prediction=None, reference=None, **kwargs):
        self._see(prediction, reference)

    def add_batch(self, predictions=None, references=None, **kwargs):
        self._see(predictions, references)

    def _see(self, predictions, references):
        if self.path == "confusion_matrix":
            print(predictions)
        self.seen.append((predictions == references).sum())

    def compute(self, predictions=None, references=None, **kwargs):
        if predictions is not None:
            self._see(predictions, references)
        score = 0.0
        for values in self.seen:
            score = score + values
        return {unknown(): score}


def load(path, *args, **kwargs):
    return EvaluationModule(path)


def combine(evaluations, force_prefix=False):
    return EvaluationModule()

"""Evaluate: a metric keeps what it is given until it is computed.

Read off evaluate 0.4: ``module.py``, ``loading.py``.
"""

from bpcheck.frameworks import unknown


class EvaluationModule:
    def __init__(self):
        self.seen = []

    def add(self, prediction=None, reference=None, **kwargs):
        self.seen.append(prediction)
        self.seen.append(reference)

    def add_batch(self, predictions=None, references=None, **kwargs):
        self.seen.append(predictions)
        self.seen.append(references)

    def compute(self, predictions=None, references=None, **kwargs):
        if predictions is not None:
            self.seen.append(predictions)
            self.seen.append(references)
        score = 0.0
        for values in self.seen:
            score = score + values
        return {unknown(): score}


def load(path, *args, **kwargs):
    return EvaluationModule()


def combine(evaluations, force_prefix=False):
    return EvaluationModule()

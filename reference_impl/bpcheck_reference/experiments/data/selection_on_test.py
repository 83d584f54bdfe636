"""How much too good a score is when the test set also chose the model.

Several networks of the same kind differ in their seed and learning rate. Either the test set chooses one and reports its
score, or a validation set chooses and the test set reports. What is measured is the reported accuracy minus that of the
same network on several hundred images that nobody chose by: the optimism, which should be nothing. The more candidates
and the smaller the test set, the more there is to gain by luck.
"""

from __future__ import annotations

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, mlp, train_classifier


def run(run: Run) -> dict[str, float]:
    train, fresh = digits(run.seed, run.device)
    # The networks are weak on purpose, so that their scores vary.
    chosen_by, test, train = train[slice(100)], train[slice(100, 200)], train[slice(200, 400)]
    scores = []
    for number in range(run.condition):
        model = mlp(64, 16, 10).to(run.device)
        lr = 0.02 * (1 + number % 3)
        train_classifier(model, train.rows, train.labels, lr=lr, epochs=run.sized(tiny=3, small=5))
        on = [accuracy(model, images.rows, images.labels) for images in (chosen_by, test, fresh)]
        scores.append(on)
    judge = 1 if run.setting == "test" else 0
    _, reported, truth = max(scores, key=lambda on: on[judge])
    return {"optimism": reported - truth, "reported accuracy": reported, "accuracy on fresh images": truth}


EXPERIMENT = Experiment(
    practice=("D2",),
    rules=("BP102",),
    question="How much too good is a test score that the model was chosen by?",
    subject="handwritten digits",
    data="Handwritten digits, 200 training, 100 validation and 100 test images, and 500 fresh ones",
    metric="reported accuracy minus accuracy on fresh images",
    higher_is_better=False,
    smallest=0.01,
    arms={"chosen by the test set": "test", "chosen by a validation set": "validation"},
    run=run,
    condition=Axis("number of candidates", (2, 10, 40), at=10, log=True),
)

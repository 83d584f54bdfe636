"""Rates that are numbers in the code: what decides them otherwise, and what counts as looking for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evaluate.program import Evaluate

DIGITS = """
    import argparse, os, sys
    from dataclasses import dataclass
    from sklearn.datasets import load_digits
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float)
    parser.add_argument("--large", action="store_true")
    args = parser.parse_args()
    x, y = load_digits(return_X_y=True)
    x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
    net = nn.Linear(64, 10)
    criterion = nn.CrossEntropyLoss()
"""
TRAINING = """
    for epoch in range(30):
        for i in torch.randperm(1000).split(50):
            optimizer.zero_grad()
            criterion(net(x[i]), y[i]).backward()
            optimizer.step()
"""
MADE = "    optimizer = optim.SGD(net.parameters(), lr=0.001)\n"


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    return Evaluate(tmp_path)


@pytest.mark.parametrize(
    "code",
    [
        "optimizer = optim.SGD(net.parameters(), lr=0.001)",
        "optimizer = optim.SGD(net.parameters(), 1e-3)",
        "optimizer = optim.SGD(net.parameters(), lr=0.0001, momentum=0.9)",
        "optimizer = optim.SGD(net.parameters(), lr=0.2, momentum=0.9)",
        "optimizer = optim.Adam(net.parameters(), lr=0.1)",
        "optimizer = optim.AdamW(net.parameters(), lr=1e-6)",
        "rate = 0.001\n    optimizer = optim.SGD([{'params': net.parameters()}], lr=rate)",
    ],
)
def test_an_unusual_number_is_reported(evaluate: Evaluate, code: str) -> None:
    assert "BP201" in evaluate(DIGITS + f"    {code}\n" + TRAINING).advice


@pytest.mark.parametrize(
    "code",
    [
        "optimizer = optim.SGD(net.parameters(), lr=0.01)",
        "optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)",
        "optimizer = optim.SGD(net.parameters(), lr=0.001, momentum=0.9)",
        "optimizer = optim.SGD(net.parameters())",
        "optimizer = optim.Adam(net.parameters(), lr=0.001)",
        "optimizer = optim.Adam(net.parameters(), lr=0.01)",
        "optimizer = optim.Adadelta(net.parameters(), lr=0.1)",
        "optimizer = optim.SGD(net.parameters(), lr=0.001, momentum=unknown())",
        "optimizer = optim.LBFGS(net.parameters(), lr=0.001)",
    ],
)
def test_a_documented_number_is_not(evaluate: Evaluate, code: str) -> None:
    assert "BP201" not in evaluate(DIGITS + f"    {code}\n" + TRAINING).advice


@pytest.mark.parametrize(
    "code",
    [
        "optimizer = optim.SGD(net.parameters(), lr=args.lr or 0.001)",
        "optimizer = optim.SGD(net.parameters(), lr=args.lr if args.lr else 0.001)",
        "optimizer = optim.SGD(net.parameters(), lr=1 if args.large else 0.001)",
        "rate = 0.001\n    if args.lr is not None:\n        rate = args.lr\n    optimizer = optim.SGD(net.parameters(), lr=rate)",
        "optimizer = optim.SGD(net.parameters(), lr=float(os.environ.get('LR', 0.001)))",
        "optimizer = optim.SGD(net.parameters(), lr=float(os.environ.get('LR', '0.001')))",
        "optimizer = optim.SGD(net.parameters(), lr=float(sys.argv[1]) if len(sys.argv) > 1 else 0.001)",
        "optimizer = optim.SGD(net.parameters(), lr=0.01 * 16 / 256)",
        "optimizer = optim.SGD(net.parameters(), lr=unknown(0.001))",
        "@dataclass\n    class Plan:\n        rate: float = 0.001\n    optimizer = optim.SGD(net.parameters(), lr=Plan().rate)",
        "def made(rate=0.001):\n        return optim.SGD(net.parameters(), lr=rate)\n    optimizer = made()",
        "plan = {'rate': 0.001}\n    optimizer = optim.SGD(net.parameters(), lr=plan['rate'])",
    ],
)
def test_what_else_decides(evaluate: Evaluate, code: str) -> None:
    assert "BP201" not in evaluate(DIGITS + f"    {code}\n" + TRAINING).advice


def test_a_module_of_settings_decides(evaluate: Evaluate) -> None:
    code = "    from settings import RATE\n    optimizer = optim.SGD(net.parameters(), lr=RATE)\n"
    assert "BP201" not in evaluate(DIGITS + code + TRAINING, settings="RATE = 0.001\n").advice


@pytest.mark.parametrize(
    "code",
    [
        "scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=600)",
        "for group in optimizer.param_groups: group['lr'] = unknown()",
        "criterion = nn.CrossEntropyLoss(reduction='sum')",
        "net.load_state_dict(torch.load('weights.pt'))",
        "x = torch.randn(1000, 64); y = torch.randint(10, (1000,))",
    ],
)
def test_what_makes_a_small_rate_right(evaluate: Evaluate, code: str) -> None:
    stepped = TRAINING + ("            scheduler.step()\n" if "scheduler" in code else "")
    assert "BP201" not in evaluate(DIGITS + MADE + f"    {code}\n" + stepped).advice


def test_clipped_gradients_allow_large_steps(evaluate: Evaluate) -> None:
    clipped = TRAINING.replace("optimizer.step()", "nn.utils.clip_grad_norm_(net.parameters(), 1.0); optimizer.step()")
    made = MADE.replace("0.001", "20")
    assert "BP201" in evaluate(DIGITS + made + TRAINING).advice
    assert "BP201" not in evaluate(DIGITS + made + clipped).advice


@pytest.mark.parametrize(
    "code",
    [
        "from torch_lr_finder import LRFinder\n"
        "finder = LRFinder(net, optimizer, F.cross_entropy)\nfinder.range_test(loader)\nfinder.reset()",
        "from ignite.handlers import FastaiLRFinder\n"
        "with FastaiLRFinder().attach(trainer, to_save={}) as t:\n    t.run(loader)",
        "from lightning.pytorch.tuner import Tuner\nTuner(trainer).lr_find(net)",
        "from fastai.vision.all import *\nlearn = Learner(dls, net)\nlearn.lr_find()",
    ],
)
def test_range_tests_of_libraries(evaluate: Evaluate, code: str) -> None:
    before = "net = nn.Linear(64, 10)\noptimizer = optim.SGD(net.parameters(), lr=0.001)\n"
    assert len(evaluate(before + code + "\n").of_kind("rate-search")) == 1


def test_a_range_test_of_a_library_leaves_the_network_as_it_is(evaluate: Evaluate) -> None:
    finder = "    from torch_lr_finder import LRFinder\n    LRFinder(net, optimizer, criterion).range_test(x)\n"
    program = evaluate(DIGITS + MADE + finder + TRAINING)
    assert not program.optimizers[0].escaped()
    assert "BP201" not in program.advice


def test_a_sweep_beside_the_script_counts(evaluate: Evaluate, tmp_path: Path) -> None:
    assert "BP201" in evaluate(DIGITS + MADE + TRAINING).advice
    (tmp_path / "search.py").write_text("def objective(trial):\n    return trial.suggest_float('lr', 1e-4, 1)\n")
    assert "BP201" not in evaluate(DIGITS + MADE + TRAINING).advice


def test_rates_that_are_tried_one_after_the_other(evaluate: Evaluate) -> None:
    code = """
    def train(rate):
        net = nn.Linear(64, 10)
        optimizer = optim.SGD(net.parameters(), lr=rate)
        for epoch in range(30):
            optimizer.zero_grad()
            criterion(net(x[:1000]), y[:1000]).backward()
            optimizer.step()
    train(0.001)
"""
    assert "BP201" in evaluate(DIGITS + code).advice
    assert "BP201" not in evaluate(DIGITS + code + "    train(0.0001)\n").advice
    assert "BP201" not in evaluate(DIGITS + code.replace("train(0.001)", "for r in (2, 3): train(r)")).advice

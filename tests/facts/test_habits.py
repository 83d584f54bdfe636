"""Habits of a training: how its rate falls, what is looked at of its predictions, in which order its samples come."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest
from bpcheck.facts.decay import decays

from tests.evaluate.program import Evaluate

DIGITS = """
    from sklearn.datasets import load_digits
    from sklearn.metrics import accuracy_score, confusion_matrix, f1_score
    x, y = load_digits(return_X_y=True)
    x, y = torch.tensor(x), torch.tensor(y)
    net = nn.Linear(64, 10)
    rate = 0.1
    optimizer = optim.SGD(net.parameters(), lr=rate)
"""
RATES = """
    for epoch in range(30):
        {}
        F.cross_entropy(net(x[:1000]), y[:1000]).backward()
        optimizer.step()
        loss = F.cross_entropy(net(x[1000:]), y[1000:]).item()
"""
LOOKS = """
    for epoch in range(30):
        optimizer.zero_grad()
        F.cross_entropy(net(x[:1000]), y[:1000]).backward()
        optimizer.step()
    net.eval()
    labels = y[1000:]
    with torch.no_grad():
        guess = net(x[1000:]).argmax(1)
    print((guess == labels).float().mean().item())
"""


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    return Evaluate(tmp_path)


@pytest.mark.parametrize(
    ("code", "shape"),
    [
        ("optimizer.param_groups[0]['lr'] = rate * 0.1 ** (epoch // 10)", "steps"),
        ("optimizer.param_groups[0]['lr'] = rate * 0.1 ** int(epoch / 10)", "steps"),
        ("optimizer.param_groups[0]['lr'] = rate * 0.9 ** epoch", "power"),
        ("optimizer.param_groups[0]['lr'] *= 0.9", "power"),
        ("if epoch in (10, 20):\n    optimizer.param_groups[0]['lr'] *= 0.1", "steps"),
        ("if epoch % 10 == 9:\n    rate /= 3\n    optimizer.param_groups[0]['lr'] = rate", "steps"),
        ("optimizer.param_groups[0]['lr'] = rate * (1 - epoch / 30)", None),
        ("optimizer.param_groups[0]['lr'] = rate * 2 ** (epoch // 10)", None),
        ("if epoch and loss > 1:\n    optimizer.param_groups[0]['lr'] *= 0.1", None),
        ("optimizer.param_groups[0]['lr'] = rate * unknown(epoch)", None),
    ],
)
def test_a_rate_that_falls_by_hand(evaluate: Evaluate, code: str, shape: str | None) -> None:
    program = evaluate(DIGITS + RATES.format(indent(code, " " * 8).strip()))
    assert [decay.shape for decay in decays(program)] == ([shape] if shape else [])


@pytest.mark.parametrize(
    "code",
    [
        "",
        "print(accuracy_score(labels, guess))",
        "print(f1_score(labels, guess, average='macro'))",
        "best = max(0.0, (guess == labels).float().mean().item())\n    print(f'{best:.2f}')",
        "print((guess == labels).sum() / 797)",
    ],
)
def test_numbers_for_all_samples_show_none(evaluate: Evaluate, code: str) -> None:
    assert "BP112" in evaluate(DIGITS + LOOKS + f"\n    {code}\n").advice


@pytest.mark.parametrize(
    "code",
    [
        "print(confusion_matrix(labels, guess))",
        "print(f1_score(labels, guess, average=None))",
        "print(guess[:10])",
        "print(x[1000:][guess != labels].mean(0))",
        "print(f'{guess[0].item()}')",
        "print('{}'.format(guess[0].item()))",
        "torch.save(guess, 'guesses.pt')",
        "for digit in range(10): print(digit, (guess[labels == digit] == digit).float().mean())",
        "worst = F.cross_entropy(net(x[1000:]), labels, reduction='none').topk(5)",
        "unknown(guess)",
    ],
)
def test_predictions_that_are_looked_at(evaluate: Evaluate, code: str) -> None:
    assert "BP112" not in evaluate(DIGITS + LOOKS + f"\n    {code}\n").advice

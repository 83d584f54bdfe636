"""What is remembered of calls changes how long an evaluation takes, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bpcheck.evaluate import memo, modules, store
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.store import Store
from bpcheck.evaluate.values import Obj, Site, Tensor, Value
from bpcheck.programs import entry_program
from bpcheck.project import Project

from .program import Evaluate

PROGRAMS = Path(__file__).parents[2] / "fixtures" / "programs"
BLOCKS = """
class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Linear(width, width)
        self.scale = 1

    def forward(self, x):
        return x + F.dropout(self.inner(x), 0.1, self.training) * self.scale


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block(8) for _ in range(6)])
        self.head = nn.Linear(8, 2)

    def forward(self, x, y=None):
        for block in self.blocks:
            x = block(x)
        x = self.head(x)
        return x if y is None else F.cross_entropy(x, y)


net = Net()
"""


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The classes of the networks whose ``forward`` was evaluated, one entry each time."""
    found: list[str] = []
    real = modules._run

    def counted(
        ev: Evaluator, module: Obj, args: list[Value], kwargs: dict[str, Value], site: Site, method: str
    ) -> Value:
        found.append(module.label)
        return real(ev, module, args, kwargs, site, method)

    monkeypatch.setattr(modules, "_run", counted)
    return found


def test_equal_blocks_are_evaluated_once(evaluate: Evaluate, ran: list[str]) -> None:
    run = evaluate(BLOCKS, "out = net(torch.ones(1, 8))\n")
    assert ran.count("Block") == 2  # the first, which no other feeds, and the second for all the rest
    assert run.tensor("out").grad is True


def test_what_runs_in_a_block_is_noted_on_each(evaluate: Evaluate) -> None:
    run = evaluate(BLOCKS, "net(torch.ones(1, 8))\n")
    blocks = [part for part in modules.descendants(run.module("net")) if part.label == "Block"]
    assert len(blocks) == 6
    assert all(block.state["functional-dropout"] == "mode" for block in blocks)
    assert all(block.attrs["inner"].state["used"] for block in blocks)  # type: ignore[union-attr]


def test_each_block_is_told_apart_in_what_it_feeds(evaluate: Evaluate) -> None:
    run = evaluate(BLOCKS, "out = net(torch.ones(1, 8))\n")
    assert [model.label for model in run.tensor("out").models].count("Block") == 6


@pytest.mark.parametrize(
    "change",
    [
        "net.blocks[1].scale = 2",
        "net.blocks[1].inner = nn.Sequential(nn.Linear(8, 8), nn.ReLU())",
        "net.blocks[1].eval()",
        "net.blocks[1].inner.weight.requires_grad_(False)",
    ],
)
def test_a_block_that_is_changed_is_evaluated(evaluate: Evaluate, ran: list[str], change: str) -> None:
    evaluate(BLOCKS, f"x = torch.ones(1, 8)\nnet(x)\n{change}\nnet(x)\n")
    assert ran.count("Block") == 3


def test_a_pass_is_evaluated_once_for_each_mode(evaluate: Evaluate, ran: list[str]) -> None:
    run = evaluate(
        BLOCKS,
        "x = torch.ones(1, 8)\nfor epoch in range(epochs):\n    net.train()\n    net(x)\n    net.eval()\n    net(x)\n",
    )
    assert run.modes == ["train", "eval", "train", "eval"]
    assert ran.count("Net") == 2


def test_a_loss_inside_a_network_happens_each_time(evaluate: Evaluate, ran: list[str]) -> None:
    run = evaluate(
        BLOCKS, "x, y = torch.ones(1, 8), torch.ones(1)\nfor epoch in range(epochs):\n    loss = net(x, y)\n"
    )
    assert ran.count("Net") == 1
    assert len(run.of_kind("loss")) == 2
    assert [loop[-1][1] for loop in (event.loops for event in run.of_kind("loss"))] == [0, 1]


def test_a_name_that_means_something_else_is_read_anew(evaluate: Evaluate) -> None:
    run = evaluate(
        "class Net(nn.Module):\n    def forward(self, x):\n        return last(x)\n",
        "net = Net()\nx = torch.ones(1)\nlast = torch.sigmoid\na = net(x)\nlast = torch.relu\nb = net(x)\n",
    )
    assert (run.tensor("a").kind, run.tensor("b").kind) == ("sigmoid", "relu")


def test_whoever_gets_a_list_may_change_it(evaluate: Evaluate) -> None:
    run = evaluate(
        "def pair(x):\n    return [x, 1]\n",
        "a = pair(2)\na.append(3)\nb = pair(2)\n",
    )
    assert (run.plain("a"), run.plain("b")) == ([2, 1, 3], [2, 1])


def test_a_call_that_changes_something_happens_each_time(evaluate: Evaluate) -> None:
    run = evaluate(
        "seen = []\ndef note(x):\n    seen.append(x)\n    return x\n",
        "note(1)\nnote(1)\n",
    )
    assert run.plain("seen") == [1, 1]


def stream(file: Path) -> Iterator[str]:
    """What happens in a program, in words that are the same for each evaluation of it."""
    program = entry_program(Project.around([file], file.parent), file)
    for event in program.events:
        subject = getattr(event.subject, "label", type(event.subject).__name__)
        data = {name: _in_words(value) for name, value in event.data.items()}
        turns = [turn for _, turn in event.loops]
        yield f"{event.kind} {subject} {getattr(event.site.node, 'lineno', 0)} {turns} {len(event.stack)} {event.grad} {data}"
    for network in dict.fromkeys(event.subject for event in program.of_kind("forward")):
        if isinstance(network, Obj):
            for part in modules.descendants(network):
                yield f"{part.label} {sorted((key, _in_words(note)) for key, note in part.state.items())}"
    yield from (why for why, _ in program.evaluator.gaps)


def _in_words(value: object) -> str:
    if isinstance(value, Tensor):
        steps = [name for name, _ in value.steps]
        return f"{value.kind} {value.grad} {len(value.models)} {len(value.origins)} {len(value.passes)} {steps}"
    if isinstance(value, (list, tuple)):
        return str([_in_words(part) for part in value])
    return repr(value) if isinstance(value, (str, bool)) else type(value).__name__


@pytest.mark.parametrize("name", sorted(path.parent.name for path in PROGRAMS.glob("*/train.py")))
def test_nothing_else_is_different(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = PROGRAMS / name / "train.py"
    # A state that one arm alone notes is unknown, save for what that arm made itself, which only the barrier can tell.
    monkeypatch.setattr(store, "_STATES", frozenset())
    quick = list(stream(file))

    def always(ev: Evaluator, key: object, call: object, run: Callable[[], Value]) -> Value:
        return run()

    def mark(self: Store) -> int:
        self.barrier = 1 << 62
        return len(self.journal)

    monkeypatch.setattr(memo, "remembered", always)
    monkeypatch.setattr(Store, "mark", mark)
    assert sorted(quick) == sorted(stream(file))
    assert [line for line in quick if line.startswith(("forward", "loss", "step", "mode"))] == [
        line for line in stream(file) if line.startswith(("forward", "loss", "step", "mode"))
    ]


def test_a_part_that_is_added_later_is_one(evaluate: Evaluate) -> None:
    program = evaluate("""
        class Net(nn.Module):
            def forward(self, x):
                return self.head(x)

        def make():
            net = Net()
            net.eval()
            net.head = nn.Dropout(0.5)
            net.eval()
            return net

        net = make()
        net(torch.randn(2, 3))
    """)
    inner = [modules.mode_of(each) for each in modules.descendants(program.module("net"))]
    assert inner == ["eval", "eval"]

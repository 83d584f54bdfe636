"""What programs ask of values, and what small helpers of libraries give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bpcheck.programs import entry_program
from bpcheck.project import Project

from .program import Evaluate, origins

MADE = """
    import numpy as np
    from collections.abc import Iterable, Mapping, Sequence
    net = nn.Linear(2, 2)
    optimizer = optim.SGD(net.parameters(), lr=1)
    plateau = optim.lr_scheduler.ReduceLROnPlateau(optimizer)
    cosine = optim.lr_scheduler.CosineAnnealingLR(optimizer, 3)
    loss = F.mse_loss(net(torch.ones(2)), torch.ones(2))
    class Own(nn.Module):
        def reset(self):
            pass
    own = Own()
"""


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("isinstance([1], (list, tuple))", True),
        ("isinstance({'a': 1}, dict)", True),
        ("isinstance({'a': 1}, Mapping)", True),
        ("isinstance([1], Mapping)", False),
        ("isinstance((1, 2), Sequence)", True),
        ("isinstance({'a': 1}, Sequence)", False),
        ("isinstance([1], Iterable)", True),
        ("isinstance([net], nn.Module)", False),
        ("isinstance([optimizer], optim.Optimizer)", False),
        ("isinstance(optimizer, optim.Optimizer)", True),
        ("isinstance(optimizer, torch.optim.optimizer.Optimizer)", True),
        ("isinstance(optimizer, (list, tuple))", False),
        ("isinstance(optimizer, optim.lr_scheduler.LRScheduler)", False),
        ("isinstance(cosine, optim.lr_scheduler.LRScheduler)", True),
        ("isinstance(plateau, optim.lr_scheduler.ReduceLROnPlateau)", True),
        ("isinstance(cosine, optim.lr_scheduler.ReduceLROnPlateau)", False),
        ("isinstance(loss, dict)", False),
        ("isinstance(nn.NLLLoss(), nn.CrossEntropyLoss)", False),
        ("isinstance(nn.NLLLoss(), nn.NLLLoss)", True),
        ("isinstance(1, int)", True),
        ("isinstance(1, np.ndarray)", False),
        ("isinstance(loss.item(), np.ndarray)", False),
        ("isinstance(loss.item(), slice)", False),
        ("isinstance(slice(1e-5, 1e-3), slice)", True),
        ("isinstance(slice(loss.item()), slice)", True),
        ("isinstance(net, type)", False),
        ("isinstance(nn.Linear, type)", ...),
        ("hasattr(own, 'reset')", True),
        ("hasattr(own, 'other')", False),
        ("hasattr(net, 'reset')", ...),
        ("isinstance(net(torch.ones(2)), somelibrary.Output)", ...),
    ],
)
def test_isinstance(evaluate: Evaluate, question: str, answer: Any) -> None:
    assert evaluate(MADE, f"    import somelibrary\n    answer = {question}").plain("answer") is answer


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("slice(1e-5, 1e-3).start", 1e-5),
        ("slice(1e-3).stop", 1e-3),
        ("slice(1e-3).start", None),
        ("slice(loss.item(), 3).stop", 3),
        ("slice(loss.item()).stop", ...),
        ("[1, 2, 3, 4][slice(1, 3)]", [2, 3]),
    ],
)
def test_slices(evaluate: Evaluate, expression: str, value: Any) -> None:
    assert evaluate(MADE, f"    answer = {expression}").plain("answer") == value


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Path('a/b.yaml').parent / 'c.yaml'", "a/c.yaml"),
        ("Path('a', 'b').joinpath('c', 'd.json')", "a/b/c/d.json"),
        ("Path('a/b.yaml').name", "b.yaml"),
        ("Path('a/b.yaml').stem", "b"),
        ("Path('a/b.yaml').suffix", ".yaml"),
        ("Path('a/b.yaml').with_suffix('.json')", "a/b.json"),
        ("Path('a/b.yaml').with_name('c.toml')", "a/c.toml"),
        ("Path('a/b.yaml').resolve().parent.parent", "."),
        ("Path(os.path.dirname('a/b.py'), 'c')", "a/c"),
        ("os.path.join(os.path.abspath('a'), 'b')", "a/b"),
    ],
)
def test_parts_of_paths(evaluate: Evaluate, path: str, text: str) -> None:
    program = evaluate(f"    import os\n    from pathlib import Path\n    path = {path}")
    assert program.plain("path") == text


@pytest.mark.parametrize("call", ["normal(size=(3,))", "random((3, 4))", "integers(0, 10, 5)", "standard_normal(3)"])
def test_generators_of_random_numbers_make_data_up(evaluate: Evaluate, call: str) -> None:
    program = evaluate(f"    import numpy as np\n    x = torch.tensor(np.random.default_rng(0).{call})")
    assert origins(program.variable("x"))
    assert all(origin.synthetic for origin in origins(program.variable("x")))


def test_weights_that_are_copied_from_a_pretrained_network_are_pretrained(evaluate: Evaluate) -> None:
    program = evaluate(
        """
        from torchvision.models import resnet18
        def build(pretrained):
            net = nn.Sequential(nn.Linear(2, 2))
            theirs = resnet18(weights="DEFAULT" if pretrained else None).state_dict()
            own = net.state_dict()
            for key in theirs:
                own[key].copy_(theirs[key])
            return net
        copied, fresh = build(True), build(False)
        loaded = nn.Linear(2, 2)
        loaded.load_state_dict(resnet18(weights="DEFAULT").state_dict(), strict=False)
        """
    )
    assert program.module("copied").state.get("pretrained") is True
    assert program.module("loaded").state.get("pretrained") is True
    assert not program.module("fresh").state.get("pretrained")


@pytest.mark.parametrize(
    ("name", "text", "closed"),
    [
        ("test_training.py", "assert 1 + 1 == 2\n", False),
        ("training_test.py", "import pytest\n", False),
        ("test_set.py", "print('scores of the test set')\n", True),
        ("test.py", "assert 1 + 1 == 2\n", True),
        ("train.py", "assert 1 + 1 == 2\n", True),
    ],
)
def test_nothing_is_called_absent_in_a_test(tmp_path: Path, name: str, text: str, closed: bool) -> None:
    (tmp_path / name).write_text(f"import torch\n{text}", encoding="utf-8")
    assert entry_program(Project(tmp_path, tmp_path), tmp_path / name).closed is closed


@pytest.mark.parametrize(
    "body",
    [
        "__getattr__ = dict.__getitem__",
        "def __getattr__(self, name):\n        return self[name]",
        "def __init__(self, **given):\n        super().__init__(given)\n        self.__dict__ = self",
    ],
)
def test_the_entries_of_an_own_dictionary_are_its_attributes(evaluate: Evaluate, body: str) -> None:
    program = evaluate(f"class Output(dict):\n    {body}\nloss = Output(loss=3).loss\nentry = Output(loss=3)['loss']")
    assert (program.plain("loss"), program.plain("entry")) == (3, 3)


def test_a_network_that_is_made_by_name_is_that_network(evaluate: Evaluate) -> None:
    program = evaluate(
        """
        from torchvision.models import get_model
        named, other = get_model("resnet18", weights="DEFAULT"), get_model(unknown)
        """
    )
    assert program.module("named").name == "torchvision.models.resnet18"
    assert program.module("named").state["pretrained"] is True
    assert program.module("other").name == "torchvision.models.get_model"


def test_an_own_dictionary_that_a_network_returns_is_its_output(evaluate: Evaluate) -> None:
    program = evaluate(
        """
        class Output(dict):
            __getattr__ = dict.__getitem__
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.head = nn.Linear(4, 2)
            def forward(self, x):
                return Output(logits=self.head(x))
        net = Net()
        logits = net(torch.ones(4)).logits
        """
    )
    assert [model.label for model in program.tensor("logits").models] == ["Net"]

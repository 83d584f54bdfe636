"""C10: which weights a network starts from, which of them are frozen, and whether train() and eval() change what it does."""

from __future__ import annotations

import pytest
from bpcheck.evaluate.values import Obj
from bpcheck.facts.models import frozen, mode_effect

from .program import Evaluate


@pytest.mark.parametrize(
    "weights", ["pretrained=True", "weights='IMAGENET1K_V1'", "weights=models.ResNet18_Weights.DEFAULT"]
)
def test_pretrained_weights(evaluate: Evaluate, weights: str) -> None:
    run = evaluate(f"from torchvision import models\nnet = models.resnet18({weights})\n")
    assert run.module("net").state["pretrained"] is True
    assert run.subjects("pretrained") == ["resnet18"]


@pytest.mark.parametrize("weights", ["", "pretrained=False", "weights=None"])
def test_weights_from_scratch(evaluate: Evaluate, weights: str) -> None:
    run = evaluate(f"from torchvision import models\nnet = models.resnet18({weights})\n")
    assert run.module("net").state["pretrained"] is False
    assert run.order("pretrained") == []


@pytest.mark.parametrize(
    ("layer", "effect"),
    [
        pytest.param("nn.BatchNorm2d(8)", True, id="batch norm"),
        pytest.param("nn.BatchNorm2d(8, track_running_stats=False)", False, id="batch norm without statistics"),
        pytest.param("nn.Dropout(0.5)", True, id="dropout"),
        pytest.param("nn.Dropout(0)", False, id="dropout of nothing"),
        pytest.param("nn.LSTM(8, 8, 2, dropout=0.5)", True, id="dropout between two recurrent layers"),
        pytest.param("nn.LSTM(8, 8, dropout=0.5)", False, id="dropout after the only recurrent layer"),
        pytest.param("nn.TransformerEncoderLayer(8, 2)", True, id="an encoder layer drops out by default"),
        pytest.param("nn.LayerNorm(8)", False, id="layer norm"),
    ],
)
def test_whether_train_and_eval_make_a_difference(evaluate: Evaluate, layer: str, effect: bool) -> None:
    run = evaluate(f"net = nn.Sequential(nn.Linear(8, 8), {layer})\n")
    assert mode_effect(run.module("net"))[0] is effect


@pytest.mark.parametrize(
    ("dropout", "effect"),
    [
        pytest.param("F.dropout(x, 0.5, self.training)", True, id="told the mode"),
        pytest.param("F.dropout(x, p=0.5, training=self.training)", True, id="told the mode by name"),
        pytest.param("F.dropout(x)", False, id="always on"),
        pytest.param("F.dropout(x, 0.0, self.training)", False, id="of nothing"),
    ],
)
def test_functional_dropout(evaluate: Evaluate, dropout: str, effect: bool) -> None:
    run = evaluate(f"""
        class Net(nn.Module):
            def forward(self, x):
                return {dropout}
        net = Net()
        net(torch.ones(4))
    """)
    assert mode_effect(run.module("net"))[0] is effect


def test_of_a_library_network_the_difference_is_in_the_table(evaluate: Evaluate) -> None:
    run = evaluate("from torchvision import models\na, b = models.resnet18(), models.squeezenet1_1()\n")
    assert mode_effect(run.module("a"))[0] is True


def test_a_dropout_that_depends_on_the_number_of_layers(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Net(nn.Module):
            def __init__(self, n, p=0.5):
                super().__init__()
                self.rnn = nn.GRU(8, 8, n, dropout=0 if n < 2 else p)
        one, two = Net(1), Net(2)
    """)
    assert mode_effect(run.module("one"))[0] is False
    assert mode_effect(run.module("two"))[0] is True


@pytest.mark.parametrize(
    ("freeze", "state"),
    [
        pytest.param("", "none", id="nothing"),
        pytest.param("for p in net.parameters():\n    p.requires_grad = False", "all", id="a loop over the parameters"),
        pytest.param("for n, p in net.named_parameters():\n    p.requires_grad_(False)", "all", id="requires_grad_"),
        pytest.param("net.requires_grad_(False)", "all", id="requires_grad_ of the network"),
        pytest.param(
            "for p in net.parameters():\n    p.requires_grad = False\nnet.fc.requires_grad_(True)",
            "part",
            id="all but the head",
        ),
        pytest.param(
            "for n, p in net.named_parameters():\n    if n.startswith('body'):\n        p.requires_grad = False",
            "part",
            id="by name",
        ),
        pytest.param(
            "def freeze(m, flag):\n    for p in m.parameters():\n        p.requires_grad = not flag\nfreeze(net, True)",
            "all",
            id="by a function with a flag",
        ),
        pytest.param(
            "def freeze(m, flag):\n    for p in m.parameters():\n        p.requires_grad = not flag\nfreeze(net, False)",
            "none",
            id="by a flag that says no",
        ),
        pytest.param("for p in net.body.parameters():\n    p.requires_grad = False", "part", id="one part"),
        pytest.param(
            "for part in net.children():\n    for p in part.parameters():\n        p.requires_grad = False",
            "all",
            id="child by child",
        ),
    ],
)
def test_freezing(evaluate: Evaluate, freeze: str, state: str) -> None:
    run = evaluate(
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body, self.fc = nn.Linear(4, 4), nn.Linear(4, 2)
            def forward(self, x):
                return self.fc(self.body(x))
        net = Net()
        """,
        freeze + "\n",
    )
    assert frozen(run.module("net")) == state


def test_a_method_that_freezes_one_part(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body, self.fc = nn.Linear(4, 4), nn.Linear(4, 2)
            def freeze(self, on=True):
                for p in self.body.parameters():
                    p.requires_grad = not on
        net = Net()
        net.freeze()
    """)
    net = run.module("net")
    body, fc = net.attrs["body"], net.attrs["fc"]
    assert isinstance(body, Obj)
    assert isinstance(fc, Obj)
    assert (frozen(body), frozen(fc)) == ("all", "none")


def test_the_layers_of_a_librarys_network_are_that_network(evaluate: Evaluate) -> None:
    program = evaluate(
        """
        from torchvision.models import resnet18
        theirs = resnet18(weights="DEFAULT")
        theirs.conv1 = nn.Conv2d(1, 64, 7)
        body = nn.Sequential(*list(theirs.children())[:-1])
        head = nn.Sequential(*list(theirs.children())[-1:])
        for child in theirs.children():
            for weight in child.parameters():
                weight.requires_grad = False
        """
    )
    assert mode_effect(program.module("body"))[0] is True
    assert mode_effect(program.module("head"))[0] is None
    assert frozen(program.module("body")) == "all"


@pytest.mark.parametrize("made", ["new_zeros(2, 3)", "new(2, 3).zero_()", "data.new_ones(2)"])
def test_a_tensor_like_a_weight_is_none(evaluate: Evaluate, made: str) -> None:
    program = evaluate(f"net = nn.LSTM(3, 4)\nstate = next(net.parameters()).{made}\nunseen(state)\n")
    assert [origin.key for origin in program.tensor("state").origins] == ["torch.zeros"]
    assert program.subjects("escape") == []

"""C7: at every forward pass it is known in which mode each network is, and whether gradients are recorded."""

from __future__ import annotations

import pytest
from bpcheck.evaluate.modules import mode_of
from bpcheck.evaluate.values import Obj

from .program import Evaluate

NET = """
    net, x = nn.Sequential(nn.Linear(4, 2), nn.Dropout(0.5)), torch.ones(4)
"""
PASS = "out = net(x)\n"


@pytest.mark.parametrize(
    ("code", "mode"),
    [
        pytest.param("", "train", id="as it is made"),
        pytest.param("net.train()", "train", id="train"),
        pytest.param("net.eval()", "eval", id="eval"),
        pytest.param("net.train(False)", "eval", id="train(False)"),
        pytest.param("net.train(True)", "train", id="train(True)"),
        pytest.param("net.train(mode=False)", "eval", id="train by the name of its argument"),
        pytest.param("phase = 'val'\nnet.train(phase == 'train')", "eval", id="train of a comparison"),
        pytest.param("net.training = False", "eval", id="the flag itself"),
        pytest.param("net = net.to('cpu').eval()", "eval", id="chained"),
        pytest.param("net.eval()\nnet.train()", "train", id="the last one counts"),
        pytest.param("net.eval().train()", "train", id="the last one of a chain"),
        pytest.param("def prepare(m): m.eval()\nprepare(net)", "eval", id="in a function"),
        pytest.param(
            "def prepare(m=net): return m.eval()\nnet = prepare()", "eval", id="in a function that returns it"
        ),
        pytest.param("for m in [net]: m.eval()", "eval", id="in a loop over networks"),
        pytest.param("[m.eval() for m in (net,)]", "eval", id="in a comprehension"),
        pytest.param("class P:\n    def __init__(self, m): self.m = m.eval()\nP(net)", "eval", id="in a constructor"),
        pytest.param("wrapped = nn.DataParallel(net)\nwrapped.eval()", "eval", id="of a wrapper"),
        pytest.param("wrapped = nn.DataParallel(net)\nwrapped.module.eval()", "eval", id="of what a wrapper holds"),
        pytest.param("getattr(net, 'eval')()", "eval", id="by its name"),
        pytest.param("whole = nn.Sequential(net, nn.ReLU())\nwhole.eval()", "eval", id="of the network that holds it"),
        pytest.param("nn.Linear(4, 2).eval()", "train", id="of another network"),
    ],
)
def test_the_mode_of_a_network(evaluate: Evaluate, code: str, mode: str) -> None:
    run = evaluate(NET, code + "\n" + PASS)
    assert run.modes == [mode]


def test_children_can_be_set_one_by_one(evaluate: Evaluate) -> None:
    run = evaluate(NET, "net.train()\nnet[1].eval()\n")
    assert [mode_of(part) for part in run.module("net").state["children"]] == ["train", "eval"]
    assert mode_of(run.module("net")) == "train"


def test_train_reaches_all_that_a_network_holds(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.parts = nn.ModuleList([nn.Sequential(nn.Dropout())])
            def forward(self, x):
                return self.parts[0](x)
        net = Net()
        net.eval()
        inner = net.parts[0][0]
    """)
    assert mode_of(run.module("inner")) == "eval"


def test_an_overridden_train_is_called(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body, self.head = nn.BatchNorm1d(4), nn.Linear(4, 2)
            def forward(self, x):
                return self.head(self.body(x))
            def train(self, mode=True):
                super().train(mode)
                self.body.eval()
                return self
        net = Net()
        net.train()
        body, head = net.body, net.head
    """)
    assert mode_of(run.module("body")) == "eval"
    assert mode_of(run.module("head")) == "train"


def test_the_flag_decides_branches_inside_the_network(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 2)
            def forward(self, x):
                x = self.fc(x)
                if not self.training:
                    x = torch.softmax(x, 1)
                return x
        net = Net()
        trained = net(torch.ones(4))
        net.eval()
        asked = net(torch.ones(4))
    """)
    assert run.tensor("trained").kind == "raw"
    assert run.tensor("asked").kind == "softmax"
    assert run.skipped == []


def test_a_copy_has_a_mode_of_its_own(evaluate: Evaluate) -> None:
    run = evaluate(NET, "import copy\nnet.eval()\ntwin = copy.deepcopy(net)\nnet.train()\n", PASS, "twin(x)\n")
    assert run.modes == ["train", "eval"]


def test_of_two_networks_only_one_is_switched(evaluate: Evaluate) -> None:
    run = evaluate(NET, "other = nn.Linear(4, 2)\nother.eval()\nother(x)\n", PASS)
    assert run.modes == ["eval", "train"]


@pytest.mark.parametrize(
    ("where", "modes"),
    [
        pytest.param("before", ["train", "train", "eval", "eval", "train", "train", "eval", "eval"], id="each epoch"),
        pytest.param("outside", ["train", "train", "eval", "eval", "eval", "eval", "eval", "eval"], id="once"),
        pytest.param("after", ["train", "train", "eval", "eval", "train", "train", "eval", "eval"], id="put back"),
        pytest.param("batch", ["train", "train", "eval", "eval", "train", "train", "eval", "eval"], id="each batch"),
    ],
)
def test_the_mode_goes_round_the_loop(evaluate: Evaluate, where: str, modes: list[str]) -> None:
    run = evaluate(
        NET,
        f"""
        optimizer = optim.SGD(net.parameters(), lr=0.1)
        loader, held_out = DataLoader(datasets.MNIST("d")), DataLoader(datasets.MNIST("d", train=False))
        {"net.train()" if where == "outside" else ""}
        for epoch in range(5):
            {"net.train()" if where == "before" else ""}
            for x, y in loader:
                {"net.train()" if where == "batch" else ""}
                optimizer.zero_grad()
                F.cross_entropy(net(x), y).backward()
                optimizer.step()
            net.eval()
            for x, y in held_out:
                net(x)
            {"net.train()" if where == "after" else ""}
        """,
    )
    assert run.modes == modes


def test_eval_after_the_last_epoch_leaves_the_training_alone(evaluate: Evaluate) -> None:
    run = evaluate(NET, "for epoch in range(3):\n    net(x).mean().backward()\nnet.eval()\nnet(x)\n")
    assert {str(e.data["mode"]) for e in run.passes.training} == {"train"}
    assert [str(e.data["mode"]) for e in run.passes.evaluation] == ["eval"]


@pytest.mark.parametrize(
    ("code", "grad"),
    [
        pytest.param(PASS, "on", id="nothing"),
        pytest.param("with torch.no_grad():\n    out = net(x)", "off", id="no_grad"),
        pytest.param("with torch.inference_mode():\n    out = net(x)", "off", id="inference_mode"),
        pytest.param("with torch.inference_mode(mode=False):\n    out = net(x)", "on", id="inference_mode(False)"),
        pytest.param("with torch.autograd.no_grad():\n    out = net(x)", "off", id="of autograd"),
        pytest.param("with torch.set_grad_enabled(False):\n    out = net(x)", "off", id="set_grad_enabled(False)"),
        pytest.param("with torch.set_grad_enabled(1 < 2):\n    out = net(x)", "on", id="set_grad_enabled of a test"),
        pytest.param("torch.set_grad_enabled(False)\nout = net(x)", "off", id="set_grad_enabled as a call"),
        pytest.param("torch.set_grad_enabled(False)\ntorch.set_grad_enabled(True)\nout = net(x)", "on", id="put back"),
        pytest.param("torch.autograd.set_grad_enabled(False)\nout = net(x)", "off", id="of autograd, as a call"),
        pytest.param("from torch import no_grad\nwith no_grad():\n    out = net(x)", "off", id="imported by name"),
        pytest.param("import torch as t\nwith t.no_grad():\n    out = net(x)", "off", id="through an alias of torch"),
        pytest.param("silent = torch.no_grad\nwith silent():\n    out = net(x)", "off", id="an alias of the context"),
        pytest.param("silent = torch.no_grad()\nwith silent:\n    out = net(x)", "off", id="a context in a variable"),
        pytest.param("with torch.no_grad(), open('f') as f:\n    out = net(x)", "off", id="one of two contexts"),
        pytest.param("with open('f') as f, torch.no_grad():\n    out = net(x)", "off", id="the second of two contexts"),
        pytest.param("with torch.no_grad():\n    pass\nout = net(x)", "on", id="after the block"),
        pytest.param(
            "with torch.no_grad():\n    with torch.enable_grad():\n        out = net(x)", "on", id="enable_grad"
        ),
        pytest.param("@torch.no_grad()\ndef f():\n    return net(x)\nout = f()", "off", id="a decorator"),
        pytest.param(
            "@torch.no_grad\ndef f():\n    return net(x)\nout = f()", "off", id="a decorator without brackets"
        ),
        pytest.param(
            "@torch.inference_mode()\ndef f():\n    return net(x)\nout = f()", "off", id="inference_mode above"
        ),
        pytest.param(
            "@torch.no_grad()\n@torch.enable_grad()\ndef f():\n    return net(x)\nout = f()", "on", id="the inner one"
        ),
        pytest.param("@torch.no_grad()\ndef f():\n    pass\nf()\nout = net(x)", "on", id="after a decorated call"),
        pytest.param("def f():\n    return net(x)\nf = torch.no_grad()(f)\nout = f()", "off", id="a decorator by hand"),
        pytest.param(
            "class P:\n    @torch.no_grad()\n    def run(self):\n        return net(x)\nout = P().run()",
            "off",
            id="a decorated method",
        ),
        pytest.param(
            "def f():\n    torch.set_grad_enabled(False)\nf()\nout = net(x)", "off", id="left off by a callee"
        ),
        pytest.param("def f():\n    return net(x)\nwith torch.no_grad():\n    out = f()", "off", id="round a callee"),
        pytest.param(
            "import contextlib\n@contextlib.contextmanager\ndef quiet():\n    with torch.no_grad():\n        yield\n"
            "with quiet():\n    out = net(x)",
            "off",
            id="a context manager of the project",
        ),
        pytest.param(
            "class Quiet:\n    def __enter__(self):\n        torch.set_grad_enabled(False)\n"
            "    def __exit__(self, *args):\n        torch.set_grad_enabled(True)\nwith Quiet():\n    out = net(x)",
            "off",
            id="a class that enters and exits",
        ),
        pytest.param(
            "from contextlib import nullcontext\nasking = True\nctx = torch.no_grad() if asking else nullcontext()\n"
            "with ctx:\n    out = net(x)",
            "off",
            id="chosen by a constant",
        ),
        pytest.param(
            "from contextlib import nullcontext\nimport time\nctx = torch.no_grad() if time.time() > 5 else nullcontext()\n"
            "with ctx:\n    out = net(x)",
            "mixed",
            id="chosen by something unknown",
        ),
        pytest.param(
            "import time\nwith torch.set_grad_enabled(time.time() > 5):\n    out = net(x)", "mixed", id="unknown"
        ),
        pytest.param("net.eval()\nout = net(x)", "on", id="eval alone"),
        pytest.param("out = net(x).detach()", "on", id="detached afterwards"),
    ],
)
def test_whether_gradients_are_recorded(evaluate: Evaluate, code: str, grad: str) -> None:
    run = evaluate(NET, code + "\n")
    assert run.recording == [grad]


def test_both_turns_of_a_loop_over_phases(evaluate: Evaluate) -> None:
    run = evaluate(
        NET,
        "for phase in ['train', 'val']:\n    net.train(phase == 'train')\n"
        "    with torch.set_grad_enabled(phase == 'train'):\n        net(x)\n",
    )
    assert list(zip(run.modes, run.recording, strict=True)) == [("train", "on"), ("eval", "off")]


def test_no_grad_in_the_forward_of_a_part_covers_that_part_alone(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Body(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 4)
            def forward(self, x):
                with torch.no_grad():
                    return self.fc(x)
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body, self.head = Body(), nn.Linear(4, 2)
            def forward(self, x):
                z = self.body(x)
                return z, self.head(z)
        net = Net()
        features, out = net(torch.ones(4))
    """)
    assert run.recording == ["on"]
    assert (run.tensor("features").grad, run.tensor("out").grad) == (False, True)


def test_the_context_ends_where_an_early_return_leaves_it(evaluate: Evaluate) -> None:
    run = evaluate(NET, "def f():\n    with torch.no_grad():\n        return net(x)\nf()\n", PASS)
    assert run.recording == ["off", "on"]


def test_the_context_ends_where_one_arm_returns(evaluate: Evaluate) -> None:
    run = evaluate(
        NET,
        "import time\ndef f():\n    with torch.no_grad():\n        if time.time() > 5:\n            return net(x)\n"
        "    return None\nf()\n",
        PASS,
    )
    assert run.recording == ["off", "on"]


def test_a_break_out_of_the_context_ends_it(evaluate: Evaluate) -> None:
    run = evaluate(
        NET,
        "import time\nfor x in DataLoader(datasets.MNIST('d')):\n    with torch.no_grad():\n        if time.time() > 5:\n"
        "            break\nout = net(x)\n",
    )
    assert run.recording == ["on"]


def test_an_old_volatile_variable_switches_gradients_off(evaluate: Evaluate) -> None:
    run = evaluate(NET, "from torch.autograd import Variable\nout = net(Variable(x, volatile=True))\n")
    assert len(run.of_kind("volatile")) == 1


@pytest.mark.parametrize("made", ["Variable(x, requires_grad=False)", "Variable(x)"])
def test_a_variable_without_requires_grad_switches_nothing_off(evaluate: Evaluate, made: str) -> None:
    run = evaluate(NET, f"from torch.autograd import Variable\nout = net({made})\n")
    assert run.recording == ["on"]
    assert run.tensor("out").grad is True


def test_training_and_evaluation_passes_are_told_apart(evaluate: Evaluate) -> None:
    run = evaluate(
        NET,
        """
        loss = F.mse_loss(net(x), x)
        loss.backward()
        score = F.mse_loss(net(x), x).item()
        """,
    )
    first, second = run.of_kind("forward")
    assert run.passes.training == [first]
    assert run.passes.evaluation == [second]


def test_an_unknown_network_is_in_an_unknown_mode(evaluate: Evaluate) -> None:
    run = evaluate("import mystery\nnet = mystery.build()\nnet(torch.ones(4))\nnet.eval()\nnet(torch.ones(4))\n")
    assert run.modes == ["unknown", "eval"]
    assert isinstance(run.variable("net"), Obj)

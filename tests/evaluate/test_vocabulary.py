"""What users say in `[tool.bpcheck.models]` that names mean is what happens, and nothing else does."""

from __future__ import annotations

import pytest
from bpcheck.errors import UsageError
from bpcheck.evaluate.values import Obj
from bpcheck.facts.passes import inputs

from .program import Evaluate, kind, rates

NET = """
    net = nn.Linear(4, 2)
    opt = optim.SGD(net.parameters(), lr=0.1)
    sched = optim.lr_scheduler.StepLR(opt, 2)
    x, y = torch.load("batch.pt")
    loss = F.cross_entropy(net(x), y)
"""
CALL = "import ourlib.engine\nourlib.engine.do(net, opt, sched, x, loss)\n"


# What the effects do


@pytest.mark.parametrize(
    ("effect", "event"),
    [
        ('clips = "model"', "clip"),
        ("clips = 0", "clip"),
        ('steps = "optimizer"', "step"),
        ('steps = "scheduler"', "scheduler-step"),
        ('clears = "optimizer"', "zero-grad"),
        ('clears = "model"', "zero-grad"),
        ('backpropagates = "loss"', "backward"),
        ('runs = "model"', "forward"),
        ('train-mode = "model"', "mode"),
        ('eval-mode = "model"', "mode"),
        ('freezes = "model"', "freeze"),
        ('unfreezes = "model"', "freeze"),
        ('loads = "model"', "load-weights"),
        ('saves = "model"', "save"),
    ],
)
def test_an_effect_is_an_event_at_the_call(evaluate: Evaluate, effect: str, event: str) -> None:
    run = evaluate.taught(f'"ourlib.engine.do" = {{ {effect} }}', NET, CALL)
    assert run.code(event)[-1] == "ourlib.engine.do(net, opt, sched, x, loss)"
    assert not run.of_kind("escape")
    assert run.gaps == []


def test_effects_happen_in_the_order_in_which_they_are_written(evaluate: Evaluate) -> None:
    effects = 'clears = "optimizer", backpropagates = "loss", clips = "model", steps = ["optimizer", "scheduler"]'
    run = evaluate.taught(f'"ourlib.engine.do" = {{ {effects} }}', NET, CALL)
    order = run.order("zero-grad", "backward", "clip", "step", "scheduler-step")
    assert order == ["zero-grad", "backward", "clip", "step", "scheduler-step"]
    assert run.the_optimizer.steps[0].subject is run.variable("opt")


def test_what_is_not_taught_escapes(evaluate: Evaluate) -> None:
    run = evaluate(NET, CALL)
    assert {"Linear", "SGD"} <= set(run.subjects("escape"))


def test_pure_does_nothing(evaluate: Evaluate) -> None:
    before = [event.kind for event in evaluate(NET).events]
    run = evaluate.taught('"ourlib.engine.do" = { pure = true }', NET, CALL)
    assert [event.kind for event in run.events] == before
    assert run.gaps == []


def test_a_mode_that_is_taught_holds_from_there_on(evaluate: Evaluate) -> None:
    run = evaluate.taught(
        '"ourlib.to_eval" = { eval-mode = "model" }', NET, "import ourlib\nourlib.to_eval(net)\nnet(x)\n"
    )
    assert run.modes == ["train", "eval"]


def test_a_pass_that_is_taught_trains_what_it_runs(evaluate: Evaluate) -> None:
    words = '"ourlib.fit" = { runs = "model", backpropagates = "model", steps = "optimizer", clears = "optimizer" }'
    run = evaluate.taught(
        words, """
        import ourlib

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.rnn = nn.LSTM(4, 4)

            def forward(self, x):
                return self.rnn(x)[0]

        net = Net()
        opt = optim.SGD(net.parameters(), lr=0.1)
        for batch in DataLoader(datasets.MNIST("data", train=True)):
            ourlib.fit(net, batch, opt)
        """,
    )  # fmt: skip
    assert [event.subject for event in run.passes.training] == [run.module("net")] * 2
    assert run.splits(run.passes.training) == {"train"}
    assert run.the_optimizer.trained_by_gradients()
    assert run.recording == ["unknown", "unknown"]


def test_an_evaluation_that_is_taught_trains_nothing(evaluate: Evaluate) -> None:
    words = '"ourlib.evaluate" = { eval-mode = "model", runs = "model", train-mode = "model" }'
    program = "import ourlib\nscore = ourlib.evaluate(net, DataLoader(datasets.MNIST('data', train=False)))\n"
    run = evaluate.taught(words, NET, program)
    assert run.passes.training == []
    assert run.modes == ["train", "eval"]
    assert run.module("net").state["mode"] == "train"
    assert run.splits(run.passes.evaluation[1:]) == {"test"}


def test_a_loop_over_effects_turns_twice(evaluate: Evaluate) -> None:
    program = "import ourlib\nfor epoch in range(9):\n    ourlib.do(net, opt)\n"
    run = evaluate.taught('"ourlib.do" = { steps = "optimizer" }', NET, program)
    assert [event.loops[-1][1] for event in run.of_kind("step")] == [0, 1]


# Which argument is meant


@pytest.mark.parametrize(
    ("entry", "call"),
    [
        pytest.param('{ steps = "optimizer" }', "do(net, opt)", id="the one of that role"),
        pytest.param('{ steps = "optimizer" }', "do(net, optimizer=opt)", id="a keyword"),
        pytest.param('{ steps = "o" }', "do(net, o=opt)", id="a keyword of any name"),
        pytest.param("{ steps = 1 }", "do(net, opt)", id="by its place"),
        pytest.param('{ steps = "b", parameters = ["a", "b"] }', "do(net, opt)", id="a parameter by place"),
        pytest.param('{ steps = "b", parameters = ["a", "b"] }', "do(b=opt, a=net)", id="a parameter by name"),
        pytest.param('{ steps = 1, parameters = ["a", "b"] }', "do(b=opt, a=net)", id="a place by name"),
        pytest.param('{ steps = "optimizer", parameters = ["a", "b"] }', "do(net, opt)", id="a role beside parameters"),
        pytest.param('{ steps = "optimizer" }', "do([net], [opt])", id="in a list"),
        pytest.param('{ steps = "trainer.opt", parameters = ["trainer"] }', "do(Trainer())", id="an attribute"),
    ],
)
def test_a_reference_finds_its_argument(evaluate: Evaluate, entry: str, call: str) -> None:
    program = "from ourlib import do\nclass Trainer:\n    def __init__(self):\n        self.opt = opt\n"
    run = evaluate.taught(f'"ourlib.do" = {entry}', NET, program, f"{call}\n")
    assert [event.subject for event in run.of_kind("step")] == [run.variable("opt")]
    assert run.of_kind("escape") == []


@pytest.mark.parametrize(
    ("entry", "call"),
    [
        pytest.param('{ steps = "b", parameters = ["a", "b"] }', "do(net)", id="not passed"),
        pytest.param('{ steps = "b", parameters = ["a", "b"] }', "do(net, None)", id="None"),
        pytest.param("{ steps = 1 }", "do(net)", id="no such place"),
        pytest.param('{ steps = "o" }', "do(a=opt)", id="another keyword"),
    ],
)
def test_an_argument_that_is_not_passed_is_left_alone(evaluate: Evaluate, entry: str, call: str) -> None:
    run = evaluate.taught(f'"ourlib.do" = {entry}', NET, f"from ourlib import do\n{call}\n")
    assert run.of_kind("step", "escape") == []


@pytest.mark.parametrize(
    ("entry", "call"),
    [
        pytest.param('{ clears = "optimizer" }', "do(net, unknown())", id="nothing has the role"),
        pytest.param('{ clears = "b", parameters = ["a", "b"] }', "do(net, *unknown())", id="behind a star"),
        pytest.param('{ clears = "b" }', "do(net, **unknown())", id="behind two stars"),
    ],
)
def test_where_nobody_can_tell_all_that_is_passed_escapes(evaluate: Evaluate, entry: str, call: str) -> None:
    run = evaluate.taught(f'"ourlib.do" = {entry}', NET, f"from ourlib import do, unknown\n{call}\n")
    assert run.escaped(run.module("net"))
    assert any("ourlib.do" in gap for gap in run.gaps)
    assert run.the_optimizer.touches(run.of_kind("zero-grad")[0].subject) is None


def test_a_name_that_says_nothing_of_a_third_party_function_is_an_error(evaluate: Evaluate) -> None:
    with pytest.raises(UsageError, match=r'bpcheck\.toml: models\."ourlib\.do": `clips` names `net`.*`parameters = '):
        evaluate.taught('"ourlib.do" = { clips = "net" }', NET, "from ourlib import do\ndo(net)\n")


# What names mean


@pytest.mark.parametrize(
    "use",
    [
        pytest.param("from ourlib.optim import Ours\nopt = Ours(net.parameters(), 0.5)", id="imported"),
        pytest.param("from ourlib.optim import Ours as O\nopt = O(net.parameters(), lr=0.5)", id="renamed"),
        pytest.param("from ourlib import optim as o\nopt = o.Ours(net.parameters(), lr=0.5)", id="through its module"),
        pytest.param("import ourlib.optim\nopt = ourlib.optim.Ours(net.parameters(), lr=0.5)", id="in full"),
        pytest.param(
            "from ourlib.optim import Ours\nfrom functools import partial\nopt = partial(Ours, lr=0.5)(net.parameters())",
            id="as a partial",
        ),
        pytest.param(
            "from ourlib import optim as o\nopt = getattr(o, 'Ours')(net.parameters(), lr=0.5)", id="by its name"
        ),
        pytest.param(
            "from hydra.utils import instantiate\n"
            "opt = instantiate({'_target_': 'ourlib.optim.Ours', 'lr': 0.5}, params=net.parameters())",
            id="in a description",
        ),
    ],
)
def test_a_name_may_be_the_same_as_that_of_a_library(evaluate: Evaluate, use: str) -> None:
    run = evaluate.taught('"ourlib.optim.Ours" = "torch.optim.Adam"', "net = nn.Linear(4, 2)\n", use)
    assert rates(run.the_optimizer) == [0.5]
    assert run.the_optimizer.modules == [run.module("net")]
    opt = run.variable("opt")
    assert isinstance(opt, Obj)
    assert opt.name == "torch.optim.Adam"


@pytest.mark.parametrize("entry", ['"torch.optim.Adam"', '{ makes = "optimizer" }'])
def test_a_class_of_the_project_may_extend_what_is_taught(evaluate: Evaluate, entry: str) -> None:
    program = "from ourlib import Ours\nclass Mine(Ours):\n    pass\nopt = Mine(net.parameters(), lr=0.5)\nopt.step()\n"
    run = evaluate.taught(f'"ourlib.Ours" = {entry}', "net = nn.Linear(4, 2)\n", program)
    (step,) = run.of_kind("step")
    assert step.subject is run.variable("opt")
    assert run.of_kind("escape") == []


def test_a_function_that_is_the_same_as_a_library_function(evaluate: Evaluate) -> None:
    words = '"ourlib.ops.probabilities" = "torch.softmax"'
    run = evaluate.taught(words, NET, "from ourlib.ops import probabilities\np = probabilities(net(x), 1)\n")
    assert kind(run.variable("p")) == "softmax"


def test_a_decorator_that_is_the_same_as_a_library_decorator(evaluate: Evaluate) -> None:
    program = "import ourlib\n@ourlib.frozen()\ndef f():\n    return net(x)\nf()\n"
    run = evaluate.taught('"ourlib.frozen" = "torch.no_grad"', NET, program)
    assert run.recording == ["on", "off"]


def test_the_users_word_for_a_library_name_comes_first(evaluate: Evaluate) -> None:
    program = "torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)\n"
    assert evaluate(NET, program).order("clip") == ["clip"]
    run = evaluate.taught('"torch.nn.utils.clip_grad_norm_" = { pure = true }', NET, program)
    assert run.order("clip") == []


def test_library_names_may_change_places(evaluate: Evaluate) -> None:
    words = (
        '"torch.optim.SGD" = "torch.optim.Adam"\n"torch.optim.Adam" = "torch.optim.SGD"\n"torch.relu" = "torch.relu"'
    )
    run = evaluate.taught(words, NET, "y = torch.relu(net(x))\n", "opt2 = optim.Adam(net.parameters())\n")
    assert [optimizer.name for optimizer in run.optimizers] == ["Adam", "SGD"]
    assert kind(run.variable("y")) == "relu"


def test_a_word_for_a_framework_class_comes_first(evaluate: Evaluate) -> None:
    program = "import lightning\ntrainer = lightning.Trainer()\ntrainer.fit(net)\n"
    run = evaluate.taught(
        '"lightning.Trainer.fit" = { eval-mode = "model" }\n"lightning.Trainer" = { pure = true }', NET, program
    )
    assert run.code("mode") == ["trainer.fit(net)"]


@pytest.mark.parametrize(
    "use",
    [
        pytest.param("from ourlib import Engine\nEngine().run(net)", id="of an instance"),
        pytest.param("from ourlib import Engine\nengine = Engine()\nengine.run(net)", id="of a variable"),
        pytest.param("from ourlib import Engine\nEngine.run(net)", id="of the class"),
        pytest.param("from ourlib import Engine\nclass Mine(Engine):\n    pass\nMine().run(net)", id="inherited"),
        pytest.param(
            "from ourlib import Engine\nclass Mine(Engine):\n    def go(self):\n        self.run(net)\nMine().go()",
            id="of self",
        ),
        pytest.param(
            "from ourlib import Engine\nclass Mine(Engine):\n    def run(self, m):\n        super().run(m)\nMine().run(net)",
            id="of super",
        ),
    ],
)
def test_a_method_of_a_third_party_class(evaluate: Evaluate, use: str) -> None:
    run = evaluate.taught('"ourlib.Engine.run" = { eval-mode = "model" }', NET, use + "\n")
    assert run.module("net").state["mode"] == "eval"
    assert not run.escaped(run.module("net"))


def test_calling_an_object_of_a_third_party_class(evaluate: Evaluate) -> None:
    words = '"ourlib.Stepper" = { pure = true }\n"ourlib.Stepper.__call__" = { steps = "optimizer" }'
    run = evaluate.taught(words, NET, "from ourlib import Stepper\nstep = Stepper(net)\nstep(opt)\n")
    assert run.code("step") == ["step(opt)"]
    assert not run.escaped(run.module("net"))


# Functions and classes of the project

ENGINE = """
    def fit_step(net, optimizer, scheduler=None):
        net.train()
        optimizer.zero_grad()

    class Engine:
        def __init__(self, net, opt):
            self.net, self.opt = net, opt

        def run(self, times):
            for _ in range(times):
                self.opt.zero_grad()

        @staticmethod
        def clip(net):
            net.train()
"""


@pytest.mark.parametrize(
    ("words", "use"),
    [
        pytest.param('"engine.fit_step" = { clips = "net" }', "from engine import fit_step\nfit_step(net, opt)", id="name"),
        pytest.param('"engine.fit_step" = { clips = "model" }', "import engine\nengine.fit_step(net, opt)", id="role"),
        pytest.param('"engine.fit_step" = { clips = 0 }', "import engine\nengine.fit_step(net=net, optimizer=opt)", id="place"),
        pytest.param(
            '"engine.fit_step" = "torch.nn.utils.clip_grad_norm_"', "from engine import *\nfit_step(net, 1.0)", id="same as"
        ),
        pytest.param(
            '"engine.Engine.run" = { clips = "self.net" }', "from engine import Engine\nEngine(net, opt).run(3)", id="method"
        ),
        pytest.param(
            '"engine.Engine.clip" = { clips = "net" }', "from engine import Engine\nEngine(net, opt).clip(net)", id="static"
        ),
        pytest.param(
            '"engine.Engine.clip" = "torch.nn.utils.clip_grad_norm_"',
            "from engine import Engine\nEngine.clip(net, 1.0)",
            id="static, same as",
        ),
        pytest.param(
            '"train.Mine.run" = { clips = "self.net" }',
            "from engine import Engine\nclass Mine(Engine):\n    pass\nMine(net, opt).run(3)",
            id="inherited method",
        ),
        pytest.param(
            '"train.step" = { clips = "m" }', "def step(m):\n    m.train()\nstep(net)", id="in the script itself"
        ),
        pytest.param(
            '"train.step" = { clips = "m" }',
            "def log(f):\n    def g(*a):\n        net.train()\n        return f(*a)\n    return g\n"
            "@log\ndef step(m):\n    m.train()\nstep(net)",
            id="decorated",
        ),
        pytest.param(
            '"engine.Engine" = { makes = "logger" }\n"engine.Engine.run" = { clips = "m", parameters = ["m"] }',
            "from engine import Engine\nEngine(net, opt).run(net)",
            id="of a class that is replaced",
        ),
    ],
)  # fmt: skip
def test_what_is_taught_of_the_project_is_not_followed(evaluate: Evaluate, words: str, use: str) -> None:
    run = evaluate.taught(words, NET, use + "\n", engine=ENGINE)
    (clip,) = run.of_kind("clip")
    assert run.the_optimizer.touches(clip.subject)
    assert run.of_kind("mode", "zero-grad", "escape") == []


def test_without_a_word_the_project_is_followed(evaluate: Evaluate) -> None:
    run = evaluate(NET, "from engine import fit_step\nfit_step(net, opt)\n", engine=ENGINE)
    assert run.order("mode", "zero-grad", "clip") == ["mode", "zero-grad"]


@pytest.mark.parametrize(
    ("files", "name"),
    [
        pytest.param({"engine.py": ""}, "engine.do", id="a module"),
        pytest.param({"pkg/__init__.py": "", "pkg/engine.py": ""}, "pkg.engine.do", id="in a package"),
        pytest.param({"pkg/engine.py": ""}, "pkg.engine.do", id="in a namespace package"),
        pytest.param({"src/pkg/engine.py": ""}, "pkg.engine.do", id="below src"),
        pytest.param({"pkg/__init__.py": ""}, "pkg.do", id="in the package itself"),
        pytest.param({"pkg/__init__.py": "from pkg.deep import do", "pkg/deep.py": ""}, "pkg.do", id="re-exported"),
        pytest.param({"pkg/__init__.py": "from .deep import do", "pkg/deep.py": ""}, "pkg.deep.do", id="where it is defined"),
    ],
)  # fmt: skip
def test_the_name_of_a_project_function_is_its_import_path(
    evaluate: Evaluate, files: dict[str, str], name: str
) -> None:
    *_, last = files
    definition = "def do(net):\n    net.train()\n"
    module = name.rpartition(".")[0]
    program = f"import torch\nfrom torch import nn\nfrom {module} import do\ndo(nn.Linear(4, 2))\n"
    settings = f'models = {{ "{name}" = {{ eval-mode = "net" }} }}\n'
    run = evaluate.files({**files, last: definition, "train.py": program, "bpcheck.toml": settings})
    assert [event.data["mode"] for event in run.of_kind("mode")] == ["eval"]


@pytest.mark.parametrize("name", ["pkg.do", "engine.do", "other.engine.do", "engine.Do", "gine.do"])
def test_a_function_of_another_name_is_followed(evaluate: Evaluate, name: str) -> None:
    """In a package, the package is part of the name."""
    run = evaluate.files({
        "pkg/__init__.py": "",
        "pkg/engine.py": "def do(net):\n    net.train()\n",
        "train.py": "import torch\nfrom pkg.engine import do\ndo(torch.nn.Linear(4, 2))\n",
        "bpcheck.toml": f'models = {{ "{name}" = {{ eval-mode = "net" }} }}\n',
    })  # fmt: skip
    assert [event.data["mode"] for event in run.of_kind("mode")] == ["train"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('{ clips = "nett" }', r"`clips` names `nett`, which is no parameter of it\. Did you mean `net`\?"),
        ("{ clips = 3 }", "`clips` names argument 3 of 3"),
        ('{ returns = "self" }', "`returns` names `self`"),
    ],
)
def test_a_reference_that_does_not_fit_the_function_is_an_error(evaluate: Evaluate, entry: str, message: str) -> None:
    with pytest.raises(UsageError, match=r'bpcheck\.toml: models\."engine\.fit_step": ' + message):
        evaluate.taught(f'"engine.fit_step" = {entry}', "from engine import fit_step\nfit_step\n", engine=ENGINE)


def test_such_an_error_comes_through_whatever_is_being_evaluated(evaluate: Evaluate) -> None:
    """Here a module is loaded amid a call."""
    with pytest.raises(UsageError, match="`clips` names `nett`"):
        evaluate.taught(
            '"engine.fit_step" = { clips = "nett" }', NET,
            "def main():\n    from engine import fit_step\n    fit_step(net, opt)\nmain()\n", engine=ENGINE,
        )  # fmt: skip


# What calls give


def test_an_argument_is_returned(evaluate: Evaluate) -> None:
    words = '"ourlib.wrap" = { returns = "model" }\n"ourlib.prepare" = { returns = ["optimizer", "model"] }'
    run = evaluate.taught(words, NET, "import ourlib\na = ourlib.wrap(net)\nb, c = ourlib.prepare(net, opt)\n")
    assert run.variable("a") is run.variable("net") is run.variable("c")
    assert run.variable("b") is run.variable("opt")


def test_an_argument_that_is_not_passed_is_returned_as_none(evaluate: Evaluate) -> None:
    words = '"ourlib.wrap" = { returns = "b", parameters = ["a", "b"] }'
    assert evaluate.taught(words, NET, "import ourlib\na = ourlib.wrap(net)\n").plain("a") is None


def test_a_network_is_made(evaluate: Evaluate) -> None:
    words = '"ourlib.zoo.build" = { makes = "model", pretrained = true }'
    run = evaluate.taught(words, "import ourlib.zoo\nnet = ourlib.zoo.build(8)\nnet.eval()\nout = net(torch.ones(4))\n")
    net = run.module("net")
    assert net.state["pretrained"]
    assert run.modes == ["eval"]
    assert kind(run.variable("out")) == "unknown"  # it may well be a softmax
    assert run.subjects("make") == ["build"]


def test_an_optimizer_and_a_scheduler_are_made(evaluate: Evaluate) -> None:
    words = """
        "ourlib.Opt" = { makes = "optimizer" }
        "ourlib.Named" = { makes = "optimizer", parameters = ["params", "lr"] }
        "ourlib.Sched" = { makes = "scheduler" }
    """
    program = """
        import ourlib
        net = nn.Linear(4, 2)
        one = ourlib.Opt(net.parameters(), lr=0.5)
        other = ourlib.Named(net, 0.25)
        schedule = ourlib.Sched(one)
        one.step()
        schedule.step()
    """
    run = evaluate.taught(words, program)
    one, other = run.optimizers
    assert (rates(one), rates(other)) == ([0.5], [0.25])
    assert one.modules == other.modules == [run.module("net")]
    assert len(one.steps) == 1
    (schedule,) = run.schedules
    made = run.variable("one")
    assert isinstance(made, Obj)
    assert schedule.drives(made)
    assert len(schedule.steps) == 1


@pytest.mark.parametrize(
    ("words", "make", "splits"),
    [
        pytest.param('{ makes = "dataset", split = "validation" }', "DataLoader(make())", {"validation"}, id="a data set"),
        pytest.param('{ makes = "loader", split = "test" }', "make()", {"test"}, id="a loader"),
        pytest.param('{ makes = "loader" }', "make(datasets.MNIST('data', train=True))", {"train"}, id="over a data set"),
        pytest.param(
            '{ makes = "dataset", split = "validation" }', "make(datasets.MNIST('data', train=True))", {"validation"},
            id="a part of a data set",
        ),
        pytest.param('{ makes = "data", split = "train" }', "[make()]", {"train"}, id="arrays"),
        pytest.param('{ makes = "dataset" }', "make()", {""}, id="nobody knows which part"),
        pytest.param('{ makes = "dataset", split = "test" }', "make(optim.SGD(net.parameters()))", {"test"}, id="of no data"),
    ],
)  # fmt: skip
def test_data_is_made(evaluate: Evaluate, words: str, make: str, splits: set[str]) -> None:
    program = f"from ourlib import make\nnet = nn.Linear(4, 2)\nfor x in {make}:\n    net(x)\n"
    run = evaluate.taught(f'"ourlib.make" = {words}', program)
    assert run.splits(run.of_kind("forward")) == splits


def test_a_part_is_held_out_of_its_whole(evaluate: Evaluate) -> None:
    words = '"ourlib.rest" = { makes = "dataset" }'
    program = """
        import ourlib
        whole = datasets.MNIST("data", train=True)
        net = nn.Linear(4, 2)
        for x in DataLoader(whole):
            net(x).sum().backward()
        for x in DataLoader(ourlib.rest(whole)):
            net(x)
    """
    run = evaluate.taught(words, program)
    held_out = run.passes.evaluation[0]
    assert run.data.held_out(frozenset(origin for value in held_out.data["args"] for origin in value.origins))


def test_data_comes_from_data_only(evaluate: Evaluate) -> None:
    words = '"ourlib.make" = { makes = "dataset", split = "validation" }'
    run = evaluate.taught(
        words, NET, "import ourlib\nfor x in ourlib.make(net, opt.param_groups[0]['lr']):\n    net(x)\n"
    )
    (origin,) = inputs(run.of_kind("forward")[1])
    assert origin.root().key == "ourlib.make"


def test_a_loss_of_an_unknown_sort(evaluate: Evaluate) -> None:
    words = '"ourlib.Loss" = { makes = "loss" }'
    run = evaluate.taught(words, NET, "import ourlib\nours = ourlib.Loss()(net(x), y)\nours.backward()\n")
    assert run.losses[-1][0] == "unknown"
    assert len(run.passes.training) == 1


def test_a_logger_does_nothing_to_what_it_is_told(evaluate: Evaluate) -> None:
    program = "from ourlib import Board\nboard = Board(net)\nboard.watch(net)\nboard.log(loss=loss)\n"
    assert evaluate(NET, program).of_kind("escape")
    assert evaluate.taught('"ourlib.Board" = { makes = "logger" }', NET, program).of_kind("escape") == []


def test_one_evaluation_leaves_nothing_to_the_next(evaluate: Evaluate) -> None:
    program = "from ourlib import do\ndo(net)\n"
    assert evaluate.taught('"ourlib.do" = { clips = "model" }', NET, program).order("clip") == ["clip"]
    assert evaluate.taught("", NET, program).order("clip") == []
    assert evaluate.taught('"ourlib.do" = { freezes = "model" }', NET, program).order("clip", "freeze") == ["freeze"]

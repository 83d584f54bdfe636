"""The mode of networks and the recording of gradients, where neither is switched on the line where it matters: in callees,
contexts and decorators of the project, on paths that leave early."""

from __future__ import annotations

import pytest

from .program import Evaluate
from .training import training

EVALUATE = """
    def evaluate(m, batches):
        {before}
        m.eval()
        with torch.no_grad():
            for x, y in batches:
                print((m(x).argmax(1) == y).sum().item())
        {after}
"""
CALL = "evaluate(net, held_out)"
ROUND = """
    with {context}, torch.no_grad():
        for x, y in held_out:
            print((net(x).argmax(1) == y).sum().item())
"""
GENERATOR = """
    from contextlib import contextmanager
    @contextmanager
    def evaluating(m):
        was = m.training
        m.eval()
        try:
            yield m
        finally:
            {after}
"""
PLAIN_GENERATOR = """
    from contextlib import contextmanager
    @contextmanager
    def evaluating(m):
        m.eval()
        yield m
        {after}
"""
CLASS = """
    class evaluating:
        def __init__(self, m):
            self.m = m
        def __enter__(self):
            self.was = self.m.training
            self.m.eval()
            return self.m
        def __exit__(self, *error):
            {after}
"""
DECORATOR = """
    import functools
    def evaluating(function):
        @functools.wraps(function)
        def inner(m, *args, **kwargs):
            was = m.training
            m.eval()
            with torch.no_grad():
                result = function(m, *args, **kwargs)
            {after}
            return result
        return inner
    @evaluating
    def evaluate(m, batches):
        for x, y in batches:
            print((m(x).argmax(1) == y).sum().item())
"""


@pytest.mark.parametrize(
    ("code", "validation", "after"),
    [
        pytest.param(EVALUATE, CALL, "m.train()", id="a function that switches back"),
        pytest.param(EVALUATE, CALL, "m.train(was)", id="a function that puts the mode back that it found"),
        pytest.param(GENERATOR, ROUND.format(context="evaluating(net)"), "m.train(was)", id="a context, a generator"),
        pytest.param(PLAIN_GENERATOR, ROUND.format(context="evaluating(net)"), "m.train()", id="without finally"),
        pytest.param(CLASS, ROUND.format(context="evaluating(net)"), "self.m.train(self.was)", id="a context, a class"),
        pytest.param(DECORATOR, CALL, "m.train(was)", id="a decorator"),
    ],
)
def test_who_restores_train_mode(evaluate: Evaluate, code: str, validation: str, after: str) -> None:
    def program(end: str) -> str:
        return training(code.format(before="was = m.training", after=end), start="", validation=validation)

    silent = evaluate(program(after))
    assert silent.codes == set()
    assert {str(e.data["mode"]) for e in silent.passes.training} == {"train"}
    flawed = evaluate(program("pass"))
    assert flawed.codes == {"BP306"}
    assert {str(e.data["mode"]) for e in flawed.passes.training} == {"train", "eval"}
    assert {str(e.data["mode"]) for e in flawed.passes.evaluation} == {"eval"}


EARLY = """
    import random
    @torch.no_grad()
    def evaluate(m, batches):
        {head}
            for x, y in batches:
                print((m(x).argmax(1) == y).sum().item())
                if random.random() > 0.5:
                    {leave}
        {end}
"""


@pytest.mark.parametrize("leave", ["return", "return None, x", "break"])
@pytest.mark.parametrize(
    ("code", "head", "end", "after"),
    [
        pytest.param("", "m.eval()\n        try:", "finally:\n            {after}", "m.train()", id="finally"),
        pytest.param(GENERATOR, "with evaluating(m):", "", "m.train(was)", id="a generator"),
        pytest.param(PLAIN_GENERATOR, "with evaluating(m):", "", "m.train()", id="a generator without finally"),
        pytest.param(CLASS, "with evaluating(m):", "", "self.m.train(self.was)", id="a class"),
    ],
)
def test_what_ends_a_block_runs_on_paths_that_leave_it_early(
    evaluate: Evaluate, code: str, head: str, end: str, after: str, leave: str
) -> None:
    def program(what: str) -> str:
        function = EARLY.format(head=head, leave=leave, end=end.format(after=what))
        return training(code.format(after=what), function, start="", validation=CALL)

    silent = evaluate(program(after))
    assert {str(e.data["mode"]) for e in silent.passes.training} == {"train"}
    assert silent.codes == set()
    flawed = evaluate(program("pass"))
    assert {str(e.data["mode"]) for e in flawed.passes.training} == {"train", "eval"}
    assert flawed.codes == {"BP306"}


def test_what_ends_a_block_finds_the_state_of_the_path_that_leaves(evaluate: Evaluate) -> None:
    run = evaluate("""
        import sys
        def f():
            n = 1
            try:
                if len(sys.argv) > 1:
                    n = 2
                    return
                n = 3
            finally:
                seen.append(n)
        seen = []
        f()
        first = seen[0]
    """)
    assert run.plain("first") == {2, 3}


def test_a_block_that_every_path_leaves_is_ended_once_for_all(evaluate: Evaluate) -> None:
    run = evaluate("""
        import sys
        net = nn.Linear(4, 2)
        def f():
            net.eval()
            try:
                if len(sys.argv) > 1:
                    return 1
                else:
                    return 2
            finally:
                net.train()
        result = f()
        net(torch.ones(4))
    """)
    assert run.plain("result") == {1, 2}
    assert run.modes == ["train"]


@pytest.mark.parametrize(
    ("context", "recording"),
    [
        pytest.param("torch.no_grad() if asking else nullcontext()", "off", id="a context in a variable"),
        pytest.param("(nullcontext if asking else torch.no_grad)()", "on", id="a class in a variable"),
        pytest.param("{True: torch.no_grad, False: torch.enable_grad}[asking]()", "off", id="from a dict"),
        pytest.param("torch.set_grad_enabled(not asking)", "off", id="set_grad_enabled"),
    ],
)
def test_a_context_chosen_by_a_parameter(evaluate: Evaluate, context: str, recording: str) -> None:
    function = f"""
        from contextlib import nullcontext
        def run(m, batches, asking=False):
            m.train(not asking)
            ctx = {context}
            with ctx:
                for x, y in batches:
                    print((m(x).argmax(1) == y).sum().item())
    """
    run = evaluate(training(function, validation="run(net, held_out, asking=True)"))
    assert {e.grad for e in run.passes.evaluation} == {recording}
    assert run.codes == ({"BP308"} if recording == "on" else set())
    other = evaluate(training(function, validation="run(net, held_out)"))
    assert {"BP307", "BP308"} - other.codes == (set() if recording == "off" else {"BP308"})


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            "def quiet(flag):\n    def decorate(f):\n        def inner(*args):\n"
            "            with torch.set_grad_enabled(not flag):\n                return f(*args)\n"
            "        return inner\n    return decorate\n@quiet({flag})",
            id="a factory of decorators",
        ),
        pytest.param(
            "class quiet:\n    def __init__(self, f):\n        self.f = f\n    def __call__(self, *args):\n"
            "        with torch.set_grad_enabled(not {flag}):\n            return self.f(*args)\n@quiet",
            id="a class",
        ),
        pytest.param(
            "class quiet:\n    def __init__(self, flag):\n        self.flag = flag\n    def __call__(self, f):\n"
            "        def inner(*args):\n            with torch.set_grad_enabled(not self.flag):\n"
            "                return f(*args)\n        return inner\n@quiet({flag})",
            id="an object",
        ),
        pytest.param(
            "from functools import partial\ndef wrap(flag, f):\n    def inner(*args):\n"
            "        with torch.set_grad_enabled(not flag):\n            return f(*args)\n    return inner\n"
            "quiet = partial(wrap, {flag})\n@quiet",
            id="a partial",
        ),
        pytest.param("quiet = torch.no_grad if {flag} else torch.enable_grad\n@quiet()", id="a chosen library context"),
    ],
)
def test_a_decorator_of_the_project_switches_gradients_off(evaluate: Evaluate, code: str) -> None:
    function = (
        "\ndef evaluate(m, batches):\n    m.eval()\n    for x, y in batches:\n        print(m(x).argmax(1) == y)\n"
    )
    silent = evaluate(training(code.replace("{flag}", "True") + function, validation=CALL))
    assert silent.codes == set()
    assert {e.grad for e in silent.passes.evaluation} == {"off"}
    flawed = evaluate(training(code.replace("{flag}", "False") + function, validation=CALL))
    assert flawed.codes == {"BP308"}


@pytest.mark.parametrize("restores", [True, False])
def test_gradients_that_a_callee_leaves_switched_off(evaluate: Evaluate, restores: bool) -> None:
    function = f"""
        def evaluate(m, batches):
            torch.set_grad_enabled(False)
            m.eval()
            for x, y in batches:
                print((m(x).argmax(1) == y).sum().item())
            {"torch.set_grad_enabled(True)" if restores else "pass"}
    """
    run = evaluate(training(function, validation=CALL))
    assert {e.grad for e in run.of_kind("backward")} == ({"on"} if restores else {"on", "off"})


@pytest.mark.parametrize(
    ("decorator", "recording"),
    [
        ("@torch.no_grad()", "off"),
        ("@torch.inference_mode()", "off"),
        ("@smart()", "off"),
        ("@torch.enable_grad()", "on"),
        ("", "on"),
    ],
)
def test_a_network_whose_own_method_is_decorated(evaluate: Evaluate, decorator: str, recording: str) -> None:
    run = evaluate(f"""
        import time
        def smart(new=time.time() > 5):
            def decorate(f):
                return (torch.inference_mode if new else torch.no_grad)()(f)
            return decorate
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 2)
            {decorator}
            def forward(self, x):
                return self.fc(x)
        net = Net()
        net(torch.ones(4))
    """)
    assert run.recording == [recording]


COPY = """
    import copy
    class Average{base}:
        def __init__(self, model, decay=0.999):
            {init}
            self.module = copy.deepcopy(model)
            {mode}
            self.decay = decay
            for p in self.module.parameters():
                p.requires_grad_(False)
        @torch.no_grad()
        def update(self, model):
            for e, m in zip(self.module.state_dict().values(), model.state_dict().values()):
                e.copy_(e * self.decay + m * (1 - self.decay))
    average = Average(net)
"""
ASK = """
    with torch.no_grad():
        for x, y in held_out:
            print(({asked}(x).argmax(1) == y).sum().item())
"""


@pytest.mark.parametrize(
    ("base", "init"), [("", "pass"), ("(nn.Module)", "super().__init__()")], ids=["a plain class", "a module"]
)
def test_a_moving_average_in_evaluation_mode_since_it_was_made(evaluate: Evaluate, base: str, init: str) -> None:
    def program(mode: str, asked: str) -> str:
        code = COPY.format(base=base, init=init, mode=mode)
        return training(code, after="schedule.step()\naverage.update(net)", validation=ASK.format(asked=asked))

    silent = evaluate(program("self.module.eval()", "average.module"))
    assert silent.codes == set()
    assert {str(e.data["mode"]) for e in silent.passes.evaluation} == {"eval"}
    assert {str(e.data["mode"]) for e in silent.passes.training} == {"train"}
    assert evaluate(program("self.module.eval()", "net")).codes == {"BP307"}
    assert evaluate(program("pass", "average.module")).codes == {"BP307"}

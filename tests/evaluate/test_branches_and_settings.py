"""C5: branches that constants and default settings decide, and what becomes of those that nothing decides."""

from __future__ import annotations

import pytest
from bpcheck.evaluate.values import Const
from bpcheck.facts.models import frozen

from .program import Evaluate

NET = """
net = nn.Linear(4, 2)
optimizer = optim.SGD(net.parameters(), lr=0.1)
"""
UNDECIDED = "import sys\nundecided = len(sys.argv) > 1\n"
PARSER = "import argparse\nparser = argparse.ArgumentParser()\n"


def test_the_default_of_an_option_is_a_setting(evaluate: Evaluate) -> None:
    run = evaluate(
        PARSER, "parser.add_argument('--lr', type=float, default=0.1)\nargs = parser.parse_args()\nlr = args.lr\n"
    )
    lr = run.variable("lr")
    assert isinstance(lr, Const)
    assert (lr.value, lr.setting) == (0.1, "--lr")


@pytest.mark.parametrize(
    ("option", "happens", "skipped"),
    [
        ("'--clip', action='store_true'", False, ["--clip"]),
        ("'--clip', action='store_false'", True, []),
        ("'--clip', type=float, default=0.25", True, []),
        ("'--clip', type=float, default=0.0", False, ["--clip"]),
        ("'--clip', type=float", False, ["--clip"]),
        ("'--clip', action='store_true', default=True", True, []),
    ],
)
def test_the_default_configuration_is_the_path_taken(
    evaluate: Evaluate, option: str, happens: bool, skipped: list[str]
) -> None:
    run = evaluate(
        PARSER,
        NET,
        f"parser.add_argument({option})\nargs = parser.parse_args()\n",
        "if args.clip:\n    nn.utils.clip_grad_norm_(net.parameters(), 1.0)\n",
    )
    assert run.order("clip") == ["clip"] * happens
    assert run.skipped == skipped


def test_an_option_that_the_user_must_give_decides_nothing(evaluate: Evaluate) -> None:
    run = evaluate(
        PARSER,
        NET,
        "parser.add_argument('mode')\nargs = parser.parse_args()\nif args.mode == 'eval':\n    net.eval()\nnet(torch.ones(4))\n",
    )
    assert run.modes == ["mixed"]
    assert len(run.of_kind("mode")[0].guards) == 1


def test_set_defaults_overrides_the_default(evaluate: Evaluate) -> None:
    run = evaluate(
        PARSER, "parser.add_argument('--n', default=1)\nparser.set_defaults(n=5)\nn = parser.parse_args().n\n"
    )
    assert run.plain("n") == 5


def test_globals_before_an_executed_configurator_are_settings(evaluate: Evaluate) -> None:
    run = evaluate(
        NET,
        """
        decay_lr = False
        exec(open("configurator.py").read())
        if decay_lr:
            for group in optimizer.param_groups:
                group["lr"] = 0.01
        """,
    )
    assert run.order("lr-write") == []
    assert run.skipped == ["decay_lr"]


def test_none_from_the_constructor_decides_a_branch(evaluate: Evaluate) -> None:
    source = """
        class Trainer:
            def __init__(self):
                self.sched = None
            def set_sched(self):
                self.sched = optim.lr_scheduler.StepLR(optimizer, 10)
            def epoch(self):
                optimizer.step()
                if self.sched:
                    self.sched.step()
        trainer = Trainer()
    """
    assert evaluate(NET, source, "trainer.epoch()\n").order("step", "scheduler-step") == ["step"]
    run = evaluate(NET, source, "trainer.set_sched()\ntrainer.epoch()\n")
    assert run.order("step", "scheduler-step") == ["step", "scheduler-step"]


def test_is_not_none_on_a_known_object(evaluate: Evaluate) -> None:
    run = evaluate(NET, "def step(opt=None):\n    if opt is not None:\n        opt.step()\nstep()\nstep(optimizer)\n")
    assert len(run.of_kind("step")) == 1
    assert run.of_kind("step")[0].guards == ()


def test_a_branch_on_a_constructor_argument(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Net(nn.Module):
            def __init__(self, kind="gru"):
                super().__init__()
                if kind == "gru":
                    self.rnn = nn.GRU(4, 4)
                else:
                    self.rnn = nn.LSTM(4, 4)
        default, other = Net().rnn, Net("lstm").rnn
    """)
    assert (run.module("default").label, run.module("other").label) == ("GRU", "LSTM")


def test_an_undecided_branch_leaves_both_values(evaluate: Evaluate) -> None:
    run = evaluate(UNDECIDED, "if undecided:\n    n = 1\nelse:\n    n = 2\n")
    assert run.plain("n") == {1, 2}


def test_an_undecided_branch_with_equal_results_is_decided(evaluate: Evaluate) -> None:
    run = evaluate(UNDECIDED, "if undecided:\n    n = 1\nelse:\n    n = 1\n")
    assert run.plain("n") == 1


def test_mode_after_an_undecided_branch_is_mixed(evaluate: Evaluate) -> None:
    run = evaluate(NET, UNDECIDED, "if undecided:\n    net.eval()\nelse:\n    net.train()\nnet(torch.ones(4))\n")
    assert run.modes not in (["train"], ["eval"])


def test_both_arms_set_the_same_mode(evaluate: Evaluate) -> None:
    run = evaluate(NET, UNDECIDED, "if undecided:\n    net.eval()\nelse:\n    net.train(False)\nnet(torch.ones(4))\n")
    assert run.modes == ["eval"]


def test_an_arm_that_raises_does_not_count(evaluate: Evaluate) -> None:
    run = evaluate("import sys\nif sys.argv[1] == 'a':\n    n = 1\nelse:\n    raise ValueError(sys.argv[1])\n")
    assert run.plain("n") == 1


def test_an_arm_that_exits_does_not_count(evaluate: Evaluate) -> None:
    run = evaluate(UNDECIDED, "n = 1\nif not undecided:\n    n = 2\n    sys.exit(1)\n")
    assert run.plain("n") == 1


def test_continue_and_break_are_joined(evaluate: Evaluate) -> None:
    run = evaluate("""
        import sys
        for name in ["a", "b"]:
            n = 1
            if sys.argv[1] == name:
                n = 2
                continue
            n = 3
        m = 1
        for name in ["a", "b"]:
            if sys.argv[1] == name:
                m = 2
                break
    """)
    assert run.plain("n") == {2, 3}
    assert run.plain("m") == {1, 2}


def test_the_body_of_try_is_the_path_taken(evaluate: Evaluate) -> None:
    run = evaluate(
        "try:\n    import apex\n    n = 1\nexcept ImportError:\n    apex = None\n    n = 2\nelse:\n    m = 3\nfinally:\n    k = 4\n"
    )
    assert (run.plain("n"), run.plain("m"), run.plain("k")) == (1, 3, 4)


def test_a_handler_binds_what_the_body_does_not(evaluate: Evaluate) -> None:
    run = evaluate("try:\n    open('x').read()\nexcept OSError:\n    fallback = 2\n")
    assert run.plain("fallback") == 2


def test_a_literal_list_is_unrolled(evaluate: Evaluate) -> None:
    run = evaluate("found = {}\nfor i, name in enumerate(['train', 'val']):\n    found[name] = i\n")
    assert run.plain("found") == {"train": 0, "val": 1}


def test_match_takes_the_case_of_the_default(evaluate: Evaluate) -> None:
    run = evaluate(
        PARSER,
        "parser.add_argument('--opt', default='b')\n",
        "match parser.parse_args().opt:\n    case 'a':\n        n = 1\n    case 'b' | 'c':\n        n = 2\n    case _:\n        n = 3\n",
    )
    assert run.plain("n") == 2


@pytest.mark.parametrize(
    ("test", "value"),
    [("1 < 2 <= 2", True), ("'a' in ['b']", False), ("not None", True), ("0 or 'x'", "x"), ("1 and 0", 0)],
)
def test_conditions_of_constants_are_computed(evaluate: Evaluate, test: str, value: object) -> None:
    assert evaluate(f"result = {test}\n").plain("result") == value


def test_dead_code_behind_a_constant_test_does_not_happen(evaluate: Evaluate) -> None:
    run = evaluate(NET, "if True:\n    optimizer.step()\nelse:\n    net.eval()\nwhile False:\n    net.eval()\n")
    assert run.order("step", "mode") == ["step"]


@pytest.mark.parametrize(
    ("arms", "mode"),
    [
        pytest.param("if undecided:\n    net.eval()", "mixed", id="one arm"),
        pytest.param("if undecided:\n    pass\nelse:\n    net.eval()", "mixed", id="the other arm"),
        pytest.param("net.train()\nif undecided:\n    net.eval()", "mixed", id="one arm after the opposite"),
        pytest.param("net.eval()\nif undecided:\n    net.eval()", "eval", id="one arm after the same"),
        pytest.param(
            "if undecided:\n    net = nn.Linear(4, 2)\n    net.eval()\n    net(torch.ones(4))", "eval", id="inside"
        ),
        pytest.param("if undecided:\n    net.eval()\nnet.train()", "train", id="one arm before the opposite"),
        pytest.param("if undecided:\n    net.eval()\n    raise ValueError", "train", id="an arm that ends the program"),
        pytest.param("net.train(mode=undecided)", "unknown", id="an argument"),
    ],
)
def test_the_mode_that_a_branch_leaves(evaluate: Evaluate, arms: str, mode: str) -> None:
    run = evaluate(NET, UNDECIDED, arms + "\nnet(torch.ones(4))\n")
    assert run.modes[0] == mode


def test_a_network_that_one_arm_freezes_is_not_surely_frozen(evaluate: Evaluate) -> None:
    run = evaluate(NET, UNDECIDED, "if undecided:\n    net.requires_grad_(False)\nout = net(torch.ones(4))\n")
    assert frozen(run.module("net")) == "part"
    assert run.tensor("out").grad is True


@pytest.mark.parametrize(
    ("option", "known"),
    [
        pytest.param("'--clip', default=0.25", 0.25, id="a default"),
        pytest.param("'--clip', is_flag=True", False, id="a flag"),
        pytest.param("'--clip', is_flag=True, default=True", True, id="a flag with a default"),
        pytest.param("'--clip', required=True", ..., id="required"),
    ],
)
def test_the_options_of_a_click_command(evaluate: Evaluate, option: str, known: object) -> None:
    run = evaluate(
        f"""
        import click
        @click.command()
        @click.option({option})
        def main(clip):
            global found
            found = clip
        main()
        """
    )
    assert run.plain("found") == known
    found = run.variable("found")
    assert not isinstance(found, Const) or found.setting == "--clip"


def test_options_as_a_dictionary_are_the_same_settings(evaluate: Evaluate) -> None:
    run = evaluate(
        PARSER,
        """
        parser.add_argument("--lr", default=0.1)
        args = vars(parser.parse_args())
        def run(lr, epochs=3):
            return lr, epochs
        rate, given = args["lr"], run(**args)
        """,
    )
    rate = run.variable("rate")
    assert isinstance(rate, Const)
    assert (rate.value, rate.setting) == (0.1, "--lr")
    assert run.plain("given") == (0.1, 3)


def test_class_attributes_that_arguments_override(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Config:
            epochs = 5
            rate = 0.1
            def parse(self, given):
                for name, value in given.items():
                    setattr(self, name, value)
        def train(**given):
            config = Config()
            config.parse(given)
            return config.rate, config.epochs
        default, changed = train(), train(rate=0.5)
    """)
    assert run.plain("default") == (0.1, 5)
    assert run.plain("changed") == (0.5, 5)


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param("raise ValueError(args.data)", id="raises"),
        pytest.param("parser.error('--data')", id="complains"),
        pytest.param("exit(1)", id="exits"),
        pytest.param("refuse()", id="in a function"),
    ],
)
def test_an_option_whose_default_is_refused_has_to_be_given(evaluate: Evaluate, refusal: str) -> None:
    run = evaluate(
        PARSER,
        f"""
        def refuse():
            raise SystemExit
        parser.add_argument("--data")
        args = parser.parse_args()
        if args.data is None:
            {refusal}
        split = "file" if args.data is not None else "generated"
        """,
    )
    assert run.plain("split") == {"file", "generated"}
    assert run.skipped == []


def test_a_program_that_ends_when_it_has_done_what_the_default_says(evaluate: Evaluate) -> None:
    run = evaluate(
        PARSER,
        NET,
        "parser.add_argument('--evaluate', default=True)\nargs = parser.parse_args()\n"
        "if args.evaluate:\n    net.eval()\n    raise SystemExit\noptimizer.step()\n",
    )
    assert run.order("mode", "step") == ["mode"]


def test_a_call_from_which_nothing_comes_back_ends_the_program(evaluate: Evaluate) -> None:
    source = "import sys\ndef stop(n):\n    if n:\n        raise ValueError\n    sys.exit()\n{}\noptimizer.step()\n"
    for call in ("stop(1)", "n = stop(1)", "def f():\n    return stop(len(sys.argv))\nf()"):
        assert evaluate(NET, source.format(call)).order("step") == []
    caught = "try:\n    stop(1)\nexcept ValueError:\n    net.eval()"
    assert evaluate(NET, source.format(caught)).order("mode", "step") == ["mode", "step"]

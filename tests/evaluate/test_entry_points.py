"""C4: functions that something else calls: launchers, commands, callbacks, protocols of Python."""

from __future__ import annotations

import pytest

from .program import Evaluate

MAIN = """
    def main(*args, **options):
        net = nn.Linear(4, 2)
        net(torch.ones(4))
"""


@pytest.mark.parametrize(
    "start",
    [
        pytest.param("main()", id="called"),
        pytest.param("if __name__ == '__main__':\n    main()", id="behind the guard"),
        pytest.param("import sys\nsys.exit(main())", id="for its exit code"),
        pytest.param("import torch.multiprocessing as mp\nmp.spawn(main, nprocs=2, args=(2,))", id="mp.spawn"),
        pytest.param("import multiprocessing\np = multiprocessing.Process(target=main)\np.start()", id="a process"),
        pytest.param("from threading import Thread\nThread(target=main, args=(1,)).start()", id="a thread"),
        pytest.param("import fire\nfire.Fire(main)", id="fire"),
        pytest.param("import typer\ntyper.run(main)", id="typer"),
        pytest.param("from absl import app\napp.run(main)", id="absl"),
        pytest.param(
            "from accelerate import notebook_launcher\nnotebook_launcher(main, (1,), num_processes=2)", id="accelerate"
        ),
        pytest.param("import asyncio\nasync def run():\n    main()\nasyncio.run(run())", id="asyncio"),
        pytest.param("globals()['main']()", id="by its name in globals()"),
        pytest.param("eval('main')()", id="by eval of its name"),
        pytest.param("eval('main(1)')", id="by eval of the call"),
        pytest.param("for f in (main,): f()", id="from a tuple"),
        pytest.param("list(map(main, [1]))", id="by map"),
        pytest.param("[main(i) for i in range(1)]", id="in a comprehension"),
        pytest.param("import functools\nfunctools.reduce(main, [1, 2])", id="by reduce"),
        pytest.param("import contextlib\nwith contextlib.suppress(ValueError):\n    main()", id="in a context"),
        pytest.param("try:\n    main()\nexcept KeyboardInterrupt:\n    pass", id="in a try"),
        pytest.param(
            "import click\n@click.command()\n@click.option('--n', default=1)\ndef cli(n):\n    main(n)\ncli()",
            id="click",
        ),
        pytest.param("import hydra\n@hydra.main(config_name='c')\ndef cli(cfg):\n    main(cfg)\ncli()", id="hydra"),
        pytest.param("class App:\n    def run(self):\n        main()\nApp().run()", id="a method"),
        pytest.param("class App:\n    main()", id="in the body of a class"),
        pytest.param("hooks = {}\nhooks.setdefault('end', []).append(main)\nfor h in hooks['end']: h()", id="a hook"),
        pytest.param(
            "from collections import defaultdict\nhooks = defaultdict(list)\nhooks['end'].append(main)\n"
            "for h in hooks['end']: h()",
            id="a hook in a defaultdict",
        ),
    ],
)
def test_main_runs_once(evaluate: Evaluate, start: str) -> None:
    run = evaluate(MAIN, start + "\n")
    assert run.subjects("forward") == ["Linear"]
    assert run.closed


@pytest.mark.parametrize(
    "start",
    [
        pytest.param("", id="only defined"),
        pytest.param("if False:\n    main()", id="behind a false test"),
        pytest.param("from threading import Thread\nThread(target=main)", id="a thread that is not started"),
        pytest.param("later = lambda: main()", id="in a lambda that nobody calls"),
        pytest.param("def other():\n    main()", id="in a function that nobody calls"),
        pytest.param("class App:\n    def run(self):\n        main()\nApp()", id="in a method that nobody calls"),
        pytest.param("text = 'main()'", id="in a string"),
    ],
)
def test_main_does_not_run(evaluate: Evaluate, start: str) -> None:
    assert evaluate(MAIN, start + "\n").order("forward") == []


def test_what_a_launcher_passes_on(evaluate: Evaluate) -> None:
    run = evaluate("""
        import torch.multiprocessing as mp
        def worker(rank, net, width):
            global seen
            seen = (rank, width)
            net(torch.ones(4))
        net = nn.Linear(4, 2)
        net.eval()
        mp.spawn(worker, args=(net, 7), nprocs=2)
    """)
    assert run.plain("seen") == (..., 7)
    assert run.modes == ["eval"]
    assert not run.escaped(run.module("net"))


def test_the_defaults_of_a_command_are_settings(evaluate: Evaluate) -> None:
    run = evaluate("""
        import fire
        def main(clip=False, epochs=3):
            net = nn.Linear(4, 2)
            if clip:
                nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        fire.Fire(main)
    """)
    assert run.skipped == ["clip"]


def test_each_of_several_commands_may_be_run(evaluate: Evaluate) -> None:
    run = evaluate("""
        import argparse
        parser = argparse.ArgumentParser()
        commands = parser.add_subparsers(dest="command")
        first, second = commands.add_parser("train"), commands.add_parser("test")
        def train(args):
            nn.Linear(4, 2)(torch.ones(4))
        def test(args):
            nn.Conv2d(1, 2, 3)(torch.ones(4))
        first.set_defaults(run=train)
        second.set_defaults(run=test)
        args = parser.parse_args()
        args.run(args)
    """)
    assert sorted(run.subjects("forward")) == ["Conv2d", "Linear"]
    assert all(event.guards for event in run.of_kind("forward"))


@pytest.mark.parametrize(
    ("members", "use"),
    [
        pytest.param("def __iter__(self):\n        return iter(self.l)", "for x, y in b: net(x)", id="__iter__"),
        pytest.param(
            "def __iter__(self):\n        for v in self.l:\n            yield v", "for x, y in b: net(x)", id="yield"
        ),
        pytest.param("def __iter__(self):\n        yield from self.l", "for x, y in b: net(x)", id="yield from"),
        pytest.param("def __getitem__(self, i):\n        return next(iter(self.l))", "net(b[0][0])", id="__getitem__"),
        pytest.param("def __call__(self):\n        return next(iter(self.l))", "net(b()[0])", id="__call__"),
        pytest.param(
            "def __iter__(self):\n        return self\n    def __next__(self):\n        return next(iter(self.l))",
            "net(next(b)[0])",
            id="__next__",
        ),
        pytest.param(
            "@property\n    def batch(self):\n        return next(iter(self.l))", "net(b.batch[0])", id="a property"
        ),
        pytest.param(
            "def __getattr__(self, n):\n        return next(iter(self.l))", "net(b.batch[0])", id="__getattr__"
        ),
        pytest.param(
            "def __enter__(self):\n        return next(iter(self.l))\n    def __exit__(self, *e):\n        pass",
            "with b as (x, y): net(x)",
            id="__enter__",
        ),
    ],
)
def test_protocols_of_python(evaluate: Evaluate, members: str, use: str) -> None:
    run = evaluate(
        "net = nn.Linear(4, 2)\n",
        f"class Batches:\n    def __init__(self, l):\n        self.l = l\n    {members}\n",
        f"b = Batches(DataLoader(datasets.MNIST('d', train=False)))\n{use}\n",
    )
    assert run.splits(run.of_kind("forward")) == {"test"}


def test_a_context_manager_runs_round_the_block(evaluate: Evaluate) -> None:
    run = evaluate("""
        from contextlib import contextmanager
        @contextmanager
        def evaluating(model):
            before = model.training
            model.eval()
            try:
                yield model
            finally:
                model.train(before)
        net = nn.Linear(4, 2)
        with evaluating(net) as same:
            same(torch.ones(4))
        net(torch.ones(4))
    """)
    assert run.order("mode", "forward") == ["mode", "forward", "mode", "forward"]
    assert run.modes == ["eval", "train"]


def test_what_finally_does_comes_after_the_return(evaluate: Evaluate) -> None:
    run = evaluate("""
        net = nn.Linear(4, 2)
        def ask(x):
            net.eval()
            try:
                return net(x)
            finally:
                net.train()
        ask(torch.ones(4))
        net(torch.ones(4))
    """)
    assert run.modes == ["eval", "train"]

"""The state of an evaluation, and the services that every part of it needs: events, branches, calls in progress."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

from bpcheck.apis import lookup
from bpcheck.evaluate.events import Branch, Event, Loop
from bpcheck.evaluate.scope import Frame, ModuleScope
from bpcheck.evaluate.store import Store, Writes
from bpcheck.evaluate.values import Cell, Const, Function, Imported, Module, Obj, Origin, Site, Symbol, Unknown, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bpcheck.apis.vocabulary import Word
    from bpcheck.evaluate.memo import Outcome, Trail
    from bpcheck.evaluate.tracing import Tracer
    from bpcheck.project import Project
    from bpcheck.sources.source import Source

#: Statements that are evaluated for one program; real training programs need a few thousand.
MOST_STEPS = 20_000
MAX_DEPTH = 40
MAX_RECURSION = 2

#: How a block of statements ended: normally, by leaving it, or with every path of it gone elsewhere.
NORMAL, RETURN, BREAK, CONTINUE, DEAD = None, "return", "break", "continue", "dead"
Signal = str | None


class Exit:
    """A path that left a block early (``return``, ``break`` or ``continue`` in one arm of a branch), to be joined
    later."""

    __slots__ = ("mark", "signal", "writes")

    def __init__(self, signal: str, mark: int, writes: Writes) -> None:
        self.signal = signal
        self.mark = mark
        self.writes = writes


class Evaluator:
    """One evaluation of one program."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.entry: Path | None = None
        self.store = Store()
        self.events: list[Event] = []
        #: The optimizers that were made so far.
        self.optimizers: list[Obj] = []
        self.modules: dict[Path, ModuleScope] = {}
        self.frameworks: dict[str, ModuleScope] = {}
        #: The files of the generation of a package that the program uses, before those of the others.
        self.generations: dict[str, tuple[str, ...]] = {}
        #: The configuration that the program is checked with, for a script that takes its path from the command line;
        #: whether it asked for one; and the files that were read.
        self.given: Path | None = None
        self.asks_config = False
        self.configs: set[Path] = set()
        #: Where a configuration sets what, by the name of the setting; and the settings by which the code that runs was chosen.
        self.setting_sites: dict[str, Site] = {}
        self.decided: tuple[str, ...] = ()
        #: Files that ``exec`` is running.
        self.executing: list[Path] = []
        #: Keys of a configuration that the program asks for, and that are not there.
        self.missing_keys = 0
        #: What ``hydra.initialize`` was told.
        self.hydra: dict[str, Value] = {}
        #: What the user says that names mean; see ``evaluate.vocabulary``.
        self.words: dict[str, Word] = {}
        #: Which of them the program has come across.
        self.used: set[str] = set()
        #: How many modules other than the entry are being evaluated.
        self.loading = 0
        #: Folders of which modules are loaded by names that are not known.
        self.plugin_folders: dict[Path, None] = {}
        #: Attributes that some class of the project has a setter for.
        self.setters: set[str] = set()
        self.flow: dict[str, Any] = {"grad": "on"}
        self.stack: tuple[Site, ...] = ()
        self.functions: list[Function] = []
        self.loops: tuple[tuple[Loop, int], ...] = ()
        self.guards: tuple[Branch, ...] = ()
        self.exits: list[Exit] = []
        self.steps = 0
        self.limit = MOST_STEPS
        self.depth = 0
        #: The call of the generator function that is running.
        self.generating: Site | None = None
        self.forwards: list[Any] = []
        #: How many samples are being read; see ``chance``.
        self.sampling = 0
        #: The data sets of which a sample was read.
        self.sampled: list[Obj] = []
        #: How many loops there were when the innermost network began to run.
        self.forward_loops = 0
        #: How many calls led to it.
        self.forward_calls = 0
        #: Calls of project networks inside others: a loop with such calls may be a recurrence.
        self.inner_calls = 0
        self.last_inputs: dict[Obj, Any] = {}
        #: Why something may have happened that is not in ``events``; absent means proven only when this is empty.
        self.gaps: list[tuple[str, Site | None]] = []
        #: Arms that the default configuration does not take, with the option that decides.
        self.skipped: list[tuple[str, Site]] = []
        #: How often the default of an option has turned out to end the program.
        self.refusals = 0
        self.called: set[int] = set()
        self.origins: dict[tuple[Any, ...], Origin] = {}
        #: What ``eval`` was given, parsed: the call and the text.
        self.texts: dict[tuple[ast.Call, str], ast.expr] = {}
        #: Unknown values that are a part of a path, to tell them apart.
        self.placeholders: dict[int, Any] = {}
        #: Calls that are remembered, and the one in progress that may be; see ``memo``.
        self.memo: dict[tuple[Any, ...], list[Outcome]] = {}
        self.trail: Trail | None = None
        #: Who watches a pass that is run again, layer by layer; see ``tracing``.
        self.tracer: Tracer | None = None
        self.signed: dict[Obj, Any] = {}
        self.own: dict[Obj, Any] = {}
        self.parts: dict[Obj, tuple[Obj, ...]] = {}
        self.parts_at = -1
        self.signed_at = -1
        self.numbers: dict[tuple[Any, ...], int] = {}
        #: Containers that are being compared: one may hold itself.
        self.within: set[Any] = set()

    # Events

    def emit(self, kind: str, site: Site, subject: Any = None, **data: Any) -> Event:
        """Write down that ``kind`` happens to ``subject``."""
        event = Event(
            kind, site, subject, data, len(self.events), self.loops, self.stack, self.guards, str(self.flow["grad"]),
            tuple(self.functions), self.decided,
        )  # fmt: skip
        self.events.append(event)
        if kind == "make-optimizer" and isinstance(subject, Obj):
            self.optimizers.append(subject)
        return event

    def gap(self, why: str, site: Site | None = None) -> None:
        """Something may have happened that bpcheck did not see."""
        if len(self.gaps) < 200:
            self.gaps.append((why, site))

    def origin(
        self, key: str, site: Site | None, split: str = "", base: Origin | None = None, part: str = "",
        synthetic: bool = False, fixed: bool = False,
    ) -> Origin:  # fmt: skip
        """The origin of data; the same place and part is the same origin, and so is a file of a known name.

        Data made at one place is told apart by what led there, unless it is the same each time (``fixed``); and what a
        generator chooses, by the call that it runs for: of one table, two generators may yield different rows.
        """
        placed = base is None and site is not None and not fixed and not key.startswith("file ")
        run = self.generating if base is not None else None
        ident = (key, split, base, part, site if fixed else (site, self.whereabouts()) if placed else run)
        if (placed or run is not None) and self.trail is not None:
            self.trail.placed = True
        if ident not in self.origins:
            synthetic = synthetic or (base is not None and base.synthetic)
            made = Origin(key, site, split or (base.split if base is not None else ""), base, part, synthetic)
            made.calls = self.stack
            self.origins[ident] = made
        return self.origins[ident]

    def whereabouts(self) -> tuple[Any, ...]:
        """The calls and the turns of unrolled loops that lead here: what tells runs of the same code apart."""
        return self.stack, tuple([turn for loop, turn in self.loops if loop.unrolled])

    # Branches

    def fork(self, site: Site, test: Value | None, arms: list[Callable[[], Signal]]) -> Signal:
        """Evaluate each arm from the present state and join what they leave."""
        outside, waiting = self.store.barrier, len(self.exits)
        mark = self.store.mark()
        barrier = self.store.barrier
        live: list[Writes] = []
        guards = self.guards
        for number, arm in enumerate(arms):
            self.guards = (*guards, Branch(site, test, number))
            self.store.barrier = barrier
            pending = len(self.exits)
            signal = arm()
            for left in self.exits[pending:]:
                left.writes = self.store.rebase(left.writes, left.mark, mark)
                left.mark = mark
            writes = self.store.take_back(mark)
            if signal is NORMAL:
                live.append(writes)
            elif signal != DEAD:
                self.exits.append(Exit(signal, mark, writes))
        self.guards = guards
        self.store.barrier = barrier
        if live:
            self.store.apply(live[0])
            self.store.merge([(mark, writes) for writes in live[1:]])
        if len(self.exits) == waiting:
            self.store.barrier = outside
        return NORMAL if live else DEAD

    def take_exits(self, since: int, signals: tuple[str, ...]) -> list[Exit]:
        """Remove and return the exits of these kinds that came after ``since``."""
        taken = [left for left in self.exits[since:] if left.signal in signals]
        self.exits[since:] = [left for left in self.exits[since:] if left.signal not in signals]
        return taken

    def join_exits(self, taken: list[Exit], alive: bool) -> None:
        """Join the states of paths that left early into the present one (which counts only if ``alive``)."""
        if not taken:
            return
        if not alive:
            low = min(left.mark for left in taken)
            for left in (*taken, *self.exits):
                if left.mark > low:
                    left.writes = self.store.rebase(left.writes, left.mark, low)
                    left.mark = low
            self.store.take_back(low)
            self.store.apply(taken.pop(0).writes)
        self.store.merge([(left.mark, left.writes) for left in taken])

    def leave_through(self, since: int, site: Site, cleanup: Callable[[], object]) -> None:
        """Run what ``finally`` or a context does at its end on the paths that left early since then, too."""
        leaving = self.exits[since:]
        if not leaving:
            return
        low = min(left.mark for left in leaving)
        for left in self.exits:
            if left.mark > low:
                left.writes = self.store.rebase(left.writes, left.mark, low)
                left.mark = low
        present, guards = self.store.take_back(low), self.guards
        changed: list[Exit] = []
        for signal in dict.fromkeys(left.signal for left in leaving):
            first, *others = [left.writes for left in leaving if left.signal == signal]
            self.store.apply(first)
            self.store.merge([(low, writes) for writes in others])
            self.guards = (*guards, Branch(site, None, len(changed)))
            before = len(self.exits)
            cleanup()
            del self.exits[before:]
            changed.append(Exit(signal, low, self.store.take_back(low)))
        self.guards = guards
        self.store.apply(present)
        self.exits[since:] = changed

    # Modules

    def module_at(self, file: Path, name: str = "", source: Source | None = None) -> ModuleScope:
        """The scope of the project file, evaluated or not."""
        if file not in self.modules:
            self.modules[file] = ModuleScope(file, name or file.stem, source or self.project.source(file))
        return self.modules[file]

    def loaded(self, scope: ModuleScope) -> ModuleScope:
        """The scope after its top level has been evaluated."""
        if scope.state == "new":
            self.run_module(scope)
        return scope

    def run_module(self, scope: ModuleScope, main: bool = False) -> None:
        """Evaluate a module's top level. Not the entry: what it does is on no path of its importer's loops."""
        from bpcheck.evaluate.statements import run_block

        scope.state = "running"
        self.store.oldest_write = 0  # what a module is asked for first happens once
        scope.names.setdefault("__name__", Const("__main__" if main else scope.name))
        scope.names.setdefault("__file__", Const(scope.source.path))
        if not scope.source.complete:
            self.gap("part of the file could not be read", None)
        tree = scope.source.tree
        if tree is not None:
            kept = self.loops, self.guards, self.flow["grad"], self.stack, self.functions
            journal, barrier, now = self.store.journal, self.store.barrier, Cell.now
            if not main:  # a module is loaded once, whatever becomes of the arm that first asks for it
                self.store.journal = []
                self.store.barrier = Cell.now = 0
                self.loading += 1
            self.loops, self.guards, self.stack, self.functions = (), (), (), []
            pending = len(self.exits)
            try:
                run_block(self, tree.body, Frame(scope, scope.names))
            finally:
                del self.exits[pending:]
                if not main:
                    self.store.journal, self.store.barrier, Cell.now = journal, barrier, now
                    self.loops, self.guards, self.flow["grad"], self.stack, self.functions = kept
                    self.loading -= 1
        scope.state = "done"

    def imported(self, name: str, importer: ModuleScope, level: int = 0) -> Value:
        """The module called ``name`` as ``importer`` would see it."""
        if importer.framework:
            return Symbol(name)
        found = self.project.resolve(name, importer.file, level, self.entry)
        if found is None:
            return Symbol(name) if level == 0 else Unknown(f"module {'.' * level}{name} was not found")
        if found.is_dir():
            return Module(ModuleScope(found, name, _namespace(self, found)))
        return Module(self.module_at(found, name))

    def member(self, module: Module, name: str, site: Site) -> Value:
        """Attribute ``name`` of a project module."""
        from bpcheck.evaluate import frameworks, vocabulary

        scope = module.scope
        described = f"{scope.qualified}.{name}"
        if lookup(described) is not None or frameworks.describes(described):
            return self.library(described)  # a library that is checked itself is still the library
        if scope.file.is_dir():
            return self._submodule(scope, name) or Unknown(f"{name} was not found")
        self.loaded(scope)
        if name in scope.names:
            value = self.settled(scope.names, name)
            return vocabulary.named_as(self, described, value) if described in self.words else value
        for star in reversed(scope.stars):
            if isinstance(star, Module):
                value = self.member(star, name, site)
                if not isinstance(value, Unknown):
                    return value
        if scope.file.name == "__init__.py":
            found = self._submodule(scope, name)
            if found is not None:
                return found
        for star in scope.stars:
            if isinstance(star, Symbol) and scope.state == "done":
                return self.library(f"{star.name}.{name}")
        return Unknown(f"{scope.name} has no {name}")

    def library(self, name: str) -> Value:
        """What a fully qualified library name stands for; the user's own words come before all that is known of it."""
        from bpcheck.evaluate import frameworks

        word = self.words.get(name)
        if word is not None:
            self.used.add(name)
            if not word.same_as:
                return Symbol(name)
            name = word.same_as
        return frameworks.named(self, name) if lookup(name) is None else Symbol(name)

    def settled(self, names: dict[str, Value], name: str) -> Value:
        """The value of a variable, which may be a name that was imported and not looked up so far."""
        value = names[name]
        if isinstance(value, Imported):
            names[name] = Unknown(f"{name} is imported in a circle")
            value = names[name] = self.looked_up(value)
        return value

    def looked_up(self, name: Imported) -> Value:
        """What an imported name is."""
        value = self.member(
            name.package, name.name, name.importer.site(name.importer.source.tree or ast.Module([], []))
        )
        if isinstance(value, Unknown):
            inner = ".".join(part for part in (name.module, name.name) if part)
            module = self.imported(inner, name.importer, name.level)
            return module if isinstance(module, Module) else value
        return value

    def _submodule(self, scope: ModuleScope, name: str) -> Value | None:
        folder = scope.file if scope.file.is_dir() else scope.file.parent
        for candidate in (folder / f"{name}.py", folder / name / "__init__.py"):
            if candidate.is_file():
                return Module(self.module_at(candidate, f"{scope.name}.{name}"))
        inner = folder / name
        if inner.is_dir():
            return Module(ModuleScope(inner, f"{scope.name}.{name}", _namespace(self, inner)))
        return None


def _namespace(ev: Evaluator, folder: Path) -> Any:
    """A stand-in for the source of a namespace package, which has none."""

    class NoSource:
        path = str(folder)
        tree = None
        complete = True

        @staticmethod
        def place(node: ast.AST) -> None:
            raise ValueError("a namespace package has no text")

    return NoSource()

"""From files to findings: build the programs that the given files belong to, and run the rules over each."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bpcheck.errors import UsageError
from bpcheck.findings import Diagnostic, Finding
from bpcheck.records import field, record
from bpcheck.sources.reading import CONFIGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.apis.vocabulary import Word
    from bpcheck.evaluate.evaluator import Evaluator
    from bpcheck.facts.program import Program
    from bpcheck.project import Project
    from bpcheck.rule import Rule

#: Entry scripts that are looked at because a given file is used by them.
MAX_CONTEXT = 6
#: Statements that are evaluated to find out which script a configuration is for: no more than a few programs have.
MOST_STEPS_BOUND = 20_000
#: With more paths than this, scripts that are not among them are not looked for.
FEW = 40
#: Deep enough for calls within calls of the checked program; the evaluator's own bound comes first.
RECURSION = 20_000
#: Trees and values are many and stay: to look through them for garbage every 700 objects takes a fifth of the time.
GARBAGE = 200_000


@record(slots=True)
class Analysis:
    """What came of a run, before suppression and selection by severity."""

    findings: list[Finding] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    files: int = 0
    programs: int = 0


def analyse(project: Project, paths: Sequence[Path], rules: Sequence[Rule]) -> Analysis:
    """Check ``paths`` (existing files). Findings touch at least one of them; the order is path, line, column, code."""
    result = Analysis(files=sum(path.suffix not in CONFIGS for path in paths))
    limit, thresholds = sys.getrecursionlimit(), gc.get_threshold()
    sys.setrecursionlimit(max(limit, RECURSION))
    if gc.isenabled():
        gc.set_threshold(GARBAGE, *thresholds[1:])
    try:
        _Run(project, paths, rules, result).run()
    finally:
        sys.setrecursionlimit(limit)
        gc.set_threshold(*thresholds)
    result.findings.sort(key=lambda f: (f.place.path, f.place.cell or 0, f.place.line, f.place.column, f.code))
    return result


class _Run:
    """One analysis: which programs there are, and what was found in them so far."""

    def __init__(self, project: Project, paths: Sequence[Path], rules: Sequence[Rule], result: Analysis) -> None:
        self.project = project
        self.rules = rules
        self.result = result
        self.paths = list(dict.fromkeys(paths))
        self.shown: set[str] = set()
        self.called: set[int] = set()
        self.loaded: set[Path] = set()
        self.configs: set[Path] = set()
        self.asking: list[Path] = []
        self.tried = 0
        self.seen: set[tuple[object, ...]] = set()
        self.lone: Evaluator | None = None
        self.lone_vocabulary: Mapping[str, Word] | None = None

    def run(self) -> None:
        candidates = [path for path in self.paths if self._is_relevant(path)]
        configs = [path for path in candidates if path.suffix in CONFIGS]
        code = [path for path in candidates if path.suffix not in CONFIGS]
        entries = [path for path in code if self.project.is_entry(path)]
        for path in entries:
            self._check_entry(path)
        others = [path for path in code if path not in set(entries)]
        for path in self._context(others, set(entries)):
            self._check_entry(path)
        for path in (*configs, *others):
            self._check_config(path)
        for path in code:
            self._check_fragments(path)

    def _is_relevant(self, path: Path) -> bool:
        """Whether there may be something to find in a file. It is read if so, and what is wrong with it is told."""
        from bpcheck.sources.prefilter import might_train

        try:
            if path.suffix in CONFIGS:
                return self._is_config(path)
            if not might_train(self.project.content(path)):
                return False
        except OSError:
            pass  # reading it says what is wrong
        source = self.project.source(path)
        self.shown.add(source.path)
        self.result.diagnostics.extend(source.diagnostics)
        return path.suffix not in CONFIGS

    def _is_config(self, path: Path) -> bool:
        """The same for a file that is a configuration, or any other data, in which nobody looks for mistakes."""
        from bpcheck.configs.prefilter import LARGEST, might_configure

        if self.project.size(path) > LARGEST or not might_configure(self.project.content(path)):
            return False
        source = self.project.source(path)
        self.result.diagnostics.extend(source.diagnostics)
        if source.config is None:
            return False
        self.shown.add(source.path)
        self.result.files += 1
        return True

    def _context(self, others: list[Path], known: set[Path]) -> list[Path]:
        """Entry scripts outside the given files that use one of ``others``."""
        found: list[Path] = []
        for path in others:
            if path.resolve() in self.loaded or path in self.loaded:
                continue
            for entry in self.project.entries_of(path):
                if entry not in known and entry not in found and len(found) < MAX_CONTEXT:
                    found.append(entry)
        return found

    def _check_entry(self, path: Path) -> None:
        from bpcheck.programs import entry_program, may_train

        try:
            if not may_train(self.project, path):
                self.result.programs += 1
                return
            program = entry_program(self.project, path)
        except Exception as error:
            self._internal_error(path, error)
            return
        self.called |= program.evaluator.called
        self.loaded |= set(program.evaluator.modules)
        self.configs |= program.evaluator.configs
        if program.evaluator.asks_config:
            self.asking.append(path)
        self._apply(program, path)

    def _check_config(self, path: Path) -> None:
        """Check a configuration that no script has read so far: by itself, or with the script that is meant by it."""
        from bpcheck.binding import is_settings
        from bpcheck.programs import config_program, entry_program

        source = self.project.source(path)
        if source.file in self.configs or (path.suffix == ".py" and not is_settings(source.tree)):
            return
        try:
            alone = config_program(self.project, path)
            if alone is None or alone.fragment:
                for script in self._scripts_for(path):
                    program = entry_program(self.project.with_file(script), script, source.file)
                    self.tried += program.evaluator.steps
                    if source.file in program.evaluator.configs and not program.evaluator.missing_keys:
                        self.configs |= program.evaluator.configs
                        self._apply(program, path)
                        return
            if alone is not None:
                self._apply(alone, path)
        except Exception as error:
            self._internal_error(path, error)

    def _scripts_for(self, config: Path) -> Iterator[Path]:
        """The scripts to try a configuration with: those that asked for one, or where no script is given, all nearby."""
        from bpcheck.binding import scripts_for

        if not self.asking and len(self.paths) > FEW:
            return
        for script in scripts_for(self.project, config, self.asking):
            if self.tried < MOST_STEPS_BOUND:
                yield script

    def _check_fragments(self, path: Path) -> None:
        from bpcheck.programs import fragments, lone_evaluator

        vocabulary = self.project.vocabulary(path)
        if self.lone is None or vocabulary != self.lone_vocabulary:
            self.lone, self.lone_vocabulary = lone_evaluator(self.project, vocabulary), vocabulary
        try:
            for program in fragments(self.lone, path, self.called):
                self._apply(program, path)
        except Exception as error:
            self.lone = None  # it stopped in the middle of something
            self._internal_error(path, error)

    def _apply(self, program: Program, path: Path) -> None:
        self.result.programs += not program.fragment
        for rule in self.rules:
            try:
                for finding in rule.findings(program):
                    self._add(finding)
            except Exception as error:
                self._internal_error(path, error, rule)

    def _add(self, finding: Finding) -> None:
        place = finding.place
        key = (finding.code, place.path, place.cell, place.line, place.column)
        if key in self.seen or not self._touches(finding):
            return
        self.seen.add(key)
        if place.cell is not None:
            from bpcheck.cell_order import with_cell_order

            finding = with_cell_order(finding, self.project.source(Path(place.path)).runs)
        self.result.findings.append(finding)

    def _touches(self, finding: Finding) -> bool:
        return any(path in self.shown for path in _files(finding))

    def _internal_error(self, path: Path, error: Exception, rule: Rule | None = None) -> None:
        if isinstance(error, UsageError):
            raise error  # what the settings say of a function does not fit it
        where = f" in rule {rule.code}" if rule is not None else ""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        at = f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})" if trace is not None else ""
        message = f"internal error{where}: {type(error).__name__}: {error}{at}; please report it"
        self.result.diagnostics.append(Diagnostic("internal-error", message, self.project.source(path).path))


def _files(finding: Finding) -> Iterator[str]:
    yield finding.place.path
    for step in finding.trace:
        yield step.place.path

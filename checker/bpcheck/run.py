"""One run: from the paths on the command line to a result. The only place where the stages meet."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bpcheck.analysis import Analysis, analyse
from bpcheck.configs.prefilter import LARGEST, might_configure
from bpcheck.discover import Discovery, discover, is_excluded
from bpcheck.errors import UsageError
from bpcheck.findings import Diagnostic, Finding, Place
from bpcheck.project import Project
from bpcheck.records import field, record
from bpcheck.registry import load_rules
from bpcheck.result import Result
from bpcheck.rule import Rule
from bpcheck.selection import codes_of, selected_codes
from bpcheck.settings import Settings, SettingsFinder
from bpcheck.sources import Source, display_path
from bpcheck.sources.reading import CONFIGS

STDIN = "-"


@record(slots=True)
class Request:
    """What is to be checked. ``contents`` stands for files by the paths to show: what came on stdin, or fixed text."""

    paths: Sequence[str]
    settings: SettingsFinder
    respect_gitignore: bool = True
    force_exclude: bool = False
    contents: dict[str, bytes] = field(default_factory=dict)


def check(request: Request) -> Result:
    """Discover, analyse, suppress, select, sort."""
    return check_files(request, find_files(request))


def find_files(request: Request) -> Discovery:
    """The files that the request is about; text on stdin counts as the file whose name it was given."""
    on_disk = [path for path in request.paths if path != STDIN]
    found = discover(
        on_disk, request.settings,
        respect_gitignore=request.respect_gitignore, force_exclude=request.force_exclude,
    )  # fmt: skip
    if STDIN in request.paths:
        given = {Path(path) for path in request.contents if _wanted(path, request)}
        found.files = sorted({*found.files, *given})
        found.named |= given
    return found


def _wanted(path: str, request: Request) -> bool:
    if not request.force_exclude:
        return True
    return not is_excluded(path, request.settings, respect_gitignore=request.respect_gitignore)


def check_files(request: Request, found: Discovery) -> Result:
    """Check the files that were found, with ``request.contents`` in the place of what stands on the disk."""
    rules = load_rules()
    for word in request.settings.typed_selectors:
        codes_of(word, rules)  # a complaint about these must not be laid at a settings file's door
    run = _Run(request, rules)
    overall = request.settings.for_paths([path for path in request.paths if path != STDIN])
    cwd = Path.cwd()
    project = Project.around(found.files, cwd)
    project.vocabulary = lambda file: request.settings.for_file(str(file)).models
    for path, data in request.contents.items():
        project.overlay(Path(path), data)
    wanted = run.wanted([request.settings.for_file(str(file)) for file in found.files])
    analysis = analyse(project, found.files, [rule for rule in rules if rule.code in wanted])
    findings = _kept(analysis, project, found.files, run)
    shown = [finding for finding in findings if finding.severity >= overall.severity]
    return Result(
        findings=sorted(shown, key=_order),
        diagnostics=sorted([*found.diagnostics, *_of_interest(analysis, found)], key=_diagnostic_order),
        files=analysis.files,
        programs=analysis.programs,
        hidden=Counter(finding.severity for finding in findings if finding.severity < overall.severity),
        fail_on=overall.fail_on,
        line_at=lambda place: _line(project.source(Path(place.path)), place),
    )


class _Run:
    """Which codes are in force where."""

    def __init__(self, request: Request, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self._request = request
        self._by_settings: dict[int, frozenset[str]] = {}
        self._by_path: dict[str, frozenset[str]] = {}

    def wanted(self, settings: Sequence[Settings]) -> frozenset[str]:
        """The codes that any of ``settings`` selects."""
        return frozenset[str]().union(*(self._selected(one) for one in settings))

    def selected_in(self, path: str) -> frozenset[str]:
        """The codes that may be reported in the file at ``path``."""
        if path not in self._by_path:
            settings = self._request.settings.for_file(path)
            codes = self._selected(settings)
            with _named_file(settings):
                for word in settings.ignored_in(Path(os.path.abspath(path)).as_posix()):
                    codes -= codes_of(word, self.rules)
            self._by_path[path] = codes
        return self._by_path[path]

    def _selected(self, settings: Settings) -> frozenset[str]:
        if id(settings) not in self._by_settings:
            with _named_file(settings):
                codes = selected_codes(self.rules, settings.select, settings.ignore, settings.extend_select)
            self._by_settings[id(settings)] = codes
        return self._by_settings[id(settings)]


@contextmanager
def _named_file(settings: Settings) -> Iterator[None]:
    """Let a complaint about a selector say which file it stands in."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{settings.file}: {error}" if settings.file else str(error)) from error


def _of_interest(analysis: Analysis, found: Discovery) -> Iterator[Diagnostic]:
    """What stood in the way of the analysis. A file that only looks like a configuration from afar, and is a template or
    worse, is of interest where it was named."""
    named = {_shown(file) for file in found.named}
    for diagnostic in analysis.diagnostics:
        may_be_data = diagnostic.kind != "internal-error" and diagnostic.path.endswith(CONFIGS)
        if not may_be_data or diagnostic.path in named:
            yield diagnostic


def _shown(file: Path) -> str:
    """What a file is called in reports, whatever it was called when it was given."""
    return display_path(Path(os.path.abspath(file)), Path.cwd())


def _kept(analysis: Analysis, project: Project, files: Sequence[Path], run: _Run) -> list[Finding]:
    """The findings that no comment and no setting silences."""
    given = {_shown(file): file for file in files}
    speaking = {finding.place.path: Path(finding.place.path) for finding in analysis.findings}
    speaking.update((path, file) for path, file in given.items() if _mentions_bpcheck(project, file))
    findings = analysis.findings
    if speaking:
        from bpcheck.suppress import suppress  # a clean run has nothing to silence

        failed = {diagnostic.path for diagnostic in analysis.diagnostics if diagnostic.fatal}
        sources = {path: project.source(file) for path, file in speaking.items()}
        findings = suppress(findings, sources, run.rules, run.selected_in, given.keys() - failed)
    return [finding for finding in findings if finding.code in run.selected_in(finding.place.path)]


def _mentions_bpcheck(project: Project, file: Path) -> bool:
    """Told from the bytes: most files are never parsed, and need not be for this. Data are not checked at all."""
    try:
        if file.suffix in CONFIGS and project.size(file) > LARGEST:
            return False
        content = project.content(file)
        return b"bpcheck:" in content and (file.suffix not in CONFIGS or might_configure(content))
    except OSError:
        return False


def _line(source: Source, place: Place) -> str | None:
    number = place.line
    for index, first, _ in source.cells or ():
        if index == place.cell:
            number += first - 1
    return source.lines[number - 1] if 0 < number <= len(source.lines) else None


def _order(finding: Finding) -> tuple[str, int, int, int, str]:
    place = finding.place
    return place.path, -1 if place.cell is None else place.cell, place.line, place.column, finding.code


def _diagnostic_order(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
    return diagnostic.path, diagnostic.line, diagnostic.column, diagnostic.message

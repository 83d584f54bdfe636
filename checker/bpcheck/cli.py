"""How a run starts and ends: the shortest way to the check, and one line for whatever goes wrong."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from bpcheck.errors import UsageError
from bpcheck.output import prepare_streams, say, silence_stdout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

# A folder may be called like a command; the command is meant then.
COMMANDS = frozenset(("check", "config", "explain", "new-rule", "rules", "show", "vendor"))

# Objects made between two looks for garbage; nearly all that is made here stays until the end.
FEW_COLLECTIONS = 200_000


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 clean, 1 findings, 2 where bpcheck could not do what was asked."""
    if args is None:  # a process of its own, which nobody else's garbage is in
        gc.set_threshold(FEW_COLLECTIONS)
    prepare_streams()
    code = _outcome(sys.argv[1:] if args is None else list(args))
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        silence_stdout()
    if args is None:
        gc.freeze()  # Python would look through everything once more before it ends
    sys.exit(code)


def _outcome(args: list[str]) -> int:
    """The exit code. Every failure ends here, in one line, whatever it is."""
    try:
        return _run(args)
    except KeyboardInterrupt:
        say("bpcheck: interrupted")
        return 130
    except UsageError as error:
        say(f"bpcheck: error: {error}")
        return 2
    except BrokenPipeError:
        silence_stdout()
        return 0
    except Exception as error:
        if os.environ.get("BPCHECK_TRACEBACK"):
            raise
        say(f"bpcheck: internal error: {type(error).__name__}: {error} (BPCHECK_TRACEBACK=1 shows where)")
        return 2


def _run(args: list[str]) -> int:
    paths = args[1:] if args[:1] == ["check"] else args
    if paths and paths[0] not in COMMANDS and all(os.path.exists(path) for path in paths):
        # `bpcheck train.py`: nothing here needs a parser, and click alone takes a third of the time of such a run.
        from bpcheck.checking import Options, run_check
        from bpcheck.run import Request
        from bpcheck.settings import SettingsFinder

        return run_check(Request(paths, SettingsFinder()), Options())
    from bpcheck.commands import run

    return run(args)

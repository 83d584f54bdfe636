"""Run bpcheck from a clone without installing it: ``python checker train.py``."""

import sys
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here.parent / "rules"), str(here.parent / "reference_impl")]

from bpcheck.cli import main  # noqa: E402  (the path has to be set first)

sys.exit(main())

"""``python checker train.py``: bpcheck straight from a clone, with nothing installed. No part of the package."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / folder) for folder in ("checker", "rules", "reference_impl")]

from bpcheck.cli import main  # noqa: E402  # found on the path that was only just set

if __name__ == "__main__":
    main()

"""``python -m bpcheck``."""

from bpcheck.cli import main

if __name__ == "__main__":
    main()

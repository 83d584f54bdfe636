"""From bytes to syntax: Python files and notebooks become one :class:`~bpcheck.sources.source.Source` each."""

from bpcheck.sources.reading import display_path, read_source
from bpcheck.sources.source import Source

__all__ = ["Source", "display_path", "read_source"]

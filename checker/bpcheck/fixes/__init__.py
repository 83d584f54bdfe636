"""Writing fixes: edits to text, files to disk, and the rounds that lead to a fixed point."""

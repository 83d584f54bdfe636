"""Configuration files: text in YAML, JSON or TOML as a tree of nodes that know where they stand.

What the keys mean to a framework is not known here.
"""

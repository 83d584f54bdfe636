"""The rules of bpcheck: one module per rule, in the folder of its section; found by walking this package."""

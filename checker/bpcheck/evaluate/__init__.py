"""The abstract evaluator: it walks a program as Python would, on abstract values, and writes down what happens."""

"""The vocabulary of the Program: what rules may ask, one file per noun."""

"""Small data to measure on: real where there is some without a download, otherwise generated, and then its name says so."""

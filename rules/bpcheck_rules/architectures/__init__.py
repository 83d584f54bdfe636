"""Rules of this section of the catalogue, one module each."""

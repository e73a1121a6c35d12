"""The compiled loops of the search, the only modules that need numba: whole numbers in, whole numbers out."""

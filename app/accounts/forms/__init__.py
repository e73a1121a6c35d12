"""Turns what people type about accounts into values; knows nothing of the database."""

"""Benchmarks of the whole product: they print what they measure and never judge a time."""

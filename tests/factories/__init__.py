"""One factory per model, by package."""

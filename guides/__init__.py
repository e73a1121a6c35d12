"""Guide text and the walk of a circle through it."""

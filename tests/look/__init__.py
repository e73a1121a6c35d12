"""How things look: figures, pieces, styles, scripts, and the packages they come from."""

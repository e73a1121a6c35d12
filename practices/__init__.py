"""Practice changes, check-ins, shares, summaries and their documents."""

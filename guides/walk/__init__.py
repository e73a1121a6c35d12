"""The walk of a circle through its guide: which week each session uses, roles, notes and commitments."""

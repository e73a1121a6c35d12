"""What people and administrators do with accounts: one module for each group of verbs."""

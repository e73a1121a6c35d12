"""Background work: a ledger of jobs in the application's own database, carried to workers by huey."""

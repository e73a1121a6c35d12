"""The shell around the four packages: floor (settings, database, jobs, mail, accounts) and roof (factory, pages)."""

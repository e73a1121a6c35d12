"""Pages for the administrator: first run, people, mail, jobs, audit trail."""

"""Programs, cohorts, enrollment, matching and circles."""

"""What leads and members do with programs, cohorts, enrollments and circles; verbs that flush, never commit."""

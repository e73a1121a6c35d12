"""Publishing cohorts, and what circles do along their walk; verbs that flush, never commit."""

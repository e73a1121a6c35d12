"""What happens to seasons and sessions, and what calendars are told; verbs that flush, never commit."""

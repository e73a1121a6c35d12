"""What members do with their practice changes and pages; verbs that flush, never commit."""

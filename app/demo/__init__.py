"""The demonstration: an invented organization whose circles are in their fifth week, made by the services."""

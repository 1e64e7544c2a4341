"""Door 1: REST."""

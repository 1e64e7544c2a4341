"""Door 2: HTML."""

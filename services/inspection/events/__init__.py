"""Door 3: messages."""

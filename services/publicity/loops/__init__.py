"""Door 4: work that nobody asks for each time: pushing records, watching deadlines."""

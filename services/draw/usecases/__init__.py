"""One verb a file: load, ask the domain, save, emit; the door commits."""

"""Logs, metrics and the correlation id that follows one matter through all services."""

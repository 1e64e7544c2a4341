"""Trigger: why an inspection starts, and the answer to whoever complained."""

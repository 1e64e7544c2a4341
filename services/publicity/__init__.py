"""Publicity: what the public sees."""

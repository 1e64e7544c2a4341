"""Inspection: what was found."""

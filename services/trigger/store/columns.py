"""Columns that many tables of trigger have."""

from sqlalchemy import Column, DateTime


def moment(name: str, *, nullable: bool = False) -> Column[object]:
    """A moment, kept with its zone."""
    return Column(name, DateTime(timezone=True), nullable=nullable)

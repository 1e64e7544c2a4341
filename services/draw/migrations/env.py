"""Alembic's environment for draw's database."""

from libs.common.db.migrations import run_environment
from services.draw.store.tables import metadata

run_environment(metadata)

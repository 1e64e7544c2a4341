"""Alembic's environment for inspection's database."""

from libs.common.db.migrations import run_environment
from services.inspection.store.tables import metadata

run_environment(metadata)

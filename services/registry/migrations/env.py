"""Alembic's environment for registry's database."""

from libs.common.db.migrations import run_environment
from services.registry.store.tables import metadata

run_environment(metadata)

"""Alembic's environment for trigger's database."""

from libs.common.db.migrations import run_environment
from services.trigger.store.tables import metadata

run_environment(metadata)

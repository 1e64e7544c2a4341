"""Alembic's environment for publicity's database."""

from libs.common.db.migrations import run_environment
from services.publicity.store.tables import metadata

run_environment(metadata)

"""Alembic's environment for the probe's database."""

from libs.common.db.migrations import run_environment
from tests.common.messaging.probe.service import metadata

run_environment(metadata)

"""The kernel's tables: event log, outbox, inbox."""

from libs.common.db.migrations import create_kernel_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_kernel_tables()

"""Channels of clerks, monitoring and referrals: by which door a signal came, documents with a deadline, files."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("signals", sa.Column("came_by", sa.Text, nullable=False, server_default="system"))
    op.execute(
        """
        update signals set came_by = case
            when exists (select 1 from open311_requests r where r.request_id = signals.signal_id) then 'open311'
            else 'order' end
        where exists (select 1 from platforms p where p.code = signals.platform)
        """
    )
    op.create_table(
        "referrals",
        sa.Column("signal_id", sa.Text, primary_key=True),
        sa.Column("document_number", sa.Text, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("reply_by", sa.Date, nullable=False),
        sa.Column("reply_number", sa.Text, nullable=False),
        sa.Column("replied_on", sa.Date),
        _moment("recorded_at", nullable=True),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.Column("recorded_name", sa.Text, nullable=False),
    )
    op.create_index("referrals_open", "referrals", ["reply_number", "reply_by"])
    op.create_table(
        "uploads",
        sa.Column("upload_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("mark", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("mapping", JSONB, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("preview", JSONB, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("new", sa.Integer, nullable=False),
        sa.Column("known", sa.Integer, nullable=False),
        sa.Column("faulty", sa.Integer, nullable=False),
        sa.Column("doubtful", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("account_name", sa.Text, nullable=False),
        _moment("uploaded_at"),
        _moment("confirmed_at", nullable=True),
        _moment("finished_at", nullable=True),
        _moment("erase_at", nullable=True),
        _moment("claimed_until", nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
    )
    op.create_index("uploads_by_mark", "uploads", ["mark"])
    op.create_index("uploads_waiting", "uploads", ["state", "uploaded_at"])
    op.create_table(
        "upload_texts",
        sa.Column("upload_id", sa.Text, primary_key=True),
        sa.Column("part", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "upload_mappings",
        sa.Column("platform", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("header", sa.Text, primary_key=True),
        sa.Column("field", sa.Text, nullable=False),
        _moment("changed_at"),
        sa.Column("changed_by", sa.Text, nullable=False),
    )
    # What clerks take down themselves: no key, no callback.
    op.execute(
        """
        insert into platforms (code, name, source, kinds, callback_url, sla_days, open311, created_at, created_by)
        values ('office', '本部门登记', '投诉举报',
                '["投诉举报", "求助", "咨询", "建议", "转办交办", "网络监测"]', '', 5, false, now(), '随系统建立')
        on conflict do nothing
        """
    )


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)

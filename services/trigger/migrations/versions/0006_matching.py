"""Finding the subject of a signal: sound keys, grams and addresses of subjects, and what has found none yet."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subjects", sa.Column("address", sa.Text, nullable=False, server_default=""))
    op.add_column("subjects", sa.Column("sound_key", sa.Text, nullable=False, server_default=""))
    op.add_column("subjects", sa.Column("grams", ARRAY(sa.Integer), nullable=False, server_default="{}"))
    op.add_column("subjects", sa.Column("keyed", sa.Integer, nullable=False, server_default="0"))
    op.create_index("subjects_by_sound", "subjects", ["sound_key"])
    op.create_index("subjects_by_grams", "subjects", ["grams"], postgresql_using="gin")
    op.create_index("subjects_by_keys", "subjects", ["keyed"])
    op.add_column("signals", sa.Column("matter_mark", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "unmatched",
        sa.Column("signal_id", sa.Text, primary_key=True),
        sa.Column("sound_key", sa.Text, nullable=False),
        sa.Column("keyed", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_key", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("ground", sa.Text, nullable=False),
        sa.Column("step_at", sa.DateTime(timezone=True)),
        sa.Column("step_by", sa.Text, nullable=False),
        sa.Column("step_name", sa.Text, nullable=False),
    )
    op.create_index("unmatched_by_sound", "unmatched", ["sound_key"])
    op.create_index("unmatched_by_step", "unmatched", ["step", "county", "name_key"])
    # What waits already gets its keys from the loop that makes keys anew.
    op.execute(
        """
        insert into unmatched (signal_id, sound_key, keyed, name, name_key, county, step, ground, step_by, step_name)
        select signal_id, '', 0, employer_name, employer_key, county, '', '', '', ''
        from signals where state = 'waiting' and employer_name <> ''
        """
    )

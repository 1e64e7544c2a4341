"""The tables of frozen pools, of long results, and of how far a long step is."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, Table, Text

from services.draw.store.tables import metadata

# 64 pages of 256 rows exactly as they were hashed; what a pool was is never computed again.
pool_sheets = Table(
    "pool_sheets",
    metadata,
    Column("draw_id", Text, primary_key=True),
    Column("sheet", Integer, primary_key=True),
    Column("first_id", Text, nullable=False),
    Column("rows", LargeBinary, nullable=False),
    Column("published", LargeBinary),  # the masked pages; without a mask the rows are what is published
    Column("leaves", LargeBinary, nullable=False),  # 32 bytes a *published* page
    Column("node", LargeBinary, nullable=False),  # the hash of the subtree over them
)

# How far the long step of a draw is; only for people to look at, nothing is decided by it.
draw_progress = Table(
    "draw_progress",
    metadata,
    Column("draw_id", Text, primary_key=True),
    Column("step", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
)

# selected.tsv and assignments.tsv of draws with more than 50 000 drawn, cut into parts.
result_files = Table(
    "result_files",
    metadata,
    Column("draw_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("rows", LargeBinary, nullable=False),
)

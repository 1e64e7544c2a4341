"""Trigger: why an inspection starts, and the answer to whoever complained."""

import os

# Only single characters are looked up in pypinyin: its phrases would take 0.4 s and 50 MB of each process.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")

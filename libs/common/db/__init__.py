"""One database a service: its engine, its transactions, the kernel's tables, its migrations."""

from libs.common.db.database import Database
from libs.common.db.transaction import Transaction

__all__ = ["Database", "Transaction"]

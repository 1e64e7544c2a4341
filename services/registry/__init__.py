"""Registry: who may be inspected, by whom, on what; accounts and sessions."""

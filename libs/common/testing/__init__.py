"""How the tests stand on real parts: a migrated database for each test, messages handed over, doors without a port."""

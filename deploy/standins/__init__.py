"""Stand-ins of foreign systems: small real HTTP servers with failures that can be switched on."""

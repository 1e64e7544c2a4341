"""Open311 GeoReport v2, the international interface for citizens' requests; guide: docs/open311.md."""

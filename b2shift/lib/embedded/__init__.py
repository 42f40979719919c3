"""A Django database backend over a PostgreSQL server that starts by itself (no installation, no port)."""

"""SQLAlchemy models and Alembic migrations; SQLite and PostgreSQL."""

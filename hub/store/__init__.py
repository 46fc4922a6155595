"""The hub's memory: SQLAlchemy Core over SQLite; documents are content-addressed, nothing is overwritten but state."""

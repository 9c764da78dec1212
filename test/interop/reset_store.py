"""Empties an MLflow server's SQLite store each time it reads a line, so that one server serves many tests."""

import sqlite3
import sys

database = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
# What a new store holds already stays: the schema's version, the default workspace, the default experiment.
empty = [t for t in tables if database.execute(f'SELECT COUNT(*) FROM "{t}"').fetchone()[0] == 0]
print("ready", flush=True)
for _ in sys.stdin:
    database.execute("BEGIN IMMEDIATE")
    for table in empty:
        database.execute(f'DELETE FROM "{table}"')
    database.execute("DELETE FROM experiments WHERE experiment_id != 0")
    database.execute("UPDATE experiments SET lifecycle_stage = 'active', name = 'Default'")
    database.execute("COMMIT")
    print("empty", flush=True)

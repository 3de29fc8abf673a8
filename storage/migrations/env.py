"""Alembic's door to the tables; the store hands it an open connection."""

from alembic import context
from sqlmodel import SQLModel

import storage.board_tables
import storage.evaluation_tables
import storage.tables  # noqa: F401  fills the metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
connection.commit()

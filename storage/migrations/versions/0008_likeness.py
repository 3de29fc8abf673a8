"""How like the reference pictures of its characters a take is."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    with op.batch_alter_table("take", schema=None) as batch_op:
        batch_op.add_column(sa.Column("likeness", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("alike", sa.Boolean(), nullable=True))

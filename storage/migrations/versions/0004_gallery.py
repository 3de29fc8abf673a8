"""Stars on pictures, and blends kept by name."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "preset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("blend", sa.JSON(), nullable=False),
        sa.Column("created", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("deleted", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("project_id", "name"),
    )
    with op.batch_alter_table("preset", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_preset_project_id"), ["project_id"], unique=False)

    with op.batch_alter_table("picture", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rating", sa.Integer(), nullable=False, server_default="0"))

"""A VAE named for a base model; tags of a LoRA, and of a merged one what it was merged from."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.batch_alter_table("base", schema=None) as batch_op:
        batch_op.add_column(sa.Column("vae", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=""))
    with op.batch_alter_table("lora", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tags", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("blend", sa.JSON(), nullable=False, server_default="[]"))

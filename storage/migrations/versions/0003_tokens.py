"""A LoRA's new tokens become token → file with its embeddings; before, no LoRA had any."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("UPDATE lora SET tokens = '{}'")

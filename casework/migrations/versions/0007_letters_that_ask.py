"""What an informant sees is derived, no more chosen with each letter; a letter says whether it asks something."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("asks", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.drop_constraint(op.f("ck_entries_public_state"), type_="check")
    op.execute(
        "UPDATE entries SET asks = true WHERE public_state = 'question' AND author_id IS NOT NULL"
    )
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_column("public_state")
        batch_op.alter_column("asks", server_default=None)
        batch_op.create_check_constraint(
            op.f("ck_entries_asks"), "NOT asks OR author_id IS NOT NULL"
        )

"""What an informant sees is derived, no more chosen with each letter; a letter says what it is for."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_CHECKS = {
    "purpose": "purpose IN ('question', 'outcome')",
    "purpose_of_ours": "purpose IS NULL OR author_id IS NOT NULL",
}


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("purpose", sa.String(length=16), nullable=True))
        batch_op.drop_constraint(op.f("ck_entries_public_state"), type_="check")
    for said, purpose in (("question", "question"), ("closed", "outcome")):
        op.execute(
            f"UPDATE entries SET purpose = '{purpose}' "  # noqa: S608 - both are written above
            f"WHERE public_state = '{said}' AND author_id IS NOT NULL"
        )
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_column("public_state")
        for name, words in _CHECKS.items():
            batch_op.create_check_constraint(op.f(f"ck_entries_{name}"), words)

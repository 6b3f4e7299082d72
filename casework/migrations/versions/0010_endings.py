"""What is decided before a case closes."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_DECISIONS = {
    "reward": "reward IN ('eligible', 'ineligible', 'declined')",
    "protection": "protection IN ('active', 'waived')",
    "risk": "risk IN ('review', 'new', 'none')",
}


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("closures", schema=None) as batch_op:
        for name, words in _DECISIONS.items():
            batch_op.add_column(sa.Column(name, sa.String(length=16), nullable=True))
            batch_op.create_check_constraint(op.f(f"ck_closures_{name}"), words)
        for name in ("protection", "risk"):
            batch_op.create_check_constraint(
                op.f(f"ck_closures_decided_{name}"), f"(reward IS NULL) = ({name} IS NULL)"
            )

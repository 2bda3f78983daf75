"""What comes back: bounces, what people do not want, and how far the mailbox was read.

Revision ID: 0005
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bounces",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("sure", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('hard', 'soft', 'delayed', 'complaint')", name=op.f("ck_bounces_kind")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_bounces")),
    )
    op.create_index(op.f("ix_bounces_address_hash"), "bounces", ["address_hash"])
    op.create_table(
        "unsubscribed",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "stream", name=op.f("pk_unsubscribed")),
    )
    op.create_table(
        "post_boxes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("validity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("away_since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_post_boxes")),
    )
    op.create_index(op.f("ix_messages_recipient"), "messages", ["recipient"])


def downgrade() -> None:
    op.drop_index(op.f("ix_messages_recipient"), "messages")
    op.drop_table("post_boxes")
    op.drop_table("unsubscribed")
    op.drop_table("bounces")

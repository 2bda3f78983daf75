"""Texts beside mails: the channel of a message, what receipts say, who answered what, and how many
went out today.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _add("people", "phone", "")
    op.add_column("people", sa.Column("agreed_at", _AT, nullable=True))
    _add("messages", "channel", "mail")
    _add("messages", "provider_id", "")
    _add("messages", "delivery", "")
    op.create_check_constraint(
        op.f("ck_messages_channel"), "messages", "channel in ('mail', 'sms')"
    )
    op.create_index(
        "ix_messages_texts",
        "messages",
        ["due_at", "message_id"],
        postgresql_where=sa.text("channel = 'sms'"),
    )
    op.create_table(
        "text_counts",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("texts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_text_counts")),
    )
    op.create_table(
        "text_replies",
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("answered", sa.Text(), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("provider_id", name=op.f("pk_text_replies")),
    )


def downgrade() -> None:
    op.drop_table("text_replies")
    op.drop_table("text_counts")
    op.drop_index("ix_messages_texts", "messages")
    op.drop_constraint(op.f("ck_messages_channel"), "messages")
    for name in ("delivery", "provider_id", "channel"):
        op.drop_column("messages", name)
    for name in ("agreed_at", "phone"):
        op.drop_column("people", name)


def _add(table: str, name: str, value: str) -> None:
    column = sa.Column(name, sa.Text(), server_default=value, nullable=False)
    op.add_column(table, column)
    op.alter_column(table, name, server_default=None)

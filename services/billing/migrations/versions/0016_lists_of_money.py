"""Staff list invoices, refunds and credits by state, those of before too.

The release before keeps no state: of what it takes or is paid while this one is rolled out, the
state is that of before until something moves it again, or until the night looks at all of them
(`commands/look_at_states.py`). What a list shows of an invoice is reckoned anew in any case.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

from shared.runtime.migrations import index_beside

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None
AT_ONCE = 1_000  # registrations whose state is made together
_LAST = sa.text(
    "SELECT max(registration_id) FROM (SELECT registration_id FROM registrations"
    " WHERE registration_id > :after ORDER BY registration_id LIMIT :most) page"
)
# `domain/share.py` in SQL: what lines ask for less what came is due.
_FILL = sa.text("""
UPDATE registrations r SET invoice_state = s.state FROM (
  SELECT p.registration_id, CASE
    WHEN l.asked > c.came + e.spent THEN 'open'
    WHEN c.came + e.spent <> 0 OR l.moved <> 0 AND l.withdrawn = 0 THEN 'paid'
    ELSE 'void' END AS state
  FROM registrations p
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount_minor), 0) AS asked,
      coalesce(sum(amount_minor) FILTER (WHERE kind = 'transfer'), 0) AS moved,
      coalesce(sum(amount_minor) FILTER (WHERE kind IN ('withdrawn', 'reinstated')), 0)
        AS withdrawn
    FROM invoice_lines
    WHERE registration_id = p.registration_id AND invoice_id = p.invoice_id
  ) l
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(applied_minor), 0) AS came FROM payment_parts
    WHERE registration_id = p.registration_id
  ) c
  CROSS JOIN LATERAL (
    SELECT coalesce(-sum(amount_minor), 0) AS spent FROM credit_entries x
    WHERE x.registration_id = p.registration_id AND x.kind = 'redeemed' AND NOT EXISTS (
      SELECT FROM credit_entries b WHERE b.registration_id = x.registration_id
        AND b.kind = 'restored' AND b.corrects = x.entry_id)
  ) e
  WHERE p.invoice_id IS NOT NULL AND p.registration_id > :after AND p.registration_id <= :last
) s
WHERE r.registration_id = s.registration_id AND r.invoice_state IS DISTINCT FROM s.state
""")
_NAMED = (
    ("registrations", "ix_registrations_invoice_state_requested_at_registration_id",
     ["invoice_state", "requested_at", "registration_id"]),
    ("refunds", "ix_refunds_requested_at_refund_id", ["requested_at", "refund_id"]),
    ("refunds", "ix_refunds_state_requested_at_refund_id", ["state", "requested_at", "refund_id"]),
    ("credits", "ix_credits_issued_at_credit_id", ["issued_at", "credit_id"]),
    ("credits", "ix_credits_state_issued_at_credit_id", ["state", "issued_at", "credit_id"]),
    ("credits", "ix_credits_course_id_issued_at_credit_id",
     ["course_id", "issued_at", "credit_id"]),
)  # fmt: skip
_INVOICED = "ix_registrations_invoiced"


def upgrade() -> None:
    context = op.get_context()
    if not context.as_sql:  # a script of SQL has nobody to go page by page
        with context.autocommit_block():
            _fill()
    for table, name, columns in _NAMED:
        index_beside(op, name, table, columns)
    index_beside(
        op,
        _INVOICED,
        "registrations",
        ["requested_at", "registration_id"],
        postgresql_where=sa.text("invoice_id IS NOT NULL"),
    )


def _fill() -> None:
    """Page by page, so that nobody who pays meanwhile waits for all of it."""
    con, after = op.get_bind(), ""
    while last := con.execute(_LAST, {"after": after, "most": AT_ONCE}).scalar():
        con.execute(_FILL, {"after": after, "last": last})
        after = last


def downgrade() -> None:
    op.drop_index(_INVOICED, "registrations")
    for table, name, _ in reversed(_NAMED):
        op.drop_index(name, table)

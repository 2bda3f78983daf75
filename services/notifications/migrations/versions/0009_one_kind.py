"""A message has one deadline: of the kind that its template has now.

Before there were two kinds, all were `send`; planned anew, a message would have had one of each.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_URGENT = """
'join_1h', 'meeting_swapped', 'session_changed', 'session_cancelled', 'course_cancelled',
'disclosure_changed', 'registration_received', 'registration_confirmed', 'substituted', 'offer',
'payment_failed', 'links'
"""
_WRONG = f"""
(d.kind = 'send' AND m.template NOT IN ({_URGENT}))
OR (d.kind = 'send_later' AND m.template IN ({_URGENT}))
"""


TWICE = f"""
DELETE FROM due d USING messages m, due right_one
WHERE m.message_id = d.ref AND m.registration_id IS NOT NULL AND right_one.ref = d.ref
  AND right_one.kind IN ('send', 'send_later') AND right_one.kind <> d.kind AND ({_WRONG})
"""
ONE_KIND = f"""
UPDATE due d SET kind = CASE d.kind WHEN 'send' THEN 'send_later' ELSE 'send' END
FROM messages m WHERE m.message_id = d.ref AND m.registration_id IS NOT NULL AND ({_WRONG})
"""


def upgrade() -> None:
    op.execute(TWICE)
    op.execute(ONE_KIND)


def downgrade() -> None:
    pass

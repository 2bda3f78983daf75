"""The state of a registration's share of its invoice, kept beside it so that staff find the open.

Nothing is decided by it: what rules are the lines and what came (`domain/share.py`).
"""

from __future__ import annotations

from services.billing.commands.account import Account
from services.billing.domain.share import Share
from services.billing.models import Registration
from shared.runtime.rows import replace
from shared.runtime.work import Work


def keep_state(account: Account) -> None:
    """As it stands after whatever was decided; called last by whoever may have changed a share.

    These are a review, which all that is heard and paid ends in, and what withdraws a share.
    """
    if account.registration.invoice_id is not None:
        begin_state(account.work, account.registration_id, account.share)


def begin_state(work: Work, registration_id: str, share: Share) -> None:
    """As it was charged. The hot path: its lines need not be read again."""
    registration = work.get(Registration, registration_id)
    assert registration is not None
    if registration.invoice_state != share.state:
        work.put(replace(registration, invoice_state=share.state))
